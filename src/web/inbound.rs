//! The providers' doors. They may listen on an address of their own, so that only they face the internet.

use std::collections::BTreeSet;
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
use url::form_urlencoded;

use super::body::{Language, Peer};
use super::plain::plain;
use crate::domain::{Lang, Provider, Timestamp};
use crate::journal::Journal;
use crate::listener::Unread;
use crate::runtime::Doors;
use crate::sources::{Account, Endpoint, PROVIDERS, Posted, TokenIn, Unaccepted, receive};
use crate::texts::{Saying, say};

/// What the doors work with.
#[derive(Clone)]
pub struct Inbound {
    pub doors: Doors,
    pub journal: Journal,
    /// Providers of whom more is taken than their documents describe.
    pub lenient: BTreeSet<Provider>,
    /// The largest body taken, in bytes.
    pub body_limit: usize,
}

/// One provider's door.
struct Door {
    provider: Provider,
    endpoint: &'static dyn Endpoint,
    inbound: Inbound,
}

/// The providers that post, and where.
fn endpoints() -> impl Iterator<Item = (Provider, &'static dyn Endpoint)> {
    PROVIDERS.iter().filter_map(|provider| Some((provider.identity().id, provider.way_in().endpoint()?)))
}

/// Without a deadline of its own: a body has the time that the listener gives it by its size
/// (`a_post_that_takes_its_time_is_read_to_its_end`), and what follows it waits for no more than its commit
/// ([`receive`]).
pub fn router(inbound: &Inbound) -> Router {
    let router = endpoints().fold(Router::new(), |router, (provider, endpoint)| {
        let path = endpoint.path();
        let door = Router::new()
            .route(&format!("/{path}"), post(by_token))
            .route(&format!("/in/{{key}}/{path}"), post(by_path))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::new(Door { provider, endpoint, inbound: inbound.clone() }));
        router.merge(door)
    });
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
    let ([last] | ["in", _, last]) = parts[..] else { return None };
    let is_door = endpoints().any(|(_, endpoint)| endpoint.path() == last);
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_door.then(|| format!("/{}{query}", parts.join("/")).parse().ok()).flatten()
}

impl Door {
    /// The account of the token that a request shows, as `find` knows it by the token's name.
    fn account(
        &self,
        (headers, uri): (&HeaderMap, &Uri),
        find: impl Fn(&str, &str) -> Option<Account>,
    ) -> Option<Account> {
        match self.endpoint.token_in() {
            TokenIn::Header(name) => {
                let shown = headers.get(name).map(HeaderValue::as_bytes);
                find(name, self.endpoint.presented(shown)?)
            }
            TokenIn::Query(name) => {
                let mut query = form_urlencoded::parse(uri.query()?.as_bytes());
                let (_, shown) = query.find(|(key, _)| key == name)?;
                find(name, self.endpoint.presented(Some(shown.as_bytes()))?)
            }
        }
    }
}

/// The source is found by its token.
async fn by_token(
    State(door): State<Arc<Door>>,
    Peer(peer): Peer,
    headers: HeaderMap,
    uri: Uri,
    language: Language,
    body: axum::body::Body,
) -> Response {
    let known = door.inbound.doors.are_known();
    let find = |name: &str, token: &str| door.inbound.doors.by_token(door.provider, name, token);
    let account = door.account((&headers, &uri), find);
    take(&door, known, account, peer, language, body).await
}

/// The source is found by its own path, and its token must fit.
async fn by_path(
    State(door): State<Arc<Door>>,
    Path(key): Path<String>,
    Peer(peer): Peer,
    headers: HeaderMap,
    uri: Uri,
    language: Language,
    body: axum::body::Body,
) -> Response {
    let known = door.inbound.doors.are_known();
    let find = |name: &str, token: &str| door.inbound.doors.by_path(&key, door.provider, name, token);
    let account = door.account((&headers, &uri), find);
    take(&door, known, account, peer, language, body).await
}

async fn take(
    door: &Door,
    known: bool,
    account: Option<Account>,
    peer: Option<IpAddr>,
    Language(lang): Language,
    body: axum::body::Body,
) -> Response {
    let Door { provider, endpoint, inbound } = door;
    let Some(Account { company, source }) = account else {
        if !known {
            // To a provider a 401 is final; what it says now is not to be lost because we have just started, or another
            // process has the database.
            return try_again(&say(lang, "door-not-yet"));
        }
        warn!(%provider, ?peer, "a request with a missing or unknown token was refused");
        let text = endpoint.unknown_token().text(lang);
        return (StatusCode::UNAUTHORIZED, axum::Json(json!({ "error": text }))).into_response();
    };
    let body: Bytes = match axum::body::to_bytes(body, inbound.body_limit).await {
        Ok(body) => body,
        Err(error) => {
            warn!(%provider, %source, ?peer, %error, "a body could not be read");
            return unread(&error, lang);
        }
    };
    let received_at = Timestamp::now();
    let posted = Posted { source, body, lenient: inbound.lenient.contains(provider), received_at };
    match receive(&inbound.journal, *endpoint, &company, posted).await {
        Ok(()) => {
            inbound.doors.note_event(source, received_at);
            (StatusCode::OK, axum::Json(endpoint.accepted())).into_response()
        }
        Err(Unaccepted::Refused(refusal)) => {
            let fault = refusal.message.text(Lang::En);
            warn!(%provider, %source, field = refusal.field, fault, "a body was refused");
            let text = refusal.message.text(lang);
            let body = json!({ "error": format!("{} {text}", refusal.field), "field": refusal.field });
            (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
        }
        Err(Unaccepted::Busy) => try_again(&say(lang, "door-no-room")),
        Err(Unaccepted::Journal(error)) => {
            error!(%provider, %source, %error, "an event could not be written down");
            let text = say(lang, "door-unexpected").text();
            (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(json!({ "error": text }))).into_response()
        }
    }
}

/// A body that was not read to its end. What the provider is to send again is not told that it is wrong.
fn unread(error: &axum::Error, lang: Lang) -> Response {
    let (status, text) = match Unread::behind(error) {
        Some(Unread::NoRoom) => {
            return try_again(&say(lang, "door-no-room"));
        }
        Some(Unread::Late) => (StatusCode::REQUEST_TIMEOUT, say(lang, "door-too-slow")),
        None => (StatusCode::PAYLOAD_TOO_LARGE, say(lang, "door-too-large")),
    };
    (status, axum::Json(json!({ "error": text.text(), "field": "body" }))).into_response()
}

fn try_again(text: &Saying) -> Response {
    let retry = [(header::RETRY_AFTER, "2")];
    (StatusCode::SERVICE_UNAVAILABLE, retry, axum::Json(json!({ "error": text.text() }))).into_response()
}
