//! The providers' doors. They may listen on an address of their own, so that only they face the internet.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tracing::{error, warn};
use url::form_urlencoded;

use super::body::{Language, Peer};
use super::plain::plain;
use crate::domain::{Lang, Provider, Timestamp};
use crate::journal::Journal;
use crate::listener::Unread;
use crate::runtime::{Doors, Found};
use crate::sources::{
    Account, Declined, Endpoint, PROVIDERS, Posted, Shown, TokenIn, Unaccepted, Way, receive,
};

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

/// One way to one provider's sources.
struct Door {
    provider: Provider,
    endpoint: &'static dyn Endpoint,
    way: &'static Way,
    inbound: Inbound,
}

/// The providers that post, and where.
fn ways() -> impl Iterator<Item = (Provider, &'static dyn Endpoint, &'static Way)> {
    let endpoints =
        PROVIDERS.iter().filter_map(|provider| Some((provider.identity().id, provider.way_in().endpoint()?)));
    endpoints
        .flat_map(|(provider, endpoint)| endpoint.ways().iter().map(move |way| (provider, endpoint, way)))
}

/// Without a deadline of its own: a body has the time that the listener gives it by its size
/// (`a_post_that_takes_its_time_is_read_to_its_end`), and what follows it waits for no more than its commit
/// ([`receive`]).
pub fn router(inbound: &Inbound) -> Router {
    let router = ways().fold(Router::new(), |router, (provider, endpoint, way)| {
        let path = way.path;
        let door = Router::new()
            .route(&format!("/{path}"), post(by_token))
            .route(&format!("/in/{{key}}/{path}"), post(by_path))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::new(Door { provider, endpoint, way, inbound: inbound.clone() }));
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
    let last = if let ["in", _, last @ ..] = &parts[..] { last } else { &parts[..] };
    let is_door = ways().any(|(_, _, way)| way.path.split('/').eq(last.iter().copied()));
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    is_door.then(|| format!("/{}{query}", parts.join("/")).parse().ok()).flatten()
}

/// What a request is taken by, beside its body.
struct Caller {
    headers: HeaderMap,
    uri: Uri,
    peer: Option<IpAddr>,
    lang: Lang,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Peer(peer) = Peer::from_request_parts(parts, state).await?;
        let Language(lang) = Language::from_request_parts(parts, state).await?;
        Ok(Self { headers: parts.headers.clone(), uri: parts.uri.clone(), peer, lang })
    }
}

impl Door {
    /// The source of the token that a request shows, as `find` knows it by the token's name.
    fn found(&self, caller: &Caller, find: impl Fn(&str, Shown<'_>) -> Found) -> Found {
        match self.endpoint.token_in() {
            TokenIn::Header(name) => {
                let raw = caller.headers.get(name).map(HeaderValue::as_bytes);
                find(name, self.endpoint.shown(raw))
            }
            TokenIn::Query(name) => {
                let query = caller.uri.query().unwrap_or_default();
                let raw = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
                find(name, self.endpoint.shown(raw.as_ref().map(|(_, raw)| raw.as_bytes())))
            }
        }
    }

    fn declined(&self, why: &Declined, lang: Lang) -> Response {
        let mut response = json(why.status(), self.way.answers.declined(why, lang));
        if why.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

fn json(status: StatusCode, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, kind, body).into_response()
}

/// The source is found by its token; without one it is the only one that is open.
async fn by_token(State(door): State<Arc<Door>>, caller: Caller, body: axum::body::Body) -> Response {
    let known = door.inbound.doors.are_known();
    let find = |name: &str, shown: Shown<'_>| door.inbound.doors.by_token(door.provider, name, shown);
    let found = door.found(&caller, find);
    take(&door, known, found, &caller, body).await
}

/// The source is found by its own path, and its token must fit.
async fn by_path(
    State(door): State<Arc<Door>>,
    Path(key): Path<String>,
    caller: Caller,
    body: axum::body::Body,
) -> Response {
    let known = door.inbound.doors.are_known();
    let find = |name: &str, shown: Shown<'_>| door.inbound.doors.by_path(&key, door.provider, name, shown);
    let found = door.found(&caller, find);
    take(&door, known, found, &caller, body).await
}

async fn take(door: &Door, known: bool, found: Found, caller: &Caller, body: axum::body::Body) -> Response {
    let Door { provider, endpoint, way, inbound } = door;
    let (peer, lang) = (caller.peer, caller.lang);
    let Account { company, source } = match found {
        Found::Account(account) => account,
        // To a provider a 401 is final; what it says now is not to be lost because we have just started, or another
        // process has the database.
        _ if !known => return door.declined(&Declined::NotYet, lang),
        Found::Nobody => {
            warn!(%provider, ?peer, "a request with a missing or unknown token was refused");
            return door.declined(&Declined::UnknownToken(endpoint.unknown_token()), lang);
        }
        Found::Several => {
            warn!(%provider, ?peer, "a request without a token was refused: several sources are open");
            return door.declined(&Declined::Several { path: way.path }, lang);
        }
    };
    let body: Bytes = match axum::body::to_bytes(body, inbound.body_limit).await {
        Ok(body) => body,
        Err(error) => {
            warn!(%provider, %source, ?peer, %error, "a body could not be read");
            return door.declined(&unread(&error), lang);
        }
    };
    let received_at = Timestamp::now();
    let lenient = inbound.lenient.contains(provider);
    let posted = Posted { source, path: way.path, body, lenient, received_at };
    match receive(&inbound.journal, *endpoint, &company, posted).await {
        Ok(taken) => {
            inbound.doors.note_event(source, received_at);
            let answer = way.answers.accepted(&taken);
            match answer.body {
                Some(body) => json(answer.status, body),
                None => answer.status.into_response(),
            }
        }
        Err(Unaccepted::Refused(refusal)) => {
            let fault = refusal.message.text(Lang::En);
            warn!(%provider, %source, field = refusal.field, fault, "a body was refused");
            door.declined(&Declined::Refused(refusal), lang)
        }
        Err(Unaccepted::Busy) => door.declined(&Declined::NoRoom, lang),
        Err(Unaccepted::Journal(error)) => {
            error!(%provider, %source, %error, "an event could not be written down");
            door.declined(&Declined::Failed, lang)
        }
    }
}

/// A body that was not read to its end. What the provider is to send again is not told that it is wrong.
fn unread(error: &axum::Error) -> Declined {
    match Unread::behind(error) {
        Some(Unread::NoRoom) => Declined::NoRoom,
        Some(Unread::Late) => Declined::Late,
        None => Declined::TooLarge,
    }
}
