//! A webhook's own speed limit.

use std::time::{Duration, Instant};

/// Requests a second at most, with a tenth of a second's worth (at least one) at once: the generic cell rate
/// algorithm, which needs one moment of state.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    interval: Duration,
    burst: Duration,
    /// When the next request would come if they came evenly.
    due: Option<Instant>,
}

impl Rate {
    pub(super) fn new(per_second: u32) -> Rate {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Rate { interval, burst: interval * (per_second / 10), due: None }
    }

    /// The earliest moment a request may start; in the past or now when it may start at once.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        self.due.and_then(|due| due.checked_sub(self.burst)).unwrap_or(now)
    }

    pub(super) fn spend(&mut self, now: Instant) {
        self.due = Some(self.due.map_or(now, |due| due.max(now)) + self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spends_no_more_than_the_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(50);
        let mut sent = 0;
        for millis in 0..2_000 {
            let now = start + Duration::from_millis(millis);
            while rate.ready_at(now) <= now {
                rate.spend(now);
                sent += 1;
            }
        }
        assert!((100..=106).contains(&sent), "{sent} in two seconds at 50 a second");
    }

    #[test]
    fn one_a_second_sends_the_first_at_once() {
        let now = Instant::now();
        let mut rate = Rate::new(1);
        assert!(rate.ready_at(now) <= now);
        rate.spend(now);
        assert_eq!(rate.ready_at(now), now + Duration::from_secs(1));
    }
}
