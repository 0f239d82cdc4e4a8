//! What needs attention.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{Admin, AttentionView, PageSize};
use crate::web::auth::{Answer, Reader};
use crate::web::body::Query;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// How much to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Items at most, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    limit: Option<u32>,
}

/// What needs attention at the companies that the key may see, worst first: refused and expiring tokens, open gaps,
/// silence, failing and paused webhooks; and, for a key of all companies, a low disk and a database that does not write.
#[utoipa::path(get, path = "/attention", tag = "attention", params(Asked),
    responses((status = 200, body = AttentionView)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Query(asked): Query<Asked>,
) -> Answer<AttentionView> {
    let limit = Paging { cursor: None, limit: asked.limit }.limit(&caller)?;
    caller.answer(admin.attention(&caller.actor, caller.lang, limit).await)
}
