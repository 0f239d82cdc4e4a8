//! The providers' doors. They may listen on an address of their own, so that only they face the internet.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;
use tracing::{error, warn};

use super::body::{Language, Peer};
use super::plain::plain;
use crate::domain::{Lang, Timestamp};
use crate::journal::Journal;
use crate::listener::Unread;
use crate::runtime::Doors;
use crate::sources::tellicon::{self, AUTH_HEADER, DoorError, presented_token};

/// What the doors work with.
#[derive(Clone)]
pub struct Inbound {
    pub doors: Doors,
    pub journal: Journal,
    /// Numeric strings where Tellicon documents integers are taken instead of refused.
    pub tellicon_lenient: bool,
    /// The largest body taken, in bytes.
    pub body_limit: usize,
}

/// Without a deadline of its own: a body has the time that the listener gives it by its size
/// (`a_post_that_takes_its_time_is_read_to_its_end`), and what follows it waits for no more than its commit
/// ([`tellicon::receive`]).
pub fn router(inbound: Inbound) -> Router {
    let router = Router::new()
        .route("/eventTellicon", post(tellicon_by_token))
        .route("/in/{key}/eventTellicon", post(tellicon_by_path))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(inbound));
    plain(router)
}

/// The router with its doors open to those who write their paths with a slash too many: a provider's people type an
/// address and its path in two fields, and what came of it cannot be sent again.
pub fn with_straight_doors(router: Router) -> Router {
    Router::new().fallback_service(router).layer(map_request(async |mut request: Request| {
        if let Some(straight) = straight(request.uri()) {
            *request.uri_mut() = straight;
        }
        request
    }))
}

/// The address without doubled slashes and the one at the end, if that is a door's.
fn straight(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains("//") && !path.ends_with('/') {
        return None;
    }
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_door = matches!(parts[..], ["eventTellicon"] | ["in", _, "eventTellicon"]);
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_door.then(|| format!("/{}{query}", parts.join("/")).parse().ok()).flatten()
}

/// The source is found by its token.
async fn tellicon_by_token(
    State(inbound): State<Arc<Inbound>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    language: Language,
    body: axum::body::Body,
) -> Response {
    let known = inbound.doors.are_known();
    let account = presented_token(headers.get(AUTH_HEADER).map(HeaderValue::as_bytes))
        .and_then(|token| inbound.doors.tellicon_by_token(token));
    tellicon(&inbound, known, account, peer, language, body).await
}

/// The source is found by its own path, and its token must fit.
async fn tellicon_by_path(
    State(inbound): State<Arc<Inbound>>,
    Path(key): Path<String>,
    Peer(peer): Peer,
    headers: HeaderMap,
    language: Language,
    body: axum::body::Body,
) -> Response {
    let known = inbound.doors.are_known();
    let account = presented_token(headers.get(AUTH_HEADER).map(HeaderValue::as_bytes))
        .and_then(|token| inbound.doors.tellicon_by_path(&key, token));
    tellicon(&inbound, known, account, peer, language, body).await
}

async fn tellicon(
    inbound: &Inbound,
    known: bool,
    account: Option<tellicon::Account>,
    peer: Option<IpAddr>,
    Language(lang): Language,
    body: axum::body::Body,
) -> Response {
    let Some(account) = account else {
        if !known {
            // To a provider a 401 is final; what it says now is not to be lost because we have just started, or another
            // process has the database.
            return try_again(lang.pick("ainda não; tente de novo", "not yet; try again"));
        }
        warn!(provider = "tellicon", ?peer, "a request with a missing or unknown token was refused");
        let text =
            lang.pick("authTokenTellicon ausente ou inválido", "authTokenTellicon is missing or invalid");
        return (StatusCode::UNAUTHORIZED, axum::Json(json!({ "error": text }))).into_response();
    };
    let body: Bytes = match axum::body::to_bytes(body, inbound.body_limit).await {
        Ok(body) => body,
        Err(error) => {
            warn!(provider = "tellicon", source = %account.source, ?peer, %error, "a body could not be read");
            return unread(&error, lang);
        }
    };
    let now = Timestamp::now();
    let received = tellicon::receive(&inbound.journal, account, body, inbound.tellicon_lenient, now).await;
    match received {
        Ok(()) => {
            inbound.doors.note_event(account.source, now);
            (StatusCode::OK, axum::Json(json!({ "status": "ok" }))).into_response()
        }
        Err(DoorError::Refused(refusal)) => {
            warn!(provider = "tellicon", source = %account.source, field = refusal.field, fault = %refusal.fault, "a body was refused");
            let text = lang.pick(refusal.fault.in_portuguese(), refusal.fault.to_string());
            let body = json!({ "error": format!("{} {text}", refusal.field), "field": refusal.field });
            (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
        }
        Err(DoorError::Busy) => {
            try_again(lang.pick("sem espaço agora; tente de novo", "no room just now; try again"))
        }
        Err(DoorError::Journal(error)) => {
            error!(provider = "tellicon", source = %account.source, %error, "an event could not be written down");
            let text = lang.pick("erro inesperado", "unexpected error");
            (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(json!({ "error": text }))).into_response()
        }
    }
}

/// A body that was not read to its end. What the provider is to send again is not told that it is wrong.
fn unread(error: &axum::Error, lang: Lang) -> Response {
    let (status, text) = match Unread::behind(error) {
        Some(Unread::NoRoom) => {
            return try_again(lang.pick("sem espaço agora; tente de novo", "no room just now; try again"));
        }
        Some(Unread::Late) => (
            StatusCode::REQUEST_TIMEOUT,
            lang.pick("o corpo não chegou a tempo", "the body did not arrive in time"),
        ),
        None => (
            StatusCode::PAYLOAD_TOO_LARGE,
            lang.pick("corpo grande demais ou incompleto", "body too large or incomplete"),
        ),
    };
    (status, axum::Json(json!({ "error": text, "field": "body" }))).into_response()
}

fn try_again(text: &str) -> Response {
    let retry = [(header::RETRY_AFTER, "2")];
    (StatusCode::SERVICE_UNAVAILABLE, retry, axum::Json(json!({ "error": text }))).into_response()
}
