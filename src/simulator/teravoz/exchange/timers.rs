//! What is due when, in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::Timestamp;

/// What comes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The next call of the automatic mode.
    Arrival,
    /// Something in a call; `turn` is the call's when it was planned.
    Call { number: u64, turn: u32, step: Step },
    /// An agent logs in, takes a break, comes back or goes.
    Agent(usize),
    /// A number is to be dialled, or its dialling ends.
    Dial(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// It asks for a decision.
    Stand,
    /// Nobody decided in time.
    Route,
    /// An agent's phone may ring.
    Seek,
    /// The agent picks up, or has let it ring for so many seconds.
    Answer {
        rang: Option<u32>,
    },
    Talk,
    Leave,
    /// The caller answers a question after the talk.
    Rate,
    Finish,
    Record,
    /// It waits too long in this queue.
    Overflow,
    /// The caller hangs up.
    GiveUp,
}

#[derive(Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Timestamp, u64, Due)>>,
    /// Of those that are due at once, the one that was planned first comes first.
    planned: u64,
}

impl Timers {
    pub(super) fn plan(&mut self, at: Timestamp, due: Due) {
        self.planned += 1;
        self.heap.push(Reverse((at, self.planned, due)));
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        self.next_at().filter(|at| *at <= now)?;
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }
}
