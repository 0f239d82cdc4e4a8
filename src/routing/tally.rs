//! How decisions end, counted since the start, and of which source callers went unrouted lately.
//!
//! What must hold here: what is kept is bounded, whatever fails; of each source it is a count and two moments.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::decision::{Decision, DecisionState};
use crate::domain::{CompanyId, SourceId, Timestamp};

/// So long after its last call that went unrouted a source is remembered.
const LATELY: Duration = Duration::from_hours(1);
/// Sources that are remembered; those of further ones are counted in the figures only.
const SOURCES: usize = 10_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Tally {
    sent: AtomicU64,
    failed: AtomicU64,
    expired: AtomicU64,
    attempts: AtomicU64,
    took_us: AtomicU64,
    lately: Mutex<HashMap<SourceId, Unrouted>>,
}

/// Calls of a source of which its provider did not know in its time where they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrouted {
    pub company: CompanyId,
    pub source: SourceId,
    pub count: u64,
    pub since: Timestamp,
    last: Timestamp,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: u64,
    pub failed: u64,
    pub expired: u64,
    pub attempts: u64,
    /// Microseconds from the question to the answer that took it, of all that were sent.
    pub took_us: u64,
}

impl Tally {
    /// A provider was told.
    pub(super) fn attempted(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// A decision that was due is so no longer.
    pub(super) fn ended(&self, decision: &Decision, at: Timestamp) {
        let of = |count: &AtomicU64| {
            count.fetch_add(1, Ordering::Relaxed);
        };
        match decision.state {
            DecisionState::Due | DecisionState::NotWanted => {}
            DecisionState::Sent => {
                of(&self.sent);
                let took = at.since(decision.asked_at).as_micros();
                self.took_us.fetch_add(u64::try_from(took).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
            DecisionState::Failed => {
                of(&self.failed);
                self.note(decision, at);
            }
            DecisionState::Expired => {
                of(&self.expired);
                self.note(decision, at);
            }
        }
    }

    fn note(&self, decision: &Decision, at: Timestamp) {
        let mut lately = self.lock();
        lately.retain(|_, one| at.since(one.last) < LATELY);
        let of = decision.of.source;
        if lately.len() >= SOURCES && !lately.contains_key(&of) {
            return;
        }
        let fresh = Unrouted { company: decision.of.company, source: of, count: 0, since: at, last: at };
        let one = lately.entry(of).or_insert(fresh);
        one.count += 1;
        one.last = at;
    }

    /// The sources that had calls unrouted within the last hour.
    pub fn unrouted(&self, now: Timestamp) -> Vec<Unrouted> {
        self.lock().values().filter(|one| now.since(one.last) < LATELY).copied().collect()
    }

    pub fn counts(&self) -> Counts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            sent: of(&self.sent),
            failed: of(&self.failed),
            expired: of(&self.expired),
            attempts: of(&self.attempts),
            took_us: of(&self.took_us),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SourceId, Unrouted>> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decision::{Caller, OfCall};
    use crate::domain::{Provider, Seq};

    const MINUTE: i64 = 60_000_000;

    fn ended(source: i64, state: DecisionState) -> Decision {
        Decision {
            of: OfCall { company: CompanyId(1), source: SourceId(source), call: "1.2".into() },
            provider: Provider::new("teravoz"),
            asked: Seq(2),
            asked_at: Timestamp(0),
            decided_at: Timestamp(0),
            phone: None,
            caller: Caller::New,
            destination: "901".to_owned(),
            state,
            reports: Vec::new(),
            told: 0,
        }
    }

    #[test]
    fn what_ends_is_counted_and_what_was_not_routed_is_remembered_for_an_hour() {
        let tally = Tally::default();
        tally.attempted();
        tally.ended(&ended(1, DecisionState::Sent), Timestamp(250));
        tally.ended(&ended(1, DecisionState::NotWanted), Timestamp(250));
        tally.ended(&ended(1, DecisionState::Failed), Timestamp(MINUTE));
        tally.ended(&ended(1, DecisionState::Expired), Timestamp(2 * MINUTE));
        tally.ended(&ended(2, DecisionState::Expired), Timestamp(59 * MINUTE));
        let counts = Counts { sent: 1, failed: 1, expired: 2, attempts: 1, took_us: 250 };
        assert_eq!(tally.counts(), counts);
        let seen = |now: i64| {
            let mut seen: Vec<_> = tally
                .unrouted(Timestamp(now * MINUTE))
                .iter()
                .map(|one| (one.source.0, one.count, one.since))
                .collect();
            seen.sort();
            seen
        };
        assert_eq!(seen(60), [(1, 2, Timestamp(MINUTE)), (2, 1, Timestamp(59 * MINUTE))]);
        assert_eq!(seen(62), [(2, 1, Timestamp(59 * MINUTE))]);
        tally.ended(&ended(1, DecisionState::Failed), Timestamp(70 * MINUTE));
        assert_eq!(seen(70)[0], (1, 1, Timestamp(70 * MINUTE)), "it begins anew");
    }

    #[test]
    fn sources_without_end_are_not_remembered_without_end() {
        let tally = Tally::default();
        for source in 0..i64::try_from(SOURCES).expect("few") + 5 {
            tally.ended(&ended(source, DecisionState::Failed), Timestamp(1));
        }
        assert_eq!(tally.unrouted(Timestamp(2)).len(), SOURCES);
        assert_eq!(tally.counts().failed, SOURCES as u64 + 5);
    }
}
