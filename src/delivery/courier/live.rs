//! What an answer means for an event in the window.

use std::time::{Duration, Instant};

use super::held::Entry;
use super::lanes::{LaneId, Phase};
use super::retry::{Kind, jittered};
use super::window::{Left, Place};
use super::{Action, Courier, Errand, FREE_REFUSALS, Flight, Now, Outcome};
use crate::domain::{HeldReason, HeldState};

impl Courier {
    pub(super) fn start_live(&mut self, now: Instant) -> Option<Action> {
        // When nothing is under way and nothing that is ready is in memory, nothing will make room: one goes on all the same.
        self.start_ready(false, now).or_else(|| {
            let idle = self.underway.is_empty() && self.underway.fetches == 0 && self.window.has_ready();
            if idle { self.start_ready(true, now) } else { None }
        })
    }

    /// The next event whose turn it is, or a fetch of one; `forced` fetches although there is no room for it.
    fn start_ready(&mut self, forced: bool, now: Instant) -> Option<Action> {
        for _ in 0..self.window.ready() {
            let lane = self.window.take_ready(|_| false)?;
            let Some(event) = self.window.turn_event(lane).cloned() else {
                if let Some(fetch) = self.fetch_turn(lane, forced, now) {
                    return Some(fetch);
                }
                self.window.put_back(lane);
                continue;
            };
            let place = self.window.start(lane);
            let slot = self.window.slot_mut(place);
            slot.tries = slot.tries.saturating_add(1);
            let (n, revision) = (slot.tries, slot.revision.clone());
            return Some(Action::Send(self.take_off(Errand::Window(place), event, n, revision, None)));
        }
        None
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
        if kind == Kind::Delivered {
            self.results.attempt(flight.attempted(true), outcome, now.at);
            self.live_delivered(number, place, lane, now);
            return;
        }
        if flight.too_fast && self.window.slot(place).too_fast < FREE_REFUSALS {
            let slot = self.window.slot_mut(place);
            slot.too_fast += 1;
            slot.refused_since.get_or_insert(self.underway.number);
            let pause = self.endpoint.pace.pause(slot.too_fast);
            self.results.attempt(flight.attempted(false), outcome, now.at);
            self.window.resume(lane, Some(now.at + self.retries.jittered(pause)), false);
            self.spare_memory_of(lane);
            return;
        }
        let (was_open, failure) = (self.endpoint.breaker.is_open(), outcome.failure());
        let name = self.window.lane_name(lane);
        let opened = self.endpoint.breaker.failed(name, kind, now.at);
        let charged = !flight.probe && !was_open && !opened;
        self.results.attempt(flight.attempted(charged), outcome, now.at);
        let slot = self.window.slot_mut(place);
        slot.failed = true;
        slot.last = Some(failure);
        slot.refused = kind == Kind::Refused;
        // While nothing later succeeds no more is charged than the lane may be kept waiting for.
        if charged && !self.retries.schedule.fast_used_up(slot.charged) {
            slot.charged += 1;
        }
        self.window.mark_failing(lane, self.underway.number, now.at);
        if opened {
            self.suspend_charges();
        }
        if self.endpoint.breaker.is_open() {
            if flight.probe {
                let rng = &mut self.retries.rng;
                self.endpoint.breaker.probe_failed(now.at, |pause| jittered(pause, rng));
            }
            if kind == Kind::Overwhelmed && self.is_out_of_patience(lane, place, now) {
                self.window.lane_mut(lane).spent = true;
                self.window.pass_turn(lane);
            }
            self.window.resume(lane, None, false);
            // Its other followers may have been held for want of room in the window.
            self.go_on(self.window.lane(lane).key);
        } else {
            self.back_off(lane, place, kind, now);
            // What has succeeded since it was refused for the pace's sake shows that the fault is its own.
            let since = self.window.slot(place).refused_since;
            if since.is_some_and(|since| self.underway.succeeded >= Some(since))
                && !self.endpoint.breaker.is_general()
            {
                self.set_aside(lane, now);
            }
        }
        self.unblock_places(now);
        self.spare_memory();
    }

    /// Refusals that came before the success that shows they were about pace: the events are not to blame either.
    pub(super) fn excuse_refused(&mut self, now: Now) {
        for lane in self.window.backing_off() {
            let place = self.window.turn_of(lane);
            let slot = self.window.slot_mut(place);
            let refused = slot.last.as_ref().is_some_and(|last| matches!(last.result, Ok(429 | 503)));
            if slot.tries == 1 && refused {
                (slot.failed, slot.charged) = (false, 0);
                slot.too_fast += 1;
                self.window.forgive(lane);
                let pause = self.endpoint.pace.pause(1);
                self.window.resume(lane, Some(now.at + self.retries.jittered(pause)), false);
            }
        }
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
        since.is_some_and(|since| now.at.saturating_duration_since(since) >= self.retries.schedule.patience())
            && self.retries.schedule.fast_used_up(self.window.slot(place).tries)
    }

    fn back_off(&mut self, lane: LaneId, place: Place, kind: Kind, now: Now) {
        let charged = self.window.slot(place).charged;
        let key = self.window.lane(lane).key;
        let spent = self.window.lane(lane).spent;
        let pause = if kind != Kind::Unreached && (spent || self.retries.schedule.fast_used_up(charged)) {
            self.window.lane_mut(lane).spent = true;
            if self.window.pass_turn(lane) {
                self.window.resume(lane, None, true);
                self.go_on(key);
                return;
            }
            self.go_on(key);
            self.retries.schedule.longest_fast()
        } else {
            let pause = self.retries.schedule.pause_after(charged.max(1));
            pause.unwrap_or(Duration::MAX).min(self.retries.schedule.longest_fast())
        };
        let until = now.at + self.retries.jittered(pause);
        self.window.resume(lane, Some(until), false);
    }

    fn live_delivered(&mut self, number: u64, place: Place, lane: LaneId, now: Now) {
        let key = self.window.lane(lane).key;
        let general = self.endpoint.breaker.succeeded(self.settings.concurrency.u16());
        self.window.lane_mut(lane).spent = false;
        match self.window.settle(place) {
            Left::Nothing => {}
            Left::Held(key) => self.go_on(Some(key)),
            Left::Lane if self.window.head_of(lane) < place => {
                // Those before it failed while this one, later, succeeded.
                self.window.lane_mut(lane).spent = true;
                self.judge(lane, general, now);
                if let Some(lane) = self.window.lanes.of_mut(key) {
                    lane.spent = false;
                }
            }
            Left::Lane => {
                self.window.forgive(lane);
                self.window.resume(lane, None, false);
                if !self.window.lane(lane).held.is_empty() {
                    self.go_on(key);
                }
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
        let spent = self.window.lane(lane).spent;
        let places = self.window.places_of(lane);
        let (mut moved, mut followers) = (Vec::new(), Vec::new());
        let (mut blocking, mut spent_now) = (false, spent);
        for place in places {
            let slot = self.window.slot(place);
            if slot.failed {
                let used_up = self.retries.schedule.fast_used_up(slot.charged);
                blocking |= !(spent || used_up);
                spent_now |= used_up;
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
        // Also when the event that used the wait up is given up just now: those behind it get their try all the same.
        self.window.lane_mut(lane).spent = spent_now;
        let mut left = Left::Lane;
        for place in moved {
            left = self.hold(place, spent, until, room, now);
        }
        for place in followers {
            let slot = self.window.slot(place);
            let (seq, name) = (slot.seq, slot.lane_name.clone());
            let mut entry = Entry::new(HeldState::Waiting, HeldReason::LaneBusy, name, now.wall);
            (entry.key, entry.weight, entry.payload) = (key, slot.weight, slot.payload);
            self.results.put(seq, &entry);
            self.held.insert(&mut self.window.lanes, seq, entry, now.at);
            left = self.window.settle(place);
        }
        if left == Left::Lane {
            self.window.resume(lane, None, false);
        }
        self.go_on(key);
    }

    /// Moves one failed event to the held ones, or to the dead if it has used up its schedule.
    fn hold(&mut self, place: Place, spent: bool, until: Option<Instant>, room: bool, now: Now) -> Left {
        let slot = self.window.slot(place);
        let (seq, charged, refused, tries) = (slot.seq, slot.charged, slot.refused, slot.tries);
        let (name, last) = (slot.lane_name.clone(), slot.last.clone());
        let (weight, payload) = (slot.weight, slot.payload);
        let key = self.window.lane(self.window.lane_of(place)).key;
        let fast_used_up = self.retries.schedule.fast_used_up(charged);
        let state = if spent || fast_used_up { HeldState::Alone } else { HeldState::Retrying };
        let mut entry = Entry::new(state, HeldReason::Failed, name, now.wall);
        (entry.key, entry.charged, entry.tries) = (key, charged, tries);
        (entry.weight, entry.payload, entry.last) = (weight, payload, last);
        self.results.counters.set_aside += 1;
        let pause = self.retries.schedule.pause_after(charged.max(1));
        match pause {
            _ if !room => {
                self.results.counters.crowded_out += 1;
                self.bury(seq, entry, HeldReason::CrowdedOut, now);
            }
            Some(_) if refused && fast_used_up => self.bury(seq, entry, HeldReason::Rejected, now),
            None => self.bury(seq, entry, HeldReason::Exhausted, now),
            Some(pause) => {
                let at = until.unwrap_or_else(|| now.at + self.retries.jittered(pause));
                self.keep(seq, entry, at, now);
            }
        }
        self.window.settle(place)
    }
}
