//! The live hub: what changes on a page, sent as whole fragments over one stream of server-sent events.
//!
//! What must hold here:
//!
//! - A look costs the same however many watch it: what is shown is read and written once per tick and per kind of viewer
//!   (page, role, companies seen, language, zone), and every stream of that kind sends the same bytes, held once.
//! - A viewer who is slow skips: a stream holds the newest state, never a queue.
//! - A stream ends after a while, when its viewer is asked for again who they are; at once when their rights or sign-ins
//!   change; and when the program stops. The browser opens the next one by itself, also after a restart; each message is a
//!   whole fragment, so nothing has to be caught up.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::Visit;
use crate::admin::AdminError;
use crate::domain::UserId;

const TICK: Duration = Duration::from_secs(2);
/// After this a viewer is recognised anew, so that who has signed out does not go on watching.
const STREAM_LASTS: Duration = Duration::from_mins(5);
/// Streams at a time in the whole process.
const STREAMS: usize = 2_000;

/// The fragment that is no part of a page: a word that changes when something has moved that the page has to ask for.
pub const MOVED: &str = "moved";

/// The parts of a page by the name that the page knows them by.
pub type Fragments = Vec<(String, String)>;
/// All fragments as they are sent.
type Newest = Option<Bytes>;

/// See the module. One per process.
#[derive(Clone)]
pub struct Hub {
    looks: Arc<Mutex<HashMap<String, watch::Sender<Newest>>>>,
    /// How often anything was read and written for viewers.
    looked: Arc<AtomicU64>,
    /// Never read from: each stream listens from when it begins.
    changes: Arc<broadcast::Receiver<UserId>>,
    stop: CancellationToken,
}

impl Hub {
    /// `changes` names users whose streams have to end.
    pub fn new(changes: broadcast::Receiver<UserId>, stop: CancellationToken) -> Self {
        Self { looks: Arc::default(), looked: Arc::default(), changes: Arc::new(changes), stop }
    }

    /// Streams that are open.
    pub fn viewers(&self) -> usize {
        self.lock().values().map(watch::Sender::receiver_count).sum()
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
        let kind = format!(
            "{what} {} {} {} {:?}",
            visit.ui.lang.tag(),
            visit.ui.zone_name(),
            visit.actor.role.as_str(),
            visit.actor.companies
        );
        let Some(newest) = self.watch(kind, look) else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let viewer = Viewer {
            newest,
            user: visit.user_id(),
            changes: self.changes.resubscribe(),
            ends: Instant::now() + STREAM_LASTS,
            stop: self.stop.clone(),
            gone: false,
        };
        let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
        (headers, Body::from_stream(stream::unfold(viewer, Viewer::next))).into_response()
    }

    fn watch<L, F>(&self, kind: String, look: L) -> Option<watch::Receiver<Newest>>
    where
        L: Fn() -> F + Send + 'static,
        F: Future<Output = Result<Fragments, AdminError>> + Send + 'static,
    {
        let mut looks = self.lock();
        if looks.values().map(watch::Sender::receiver_count).sum::<usize>() >= STREAMS {
            return None;
        }
        if let Some(sender) = looks.get(&kind) {
            // Not what is there already: the viewer's page was made after it, as when a form has just changed what is shown.
            return Some(sender.subscribe());
        }
        let (sender, newest) = watch::channel(None);
        looks.insert(kind.clone(), sender);
        drop(looks);
        tokio::spawn(self.clone().keep_looking(kind, look));
        Some(newest)
    }

    /// Looks once a tick for as long as anybody watches.
    async fn keep_looking<L, F>(self, kind: String, look: L)
    where
        L: Fn() -> F + Send + 'static,
        F: Future<Output = Result<Fragments, AdminError>> + Send + 'static,
    {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stop.cancelled() => return,
            }
            self.looked.fetch_add(1, Ordering::Relaxed);
            match look().await {
                Ok(fragments) => {
                    let message = message(&fragments);
                    if let Some(sender) = self.lock().get(&kind) {
                        sender.send_replace(Some(message));
                    }
                }
                // The page stays as it is until it can be read again.
                Err(error) => debug!(%error, "a live page could not be read"),
            }
            let mut looks = self.lock();
            // Under the lock under which viewers come: none can come in between.
            if looks.get(&kind).is_none_or(|sender| sender.receiver_count() == 0) {
                looks.remove(&kind);
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Newest>>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the stream lives: a page that has heard nothing for longer than some ticks asks for another one.
pub const ALIVE: &str = "alive";

/// As server-sent events, one for each fragment.
fn message(fragments: &Fragments) -> Bytes {
    let mut text = String::new();
    if fragments.is_empty() {
        text.extend(["event: ", ALIVE, "\ndata:\n\n"]);
    }
    for (name, html) in fragments {
        text.extend(["event: ", name, "\n"]);
        for line in html.split(['\n', '\r']) {
            text.extend(["data: ", line, "\n"]);
        }
        text.push('\n');
    }
    text.into()
}

/// The last message to who may not look on: the page has to be asked for again, and says what to do.
pub const GONE: &str = "event: gone\ndata:\n\n";

struct Viewer {
    newest: watch::Receiver<Newest>,
    user: UserId,
    changes: broadcast::Receiver<UserId>,
    ends: Instant,
    stop: CancellationToken,
    gone: bool,
}

impl Viewer {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        loop {
            if self.gone {
                return None;
            }
            tokio::select! {
                biased;
                () = concerns(&mut self.changes, self.user) => {
                    self.gone = true;
                    return Some((Ok(Bytes::from_static(GONE.as_bytes())), self));
                }
                () = self.stop.cancelled() => return None,
                () = sleep_until(self.ends) => return None,
                changed = self.newest.changed() => changed.ok()?,
            }
            let newest = self.newest.borrow_and_update().clone();
            if let Some(message) = newest {
                return Some((Ok(message), self));
            }
        }
    }
}

/// Until the rights or sign-ins of `user` have changed, or may have.
pub async fn concerns(changes: &mut broadcast::Receiver<UserId>, user: UserId) {
    while changes.recv().await.is_ok_and(|changed| changed != user) {}
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    const ANA: UserId = UserId(1);

    fn hub() -> (Hub, broadcast::Sender<UserId>) {
        let (sender, changes) = broadcast::channel(4);
        (Hub::new(changes, CancellationToken::new()), sender)
    }

    fn viewer(hub: &Hub, ends: Instant) -> Viewer {
        let (_, look) = counting();
        let newest = hub.watch("a".into(), look).expect("a place");
        Viewer {
            newest,
            user: ANA,
            changes: hub.changes.resubscribe(),
            ends,
            stop: hub.stop.clone(),
            gone: false,
        }
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
        let mut viewers = vec![hub.watch("a".into(), look).expect("a place")];
        for _ in 0..20 {
            let (_, unused) = counting();
            viewers.push(hub.watch("a".into(), unused).expect("a place"));
        }
        tokio::time::sleep(TICK * 10 + TICK / 2).await;
        let looks = count.load(Ordering::Relaxed);
        assert_eq!(looks, 11);
        for viewer in &mut viewers {
            let newest = viewer.borrow_and_update().clone().expect("a state");
            let only = format!("event: state\ndata: {}\n\n", looks - 1);
            assert_eq!(newest, only, "only the newest is kept");
        }
        drop(viewers);
        tokio::time::sleep(TICK * 2).await;
        let after = count.load(Ordering::Relaxed);
        tokio::time::sleep(TICK * 5).await;
        assert_eq!(count.load(Ordering::Relaxed), after, "nobody watches, nothing is read");
        assert!(hub.lock().is_empty());
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
    async fn who_comes_later_sees_nothing_older_than_their_page() {
        let (hub, _changes) = hub();
        let watch = || {
            let (_, look) = counting();
            hub.watch("a".into(), look).expect("a place")
        };
        let mut first = watch();
        first.changed().await.expect("a first look");
        let mut second = watch();
        assert!(!second.has_changed().expect("it goes on"), "the look of before is shown");
        second.changed().await.expect("the next look");
        assert_eq!(second.borrow().as_ref().expect("a state"), "event: state\ndata: 1\n\n");
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

    #[test]
    fn a_message_keeps_every_line() {
        let fragments = vec![("a".to_owned(), "<p>\n<b>".to_owned()), ("b".to_owned(), String::new())];
        assert_eq!(message(&fragments), "event: a\ndata: <p>\ndata: <b>\n\nevent: b\ndata: \n\n");
        assert_eq!(message(&Vec::new()), "event: alive\ndata:\n\n", "a browser tells nobody of a comment");
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_an_end_to_streams() {
        let (hub, _changes) = hub();
        let watch = || {
            let (_, look) = counting();
            hub.watch("a".into(), look)
        };
        let viewers: Vec<_> = (0..STREAMS).map(|_| watch().expect("a place")).collect();
        assert!(watch().is_none());
        drop(viewers);
        assert!(watch().is_some());
    }
}
