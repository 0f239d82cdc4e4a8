//! Calls: what the journal says about them, and one with its events and their deliveries.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{ActionInput, ActionView, Admin, CallEventsView, CallQuery, CallView, Page};
use crate::domain::{CallId, CompanyId};
use crate::web::auth::{Answer, Operator, Reader};
use crate::web::body::{Id, IdAndWord, Json, Query};

type CallPage = Page<CallView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(act))
}

/// A company's calls, the newest first, by state, outcome, provider, phone, agent, queue and time. A page may hold fewer than were asked
/// for, or none, and say where the next begins: 10,000 calls are looked at for one.
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

/// Has the call's provider do something with it now: `delegate` sends a call of Teravoz to a destination, whatever was decided, once; `accept`, `reject`
/// and `hangup` answer, refuse and end a call of Colmeia, and are tried again for 25 seconds while the provider may take them. One person has an
/// `accept`: everybody else is told 409. What came of it is answered and noted as an event of the call.
#[utoipa::path(post, path = "/calls/{call}/actions/{action}", tag = "calls", security(("api_key" = ["operator"])),
    params(("call" = CallId, Path), ("action" = String, Path, description = "What the call's provider offers.")),
    request_body = ActionInput, responses((status = 200, body = ActionView), (status = 409)))]
async fn act(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    IdAndWord(call, action): IdAndWord<CallId>,
    Json(input): Json<ActionInput>,
) -> Answer<ActionView> {
    caller.answer(admin.act(&caller.actor, call, &action, &input).await)
}
