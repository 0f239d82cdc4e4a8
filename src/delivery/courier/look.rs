//! A courier seen from outside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Ahead, Counters, Courier, Health, Now, Troubled};
use crate::domain::{Pattern, Seq, Timestamp, WebhookSettings};

impl Courier {
    /// Whether it waits for the endpoint to come back.
    pub fn awaits_endpoint(&self) -> bool {
        self.endpoint.breaker.is_open()
    }

    /// Settled up to and with this one; what is committed may be behind.
    pub fn cursor(&self) -> Seq {
        self.window.cursor()
    }

    /// Names that may be wanted from here on: what matches none of them need not be read.
    pub fn patterns_from(&self, seq: Seq) -> Vec<Pattern> {
        self.wanted.revisions.patterns_from(seq)
    }

    /// What it has before it.
    pub fn ahead(&self) -> Ahead {
        let next = self.window.next();
        let known = self.reads.settled_beyond.len() + self.held.known_from(next);
        Ahead {
            next,
            in_hand: self.window.unsettled(),
            known,
            revisions: Some(self.wanted.revisions.clone()),
        }
    }

    /// When something that failed is tried again; `None` when nothing waits for that, or it is being tried.
    pub fn next_try(&self) -> Option<Instant> {
        if self.halt.is_paused() {
            return None;
        }
        let due = if self.endpoint.breaker.is_open() {
            self.endpoint.breaker.probe_at()
        } else {
            self.window.wake_at().into_iter().chain(self.held.wake_at()).min()
        };
        due.map(|at| self.endpoint.not_before(at))
    }

    /// Another number since its endpoint is another, or is spoken to in another's name: what was answered before says nothing.
    pub fn endpoint(&self) -> u32 {
        self.endpoint.changes()
    }

    pub fn settings(&self) -> &Arc<WebhookSettings> {
        &self.settings
    }

    pub fn in_flight(&self) -> usize {
        self.underway.len()
    }

    pub fn held_len(&self) -> usize {
        self.held.len()
    }

    /// The event that most deserves to be named of those that fail. While the endpoint takes others it is the one that has failed
    /// for longest, which the next one that fails does not displace; else the one that the cursor stands before, another of the
    /// window, or one that was set aside.
    pub fn troubled(&self, now: Now) -> Option<Troubled> {
        let takes_none = self.endpoint.breaker.is_open()
            || self.endpoint.breaker.is_general()
            || self.endpoint.breaker.fails(true).is_some();
        match (self.troubled_of_window(now), self.troubled_of_held()) {
            (Some(here), Some(aside)) if !takes_none && aside.since < here.since => Some(aside),
            (here, aside) => here.or(aside),
        }
    }

    fn troubled_of_window(&self, now: Now) -> Option<Troubled> {
        let slot = self.window.slot(self.window.troubled()?);
        let failing = self.window.lane(slot.lane).failing_since;
        let failing_for = failing.map_or(Duration::ZERO, |since| now.at.saturating_duration_since(since));
        Some(Troubled {
            seq: slot.seq,
            bytes: slot.payload,
            tries: slot.tries,
            since: Timestamp(now.wall.0.saturating_sub(micros(failing_for))),
            last: Some(slot.last.clone()?),
            is_aside: false,
        })
    }

    fn troubled_of_held(&self) -> Option<Troubled> {
        let (seq, entry) = self.held.troubled()?;
        Some(Troubled {
            seq,
            bytes: entry.payload,
            tries: entry.tries.max(entry.charged),
            since: entry.since,
            last: entry.last.clone(),
            is_aside: true,
        })
    }

    /// Requests a second that the endpoint lets itself be sent, where it has shown that.
    pub fn pace(&self) -> Option<f64> {
        self.endpoint.pace.per_second()
    }

    pub fn counters(&self) -> Counters {
        self.results.counters
    }

    /// Where an event stands that was set aside, as far as it is not committed.
    #[cfg(test)]
    pub(super) fn held_state(&self, seq: Seq) -> Option<crate::domain::HeldState> {
        let pending = self.results.pending(seq).and_then(|change| match change {
            crate::store::HeldChange::Put(row) => Some(row.state),
            crate::store::HeldChange::Remove(_) => None,
        });
        self.held.get(seq).map(|entry| entry.state).or(pending)
    }

    /// The sizes of the events of the window that are in memory.
    #[cfg(test)]
    pub(super) fn window_weights(&self) -> Vec<usize> {
        let slots = self.window.unsettled_places().into_iter().map(|place| self.window.slot(place));
        slots.filter_map(|slot| slot.event().map(|event| event.weight())).collect()
    }

    /// The sizes of the held events that are in memory.
    #[cfg(test)]
    pub(super) fn held_weights(&self) -> Vec<usize> {
        self.held.weights()
    }

    /// Nothing is under way and nothing waits for its commit.
    pub fn is_at_rest(&self) -> bool {
        self.underway.is_empty() && !self.results.is_committing() && self.results.uncommitted().0 == 0
    }

    /// `has_taken` is whether its endpoint is known to have taken an event.
    pub fn health(&self, has_taken: bool, now: Instant) -> Health {
        self.endpoint.health(self.halt.paused(), has_taken, now)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
