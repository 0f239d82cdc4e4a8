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
//! The parts: [`window`] (journal order and lanes), [`held`] (what was set aside), [`replay`], [`breaker`], [`retry`],
//! [`rate`], [`pace`], [`stretch`], [`results`] (what waits for its commit), [`health`]. `reading` takes events in, `loading` those
//! that are not in memory when their turn comes; `live`, `retained` and `replaying` say what an answer means for an event of each kind; `commands` is what people change, [`review`] what a
//! revision changes that is heard of late.

mod breaker;
mod commands;
mod entry;
mod health;
mod held;
mod live;
mod loading;
mod look;
mod pace;
mod rate;
mod reading;
mod replay;
mod replaying;
mod results;
mod retained;
mod retry;
mod review;
mod sending;
mod stretch;
mod types;
mod window;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::{AHashMap, AHashSet};
use rand::SeedableRng;
use rand::rngs::SmallRng;

pub use health::{FailingReason, Health, SlowReason};
pub use types::{
    Action, Ahead, Bounds, Command, Failure, Fault, Input, Now, Outcome, PauseReason, Reader, ReplayJob,
    Replayed, Request, Setup, Troubled,
};

use breaker::Breaker;
use held::Held;
use pace::Pace;
use rate::Rate;
use replay::Replay;
use results::Results;
use retry::{Kind, Schedule};
use review::Review;
use stretch::Stretch;
use window::{LaneKey, Place, Window};

use crate::delivery::subscription::{Revisions, Subscription};
use crate::domain::{AttemptOrigin, Event, Seq, WebhookId, WebhookSettings};
use crate::store::HeldRow;

/// `Retry-After` is believed up to here.
const LONGEST_SLOWDOWN: Duration = Duration::from_hours(24);
/// What an event that was set aside takes in memory: its entry, in a tree that is half full, and the text of its lane.
const HELD_BYTES: usize = 320;
/// How often one event may be refused for the pace's sake before that counts as its own failure.
const FREE_REFUSALS: u8 = 5;
/// Replays of one webhook that have not ended, at most: a courier takes what stands in the store, so who makes one
/// refuses what is above.
pub const MAX_REPLAYS: usize = 16;

/// What a request was made for.
#[derive(Debug, Clone, Copy)]
enum Errand {
    Window(Place),
    Held(Seq),
    Replay { job: i64, place: Place },
}

/// A request under way.
struct Flight {
    errand: Errand,
    event: Arc<Event>,
    revision: Arc<Subscription>,
    n: u16,
    origin: AttemptOrigin,
    /// Sent to see whether the endpoint lives.
    probe: bool,
    /// The lane that nothing else is to be sent for meanwhile.
    lock: Option<LaneKey>,
    /// It was refused for the pace's sake: neither the event nor the endpoint is to blame.
    too_fast: bool,
}

/// What happened since the courier started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub delivered: u64,
    /// Requests that did not succeed.
    pub failures: u64,
    pub not_wanted: u64,
    pub set_aside: u64,
    pub died: u64,
    pub crowded_out: u64,
}

/// See the module.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
pub struct Courier {
    webhook: WebhookId,
    bounds: Bounds,
    settings: Arc<WebhookSettings>,
    schedule: Schedule,
    rate: Option<Rate>,
    pace: Pace,
    revisions: Revisions,
    hasher: ahash::RandomState,
    rng: SmallRng,
    may_set_aside: bool,
    window: Window,
    held: Held,
    replays: VecDeque<Replay>,
    reviews: Vec<Review>,
    /// The cursor was moved up to here by hand.
    skipped_to: Seq,
    /// How often its endpoint has become another.
    endpoint: u32,
    breaker: Breaker,
    results: Results,
    flights: AHashMap<u64, Flight>,
    /// Fetches for the window that are under way.
    fetches: usize,
    /// The number of the next request, and of the newest that has succeeded.
    number: u64,
    succeeded: Option<u64>,
    /// Lanes that a held or replayed event is under way for.
    locked: AHashSet<LaneKey>,
    head: Seq,
    reading: bool,
    /// Reading waits for a success: a lane is full while nothing succeeds, or there is no room to set aside.
    stalled: bool,
    stretch: Stretch,
    /// Settled before a restart, and not read again yet.
    settled_beyond: AHashSet<Seq>,
    paused: Option<PauseReason>,
    announce: Option<PauseReason>,
    draining: bool,
    /// Lanes are to be sorted anew once nothing is under way.
    resort: bool,
    slow_until: Option<Instant>,
    gone: Option<Seq>,
    held_turn: bool,
    counters: Counters,
}

impl Courier {
    /// `None` when the webhook has no revision.
    pub fn new(mut setup: Setup, now: Now) -> Option<Courier> {
        let revisions = Revisions::new(std::mem::take(&mut setup.revisions))?;
        let results = Results::new(&setup, revisions.latest().number());
        let s = setup.seed;
        let hasher = ahash::RandomState::with_seeds(s, s.rotate_left(17), !s, s.rotate_left(43));
        let ordered = setup.settings.ordered;
        let key_of =
            |row: &HeldRow| row.lane.as_ref().filter(|_| ordered).map(|lane| hasher.hash_one(&**lane));
        let held = Held::restored(&setup.held, now, key_of);
        let mut courier = Courier {
            webhook: setup.webhook,
            bounds: setup.bounds,
            schedule: Schedule::new(&setup.settings.retry_seconds, WebhookSettings::FAST_RETRIES),
            rate: setup.settings.rate_per_second.map(|rate| Rate::new(rate.u32())),
            pace: Pace::default(),
            settings: setup.settings,
            revisions,
            hasher,
            rng: SmallRng::seed_from_u64(setup.seed),
            may_set_aside: true,
            window: Window::starting_after(setup.cursor),
            held,
            replays: VecDeque::new(),
            reviews: Vec::new(),
            skipped_to: Seq::ZERO,
            endpoint: 0,
            breaker: Breaker::new(),
            results,
            flights: AHashMap::new(),
            fetches: 0,
            number: 0,
            succeeded: None,
            locked: AHashSet::new(),
            head: setup.head,
            reading: false,
            stalled: false,
            stretch: Stretch::default(),
            settled_beyond: setup.delivered_beyond.into_iter().collect(),
            paused: setup.paused,
            announce: None,
            draining: false,
            resort: false,
            slow_until: None,
            gone: None,
            held_turn: false,
            counters: Counters::default(),
        };
        courier.rouse_all();
        for job in setup.replays {
            courier.start_replay(job);
        }
        Some(courier)
    }

    /// The journal has grown up to here.
    pub fn head(&mut self, head: Seq) {
        self.head = self.head.max(head);
    }

    /// The settlement under way is committed.
    pub fn committed(&mut self) {
        self.results.committed();
    }

    /// What came of a request. One that is not known (any more) is ignored.
    pub fn answered(&mut self, number: u64, outcome: Outcome, now: Now) {
        let Some(mut flight) = self.flights.remove(&number) else { return };
        if let Some(key) = flight.lock {
            self.locked.remove(&key);
        }
        let kind = Kind::of(outcome.result);
        flight.too_fast = self.note_pace(number, &flight, kind, &outcome, now);
        if kind == Kind::Delivered {
            self.counters.delivered += 1;
            self.gone = None;
            self.stretch = Stretch::default();
        } else {
            self.counters.failures += 1;
            if outcome.result == Ok(410) {
                self.note_gone(flight.event.seq);
            }
        }
        // A success, or a held event that may now be given up, may be what reading waits for.
        self.stalled &= kind != Kind::Delivered && !matches!(flight.errand, Errand::Held(_));
        match flight.errand {
            Errand::Window(place) => self.live_answered(number, place, &flight, kind, outcome, now),
            Errand::Held(seq) => self.held_answered(number, seq, flight, kind, outcome, now),
            Errand::Replay { job, place } => {
                self.replay_answered(number, (job, place), &flight, kind, outcome, now);
            }
        }
        if self.resort && self.flights.is_empty() {
            self.sort_lanes_again(now);
        }
    }

    /// What an answer says about how fast the endpoint may be sent to. True when the request was refused for that.
    fn note_pace(&mut self, number: u64, flight: &Flight, kind: Kind, outcome: &Outcome, now: Now) -> bool {
        if kind == Kind::Delivered {
            self.succeeded = self.succeeded.max(Some(number));
            if self.pace.taken(number, now.at) {
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
        let too_fast = self.pace.refused(number, again, now.at);
        if let Some(wait) = outcome.retry_after {
            let until = now.at + wait.min(LONGEST_SLOWDOWN);
            self.slow_until = Some(self.slow_until.map_or(until, |already| already.max(until)));
            self.breaker.ease();
        }
        (too_fast || outcome.retry_after.is_some()) && !self.breaker.is_open()
    }

    /// A second event answered 410 pauses the webhook; one may be the event's own.
    fn note_gone(&mut self, seq: Seq) {
        match self.gone {
            Some(first) if first != seq && self.paused.is_none() => {
                self.paused = Some(PauseReason::Gone);
                self.announce = Some(PauseReason::Gone);
            }
            Some(_) => {}
            None => self.gone = Some(seq),
        }
    }

    /// The next thing to do, until `None`. `may_send` is false when no request may start just now, whatever the
    /// courier thinks (the node's share is used up).
    pub fn poll(&mut self, now: Now, may_send: bool) -> Option<Action> {
        self.window.wake(now.at);
        self.held.wake(now.at);
        if let Some(reason) = self.announce.take() {
            return Some(Action::Paused(reason));
        }
        self.note_replays(now.at);
        if let Some(settlement) = self.results.take(self.safe_cursor()) {
            return Some(Action::Settle(settlement));
        }
        if self.draining {
            return None;
        }
        if let Some(read) = self.wanted_read(now.at) {
            return Some(read);
        }
        if self.paused.is_none() && self.held.has_due() {
            let (seqs, bytes) = self.held.take_due(self.bounds.loaded_items, self.bounds.loaded_bytes);
            if !seqs.is_empty() {
                return Some(Action::Load { input: Input::Held, seqs, bytes });
            }
        }
        if may_send && self.may_start(now.at) {
            return self.next_request(now.at);
        }
        None
    }

    /// The bytes of the events it holds.
    pub fn bytes_in_hand(&self) -> usize {
        let replays = self.replays.iter().map(|replay| replay.window.bytes());
        self.window.bytes() + self.held.loaded_bytes() + replays.sum::<usize>()
    }

    /// The bytes that its index of what it set aside takes.
    pub fn bytes_aside(&self) -> usize {
        self.held.len() * HELD_BYTES
    }

    /// Whether there is memory for more of an index than events that fail need.
    pub fn may_set_aside(&mut self, may: bool) {
        self.may_set_aside = may;
    }

    fn lane_key(&self, event: &Event) -> Option<LaneKey> {
        event.lane.as_deref().filter(|_| self.settings.ordered).map(|lane| self.hasher.hash_one(lane))
    }
}
