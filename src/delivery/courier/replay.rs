//! Events of the past, sent again: a second input of the courier, behind everything else it does.
//!
//! What must hold: a replay keeps the order of its lanes, never sends an event of a lane that a live request is under
//! way for, and skips what is pending or held, since that is delivered anyway. What fails through its fast retries is
//! counted as failed and left; its attempts say what happened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lanes::{LaneId, LaneKey};
use super::rate::Rate;
use super::retry::Schedule;
use super::stretch::Stretch;
use super::types::ReplayJob;
use super::window::{Content, Left, Place, Window};
use crate::delivery::subscription::Subscription;
use crate::domain::{Event, Seq};
use crate::journal::Page;
use crate::store::ReplayProgress;

/// Unsettled events of a replay, and the bytes of those in memory; one event always fits.
pub(super) const ITEMS: usize = 64;
pub(super) const BYTES: usize = 256 << 10;

/// See the module.
pub(super) struct Replay {
    pub job: ReplayJob,
    pub revision: Arc<Subscription>,
    pub window: Window,
    pub rate: Option<Rate>,
    pub reading: bool,
    stretch: Stretch,
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
            stretch: Stretch::default(),
            reported: job.cursor,
            delivered: 0,
            failed: 0,
            skipped: 0,
            revision,
            job,
        }
    }

    /// Where to read next and how much; `None` while there is no room, or at the end. What fails does not take the room
    /// of what follows.
    pub(super) fn wants(&mut self, now: Instant) -> Option<(Seq, usize, usize)> {
        if self.reading || self.job.paused || self.window.next() > self.job.to {
            return None;
        }
        self.spare_memory();
        let room = self.stretch.of(ITEMS).saturating_sub(self.window.unsettled());
        let bytes = BYTES.saturating_sub(self.window.bytes());
        if room >= ITEMS / 8 && bytes >= BYTES / 4 {
            return Some((self.window.next(), room, bytes));
        }
        if self.window.has_failing() {
            self.stretch.is_full(now);
        }
        None
    }

    /// When it reads further if nothing of it succeeds.
    pub(super) fn grows_at(&self) -> Option<Instant> {
        self.stretch.grows_at()
    }

    /// Lets go of what fails while memory is short, so that reading goes on.
    fn spare_memory(&mut self) {
        if self.window.bytes() > BYTES / 4 * 3 {
            self.window.let_go(BYTES / 2);
        }
    }

    /// Has a lane wait until its turn is read again; empty when there is no room for that now.
    pub(super) fn fetch(&mut self, lane: LaneId, idle: bool) -> Vec<Seq> {
        self.spare_memory();
        let idle = idle && !self.window.is_fetching();
        if self.window.bytes() >= BYTES && !idle { Vec::new() } else { self.window.fetch(lane, BYTES / 4) }
    }

    /// Events that were read again; those of `seqs` that are missing are gone from the journal.
    pub(super) fn loaded(&mut self, seqs: &[Seq], events: Vec<Arc<Event>>) {
        self.window.fetch_ended(seqs);
        for event in events {
            if let Some(place) = self.window.fetched(event) {
                self.window.end_fetching(self.window.lane_of(place));
            }
        }
        for seq in seqs {
            let Some(place) = self.window.place_of(*seq) else { continue };
            if matches!(self.window.slot(place).content, Content::LetGo) {
                self.skipped += 1;
                self.settled(place);
            } else {
                self.window.end_fetching(self.window.lane_of(place));
            }
        }
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
            let wanted = self.job.undelivered || self.revision.wants(&event).is_ok();
            if !chosen || !wanted {
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
        self.stretch = Stretch::default();
        self.window.forgive(self.window.lane_of(place));
        self.settled(place);
    }

    fn settled(&mut self, place: Place) {
        let lane = self.window.lane_of(place);
        if self.window.settle(place) == Left::Lane {
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
        (now, jittered): (Instant, impl FnOnce(Duration) -> Duration),
    ) {
        let lane: LaneId = self.window.lane_of(place);
        self.window.mark_failing(lane, 0, now);
        if open {
            self.window.resume(lane, None, false);
            return;
        }
        let slot = self.window.slot_mut(place);
        slot.charged = slot.charged.saturating_add(u16::from(charged));
        let charged = slot.charged;
        match schedule.pause_after(charged.max(1)) {
            Some(pause) if !schedule.fast_used_up(charged) => {
                self.window.resume(lane, Some(now + jittered(pause)), false);
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
