//! What an answer means for an event that was set aside.

use std::time::Instant;

use super::held::Entry;
use super::results::Attempted;
use super::retry::{Kind, jittered};
use super::window::{LaneKey, Phase};
use super::{Action, Courier, Errand, FREE_REFUSALS, Flight, Now, Outcome};
use crate::domain::{HeldReason, HeldState, Seq};

/// What a failed request takes from the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charge {
    Nothing,
    /// A try of its schedule.
    Try,
    /// No try, since the endpoint may be down; but its lane waits for it no longer.
    LaneOnly,
}

impl Courier {
    pub(super) fn start_held(&mut self) -> Option<Action> {
        let (locked, window) = (&self.locked, &self.window);
        let busy = |key| {
            locked.contains(&key)
                || window.by_key(key).is_some_and(|lane| window.lane(lane).phase == Phase::Flying)
        };
        let (seq, event) = self.held.start(busy)?;
        let entry = self.held.get(seq)?;
        let n = entry.tries;
        let lock = entry.key.filter(|_| entry.state != HeldState::Alone);
        let revision = self.revisions.at(seq).clone();
        Some(Action::Send(self.take_off(Errand::Held(seq), event, n, revision, lock)))
    }

    pub(super) fn held_answered(
        &mut self,
        number: u64,
        seq: Seq,
        flight: Flight,
        kind: Kind,
        outcome: Outcome,
        now: Now,
    ) {
        let mut attempted = Attempted {
            seq,
            origin: flight.origin,
            n: flight.n,
            revision: flight.revision.number(),
            charged: true,
        };
        if kind == Kind::Delivered {
            self.results.attempt(attempted, outcome, now.at);
            self.held_delivered(number, seq, now);
            return;
        }
        let Some(entry) = self.held.get_mut(seq) else {
            // Given up by hand while its request was under way.
            self.results.attempt(attempted, outcome, now.at);
            return;
        };
        entry.last = Some(outcome.failure());
        if flight.too_fast && entry.too_fast < FREE_REFUSALS {
            entry.too_fast += 1;
            let pause = self.pace.pause(entry.too_fast);
            attempted.charged = false;
            self.results.attempt(attempted, outcome, now.at);
            self.held.rest_until(seq, now.at + jittered(pause, &mut self.rng));
            return;
        }
        let (was_open, entry_key, blocks) =
            (self.breaker.is_open(), entry.key, entry.state != HeldState::Alone);
        // A later try of an event that was set aside says nothing new about the endpoint, a first one does.
        let name = entry.key.unwrap_or(seq.0.cast_unsigned());
        if entry.state == HeldState::Waiting {
            self.breaker.failed(name, kind, now.at);
        } else {
            self.breaker.failed_again(name, kind, now.at);
        }
        attempted.charged = !flight.probe && !was_open && !self.breaker.is_open();
        self.results.attempt(attempted, outcome, now.at);
        if self.breaker.is_open() {
            if flight.probe {
                let rng = &mut self.rng;
                self.breaker.probe_failed(now.at, |pause| jittered(pause, rng));
            }
            // A follower in a lane whose first event, in the window, has used up the lane's wait had its one try.
            let spent = entry_key
                .and_then(|key| self.window.by_key(key))
                .is_some_and(|lane| self.window.lane(lane).spent);
            if blocks && kind == Kind::Overwhelmed && (spent || self.is_held_too_long(seq, flight.n, now)) {
                self.held_failed(seq, kind, Charge::LaneOnly, now);
            } else {
                self.held.back_in_line(seq, flight.event);
            }
        } else {
            let charge = if attempted.charged { Charge::Try } else { Charge::Nothing };
            self.held_failed(seq, kind, charge, now);
        }
    }

    /// Whether an event has been tried for as long, and as often, as a lane is kept waiting for one, while what waits
    /// behind it leaves no room to read on. Then it may be the only one that there is to probe with, and what would
    /// succeed stands behind it (seeds 49,350 and 52,452 of the model test).
    fn is_held_too_long(&mut self, seq: Seq, tries: u16, now: Now) -> bool {
        let too_long = self.held.failing_for(seq, now.at) >= self.schedule.patience();
        too_long && self.schedule.fast_used_up(tries) && self.held.len() >= self.bounds.held_rows
    }

    fn held_delivered(&mut self, number: u64, seq: Seq, now: Now) {
        let key = self.held.remove(seq).and_then(|entry| entry.key);
        self.results.remove(seq);
        self.note_settled(seq);
        self.held.lane_succeeded(key);
        let general = self.breaker.succeeded(self.settings.concurrency.u16());
        self.next_in_lane(key);
        self.after_success(number, general, now);
    }

    /// The next state of a held event whose request failed.
    fn held_failed(&mut self, seq: Seq, kind: Kind, charge: Charge, now: Now) {
        let key = self.held.get(seq).and_then(|entry| entry.key);
        let window_lane = key.and_then(|key| self.window.by_key(key));
        let was_spent =
            self.held.is_spent(key) || window_lane.is_some_and(|lane| self.window.lane(lane).spent);
        let Some(mut entry) = self.held.remove(seq) else { return };
        let was_alone = entry.state == HeldState::Alone;
        entry.charged = entry.charged.saturating_add(u16::from(charge == Charge::Try));
        entry.reason = HeldReason::Failed;
        let fast_used_up = self.schedule.fast_used_up(entry.charged);
        let waited_for = fast_used_up || charge == Charge::LaneOnly;
        let alone = was_alone || was_spent || waited_for;
        let spent = was_spent || (waited_for && !was_alone);
        entry.state = if alone { HeldState::Alone } else { HeldState::Retrying };
        match self.schedule.pause_after(entry.charged.max(1)) {
            Some(_) if kind == Kind::Refused && fast_used_up && self.breaker.is_quiet() => {
                self.bury(seq, entry, HeldReason::Rejected, now);
            }
            None => self.bury(seq, entry, HeldReason::Exhausted, now),
            Some(pause) => {
                let at = now.at + jittered(pause, &mut self.rng);
                self.keep(seq, entry, at, now);
            }
        }
        if spent {
            self.held.mark_spent(key);
        }
        // One that was alone already held nobody up: what waits in its lane may wait for untried events in the window.
        if was_alone {
            return;
        }
        if alone && window_lane.is_some_and(|lane| self.window.lane(lane).spent) {
            self.follower_in_lane(key);
        } else if alone {
            self.next_in_lane(key);
        }
    }

    /// Lets the lane's next held event go, unless earlier ones of that lane are in the window or not read yet.
    pub(super) fn next_in_lane(&mut self, key: Option<LaneKey>) {
        if let Some(key) = key
            && self.window.by_key(key).is_none()
        {
            self.held.rouse(key, self.window.next());
        }
    }

    /// The same for a lane whose events in the window were all tried and have used up the lane's wait.
    pub(super) fn follower_in_lane(&mut self, key: Option<LaneKey>) {
        if let Some(key) = key {
            self.held.rouse(key, self.window.next());
        }
    }

    /// After reading on: lanes that were held behind events not read yet (known from before a restart) may go.
    pub(super) fn rouse_passed(&mut self) {
        while let Some(key) = self.held.passed(self.window.next()) {
            self.next_in_lane(Some(key));
        }
    }

    /// Stores an event as held, due at `at`.
    pub(super) fn keep(&mut self, seq: Seq, mut entry: Entry, at: Instant, now: Now) {
        entry.next_at = now.wall.plus(at.saturating_duration_since(now.at));
        self.results.put(entry.row(self.webhook, seq));
        self.held.insert(seq, entry, at);
    }

    /// Stores an event as dead.
    pub(super) fn bury(&mut self, seq: Seq, mut entry: Entry, reason: HeldReason, now: Now) {
        (entry.state, entry.reason, entry.next_at) = (HeldState::Dead, reason, now.wall);
        self.counters.died += 1;
        self.note_settled(seq);
        self.results.put(entry.row(self.webhook, seq));
    }

    /// A held event is settled. One that was held before a restart may lie beyond what is read again: it must not be
    /// taken for new there.
    fn note_settled(&mut self, seq: Seq) {
        if seq >= self.window.next() {
            self.settled_beyond.insert(seq);
        }
    }

    /// Makes room for `rows` more held events within `bound`, at the cost of those with most tries. False when that is
    /// not enough.
    pub(super) fn make_room(&mut self, rows: usize, bound: usize, now: Now) -> bool {
        let excess = (self.held.len() + rows).saturating_sub(bound);
        if excess == 0 {
            return true;
        }
        if self.held.tried() < excess {
            return false;
        }
        for _ in 0..excess {
            let Some(seq) = self.held.most_tried() else { return false };
            let Some(entry) = self.held.remove(seq) else { return false };
            let key = entry.key;
            self.counters.crowded_out += 1;
            self.bury(seq, entry, HeldReason::CrowdedOut, now);
            self.next_in_lane(key);
        }
        true
    }

    /// Not settled yet: in the window, or not read.
    pub(super) fn is_pending(&self, seq: Seq) -> bool {
        seq >= self.window.next() || (seq > self.window.cursor() && self.window.has_unsettled(seq))
    }
}
