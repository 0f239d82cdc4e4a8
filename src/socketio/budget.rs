//! The bytes that all sessions of a node together may keep waiting for their consumers.
//!
//! Nothing is ever refused: what was read is queued. A session asks *before* it reads whether it may; so the bound can be
//! passed by one message per session, which is in memory by then whether it is counted or not. A large message is counted
//! from its header on, and only one at a time may pass the bound: one that is larger than the whole budget gets through alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// A session may hold this many times what is still free. One stalled consumer alone fills four fifths of the budget,
/// and what is left keeps the others reading: no company can make another's socket go unread. (The "dynamic threshold" of
/// shared-memory switches: Choudhury and Hahne, 1998.)
const TIMES_FREE: usize = 4;

/// A node's budget; clones share it.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    capacity: usize,
    used: AtomicUsize,
    /// A large message is being read for which there was no room.
    overdrawn: AtomicBool,
    /// Sessions whose socket is unread right now.
    unread: AtomicUsize,
    /// How often a session had to stop reading.
    stops: AtomicU64,
    freed: Notify,
}

impl Budget {
    /// A budget of `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            capacity,
            used: AtomicUsize::new(0),
            overdrawn: AtomicBool::new(false),
            unread: AtomicUsize::new(0),
            stops: AtomicU64::new(0),
            freed: Notify::new(),
        }))
    }

    /// In bytes.
    pub fn capacity(&self) -> usize {
        self.0.capacity
    }

    /// Bytes that wait for consumers, or are in their hands.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Sessions whose socket goes unread now because there is no room: above zero, the node is overloaded.
    pub fn unread_sessions(&self) -> usize {
        self.0.unread.load(Ordering::Relaxed)
    }

    /// How often, since the start, a session stopped reading for want of room.
    pub fn stops(&self) -> u64 {
        self.0.stops.load(Ordering::Relaxed)
    }

    /// Whether a session that holds `held` bytes may read its next message.
    pub(super) fn has_room(&self, held: usize) -> bool {
        // In the order of `free`: see there.
        let free = self.0.capacity.saturating_sub(self.0.used.load(Ordering::SeqCst));
        free > 0 && held <= free.saturating_mul(TIMES_FREE)
    }

    /// Counts a large message that is about to be read, if the session leaves room for others with it; else lets it
    /// through uncounted, if it is the only one.
    pub(super) fn try_reserve(&self, held: usize, bytes: usize) -> Option<Reserved> {
        if !self.has_room(held) {
            return None;
        }
        let fits = |used: usize| {
            let left = self.0.capacity.checked_sub(used)?.checked_sub(bytes)?;
            (held + bytes <= left.saturating_mul(TIMES_FREE)).then_some(used + bytes)
        };
        if self.0.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fits).is_ok() {
            return Some(Reserved { budget: self.clone(), bytes, overdraws: false });
        }
        let alone = !self.0.overdrawn.swap(true, Ordering::SeqCst);
        alone.then(|| Reserved { budget: self.clone(), bytes: 0, overdraws: true })
    }

    pub(super) fn take(&self, bytes: usize) {
        self.0.used.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Gives bytes back. The order of this write and read against those of `room` (count, then look) is what keeps a
    /// session from sleeping through the last release: `a_waiting_session_hears_of_every_release`.
    pub(super) fn free(&self, bytes: usize) {
        if bytes > 0 {
            self.0.used.fetch_sub(bytes, Ordering::SeqCst);
            if self.0.unread.load(Ordering::SeqCst) > 0 {
                self.0.freed.notify_waiters();
            }
        }
    }

    /// Waits until a session may read again; `held` tells what it holds now.
    pub(super) async fn room(&self, held: impl Fn() -> usize) {
        self.until(|| self.has_room(held()).then_some(())).await;
    }

    /// As [`Budget::try_reserve`], waiting.
    pub(super) async fn reserve(&self, held: impl Fn() -> usize, bytes: usize) -> Reserved {
        self.until(|| self.try_reserve(held(), bytes)).await
    }

    async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let _unread = Unread::enter(&self.0);
        loop {
            let freed = self.0.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(found) = look() {
                return found;
            }
            freed.await;
        }
    }
}

/// A message that is being read; its bytes are given back when this is dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    budget: Budget,
    bytes: usize,
    overdraws: bool,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.overdraws {
            self.budget.0.overdrawn.store(false, Ordering::SeqCst);
        }
        self.budget.free(self.bytes);
        if self.overdraws && self.budget.unread_sessions() > 0 {
            self.budget.0.freed.notify_waiters();
        }
    }
}

/// Counts a session as unread for as long as it lives, however the wait ends.
struct Unread<'a>(&'a Shared);

impl<'a> Unread<'a> {
    fn enter(shared: &'a Shared) -> Self {
        shared.unread.fetch_add(1, Ordering::SeqCst);
        shared.stops.fetch_add(1, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for Unread<'_> {
    fn drop(&mut self) {
        self.0.unread.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stalled_session_leaves_room_for_others() {
        let budget = Budget::new(1_000);
        let mut hog = 0;
        while budget.has_room(hog) {
            budget.take(10);
            hog += 10;
        }
        assert!((790..=810).contains(&hog), "{hog}");
        assert!(budget.has_room(0) && budget.has_room(100));
    }

    #[test]
    fn a_message_larger_than_everything_gets_through_alone() {
        let budget = Budget::new(1_000);
        assert!(budget.has_room(0));
        budget.take(5_000);
        assert!(!budget.has_room(0));
        budget.free(5_000);
        assert!(budget.has_room(0));
    }

    #[test]
    fn one_large_message_at_a_time_passes_the_bound() {
        let budget = Budget::new(1_000);
        let fits = budget.try_reserve(0, 600).expect("there is room");
        let beyond = budget.try_reserve(0, 600).expect("nobody else is beyond");
        assert!(budget.try_reserve(0, 600).is_none());
        drop(budget.try_reserve(0, 200).expect("a smaller one fits"));
        drop(beyond);
        assert!(budget.try_reserve(0, 5_000).is_some(), "larger than everything, alone");
        drop(fits);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn large_messages_that_never_end_leave_room_for_others() {
        let budget = Budget::new(1_000);
        let unending: Vec<_> = (0..100).filter_map(|_| budget.try_reserve(0, 200)).collect();
        assert_eq!(unending.len(), 5, "four fit, one goes beyond");
        assert!(budget.has_room(0) && budget.has_room(400), "{}", budget.used());
    }

    #[test]
    fn a_waiting_session_hears_of_every_release() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let budget = Budget::new(1);
            for _ in 0..2_000 {
                budget.take(1);
                let waiting = tokio::spawn({
                    let budget = budget.clone();
                    async move { budget.room(|| 0).await }
                });
                let freeing = tokio::spawn({
                    let budget = budget.clone();
                    async move { budget.free(1) }
                });
                freeing.await.unwrap();
                tokio::time::timeout(std::time::Duration::from_secs(10), waiting)
                    .await
                    .expect("woken")
                    .unwrap();
            }
            assert_eq!((budget.used(), budget.unread_sessions()), (0, 0));
        });
    }
}
