//! The bytes that all sessions of a node together may keep waiting for their consumers.
//!
//! Nothing is ever refused: what was read is queued. A session asks *before* it reads whether it may; so the bound can be
//! passed by one small message per session, which is in memory by then whether it is counted or not. A large message is
//! counted before it is read ([`super::reserved`]), and only one at a time may pass the bound: one that is larger than the
//! whole budget gets through alone. Of what is not read to its end one company has a third, however many sessions it has
//! (`what_one_company_does_not_end_leaves_room_for_others`).

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::AHashMap;
use tokio::sync::Notify;

use crate::shares::{Shares, Taken};

/// A session may hold this many times what is still free. One stalled consumer alone fills four fifths of the budget,
/// and what is left keeps the others reading: no company can make another's socket go unread. (The "dynamic threshold" of
/// shared-memory switches: Choudhury and Hahne, 1998.)
const TIMES_FREE: usize = 4;

/// The one place beyond the bound, and who shares it.
pub(super) type Beyond = Taken<u64, ()>;

/// A node's budget; clones share it.
#[derive(Debug, Clone)]
pub struct Budget {
    shared: Arc<Shared>,
    /// Whose sessions ask: a company's number.
    company: u64,
}

#[derive(Debug)]
struct Shared {
    capacity: usize,
    used: AtomicUsize,
    /// Of those, what large messages have that are not read to their end, by company.
    unfinished: Mutex<AHashMap<u64, usize>>,
    /// For a large message for which there was no room.
    beyond: Shares<u64, ()>,
    /// Sessions whose socket is unread right now.
    unread: AtomicUsize,
    /// How often a session had to stop reading.
    stops: AtomicU64,
    freed: Notify,
}

impl Budget {
    /// A budget of `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        let shared = Shared {
            capacity,
            used: AtomicUsize::new(0),
            unfinished: Mutex::default(),
            beyond: Shares::of(1),
            unread: AtomicUsize::new(0),
            stops: AtomicU64::new(0),
            freed: Notify::new(),
        };
        Self { shared: Arc::new(shared), company: 0 }
    }

    /// The same budget, for the sessions of this company.
    #[must_use]
    pub fn of_company(&self, company: u64) -> Self {
        Self { shared: self.shared.clone(), company }
    }

    /// In bytes.
    pub fn capacity(&self) -> usize {
        self.shared.capacity
    }

    /// Bytes that wait for consumers, or are in their hands.
    pub fn used(&self) -> usize {
        self.shared.used.load(Ordering::Relaxed)
    }

    /// Sessions whose socket goes unread now because there is no room: above zero, the node is overloaded.
    pub fn unread_sessions(&self) -> usize {
        self.shared.unread.load(Ordering::Relaxed)
    }

    /// How often, since the start, a session stopped reading for want of room.
    pub fn stops(&self) -> u64 {
        self.shared.stops.load(Ordering::Relaxed)
    }

    /// Whether a session that holds `held` bytes may read its next message.
    pub(super) fn has_room(&self, held: usize) -> bool {
        // In the order of `free`: see there.
        let free = self.shared.capacity.saturating_sub(self.shared.used.load(Ordering::SeqCst));
        free > 0 && held <= free.saturating_mul(TIMES_FREE)
    }

    /// Counts bytes that are about to be read, if session and company leave room for others with them.
    pub(super) fn reserve(&self, held: usize, bytes: usize) -> bool {
        let mut unfinished = self.unfinished();
        let own = unfinished.get(&self.company).copied().unwrap_or(0).saturating_add(bytes);
        let fits = |used: usize| {
            let left = self.shared.capacity.checked_sub(used)?.checked_sub(bytes)?;
            let leaves_room =
                own <= left / 2 && held.saturating_add(bytes) <= left.saturating_mul(TIMES_FREE);
            leaves_room.then_some(used + bytes)
        };
        let reserved = self.shared.used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fits).is_ok();
        if reserved {
            unfinished.insert(self.company, own);
        }
        reserved
    }

    /// Gives them back.
    pub(super) fn unreserve(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let mut unfinished = self.unfinished();
        if let Some(own) = unfinished.get_mut(&self.company) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                unfinished.remove(&self.company);
            }
        }
        drop(unfinished);
        self.free(bytes);
    }

    /// The place of the one that passes the bound, if it is free.
    pub(super) fn try_beyond(&self) -> Option<Beyond> {
        self.shared.beyond.try_take(self.company, (), 1)
    }

    /// As soon as it is: companies take turns.
    pub(super) async fn beyond(&self) -> Beyond {
        self.shared.beyond.take(self.company, (), 1).await
    }

    fn unfinished(&self) -> MutexGuard<'_, AHashMap<u64, usize>> {
        self.shared.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self, bytes: usize) {
        self.shared.used.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Gives bytes back. The order of this write and read against those of `room` (count, then look) is what keeps a
    /// session from sleeping through the last release: `a_waiting_session_hears_of_every_release`.
    pub(super) fn free(&self, bytes: usize) {
        if bytes > 0 {
            self.shared.used.fetch_sub(bytes, Ordering::SeqCst);
            if self.shared.unread.load(Ordering::SeqCst) > 0 {
                self.shared.freed.notify_waiters();
            }
        }
    }

    /// Waits until a session may read again; `held` tells what it holds now.
    pub(super) async fn room(&self, held: impl Fn() -> usize) {
        self.until(|| self.has_room(held()).then_some(())).await;
    }

    /// Looks again whenever something was given back, until it finds what it looks for.
    pub(super) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let _unread = Unread::enter(&self.shared);
        loop {
            let freed = self.shared.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if let Some(found) = look() {
                return found;
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
