//! How far a window reaches beyond its bounds.
//!
//! What must hold: one that is full while nothing in it succeeds grows step by step, up to a bound: the events that would
//! succeed may all lie behind it (a receiver that cannot take one type, and many of that type).

use std::time::{Duration, Instant};

/// How long a full window without a success is left as it is, and how many eighths it grows by at most.
const AFTER: Duration = Duration::from_mins(4);
const MAX_EIGHTHS: usize = 24;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stretch {
    eighths: usize,
    /// Since when nothing has succeeded, or it was stretched last.
    since: Option<Instant>,
}

impl Stretch {
    pub(super) fn of(self, bound: usize) -> usize {
        bound + bound * self.eighths / 8
    }

    /// It is full, and something in it fails. True when it grew just now.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        if self.eighths >= MAX_EIGHTHS {
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let grows = now.saturating_duration_since(since) >= AFTER;
        if grows {
            *self = Stretch { eighths: self.eighths + 1, since: Some(now) };
        }
        grows
    }

    /// When it grows next if it stays full.
    pub(super) fn grows_at(self) -> Option<Instant> {
        self.since.map(|since| since + AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_by_an_eighth_each_time_and_to_four_times_at_most() {
        let start = Instant::now();
        let mut stretch = Stretch::default();
        assert!(!stretch.is_full(start));
        assert_eq!(stretch.grows_at(), Some(start + AFTER));
        assert!(stretch.is_full(start + AFTER));
        assert_eq!(stretch.of(64), 72);
        for step in 2..100 {
            stretch.is_full(start + AFTER * step);
        }
        assert_eq!(stretch.of(64), 256);
    }
}
