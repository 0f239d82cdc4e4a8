//! For whoever watches the process: `/healthz`, `/readyz`, `/metrics`. No key is needed, so nothing here names a
//! company or repeats an error's text.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;

use super::plain::plain;
use crate::watch::metrics::Format;

/// What the pages ask.
#[derive(Clone)]
pub struct Probe {
    /// A stable word for what keeps the process from doing its work; `None` when nothing does.
    pub trouble: Arc<dyn Fn() -> Option<&'static str> + Send + Sync>,
    /// The page of metrics.
    pub metrics: Arc<dyn Fn(Format) -> BoxFuture<'static, String> + Send + Sync>,
}

pub fn router(probe: Probe) -> Router {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(probe);
    plain(router)
}

/// 200 while events can be written down; 503 with the word for the trouble while they cannot.
async fn ready(State(probe): State<Probe>) -> Response {
    match (probe.trouble)() {
        None => "ready\n".into_response(),
        Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")).into_response(),
    }
}

async fn metrics(State(probe): State<Probe>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = Format::asked(accept);
    let said = [(header::CONTENT_TYPE, format.content_type()), (header::VARY, "accept")];
    (said, (probe.metrics)(format).await).into_response()
}
