//! A value that is there only while its lease is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// What belongs to this process under a lease. Cheap to clone; all clones are void together.
#[derive(Debug, Clone)]
pub struct Owned<T> {
    value: T,
    lease: Arc<Lease>,
}

#[derive(Debug)]
struct Lease {
    epoch: i64,
    state: AtomicU8,
}

const HELD: u8 = 0;
/// Another process's, or nobody's.
const LOST: u8 = 1;
/// What it was about is no more.
const GONE: u8 = 2;

impl<T> Owned<T> {
    pub(super) fn under(epoch: i64, value: T) -> Self {
        Self { value, lease: Arc::new(Lease { epoch, state: AtomicU8::new(HELD) }) }
    }

    pub(super) fn void(&self) {
        self.lease.state.store(LOST, Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.lease.state.store(GONE, Ordering::Release);
    }

    /// Whether the lease is held, as far as this process knows. What was void once is so for ever.
    pub fn is_held(&self) -> bool {
        self.lease.state.load(Ordering::Acquire) == HELD
    }

    /// Whether it is void because what it was about is no more: then nobody else has it either.
    pub fn is_gone(&self) -> bool {
        self.lease.state.load(Ordering::Acquire) == GONE
    }

    /// The lease's epoch, by which the database tells its writers apart.
    pub fn epoch(&self) -> i64 {
        self.lease.epoch
    }
}

impl<T: Copy> Owned<T> {
    /// The value, while the lease is held.
    pub fn get(&self) -> Option<T> {
        self.is_held().then_some(self.value)
    }

    /// What the lease is or was about: for log lines and for reading, which anybody may.
    pub fn id(&self) -> T {
        self.value
    }
}

/// The same value under the same lease; a lease acquired later is another one.
impl<T: PartialEq> PartialEq for Owned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && Arc::ptr_eq(&self.lease, &other.lease)
    }
}

impl<T: Eq> Eq for Owned<T> {}
