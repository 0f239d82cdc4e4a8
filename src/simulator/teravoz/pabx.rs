//! What a person advances calls with, and where an older client sends its actions.
//!
//! `POST /api/client/pabx/call` with `their_number`, `our_number` and `type`, one of the seven, in their order;
//! `POST /api/client/actions` with `type`, `call_id` and `destination`; `GET /control/status` gives the calls under way by their
//! last event, and the posts by their answers.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::exchange::Refusal;
use super::{Pbx, text, words};

/// Numbers of phones have at least so many digits.
const LEAST_NUMBER: usize = 10;
/// No phone has more.
const MOST_NUMBER: usize = 32;

pub(super) fn router() -> Router<Pbx> {
    Router::new()
        .route("/api/client/pabx/call", post(call))
        .route("/api/client/actions", post(actions))
        .route("/control/status", get(status))
}

async fn call(State(pbx): State<Pbx>, body: Bytes) -> Response {
    let body = match parsed(&body) {
        Ok(body) => body,
        Err(wrong) => return refused([("body", wrong)]),
    };
    let number = |field: &str| {
        text(&body, field).filter(|number| (LEAST_NUMBER..=MOST_NUMBER).contains(&number.chars().count()))
    };
    let kind = text(&body, "type").and_then(|kind| words::known(&kind));
    let (Some(theirs), Some(ours), Some(kind)) = (number("their_number"), number("our_number"), kind) else {
        let wrong = [
            ("their_number", number("their_number").is_none()),
            ("our_number", number("our_number").is_none()),
            ("type", kind.is_none()),
        ];
        let wrong = wrong.into_iter().filter(|(_, is_wrong)| *is_wrong);
        return refused(wrong.map(|(field, _)| (field, words::required_of_call(field))));
    };
    match pbx.change(|exchange, now| exchange.by_hand(&theirs, &ours, kind, now)) {
        Ok(()) => words::received(kind).into_response(),
        Err(refusal) => plain(&refusal),
    }
}

async fn actions(State(pbx): State<Pbx>, body: Bytes) -> Response {
    if let Some(answer) = pbx.trouble().await {
        return answer;
    }
    let body = match parsed(&body) {
        Ok(body) => body,
        Err(wrong) => return refused([("body", wrong)]),
    };
    let fields = ["type", "call_id", "destination"];
    let [Some(kind), Some(id), Some(destination)] = fields.map(|field| text(&body, field)) else {
        let missing = fields.into_iter().filter(|field| text(&body, field).is_none());
        return refused(missing.map(|field| (field, words::required(field))));
    };
    let taken = match (kind.as_str(), words::known(&kind)) {
        ("delegate" | "call.waiting", _) => {
            pbx.change(|exchange, now| exchange.delegate(&id, &destination, now))
        }
        (_, Some(kind)) => pbx.change(|exchange, now| exchange.put_anywhere(&id, kind, now)),
        (_, None) => return refused([("type", words::required_of_call("type"))]),
    };
    match taken {
        Ok(()) => (StatusCode::CREATED, words::delegated(&destination)).into_response(),
        Err(refusal) => plain(&refusal),
    }
}

async fn status(State(pbx): State<Pbx>) -> Json<Value> {
    let state = pbx.lock();
    Json(json!({ "calls": state.exchange.open(), "posts": state.report, "waiting": state.lanes.held(),
        "under_way": state.under_way }))
}

fn parsed(body: &Bytes) -> Result<Value, String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(body) if body.is_object() => Ok(body),
        Ok(_) => Err("a JSON object is required".to_owned()),
        Err(error) => Err(format!("not JSON: {error}")),
    }
}

/// The list of what is wrong, a line for each field.
fn refused(wrong: impl IntoIterator<Item = (&'static str, String)>) -> Response {
    let wrong: Vec<_> = wrong.into_iter().map(|(param, msg)| json!({ "param": param, "msg": msg })).collect();
    (StatusCode::BAD_REQUEST, Json(wrong)).into_response()
}

fn plain(refusal: &Refusal) -> Response {
    (status_of(refusal), sentence(refusal)).into_response()
}

pub(super) fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownCall => StatusCode::NOT_FOUND,
        Refusal::NotStanding(_) | Refusal::DrivesItself => StatusCode::CONFLICT,
        Refusal::TooManyCalls => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Sequence(_) => StatusCode::BAD_REQUEST,
    }
}

pub(super) fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::UnknownCall => "call not found".to_owned(),
        Refusal::NotStanding(kind) => format!("the call waits for no decision: {kind}"),
        Refusal::DrivesItself => "only a call that a person began can be put anywhere".to_owned(),
        Refusal::TooManyCalls => "too much is under way: come again".to_owned(),
        Refusal::Sequence(sentence) => sentence.clone(),
    }
}
