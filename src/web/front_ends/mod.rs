//! The interfaces that providers' documents describe beside their ways in, at the paths that they print.
//!
//! What must hold here: a source is found as at its ways in, and its key is asked for at every interface; however many ask at
//! once, only a few of them are looked up for at a time, and nobody waits for who does not read. Pages of any origin may ask
//! ([`cors`]), as documented: what protects a source is its key.

mod cors;
mod room;
mod socket;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::get;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use room::Room;

use super::caller::{Asked, Caller, answered, declined};
use super::plain::plain;
use crate::domain::Provider;
use crate::journal::Journal;
use crate::runtime::{Doors, Listening};
use crate::sources::front_end::{self, Desk, FrontEnd, Interface, Spoken};
use crate::sources::{Account, Declined, Endpoint, PROVIDERS};

/// Questions that are looked up at the same time.
const AT_ONCE: usize = 4;
/// Who asks waits no longer than this.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Sockets at the same time, all sources together.
const MOST_SOCKETS: usize = 256;

/// What the interfaces work with. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct FrontEnds {
    doors: Doors,
    journal: Journal,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    room: Room,
    sockets: TaskTracker,
    stop: CancellationToken,
}

/// One interface of a provider's sources.
struct Mounted<T: ?Sized + 'static> {
    asked: Asked,
    speaks: &'static T,
    shared: FrontEnds,
}

impl FrontEnds {
    /// Sockets end with `stop`.
    pub fn new(doors: Doors, journal: Journal, stop: CancellationToken) -> Self {
        Self {
            doors,
            journal,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(MOST_SOCKETS)),
            room: Room::default(),
            sockets: TaskTracker::new(),
            stop,
        }
    }

    /// Waits until every WebSocket has ended.
    pub async fn ended(self) {
        self.sockets.close();
        self.sockets.wait().await;
    }

    /// What is served where a source listens for itself: its WebSocket, at whatever path, with the key that it asks for.
    pub fn on_an_address_of_its_own(&self, of: &Listening) -> Option<Router> {
        let own = all().filter(|(provider, ..)| *provider == of.provider);
        let (asked, speaks) =
            own.into_iter().find_map(|(provider, endpoint, front)| match front.interface {
                Interface::WebSocket(speaks) => {
                    Some((Asked { provider, endpoint, path: front.path }, speaks))
                }
                Interface::Http(_) => None,
            })?;
        let mounted = Arc::new(Mounted::<dyn Spoken> { asked, speaks, shared: self.clone() });
        let path_key = of.path_key.clone();
        Some(plain(Router::new().fallback(move |caller: Caller, request: Request| {
            let (mounted, own_path) = (mounted.clone(), Some(path_key.clone()));
            async move { socket::open(&mounted, caller, own_path, request) }
        })))
    }

    fn desk(&self, account: &Account) -> Desk {
        Desk { journal: self.journal.clone(), company: account.company.id(), source: account.source }
    }
}

/// The interfaces of the providers that have any.
fn all() -> impl Iterator<Item = (Provider, &'static dyn Endpoint, &'static FrontEnd)> {
    let endpoints = PROVIDERS.iter().filter_map(|provider| {
        Some((provider.identity().id, provider.way_in().endpoint()?, provider.front_ends()))
    });
    endpoints.flat_map(|(id, endpoint, fronts)| fronts.iter().map(move |front| (id, endpoint, front)))
}

pub fn router(shared: &FrontEnds) -> Router {
    let router = all().fold(Router::new(), |router, (provider, endpoint, front)| {
        let asked = Asked { provider, endpoint, path: front.path };
        let paths = [format!("/{}", front.path), format!("/in/{{key}}/{}", front.path)];
        let shared = shared.clone();
        let methods = match front.interface {
            Interface::Http(speaks) => get(over_http)
                .post(over_http)
                .with_state(Arc::new(Mounted::<dyn front_end::Asked> { asked, speaks, shared }))
                .layer(from_fn(cors::open)),
            Interface::WebSocket(speaks) => {
                get(over_websocket).with_state(Arc::new(Mounted::<dyn Spoken> { asked, speaks, shared }))
            }
        };
        paths.iter().fold(router, |router, path| router.route(path, methods.clone()))
    });
    plain(router)
}

/// What stands in a path for its own parts.
type Parts = Path<HashMap<String, String>>;

async fn over_http(
    State(mounted): State<Arc<Mounted<dyn front_end::Asked>>>,
    Path(parts): Parts,
    caller: Caller,
) -> Response {
    let Mounted { asked, speaks, shared } = &*mounted;
    let lang = caller.lang;
    let declined = |why: &Declined| declined(why, speaks.declined(why, lang));
    let account = match caller.account(&shared.doors, asked, parts.get("key").map(String::as_str)) {
        Ok(account) => account,
        Err(why) => return declined(&why),
    };
    let desk = shared.desk(&account);
    let answering = async {
        desk.caught_up().await?;
        let _turn = shared.turns.acquire().await.expect("this semaphore is never closed");
        speaks.answer(&desk, lang).await
    };
    match timeout(ANSWER_WITHIN, answering).await {
        Ok(Ok(answer)) => answered(answer),
        Ok(Err(error)) => {
            error!(source = %desk.source, path = asked.path, %error, "a question of a front end could not be answered");
            declined(&Declined::Failed)
        }
        Err(_) => declined(&Declined::NoRoom),
    }
}

async fn over_websocket(
    State(mounted): State<Arc<Mounted<dyn Spoken>>>,
    Path(parts): Parts,
    caller: Caller,
    request: Request,
) -> Response {
    let own_path = parts.get("key").cloned();
    socket::open(&mounted, caller, own_path, request)
}
