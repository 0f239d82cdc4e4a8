//! Events that are not in memory when their turn comes, and are read again.
//!
//! What must hold: whether and when an event is tried does not depend on its size; what is read again for the window is
//! within its bytes, and one event beyond; an event that is gone from the journal is written down as expired.

use std::sync::Arc;

use super::held::Entry;
use super::window::{Content, LaneId, Left, Place};
use super::{Action, Courier, Input, Now};
use crate::domain::{Event, HeldReason, HeldState, Seq};

impl Courier {
    /// Lets go of what fails while memory is short, so that reading goes on.
    pub(super) fn spare_memory(&mut self) {
        let bound = self.bounds.window_bytes;
        if self.window.bytes() >= bound - bound / 9 {
            self.window.let_go(bound / 2);
        }
    }

    /// The same for a lane that waits and does not fail.
    pub(super) fn spare_memory_of(&mut self, lane: LaneId) {
        let bound = self.bounds.window_bytes;
        if self.window.bytes() >= bound - bound / 9 {
            self.window.let_go_of(lane, bound / 2);
        }
    }

    /// Has a lane wait until its turn is read again; `None` when there is no room for that now.
    pub(super) fn fetch_turn(&mut self, lane: LaneId, forced: bool) -> Option<Action> {
        let bound = self.bounds.window_bytes;
        self.spare_memory();
        let limit = usize::from(self.breaker.limit(self.settings.concurrency.u16()));
        let limit = if self.breaker.is_open() { 1 } else { limit };
        if self.fetches >= limit || (self.window.bytes() >= bound && !forced) {
            return None;
        }
        self.fetches += 1;
        let seqs = self.window.fetch(lane, bound / 4);
        Some(Action::Load { input: Input::Window, seqs, bytes: usize::MAX })
    }

    /// Events that were asked for; those of `seqs` that are missing are gone from the journal.
    pub fn loaded(&mut self, input: Input, seqs: &[Seq], events: Vec<Arc<Event>>, now: Now) {
        match input {
            Input::Window => self.window_loaded(seqs, events, now),
            Input::Held => self.held_loaded(seqs, events, now),
            Input::Replay(id) => self.with_replay(id, |replay| replay.loaded(seqs, events)),
        }
    }

    /// They could not be fetched, or were too many; they will be asked for again.
    pub fn load_failed(&mut self, input: Input, seqs: &[Seq]) {
        match input {
            Input::Window => {
                self.fetches = self.fetches.saturating_sub(1);
                self.window.not_fetched(seqs);
            }
            Input::Held => self.held.load_failed(seqs),
            Input::Replay(id) => self.with_replay(id, |replay| replay.window.not_fetched(seqs)),
        }
    }

    fn window_loaded(&mut self, seqs: &[Seq], events: Vec<Arc<Event>>, now: Now) {
        self.fetches = self.fetches.saturating_sub(1);
        self.window.fetch_ended(seqs);
        for event in events {
            if let Some(place) = self.window.fetched(event) {
                let lane = self.window.lane_of(place);
                self.decide_again(place);
                self.window.end_fetching(lane);
            }
        }
        for seq in seqs {
            let Some(place) = self.window.place_of(*seq) else { continue };
            let lane = self.window.lane_of(place);
            if matches!(self.window.slot(place).content, Content::LetGo) {
                self.lose(place, now);
            } else {
                self.window.end_fetching(lane);
            }
        }
    }

    /// Writes an event of the window down that is gone from the journal.
    fn lose(&mut self, place: Place, now: Now) {
        let lane = self.window.lane_of(place);
        let slot = self.window.slot(place);
        let seq = slot.seq;
        let mut entry = Entry::new(HeldState::Dead, HeldReason::Expired, slot.lane_name.clone(), now.wall);
        entry.charged = slot.charged;
        self.bury(seq, entry, HeldReason::Expired, now);
        match self.window.settle(place) {
            Left::Lane => self.window.end_fetching(lane),
            Left::Nothing(key) => self.next_in_lane(key),
        }
    }

    fn held_loaded(&mut self, seqs: &[Seq], events: Vec<Arc<Event>>, now: Now) {
        for event in events {
            self.held.loaded(event);
        }
        for seq in seqs {
            if self.held.is_loading(*seq)
                && let Some(entry) = self.held.remove(*seq)
            {
                let key = entry.key;
                self.bury(*seq, entry, HeldReason::Expired, now);
                self.next_in_lane(key);
            }
        }
    }
}
