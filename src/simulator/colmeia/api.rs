//! The Calling API: `POST /v1/rest/calling/event` with `accept`, `reject` and `hangup`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use rand::RngExt;
use serde_json::{Value, json};

use super::Platform;
use super::call::{Order, Stage};

/// As its documents print it; [`OLDER`] is what its samples still say.
const PATH: &str = "/v1/rest/calling/event";
const OLDER: &str = "/v1/rest/calling/command";

pub(super) fn router() -> Router<Platform> {
    Router::new().route(PATH, post(event)).route(OLDER, post(event))
}

/// Why a request is not taken.
enum Refused {
    Unauthorized,
    /// A field, and what is wrong with it.
    Invalid(&'static str, &'static str),
    NotFound(&'static str),
    /// It was taken before.
    Again,
}

async fn event(State(platform): State<Platform>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(answer) = platform.trouble().await {
        return answer;
    }
    let taken = platform.allowed(&headers).and_then(|()| platform.take(&body));
    match taken {
        Ok(id) => Json(json!({ "idCallEvent": id })).into_response(),
        Err(refused) => refused.into_response(),
    }
}

impl Platform {
    fn allowed(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let shown = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
        match &self.0.config.token {
            Some(token) if shown != Some(token.as_bytes()) => Err(Refused::Unauthorized),
            _ => Ok(()),
        }
    }

    fn take(&self, body: &[u8]) -> Result<String, Refused> {
        let body: Value =
            serde_json::from_slice(body).map_err(|_| Refused::Invalid("body", "must be JSON"))?;
        let text = |field: &'static str| {
            body[field].as_str().filter(|text| !text.is_empty()).ok_or(Refused::Invalid(field, "is required"))
        };
        let (event, id, conversation) = (text("event")?, text("idCall")?, text("idConversation")?);
        let mut state = self.lock();
        let number: u64 = state.random.random();
        let call = state.calls.get_mut(id).ok_or(Refused::NotFound("call-not-found"))?;
        if call.conversation != conversation {
            return Err(Refused::NotFound("conversation-not-found"));
        }
        match event {
            "accept" => {
                let (kind, sdp) = (&body["rtcSession"]["type"], body["rtcSession"]["sdp"].as_str());
                let sdp = sdp.filter(|sdp| !sdp.is_empty() && *kind == "answer");
                let sdp = sdp.ok_or(Refused::Invalid("rtcSession", "must be an answer with its SDP"))?;
                call.accepts += 1;
                match call.stage {
                    Stage::Ringing => {
                        call.stage = Stage::Active;
                        call.answer = Some(sdp.to_owned());
                        call.order(Order::Accept);
                    }
                    Stage::Active => return Err(Refused::Again),
                    Stage::Requested | Stage::Ended => return Err(Refused::NotFound("call-not-found")),
                }
            }
            "reject" | "hangup" if call.has_ended() => return Err(Refused::Again),
            "reject" => call.order(Order::Reject),
            "hangup" => call.order(Order::HangUp),
            _ => return Err(Refused::Invalid("event", "must be accept, reject or hangup")),
        }
        Ok(format!("event-{number:016x}"))
    }

    /// What the configured trouble answers, when its time has come.
    async fn trouble(&self) -> Option<Response> {
        let (delay, status) = {
            let mut state = self.lock();
            let status = match &mut state.trouble.status {
                Some((_, Some(0))) | None => None,
                Some((status, Some(left))) => {
                    *left -= 1;
                    Some(*status)
                }
                Some((status, None)) => Some(*status),
            };
            (state.trouble.delay, status)
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let status = status?;
        let id = match status {
            StatusCode::NOT_FOUND => "call-not-found",
            StatusCode::TOO_MANY_REQUESTS => "call-too-busy",
            _ => "event-process-error",
        };
        if status == StatusCode::NO_CONTENT {
            Some(status.into_response())
        } else {
            Some(error(status, id, &[]))
        }
    }
}

fn error(status: StatusCode, id: &str, descriptions: &[Value]) -> Response {
    let body = json!({
        "type": "error",
        "status": status.as_u16(),
        "error": { "id": id, "descriptions": descriptions },
    });
    (status, Json(body)).into_response()
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Unauthorized => error(StatusCode::UNAUTHORIZED, "unauthorized", &[]),
            Self::Invalid(field, message) => {
                let wrong = json!({ "field": field, "message": message });
                error(StatusCode::BAD_REQUEST, "invalidRequest", &[wrong])
            }
            Self::NotFound(id) => error(StatusCode::NOT_FOUND, id, &[]),
            Self::Again => StatusCode::NO_CONTENT.into_response(),
        }
    }
}
