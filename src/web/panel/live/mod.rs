//! The live hub: what changes on a page, sent over one stream of server-sent events.
//!
//! What must hold here:
//!
//! - A look costs the same however many watch it: what is shown is read and written once per tick and per kind of viewer
//!   (page, role, companies seen, language, zone), and every stream of that kind sends the same bytes, held once. So it is
//!   with the rows of a tail ([`tail`]).
//! - Viewers are served one after another, not all at once: a thousand of them are no burst that a delivery would wait for.
//! - Who opens as many streams as they can leaves some for others: a user has a share of them, so have all who see the
//!   same companies together, and so it is with what has to be looked at.
//! - A viewer who is slow skips: of a state a stream holds the newest, of a tail a bounded number of steps.
//! - A stream ends after a while, when its viewer is asked for again who they are; at once when their rights or sign-ins
//!   change; and when the program stops. The browser opens the next one by itself, also after a restart; each message is a
//!   whole fragment, or says up to where it goes, so nothing has to be caught up.

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

/// Until the rights or sign-ins of `user` have changed, or may have.
async fn concerns(changes: &mut broadcast::Receiver<UserId>, user: UserId) {
    while changes.recv().await.is_ok_and(|changed| changed != user) {}
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::state::State;
    use super::*;

    const ANA: UserId = UserId(1);
    const SHE: By = By { group: Group::Companies(1), member: 1 };

    fn hub() -> (Hub, broadcast::Sender<UserId>) {
        let (sender, changes) = broadcast::channel(4);
        (Hub::new(changes, CancellationToken::new()), sender)
    }

    fn viewer(hub: &Hub, ends: Instant) -> Viewer<State> {
        let (_, look) = counting();
        Viewer { ends, ..hub.viewer(ANA, hub.watch(SHE, "a".into(), look).expect("a place")) }
    }

    fn counting() -> (Arc<AtomicUsize>, impl Fn() -> std::future::Ready<Result<Fragments, AdminError>>) {
        let count = Arc::new(AtomicUsize::new(0));
        let looks = count.clone();
        let look = move || {
            let n = looks.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Ok(vec![("state".to_owned(), n.to_string())]))
        };
        (count, look)
    }

    #[tokio::test(start_paused = true)]
    async fn many_viewers_cost_one_look_a_tick_and_a_slow_one_skips() {
        let (hub, _changes) = hub();
        let (count, look) = counting();
        let mut viewers = vec![hub.watch(SHE, "a".into(), look).expect("a place")];
        for _ in 0..20 {
            let (_, unused) = counting();
            viewers.push(hub.watch(SHE, "a".into(), unused).expect("a place"));
        }
        tokio::time::sleep(TICK * 10 + TICK / 2).await;
        let looks = count.load(Ordering::Relaxed);
        assert_eq!(looks, 11);
        for viewer in &mut viewers {
            let newest = viewer.next().await.expect("a state");
            let only = format!("event: state\ndata: {}\n\n", looks - 1);
            assert_eq!(newest, only, "only the newest is kept");
        }
        drop(viewers);
        tokio::time::sleep(TICK * 2).await;
        let after = count.load(Ordering::Relaxed);
        tokio::time::sleep(TICK * 5).await;
        assert_eq!(count.load(Ordering::Relaxed), after, "nobody watches, nothing is read");
        assert!(hub.lock().states.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_with_the_program_and_after_its_time() {
        let (hub, _changes) = hub();
        let mut short = viewer(&hub, Instant::now() + TICK * 3);
        let mut sent = 0;
        while let Some((_, next)) = short.next().await {
            (short, sent) = (next, sent + 1);
        }
        assert!((2..=4).contains(&sent), "{sent}");
        let long = viewer(&hub, Instant::now() + STREAM_LASTS);
        hub.stop.cancel();
        let mut left = Some(long);
        while let Some(viewer) = left {
            left = viewer.next().await.map(|(_, viewer)| viewer);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_panics_ends_its_streams_and_the_next_viewer_looks_anew() {
        let (hub, _changes) = hub();
        let panics = || async { panic!("on purpose") };
        let mut first = hub.watch(SHE, "a".into(), panics).expect("a place");
        assert_eq!(first.next().await, None, "it does not wait for ever");
        let (_, look) = counting();
        let mut second = hub.watch(SHE, "a".into(), look).expect("a place");
        assert!(second.next().await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_later_sees_nothing_older_than_their_page() {
        let (hub, _changes) = hub();
        let watch = || {
            let (_, look) = counting();
            hub.watch(SHE, "a".into(), look).expect("a place")
        };
        let mut first = watch();
        assert_eq!(first.next().await.expect("a first look"), "event: state\ndata: 0\n\n");
        let mut second = watch();
        assert_eq!(second.next().await.expect("the next look"), "event: state\ndata: 1\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_at_once_when_its_viewers_rights_change() {
        let (hub, changes) = hub();
        let far = Instant::now() + STREAM_LASTS;
        let (_, seen) = viewer(&hub, far).next().await.expect("a first state");
        changes.send(UserId(2)).expect("somebody listens");
        let (_, seen) = seen.next().await.expect("another's rights do not matter");
        changes.send(ANA).expect("somebody listens");
        let (last, seen) = seen.next().await.expect("a last word");
        assert_eq!(last.as_deref(), Ok(GONE.as_bytes()));
        assert!(seen.next().await.is_none());
        let behind = viewer(&hub, far);
        for other in 10..20 {
            changes.send(UserId(other)).expect("somebody listens");
        }
        let (last, behind) = behind.next().await.expect("a last word");
        assert_eq!(last.as_deref(), Ok(GONE.as_bytes()), "who may have missed a change ends too");
        assert!(behind.next().await.is_none());
    }

    fn of(companies: u64, member: u64) -> By {
        By { group: Group::Companies(companies), member }
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_all_streams_that_they_can_leaves_some_for_others() {
        let (hub, _changes) = hub();
        let watch = |by: By| {
            let (_, look) = counting();
            hub.watch(by, "a".into(), look)
        };
        let take = |by: By| std::iter::from_fn(|| watch(by)).take(3_000).collect::<Vec<_>>();
        let hog = take(of(1, 1));
        assert!((1_000..1_200).contains(&hog.len()), "{} streams of one user", hog.len());
        let colleague = take(of(1, 2));
        assert!(colleague.len() > 50, "{} for one who sees the same", colleague.len());
        let others: Vec<_> = (3..40).map(|user| take(of(1, user))).collect();
        assert!(others.iter().all(|streams| !streams.is_empty()), "one for each");
        let all = hog.len() + colleague.len() + others.iter().map(Vec::len).sum::<usize>();
        assert!(all < 1_400, "{all} for all who see the same");
        let stranger = take(of(2, 50));
        assert!(stranger.len() > 200, "{} for one who sees other companies", stranger.len());
        drop(hog);
        assert!(watch(of(1, 1)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_looks_at_everything_leaves_something_to_look_at_for_others() {
        let (hub, _changes) = hub();
        let watch = |by: By, n: usize| {
            let (_, look) = counting();
            hub.watch(by, n.to_string(), look)
        };
        let hog: Vec<_> = (0..LOOKS).map_while(|n| watch(of(1, 1), n)).collect();
        assert!(hog.len() < LOOKS * 2 / 3, "{}", hog.len());
        assert!(watch(of(1, 1), 0).is_some(), "what is looked at already costs nothing");
        assert!(watch(of(1, 2), 1_000).is_some() && watch(of(2, 3), 1_001).is_some());
        let before = hog.len();
        drop(hog);
        tokio::time::sleep(TICK * 2).await;
        let again = (2_000..2_000 + LOOKS).map_while(|n| watch(of(1, 1), n)).count();
        assert!(again >= before / 2, "what nobody looks at is given back: {again}");
    }
}
