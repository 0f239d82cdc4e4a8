//! The window: what is read into it, and what an answer means for an event in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::held::Entry;
use super::results::Attempted;
use super::retry::{Kind, jittered};
use super::window::{LaneId, Left, Phase, Place};
use super::{
    Action, Bounds, Courier, Errand, Flight, MAX_EIGHTHS, Now, Outcome, Page, Reader, Request, Review,
    STRETCH_AFTER, Stretch,
};
use crate::domain::{Event, HeldReason, HeldState, Revision, Seq};

impl Courier {
    /// What to read next, if there is room.
    pub(super) fn wanted_read(&mut self, now: Instant) -> Option<Action> {
        if let Some(review) = self.reviews.front_mut().filter(|review| !review.reading && !self.stalled) {
            review.reading = true;
            let (items, bytes) = (self.bounds.window_items, self.bounds.window_bytes);
            return Some(Action::Read { reader: Reader::Review, from: review.from, items, bytes });
        }
        let bounds = self.stretched(now);
        let items = bounds.window_items.saturating_sub(self.window.unsettled());
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
            let (from, items, bytes) = replay.wants()?;
            replay.reading = true;
            Some(Action::Read { reader: Reader::Replay(replay.job.id), from, items, bytes })
        })
    }

    /// The bounds of the window as they are now. One that is full while nothing in it succeeds grows step by step: the
    /// events that would succeed may all lie behind it (a receiver that cannot take one type, and many of that type).
    fn stretched(&mut self, now: Instant) -> Bounds {
        let eighths = self.stretch.eighths;
        let grown = |bound: usize| bound + bound * eighths / 8;
        let bounds = Bounds {
            window_items: grown(self.bounds.window_items),
            window_bytes: grown(self.bounds.window_bytes),
            lane_items: grown(self.bounds.lane_items),
            ..self.bounds
        };
        let full = self.stalled || !self.has_room(&bounds);
        if !full || !self.window.has_failing() || self.paused.is_some() || eighths >= MAX_EIGHTHS {
            return bounds;
        }
        let since = *self.stretch.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= STRETCH_AFTER {
            self.stretch = Stretch { eighths: eighths + 1, since: Some(now) };
            self.stalled = false;
        }
        bounds
    }

    /// Whether reading is worth while: there is room for a ninth of the window, so that a full one is not topped up one
    /// event at a time.
    fn has_room(&self, bounds: &Bounds) -> bool {
        let items = bounds.window_items.saturating_sub(self.window.unsettled());
        let bytes = bounds.window_bytes.saturating_sub(self.window.bytes());
        items > self.bounds.window_items / 9
            && (bytes > self.bounds.window_bytes / 9 || self.window.unsettled() == 0)
    }

    /// Takes in what was read.
    pub fn page(&mut self, reader: Reader, page: Page, now: Now) {
        match reader {
            Reader::Live => {
                self.reading = false;
                for event in page.events {
                    if !self.admit(event, now) {
                        self.stalled = true;
                        return;
                    }
                }
                self.window.read_up_to(page.next);
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
            Reader::Review => {
                if let Some(review) = self.reviews.front_mut() {
                    review.reading = false;
                }
            }
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
                // A lane that is merely long makes reading wait, and a quarter of the held set is kept for events that
                // fail. What waits behind one of these costs the events with most tries their place.
                let room = if behind {
                    self.make_room(1, self.bounds.held_rows, now)
                } else {
                    self.held.len() < self.bounds.held_rows / 4 * 3
                };
                if !room {
                    return false;
                }
                let mut entry = Entry::new(HeldState::Waiting, HeldReason::LaneBusy, &event, now.wall);
                entry.key = Some(key);
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

    pub(super) fn start_live(&mut self) -> Option<Request> {
        let locked = &self.locked;
        let lane = self.window.take_ready(|key| !locked.is_empty() && locked.contains(&key))?;
        let place = self.window.start(lane);
        let slot = self.window.slot_mut(place);
        slot.tries = slot.tries.saturating_add(1);
        let (n, revision) = (slot.tries, slot.revision.clone());
        let event = slot.event.clone().expect("the lane's turn is an unsettled event");
        Some(self.take_off(Errand::Window(place), event, n, revision, None))
    }

    pub(super) fn live_answered(
        &mut self,
        number: u64,
        place: Place,
        flight: &Flight,
        kind: Kind,
        outcome: Outcome,
        now: Now,
    ) {
        let lane = self.window.lane_of(place);
        let mut attempted = Attempted {
            seq: flight.event.seq,
            origin: flight.origin,
            n: flight.n,
            revision: flight.revision.number(),
            charged: true,
        };
        if kind == Kind::Delivered {
            self.results.attempt(attempted, outcome, now.at);
            self.live_delivered(number, place, lane, now);
            return;
        }
        let was_open = self.breaker.is_open();
        let name = self.window.lane_name(lane);
        let opened = self.breaker.failed(name, kind.blames_endpoint(), now.at);
        attempted.charged = !flight.probe && !was_open && !opened;
        self.results.attempt(attempted, outcome, now.at);
        let slot = self.window.slot_mut(place);
        slot.failed = true;
        slot.refused = kind == Kind::Refused;
        // While nothing later succeeds no more is charged than the lane may be kept waiting for.
        if attempted.charged && !self.schedule.fast_used_up(slot.charged) {
            slot.charged += 1;
        }
        self.window.mark_failing(lane, self.number, now.at);
        if opened {
            self.suspend_charges();
        }
        if self.breaker.is_open() {
            if flight.probe {
                let rng = &mut self.rng;
                self.breaker.probe_failed(now.at, |pause| jittered(pause, rng));
            }
            if kind == Kind::Overwhelmed && self.is_out_of_patience(lane, place, now) {
                self.window.lane_mut(lane).spent = true;
                if !self.window.pass_turn(lane) {
                    self.follower_in_lane(self.window.lane(lane).key);
                }
            }
            self.window.resume(lane, None, false);
        } else {
            self.back_off(lane, place, kind, now);
        }
        self.unblock_places(now);
    }

    /// A window whose places are used up holds almost nothing but deliveries later than its first event: proof enough
    /// that the endpoint lived after it, and no later success could come before it is out of the way.
    fn unblock_places(&mut self, now: Now) {
        while self.window.places() >= self.bounds.window_places {
            match self.window.failed_front() {
                Some(lane) => self.set_aside(lane, now),
                None => return,
            }
        }
    }

    /// The breaker opened: what failed before is not charged, and goes out as probes rather than at a time of its own.
    fn suspend_charges(&mut self) {
        for lane in self.window.backing_off() {
            for place in self.window.places_of(lane) {
                self.window.slot_mut(place).charged = 0;
            }
            self.window.resume(lane, None, false);
        }
    }

    /// Whether the event has been tried for as long, and as often, as a lane is kept waiting for one.
    fn is_out_of_patience(&self, lane: LaneId, place: Place, now: Now) -> bool {
        let since = self.window.lane(lane).failing_since;
        since.is_some_and(|since| now.at.saturating_duration_since(since) >= self.schedule.patience())
            && self.schedule.fast_used_up(self.window.slot(place).tries)
    }

    fn back_off(&mut self, lane: LaneId, place: Place, kind: Kind, now: Now) {
        let charged = self.window.slot(place).charged;
        let key = self.window.lane(lane).key;
        let spent = self.window.lane(lane).spent || self.held.is_spent(key);
        let pause = if kind != Kind::Unreached && (spent || self.schedule.fast_used_up(charged)) {
            self.window.lane_mut(lane).spent = true;
            if self.window.pass_turn(lane) {
                self.window.resume(lane, None, true);
                return;
            }
            // Its other followers may have been held for want of room in the window.
            self.follower_in_lane(key);
            self.schedule.longest_fast()
        } else {
            let pause = self.schedule.pause_after(charged.max(1));
            pause.unwrap_or(Duration::MAX).min(self.schedule.longest_fast())
        };
        let until = now.at + jittered(pause, &mut self.rng);
        self.window.resume(lane, Some(until), false);
    }

    fn live_delivered(&mut self, number: u64, place: Place, lane: LaneId, now: Now) {
        let key = self.window.lane(lane).key;
        let general = self.breaker.succeeded(self.settings.concurrency);
        self.held.lane_succeeded(key);
        match self.window.settle(place) {
            Left::Nothing(key) => self.next_in_lane(key),
            Left::Lane if self.window.head_of(lane) < place => {
                // Those before it failed while this one, later, succeeded.
                self.window.lane_mut(lane).spent = true;
                self.judge(lane, general, now);
                self.held.lane_succeeded(key);
            }
            Left::Lane => {
                self.window.forgive(lane);
                self.window.resume(lane, None, false);
            }
        }
        self.after_success(number, general, now);
    }

    /// A request has succeeded: what failed before it was started is the event's own fault, or, when everything
    /// failed until now, gets a second chance.
    pub(super) fn after_success(&mut self, number: u64, general: bool, now: Now) {
        if !self.window.has_failing() {
            return;
        }
        // Those that get another chance go to the front of the queue: the oldest last, so that it is first.
        for lane in self.window.failing_before(number).into_iter().rev() {
            self.judge(lane, general, now);
        }
    }

    fn judge(&mut self, lane: LaneId, general: bool, now: Now) {
        if general && !self.window.slot(self.window.head_of(lane)).given_back {
            self.window.give_back(lane);
            self.window.resume(lane, None, true);
        } else {
            self.set_aside(lane, now);
        }
    }

    /// Moves the failed events of a lane to the held ones, and what follows behind one that is still to be waited for.
    fn set_aside(&mut self, lane: LaneId, now: Now) {
        let key = self.window.lane(lane).key;
        let spent = self.window.lane(lane).spent || self.held.is_spent(key);
        let places = self.window.places_of(lane);
        let (mut moved, mut followers, mut blocking) = (Vec::new(), Vec::new(), false);
        for place in places {
            let slot = self.window.slot(place);
            if slot.failed {
                blocking |= !spent && !self.schedule.fast_used_up(slot.charged);
                moved.push(place);
            } else {
                followers.push(place);
            }
        }
        if !blocking {
            followers.clear();
        }
        // Without room the failed ones are themselves those with most tries: they are crowded out, the others go on.
        let room = self.make_room(moved.len() + followers.len(), self.bounds.held_rows, now);
        if !room {
            followers.clear();
        }
        let until = match self.window.lane(lane).phase {
            Phase::Backoff(until) => Some(until),
            _ => None,
        };
        self.window.forgive(lane);
        let mut left = Left::Lane;
        for place in moved {
            left = self.hold(place, spent, until, room, now);
        }
        for place in followers {
            let event = self.window.slot(place).event.clone().expect("unsettled");
            let mut entry = Entry::new(HeldState::Waiting, HeldReason::LaneBusy, &event, now.wall);
            entry.key = key;
            self.results.put(entry.row(self.webhook, event.seq));
            self.held.insert(event.seq, entry, now.at);
            left = self.window.settle(place);
        }
        match left {
            Left::Lane => self.window.resume(lane, None, false),
            Left::Nothing(key) => self.next_in_lane(key),
        }
    }

    /// Moves one failed event to the held ones, or to the dead if it has used up its schedule.
    fn hold(&mut self, place: Place, spent: bool, until: Option<Instant>, room: bool, now: Now) -> Left {
        let slot = self.window.slot(place);
        let (seq, charged, refused, tries) = (slot.seq, slot.charged, slot.refused, slot.tries);
        let key = self.window.lane(self.window.lane_of(place)).key;
        let event = slot.event.clone().expect("unsettled");
        let fast_used_up = self.schedule.fast_used_up(charged);
        let state = if spent || fast_used_up { HeldState::Alone } else { HeldState::Retrying };
        let mut entry = Entry::new(state, HeldReason::Failed, &event, now.wall);
        (entry.key, entry.charged, entry.tries) = (key, charged, tries);
        self.counters.set_aside += 1;
        let pause = self.schedule.pause_after(charged.max(1));
        match pause {
            _ if !room => {
                self.counters.crowded_out += 1;
                self.bury(seq, entry, HeldReason::CrowdedOut, now);
            }
            Some(_) if refused && fast_used_up => self.bury(seq, entry, HeldReason::Rejected, now),
            None => self.bury(seq, entry, HeldReason::Exhausted, now),
            Some(pause) => {
                let at = until.unwrap_or_else(|| now.at + jittered(pause, &mut self.rng));
                self.keep(seq, entry, at, now);
                if state == HeldState::Alone {
                    self.held.mark_spent(key);
                }
            }
        }
        self.window.settle(place)
    }

    /// A new revision. Events that were read before it was known are looked at again.
    pub(super) fn learn_revision(&mut self, revision: Revision) {
        let from = revision.from_seq;
        let old = self.revisions.at(from).clone();
        if self.revisions.numbered(revision.number).is_some() {
            return;
        }
        self.revisions.add(revision);
        if from >= self.window.next() {
            return;
        }
        let to = Seq(self.window.next().0 - 1);
        for place in self.window.unsettled_places() {
            let lane = self.window.lane_of(place);
            let flying = self.window.lane(lane).phase == Phase::Flying && self.window.turn_of(lane) == place;
            let slot = self.window.slot(place);
            if slot.seq < from || flying || slot.tries > 0 {
                continue;
            }
            let holding = self.revisions.at(slot.seq).clone();
            if slot.event.as_deref().is_some_and(|event| holding.wants(event).is_ok()) {
                self.window.slot_mut(place).revision = holding;
            } else {
                self.counters.not_wanted += 1;
                self.drop_from_window(place);
            }
        }
        self.reviews.push_back(Review { from, to, old, reading: false });
    }

    fn drop_from_window(&mut self, place: Place) {
        if let Left::Nothing(key) = self.window.settle(place) {
            self.next_in_lane(key);
        }
    }

    /// Events that the old revision passed over and the one that holds wants: sent by themselves.
    fn review(&mut self, page: Page, now: Now) {
        let Some(review) = self.reviews.front_mut() else { return };
        review.reading = false;
        let (from, to, old) = (review.from, review.to, review.old.clone());
        let last = page.next > to || page.events.is_empty();
        for event in page.events {
            let missed = (from..=to).contains(&event.seq)
                && old.wants(&event).is_err()
                && self.revisions.at(event.seq).wants(&event).is_ok();
            if missed && !self.held.contains(event.seq) {
                if !self.make_room(1, self.bounds.held_rows, now) {
                    self.stalled = true;
                    self.review_from(event.seq);
                    return;
                }
                let entry = Entry::new(HeldState::Alone, HeldReason::LaneBusy, &event, now.wall);
                self.keep(event.seq, entry, now.at, now);
            }
        }
        if last {
            self.reviews.pop_front();
        } else {
            self.review_from(page.next);
        }
    }

    fn review_from(&mut self, seq: Seq) {
        if let Some(review) = self.reviews.front_mut() {
            review.from = seq;
        }
    }

    /// Goes on behind `seq`. What is under way before it ends as it ends.
    pub(super) fn skip_to(&mut self, seq: Seq) {
        for place in self.window.unsettled_places() {
            let lane = self.window.lane_of(place);
            let flying = self.window.lane(lane).phase == Phase::Flying && self.window.turn_of(lane) == place;
            if self.window.slot(place).seq <= seq && !flying {
                self.drop_from_window(place);
            }
        }
        self.window.read_up_to(seq.next());
        self.stalled = false;
    }
}
