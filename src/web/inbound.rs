//! The providers' doors. They may listen on an address of their own, so that only they face the internet.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::Uri;
use axum::middleware::map_request;
use axum::response::Response;
use axum::routing::post;
use tracing::{error, warn};

use super::caller::{Asked, Caller, answered, declined};
use super::plain::plain;
use crate::domain::{Lang, Provider, Timestamp};
use crate::journal::Journal;
use crate::listener::Unread;
use crate::runtime::Doors;
use crate::sources::{Account, Declined, Endpoint, PROVIDERS, Posted, Unaccepted, Way, receive};

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

impl Door {
    fn declined(&self, why: &Declined, lang: Lang) -> Response {
        declined(why, self.way.answers.declined(why, lang))
    }
}

/// The source is found by its token; without one it is the only one that is open.
async fn by_token(State(door): State<Arc<Door>>, caller: Caller, body: axum::body::Body) -> Response {
    take(&door, None, &caller, body).await
}

/// The source is found by its own path, and its token must fit.
async fn by_path(
    State(door): State<Arc<Door>>,
    Path(key): Path<String>,
    caller: Caller,
    body: axum::body::Body,
) -> Response {
    take(&door, Some(&key), &caller, body).await
}

async fn take(door: &Door, own_path: Option<&str>, caller: &Caller, body: axum::body::Body) -> Response {
    let Door { provider, endpoint, way, inbound } = door;
    let (peer, lang) = (caller.peer, caller.lang);
    let asked = Asked { provider: *provider, endpoint: *endpoint, path: way.path };
    let Account { company, source } = match caller.account(&inbound.doors, &asked, own_path) {
        Ok(account) => account,
        Err(why) => {
            inbound.doors.note_unknown(*provider, own_path, &why);
            return door.declined(&why, lang);
        }
    };
    let refused = |why: &Declined| {
        inbound.doors.note_refused(source, why);
        door.declined(why, lang)
    };
    let body: Bytes = match axum::body::to_bytes(body, inbound.body_limit).await {
        Ok(body) => body,
        Err(error) => {
            warn!(%provider, %source, ?peer, %error, "a body could not be read");
            return refused(&unread(&error));
        }
    };
    let received_at = Timestamp::now();
    let lenient = inbound.lenient.contains(provider);
    let posted = Posted { source, path: way.path, body, lenient, received_at };
    match receive(&inbound.journal, *endpoint, &company, posted).await {
        Ok(taken) => {
            inbound.doors.note_event(source, received_at);
            let answer = way.answers.accepted(&taken);
            answered(answer)
        }
        Err(Unaccepted::Refused(refusal)) => {
            let fault = refusal.message.text(Lang::En);
            warn!(%provider, %source, field = refusal.field, fault, "a body was refused");
            refused(&Declined::Refused(refusal))
        }
        Err(Unaccepted::Busy) => refused(&Declined::NoRoom),
        Err(Unaccepted::Journal(error)) => {
            error!(%provider, %source, %error, "an event could not be written down");
            refused(&Declined::Failed)
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
