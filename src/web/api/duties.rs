//! What runs in the background.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, DutiesView};
use crate::web::auth::{Administrator, Answer};

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What runs in the background, and how it is doing: state, last run, next run, panics. Only for a key of all companies.
#[utoipa::path(get, path = "/duties", tag = "duties", security(("api_key" = ["administrator"])),
    responses((status = 200, body = DutiesView)))]
async fn list(Administrator(caller): Administrator, State(admin): State<Arc<Admin>>) -> Answer<DutiesView> {
    caller.answer(admin.duties(&caller.actor, caller.lang))
}
