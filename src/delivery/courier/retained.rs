//! What an answer means for an event that was set aside.

use std::time::Instant;

use super::held::Entry;
use super::retry::{Kind, jittered};
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
        let (seq, event) = self.held.start(&self.window.lanes)?;
        let entry = self.held.get(seq)?;
        let (n, lock) = (entry.tries, entry.queue());
        let revision = self.wanted.revisions.at(seq).clone();
        Some(Action::Send(self.take_off(Errand::Held(seq), event, n, revision, lock)))
    }

    /// Of the held events in memory, those that were never sent are decided about once more: a revision may have come since.
    pub(super) fn decide_held_again(&mut self) {
        for event in self.held.unsent() {
            if self.wanted.refuses(&event) {
                self.drop_held(event.seq);
            }
        }
    }

    /// An event that was never sent, and that a revision which came since does not want.
    fn drop_held(&mut self, seq: Seq) {
        let key = self.held.remove(&mut self.window.lanes, seq).and_then(|entry| entry.key);
        self.results.remove(seq);
        self.results.counters.not_wanted += 1;
        self.wanted.dropped(seq);
        self.note_settled(seq);
        self.reads.stalled = false;
        self.go_on(key);
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
        if kind == Kind::Delivered {
            self.results.attempt(flight.attempted(true), outcome, now.at);
            self.held_delivered(number, seq, now);
            return;
        }
        let Some(entry) = self.held.get_mut(seq) else {
            // Given up by hand while its request was under way.
            self.results.attempt(flight.attempted(true), outcome, now.at);
            return;
        };
        entry.last = Some(outcome.failure());
        if flight.too_fast && entry.too_fast < FREE_REFUSALS {
            entry.too_fast += 1;
            let pause = self.endpoint.pace.pause(entry.too_fast);
            self.results.attempt(flight.attempted(false), outcome, now.at);
            self.held.rest_until(seq, now.at + self.retries.jittered(pause));
            return;
        }
        let (was_open, entry_key, blocks) =
            (self.endpoint.breaker.is_open(), entry.key, entry.state != HeldState::Alone);
        // A later try of an event that was set aside says nothing new about the endpoint, a first one does.
        let name = entry.key.unwrap_or(seq.0.cast_unsigned());
        if entry.state == HeldState::Waiting {
            self.endpoint.breaker.failed(name, kind, now.at);
        } else {
            self.endpoint.breaker.failed_again(name, kind, now.at);
        }
        let charged = !flight.probe && !was_open && !self.endpoint.breaker.is_open();
        self.results.attempt(flight.attempted(charged), outcome, now.at);
        if self.endpoint.breaker.is_open() {
            if flight.probe {
                let rng = &mut self.retries.rng;
                self.endpoint.breaker.probe_failed(now.at, |pause| jittered(pause, rng));
            }
            // A follower in a lane whose first event, in the window, has used up the lane's wait had its one try.
            let spent = self.window.lanes.of(entry_key).is_some_and(|lane| lane.spent && lane.len > 0);
            if blocks && kind == Kind::Overwhelmed && (spent || self.is_held_too_long(seq, flight.n, now)) {
                self.held_failed(seq, kind, Charge::LaneOnly, now);
            } else {
                self.held.back_in_line(seq, flight.event);
            }
        } else {
            let charge = if charged { Charge::Try } else { Charge::Nothing };
            self.held_failed(seq, kind, charge, now);
        }
    }

    /// Whether an event has been tried for as long, and as often, as a lane is kept waiting for one, while what waits
    /// behind it leaves no room to read on. Then it may be the only one that there is to probe with, and what would
    /// succeed stands behind it (seeds 49,350 and 52,452 of the model test).
    fn is_held_too_long(&mut self, seq: Seq, tries: u16, now: Now) -> bool {
        let too_long = self.held.failing_for(seq, now.at) >= self.retries.schedule.patience();
        too_long && self.retries.schedule.fast_used_up(tries) && self.held.len() >= self.bounds.held_rows
    }

    fn held_delivered(&mut self, number: u64, seq: Seq, now: Now) {
        let key = self.held.remove(&mut self.window.lanes, seq).and_then(|entry| entry.key);
        self.results.remove(seq);
        self.note_settled(seq);
        let general = self.endpoint.breaker.succeeded(self.settings.concurrency.u16());
        // What failed in the window is judged as in a lane that was waited for long enough, if it was.
        self.after_success(number, general, now);
        if let Some(lane) = self.window.lanes.of_mut(key) {
            lane.spent = false;
        }
        self.go_on(key);
    }

    /// The next state of a held event whose request failed.
    fn held_failed(&mut self, seq: Seq, kind: Kind, charge: Charge, now: Now) {
        let key = self.held.get(seq).and_then(|entry| entry.key);
        let was_spent = self.window.lanes.of(key).is_some_and(|lane| lane.spent);
        let Some(mut entry) = self.held.remove(&mut self.window.lanes, seq) else { return };
        let was_alone = entry.state == HeldState::Alone;
        entry.charged = entry.charged.saturating_add(u16::from(charge == Charge::Try));
        entry.reason = HeldReason::Failed;
        let fast_used_up = self.retries.schedule.fast_used_up(entry.charged);
        let waited_for = fast_used_up || charge == Charge::LaneOnly;
        let alone = was_alone || was_spent || waited_for;
        let spent = was_spent || (waited_for && !was_alone);
        entry.state = if alone { HeldState::Alone } else { HeldState::Retrying };
        match self.retries.schedule.pause_after(entry.charged.max(1)) {
            Some(_) if kind == Kind::Refused && fast_used_up && self.endpoint.breaker.is_quiet() => {
                self.bury(seq, entry, HeldReason::Rejected, now);
            }
            None => self.bury(seq, entry, HeldReason::Exhausted, now),
            Some(pause) => {
                let at = now.at + self.retries.jittered(pause);
                self.keep(seq, entry, at, now);
            }
        }
        if let Some(lane) = self.window.lanes.of_mut(key) {
            lane.spent = spent;
        }
        self.go_on(key);
    }

    /// Stores an event as held, due at `at`.
    pub(super) fn keep(&mut self, seq: Seq, mut entry: Entry, at: Instant, now: Now) {
        entry.next_at = now.wall.plus(at.saturating_duration_since(now.at));
        self.results.put(seq, &entry);
        self.held.insert(&mut self.window.lanes, seq, entry, at);
    }

    /// Stores an event as dead.
    pub(super) fn bury(&mut self, seq: Seq, mut entry: Entry, reason: HeldReason, now: Now) {
        (entry.state, entry.reason, entry.next_at) = (HeldState::Dead, reason, now.wall);
        self.results.counters.died += 1;
        self.note_settled(seq);
        self.results.put(seq, &entry);
    }

    /// A held event is settled. One that was held before a restart may lie beyond what is read again: it must not be
    /// taken for new there.
    fn note_settled(&mut self, seq: Seq) {
        if seq >= self.window.next() {
            self.reads.settled_beyond.insert(seq);
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
            let Some(entry) = self.held.remove(&mut self.window.lanes, seq) else { return false };
            let key = entry.key;
            self.results.counters.crowded_out += 1;
            self.bury(seq, entry, HeldReason::CrowdedOut, now);
            self.go_on(key);
        }
        true
    }
}
