//! Is the endpoint alive? The breaker, the ramp after it, and the streak of failures both are judged by.
//!
//! What must hold: one event, or one lane, cannot open it; any answer that is not a 5xx or 429 closes it; while it is
//! open at most one probe is under way; after it closed, requests at once grow from one, by one for each success.
//!
//! What is *said* of the endpoint asks for less than what opens the breaker ([`Breaker::fails`]): of one that is sent little, many
//! lanes never speak, and yet nobody else is to blame where nothing is taken.

use std::time::{Duration, Instant};

use super::health::FailingReason;
use super::retry::Kind;

/// How many failures without a success between, over how many lanes, speak against the endpoint.
const FAILURES: u32 = 8;
const LANES: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Over how long the probes of those who hear together that the server is back are spread.
const SPREAD: Duration = Duration::from_millis(200);
/// An endpoint that is away for less is being started again.
const AWAY: Duration = Duration::from_secs(2);
/// One that has taken events before may refuse one for so long before anything else shows whose fault that is.
const TAKES_NONE: Duration = Duration::from_mins(2);
/// One that has never taken any is not known by its first refusal: that may be the event's own.
const REFUSALS: u32 = 2;

/// Failures in a row, and over how many lanes they were.
#[derive(Debug, Clone, Default)]
struct Streak {
    failures: u32,
    /// The first few distinct lanes; more are not needed to know that they are several.
    lanes: [Option<u64>; LANES],
    /// When the first of them came, and the last.
    stretch: Option<(Instant, Instant)>,
}

impl Streak {
    fn count(&mut self, lane: u64, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.stretch = Some((self.stretch.map_or(now, |(first, _)| first), now));
        for known in &mut self.lanes {
            match known {
                Some(known) if *known == lane => return,
                Some(_) => {}
                None => {
                    *known = Some(lane);
                    return;
                }
            }
        }
    }

    fn is_general(&self) -> bool {
        self.failures >= FAILURES && self.lanes[LANES - 1].is_some()
    }

    /// From the first failure to the last.
    fn lasted(&self) -> Duration {
        self.stretch.map_or(Duration::ZERO, |(first, last)| last.saturating_duration_since(first))
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed,
    /// `asked` is when the endpoint last failed to answer: at its opening, or at the end of the last probe.
    Open {
        asked: Instant,
        probe_at: Instant,
        pause: Duration,
        probing: bool,
    },
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Breaker {
    state: State,
    /// Endpoint failures since the last proof of life.
    silent: Streak,
    /// Failures of any kind since the last success.
    unsuccessful: Streak,
    /// Requests since anything reached the endpoint that came to nothing on the way there. Only said, not acted upon.
    unreached: Streak,
    /// Requests at once while speed is being regained.
    ramp: Option<u16>,
}

impl Breaker {
    pub(super) fn new() -> Breaker {
        Breaker {
            state: State::Closed,
            silent: Streak::default(),
            unsuccessful: Streak::default(),
            unreached: Streak::default(),
            ramp: None,
        }
    }

    /// Counts the failure of an event in this lane, unless it was set aside before: those say nothing about the
    /// endpoint that is not known. What is not the endpoint's failure is an answer, which proves life. True when this failure
    /// opened the breaker.
    pub(super) fn failed(&mut self, lane: u64, kind: Kind, now: Instant) -> bool {
        self.unsuccessful.count(lane, now);
        if !kind.blames_endpoint() {
            self.lives();
            return false;
        }
        self.silent.count(lane, now);
        self.note_way(lane, kind, now);
        if let Some(limit) = &mut self.ramp {
            *limit = (*limit / 2).max(1);
        }
        match &mut self.state {
            State::Closed if self.silent.is_general() => {
                let probe_at = now + FIRST_PAUSE;
                self.state = State::Open { asked: now, probe_at, pause: FIRST_PAUSE, probing: false };
                true
            }
            State::Open { .. } | State::Closed => false,
        }
    }

    /// A later try of an event that was set aside failed: that the endpoint cannot be reached, or answers, it says all the same.
    pub(super) fn failed_again(&mut self, lane: u64, kind: Kind, now: Instant) {
        if kind.blames_endpoint() {
            self.note_way(lane, kind, now);
        } else {
            self.lives();
        }
    }

    fn note_way(&mut self, lane: u64, kind: Kind, now: Instant) {
        if kind == Kind::Unreached {
            self.unreached.count(lane, now);
        } else {
            self.unreached = Streak::default();
        }
    }

    /// How the endpoint fails, if what was sent to it shows that although it is too little to open the breaker: it cannot be
    /// reached, which is no event's fault, or it has taken nothing at all. `has_taken` is whether it has taken an event before.
    pub(super) fn fails(&self, has_taken: bool) -> Option<FailingReason> {
        let away = self.unreached.failures > 0 && (!has_taken || self.unreached.lasted() >= AWAY);
        let refusals = &self.unsuccessful;
        let takes_none = refusals.failures >= REFUSALS && (!has_taken || refusals.lasted() >= TAKES_NONE);
        let reason = if away || self.silent.failures > 0 {
            FailingReason::NotAnswering
        } else {
            FailingReason::RefusingAll
        };
        (away || takes_none).then_some(reason)
    }

    /// A probe came to nothing: the next one waits longer. `jittered` spreads the pause.
    pub(super) fn probe_failed(&mut self, now: Instant, jittered: impl FnOnce(Duration) -> Duration) {
        if let State::Open { asked, probe_at, pause, probing } = &mut self.state {
            *asked = now;
            *pause = (*pause * 2).min(LONGEST_PAUSE);
            *probe_at = now + jittered(*pause);
            *probing = false;
        }
    }

    /// Another webhook has found that the server answers: a probe is worth while soon, though not in a hurry (it may
    /// be this one's path alone that fails). `within` spreads those who hear it together.
    pub(super) fn hear_of_life(&mut self, now: Instant, within: impl FnOnce(Duration) -> Duration) {
        if let State::Open { asked, probe_at, .. } = &mut self.state {
            let soon = now.max(*asked + FIRST_PAUSE) + within(SPREAD);
            *probe_at = soon.min(*probe_at);
        }
    }

    /// A person wants to know now: the next probe waits for nothing but a second since the last.
    pub(super) fn hasten(&mut self, now: Instant) {
        self.hear_of_life(now, |_| Duration::ZERO);
    }

    /// Counts a success; true when it ended a general failure (so that what failed before it deserves another try).
    pub(super) fn succeeded(&mut self, concurrency: u16) -> bool {
        let general = self.is_open() || self.unsuccessful.is_general();
        self.lives();
        self.unsuccessful = Streak::default();
        if general && self.ramp.is_none() {
            self.ramp = Some(1);
        }
        if let Some(limit) = &mut self.ramp {
            *limit += 1;
            if *limit >= concurrency {
                self.ramp = None;
            }
        }
        general
    }

    /// Something answered.
    pub(super) fn lives(&mut self) {
        self.silent = Streak::default();
        self.unreached = Streak::default();
        if matches!(self.state, State::Open { .. }) {
            self.state = State::Closed;
            self.ramp = Some(1);
        }
    }

    /// Forgets what was learned: the webhook was resumed or its settings changed, so look again.
    pub(super) fn reset(&mut self) {
        let ramp = (self.is_open() || self.unsuccessful.failures > 0).then_some(1);
        *self = Breaker { ramp: self.ramp.or(ramp), ..Breaker::new() };
    }

    /// Starts over at one request at once (the endpoint asked for less).
    pub(super) fn ease(&mut self) {
        self.ramp = Some(1);
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// When the next probe may start; `None` when one is under way or none is needed.
    pub(super) fn probe_at(&self) -> Option<Instant> {
        match self.state {
            State::Open { probe_at, probing: false, .. } => Some(probe_at),
            _ => None,
        }
    }

    pub(super) fn probe_started(&mut self) {
        if let State::Open { probing, .. } = &mut self.state {
            *probing = true;
        }
    }

    /// Requests at once, given the webhook's own limit.
    pub(super) fn limit(&self, concurrency: u16) -> u16 {
        self.ramp.map_or(concurrency, |ramp| ramp.min(concurrency)).max(1)
    }

    pub(super) fn is_ramping(&self) -> bool {
        self.ramp.is_some()
    }

    /// Failures of any kind over several lanes since the last success.
    pub(super) fn is_general(&self) -> bool {
        self.unsuccessful.is_general()
    }

    /// Nothing, or one lane at most, speaks against the endpoint just now.
    pub(super) fn is_quiet(&self) -> bool {
        !self.is_open() && self.unsuccessful.lanes[1].is_none()
    }
}

#[cfg(test)]
mod tests;
