//! Webhooks: what a company wants sent, and where.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{
    Admin, New, NewSecretInput, PauseInput, SkipInput, TestInput, TestView, WebhookInput, WebhookStatusView,
    WebhookView,
};
use crate::domain::{CompanyId, WebhookId};
use crate::web::auth::{Administrator, Answer, Operator, Reader};
use crate::web::body::{Id, Json};
use crate::web::problem::Problem;

type NewWebhook = New<WebhookInput>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(status))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(try_now))
        .routes(routes!(rotate_secret))
        .routes(routes!(test))
        .routes(routes!(skip))
}

/// A company's webhooks.
#[utoipa::path(get, path = "/companies/{company}/webhooks", tag = "webhooks",
    params(("company" = CompanyId, Path)), responses((status = 200, body = Vec<WebhookView>)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
) -> Answer<Vec<WebhookView>> {
    caller.answer(admin.webhooks(&caller.actor, company).await)
}

/// Creates a webhook. It receives what comes from now on. An event type that fits no known one is taken, and named in `warnings`.
#[utoipa::path(post, path = "/companies/{company}/webhooks", tag = "webhooks",
    security(("api_key" = ["administrator"])), params(("company" = CompanyId, Path)),
    request_body = NewWebhook, responses((status = 201, body = WebhookView), (status = 409)))]
async fn create(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Json(input): Json<WebhookInput>,
) -> Result<(StatusCode, axum::Json<WebhookView>), Problem> {
    let made = caller.answer(admin.create_webhook(&caller.actor, company, &input).await)?.0;
    Ok((StatusCode::CREATED, caller.answer(admin.with_warnings(caller.lang, made).await)?))
}

/// One webhook.
#[utoipa::path(get, path = "/webhooks/{webhook}", tag = "webhooks", params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = WebhookView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
) -> Answer<WebhookView> {
    let found = caller.answer(admin.webhook(&caller.actor, webhook).await)?.0;
    caller.answer(admin.with_warnings(caller.lang, found).await)
}

/// Changes a webhook; absent fields stay. What is wanted holds for events from now on, the rest for every request.
#[utoipa::path(patch, path = "/webhooks/{webhook}", tag = "webhooks", security(("api_key" = ["administrator"])),
    params(("webhook" = WebhookId, Path)), request_body = WebhookInput,
    responses((status = 200, body = WebhookView), (status = 409)))]
async fn update(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<WebhookInput>,
) -> Answer<WebhookView> {
    let changed = caller.answer(admin.update_webhook(&caller.actor, webhook, &input).await)?.0;
    caller.answer(admin.with_warnings(caller.lang, changed).await)
}

/// Deletes a webhook; requests in flight are cancelled.
#[utoipa::path(delete, path = "/webhooks/{webhook}", tag = "webhooks",
    security(("api_key" = ["administrator"])), params(("webhook" = WebhookId, Path)),
    responses((status = 204)))]
async fn delete(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
) -> Result<StatusCode, Problem> {
    caller.done(admin.delete_webhook(&caller.actor, webhook).await, StatusCode::NO_CONTENT)
}

/// How the webhook is doing: health, cursor, backlog, held and dead events.
#[utoipa::path(get, path = "/webhooks/{webhook}/status", tag = "webhooks",
    params(("webhook" = WebhookId, Path)), responses((status = 200, body = WebhookStatusView)))]
async fn status(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
) -> Answer<WebhookStatusView> {
    caller.answer(admin.webhook_status(&caller.actor, caller.lang, webhook).await)
}

/// Stops sending, held retries included; nothing is lost.
#[utoipa::path(post, path = "/webhooks/{webhook}/pause", tag = "webhooks", security(("api_key" = ["operator"])),
    params(("webhook" = WebhookId, Path)), request_body = PauseInput,
    responses((status = 200, body = WebhookView)))]
async fn pause(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<PauseInput>,
) -> Answer<WebhookView> {
    caller.answer(admin.pause_webhook(&caller.actor, webhook, &input).await)
}

/// Sends again, from where it stood.
#[utoipa::path(post, path = "/webhooks/{webhook}/resume", tag = "webhooks",
    security(("api_key" = ["operator"])), params(("webhook" = WebhookId, Path)),
    responses((status = 200, body = WebhookView)))]
async fn resume(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
) -> Answer<WebhookView> {
    caller.answer(admin.resume_webhook(&caller.actor, webhook).await)
}

/// Has what failed tried now instead of after its pause: at most once a second where the endpoint does not answer.
#[utoipa::path(post, path = "/webhooks/{webhook}/try-now", tag = "webhooks",
    security(("api_key" = ["operator"])), params(("webhook" = WebhookId, Path)),
    responses((status = 202, body = WebhookStatusView), (status = 409)))]
async fn try_now(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
) -> Result<(StatusCode, axum::Json<WebhookStatusView>), Problem> {
    Ok((StatusCode::ACCEPTED, caller.answer(admin.try_now(&caller.actor, caller.lang, webhook).await)?))
}

/// Puts a new signing secret beside the old one, which goes on signing for the overlap.
#[utoipa::path(post, path = "/webhooks/{webhook}/rotate-secret", tag = "webhooks",
    security(("api_key" = ["administrator"])), params(("webhook" = WebhookId, Path)),
    request_body = NewSecretInput, responses((status = 200, body = WebhookView), (status = 409)))]
async fn rotate_secret(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<NewSecretInput>,
) -> Answer<WebhookView> {
    caller.answer(admin.rotate_secret(&caller.actor, webhook, &input).await)
}

/// Sends a made event of a chosen type and shows the whole exchange.
#[utoipa::path(post, path = "/webhooks/{webhook}/test", tag = "webhooks", security(("api_key" = ["operator"])),
    params(("webhook" = WebhookId, Path)), request_body = TestInput,
    responses((status = 200, body = TestView)))]
async fn test(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<TestInput>,
) -> Answer<TestView> {
    caller.answer(admin.test_webhook(&caller.actor, caller.lang, webhook, &input).await)
}

/// Moves the cursor forward by hand; the range is recorded as skipped.
#[utoipa::path(post, path = "/webhooks/{webhook}/skip", tag = "webhooks",
    security(("api_key" = ["administrator"])), params(("webhook" = WebhookId, Path)), request_body = SkipInput,
    responses((status = 200, body = WebhookStatusView)))]
async fn skip(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Json(input): Json<SkipInput>,
) -> Answer<WebhookStatusView> {
    caller.answer(admin.skip(&caller.actor, caller.lang, webhook, &input).await)
}
