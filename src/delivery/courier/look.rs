//! A courier seen from outside.

use std::sync::Arc;
use std::time::Instant;

use super::{Counters, Courier, FailingReason, Health, SlowReason};
use crate::domain::{Pattern, Seq, WebhookSettings};

impl Courier {
    /// Whether it waits for the endpoint to come back.
    pub fn awaits_endpoint(&self) -> bool {
        self.breaker.is_open()
    }

    /// Settled up to and with this one; what is committed may be behind.
    pub fn cursor(&self) -> Seq {
        self.window.cursor()
    }

    /// Names that may be wanted from here on: what matches none of them need not be read.
    pub fn patterns_from(&self, seq: Seq) -> Vec<Pattern> {
        self.revisions.patterns_from(seq)
    }

    pub fn settings(&self) -> &Arc<WebhookSettings> {
        &self.settings
    }

    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    pub fn held_len(&self) -> usize {
        self.held.len()
    }

    pub fn counters(&self) -> Counters {
        self.counters
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

    /// Nothing is under way and nothing waits for its commit.
    pub fn is_at_rest(&self) -> bool {
        self.flights.is_empty() && !self.results.is_committing() && self.results.uncommitted().0 == 0
    }

    pub fn health(&self, now: Instant) -> Health {
        if let Some(reason) = &self.paused {
            return Health::Paused { reason: reason.clone() };
        }
        if self.breaker.is_open() {
            return Health::Failing { reason: FailingReason::NotAnswering };
        }
        if self.slow_until.is_some_and(|until| until > now) {
            return Health::Slow { reason: SlowReason::AskedToWait };
        }
        if self.breaker.is_general() {
            return Health::Failing { reason: FailingReason::RefusingAll };
        }
        if self.breaker.is_ramping() {
            return Health::Slow { reason: SlowReason::Recovering };
        }
        if self.window.has_failing() {
            return Health::Slow { reason: SlowReason::Retrying };
        }
        Health::Healthy
    }
}
