//! The live hub: what changes on a page, sent over one stream of server-sent events.
//!
//! What must hold here:
//!
//! - A look costs the same however many watch it: what is shown is read and written once per tick and per kind of viewer
//!   (page, role, companies seen, language, zone), and every stream of that kind sends the same bytes, held once. So it is
//!   with the rows of a tail ([`tail`]).
//! - What stays as it is is not sent again: who follows is sent the fragments that have changed since the look before.
//! - Viewers are served one after another, not all at once: a thousand of them are no burst that a delivery would wait for.
//! - Who opens as many streams as they can leaves some for others: a user has a share of them, so have all who see the
//!   same companies together, and so it is with what has to be looked at.
//! - A viewer who is slow skips: of a state a stream holds the newest, of a tail a bounded number of steps.
//! - A stream ends after a while, when its viewer is asked for again who they are; at once when their rights or sign-ins
//!   change; and when the program stops. The browser opens the next one by itself, also after a restart; each message is of
//!   whole fragments, or says up to where it goes, so nothing has to be caught up.

mod message;
mod state;
mod tail;

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Ui, Visit};
use crate::admin::{AdminError, By, EventView, Group, Tail, Turn};
use crate::domain::UserId;
use crate::shares::Shares;

pub use message::{Fragments, GONE, MOVED};

/// The pages know it: who has heard nothing for some ticks begins anew.
const TICK: Duration = Duration::from_secs(2);
/// After this a viewer is recognised anew, so that who has signed out does not go on watching.
const STREAM_LASTS: Duration = Duration::from_mins(5);
/// The first bytes of a stream, which come before there is anything to say: a comment, which a browser passes over.
const BEGUN: &[u8] = b":\n\n";
/// Streams at a time in the whole process, and beyond them for users who have none.
const STREAMS: u16 = 2_000;
const STREAMS_BEYOND: usize = 1_000;
/// Different things that are looked at for them at a time, and beyond them for users for whom nothing is.
const LOOKS: usize = 400;
const LOOKS_BEYOND: usize = 400;

/// See the module. One per process.
#[derive(Clone)]
pub struct Hub {
    open: Arc<Mutex<Open>>,
    streams: Shares<Group, u64>,
    looks: Shares<Group, u64>,
    /// How often anything was read and written for viewers.
    looked: Arc<AtomicU64>,
    /// Never read from: each stream listens from when it begins.
    changes: Arc<broadcast::Receiver<UserId>>,
    stop: CancellationToken,
}

/// What is watched, by kind.
#[derive(Default)]
struct Open {
    states: HashMap<String, watch::Sender<state::Newest>>,
    tails: HashMap<String, broadcast::Sender<Arc<tail::Step>>>,
}

/// What is being looked at for viewers. Should the look panic, it is watched no longer: their streams end, and the browsers
/// open them anew, instead of a page that stands still until the next start.
struct Looking {
    hub: Hub,
    kind: String,
}

impl Drop for Looking {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut open = self.hub.lock();
            open.states.remove(&self.kind);
            open.tails.remove(&self.kind);
        }
    }
}

impl Open {
    fn viewers(&self) -> usize {
        let states = self.states.values().map(watch::Sender::receiver_count).sum::<usize>();
        states + self.tails.values().map(broadcast::Sender::receiver_count).sum::<usize>()
    }
}

impl Hub {
    /// `changes` names users whose streams have to end.
    pub fn new(changes: broadcast::Receiver<UserId>, stop: CancellationToken) -> Self {
        Self {
            open: Arc::default(),
            streams: Shares::generous_with_one_for_each(usize::from(STREAMS), STREAMS_BEYOND),
            looks: Shares::with_one_for_each(LOOKS, LOOKS_BEYOND),
            looked: Arc::default(),
            changes: Arc::new(changes),
            stop,
        }
    }

    /// Streams that are open.
    pub fn viewers(&self) -> usize {
        self.lock().viewers()
    }

    /// How often anything was read and written for them, since the start.
    pub fn looked(&self) -> u64 {
        self.looked.load(Ordering::Relaxed)
    }

    /// A stream of `what` for this viewer; `look` makes its fragments and is called once a tick for all viewers of the
    /// same kind. What it shows must depend on nothing but `what` and the role, companies, language and zone of the visit.
    pub fn stream<L, F>(&self, visit: &Visit, what: &str, look: L) -> Response
    where
        L: Fn() -> F + Send + 'static,
        F: Future<Output = Result<Fragments, AdminError>> + Send + 'static,
    {
        self.answer(visit, self.watch(By::actor(&visit.actor), kind(visit, what), look))
    }

    /// A stream of the rows that `row` makes of what `tail` finds, which `what` names, from where the tail stands. All
    /// viewers of the same kind are sent the same rows, made once, as above.
    pub fn tail<R>(&self, visit: &Visit, what: &str, tail: Tail, row: R) -> Response
    where
        R: Fn(&Ui, EventView) -> String + Clone + Send + 'static,
    {
        self.answer(
            visit,
            self.follow(
                By::actor(&visit.actor),
                kind(visit, what),
                tail,
                tail::Rows::new(visit.ui.clone(), row),
            ),
        )
    }

    fn answer<S: Source>(&self, visit: &Visit, source: Option<S>) -> Response {
        let Some(source) = source else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let viewer = self.viewer(visit.user_id(), source);
        // A proxy passes each piece on as it comes: it neither gathers them (nginx asks for that by this name) nor packs them.
        let headers = [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache, no-transform"),
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        let begun = stream::once(std::future::ready(Ok::<_, Infallible>(Bytes::from_static(BEGUN))));
        (headers, Body::from_stream(begun.chain(stream::unfold(viewer, Viewer::next)))).into_response()
    }

    fn viewer<S>(&self, user: UserId, source: S) -> Viewer<S> {
        Viewer {
            source,
            user,
            changes: self.changes.resubscribe(),
            ends: Instant::now() + STREAM_LASTS,
            stop: self.stop.clone(),
            gone: false,
        }
    }

    /// A place among the streams of who is signed in, for one that speaks in its own way; `None` when they have as many as they may.
    pub fn watcher(&self, visit: &Visit) -> Option<Watch> {
        let place = self.place(By::actor(&visit.actor))?;
        Some(Watch {
            user: visit.user_id(),
            changes: self.changes.resubscribe(),
            ends: Instant::now() + STREAM_LASTS,
            stop: self.stop.clone(),
            _place: place,
        })
    }

    fn place(&self, by: By) -> Option<Turn> {
        self.streams.try_take(by.group, by.member, 1)
    }

    /// A place for something new to look at.
    fn look(&self, by: By) -> Option<Turn> {
        self.looks.try_take(by.group, by.member, 1)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose viewers see the same.
fn kind(visit: &Visit, what: &str) -> String {
    format!(
        "{what} {} {} {} {:?}",
        visit.ui.lang.tag(),
        visit.ui.zone_name(),
        visit.actor.role.as_str(),
        visit.actor.companies
    )
}

/// How long the viewer before whom there are so many waits for their turn; all have had it `within` this time.
fn turn(before: usize, within: Duration) -> Duration {
    let place = u16::try_from(before).unwrap_or(STREAMS).min(STREAMS);
    within / u32::from(STREAMS) * u32::from(place)
}

/// Where a viewer's messages come from; `None` when no more will.
trait Source: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;
}

struct Viewer<S> {
    source: S,
    user: UserId,
    changes: broadcast::Receiver<UserId>,
    ends: Instant,
    stop: CancellationToken,
    gone: bool,
}

impl<S: Source> Viewer<S> {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.gone {
            return None;
        }
        tokio::select! {
            biased;
            () = concerns(&mut self.changes, self.user) => {
                self.gone = true;
                Some((Ok(Bytes::from_static(GONE.as_bytes())), self))
            }
            () = self.stop.cancelled() => None,
            () = sleep_until(self.ends) => None,
            message = self.source.next() => Some((Ok(message?), self)),
        }
    }
}

/// What ends a stream that speaks in its own way.
pub struct Watch {
    user: UserId,
    changes: broadcast::Receiver<UserId>,
    ends: Instant,
    stop: CancellationToken,
    _place: Turn,
}

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The rights or sign-ins of its viewer have changed.
    Rights,
    /// The program ends.
    Stop,
    /// Its viewer is asked for again who they are.
    Renew,
}

impl Watch {
    pub async fn over(&mut self) -> Over {
        tokio::select! {
            biased;
            () = concerns(&mut self.changes, self.user) => Over::Rights,
            () = self.stop.cancelled() => Over::Stop,
            () = sleep_until(self.ends) => Over::Renew,
        }
    }
}

/// Until the rights or sign-ins of `user` have changed, or may have.
async fn concerns(changes: &mut broadcast::Receiver<UserId>, user: UserId) {
    while changes.recv().await.is_ok_and(|changed| changed != user) {}
}

#[cfg(test)]
mod tests;
