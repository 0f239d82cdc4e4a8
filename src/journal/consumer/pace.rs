//! How fast a consumer goes through what is long past: while nobody else writes, as fast as it can; else with pauses, so
//! that what it delays is too rare for a percentile of deliveries to show, and yet so that it catches up. And how much it writes at once.

use std::time::Duration;

use tokio::time::Instant;

use crate::journal::JournalCounts;

/// While others write, it has one part in so many of the time.
const SHARE: u32 = 100;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// It goes without pauses as long as for this many events that came meanwhile it has read less than that many.
const FASTER: (u64, u64) = (4, 5);

#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Option<Instant>,
    /// What it has read since it began, and what was counted by then.
    read: u64,
    began_with: Option<u64>,
    /// Transactions of events and results when it wrote the last time.
    commits: u64,
}

impl Pace {
    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }

    /// There is nothing left that is long past.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// It has read and written so many events, and that took so long.
    pub fn went(&mut self, events: u64, took: Duration, counts: &JournalCounts, now: Instant) {
        let began_with = *self.began_with.get_or_insert(counts.events);
        self.read += events;
        let came = counts.events.saturating_sub(began_with);
        let others_write = std::mem::replace(&mut self.commits, counts.commits) != counts.commits;
        let is_fast = FASTER.0 * self.read > FASTER.1 * came;
        self.due = (others_write && is_fast).then(|| now + (took * SHARE).min(LONGEST_PAUSE));
    }
}

/// Rows of a stretch that share a transaction while single events wait behind it (about a millisecond), and while it delays nobody: none
/// come, or they come so fast that they wait for each other.
pub(super) const FEW_ROWS: usize = 32;
pub(super) const MANY_ROWS: usize = 512;
/// Events in a commit from which on they come fast.
const FAST: u64 = 16;

/// What is written beside a consumer.
#[derive(Debug, Default)]
pub(super) struct Load {
    events: u64,
    commits: u64,
}

impl Load {
    /// How many rows share a transaction, by what was written since it was asked before.
    pub fn rows_together(&mut self, counts: &JournalCounts) -> usize {
        let events = counts.events.saturating_sub(self.events);
        let commits = counts.commits.saturating_sub(self.commits);
        (self.events, self.commits) = (counts.events, counts.commits);
        if commits == 0 || events / commits >= FAST { MANY_ROWS } else { FEW_ROWS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_millis(5);

    /// Blocks of a thousand, while so many events come a second, each with a commit of its own; how many are read a second.
    fn read_a_second(came_a_second: u64) -> u64 {
        let (mut pace, mut now, mut read) = (Pace::default(), Instant::now(), 0);
        let start = now;
        while now < start + Duration::from_secs(100) {
            if pace.is_due(now) {
                now += TOOK;
                let ms = u64::try_from((now - start).as_millis()).expect("small");
                let events = ms * came_a_second / 1_000;
                let counts = JournalCounts { events, commits: events, ..JournalCounts::default() };
                pace.went(1_000, TOOK, &counts, now);
                read += 1_000;
            } else {
                now += Duration::from_millis(1);
            }
        }
        read / 100
    }

    #[test]
    fn transactions_are_short_while_single_events_wait_for_them() {
        let (mut load, mut counts) = (Load::default(), JournalCounts::default());
        let mut after = |events, commits| {
            (counts.events, counts.commits) = (counts.events + events, counts.commits + commits);
            load.rows_together(&counts)
        };
        assert_eq!(after(0, 0), MANY_ROWS, "nobody waits");
        assert_eq!(after(250, 240), FEW_ROWS);
        assert_eq!(after(0, 3), FEW_ROWS, "results");
        assert_eq!(after(8_000, 200), MANY_ROWS, "a flood");
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_slow_beside_others_and_yet_faster_than_what_comes() {
        assert_eq!(read_a_second(0), 200_000, "nobody else is there");
        assert!((1_500..2_500).contains(&read_a_second(10)), "{}", read_a_second(10));
        for came in [300, 1_000, 5_000, 20_000] {
            let read = read_a_second(came);
            let faster = came * FASTER.1 / FASTER.0;
            assert!(read >= faster - 100 && read <= faster + 2_500, "{read} while {came} come");
        }
    }
}
