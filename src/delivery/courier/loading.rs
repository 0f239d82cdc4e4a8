//! Events that are not in memory when their turn comes, and are read again.
//!
//! What must hold: whether and when an event is tried does not depend on its size; what is read again for the window is
//! within its bytes, and one event beyond; an event that is gone from the journal is written down as expired.

use std::sync::Arc;
use std::time::Instant;

use super::held::Entry;
use super::lanes::LaneId;
use super::window::{Content, Left, Place};
use super::{Action, Courier, Input, Now, Reader, Unread};
use crate::domain::{Event, HeldReason, HeldState, Seq};

impl Courier {
    /// The bytes that the window may have in memory: what is left beside the others that the courier holds.
    pub(super) fn window_bytes(&self) -> usize {
        let others = self.held.bytes() + self.replays.bytes();
        self.bounds.window_bytes.min(self.reads.room.bytes.saturating_sub(others)).max(1)
    }

    /// Lets go of what fails while memory is short, so that reading goes on.
    pub(super) fn spare_memory(&mut self) {
        let bound = self.window_bytes();
        if self.window.bytes() >= bound - bound / 9 {
            self.window.let_go(bound / 2);
        }
    }

    /// The same for a lane that waits and does not fail.
    pub(super) fn spare_memory_of(&mut self, lane: LaneId) {
        let bound = self.window_bytes();
        if self.window.bytes() >= bound - bound / 9 {
            self.window.let_go_of(lane, bound / 2);
        }
    }

    /// Has a lane wait until its turn is read again; `None` when there is no room for that now.
    pub(super) fn fetch_turn(&mut self, lane: LaneId, forced: bool, now: Instant) -> Option<Action> {
        if !self.reads.may_ask(now) {
            return None;
        }
        let bound = self.window_bytes();
        self.spare_memory();
        let limit = self.endpoint.limit(&self.settings);
        let limit = if self.endpoint.breaker.is_open() { 1 } else { limit };
        if self.underway.fetches >= limit || (self.window.bytes() >= bound && !forced) {
            return None;
        }
        self.underway.fetches += 1;
        let seqs = self.window.fetch(lane, bound / 4);
        Some(Action::Load { input: Input::Window, seqs, bytes: usize::MAX })
    }

    /// What of the held events is to be fetched now.
    pub(super) fn wanted_held(&mut self) -> Option<Action> {
        if self.halt.is_paused() || !self.held.has_due() {
            return None;
        }
        let bytes = self.bounds.loaded_bytes.min(self.reads.room.bytes / 2).max(1);
        let (seqs, bytes) = self.held.take_due(self.bounds.loaded_items, bytes);
        (!seqs.is_empty()).then_some(Action::Load { input: Input::Held, seqs, bytes })
    }

    /// Events that were asked for; those of `seqs` that are missing are gone from the journal, and the `rest` was not looked
    /// for.
    pub fn loaded(&mut self, input: Input, seqs: &[Seq], events: Vec<Arc<Event>>, rest: &[Seq], now: Now) {
        match input {
            Input::Window => self.window_loaded(seqs, events, now),
            Input::Held => self.held_loaded(seqs, events, now),
            Input::Replay(id) => self.replays.with(id, |replay| replay.loaded(seqs, events)),
        }
        if !rest.is_empty() {
            self.not_loaded(input, rest);
        }
    }

    /// A step came to nothing, since the store could not be read: it is asked for again, after a while.
    pub fn unread(&mut self, step: Unread, now: Now) {
        self.reads.failed(now.at);
        match step {
            Unread::Page(Reader::Live) => self.reads.is_reading = false,
            Unread::Page(Reader::Review) => self.wanted.not_reviewed(),
            Unread::Page(Reader::Replay(id)) => self.replays.with(id, |replay| replay.reading = false),
            Unread::Single(input, seqs) => {
                if input == Input::Window {
                    self.underway.fetch_ended();
                }
                self.not_loaded(input, &seqs);
            }
        }
    }

    fn not_loaded(&mut self, input: Input, seqs: &[Seq]) {
        match input {
            Input::Window => self.window.not_fetched(seqs),
            Input::Held => self.held.not_loaded(seqs),
            Input::Replay(id) => self.replays.with(id, |replay| replay.window.not_fetched(seqs)),
        }
    }

    fn window_loaded(&mut self, seqs: &[Seq], events: Vec<Arc<Event>>, now: Now) {
        self.underway.fetch_ended();
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
        let left = self.window.settle(place);
        self.after_loss(lane, left);
    }

    /// An event of the lane was settled that was not under way.
    pub(super) fn after_loss(&mut self, lane: LaneId, left: Left) {
        match left {
            Left::Lane => {
                // What it waited for may be what is gone.
                self.window.end_fetching(lane);
                self.go_on(self.window.lane(lane).key);
            }
            Left::Held(key) => self.go_on(Some(key)),
            Left::Nothing => {}
        }
    }

    fn held_loaded(&mut self, seqs: &[Seq], events: Vec<Arc<Event>>, now: Now) {
        for event in events {
            self.held.loaded(event);
        }
        self.decide_held_again();
        for seq in seqs {
            if self.held.is_loading(*seq)
                && let Some(entry) = self.held.remove(&mut self.window.lanes, *seq)
            {
                let key = entry.key;
                self.bury(*seq, entry, HeldReason::Expired, now);
                self.go_on(key);
            }
        }
    }
}
