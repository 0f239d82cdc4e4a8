//! What became of events on their way to a webhook: attempts, held and dead events, resending.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{
    Admin, AttemptOutcome, AttemptView, EventsInput, FateView, HeldView, Page, PageSize, PairCursor,
    TakenView,
};
use crate::domain::{EventId, HeldState, WebhookId};
use crate::web::auth::{Answer, Operator, Reader};
use crate::web::body::{Id, Json, Query};
use crate::web::problem::Problem;

type AttemptPage = Page<AttemptView>;
type HeldPage = Page<HeldView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(deliveries))
        .routes(routes!(held))
        .routes(routes!(resend))
        .routes(routes!(discard))
        .routes(routes!(of_event))
}

/// Which attempts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AttemptQuery {
    /// `delivered` or `failed`; absent is both.
    #[param(value_type = Option<AttemptOutcome>, inline)]
    outcome: Option<String>,
    #[param(value_type = Option<PairCursor>, inline)]
    cursor: Option<String>,
    #[param(value_type = Option<PageSize>, inline)]
    limit: Option<u32>,
}

/// A webhook's attempts, newest event first.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries", tag = "deliveries",
    params(("webhook" = WebhookId, Path), AttemptQuery), responses((status = 200, body = AttemptPage)))]
async fn deliveries(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Query(query): Query<AttemptQuery>,
) -> Answer<Page<AttemptView>> {
    let paging = Paging { cursor: query.cursor, limit: query.limit };
    let (outcome, limit) = (query.outcome.as_deref(), paging.limit(&caller)?);
    caller.answer(admin.attempts(&caller.actor, webhook, outcome, paging.cursor.as_deref(), limit).await)
}

/// Which held events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct HeldQuery {
    /// `retrying`, `alone`, `waiting` or `dead` (`dead`).
    #[param(value_type = Option<HeldState>, inline)]
    state: Option<String>,
    #[param(value_type = Option<PairCursor>, inline)]
    cursor: Option<String>,
    #[param(value_type = Option<PageSize>, inline)]
    limit: Option<u32>,
}

/// Events that the webhook's courier set aside, soonest retry first.
#[utoipa::path(get, path = "/webhooks/{webhook}/held", tag = "deliveries",
    params(("webhook" = WebhookId, Path), HeldQuery), responses((status = 200, body = HeldPage)))]
async fn held(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Query(query): Query<HeldQuery>,
) -> Answer<Page<HeldView>> {
    let paging = Paging { cursor: query.cursor, limit: query.limit };
    let state = query.state.as_deref().unwrap_or("dead");
    caller.answer(
        admin.held(&caller.actor, webhook, state, paging.cursor.as_deref(), paging.limit(&caller)?).await,
    )
}

/// Sends these events again now, each by itself; those still pending are left as they are. Answers which.
#[utoipa::path(post, path = "/webhooks/{webhook}/resend", tag = "deliveries",
    security(("api_key" = ["operator"])), params(("webhook" = WebhookId, Path)), request_body = EventsInput,
    responses((status = 202, body = TakenView), (status = 409)))]
async fn resend(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<EventsInput>,
) -> Result<(StatusCode, axum::Json<TakenView>), Problem> {
    Ok((StatusCode::ACCEPTED, caller.answer(admin.resend(&caller.actor, webhook, &input).await)?))
}

/// Gives these held events up: dead, reason `discarded`. They can be sent again later. Answers which.
#[utoipa::path(post, path = "/webhooks/{webhook}/discard", tag = "deliveries",
    security(("api_key" = ["operator"])), params(("webhook" = WebhookId, Path)), request_body = EventsInput,
    responses((status = 202, body = TakenView), (status = 409)))]
async fn discard(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<EventsInput>,
) -> Result<(StatusCode, axum::Json<TakenView>), Problem> {
    Ok((StatusCode::ACCEPTED, caller.answer(admin.discard(&caller.actor, webhook, &input).await)?))
}

/// What became of an event at each webhook of its company, and why.
#[utoipa::path(get, path = "/events/{event}/deliveries", tag = "deliveries", params(("event" = EventId, Path)),
    responses((status = 200, body = Vec<FateView>)))]
async fn of_event(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(event): Id<EventId>,
) -> Answer<Vec<FateView>> {
    caller.answer(admin.fates(&caller.actor, caller.lang, event).await)
}
