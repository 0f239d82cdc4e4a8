//! What the couriers of a node hold together in memory: two budgets, and a share of them for each courier.
//!
//! What must hold: a courier may always have a little, so that a thousand that stand still keep nobody from going on; and
//! one that has that takes more only while it leaves room for others (the *dynamic threshold* that
//! the queues of events go by too). So what a thousand dead webhooks hold is the budget, and not a thousand windows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A courier may hold this many times what is still free.
const TIMES_FREE: usize = 4;
/// What a courier may always have; one event always fits.
const LEAST_BYTES: usize = 16 << 10;

/// See the module. Clones share it.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Events.
    pub events: Budget,
    /// The indexes of events that were set aside. Those that fail are set aside in any case.
    pub aside: Budget,
}

impl Memory {
    /// Half of `bytes` for each.
    pub fn of(bytes: usize) -> Self {
        Self { events: Budget::new(bytes / 2), aside: Budget::new(bytes / 2) }
    }
}

/// What there is of one thing. Clones share it.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    capacity: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared { capacity, used: AtomicUsize::new(0) }))
    }

    /// A courier's part, empty.
    pub fn join(&self) -> Share {
        Share { budget: self.clone(), bytes: 0 }
    }

    /// Bytes that all couriers hold.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }
}

/// What one courier holds; given back when dropped.
#[derive(Debug)]
pub struct Share {
    budget: Budget,
    bytes: usize,
}

impl Share {
    /// It holds so much now.
    pub fn set(&mut self, bytes: usize) {
        let used = &self.budget.0.used;
        if bytes > self.bytes {
            used.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else if bytes < self.bytes {
            used.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
    }

    /// How much it may hold in all now: whoever holds more lets go of what it does not need at once.
    pub fn may_hold(&self) -> usize {
        let free = self.budget.0.capacity.saturating_sub(self.budget.used());
        free.saturating_mul(TIMES_FREE).max(LEAST_BYTES)
    }

    /// How much of `wanted` it may take now; nothing: later.
    pub fn may_take(&self, wanted: usize) -> usize {
        let free = self.budget.0.capacity.saturating_sub(self.budget.used());
        let fair = if self.bytes > free.saturating_mul(TIMES_FREE) { 0 } else { free };
        wanted.min(fair.max(LEAST_BYTES.saturating_sub(self.bytes)))
    }

    /// What it may take when it has waited for long although it has something to do: what would succeed may lie behind
    /// what it has.
    pub fn after_a_wait(&self, wanted: usize) -> usize {
        wanted.min(LEAST_BYTES)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// Takes until it may not; answers what it holds then.
    fn fill(courier: &mut Share) -> usize {
        loop {
            match courier.may_take(MIB) {
                0 => return courier.bytes,
                bytes => courier.set(courier.bytes + bytes.min(10 << 10)),
            }
        }
    }

    #[test]
    fn a_thousand_that_stand_still_hold_the_budget_and_not_a_thousand_windows() {
        let budget = Budget::new(32 * MIB);
        let mut couriers: Vec<Share> = (0..1_000).map(|_| budget.join()).collect();
        for courier in &mut couriers {
            assert!(fill(courier) > 0);
        }
        let least = 1_000 * (LEAST_BYTES + (10 << 10));
        assert!(budget.used() <= 32 * MIB + least, "{}", budget.used());
        let mut newcomer = budget.join();
        assert!(newcomer.may_take(MIB) >= LEAST_BYTES);
        newcomer.set(LEAST_BYTES);
        assert_eq!(newcomer.may_take(MIB), 0);
        assert_eq!(newcomer.may_hold(), LEAST_BYTES);
        newcomer.set(0);
        assert!(newcomer.may_take(MIB) >= LEAST_BYTES, "it goes on when it is done with what it has");
        drop((couriers, newcomer));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn alone_it_is_as_if_there_were_no_budget() {
        let budget = Budget::new(32 * MIB);
        let mut courier = budget.join();
        assert_eq!(courier.may_take(MIB), MIB);
        assert!(courier.may_hold() > 32 * MIB);
        courier.set(4 * MIB);
        assert_eq!(courier.may_take(MIB), MIB);
    }
}
