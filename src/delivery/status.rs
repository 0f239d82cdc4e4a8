//! How a running courier is doing, for whoever looks: written by its driver after every turn, read by the API.

use std::sync::{Mutex, PoisonError};

use super::courier::{Ahead, Counters, Courier, FailingReason, Failure, Health, Now, Outcome, Troubled};
use super::steadiness::{Answers, Steadiness};
use crate::domain::{Seq, Tally, Timestamp};
use crate::store::NewestOutcomes;

/// A look at a courier.
#[derive(Debug, Clone, Default)]
pub struct Status {
    pub health: Health,
    /// The share of the last hour's requests that succeeded, in thousandths; `None` when there was none.
    pub success: Option<u64>,
    /// When the word for the health last changed, or the courier started.
    pub since: Timestamp,
    /// Settled up to this seq; what is committed may be a moment behind. `None` until the store has said it.
    pub cursor: Option<Seq>,
    /// What is before it. Of one that has not started in this process nothing is read yet.
    pub ahead: Ahead,
    pub in_flight: usize,
    /// Events set aside, dead ones not counted.
    pub held: usize,
    /// Since the courier started.
    pub counters: Counters,
    /// An event that it has not taken so far, and is sent again.
    pub troubled: Option<Troubled>,
    /// Requests a second that it lets itself be sent, where it has shown that.
    pub pace: Option<f64>,
    pub last_success_at: Option<Timestamp>,
    pub last_failure_at: Option<Timestamp>,
    /// The first failure since the last success, whichever process saw it.
    pub failing_since: Option<Timestamp>,
    /// What came of the last request that failed, in this process.
    pub last_failure: Option<Failure>,
    /// When something that failed is tried again; `None` when nothing waits for that, or it is being tried.
    pub next_try_at: Option<Timestamp>,
    /// Microseconds of all exchanges that ended, for the mean.
    pub total_us: u64,
    /// Every answer since this place was made, however often the courier started anew meanwhile.
    pub tally: Tally,
    /// It was failing, and has not been healthy since.
    failing: bool,
}

/// A change that people should hear of. Slow, which comes and goes, is none; nor is unstable, which lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// It fails, and what its endpoint last did.
    Failing(Health, Option<Failure>),
    Healthy,
}

impl Status {
    /// Since when it is as it is: an endpoint fails since its first failure, not since enough of them were seen here.
    pub fn stands_since(&self) -> Timestamp {
        match &self.health {
            Health::Failing { reason: FailingReason::NotAnswering | FailingReason::RefusingAll } => {
                self.failing_since.unwrap_or(self.since)
            }
            _ => self.since,
        }
    }

    fn turn(&mut self, health: &Health) -> Option<Turn> {
        match health {
            Health::Failing { .. } if !self.failing => {
                self.failing = true;
                Some(Turn::Failing(health.clone(), self.last_failure.clone()))
            }
            Health::Healthy if self.failing => {
                self.failing = false;
                Some(Turn::Healthy)
            }
            _ => None,
        }
    }
}

/// The place where a driver keeps its [`Status`].
#[derive(Debug, Default)]
pub struct StatusCell(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    status: Status,
    /// As the courier sees it by itself.
    health: Health,
    steadiness: Steadiness,
    /// Whose answers those are; see [`Courier::endpoint`].
    endpoint: u32,
    /// That one has taken an event, in this process or before.
    has_taken: bool,
}

impl Inside {
    /// What is said of the courier's health: over an hour, and not of the moment.
    fn judge(&mut self, now: Timestamp) {
        let unstable_since = self.steadiness.judge(now);
        self.status.success = self.steadiness.success();
        let is_tried = matches!(self.health, Health::Healthy | Health::Slow { .. });
        let unstable = unstable_since.filter(|_| is_tried).zip(self.status.success);
        let (health, since) = match unstable {
            Some((since, success)) => (Health::Unstable { success }, since),
            None => (self.health.clone(), now),
        };
        if self.status.since == Timestamp::default() || self.status.health.as_str() != health.as_str() {
            self.status.since = since;
        }
        self.status.health = health;
    }
}

impl StatusCell {
    pub fn read(&self) -> Status {
        let mut inside = self.lock();
        // Of one that does nothing just now an hour goes by as well.
        if matches!(inside.status.health, Health::Unstable { .. }) {
            inside.judge(Timestamp::now());
        }
        inside.status.clone()
    }

    /// What the store says of a courier that is about to begin: how far it is, when an attempt last succeeded and failed, and what
    /// was answered in the minutes before, oldest first. What this place knows already is newer.
    pub fn begins(&self, cursor: Seq, last: NewestOutcomes, past: &[Answers]) {
        let mut inside = self.lock();
        if inside.steadiness.is_empty() {
            inside.steadiness = Steadiness::restored(past);
        }
        inside.endpoint = 0;
        inside.has_taken |= last.success.is_some();
        let status = &mut inside.status;
        if status.cursor.is_none() {
            status.cursor = Some(cursor);
            status.ahead.next = cursor.next();
        }
        if status.last_success_at.is_none() && status.last_failure_at.is_none() {
            status.failing_since = last.failing_since;
        }
        status.last_success_at = status.last_success_at.or(last.success);
        status.last_failure_at = status.last_failure_at.or(last.failure);
    }

    /// The courier that should run cannot be started.
    pub fn not_started(&self, now: Timestamp) {
        let mut inside = self.lock();
        let health = Health::Failing { reason: FailingReason::NotStarted };
        inside.health = health.clone();
        let status = &mut inside.status;
        if status.health != health {
            status.since = now;
        }
        status.health = health;
        status.in_flight = 0;
        (status.troubled, status.pace, status.next_try_at) = (None, None, None);
    }

    pub(super) fn note(&self, courier: &Courier, now: Now) -> Option<Turn> {
        let mut inside = self.lock();
        if inside.endpoint != courier.endpoint() {
            (inside.endpoint, inside.steadiness) = (courier.endpoint(), Steadiness::default());
            inside.has_taken = false;
        }
        inside.health = courier.health(inside.has_taken, now.at);
        inside.judge(now.wall);
        let Inside { status, health, .. } = &mut *inside;
        let turn = status.turn(health);
        status.cursor = Some(courier.cursor());
        status.ahead = courier.ahead();
        status.next_try_at = courier.next_try().map(|at| now.wall_at(at));
        status.in_flight = courier.in_flight();
        status.held = courier.held_len();
        status.counters = courier.counters();
        status.troubled = courier.troubled(now);
        status.pace = courier.pace();
        turn
    }

    pub(super) fn answered(&self, outcome: &Outcome, now: Timestamp) {
        let mut inside = self.lock();
        let delivered = matches!(outcome.result, Ok(200..=299));
        inside.steadiness.answered(delivered, now);
        inside.has_taken |= delivered;
        let status = &mut inside.status;
        // Times are those of the attempts that are stored, so that they are the same ones after a restart.
        let asked = outcome.sent_at;
        let took = outcome.phases.total_us.unwrap_or_default();
        status.total_us += u64::from(took);
        if outcome.result.is_ok() {
            status.tally.latency.note(took);
        }
        if delivered {
            status.tally.delivered += 1;
            status.last_success_at = status.last_success_at.max(Some(asked));
            status.failing_since = None;
        } else {
            status.tally.failed += 1;
            status.last_failure_at = status.last_failure_at.max(Some(asked));
            status.failing_since = Some(status.failing_since.map_or(asked, |since| since.min(asked)));
            status.last_failure = Some(outcome.failure());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inside> {
        // Every write is a set of plain assignments: whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
