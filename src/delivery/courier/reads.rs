//! How far the journal is read, and what keeps reading back.
//!
//! What must hold: after a step that came to nothing (the store could not be read) nothing is read for a while, whatever
//! wants it; then it is wanted again. There is one such path, for every reader and every fetch.

use std::time::{Duration, Instant};

use ahash::AHashSet;

use super::stretch::Stretch;
use super::types::Room;
use crate::domain::Seq;

/// What could not be read is asked for again after this.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Reads {
    pub head: Seq,
    /// A page for the window is under way.
    pub is_reading: bool,
    /// Reading waits for a success: a lane is full while nothing succeeds, or there is no room to set aside.
    pub stalled: bool,
    pub stretch: Stretch,
    /// What the node has for it.
    pub room: Room,
    /// Settled before a restart, and not read again yet.
    pub settled_beyond: AHashSet<Seq>,
    again_at: Option<Instant>,
}

impl Reads {
    pub(super) fn new(head: Seq, settled_beyond: Vec<Seq>) -> Reads {
        Reads {
            head,
            is_reading: false,
            stalled: false,
            stretch: Stretch::default(),
            room: Room::ALL,
            settled_beyond: settled_beyond.into_iter().collect(),
            again_at: None,
        }
    }

    /// The store could not be read.
    pub(super) fn failed(&mut self, now: Instant) {
        self.again_at = Some(now + READ_AGAIN);
    }

    /// Whether the store may be asked now.
    pub(super) fn may_ask(&self, now: Instant) -> bool {
        self.again_at.is_none_or(|at| at <= now)
    }

    /// When the store may be asked again, if not now.
    pub(super) fn again_at(&self, now: Instant) -> Option<Instant> {
        self.again_at.filter(|at| *at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_nothing_is_asked_for_a_second() {
        let now = Instant::now();
        let mut reads = Reads::new(Seq(9), Vec::new());
        assert!(reads.may_ask(now));
        reads.failed(now);
        assert!(!reads.may_ask(now));
        assert_eq!(reads.again_at(now), Some(now + READ_AGAIN));
        assert!(reads.may_ask(now + READ_AGAIN));
        assert_eq!(reads.again_at(now + READ_AGAIN), None);
    }
}
