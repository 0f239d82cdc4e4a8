//! Replays within the courier: when they may send, and what an answer means for them.

use super::replay::Replay;
use super::retry::{Kind, jittered};
use super::window::Place;
use super::{Action, Courier, Errand, FREE_REFUSALS, Flight, Input, Now, Outcome, Reader, ReplayJob};
use crate::domain::Seq;
use crate::journal::Page;
use std::collections::VecDeque;
use std::time::Instant;

/// Those of a webhook that have not ended, oldest first; the first that is not paused runs, the others wait for it.
#[derive(Default)]
pub(super) struct Replays(VecDeque<Replay>);

impl Replays {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, id: i64) -> Option<&Replay> {
        self.0.iter().find(|replay| replay.job.id == id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Replay> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Replay> {
        self.0.iter_mut()
    }

    pub(super) fn with(&mut self, id: i64, change: impl FnOnce(&mut Replay)) {
        if let Some(replay) = self.0.iter_mut().find(|replay| replay.job.id == id) {
            change(replay);
        }
    }

    /// The one that runs.
    pub(super) fn running(&mut self) -> Option<&mut Replay> {
        self.0.iter_mut().find(|replay| !replay.job.paused)
    }

    pub(super) fn cancel(&mut self, id: i64) {
        self.0.retain(|replay| replay.job.id != id);
    }

    /// Bytes of the events that they have in memory.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|replay| replay.window.bytes()).sum()
    }
}

impl Courier {
    /// Queues a replay; one that is known changes nothing.
    pub(super) fn start_replay(&mut self, job: ReplayJob) {
        if self.replays.get(job.id).is_some() {
            return;
        }
        let revision =
            self.wanted.revisions.numbered(job.revision).unwrap_or_else(|| self.wanted.revisions.latest());
        self.replays.0.push_back(Replay::new(job, revision.clone()));
    }

    /// The last event of a replay of those that were not delivered: what it reads are these alone.
    pub fn undelivered_up_to(&self, reader: Reader) -> Option<Seq> {
        let Reader::Replay(id) = reader else { return None };
        let replay = self.replays.get(id)?;
        replay.job.undelivered.then_some(replay.job.to)
    }

    pub(super) fn admit_replayed(&mut self, id: i64, page: Page) {
        let (window, held, keys) = (&self.window, &self.held, &self.keys);
        let pending = |seq: Seq| held.contains(seq) || window.is_pending(seq);
        self.replays.with(id, |replay| replay.admit(page, pending, |event| keys.of(event)));
    }

    /// The first replay that is not paused; the others wait for it.
    pub(super) fn start_replayed(&mut self, now: Instant) -> Option<Action> {
        let lanes = &self.window.lanes;
        let busy = |key| lanes.of(Some(key)).is_some_and(|lane| lane.is_under_way() || !lane.held.is_empty());
        let replay = self.replays.running()?;
        if replay.rate.as_ref().is_some_and(|rate| rate.ready_at(now) > now) {
            return None;
        }
        let job = replay.job.id;
        let mut found = None;
        for _ in 0..replay.window.ready() {
            let lane = replay.window.take_ready(busy)?;
            if let Some(event) = replay.window.turn_event(lane).cloned() {
                found = Some((lane, event));
                break;
            }
            let may_ask = self.reads.may_ask(now);
            let seqs =
                if may_ask { replay.fetch(lane, !self.underway.has_of_replay(job)) } else { Vec::new() };
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
        let was_open = self.endpoint.breaker.is_open();
        let general = if kind == Kind::Delivered {
            self.endpoint.breaker.succeeded(self.settings.concurrency.u16())
        } else {
            let name = self.keys.of(&flight.event).unwrap_or(flight.event.seq.0.cast_unsigned());
            self.endpoint.breaker.failed(name, kind, now.at)
        };
        let open = self.endpoint.breaker.is_open();
        let charged = !flight.probe && !was_open && !open;
        self.results.attempt(flight.attempted(charged), outcome, now.at);
        let rng = &mut self.retries.rng;
        if flight.probe && open {
            self.endpoint.breaker.probe_failed(now.at, |pause| jittered(pause, rng));
        }
        let schedule = &self.retries.schedule;
        self.replays.with(job, |replay| {
            if kind == Kind::Delivered {
                replay.delivered(place);
            } else {
                replay.failed(place, charged, open, schedule, (now.at, |pause| jittered(pause, rng)));
            }
        });
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
            let until = now.at + self.retries.jittered(self.endpoint.pace.pause(slot.too_fast));
            replay.window.resume(replay.window.lane_of(place), Some(until), false);
        }
        self.results.attempt(flight.attempted(false), outcome, now.at);
        true
    }

    /// Wakes what waits in replays, reports their progress and lets finished ones go.
    pub(super) fn note_replays(&mut self, now: Instant) {
        if self.replays.is_empty() {
            return;
        }
        for replay in self.replays.iter_mut() {
            replay.window.wake(now);
            if let Some(progress) = replay.progress() {
                self.results.replay(progress);
            }
        }
        self.replays.0.retain(|replay| !replay.is_done());
    }
}
