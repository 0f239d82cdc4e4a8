//! What a page shows: read once a tick for all who watch it. Who begins is sent all of it, who goes on what has changed since.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::debug;

use super::message::{Fragments, changed, whole};
use super::{Hub, Looking, Source, TICK, turn};
use crate::admin::{AdminError, By, Turn};

/// What the last look found, as it is sent; nothing before the first.
pub type Newest = Option<Look>;

#[derive(Clone)]
pub struct Look {
    number: u64,
    /// All fragments.
    whole: Bytes,
    /// Those that differ from the look before.
    changed: Bytes,
}

/// The newest state, for one viewer.
pub struct State {
    newest: watch::Receiver<Newest>,
    /// The look that was sent last.
    sent: Option<u64>,
    turn: Duration,
    _place: Turn,
}

impl Source for State {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.newest.changed().await.ok()?;
            sleep(self.turn).await;
            let newest = self.newest.borrow_and_update().clone();
            if let Some(look) = newest {
                let before = self.sent.replace(look.number);
                // Who has missed one does not know what it changed.
                let follows = before.is_some_and(|before| before + 1 == look.number);
                return Some(if follows { look.changed } else { look.whole });
            }
        }
    }
}

impl Hub {
    /// `None` when the viewer has as many streams as they may.
    pub(super) fn watch<L, F>(&self, by: By, kind: String, look: L) -> Option<State>
    where
        L: Fn() -> F + Send + 'static,
        F: Future<Output = Result<Fragments, AdminError>> + Send + 'static,
    {
        let place = self.place(by)?;
        let mut open = self.lock();
        if let Some(sender) = open.states.get(&kind) {
            let turn = turn(sender.receiver_count(), TICK / 2);
            // Not what is there already: the viewer's page was made after it, as when a form has just changed what is shown.
            return Some(State { newest: sender.subscribe(), sent: None, turn, _place: place });
        }
        let looks = self.look(by)?;
        let (sender, newest) = watch::channel(None);
        open.states.insert(kind.clone(), sender);
        drop(open);
        tokio::spawn(keep_looking(Looking { hub: self.clone(), kind }, look, looks));
        Some(State { newest, sent: None, turn: Duration::ZERO, _place: place })
    }
}

/// Looks once a tick for as long as anybody watches.
async fn keep_looking<L, F>(looking: Looking, look: L, _place: Turn)
where
    L: Fn() -> F + Send + 'static,
    F: Future<Output = Result<Fragments, AdminError>> + Send + 'static,
{
    let Looking { hub, kind } = &looking;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut number, mut before) = (0, Fragments::new());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = hub.stop.cancelled() => return,
        }
        hub.looked.fetch_add(1, Ordering::Relaxed);
        match look().await {
            Ok(fragments) => {
                number += 1;
                let changed = changed(&fragments, &before);
                if let Some(sender) = hub.lock().states.get(kind) {
                    let message = |fragments: &Fragments| whole(fragments, sender.receiver_count());
                    let look = Look { number, whole: message(&fragments), changed: message(&changed) };
                    sender.send_replace(Some(look));
                }
                before = fragments;
            }
            // The page stays as it is until it can be read again.
            Err(error) => debug!(%error, "a live page could not be read"),
        }
        let mut open = hub.lock();
        // Under the lock under which viewers come: none can come in between.
        if open.states.get(kind).is_none_or(|sender| sender.receiver_count() == 0) {
            open.states.remove(kind);
            return;
        }
    }
}
