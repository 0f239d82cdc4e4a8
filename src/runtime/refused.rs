//! Posts that the doors did not take: how many lately, and the last one.
//!
//! What must hold here: nothing of a post is kept but when it came and why it was not taken; what is kept is bounded by the sources
//! and providers there are, however much is posted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Provider, SourceId, Step, Timestamp};
use crate::sources::Declined;

/// Hours of which is known how many were refused: a day in any zone, and the one before it.
const HOURS: i64 = 48;

/// Whom a post was for, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MeantFor {
    Source(SourceId),
    /// It showed no token of any source, and the provider has several or none.
    Provider(Provider),
}

/// Refused posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// Since the moment that was asked for.
    pub count: u64,
    pub last_at: Timestamp,
    pub last_why: Declined,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Refused(Mutex<HashMap<MeantFor, Entry>>);

#[derive(Debug)]
struct Entry {
    /// The beginnings of hours, and how many were refused in each.
    hours: VecDeque<(Timestamp, u64)>,
    last_at: Timestamp,
    last_why: Declined,
}

impl Refused {
    pub fn note(&self, meant_for: MeantFor, why: Declined, now: Timestamp) {
        let hour = Step::Hour.start(now);
        let mut all = self.lock();
        let entry = all.entry(meant_for).or_insert_with(|| Entry {
            hours: VecDeque::new(),
            last_at: now,
            last_why: why.clone(),
        });
        (entry.last_at, entry.last_why) = (now, why);
        match entry.hours.back_mut() {
            // A clock that steps back counts in the last hour.
            Some((last, count)) if *last >= hour => *count += 1,
            _ => entry.hours.push_back((hour, 1)),
        }
        let oldest = hour.0 - HOURS * Step::Hour.micros();
        while entry.hours.front().is_some_and(|(at, _)| at.0 < oldest) {
            entry.hours.pop_front();
        }
    }

    /// `None` where none was refused that is still known of. Counted by whole hours.
    pub fn since(&self, meant_for: MeantFor, since: Timestamp) -> Option<Refusals> {
        let all = self.lock();
        let Entry { hours, last_at, last_why } = all.get(&meant_for)?;
        let from = Step::Hour.start(since);
        let counted = hours.iter().filter(|(at, _)| *at >= from);
        Some(Refusals {
            count: counted.map(|(_, count)| count).sum(),
            last_at: *last_at,
            last_why: last_why.clone(),
        })
    }

    /// Forgets the sources that are no more.
    pub fn keep(&self, is_there: impl Fn(SourceId) -> bool) {
        self.lock().retain(|meant_for, _| match meant_for {
            MeantFor::Source(source) => is_there(*source),
            MeantFor::Provider(_) => true,
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MeantFor, Entry>> {
        // Every write is a set of plain assignments: whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;
    const MINE: MeantFor = MeantFor::Source(SourceId(1));

    #[test]
    fn what_was_refused_is_counted_by_the_hour_and_forgotten() {
        let refused = Refused::default();
        for hour in 0..100 {
            refused.note(MINE, Declined::TooLarge, Timestamp(hour * HOUR));
            refused.note(MINE, Declined::Late, Timestamp(hour * HOUR + 5));
        }
        let since = |hour: i64| refused.since(MINE, Timestamp(hour * HOUR + 9)).expect("some").count;
        assert_eq!([since(99), since(98), since(200)], [2, 4, 0]);
        assert_eq!(since(0), 2 * (HOURS as u64 + 1), "as many hours as are kept");
        let last = refused.since(MINE, Timestamp(0)).expect("some");
        assert_eq!((last.last_at, last.last_why), (Timestamp(99 * HOUR + 5), Declined::Late));
        refused.keep(|source| source == SourceId(2));
        assert_eq!(refused.since(MINE, Timestamp(0)), None);
    }
}
