//! How often a secret may be guessed: a bucket of tries per key, refilled with time.
//!
//! What must hold here: the number of keys is bounded, and no flood of other keys gives a key that is being guessed its
//! tries back.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::domain::Timestamp;

/// Buckets of tries, one per key.
#[derive(Debug)]
pub struct Throttle<K> {
    /// Tries that a fresh key has.
    burst: u32,
    /// How long one try takes to come back.
    refill: Duration,
    /// When each key's bucket will be full again; a full bucket is not kept.
    full_at: HashMap<K, Timestamp>,
    capacity: usize,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    pub fn new(burst: u32, refill: Duration, capacity: usize) -> Self {
        Self { burst, refill, full_at: HashMap::new(), capacity }
    }

    /// Takes a try; else how long until there is one.
    pub fn take(&mut self, key: &K, now: Timestamp) -> Result<(), Duration> {
        let full_at = self.full_at.get(key).copied().unwrap_or(now).max(now);
        let after = full_at.plus(self.refill);
        let lacking = after.since(now);
        let most = self.refill * self.burst;
        if lacking > most {
            return Err(lacking.saturating_sub(most));
        }
        if !self.full_at.contains_key(key) && self.full_at.len() >= self.capacity {
            self.make_room(now);
        }
        self.full_at.insert(key.clone(), after);
        Ok(())
    }

    /// Gives a try back: the guess was right.
    pub fn give_back(&mut self, key: &K, now: Timestamp) {
        if let Some(full_at) = self.full_at.get_mut(key) {
            let micros = i64::try_from(self.refill.as_micros()).unwrap_or(i64::MAX);
            *full_at = Timestamp(full_at.0.saturating_sub(micros));
            if *full_at <= now {
                self.full_at.remove(key);
            }
        }
    }

    /// Forgets what is full again, and if that is nothing the key that was tried least.
    fn make_room(&mut self, now: Timestamp) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= self.capacity {
            let least = self.full_at.iter().min_by_key(|(_, full_at)| **full_at).map(|(key, _)| key.clone());
            if let Some(key) = least {
                self.full_at.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn tries_run_out_and_come_back() {
        let mut throttle = Throttle::new(3, Duration::from_secs(10), 8);
        for _ in 0..3 {
            assert_eq!(throttle.take(&"a", Timestamp(0)), Ok(()));
        }
        assert_eq!(throttle.take(&"a", Timestamp(0)), Err(Duration::from_secs(10)));
        assert_eq!(throttle.take(&"b", Timestamp(0)), Ok(()));
        assert_eq!(throttle.take(&"a", Timestamp(9 * SECOND)), Err(Duration::from_secs(1)));
        assert_eq!(throttle.take(&"a", Timestamp(10 * SECOND)), Ok(()));
        assert_eq!(throttle.take(&"a", Timestamp(11 * SECOND)), Err(Duration::from_secs(9)));
    }

    #[test]
    fn a_right_guess_costs_nothing() {
        let mut throttle = Throttle::new(1, Duration::from_secs(10), 8);
        for _ in 0..5 {
            assert_eq!(throttle.take(&"a", Timestamp(0)), Ok(()));
            throttle.give_back(&"a", Timestamp(0));
        }
        assert!(throttle.full_at.is_empty());
    }

    #[test]
    fn a_flood_of_keys_is_bounded_and_frees_nobody_who_was_tried_more() {
        let mut throttle = Throttle::new(2, Duration::from_secs(10), 4);
        assert_eq!(throttle.take(&0, Timestamp(0)), Ok(()));
        assert_eq!(throttle.take(&0, Timestamp(0)), Ok(()));
        for key in 1..100 {
            assert_eq!(throttle.take(&key, Timestamp(0)), Ok(()));
            assert!(throttle.full_at.len() <= 4);
        }
        assert!(throttle.take(&0, Timestamp(0)).is_err());
    }
}
