//! The live hub: what changes on a page, sent as whole fragments over one stream of server-sent events.
//!
//! What must hold here:
//!
//! - A look costs the same however many watch it: what is shown is read and written once per tick and per kind of viewer
//!   (page, role, companies seen, language, zone), and every stream of that kind sends the same text.
//! - A viewer who is slow skips: a stream holds the newest state, never a queue.
//! - A stream ends after a while, when its viewer is asked for again who they are, and when the program stops. The browser
//!   opens the next one by itself, also after a restart; each message is a whole fragment, so nothing has to be caught up.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::Visit;
use crate::admin::AdminError;

const TICK: Duration = Duration::from_secs(2);
/// After this a viewer is recognised anew, so that who has signed out does not go on watching.
const STREAM_LASTS: Duration = Duration::from_mins(5);
/// Streams at a time in the whole process.
const STREAMS: usize = 500;

/// The parts of a page by the name that the page knows them by.
pub type Fragments = Vec<(String, String)>;
type Newest = Option<Arc<Fragments>>;

/// See the module. One per process.
#[derive(Clone)]
pub struct Hub {
    looks: Arc<Mutex<HashMap<String, watch::Sender<Newest>>>>,
    stop: CancellationToken,
}

impl Hub {
    pub fn new(stop: CancellationToken) -> Self {
        Self { looks: Arc::default(), stop }
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
            waiting: Vec::new(),
            ends: Instant::now() + STREAM_LASTS,
            stop: self.stop.clone(),
        };
        Sse::new(stream::unfold(viewer, Viewer::next)).into_response()
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
            match look().await {
                Ok(fragments) => {
                    if let Some(sender) = self.lock().get(&kind) {
                        sender.send_replace(Some(Arc::new(fragments)));
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

struct Viewer {
    newest: watch::Receiver<Newest>,
    /// What of the newest state has not been sent yet, the last first.
    waiting: Vec<Event>,
    ends: Instant,
    stop: CancellationToken,
}

impl Viewer {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        while self.waiting.is_empty() {
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                () = sleep_until(self.ends) => return None,
                () = self.stop.cancelled() => return None,
            }
            let newest = self.newest.borrow_and_update().clone();
            let fragments = newest.iter().flat_map(|fragments| fragments.iter().rev());
            self.waiting = fragments.map(|(name, html)| Event::default().event(name).data(html)).collect();
        }
        Some((Ok(self.waiting.pop()?), self))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

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
        let hub = Hub::new(CancellationToken::new());
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
            assert_eq!(newest[0].1, (looks - 1).to_string(), "only the newest is kept");
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
        let hub = Hub::new(CancellationToken::new());
        let viewer = |hub: &Hub, ends| {
            let (_, look) = counting();
            let newest = hub.watch("a".into(), look).expect("a place");
            Viewer { newest, waiting: Vec::new(), ends, stop: hub.stop.clone() }
        };
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
        let hub = Hub::new(CancellationToken::new());
        let watch = || {
            let (_, look) = counting();
            hub.watch("a".into(), look).expect("a place")
        };
        let mut first = watch();
        first.changed().await.expect("a first look");
        let mut second = watch();
        assert!(!second.has_changed().expect("it goes on"), "the look of before is shown");
        second.changed().await.expect("the next look");
        assert_eq!(second.borrow().as_ref().expect("a state")[0].1, "1");
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_an_end_to_streams() {
        let hub = Hub::new(CancellationToken::new());
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
