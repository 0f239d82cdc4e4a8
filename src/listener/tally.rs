//! What is counted of connections.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counted since the start, of all listeners.
#[derive(Debug, Default)]
pub struct Tally {
    opened: AtomicU64,
    closed: AtomicU64,
    refused: AtomicU64,
    displaced: AtomicU64,
    overdue: AtomicU64,
    no_room: AtomicU64,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Open now.
    pub open: u64,
    /// Answered with 503 because every place was taken by one that was being served.
    pub refused: u64,
    /// Closed while they waited, because another one needed the place.
    pub displaced: u64,
    /// Closed because their peer took too long.
    pub overdue: u64,
    /// Bodies refused because others filled their room.
    pub no_room: u64,
}

impl Tally {
    pub(super) fn opened(&self) {
        self.opened.fetch_add(1, Relaxed);
    }

    pub(super) fn closed(&self) {
        self.closed.fetch_add(1, Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn displaced(&self) {
        self.displaced.fetch_add(1, Relaxed);
    }

    pub(super) fn overdue(&self) {
        self.overdue.fetch_add(1, Relaxed);
    }

    pub(super) fn no_room(&self) {
        self.no_room.fetch_add(1, Relaxed);
    }

    pub fn figures(&self) -> Figures {
        let closed = self.closed.load(Relaxed);
        Figures {
            open: self.opened.load(Relaxed).saturating_sub(closed),
            refused: self.refused.load(Relaxed),
            displaced: self.displaced.load(Relaxed),
            overdue: self.overdue.load(Relaxed),
            no_room: self.no_room.load(Relaxed),
        }
    }
}
