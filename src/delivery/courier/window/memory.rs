//! What of the window is in memory.
//!
//! What must hold: an event that failed, and what waits behind it in its lane, costs no memory that others need, so that
//! reading goes on past it whatever its size; an event of a lane that does not fail is never let go (what is delivered
//! at once is read once).

use std::sync::Arc;

use super::{Content, Lane, LaneId, Phase, Place, Window};
use crate::domain::{Event, Seq};

/// Events of a lane that are read again at once: its turn, and what may follow soon.
const FETCHED_AT_ONCE: usize = 32;

impl Window {
    /// Bytes of what is in memory, and of what is on its way there.
    pub(in crate::delivery::courier) fn bytes(&self) -> usize {
        self.bytes + self.fetching.values().sum::<usize>()
    }

    pub(in crate::delivery::courier) fn is_fetching(&self) -> bool {
        !self.fetching.is_empty()
    }

    pub(super) fn weigh(&mut self, id: LaneId, weight: usize) {
        let lane = self.lane_mut(id);
        lane.bytes += weight;
        let fails = lane.mark.is_some();
        self.bytes += weight;
        self.failing_bytes += if fails { weight } else { 0 };
    }

    pub(super) fn lighten(&mut self, id: LaneId, weight: usize) {
        let lane = self.lane_mut(id);
        lane.bytes -= weight;
        let fails = lane.mark.is_some();
        self.bytes -= weight;
        self.failing_bytes -= if fails { weight } else { 0 };
    }

    /// Lets events of lanes that fail go until no more than `bytes` are in memory, or nothing is left to let go: in each
    /// lane the last first, since they are needed last. What was read again is kept until it has been tried.
    pub(in crate::delivery::courier) fn let_go(&mut self, bytes: usize) {
        if self.failing_bytes == 0 || self.bytes() <= bytes {
            return;
        }
        let lanes: Vec<LaneId> = self.failing.iter().rev().map(|(_, id)| *id).collect();
        for id in lanes {
            self.let_go_of(id, bytes);
        }
    }

    /// The same for one lane.
    pub(in crate::delivery::courier) fn let_go_of(&mut self, id: LaneId, bytes: usize) {
        let Lane { phase, bytes: in_memory, fetched, turn, .. } = *self.lane(id);
        if phase == Phase::Flying || in_memory == 0 || self.bytes() <= bytes {
            return;
        }
        for place in self.places_of(id).into_iter().rev() {
            let kept = fetched && place == turn;
            let slot = self.slot_mut(place);
            if let Content::Here(_) = slot.content
                && !kept
            {
                let weight = slot.weight;
                slot.content = Content::LetGo;
                self.lighten(id, weight);
            }
            if self.bytes() <= bytes {
                return;
            }
        }
    }

    /// The event whose turn it is in a lane, if it is in memory.
    pub(in crate::delivery::courier) fn turn_event(&self, id: LaneId) -> Option<&Arc<Event>> {
        self.slot(self.turn_of(id)).event()
    }

    /// Has a lane taken by [`Window::take_ready`] wait until its turn is read again; which events to read. They are
    /// no more than `bytes`, save for the turn itself.
    pub(in crate::delivery::courier) fn fetch(&mut self, id: LaneId, bytes: usize) -> Vec<Seq> {
        debug_assert_eq!(self.lane(id).phase, Phase::Ready);
        self.lane_mut(id).phase = Phase::Fetching;
        let (mut next, mut weight, mut seqs) = (Some(self.turn_of(id)), 0, Vec::new());
        while let Some(place) = next.filter(|_| seqs.len() < FETCHED_AT_ONCE) {
            let slot = self.slot(place);
            let (seq, own) = (slot.seq, slot.weight);
            if !matches!(slot.content, Content::LetGo) || !(seqs.is_empty() || weight + own <= bytes) {
                break;
            }
            seqs.push(seq);
            self.fetching.insert(seq, own);
            (next, weight) = (self.following(place), weight + own);
        }
        seqs
    }

    /// The fetch of these events has ended, however it did.
    pub(in crate::delivery::courier) fn fetch_ended(&mut self, seqs: &[Seq]) {
        for seq in seqs {
            self.fetching.remove(seq);
        }
    }

    /// The fetch of these events came to nothing: the lanes that waited for it take their turn again.
    pub(in crate::delivery::courier) fn not_fetched(&mut self, seqs: &[Seq]) {
        self.fetch_ended(seqs);
        for seq in seqs {
            if let Some(place) = self.place_of(*seq) {
                self.end_fetching(self.lane_of(place));
            }
        }
    }

    /// Takes in an event that was read again. Its place, unless it is settled or here already.
    pub(in crate::delivery::courier) fn fetched(&mut self, event: Arc<Event>) -> Option<Place> {
        let place = self.place_of(event.seq)?;
        let slot = self.slot_mut(place);
        if !matches!(slot.content, Content::LetGo) {
            return None;
        }
        slot.content = Content::Here(event);
        let (id, weight) = (slot.lane, slot.weight);
        self.weigh(id, weight);
        let lane = self.lane_mut(id);
        lane.fetched |= lane.turn == place;
        Some(place)
    }

    /// Lets a lane go on if it waited for what was fetched.
    pub(in crate::delivery::courier) fn end_fetching(&mut self, id: LaneId) {
        if self.lane(id).phase == Phase::Fetching {
            self.resume(id, None, true);
        }
    }

    /// Where an event stands that is not settled.
    pub(in crate::delivery::courier) fn place_of(&self, seq: Seq) -> Option<Place> {
        let at = self.slots.binary_search_by_key(&seq, |slot| slot.seq).ok()?;
        (!self.slots[at].is_settled()).then_some(self.first + at as u64)
    }
}
