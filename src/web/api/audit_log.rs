//! Who changed what, and when.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, AuditQuery, AuditView, Page};
use crate::web::auth::{Administrator, Answer};
use crate::web::body::Query;

type AuditPage = Page<AuditView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The audit log, newest first. A key for some companies sees what was done to those.
#[utoipa::path(get, path = "/audit", tag = "audit", security(("api_key" = ["administrator"])),
    params(AuditQuery), responses((status = 200, body = AuditPage)))]
async fn list(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Query(query): Query<AuditQuery>,
) -> Answer<Page<AuditView>> {
    caller.answer(admin.audit_log(&caller.actor, &query).await)
}
