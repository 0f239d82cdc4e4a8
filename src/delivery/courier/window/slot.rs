//! What the window is made of: places with events.

use std::sync::Arc;

use crate::delivery::courier::Failure;
use crate::delivery::courier::lanes::{LaneId, LaneKey};
use crate::delivery::subscription::Subscription;
use crate::domain::{Event, Seq};

/// Where an event stands; counts up for ever.
pub(in crate::delivery::courier) type Place = u64;

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

/// What is left of a lane when an event of it was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::delivery::courier) enum Left {
    /// It has more in the window.
    Lane,
    /// It has only held ones, or is locked; its key.
    Held(LaneKey),
    /// It is gone.
    Nothing,
}
