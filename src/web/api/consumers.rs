//! Who makes rows of the journal.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, ConsumerView, ConsumersView};
use crate::web::auth::{Administrator, Answer};
use crate::web::body::Id;
use crate::web::problem::Problem;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(rebuild))
}

/// Who makes rows of the journal, how far behind they are, and how much of a rebuild is left. Only for a key of all companies.
#[utoipa::path(get, path = "/consumers", tag = "consumers", security(("api_key" = ["administrator"])),
    responses((status = 200, body = ConsumersView)))]
async fn list(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
) -> Answer<ConsumersView> {
    caller.answer(admin.consumers(&caller.actor, caller.lang).await)
}

/// Has all rows of a consumer made anew, from the first event that there is, while everything goes on: events and deliveries come
/// first, and the rows that there are are read until the new ones have caught up. Asked again, it goes on with what is under way. What was
/// decided once, as calls are routed, cannot be made anew.
#[utoipa::path(post, path = "/consumers/{consumer}/rebuild", tag = "consumers",
    security(("api_key" = ["administrator"])), params(("consumer" = String, Path, description = "Its name: `indexer`.")),
    responses((status = 202, body = ConsumerView), (status = 409)))]
async fn rebuild(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(consumer): Id<String>,
) -> Result<(StatusCode, axum::Json<ConsumerView>), Problem> {
    let begun = caller.answer(admin.rebuild(&caller.actor, &consumer, caller.lang).await)?;
    Ok((StatusCode::ACCEPTED, begun))
}
