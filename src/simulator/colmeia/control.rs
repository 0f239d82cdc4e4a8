//! What a test has the provider do, over HTTP: a call comes (with an offer of the test's own, if it has one), who called hangs up, and what
//! became of it; and what goes wrong from now on.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::call::{Given, Order};
use super::{Platform, Trouble};

pub(super) fn router() -> Router<Platform> {
    Router::new()
        .route("/control/calls", post(begin))
        .route("/control/calls/{call}", get(look))
        .route("/control/calls/{call}/hangup", post(leave))
        .route("/control/trouble", post(trouble))
}

async fn begin(State(platform): State<Platform>, Json(given): Json<Given>) -> Response {
    Json(json!({ "idCall": platform.begin(given) })).into_response()
}

async fn look(State(platform): State<Platform>, Path(call): Path<String>) -> Response {
    let state = platform.lock();
    let Some(call) = state.calls.get(&call) else { return StatusCode::NOT_FOUND.into_response() };
    Json(json!({ "idCall": call.id, "stage": call.stage, "answer": call.answer, "accepts": call.accepts }))
        .into_response()
}

async fn leave(State(platform): State<Platform>, Path(call): Path<String>) -> StatusCode {
    if platform.order(&call, Order::Leave) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// `status` answers requests of the Calling API that come from now on, `times` of them or all; without one all is well again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    status: Option<u16>,
    times: Option<u32>,
    #[serde(default)]
    delay_ms: u64,
}

async fn trouble(State(platform): State<Platform>, Json(wanted): Json<Wanted>) -> StatusCode {
    let status = match wanted.status.map(StatusCode::from_u16).transpose() {
        Ok(status) => status.map(|status| (status, wanted.times)),
        Err(_) => return StatusCode::BAD_REQUEST,
    };
    platform.lock().trouble = Trouble { status, delay: Duration::from_millis(wanted.delay_ms) };
    StatusCode::NO_CONTENT
}
