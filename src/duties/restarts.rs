//! How long to wait before what has failed is started again.

use std::time::Duration;

/// The pause before the first restart; doubles with every end in a row.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(1);
/// What ran this long is well again: after its next end the first pause holds.
const WELL_AFTER: Duration = Duration::from_mins(1);

/// The one policy of restarts: 0.5 s, doubled up to a minute, and from the beginning after a minute that was well.
#[derive(Debug, Clone, Copy)]
pub struct Restarts {
    next: Duration,
}

impl Default for Restarts {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Restarts {
    /// The pause after an end, of what had run for `lived`.
    pub fn pause_after(&mut self, lived: Duration) -> Duration {
        let pause = if lived >= WELL_AFTER { FIRST } else { self.next };
        self.next = (pause * 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_begin_anew_after_one_that_was_well() {
        let mut restarts = Restarts::default();
        let mut pauses = |lived: u64, times: usize| {
            (0..times).map(|_| restarts.pause_after(Duration::from_secs(lived)).as_millis()).last()
        };
        assert_eq!(pauses(0, 3), Some(2_000));
        assert_eq!(pauses(59, 9), Some(60_000));
        assert_eq!(pauses(60, 1), Some(500));
        assert_eq!(pauses(0, 1), Some(1_000));
    }
}
