//! Replays: sending a range of the past again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{Admin, Page, ReplayCountView, ReplayId, ReplayInput, ReplayStep, ReplayView};
use crate::domain::WebhookId;
use crate::web::auth::{Answer, Operator, Reader};
use crate::web::body::{Id, Json, Query};
use crate::web::problem::Problem;

type ReplayPage = Page<ReplayView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(count))
        .routes(routes!(read))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(cancel))
}

/// A webhook's replays, newest first.
#[utoipa::path(get, path = "/webhooks/{webhook}/replays", tag = "replays",
    params(("webhook" = WebhookId, Path), Paging), responses((status = 200, body = ReplayPage)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Query(paging): Query<Paging>,
) -> Answer<Page<ReplayView>> {
    let limit = paging.limit(&caller)?;
    caller.answer(admin.replays(&caller.actor, webhook, paging.cursor.as_deref(), limit).await)
}

/// How many events a replay would look at; starts nothing.
#[utoipa::path(post, path = "/webhooks/{webhook}/replays/count", tag = "replays",
    params(("webhook" = WebhookId, Path)), request_body = ReplayInput,
    responses((status = 200, body = ReplayCountView)))]
async fn count(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<ReplayInput>,
) -> Answer<ReplayCountView> {
    caller.answer(admin.count_replay(&caller.actor, webhook, &input).await)
}

/// Starts a replay.
#[utoipa::path(post, path = "/webhooks/{webhook}/replays", tag = "replays",
    security(("api_key" = ["operator"])), params(("webhook" = WebhookId, Path)), request_body = ReplayInput,
    responses((status = 201, body = ReplayView), (status = 409)))]
async fn create(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<ReplayInput>,
) -> Result<(StatusCode, axum::Json<ReplayView>), Problem> {
    Ok((StatusCode::CREATED, caller.answer(admin.create_replay(&caller.actor, webhook, &input).await)?))
}

/// One replay and how far it is.
#[utoipa::path(get, path = "/replays/{replay}", tag = "replays", params(("replay" = ReplayId, Path)),
    responses((status = 200, body = ReplayView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(replay): Id<ReplayId>,
) -> Answer<ReplayView> {
    caller.answer(admin.replay(&caller.actor, replay).await)
}

/// Holds a replay.
#[utoipa::path(post, path = "/replays/{replay}/pause", tag = "replays", security(("api_key" = ["operator"])),
    params(("replay" = ReplayId, Path)), responses((status = 200, body = ReplayView), (status = 409)))]
async fn pause(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(replay): Id<ReplayId>,
) -> Answer<ReplayView> {
    caller.answer(admin.step_replay(&caller.actor, replay, ReplayStep::Pause).await)
}

/// Goes on with a held replay.
#[utoipa::path(post, path = "/replays/{replay}/resume", tag = "replays", security(("api_key" = ["operator"])),
    params(("replay" = ReplayId, Path)), responses((status = 200, body = ReplayView), (status = 409)))]
async fn resume(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(replay): Id<ReplayId>,
) -> Answer<ReplayView> {
    caller.answer(admin.step_replay(&caller.actor, replay, ReplayStep::Resume).await)
}

/// Ends a replay where it is.
#[utoipa::path(post, path = "/replays/{replay}/cancel", tag = "replays", security(("api_key" = ["operator"])),
    params(("replay" = ReplayId, Path)), responses((status = 200, body = ReplayView), (status = 409)))]
async fn cancel(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(replay): Id<ReplayId>,
) -> Answer<ReplayView> {
    caller.answer(admin.step_replay(&caller.actor, replay, ReplayStep::Cancel).await)
}
