//! Posts that the doors did not take: how many lately, and the last one.
//!
//! What must hold here: nothing of a post is kept but when it came and why it was not taken; what is kept is bounded by the sources
//! and providers there are, however much is posted.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{Provider, SourceId, Step, Timestamp};
use crate::sources::Declined;

/// Hours of which is known how many were refused: a day in any zone, and the one before it.
const HOURS: i64 = 48;

/// What was last refused longer ago than this is over: whoever posted has stopped.
pub const LATELY: Duration = Duration::from_mins(10);

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

/// A door that takes nothing: posts that were refused one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InARow {
    pub since: Timestamp,
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
    /// Since when, and how many, with nothing taken between and never [`LATELY`] apart.
    in_a_row: (Timestamp, u64),
}

impl Refused {
    pub fn note(&self, meant_for: MeantFor, why: Declined, now: Timestamp) {
        let hour = Step::Hour.start(now);
        let mut all = self.lock();
        let entry = all.entry(meant_for).or_insert_with(|| Entry {
            hours: VecDeque::new(),
            last_at: now,
            last_why: why.clone(),
            in_a_row: (now, 0),
        });
        if now.since(entry.last_at) >= LATELY {
            entry.in_a_row = (now, 0);
        }
        // What is no fault of the sender's is told elsewhere, and is sent again.
        if !why.status().is_server_error() {
            let (since, count) = entry.in_a_row;
            entry.in_a_row = (if count == 0 { now } else { since }, count + 1);
        }
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
        let Entry { hours, last_at, last_why, .. } = all.get(&meant_for)?;
        let from = Step::Hour.start(since);
        let counted = hours.iter().filter(|(at, _)| *at >= from);
        Some(Refusals {
            count: counted.map(|(_, count)| count).sum(),
            last_at: *last_at,
            last_why: last_why.clone(),
        })
    }

    /// A post to this source was taken.
    pub fn taken(&self, source: SourceId) {
        if let Some(entry) = self.lock().get_mut(&MeantFor::Source(source)) {
            entry.in_a_row.1 = 0;
        }
    }

    /// Whoever is meant is posted to and takes nothing now.
    pub fn in_a_row(&self, meant_for: MeantFor, now: Timestamp) -> Option<InARow> {
        let all = self.lock();
        let Entry { in_a_row: (since, count), last_at, last_why, .. } = all.get(&meant_for)?;
        (*count > 0 && now.since(*last_at) < LATELY).then(|| InARow {
            since: *since,
            count: *count,
            last_at: *last_at,
            last_why: last_why.clone(),
        })
    }

    /// Providers to which was posted without it being known for whom.
    pub fn providers(&self) -> Vec<Provider> {
        let provider = |meant_for: &MeantFor| match meant_for {
            MeantFor::Provider(provider) => Some(*provider),
            MeantFor::Source(_) => None,
        };
        self.lock().keys().filter_map(provider).collect()
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
    fn what_is_refused_in_a_row_is_over_when_something_is_taken_or_nothing_comes() {
        const MINUTE: i64 = 60_000_000;
        let (refused, at) = (Refused::default(), |minute: i64| Timestamp(HOUR + minute * MINUTE));
        let row = |minute| refused.in_a_row(MINE, at(minute)).map(|row| (row.since, row.count));
        refused.note(MINE, Declined::Failed, at(0));
        assert_eq!(row(0), None, "our own fault is none of the sender's");
        refused.note(MINE, Declined::TooLarge, at(1));
        refused.note(MINE, Declined::TooLarge, at(5));
        assert_eq!((row(6), row(15)), (Some((at(1), 2)), None));
        refused.taken(SourceId(1));
        assert_eq!(row(6), None);
        refused.note(MINE, Declined::TooLarge, at(7));
        assert_eq!(row(7), Some((at(7), 1)));
        refused.note(MINE, Declined::TooLarge, at(30));
        assert_eq!(row(30), Some((at(30), 1)));
    }

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
