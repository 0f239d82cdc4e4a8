//! How many lines of one kind may be written.

use std::time::{Duration, Instant};

/// A token bucket over whole lines. An endpoint that refuses twenty thousand requests a second must not turn the log
/// into the bottleneck: the lines above the allowance are counted, and the next one written says how many they were.
#[derive(Debug)]
pub(super) struct Allowance {
    burst: u32,
    refill_every: Duration,
    left: u32,
    refilled_at: Option<Instant>,
    suppressed: u64,
}

impl Allowance {
    pub(super) const fn new(burst: u32, refill_every: Duration) -> Self {
        Self { burst, refill_every, left: burst, refilled_at: None, suppressed: 0 }
    }

    /// `Some(n)`: the line may be written, and `n` before it were not. `None`: it may not.
    pub(super) fn take(&mut self, now: Instant) -> Option<u64> {
        let since = *self.refilled_at.get_or_insert(now);
        let earned = now.saturating_duration_since(since).as_nanos() / self.refill_every.as_nanos();
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(u32::MAX);
            self.left = self.left.saturating_add(earned).min(self.burst);
            // The unspent part of an interval is given up only when the bucket is full anyway.
            self.refilled_at =
                Some(if self.left == self.burst { now } else { since + self.refill_every * earned });
        }
        if self.left == 0 {
            self.suppressed += 1;
            return None;
        }
        self.left -= 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_a_burst_through_then_a_steady_rate_and_counts_the_rest() {
        let start = Instant::now();
        let mut allowance = Allowance::new(3, Duration::from_millis(100));
        let taken: Vec<_> = (0..5).map(|_| allowance.take(start)).collect();
        assert_eq!(taken, [Some(0), Some(0), Some(0), None, None]);
        assert_eq!(allowance.take(start + Duration::from_millis(99)), None);
        assert_eq!(allowance.take(start + Duration::from_millis(100)), Some(3));
        assert_eq!(allowance.take(start + Duration::from_millis(150)), None);
        assert_eq!(allowance.take(start + Duration::from_millis(200)), Some(1));
        assert_eq!(allowance.take(start + Duration::from_hours(1)), Some(0));
    }
}
