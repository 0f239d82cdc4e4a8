//! The provider's real interface: `POST /actions` with `delegate` and `dialer`, `GET /peers`, `GET /recording/<call_id>.wav`.
//! Basic authentication, if the exchange was given a user.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::exchange::{Order, Refusal};
use super::{Pbx, pabx, recording, text};
use crate::simulator::durations;

/// Numbers of one `dialer` action.
const MOST_NUMBERS: usize = 1_000;
const MOST_RETRIES: u32 = 100;
/// What a `dialer` action has that does not say otherwise.
const USUAL_GAP: Duration = Duration::from_secs(10);
const USUAL_TTL: Duration = Duration::from_mins(5);

pub(super) fn router() -> Router<Pbx> {
    Router::new()
        .route("/actions", post(actions))
        .route("/peers", get(peers))
        .route("/recording/{file}", get(record))
}

async fn actions(State(pbx): State<Pbx>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = refusal(&pbx, &headers) {
        return refused;
    }
    if let Some(answer) = pbx.trouble().await {
        return answer;
    }
    let taken = match serde_json::from_slice::<Value>(&body) {
        Ok(body) => act(&pbx, &body),
        Err(error) => Err((StatusCode::BAD_REQUEST, format!("body is not JSON: {error}"))),
    };
    match taken {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err((status, error)) => (status, Json(json!({ "error": error }))).into_response(),
    }
}

type Refused = (StatusCode, String);

fn act(pbx: &Pbx, body: &Value) -> Result<(), Refused> {
    let taken = match required(body, "type")?.as_str() {
        // The older client's word for the same.
        "delegate" | "call.waiting" => {
            let (id, destination) = (required(body, "call_id")?, required(body, "destination")?);
            pbx.change(|exchange, now| exchange.delegate(&id, &destination, now))
        }
        "dialer" => {
            let order = order(body)?;
            let taken = |taken: bool| if taken { Ok(()) } else { Err(Refusal::TooManyCalls) };
            pbx.change(|exchange, now| taken(exchange.order(order, now)))
        }
        other => return Err(bad(format!("type is unknown: {other}"))),
    };
    taken.map_err(|refusal| (pabx::status_of(&refusal), pabx::sentence(&refusal)))
}

fn bad(error: String) -> Refused {
    (StatusCode::BAD_REQUEST, error)
}

fn required(body: &Value, field: &str) -> Result<String, Refused> {
    text(body, field).ok_or_else(|| bad(format!("{field} is required")))
}

fn order(body: &Value) -> Result<Order, Refused> {
    let numbers = body.get("numbers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let numbers: Vec<_> = numbers.iter().filter_map(|number| number.as_str().map(str::to_owned)).collect();
    if numbers.is_empty() || numbers.len() > MOST_NUMBERS {
        return Err(bad(format!("numbers is required: 1 to {MOST_NUMBERS} texts")));
    }
    let destination_type = text(body, "destination_type").unwrap_or_else(|| "queue".to_owned());
    if !["peer", "queue", "conference", "custom"].contains(&destination_type.as_str()) {
        return Err(bad(format!("destination_type is unknown: {destination_type}")));
    }
    let lasting = |field: &str, usual: Duration| match text(body, field) {
        Some(given) => durations::parse(&given).map_err(|why| bad(format!("{field}: {why}"))),
        None => Ok(usual),
    };
    let retries = text(body, "retries").map(|retries| retries.parse::<u32>()).transpose();
    let retries = retries.ok().map(Option::unwrap_or_default).filter(|retries| *retries <= MOST_RETRIES);
    Ok(Order {
        numbers,
        destination: required(body, "destination")?,
        destination_type,
        code: text(body, "code").unwrap_or_default(),
        retries: retries.ok_or_else(|| bad(format!("retries is a number up to {MOST_RETRIES}")))?,
        retry_gap: lasting("retry_gap", USUAL_GAP)?,
        ttl: lasting("ttl", USUAL_TTL)?,
    })
}

async fn peers(State(pbx): State<Pbx>, headers: HeaderMap) -> Response {
    if let Some(refused) = refusal(&pbx, &headers) {
        return refused;
    }
    let list = pbx.lock().exchange.peers();
    // The provider's size is a text.
    Json(json!({ "size": list.len().to_string(), "list": list })).into_response()
}

async fn record(State(pbx): State<Pbx>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    if let Some(refused) = refusal(&pbx, &headers) {
        return refused;
    }
    let is_known = file.strip_suffix(".wav").is_some_and(|id| pbx.lock().exchange.knows(id));
    if !is_known {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "recording not found" }))).into_response();
    }
    ([(CONTENT_TYPE, "audio/wav")], recording::wav()).into_response()
}

/// What is answered to whoever does not know the user and the password.
fn refusal(pbx: &Pbx, headers: &HeaderMap) -> Option<Response> {
    let (user, password) = pbx.0.config.access.as_ref()?;
    let right = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    if headers.get(AUTHORIZATION).is_some_and(|shown| shown.as_bytes() == right.as_bytes()) {
        return None;
    }
    let body = Json(json!({ "error": "user and password are required" }));
    Some((StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"teravoz\"")], body).into_response())
}
