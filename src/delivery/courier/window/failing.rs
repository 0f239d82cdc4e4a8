//! Lanes that failed: which wait until when, which have not succeeded since, and how they are let go on.

use std::time::Instant;

use super::{LaneId, Phase, Place, Window};

impl Window {
    /// Lets a lane go on: at once, or at `until`.
    pub(in crate::delivery::courier) fn resume(&mut self, id: LaneId, until: Option<Instant>, first: bool) {
        self.stop_waiting(id);
        match until {
            Some(until) => {
                self.lane_mut(id).phase = Phase::Backoff(until);
                self.timers.insert((until, id));
            }
            None if self.lane(id).phase == Phase::Ready => {}
            None => {
                self.lane_mut(id).phase = Phase::Ready;
                if first { self.ready.push_front(id) } else { self.ready.push_back(id) }
            }
        }
    }

    pub(super) fn stop_waiting(&mut self, id: LaneId) {
        if let Phase::Backoff(until) = self.lane(id).phase {
            self.timers.remove(&(until, id));
        }
    }

    /// Moves lanes whose pause is over to the ready ones.
    pub(in crate::delivery::courier) fn wake(&mut self, now: Instant) {
        while let Some((_, id)) = self.timers.first().copied().filter(|(until, _)| *until <= now) {
            self.resume(id, None, false);
        }
    }

    /// Ends the pause of every lane that waits after a failure.
    pub(in crate::delivery::courier) fn end_pauses(&mut self) {
        for id in self.backing_off() {
            self.resume(id, None, false);
        }
    }

    pub(in crate::delivery::courier) fn wake_at(&self) -> Option<Instant> {
        self.timers.first().map(|(until, _)| *until)
    }

    /// Lanes that wait after a failure, in journal order.
    pub(in crate::delivery::courier) fn backing_off(&self) -> Vec<LaneId> {
        let mut lanes: Vec<LaneId> = self.timers.iter().map(|(_, id)| *id).collect();
        lanes.sort_unstable_by_key(|id| self.lane(*id).head);
        lanes
    }

    /// Remembers that the lane fails since the request before number `mark`.
    pub(in crate::delivery::courier) fn mark_failing(&mut self, id: LaneId, mark: u64, now: Instant) {
        self.unmark(id);
        let lane = self.lane_mut(id);
        lane.mark = Some(mark);
        lane.failing_since.get_or_insert(now);
        self.failing_bytes += lane.bytes;
        self.failing.insert((mark, id));
    }

    pub(super) fn unmark(&mut self, id: LaneId) {
        let lane = self.lane_mut(id);
        let bytes = lane.bytes;
        if let Some(mark) = lane.mark.take() {
            self.failing_bytes -= bytes;
            self.failing.remove(&(mark, id));
        }
    }

    pub(in crate::delivery::courier) fn has_failing(&self) -> bool {
        !self.failing.is_empty()
    }

    /// Lanes that failed before request `number` was started and are not being tried just now, in journal order.
    pub(in crate::delivery::courier) fn failing_before(&self, number: u64) -> Vec<LaneId> {
        let mut lanes: Vec<LaneId> = self
            .failing
            .range(..=(number, LaneId::MAX))
            .map(|(_, id)| *id)
            .filter(|id| self.lane(*id).phase != Phase::Flying)
            .collect();
        lanes.sort_unstable_by_key(|id| self.lane(*id).head);
        lanes
    }

    /// The event that failed and the cursor stands before, or else the one that waits longest for its next try.
    pub(in crate::delivery::courier) fn troubled(&self) -> Option<Place> {
        let front = self.slots.front().filter(|slot| slot.failed).map(|_| self.first);
        let head = || self.failing.first().map(|(_, id)| self.lane(*id).head);
        front.or_else(head).filter(|place| self.slot(*place).failed)
    }

    /// The lane of the first event here, if that has failed and is not being tried just now.
    pub(in crate::delivery::courier) fn failed_front(&self) -> Option<LaneId> {
        let front = self.slots.front().filter(|slot| slot.failed)?;
        (self.lane(front.lane).phase != Phase::Flying).then_some(front.lane)
    }

    /// After a general failure: the lane's failed events are as if never tried, and its first one has the turn.
    pub(in crate::delivery::courier) fn give_back(&mut self, id: LaneId) {
        for place in self.places_of(id) {
            let slot = self.slot_mut(place);
            slot.given_back |= slot.failed;
            slot.failed = false;
            slot.charged = 0;
        }
        self.forgive(id);
        let lane = self.lane_mut(id);
        lane.turn = lane.head;
    }

    /// The lane no longer counts as failing.
    pub(in crate::delivery::courier) fn forgive(&mut self, id: LaneId) {
        self.unmark(id);
        let lane = self.lane_mut(id);
        lane.spent = false;
        lane.failing_since = None;
    }
}
