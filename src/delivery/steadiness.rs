//! Whether an endpoint takes what it is sent, seen over an hour.
//!
//! What must hold here: one that refuses some of what it is sent is *unstable*, and stays so until it takes nearly all of it:
//! between the two bounds nothing changes, so that the word does not come and go with every answer. One that takes nothing at all is
//! not unstable, it is worse. Counting is an addition.

use std::collections::VecDeque;

use crate::domain::{Step, Timestamp};

/// Of so long.
const MINUTES: i64 = 60;
/// Below this share of successes, in thousandths, an endpoint is unstable; above the other it is in order again.
const UNSTABLE_BELOW: u64 = 950;
const IN_ORDER_ABOVE: u64 = 980;
/// One that was sent little is not unstable for a failure or two.
const FEWEST_FAILURES: u64 = 3;

/// What was answered in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// Any moment of the minute.
    pub at: Timestamp,
    pub delivered: u64,
    pub failed: u64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Steadiness {
    /// The minutes of the hour in which something was answered, by their beginning.
    minutes: VecDeque<Answers>,
    delivered: u64,
    failed: u64,
    unstable_since: Option<Timestamp>,
}

impl Steadiness {
    /// From what was counted before, oldest first.
    pub fn restored(past: &[Answers]) -> Self {
        let mut steadiness = Self::default();
        for minute in past {
            steadiness.add(*minute);
            steadiness.judge(minute.at);
        }
        steadiness
    }

    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    pub fn answered(&mut self, success: bool, now: Timestamp) {
        self.add(Answers { at: now, delivered: u64::from(success), failed: u64::from(!success) });
    }

    fn add(&mut self, answers: Answers) {
        let at = Step::Minute.start(answers.at);
        self.delivered += answers.delivered;
        self.failed += answers.failed;
        match self.minutes.back_mut() {
            // A clock that steps back counts in the last minute.
            Some(last) if last.at >= at => {
                last.delivered += answers.delivered;
                last.failed += answers.failed;
            }
            _ => self.minutes.push_back(Answers { at, ..answers }),
        }
    }

    /// Looks at the hour before now. Since when the endpoint is unstable, if it is.
    pub fn judge(&mut self, now: Timestamp) -> Option<Timestamp> {
        let oldest = Step::Minute.start(now).0 - (MINUTES - 1) * Step::Minute.micros();
        while let Some(gone) = self.minutes.front().copied().filter(|minute| minute.at.0 < oldest) {
            self.minutes.pop_front();
            self.delivered -= gone.delivered;
            self.failed -= gone.failed;
        }
        let was = self.unstable_since;
        self.unstable_since = match self.success() {
            None => None,
            Some(_) if self.delivered == 0 => None,
            Some(share) if share > IN_ORDER_ABOVE => None,
            Some(share) if share < UNSTABLE_BELOW && self.failed >= FEWEST_FAILURES => was.or(Some(now)),
            Some(_) => was,
        };
        self.unstable_since
    }

    /// The share of the hour's requests that succeeded, in thousandths; `None` when there was none.
    pub fn success(&self) -> Option<u64> {
        let all = self.delivered + self.failed;
        (all > 0).then(|| self.delivered * 1_000 / all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    /// At this minute so many of so many succeed.
    fn minute(at: i64, delivered: u64, failed: u64) -> Answers {
        Answers { at: Timestamp(at * MINUTE), delivered, failed }
    }

    fn judged(steadiness: &mut Steadiness, answers: Answers) -> bool {
        steadiness.add(answers);
        steadiness.judge(answers.at).is_some()
    }

    #[test]
    fn it_is_unstable_below_one_bound_and_in_order_above_the_other() {
        let mut steadiness = Steadiness::default();
        assert!(!judged(&mut steadiness, minute(0, 960, 40)), "96%: between the bounds nothing changes");
        assert!(judged(&mut steadiness, minute(1, 930, 70)), "94.5%");
        assert_eq!(steadiness.success(), Some(945));
        assert!(judged(&mut steadiness, minute(2, 3_000, 0)), "97.8%: still");
        assert!(!judged(&mut steadiness, minute(3, 1_000, 0)), "98.1%: in order");
        assert!(!judged(&mut steadiness, minute(4, 1_000, 100)), "97%: still in order");
    }

    #[test]
    fn a_share_that_stays_does_not_flap() {
        let mut steadiness = Steadiness::default();
        let mut turns = 0;
        let mut before = false;
        // One in ten fails, answer by answer, for two hours.
        for second in 0..7_200_i64 {
            let now = Timestamp(second * 1_000_000);
            steadiness.answered(second % 10 != 9, now);
            let unstable = steadiness.judge(now).is_some();
            turns += u32::from(unstable != before);
            before = unstable;
        }
        assert!(before && turns == 1, "{turns}");
        assert_eq!(steadiness.success(), Some(900));
    }

    #[test]
    fn what_is_older_than_an_hour_counts_no_more() {
        let mut steadiness = Steadiness::default();
        assert!(judged(&mut steadiness, minute(0, 1, 50)));
        assert_eq!(steadiness.judge(Timestamp(59 * MINUTE)), Some(Timestamp(0)), "since when");
        assert_eq!(steadiness.judge(Timestamp(60 * MINUTE)), None, "nothing was sent for an hour");
        assert!(steadiness.is_empty() && steadiness.success().is_none());
    }

    #[test]
    fn a_failure_or_two_of_few_are_nothing() {
        let mut steadiness = Steadiness::default();
        assert!(!judged(&mut steadiness, minute(0, 3, 2)));
        assert!(judged(&mut steadiness, minute(1, 0, 1)));
    }

    #[test]
    fn what_takes_nothing_is_not_unstable() {
        let mut steadiness = Steadiness::default();
        assert!(!judged(&mut steadiness, minute(0, 0, 50)));
        assert!(judged(&mut steadiness, minute(1, 1, 0)), "it takes some");
        assert_eq!(steadiness.judge(Timestamp(60 * MINUTE)), None, "one of one");
    }

    #[test]
    fn it_goes_on_from_what_was_counted_before() {
        let past = [minute(0, 900, 100), minute(30, 3_000, 0)];
        let mut steadiness = Steadiness::restored(&past);
        assert_eq!(
            steadiness.judge(Timestamp(40 * MINUTE)),
            Some(Timestamp(0)),
            "97.5%, and it was unstable before"
        );
        assert_eq!(Steadiness::restored(&past[1..]).judge(Timestamp(40 * MINUTE)), None);
        // A clock that steps back loses nothing.
        steadiness.answered(false, Timestamp(0));
        assert_eq!(steadiness.success(), Some(974));
    }
}
