//! How long things are kept.
//!
//! What must hold here: a hard limit is never below the limit that it backs. [`RetentionLimits::keep_for`] and its like see to
//! it; who sets a field by hand sees to it alone.

use std::time::Duration;

/// Bytes are of payloads and rows, of all companies together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionLimits {
    /// Delivered events older than this go; past the hard one an event goes even if a webhook still waits for it, and is counted as
    /// expired.
    pub age: Limit<Duration>,
    /// Above so many live bytes the oldest events go, in the same way.
    pub bytes: Limit<u64>,
    /// What became of each request is kept this long, and longer while its event is waited for.
    pub attempts_age: Duration,
    /// Duplicates are recognised for so long.
    pub seen_age: Duration,
    /// Sessions that have ended, and gaps.
    pub lines_age: Duration,
    /// Who did what is kept this long.
    pub audit_age: Duration,
}

/// A limit for what nobody waits for, and a hard one, which is never below it, for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit<T> {
    soft: T,
    hard: T,
}

/// A hard limit is below the limit that it backs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BelowLimit;

impl<T: Copy + Ord> Limit<T> {
    pub fn new(soft: T, hard: T) -> Result<Self, BelowLimit> {
        if hard >= soft { Ok(Self { soft, hard }) } else { Err(BelowLimit) }
    }

    pub fn soft(self) -> T {
        self.soft
    }

    pub fn hard(self) -> T {
        self.hard
    }

    /// With another limit; a higher one moves the hard one along.
    #[must_use]
    pub fn with_soft(self, soft: T) -> Self {
        Self { soft, hard: self.hard.max(soft) }
    }

    pub fn with_hard(self, hard: T) -> Result<Self, BelowLimit> {
        Self::new(self.soft, hard)
    }
}

impl Default for RetentionLimits {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            age: Limit { soft: 7 * DAY, hard: 14 * DAY },
            bytes: Limit { soft: 10 << 30, hard: 20 << 30 },
            attempts_age: 7 * DAY,
            seen_age: 7 * DAY,
            lines_age: 90 * DAY,
            audit_age: 365 * DAY,
        }
    }
}

impl RetentionLimits {
    /// What may be kept has at least room for a block.
    pub const LEAST_BYTES: u64 = 1 << 20;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_limit_is_never_below_the_limit_it_backs() {
        const DAY: Duration = Duration::from_hours(24);
        let age = RetentionLimits::default().age;
        assert!(age.hard() >= age.soft());
        let longer = age.with_soft(30 * DAY);
        assert_eq!((longer.soft(), longer.hard()), (30 * DAY, 30 * DAY));
        assert_eq!(longer.with_hard(29 * DAY), Err(BelowLimit));
        assert_eq!(longer.with_hard(31 * DAY).map(Limit::hard), Ok(31 * DAY));
        assert_eq!(longer.with_soft(DAY).hard(), 30 * DAY, "a shorter age leaves it where it is");
        assert_eq!(Limit::new(2, 1), Err(BelowLimit));
    }
}
