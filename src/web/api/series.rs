//! What was counted, for charts.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, SeriesView, Span};
use crate::domain::{CompanyId, WebhookId};
use crate::web::auth::{Answer, Reader};
use crate::web::body::{Id, Query};

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(company)).routes(routes!(webhook))
}

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// `1h` in minutes, `24h` in quarters of an hour, `7d` in stretches of two hours, or `90d` in days of UTC (`1h`).
    #[param(value_type = Option<Span>, inline)]
    span: Option<String>,
}

/// Events, deliveries and what waits, of all companies that the key may see together.
#[utoipa::path(get, path = "/series", tag = "series", params(Asked),
    responses((status = 200, body = SeriesView)))]
async fn all(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Query(asked): Query<Asked>,
) -> Answer<SeriesView> {
    caller.answer(admin.series_view(&caller.actor, asked.span.as_deref()).await)
}

/// Events, deliveries and what waits, of one company.
#[utoipa::path(get, path = "/companies/{company}/series", tag = "series",
    params(("company" = CompanyId, Path), Asked), responses((status = 200, body = SeriesView)))]
async fn company(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Query(asked): Query<Asked>,
) -> Answer<SeriesView> {
    caller.answer(admin.company_series_view(&caller.actor, company, asked.span.as_deref()).await)
}

/// Deliveries, how long the answers took, and what waits, of one webhook.
#[utoipa::path(get, path = "/webhooks/{webhook}/series", tag = "series",
    params(("webhook" = WebhookId, Path), Asked), responses((status = 200, body = SeriesView)))]
async fn webhook(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(webhook): Id<WebhookId>,
    Query(asked): Query<Asked>,
) -> Answer<SeriesView> {
    caller.answer(admin.webhook_series_view(&caller.actor, webhook, asked.span.as_deref()).await)
}
