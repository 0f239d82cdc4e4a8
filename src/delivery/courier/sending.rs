//! Whether a request may start, and which is the next one.

use std::sync::Arc;
use std::time::Instant;

use super::replay::Replay;
use super::types::{Action, Replayed, Request};
use super::window::LaneKey;
use super::{Courier, Errand, Flight};
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
        if self.paused.is_some() || self.draining {
            return None;
        }
        let replays = self.replays.iter().filter_map(|replay| replay.window.wake_at());
        let events = self.window.wake_at().into_iter().chain(self.held.wake_at()).chain(replays).min();
        let has_work = self.window.has_ready()
            || self.held.has_loaded()
            || self.replays.iter().any(|replay| replay.window.has_ready());
        let gates = [
            self.slow_until,
            Some(self.pace.ready_at(now)),
            self.breaker.probe_at(),
            self.stretch.grows_at(),
            self.rate.as_ref().map(|rate| rate.ready_at(now)),
            self.replays.iter().find_map(|r| r.rate.as_ref()).map(|rate| rate.ready_at(now)),
            self.replays.iter().find_map(Replay::grows_at),
        ];
        let gate = gates.into_iter().flatten().filter(|at| has_work && *at > now).min();
        events.into_iter().chain(gate).min()
    }

    pub(super) fn may_start(&self, now: Instant) -> bool {
        let (rows, bytes) = self.results.uncommitted();
        let probe_due = match self.breaker.probe_at() {
            Some(at) => at <= now,
            None => !self.breaker.is_open(),
        };
        self.paused.is_none()
            && !self.draining
            && !self.resort
            && probe_due
            && self.slow_until.is_none_or(|until| until <= now)
            && self.pace.ready_at(now) <= now
            && self.rate.as_ref().is_none_or(|rate| rate.ready_at(now) <= now)
            && self.flights.len() < usize::from(self.breaker.limit(self.settings.concurrency.u16()))
            && rows < self.bounds.uncommitted
            && bytes < self.bounds.uncommitted_bytes
    }

    /// Window and held take turns; replays come after both. A fetch, when the event whose turn it is was let go.
    pub(super) fn next_request(&mut self, now: Instant) -> Option<Action> {
        let limit = usize::from(self.breaker.limit(self.settings.concurrency.u16()));
        let share = self.held.flying() < (limit / 2).max(1);
        self.held_turn = !self.held_turn;
        let held_first = self.held_turn && share;
        let action = if held_first { self.start_held() } else { None };
        let action = action.or_else(|| self.start_live());
        let action = action.or_else(|| self.start_held()).or_else(|| self.start_replayed(now))?;
        if let Action::Send(request) = &action {
            if let Some(rate) = &mut self.rate {
                rate.spend(now);
            }
            self.pace.spend(request.number, now);
            if self.breaker.is_open() {
                self.breaker.probe_started();
            }
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
        let number = self.number;
        self.number += 1;
        let (origin, replay) = match errand {
            Errand::Window(_) => (AttemptOrigin::Live, None),
            Errand::Held(seq) => (self.held.get(seq).map_or(AttemptOrigin::Live, |entry| entry.origin), None),
            Errand::Replay { job, .. } => {
                let as_new = self.replays.iter().any(|replay| replay.job.id == job && replay.job.as_new);
                (AttemptOrigin::Replay, Some(Replayed { job, as_new }))
            }
        };
        let probe = self.breaker.is_open();
        self.locked.extend(lock);
        let flight = Flight {
            errand,
            event: event.clone(),
            revision: revision.clone(),
            n,
            origin,
            probe,
            lock,
            too_fast: false,
        };
        self.flights.insert(number, flight);
        Request { number, event, n, origin, revision, replay }
    }
}
