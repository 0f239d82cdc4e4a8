//! The courier of one webhook: which event is sent when, and what follows from the answer.
//!
//! What must always hold (the model test drives all of it through random schedules):
//!
//! - The cursor passes an event only when it is delivered, not wanted, dead or held; the rows that say so are in the
//!   same settlement or an earlier one.
//! - First tries of one lane go out one at a time, in journal order.
//! - With a living endpoint everything read is settled, whatever single events, lanes or names fail.
//! - Everything in memory is bounded ([`Bounds`]); an event that is delivered at once costs no scan and no allocation
//!   that grows with what waits.
//!
//! It is a pure state machine. Inputs are methods ([`Courier::page`], [`Courier::answered`], …), each given the time;
//! outputs are taken by [`Courier::poll`] until there are none. HTTP, store and clock are outside (`driver`).
//!
//! The parts: [`lanes`] (what is known of each), [`window`] (journal order), [`held`] (what was set aside), [`replay`],
//! [`endpoint`] (with [`breaker`], [`rate`] and [`pace`]; [`health`]), [`retry`], [`reads`] (with [`stretch`]), [`underway`],
//! [`results`] (what waits for its commit), [`review`] (what a revision changes that is heard of late), [`keys`], [`halt`].
//! `reading` takes events in, `loading` those that are not in memory when their turn comes; `live`, `retained` and `replaying`
//! say what an answer means for an event of each kind; `commands` is what people change.

mod breaker;
mod commands;
mod endpoint;
mod entry;
mod halt;
mod health;
mod held;
mod keys;
mod lanes;
mod live;
mod loading;
mod look;
mod pace;
mod rate;
mod reading;
mod reads;
mod replay;
mod replaying;
mod results;
mod retained;
mod retry;
mod review;
mod sending;
mod stretch;
mod types;
mod underway;
mod window;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

pub use health::{FailingReason, Health, SlowReason};
pub use types::{
    Action, Ahead, Bounds, Command, Counters, Failure, Fault, Input, Now, Outcome, PauseReason, Reader,
    ReplayJob, Replayed, Request, Room, Setup, Troubled, Unread,
};

use endpoint::Endpoint;
use halt::Halt;
use held::Held;
use keys::Keys;
use lanes::LaneKey;
use reads::Reads;
use replaying::Replays;
use results::Results;
use retry::{Kind, Retries};
use review::Wanted;
use stretch::Stretch;
use underway::{Errand, Flight, Underway};
use window::Window;

use crate::delivery::subscription::Revisions;
use crate::domain::{Seq, WebhookSettings};

/// What an event that was set aside takes in memory: its entry, in a tree that is half full, and the text of its lane.
const HELD_BYTES: usize = 320;
/// How often one event may be refused for the pace's sake before that counts as its own failure.
const FREE_REFUSALS: u8 = 5;
/// Replays of one webhook that have not ended, at most: a courier takes what stands in the store, so who makes one
/// refuses what is above.
pub const MAX_REPLAYS: usize = 16;

/// See the module.
pub struct Courier {
    bounds: Bounds,
    settings: Arc<WebhookSettings>,
    keys: Keys,
    wanted: Wanted,
    reads: Reads,
    window: Window,
    held: Held,
    replays: Replays,
    endpoint: Endpoint,
    retries: Retries,
    underway: Underway,
    results: Results,
    halt: Halt,
}

impl Courier {
    /// `None` when the webhook has no revision.
    pub fn new(mut setup: Setup, now: Now) -> Option<Courier> {
        let wanted = Wanted::new(Revisions::new(std::mem::take(&mut setup.revisions))?);
        let results = Results::new(&setup, wanted.revisions.latest().number());
        let keys = Keys::new(setup.seed, setup.settings.ordered);
        let mut window = Window::starting_after(setup.cursor);
        let held = Held::restored(&setup.held, &mut window.lanes, now, |lane| keys.of_name(lane));
        let mut courier = Courier {
            bounds: setup.bounds,
            keys,
            wanted,
            reads: Reads::new(setup.head, setup.delivered_beyond),
            window,
            held,
            replays: Replays::default(),
            endpoint: Endpoint::new(&setup.settings),
            retries: Retries::new(&setup.settings, setup.seed),
            underway: Underway::default(),
            results,
            halt: Halt::new(setup.paused),
            settings: setup.settings,
        };
        courier.go_on_everywhere();
        for job in setup.replays {
            courier.start_replay(job);
        }
        Some(courier)
    }

    /// The journal has grown up to here.
    pub fn head(&mut self, head: Seq) {
        self.reads.head = self.reads.head.max(head);
    }

    /// The settlement under way is committed.
    pub fn committed(&mut self) {
        self.results.committed();
    }

    /// What came of a request. One that is not known (any more) is ignored.
    pub fn answered(&mut self, number: u64, outcome: Outcome, now: Now) {
        let Some(mut flight) = self.underway.end(number) else { return };
        let lock = flight.lock;
        if let Some(lane) = self.window.lanes.of_mut(lock) {
            lane.lock = false;
        }
        let kind = Kind::of(outcome.result);
        flight.too_fast = self.note_pace(number, &flight, kind, &outcome, now);
        if kind == Kind::Delivered {
            self.results.counters.delivered += 1;
            self.endpoint.succeeded();
            self.reads.stretch = Stretch::default();
        } else {
            self.results.counters.failures += 1;
            if outcome.result == Ok(410) && self.endpoint.says_gone(flight.event.seq) {
                self.halt.pause_itself(PauseReason::Gone);
            }
        }
        // A success, or a held event that may now be given up, may be what reading waits for.
        self.reads.stalled &= kind != Kind::Delivered && !matches!(flight.errand, Errand::Held(_));
        match flight.errand {
            Errand::Window(place) => self.live_answered(number, place, &flight, kind, outcome, now),
            Errand::Held(seq) => self.held_answered(number, seq, flight, kind, outcome, now),
            Errand::Replay { job, place } => {
                self.replay_answered(number, (job, place), &flight, kind, outcome, now);
            }
        }
        self.go_on(lock);
        self.sort_lanes_again(now);
    }

    /// What an answer says about how fast the endpoint may be sent to. True when the request was refused for that.
    fn note_pace(&mut self, number: u64, flight: &Flight, kind: Kind, outcome: &Outcome, now: Now) -> bool {
        if kind == Kind::Delivered {
            self.underway.note_success(number);
            if self.endpoint.pace.taken(number, now.at) {
                self.excuse_refused(now);
            }
            return false;
        }
        if !matches!(outcome.result, Ok(429 | 503)) {
            return false;
        }
        let again = match flight.errand {
            Errand::Window(place) => self.window.slot(place).too_fast > 1,
            Errand::Held(seq) => self.held.get(seq).is_some_and(|entry| entry.too_fast > 1),
            Errand::Replay { .. } => flight.n > 2,
        };
        let too_fast = self.endpoint.pace.refused(number, again, now.at);
        if let Some(wait) = outcome.retry_after {
            self.endpoint.slow_down(wait, now.at);
        }
        (too_fast || outcome.retry_after.is_some()) && !self.endpoint.breaker.is_open()
    }

    /// Something of a lane has changed: whichever of its events comes first, in the window or held, goes on. A lane that nothing
    /// is left of ends.
    fn go_on(&mut self, key: Option<LaneKey>) {
        let Some(id) = key.and_then(|key| self.window.lanes.by_key(key)) else { return };
        if self.window.lanes.leave(id) {
            return;
        }
        if let Some(seq) = self.window.go_on(id) {
            self.held.turn_came(seq);
        }
    }

    fn go_on_everywhere(&mut self) {
        for key in self.window.lanes.keys() {
            self.go_on(Some(key));
        }
    }

    /// Held events whose time has come, and whose lane has nothing before them.
    fn wake_held(&mut self, now: Instant) {
        while let Some((seq, queue)) = self.held.woken(now) {
            let lane = queue.and_then(|key| self.window.lanes.by_key(key));
            if lane.is_none_or(|lane| self.window.held_turn(lane) == Some(seq)) {
                self.held.turn_came(seq);
            }
        }
    }

    /// The next thing to do, until `None`. `may_send` is false when no request may start just now, whatever the
    /// courier thinks (the node's share is used up).
    pub fn poll(&mut self, now: Now, may_send: bool) -> Option<Action> {
        self.window.wake(now.at);
        self.wake_held(now.at);
        if let Some(reason) = self.halt.announced() {
            return Some(Action::Paused(reason));
        }
        self.note_replays(now.at);
        if let Some(settlement) = self.results.take(self.safe_cursor()) {
            return Some(Action::Settle(settlement));
        }
        if self.halt.is_draining() {
            return None;
        }
        if self.reads.may_ask(now.at)
            && let Some(read) = self.wanted_read(now.at).or_else(|| self.wanted_held())
        {
            return Some(read);
        }
        if may_send && self.may_start(now.at) {
            return self.next_request(now.at);
        }
        None
    }

    /// The bytes of the events it holds.
    pub fn bytes_in_hand(&self) -> usize {
        self.window.bytes() + self.held.bytes() + self.replays.bytes()
    }

    /// The bytes that its index of what it set aside takes.
    pub fn bytes_aside(&self) -> usize {
        self.held.len() * HELD_BYTES
    }

    /// There is so much memory for it, until it is told otherwise.
    pub fn room(&mut self, room: Room) {
        self.reads.room = room;
    }
}
