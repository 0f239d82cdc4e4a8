//! The lanes of a webhook: each is all that is known of one, in the window and set aside.
//!
//! What must hold: a lane is here while an event of it is in the window or held, or one is under way for it that holds it
//! (`lock`), and not longer; what is asked about a lane is asked of one object. Whose turn it is among its events is for
//! [`super::Courier::go_on`] to say, which is called whenever something of a lane has changed.

use std::collections::VecDeque;
use std::time::Instant;

use ahash::AHashMap;

use super::window::Place;
use crate::domain::Seq;

/// A lane by the hash of its key: two keys that collide wait for each other, and nothing worse.
pub(super) type LaneKey = u64;
/// An index into the lanes.
pub(super) type LaneId = u32;

/// What the lane's events in the window do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// There are none.
    Idle,
    /// In the queue of lanes whose turn may be sent.
    Ready,
    Flying,
    /// Its turn is being read again.
    Fetching,
    /// Until a moment, after a failure.
    Backoff(Instant),
    /// A held event comes first, or one that is held or replayed is under way.
    Behind,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Lane {
    pub key: Option<LaneKey>,
    /// One of its events used up the lane's wait, and none has succeeded since: the others get a try each.
    pub spent: bool,
    /// A held or replayed event of it is under way.
    pub lock: bool,
    /// Its held events that wait for each other, in order: only the first is ever tried.
    pub held: VecDeque<Seq>,
    /// How many held ones go on alone.
    pub alone: u32,
    pub phase: Phase,
    /// When the first of the failures began in the window that no success has ended.
    pub failing_since: Option<Instant>,
    /// Its first event in the window, the one to send next, and the last; of no meaning when there are none.
    pub head: Place,
    pub turn: Place,
    pub tail: Place,
    pub len: u32,
    /// Of its events in the window's memory.
    pub bytes: usize,
    /// Its turn was read again, and has not been tried since.
    pub fetched: bool,
    /// The number that the next request had when this lane last failed in the window.
    pub mark: Option<u64>,
}

impl Lane {
    fn new(key: Option<LaneKey>) -> Lane {
        Lane {
            key,
            spent: false,
            lock: false,
            held: VecDeque::new(),
            alone: 0,
            phase: Phase::Idle,
            failing_since: None,
            head: 0,
            turn: 0,
            tail: 0,
            len: 0,
            bytes: 0,
            fetched: false,
            mark: None,
        }
    }

    /// Its first event in the window.
    pub(super) fn begin(&mut self, place: Place) {
        (self.head, self.turn, self.tail, self.len) = (place, place, place, 1);
    }

    /// Whether a new event must be held: one is that comes before it.
    pub(super) fn blocks(&self, seq: Seq) -> bool {
        self.held.front().is_some_and(|first| *first < seq)
    }

    /// Whether an event of it is under way that others wait for.
    pub(super) fn is_under_way(&self) -> bool {
        self.lock || self.phase == Phase::Flying
    }

    fn is_empty(&self) -> bool {
        self.len == 0 && self.held.is_empty() && self.alone == 0 && !self.lock
    }
}

/// All lanes of a window, and of what was set aside beside it.
#[derive(Default)]
pub(super) struct Lanes {
    all: Vec<Lane>,
    free: Vec<LaneId>,
    by_key: AHashMap<LaneKey, LaneId>,
}

impl Lanes {
    pub(super) fn get(&self, id: LaneId) -> &Lane {
        &self.all[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: LaneId) -> &mut Lane {
        &mut self.all[id as usize]
    }

    pub(super) fn by_key(&self, key: LaneKey) -> Option<LaneId> {
        self.by_key.get(&key).copied()
    }

    pub(super) fn of(&self, key: Option<LaneKey>) -> Option<&Lane> {
        self.by_key(key?).map(|id| self.get(id))
    }

    pub(super) fn of_mut(&mut self, key: Option<LaneKey>) -> Option<&mut Lane> {
        self.by_key(key?).map(|id| self.get_mut(id))
    }

    /// The lane of this key, a new one if there is none. An event without a key has one of its own.
    pub(super) fn enter(&mut self, key: Option<LaneKey>) -> LaneId {
        if let Some(id) = key.and_then(|key| self.by_key(key)) {
            return id;
        }
        let lane = Lane::new(key);
        let id = if let Some(id) = self.free.pop() {
            self.all[id as usize] = lane;
            id
        } else {
            self.all.push(lane);
            LaneId::try_from(self.all.len() - 1).expect("no more lanes than places and held events")
        };
        if let Some(key) = key {
            self.by_key.insert(key, id);
        }
        id
    }

    /// Ends a lane that nothing is left of; false when something is.
    pub(super) fn leave(&mut self, id: LaneId) -> bool {
        let lane = self.get_mut(id);
        if !lane.is_empty() {
            return false;
        }
        if let Some(key) = lane.key.take() {
            self.by_key.remove(&key);
        }
        self.free.push(id);
        true
    }

    /// Keys of all lanes that have one.
    pub(super) fn keys(&self) -> Vec<LaneKey> {
        let mut keys: Vec<LaneKey> = self.by_key.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    pub(super) fn clear(&mut self) {
        *self = Lanes::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_there_while_anything_of_it_is() {
        let mut lanes = Lanes::default();
        let id = lanes.enter(Some(7));
        assert_eq!(lanes.enter(Some(7)), id);
        lanes.get_mut(id).lock = true;
        assert!(!lanes.leave(id));
        let lane = lanes.get_mut(id);
        (lane.lock, lane.alone) = (false, 1);
        assert!(!lanes.leave(id));
        let lane = lanes.get_mut(id);
        lane.alone = 0;
        lane.held.push_back(Seq(3));
        assert!(!lanes.leave(id) && lanes.get(id).blocks(Seq(4)) && !lanes.get(id).blocks(Seq(2)));
        lanes.get_mut(id).held.clear();
        assert!(lanes.leave(id));
        assert_eq!(lanes.by_key(7), None);
        assert_eq!(lanes.enter(Some(8)), id, "its place is used again");
    }

    #[test]
    fn each_event_without_a_key_has_a_lane_of_its_own() {
        let mut lanes = Lanes::default();
        assert_ne!(lanes.enter(None), lanes.enter(None));
        assert!(lanes.keys().is_empty());
    }
}
