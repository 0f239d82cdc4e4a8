//! Whether a request may start, and which is the next one.

use std::sync::Arc;
use std::time::Instant;

use super::Courier;
use super::lanes::LaneKey;
use super::replay::Replay;
use super::types::{Action, Replayed, Request};
use super::underway::{Errand, Flight};
use crate::delivery::subscription::Subscription;
use crate::domain::{AttemptOrigin, Event};

impl Courier {
    /// Whether there is something to send and nothing but a permit is missing.
    pub fn wants_to_send(&self, now: Instant) -> bool {
        self.may_start(now)
            && (self.window.has_ready()
                || self.held.has_loaded()
                || self.replays.iter().any(|replay| !replay.job.paused && replay.window.has_ready()))
    }

    /// When to poll again if nothing happens before.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        if self.halt.is_halted() {
            return None;
        }
        let replays = self.replays.iter().filter_map(|replay| replay.window.wake_at());
        let events = self.window.wake_at().into_iter().chain(self.held.wake_at()).chain(replays).min();
        let has_work = self.window.has_ready()
            || self.held.has_loaded()
            || self.replays.iter().any(|replay| replay.window.has_ready());
        let gates = self.endpoint.gates(now).into_iter().chain([
            self.reads.stretch.grows_at(),
            self.replays.iter().find_map(|r| r.rate.as_ref()).map(|rate| rate.ready_at(now)),
            self.replays.iter().find_map(Replay::grows_at),
        ]);
        let gate = gates.flatten().filter(|at| has_work && *at > now).min();
        let again = self.reads.again_at(now);
        events.into_iter().chain(gate).chain(again).min()
    }

    pub(super) fn may_start(&self, now: Instant) -> bool {
        let (rows, bytes) = self.results.uncommitted();
        !self.halt.is_halted()
            && !self.keys.is_to_sort()
            && self.endpoint.takes_another(self.underway.len(), &self.settings, now)
            && rows < self.bounds.uncommitted
            && bytes < self.bounds.uncommitted_bytes
    }

    /// Window and held take turns; replays come after both. A fetch, when the event whose turn it is was let go.
    pub(super) fn next_request(&mut self, now: Instant) -> Option<Action> {
        let limit = self.endpoint.limit(&self.settings);
        let share = self.held.flying() < (limit / 2).max(1);
        let held_first = self.underway.takes_turn() && share;
        let action = if held_first { self.start_held() } else { None };
        let action = action.or_else(|| self.start_live(now));
        let action = action.or_else(|| self.start_held()).or_else(|| self.start_replayed(now))?;
        if let Action::Send(request) = &action {
            self.endpoint.spend(request.number, now);
        }
        Some(action)
    }

    /// Notes a request as under way; `lock` is the lane that is to send nothing else meanwhile.
    pub(super) fn take_off(
        &mut self,
        errand: Errand,
        event: Arc<Event>,
        n: u16,
        revision: Arc<Subscription>,
        lock: Option<LaneKey>,
    ) -> Request {
        let (origin, replay) = match errand {
            Errand::Window(_) => (AttemptOrigin::Live, None),
            Errand::Held(seq) => (self.held.get(seq).map_or(AttemptOrigin::Live, |entry| entry.origin), None),
            Errand::Replay { job, .. } => {
                let as_new = self.replays.get(job).is_some_and(|replay| replay.job.as_new);
                (AttemptOrigin::Replay, Some(Replayed { job, as_new }))
            }
        };
        let probe = self.endpoint.breaker.is_open();
        if lock.is_some() {
            let lane = self.window.lanes.enter(lock);
            self.window.lane_mut(lane).lock = true;
        }
        let number = self.underway.start(Flight {
            errand,
            event: event.clone(),
            revision: revision.clone(),
            n,
            origin,
            probe,
            lock,
            too_fast: false,
        });
        Request { number, event, n, origin, revision, replay }
    }
}
