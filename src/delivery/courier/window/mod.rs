//! The stretch of the journal a courier has in hand, and the lanes through it.
//!
//! What must hold: events of one lane are taken one at a time, in journal order; the cursor is right before the first
//! event that is not settled; nothing here is ever looked for by scanning the window, save when something failed; what
//! failed holds its place, and not the memory: how far the window reaches does not depend on how large its events are.
//!
//! How it works: wanted events stand in `slots` in journal order, each at a `Place` that never changes; a lane is a
//! linked list through them, so that an event costs one queue entry and one hash look-up. An event without a lane gets
//! a lane of its own. What is held of a lane is known here too ([`super::lanes`]). A lane's `turn` is the event to send next: its first one, until that one has used up the lane's
//! wait and its followers get their try (`spent`). When memory is short the events of lanes that fail are let go, and
//! read again when their turn comes ([`memory`]).

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use ahash::AHashMap;

mod failing;
mod memory;
mod slot;

pub(super) use slot::{Content, Left, Place, Slot};

use super::lanes::{Lane, LaneId, LaneKey, Lanes, Phase};
use crate::delivery::subscription::Subscription;
use crate::domain::{Event, Seq};
use slot::NOWHERE;

/// See the module.
pub(super) struct Window {
    slots: VecDeque<Slot>,
    /// The place of `slots[0]`.
    first: Place,
    /// Those of what was set aside, too.
    pub lanes: Lanes,
    ready: VecDeque<LaneId>,
    timers: BTreeSet<(Instant, LaneId)>,
    failing: BTreeSet<(u64, LaneId)>,
    unsettled: usize,
    /// Of the events in memory, and of those of them that are in lanes that fail.
    bytes: usize,
    failing_bytes: usize,
    /// Events that are being read again, with their bytes.
    fetching: AHashMap<Seq, usize>,
    /// The first seq not read yet.
    next: Seq,
}

impl Window {
    pub(super) fn starting_after(cursor: Seq) -> Window {
        Window {
            slots: VecDeque::new(),
            first: 0,
            lanes: Lanes::default(),
            ready: VecDeque::new(),
            timers: BTreeSet::new(),
            failing: BTreeSet::new(),
            unsettled: 0,
            bytes: 0,
            failing_bytes: 0,
            fetching: AHashMap::new(),
            next: cursor.next(),
        }
    }

    /// Everything up to and with this one is settled.
    pub(super) fn cursor(&self) -> Seq {
        Seq(self.slots.front().map_or(self.next, |slot| slot.seq).0 - 1)
    }

    pub(super) fn next(&self) -> Seq {
        self.next
    }

    pub(super) fn read_up_to(&mut self, next: Seq) {
        self.next = self.next.max(next);
    }

    pub(super) fn unsettled(&self) -> usize {
        self.unsettled
    }

    pub(super) fn places(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn slot(&self, place: Place) -> &Slot {
        &self.slots[index(place - self.first)]
    }

    pub(super) fn slot_mut(&mut self, place: Place) -> &mut Slot {
        &mut self.slots[index(place - self.first)]
    }

    pub(super) fn lane_of(&self, place: Place) -> LaneId {
        self.slot(place).lane
    }

    pub(super) fn lane(&self, id: LaneId) -> &Lane {
        self.lanes.get(id)
    }

    pub(super) fn lane_mut(&mut self, id: LaneId) -> &mut Lane {
        self.lanes.get_mut(id)
    }

    /// A number that names the lane among all lanes, keyless ones included.
    pub(super) fn lane_name(&self, id: LaneId) -> u64 {
        let lane = self.lane(id);
        lane.key.unwrap_or(lane.head)
    }

    /// Takes an event in, behind all others. `fresh_first` puts a new lane before the others (while probing).
    pub(super) fn push(
        &mut self,
        event: Arc<Event>,
        key: Option<LaneKey>,
        revision: Arc<Subscription>,
        fresh_first: bool,
    ) {
        let place = self.first + self.slots.len() as u64;
        let (seq, weight, payload) = (event.seq, event.weight(), event.payload.len());
        self.unsettled += 1;
        self.next = seq.next();
        let lane = self.join(place, key, fresh_first);
        self.weigh(lane, weight);
        self.slots.push_back(Slot {
            lane_name: event.lane.clone(),
            content: Content::Here(event),
            seq,
            weight,
            payload,
            revision,
            tries: 0,
            charged: 0,
            failed: false,
            refused: false,
            given_back: false,
            too_fast: 0,
            refused_since: None,
            last: None,
            lane,
            next: NOWHERE,
        });
    }

    fn join(&mut self, place: Place, key: Option<LaneKey>, fresh_first: bool) -> LaneId {
        let id = self.lanes.enter(key);
        let lane = self.lanes.get_mut(id);
        if lane.len > 0 {
            let tail = std::mem::replace(&mut lane.tail, place);
            lane.len += 1;
            self.slot_mut(tail).next = place;
            return id;
        }
        lane.begin(place);
        lane.phase = Phase::Ready;
        if fresh_first {
            self.ready.push_front(id);
        } else {
            self.ready.push_back(id);
        }
        id
    }

    /// The next lane whose turn may be sent and that is not `busy`; it is taken out of the queue. One that is behind a held
    /// event leaves the queue until [`Window::go_on`].
    pub(super) fn take_ready(&mut self, busy: impl Fn(LaneKey) -> bool) -> Option<LaneId> {
        for _ in 0..self.ready.len() {
            let id = self.ready.pop_front()?;
            if self.is_behind(id) {
                self.lane_mut(id).phase = Phase::Behind;
                continue;
            }
            match self.lane(id).key {
                Some(key) if busy(key) => self.ready.push_back(id),
                _ => return Some(id),
            }
        }
        None
    }

    /// Puts a lane taken by [`Window::take_ready`] back, behind the others.
    pub(super) fn put_back(&mut self, id: LaneId) {
        self.ready.push_back(id);
    }

    /// Whether something held comes before the lane's turn here.
    fn is_behind(&self, id: LaneId) -> bool {
        let lane = self.lane(id);
        lane.lock || lane.held.front().is_some_and(|first| *first < self.slot(lane.turn).seq)
    }

    /// Something of a lane has changed: it goes on here if nothing held comes first any more. The held event whose turn it is:
    /// none before everything up to it is read, nor while one before it is here, save when those were all tried and used up
    /// the lane's wait.
    pub(super) fn go_on(&mut self, id: LaneId) -> Option<Seq> {
        if self.lane(id).phase == Phase::Behind && !self.is_behind(id) {
            self.resume(id, None, false);
        }
        self.held_turn(id)
    }

    /// See [`Window::go_on`].
    pub(super) fn held_turn(&self, id: LaneId) -> Option<Seq> {
        let lane = self.lane(id);
        let first = lane.held.front().copied().filter(|first| *first < self.next)?;
        let mut place = if lane.len > 0 { lane.head } else { NOWHERE };
        while place != NOWHERE && self.slot(place).seq < first {
            if !lane.spent || !self.slot(place).failed {
                return None;
            }
            place = self.following(place).unwrap_or(NOWHERE);
        }
        Some(first)
    }

    /// How many lanes are ready.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Marks a lane taken by [`Window::take_ready`] as under way; the place of the event to send.
    pub(super) fn start(&mut self, id: LaneId) -> Place {
        let lane = self.lane_mut(id);
        debug_assert_eq!(lane.phase, Phase::Ready);
        lane.phase = Phase::Flying;
        lane.fetched = false;
        lane.turn
    }

    /// Gives the turn to the lane's next event. False when there was none and the turn is its first one's again.
    pub(super) fn pass_turn(&mut self, id: LaneId) -> bool {
        let next = self.following(self.lane(id).turn);
        let lane = self.lane_mut(id);
        lane.turn = next.unwrap_or(lane.head);
        next.is_some()
    }

    fn following(&self, place: Place) -> Option<Place> {
        let mut next = self.slot(place).next;
        while next != NOWHERE && self.slot(next).is_settled() {
            next = self.slot(next).next;
        }
        (next != NOWHERE).then_some(next)
    }

    /// Every unsettled event of a lane, in order.
    pub(super) fn places_of(&self, id: LaneId) -> Vec<Place> {
        let mut places = vec![self.lane(id).head];
        while let Some(next) = places.last().and_then(|place| self.following(*place)) {
            places.push(next);
        }
        places
    }

    pub(super) fn head_of(&self, id: LaneId) -> Place {
        self.lane(id).head
    }

    pub(super) fn turn_of(&self, id: LaneId) -> Place {
        self.lane(id).turn
    }

    /// Settles one event, wherever it stands in its lane. The lane's phase is the caller's to change, unless it ends.
    pub(super) fn settle(&mut self, place: Place) -> Left {
        let slot = self.slot_mut(place);
        debug_assert!(!slot.is_settled(), "an event is settled once");
        let (id, weight) = (slot.lane, slot.weight);
        if let Content::Here(_) = std::mem::replace(&mut slot.content, Content::Settled) {
            self.lighten(id, weight);
        }
        self.unsettled -= 1;
        let following = self.following(place);
        let lane = self.lane_mut(id);
        lane.len -= 1;
        let left = if lane.len == 0 {
            self.end(id)
        } else {
            if lane.head == place {
                lane.head = following.expect("a lane with events has one after its first");
            }
            if lane.turn == place {
                lane.turn = following.unwrap_or(lane.head);
                lane.fetched = false;
            }
            if lane.tail == place {
                self.mend_tail(id);
            }
            Left::Lane
        };
        while self.slots.front().is_some_and(Slot::is_settled) {
            self.slots.pop_front();
            self.first += 1;
        }
        left
    }

    /// The last event of a lane was settled before others of it: a new one must not be linked behind it, since its
    /// place may be gone.
    fn mend_tail(&mut self, id: LaneId) {
        let last = *self.places_of(id).last().expect("a lane has events");
        self.slot_mut(last).next = NOWHERE;
        self.lane_mut(id).tail = last;
    }

    fn end(&mut self, id: LaneId) -> Left {
        self.stop_waiting(id);
        self.unmark(id);
        if self.lane(id).phase == Phase::Ready {
            self.ready.retain(|ready| *ready != id);
        }
        let lane = self.lane_mut(id);
        (lane.phase, lane.fetched, lane.failing_since) = (Phase::Idle, false, None);
        let key = lane.key;
        match key {
            Some(key) if !self.lanes.leave(id) => Left::Held(key),
            Some(_) => Left::Nothing,
            None => {
                self.lanes.leave(id);
                Left::Nothing
            }
        }
    }

    /// Not settled yet: here, or not read.
    pub(super) fn is_pending(&self, seq: Seq) -> bool {
        seq >= self.next
            || self
                .slots
                .binary_search_by_key(&seq, |slot| slot.seq)
                .is_ok_and(|at| !self.slots[at].is_settled())
    }

    /// Every unsettled event, in journal order.
    pub(super) fn unsettled_places(&self) -> Vec<Place> {
        let places = self.first..;
        places.zip(&self.slots).filter(|(_, slot)| !slot.is_settled()).map(|(place, _)| place).collect()
    }

    /// Sorts what is unsettled into lanes anew, which then have nothing held. Nothing may be under way.
    pub(super) fn sort_again(&mut self, key_of: impl Fn(&str) -> Option<LaneKey>) {
        self.lanes.clear();
        self.ready.clear();
        self.timers.clear();
        self.failing.clear();
        (self.bytes, self.failing_bytes) = (0, 0);
        for place in self.unsettled_places() {
            let slot = self.slot_mut(place);
            slot.next = NOWHERE;
            slot.failed = false;
            let key = slot.lane_name.as_deref().and_then(&key_of);
            let in_memory = slot.event().map_or(0, |event| event.weight());
            let lane = self.join(place, key, false);
            self.weigh(lane, in_memory);
            self.slot_mut(place).lane = lane;
        }
    }
}

fn index(distance: u64) -> usize {
    usize::try_from(distance).expect("a place in the window")
}
