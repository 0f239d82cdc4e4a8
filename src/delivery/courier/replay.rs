//! Events of the past, sent again: a second input of the courier, behind everything else it does.
//!
//! What must hold: a replay keeps the order of its lanes, never sends an event of a lane that a live request is under
//! way for, and skips what is pending or held, since that is delivered anyway. What fails through its fast retries is
//! counted as failed and left; its attempts say what happened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::rate::Rate;
use super::retry::Schedule;
use super::types::{Page, ReplayJob};
use super::window::{LaneId, LaneKey, Place, Window};
use crate::delivery::subscription::Subscription;
use crate::domain::{Event, Seq};
use crate::store::ReplayProgress;

/// Unsettled events of a replay in memory, and their bytes.
pub(super) const ITEMS: usize = 64;
pub(super) const BYTES: usize = 256 << 10;

/// See the module.
pub(super) struct Replay {
    pub job: ReplayJob,
    pub revision: Arc<Subscription>,
    pub window: Window,
    pub rate: Option<Rate>,
    pub reading: bool,
    reported: Seq,
    delivered: i32,
    failed: i32,
    skipped: i32,
}

impl Replay {
    pub(super) fn new(job: ReplayJob, revision: Arc<Subscription>) -> Replay {
        Replay {
            window: Window::starting_after(job.cursor),
            rate: job.per_second.map(Rate::new),
            reading: false,
            reported: job.cursor,
            delivered: 0,
            failed: 0,
            skipped: 0,
            revision,
            job,
        }
    }

    /// Where to read next and how much; `None` while there is no room, or at the end.
    pub(super) fn wants(&self) -> Option<(Seq, usize, usize)> {
        let room = ITEMS.saturating_sub(self.window.unsettled());
        let bytes = BYTES.saturating_sub(self.window.bytes());
        let more = !self.reading && !self.job.paused && self.window.next() <= self.job.to;
        (more && room >= ITEMS / 4 && bytes >= BYTES / 4).then(|| (self.window.next(), room, bytes))
    }

    /// Takes in what was read. `pending` says what will be delivered anyway.
    pub(super) fn admit(
        &mut self,
        page: Page,
        pending: impl Fn(Seq) -> bool,
        key_of: impl Fn(&Event) -> Option<LaneKey>,
    ) {
        self.reading = false;
        let names = &self.job.names;
        for event in page.events {
            if event.seq < self.window.next() || event.seq > self.job.to {
                continue;
            }
            let chosen = names.is_empty() || names.iter().any(|pattern| pattern.matches(&event.name));
            if !chosen || self.revision.wants(&event).is_err() {
                continue;
            }
            if pending(event.seq) {
                self.skipped += 1;
                continue;
            }
            let key = key_of(&event);
            self.window.push(event, key, self.revision.clone(), false);
        }
        self.window.read_up_to(page.next.min(self.job.to.next()));
    }

    pub(super) fn delivered(&mut self, place: Place) {
        self.delivered += 1;
        self.settled(place);
    }

    fn settled(&mut self, place: Place) {
        let lane = self.window.lane_of(place);
        if self.window.settle(place) == super::window::Left::Lane {
            self.window.resume(lane, None, false);
        }
    }

    /// A request failed: the lane waits, or the event is given up. While the breaker is `open` it goes out again as a
    /// probe, behind the others.
    pub(super) fn failed(
        &mut self,
        place: Place,
        charged: bool,
        open: bool,
        schedule: &Schedule,
        until: impl FnOnce(Duration) -> Instant,
    ) {
        let lane: LaneId = self.window.lane_of(place);
        if open {
            self.window.resume(lane, None, false);
            return;
        }
        let slot = self.window.slot_mut(place);
        slot.charged = slot.charged.saturating_add(u16::from(charged));
        let charged = slot.charged;
        match schedule.pause_after(charged.max(1)) {
            Some(pause) if !schedule.fast_used_up(charged) => {
                self.window.resume(lane, Some(until(pause)), false);
            }
            _ => {
                self.failed += 1;
                self.settled(place);
            }
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.window.next() > self.job.to && self.window.unsettled() == 0
    }

    /// What has changed since it was last asked.
    pub(super) fn progress(&mut self) -> Option<ReplayProgress> {
        let position = self.window.cursor().min(self.job.to);
        let done = self.is_done();
        let changed = position > self.reported || self.delivered + self.failed + self.skipped > 0 || done;
        if !changed {
            return None;
        }
        self.reported = position;
        Some(ReplayProgress {
            replay: self.job.id,
            position,
            delivered: std::mem::take(&mut self.delivered),
            failed: std::mem::take(&mut self.failed),
            skipped: std::mem::take(&mut self.skipped),
            done,
        })
    }
}
