//! Replays within the courier: when they may send, and what an answer means for them.

use super::replay::Replay;
use super::results::Attempted;
use super::retry::{Kind, jittered};
use super::window::{Phase, Place};
use super::{Action, Courier, Errand, FREE_REFUSALS, Flight, Input, Now, Outcome, Reader, ReplayJob};
use crate::domain::Seq;
use crate::journal::Page;
use std::time::Instant;

impl Courier {
    /// Queues a replay; one that is known changes nothing.
    pub(super) fn start_replay(&mut self, job: ReplayJob) {
        if self.replays.iter().any(|replay| replay.job.id == job.id) {
            return;
        }
        let revision = self.revisions.numbered(job.revision).unwrap_or_else(|| self.revisions.latest());
        self.replays.push_back(Replay::new(job, revision.clone()));
    }

    pub(super) fn with_replay(&mut self, id: i64, change: impl FnOnce(&mut Replay)) {
        if let Some(replay) = self.replays.iter_mut().find(|replay| replay.job.id == id) {
            change(replay);
        }
    }

    /// The last event of a replay of those that were not delivered: what it reads are these alone.
    pub fn undelivered_up_to(&self, reader: Reader) -> Option<Seq> {
        let Reader::Replay(id) = reader else { return None };
        let replay = self.replays.iter().find(|replay| replay.job.id == id)?;
        replay.job.undelivered.then_some(replay.job.to)
    }

    pub(super) fn admit_replayed(&mut self, id: i64, page: Page) {
        let Some(at) = self.replays.iter().position(|replay| replay.job.id == id) else { return };
        let Some(mut replay) = self.replays.remove(at) else { return };
        let pending = |seq: Seq| self.held.contains(seq) || self.is_pending(seq);
        replay.admit(page, pending, |event| self.lane_key(event));
        self.replays.insert(at, replay);
    }

    /// The first replay that is not paused; the others wait for it.
    pub(super) fn start_replayed(&mut self, now: Instant) -> Option<Action> {
        let (window, held, locked) = (&self.window, &self.held, &self.locked);
        let busy = |key| {
            held.blocks(key, Seq(i64::MAX))
                || locked.contains(&key)
                || window.by_key(key).is_some_and(|lane| window.lane(lane).phase == Phase::Flying)
        };
        let replay = self.replays.iter_mut().find(|replay| !replay.job.paused)?;
        if replay.rate.as_ref().is_some_and(|rate| rate.ready_at(now) > now) {
            return None;
        }
        let job = replay.job.id;
        let of_this = |flight: &Flight| matches!(flight.errand, Errand::Replay { job: of, .. } if of == job);
        let mut found = None;
        for _ in 0..replay.window.ready() {
            let lane = replay.window.take_ready(busy)?;
            if let Some(event) = replay.window.turn_event(lane).cloned() {
                found = Some((lane, event));
                break;
            }
            let seqs = replay.fetch(lane, !self.flights.values().any(of_this));
            if !seqs.is_empty() {
                return Some(Action::Load { input: Input::Replay(job), seqs, bytes: usize::MAX });
            }
            replay.window.put_back(lane);
        }
        let (lane, event) = found?;
        let place = replay.window.start(lane);
        let slot = replay.window.slot_mut(place);
        slot.tries = slot.tries.saturating_add(1);
        let (n, revision) = (slot.tries, slot.revision.clone());
        if let Some(rate) = &mut replay.rate {
            rate.spend(now);
        }
        let lock = replay.window.lane(lane).key;
        Some(Action::Send(self.take_off(Errand::Replay { job, place }, event, n, revision, lock)))
    }

    pub(super) fn replay_answered(
        &mut self,
        number: u64,
        (job, place): (i64, Place),
        flight: &Flight,
        kind: Kind,
        outcome: Outcome,
        now: Now,
    ) {
        if flight.too_fast && self.is_refused_freely(flight, outcome.clone(), (job, place), now) {
            return;
        }
        let was_open = self.breaker.is_open();
        let general = if kind == Kind::Delivered {
            self.breaker.succeeded(self.settings.concurrency.u16())
        } else {
            let name = self.lane_key(&flight.event).unwrap_or(flight.event.seq.0.cast_unsigned());
            self.breaker.failed(name, kind, now.at)
        };
        let open = self.breaker.is_open();
        let charged = !flight.probe && !was_open && !open;
        let attempted = Attempted {
            seq: flight.event.seq,
            origin: flight.origin,
            n: flight.n,
            revision: flight.revision.number(),
            charged,
        };
        self.results.attempt(attempted, outcome, now.at);
        let rng = &mut self.rng;
        if flight.probe && open {
            self.breaker.probe_failed(now.at, |pause| jittered(pause, rng));
        }
        let schedule = &self.schedule;
        if let Some(replay) = self.replays.iter_mut().find(|replay| replay.job.id == job) {
            if kind == Kind::Delivered {
                replay.delivered(place);
            } else {
                replay.failed(place, charged, open, schedule, (now.at, |pause| jittered(pause, rng)));
            }
        }
        if kind == Kind::Delivered {
            self.after_success(number, general, now);
        }
    }

    /// A replayed event that was refused for the pace's sake is tried again soon; false when that was often enough.
    fn is_refused_freely(
        &mut self,
        flight: &Flight,
        outcome: Outcome,
        (job, place): (i64, Place),
        now: Now,
    ) -> bool {
        let replay = self.replays.iter_mut().find(|replay| replay.job.id == job);
        if let Some(replay) = replay {
            let slot = replay.window.slot_mut(place);
            if slot.too_fast >= FREE_REFUSALS {
                return false;
            }
            slot.too_fast += 1;
            let until = now.at + jittered(self.pace.pause(slot.too_fast), &mut self.rng);
            replay.window.resume(replay.window.lane_of(place), Some(until), false);
        }
        let attempted = Attempted {
            seq: flight.event.seq,
            origin: flight.origin,
            n: flight.n,
            revision: flight.revision.number(),
            charged: false,
        };
        self.results.attempt(attempted, outcome, now.at);
        true
    }

    /// Wakes what waits in replays, reports their progress and lets finished ones go.
    pub(super) fn note_replays(&mut self, now: Instant) {
        if self.replays.is_empty() {
            return;
        }
        for replay in &mut self.replays {
            replay.window.wake(now);
            if let Some(progress) = replay.progress() {
                self.results.replay(progress);
            }
        }
        self.replays.retain(|replay| !replay.is_done());
    }
}
