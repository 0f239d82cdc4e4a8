//! How long things are kept.
//!
//! What must hold here: a hard limit is never below the limit that it backs. [`RetentionLimits::keep_for`] and its like see to
//! it; who sets a field by hand sees to it alone.

use std::time::Duration;

/// Bytes are of payloads and rows, of all companies together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionLimits {
    /// Delivered events older than this go.
    pub age: Duration,
    /// Above this many live bytes the oldest delivered events go.
    pub bytes: u64,
    /// Past this age an event goes even if a webhook still waits for it; it is counted as expired.
    pub hard_age: Duration,
    /// The same by live bytes.
    pub hard_bytes: u64,
    /// What became of each request is kept this long, and longer while its event is waited for.
    pub attempts_age: Duration,
    /// Duplicates are recognised for so long.
    pub seen_age: Duration,
    /// Sessions that have ended, and gaps.
    pub lines_age: Duration,
    /// Who did what is kept this long.
    pub audit_age: Duration,
}

impl Default for RetentionLimits {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            age: 7 * DAY,
            bytes: 10 << 30,
            hard_age: 14 * DAY,
            hard_bytes: 20 << 30,
            attempts_age: 7 * DAY,
            seen_age: 7 * DAY,
            lines_age: 90 * DAY,
            audit_age: 365 * DAY,
        }
    }
}

/// A hard limit is below the limit that it backs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BelowLimit;

impl RetentionLimits {
    /// What may be kept has at least room for a block.
    pub const LEAST_BYTES: u64 = 1 << 20;

    /// Sets the age; a longer one moves its hard limit along.
    pub fn keep_for(&mut self, age: Duration) {
        self.age = age;
        self.hard_age = self.hard_age.max(age);
    }

    /// Sets the bytes; more of them move their hard limit along.
    pub fn keep_bytes(&mut self, bytes: u64) {
        self.bytes = bytes;
        self.hard_bytes = self.hard_bytes.max(bytes);
    }

    /// An age that may be the hard one.
    pub fn hard_age(&self, age: Duration) -> Result<Duration, BelowLimit> {
        if age >= self.age { Ok(age) } else { Err(BelowLimit) }
    }

    /// Bytes that may be the hard limit.
    pub fn hard_bytes(&self, bytes: u64) -> Result<u64, BelowLimit> {
        if bytes >= self.bytes { Ok(bytes) } else { Err(BelowLimit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_limit_is_never_below_the_limit_it_backs() {
        const DAY: Duration = Duration::from_hours(24);
        let mut limits = RetentionLimits::default();
        assert!(limits.hard_age >= limits.age && limits.hard_bytes >= limits.bytes);
        limits.keep_for(30 * DAY);
        limits.keep_bytes(40 << 30);
        assert_eq!((limits.hard_age, limits.hard_bytes), (30 * DAY, 40 << 30));
        assert_eq!((limits.hard_age(29 * DAY), limits.hard_age(30 * DAY)), (Err(BelowLimit), Ok(30 * DAY)));
        assert_eq!(
            (limits.hard_bytes(39 << 30), limits.hard_bytes(41 << 30)),
            (Err(BelowLimit), Ok(41 << 30))
        );
        limits.keep_for(DAY);
        assert_eq!(limits.hard_age, 30 * DAY, "a shorter age leaves it where it is");
    }
}
