//! What is read next, and how each event is taken in: this is where it is decided, once, whether it is wanted.

use std::sync::Arc;
use std::time::Instant;

use super::held::Entry;
use super::{Action, Bounds, Courier, Now, Reader};
use crate::domain::{Event, HeldReason, HeldState};
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
        if room && !self.reading && !self.stalled && self.paused.is_none() && from <= self.head {
            self.reading = true;
            return Some(Action::Read { reader: Reader::Live, from, items, bytes: bytes.max(1) });
        }
        if self.paused.is_some() {
            return None;
        }
        self.replays.iter_mut().find(|replay| !replay.job.paused).and_then(|replay| {
            let (from, items, bytes) = replay.wants(now)?;
            replay.reading = true;
            Some(Action::Read { reader: Reader::Replay(replay.job.id), from, items, bytes })
        })
    }

    /// The bounds of the window as they are now. Its bytes do not grow: what fails is let go of.
    fn stretched(&mut self, now: Instant) -> Bounds {
        let bounds = Bounds {
            window_items: self.stretch.of(self.bounds.window_items),
            lane_items: self.stretch.of(self.bounds.lane_items),
            ..self.bounds
        };
        let full = self.stalled || !self.has_room(&bounds);
        if full && self.window.has_failing() && self.paused.is_none() && self.stretch.is_full(now) {
            self.stalled = false;
        }
        bounds
    }

    /// Whether reading is worth while: there is room for a ninth of the window, so that a full one is not topped up one
    /// event at a time.
    fn has_room(&self, bounds: &Bounds) -> bool {
        let items = bounds.window_items.saturating_sub(self.window.unsettled());
        let bytes = bounds.window_bytes.saturating_sub(self.window.bytes());
        items > self.bounds.window_items / 9 && bytes > self.bounds.window_bytes / 9
    }

    /// Takes in what was read.
    pub fn page(&mut self, reader: Reader, page: Page, now: Now) {
        match reader {
            Reader::Live => {
                self.reading = false;
                let all = page.events.into_iter().all(|event| self.admit(event, now));
                if all {
                    self.window.read_up_to(page.next);
                } else {
                    self.stalled = true;
                }
                // Also when reading waits: what it waits for may be held behind what was read just now.
                self.rouse_passed();
            }
            Reader::Review => self.review(page, now),
            Reader::Replay(id) => self.admit_replayed(id, page),
        }
    }

    /// The read failed; it will be asked for again.
    pub fn read_failed(&mut self, reader: Reader) {
        match reader {
            Reader::Live => self.reading = false,
            Reader::Review => self.review_failed(),
            Reader::Replay(id) => self.with_replay(id, |replay| replay.reading = false),
        }
    }

    /// Decides about an event, once. False when it cannot be taken in now.
    fn admit(&mut self, event: Arc<Event>, now: Now) -> bool {
        let seq = event.seq;
        if seq < self.window.next() {
            return true;
        }
        let known = (!self.settled_beyond.is_empty() && self.settled_beyond.remove(&seq))
            || self.held.contains(seq)
            || self.held.was_dead(seq);
        if known {
            self.window.read_up_to(seq.next());
            return true;
        }
        let revision = self.revisions.at(seq);
        if revision.wants(&event).is_err() {
            self.counters.not_wanted += 1;
            self.window.read_up_to(seq.next());
            return true;
        }
        let revision = revision.clone();
        let key = self.lane_key(&event);
        if let Some(key) = key {
            let full = self.window.lane_len(key) >= self.stretched(now.at).lane_items;
            if full && !self.breaker.is_quiet() {
                return false;
            }
            let behind = self.held.blocks(key, seq);
            if full || behind {
                // A lane that is merely long makes reading wait when but a quarter of the held set is left, which is kept
                // for events that fail. What waits behind one of these costs the events with most tries their place.
                // Without memory for more, reading waits for either, the latter only while nothing succeeds.
                let memory = self.may_set_aside || (behind && !self.window.has_failing());
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
                (entry.key, entry.weight, entry.payload) = (Some(key), event.weight(), event.payload.len());
                self.results.put(entry.row(self.webhook, seq));
                self.held.insert(seq, entry, now.at);
                self.window.read_up_to(seq.next());
                // What it would have waited for may have been crowded out just now.
                self.next_in_lane(Some(key));
                return true;
            }
        }
        self.window.push(event, key, revision, self.breaker.is_open());
        true
    }
}
