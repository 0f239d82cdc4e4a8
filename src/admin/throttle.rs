//! How often a secret may be guessed: a bucket of tries per key, refilled with time.
//!
//! What must hold here: the number of keys is bounded, and no flood of other keys gives a key that is being guessed its
//! tries back. Time is the monotonic clock's: a wall clock that is put right gives nobody tries, and takes none.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// Buckets of tries, one per key.
#[derive(Debug)]
pub struct Throttle<K> {
    /// Tries that a fresh key has.
    burst: u32,
    /// How long one try takes to come back.
    refill: Duration,
    /// When each key's bucket will be full again; a full bucket is not kept.
    full_at: HashMap<K, Instant>,
    capacity: usize,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    pub fn new(burst: u32, refill: Duration, capacity: usize) -> Self {
        Self { burst, refill, full_at: HashMap::new(), capacity }
    }

    /// Takes a try; else how long until there is one.
    pub fn take(&mut self, key: &K, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.get(key).copied().unwrap_or(now).max(now);
        let after = full_at + self.refill;
        let lacking = after.saturating_duration_since(now);
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
    pub fn give_back(&mut self, key: &K, now: Instant) {
        let Some(full_at) = self.full_at.get_mut(key) else { return };
        match full_at.checked_sub(self.refill).filter(|full_at| *full_at > now) {
            Some(earlier) => *full_at = earlier,
            None => drop(self.full_at.remove(key)),
        }
    }

    /// Forgets what is full again, and if that is nothing the key that was tried least.
    fn make_room(&mut self, now: Instant) {
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

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn tries_run_out_and_come_back() {
        let (mut throttle, start) = (Throttle::new(3, seconds(10), 8), Instant::now());
        for _ in 0..3 {
            assert_eq!(throttle.take(&"a", start), Ok(()));
        }
        assert_eq!(throttle.take(&"a", start), Err(seconds(10)));
        assert_eq!(throttle.take(&"b", start), Ok(()));
        assert_eq!(throttle.take(&"a", start + seconds(9)), Err(seconds(1)));
        assert_eq!(throttle.take(&"a", start + seconds(10)), Ok(()));
        assert_eq!(throttle.take(&"a", start + seconds(11)), Err(seconds(9)));
    }

    #[test]
    fn a_right_guess_costs_nothing() {
        let (mut throttle, start) = (Throttle::new(1, seconds(10), 8), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.take(&"a", start), Ok(()));
            throttle.give_back(&"a", start);
        }
        assert!(throttle.full_at.is_empty());
    }

    #[test]
    fn a_flood_of_keys_is_bounded_and_frees_nobody_who_was_tried_more() {
        let (mut throttle, start) = (Throttle::new(2, seconds(10), 4), Instant::now());
        assert_eq!(throttle.take(&0, start), Ok(()));
        assert_eq!(throttle.take(&0, start), Ok(()));
        for key in 1..100 {
            assert_eq!(throttle.take(&key, start), Ok(()));
            assert!(throttle.full_at.len() <= 4);
        }
        assert!(throttle.take(&0, start).is_err());
    }
}
