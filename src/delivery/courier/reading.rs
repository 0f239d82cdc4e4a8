//! What is read next, and how each event is taken in: this is where it is decided, once, whether it is wanted.

use std::sync::Arc;
use std::time::Instant;

use super::held::Entry;
use super::{Action, Bounds, Courier, Now, Reader};
use crate::domain::{Event, HeldReason, HeldState, Seq};
use crate::journal::Page;

impl Courier {
    /// What to read next, if there is room.
    pub(super) fn wanted_read(&mut self, now: Instant) -> Option<Action> {
        if let Some(review) = self.wanted_review() {
            return Some(review);
        }
        let bounds = self.stretched(now);
        let items = bounds.window_items.saturating_sub(self.window.unsettled());
        self.spare_memory();
        let bytes = bounds.window_bytes.saturating_sub(self.window.bytes());
        let room = self.has_room(&bounds) && self.window.places() < bounds.window_places;
        let from = self.window.next();
        if room
            && !self.reads.is_reading
            && !self.reads.stalled
            && !self.halt.is_paused()
            && from <= self.reads.head
        {
            self.reads.is_reading = true;
            return Some(Action::Read { reader: Reader::Live, from, items, bytes: bytes.max(1) });
        }
        if self.halt.is_paused() {
            return None;
        }
        let replay = self.replays.running()?;
        let (from, items, bytes) = replay.wants(now)?;
        replay.reading = true;
        Some(Action::Read { reader: Reader::Replay(replay.job.id), from, items, bytes })
    }

    /// The bounds of the window as they are now. Its bytes do not grow: what fails is let go of.
    fn stretched(&mut self, now: Instant) -> Bounds {
        let bounds = Bounds {
            window_items: self.reads.stretch.of(self.bounds.window_items),
            window_bytes: self.window_bytes(),
            lane_items: self.reads.stretch.of(self.bounds.lane_items),
            ..self.bounds
        };
        let full = self.reads.stalled || !self.has_room(&bounds);
        if full && self.window.has_failing() && !self.halt.is_paused() && self.reads.stretch.is_full(now) {
            self.reads.stalled = false;
        }
        bounds
    }

    /// Whether reading is worth while: there is room for a ninth of the window, so that a full one is not topped up one
    /// event at a time.
    fn has_room(&self, bounds: &Bounds) -> bool {
        let items = bounds.window_items.saturating_sub(self.window.unsettled());
        let bytes = bounds.window_bytes.saturating_sub(self.window.bytes());
        items > self.bounds.window_items / 9 && bytes > bounds.window_bytes / 9
    }

    /// Takes in what was read.
    pub fn page(&mut self, reader: Reader, page: Page, now: Now) {
        match reader {
            Reader::Live => {
                self.reads.is_reading = false;
                let from = self.window.next();
                let all = page.events.into_iter().all(|event| self.admit(event, now));
                if all {
                    self.window.read_up_to(page.next);
                } else {
                    self.reads.stalled = true;
                }
                // Also when reading waits: what it waits for may be held behind what was read just now.
                for key in self.held.queues_between(from, self.window.next()) {
                    self.go_on(Some(key));
                }
            }
            Reader::Review => self.review(page, now),
            Reader::Replay(id) => self.admit_replayed(id, page),
        }
    }

    /// Everything before `next` is read. What waits for that may be held behind it (known from before a restart).
    pub(super) fn read_up_to(&mut self, next: Seq) {
        let from = self.window.next();
        self.window.read_up_to(next);
        for key in self.held.queues_between(from, next) {
            self.go_on(Some(key));
        }
    }

    /// Decides about an event, once. False when it cannot be taken in now.
    fn admit(&mut self, event: Arc<Event>, now: Now) -> bool {
        let seq = event.seq;
        if seq < self.window.next() {
            return true;
        }
        let known = (!self.reads.settled_beyond.is_empty() && self.reads.settled_beyond.remove(&seq))
            || self.held.contains(seq)
            || self.held.was_dead(seq);
        if known {
            self.window.read_up_to(seq.next());
            return true;
        }
        let revision = self.wanted.revisions.at(seq);
        if revision.wants(&event).is_err() {
            self.results.counters.not_wanted += 1;
            self.window.read_up_to(seq.next());
            return true;
        }
        let revision = revision.clone();
        let key = self.keys.of(&event);
        if let Some(lane) = self.window.lanes.of(key) {
            let (len, behind) = (lane.len as usize, lane.blocks(seq));
            let full = len >= self.bounds.lane_items && len >= self.stretched(now.at).lane_items;
            if full && !self.endpoint.breaker.is_quiet() {
                return false;
            }
            if full || behind {
                // A lane that is merely long makes reading wait when but a quarter of the held set is left, which is kept
                // for events that fail. What waits behind one of these costs the events with most tries their place.
                // Without memory for more, reading waits for either, the latter only while nothing succeeds.
                let memory = self.reads.room.aside || (behind && !self.window.has_failing());
                let room = memory
                    && if behind {
                        self.make_room(1, self.bounds.held_rows, now)
                    } else {
                        self.held.len() < self.bounds.held_rows / 4 * 3
                    };
                if !room {
                    return false;
                }
                let mut entry =
                    Entry::new(HeldState::Waiting, HeldReason::LaneBusy, event.lane.clone(), now.wall);
                (entry.key, entry.weight, entry.payload) = (key, event.weight(), event.payload.len());
                self.results.put(seq, &entry);
                self.held.insert(&mut self.window.lanes, seq, entry, now.at);
                self.window.read_up_to(seq.next());
                // What it would have waited for may have been crowded out just now.
                self.go_on(key);
                return true;
            }
        }
        self.window.push(event, key, revision, self.endpoint.breaker.is_open());
        true
    }
}
