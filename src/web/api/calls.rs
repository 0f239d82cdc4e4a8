//! Calls: what the journal says about them, and one with its events and their deliveries.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{Admin, CallEventsView, CallQuery, CallView, Page};
use crate::domain::{CallId, CompanyId};
use crate::web::auth::{Answer, Reader};
use crate::web::body::{Id, Query};

type CallPage = Page<CallView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// A company's calls, the newest first, by state, outcome, provider, phone, agent, queue and time.
#[utoipa::path(get, path = "/companies/{company}/calls", tag = "calls",
    params(("company" = CompanyId, Path), CallQuery), responses((status = 200, body = CallPage)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Query(query): Query<CallQuery>,
) -> Answer<Page<CallView>> {
    caller.answer(admin.calls(&caller.actor, company, &query).await)
}

/// One call, with a page of its events and what became of each at each webhook.
#[utoipa::path(get, path = "/calls/{call}", tag = "calls", params(("call" = CallId, Path), Paging),
    responses((status = 200, body = CallEventsView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(call): Id<CallId>,
    Query(paging): Query<Paging>,
) -> Answer<CallEventsView> {
    caller.answer(admin.call(&caller.actor, call, paging.cursor.as_deref(), paging.limit).await)
}
