//! The bytes that all sessions of a node together may keep waiting for their consumers.
//!
//! Nothing is ever refused: what was read is queued. A session asks *before* it reads whether it may; so the bound can be
//! passed by one message per session, which is in memory by then whether it is counted or not, and a message larger
//! than the whole budget gets through alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

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
        let _unread = Unread::enter(&self.0);
        loop {
            let freed = self.0.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.has_room(held()) {
                return;
            }
            freed.await;
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
