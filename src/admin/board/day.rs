//! What became of a company's calls of a day. It is asked of an index, but of many of its rows, so it is read once a minute for all
//! who look at it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::call::Outcome;
use crate::domain::{CompanyId, Timestamp};
use crate::store::{CallLengths, Store, StoreError};

/// Queues that are looked at.
const MOST_QUEUES: u32 = 200;
/// Days that are remembered.
const MOST_DAYS: usize = 1_000;
const MICROS_OF_A_MINUTE: i64 = 60_000_000;

/// The calls that were first heard of on one day, up to a moment.
#[derive(Debug, Default)]
pub struct BoardDay {
    /// These figures are of this moment.
    pub at: Timestamp,
    outcomes: Vec<(Option<Outcome>, i64)>,
    lengths: CallLengths,
    /// Names of the queues that they were in.
    pub queues: Vec<String>,
    /// People whom the company knows, whenever it met them.
    pub contacts: i64,
}

impl BoardDay {
    async fn read(
        store: &Store,
        company: CompanyId,
        midnight: Timestamp,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            at: now,
            outcomes: store.count_outcomes(company, midnight, now).await?,
            lengths: store.call_lengths(company, midnight).await?,
            queues: store.queues_since(company, midnight, MOST_QUEUES).await?,
            contacts: store.count_contacts(company).await?,
        })
    }

    /// Calls of which one of these became.
    pub fn ended_as(&self, outcomes: &[Outcome]) -> i64 {
        let is_one = |outcome: &Option<Outcome>| outcome.is_some_and(|outcome| outcomes.contains(&outcome));
        self.outcomes.iter().filter(|(outcome, _)| is_one(outcome)).map(|(_, count)| count).sum()
    }

    /// All that are over, also those of which nobody knows what became.
    pub fn ended(&self) -> i64 {
        self.outcomes.iter().map(|(_, count)| count).sum()
    }

    /// How long those waited on average who called and were answered.
    pub fn waited(&self) -> Option<Duration> {
        mean(self.lengths.waited, self.lengths.waits)
    }

    /// How long two people talked on average.
    pub fn talked(&self) -> Option<Duration> {
        mean(self.lengths.talked, self.lengths.talks)
    }
}

fn mean(together: i64, count: i64) -> Option<Duration> {
    let micros = together.checked_div(count)?;
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// The days that boards show just now.
#[derive(Default)]
pub struct BoardDays(Mutex<HashMap<(CompanyId, Timestamp), Arc<BoardDay>>>);

impl BoardDays {
    /// The day that began at `midnight`, as it was at the beginning of this minute or later.
    pub(super) async fn of(
        &self,
        store: &Store,
        company: CompanyId,
        midnight: Timestamp,
        now: Timestamp,
    ) -> Result<Arc<BoardDay>, StoreError> {
        let known = self.lock().get(&(company, midnight)).cloned();
        if let Some(day) = known.filter(|day| is_of_this_minute(day.at, now)) {
            return Ok(day);
        }
        let day = Arc::new(BoardDay::read(store, company, midnight, now).await?);
        let mut days = self.lock();
        if days.len() >= MOST_DAYS {
            days.retain(|_, day| is_of_this_minute(day.at, now));
        }
        if days.len() < MOST_DAYS {
            days.insert((company, midnight), day.clone());
        }
        Ok(day)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(CompanyId, Timestamp), Arc<BoardDay>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_of_this_minute(at: Timestamp, now: Timestamp) -> bool {
    at.0.div_euclid(MICROS_OF_A_MINUTE) == now.0.div_euclid(MICROS_OF_A_MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_what_became_of_its_calls() {
        let outcomes = vec![
            (Some(Outcome::Answered), 5),
            (Some(Outcome::Missed), 1),
            (None, 2),
            (Some(Outcome::Missed), 3),
        ];
        let lengths = CallLengths { waited: 30_000_000, waits: 2, talked: 0, talks: 0 };
        let day = BoardDay { outcomes, lengths, ..BoardDay::default() };
        assert_eq!((day.ended(), day.ended_as(&[Outcome::Missed, Outcome::Failed])), (11, 4));
        assert_eq!((day.waited(), day.talked()), (Some(Duration::from_secs(15)), None));
    }

    #[test]
    fn a_day_is_read_anew_each_minute() {
        let at = |seconds: i64| Timestamp(seconds * 1_000_000);
        assert!(is_of_this_minute(at(60), at(119)));
        assert!(!is_of_this_minute(at(59), at(60)));
    }
}
