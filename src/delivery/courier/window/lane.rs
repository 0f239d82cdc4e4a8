//! What the window is made of: places with events, and the lanes that lead through them.

use std::sync::Arc;
use std::time::Instant;

use crate::delivery::courier::Failure;
use crate::delivery::subscription::Subscription;
use crate::domain::{Event, Seq};

/// Where an event stands; counts up for ever.
pub(in crate::delivery::courier) type Place = u64;
/// A lane by the hash of its key: two keys that collide wait for each other, and nothing worse.
pub(in crate::delivery::courier) type LaneKey = u64;
/// An index into the lanes.
pub(in crate::delivery::courier) type LaneId = u32;

/// Behind the last event of a lane.
pub(super) const NOWHERE: Place = Place::MAX;

/// What is in memory of an event in the window.
#[derive(Debug, Clone)]
pub(in crate::delivery::courier) enum Content {
    Here(Arc<Event>),
    /// Let go, to be read again for its next try.
    LetGo,
    /// The event is settled; only its place is left.
    Settled,
}

/// One wanted event.
pub(in crate::delivery::courier) struct Slot {
    pub content: Content,
    pub seq: Seq,
    /// The event's lane, as it is written down when the event is set aside.
    pub lane_name: Option<Arc<str>>,
    /// The bytes that the event is counted by while it is in memory.
    pub weight: usize,
    /// Bytes of its payload.
    pub payload: usize,
    pub revision: Arc<Subscription>,
    /// Requests made.
    pub tries: u16,
    /// Those that count against its schedule.
    pub charged: u16,
    /// Its last request failed.
    pub failed: bool,
    /// That request was refused with a 4xx.
    pub refused: bool,
    /// It had its second chance after a general failure.
    pub given_back: bool,
    /// How often it was refused for the pace's sake.
    pub too_fast: u8,
    /// The number that the next request had when that happened first.
    pub refused_since: Option<u64>,
    /// What its last failure was.
    pub last: Option<Failure>,
    pub lane: LaneId,
    /// The next event of the lane, or [`NOWHERE`].
    pub next: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::delivery::courier) enum Phase {
    /// In the queue of lanes whose turn may be sent.
    Ready,
    Flying,
    /// Its turn is being read again.
    Fetching,
    /// Until a moment, after a failure.
    Backoff(Instant),
    /// Not in use.
    Free,
}

impl Slot {
    pub(in crate::delivery::courier) fn is_settled(&self) -> bool {
        matches!(self.content, Content::Settled)
    }

    /// The event, if it is in memory.
    pub(in crate::delivery::courier) fn event(&self) -> Option<&Arc<Event>> {
        match &self.content {
            Content::Here(event) => Some(event),
            Content::LetGo | Content::Settled => None,
        }
    }
}

pub(in crate::delivery::courier) struct Lane {
    pub key: Option<LaneKey>,
    pub phase: Phase,
    /// The first event here used up the lane's wait: followers get a try each.
    pub spent: bool,
    /// When the first of the failures began that no success has ended.
    pub failing_since: Option<Instant>,
    pub head: Place,
    /// The event to send next.
    pub turn: Place,
    pub tail: Place,
    pub len: u32,
    /// Of its events in memory.
    pub bytes: usize,
    /// Its turn was read again, and has not been tried since.
    pub fetched: bool,
    /// The number that the next request had when this lane last failed.
    pub mark: Option<u64>,
}

/// What is left of a lane when an event of it was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::delivery::courier) enum Left {
    /// The lane has more.
    Lane,
    /// The lane is gone; its key, if it had one.
    Nothing(Option<LaneKey>),
}
