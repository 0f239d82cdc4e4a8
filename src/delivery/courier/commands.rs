//! What people and the runtime change while a courier runs: settings, revisions, pauses, resends, the cursor.

use std::sync::Arc;

use super::held::Entry;
use super::rate::Rate;
use super::retry::Schedule;
use super::window::{Left, Phase, Place};
use super::{Command, Courier, Now, Page, Review};
use crate::domain::{HeldReason, HeldState, Revision, Seq, WebhookSettings};

impl Courier {
    /// Applies what a person or the runtime wants changed. Returns the events whose fate a resend or a discard changed.
    pub fn command(&mut self, command: Command, now: Now) -> Vec<Seq> {
        match command {
            Command::Resend(mut seqs) => {
                seqs.retain(|seq| self.resend(*seq, now));
                return seqs;
            }
            Command::Discard(mut seqs) => {
                seqs.retain(|seq| self.discard(*seq, now));
                return seqs;
            }
            Command::Settings(settings) => self.change_settings(settings, now),
            Command::Revision(revision) => self.learn_revision(revision),
            Command::Pause(reason) => self.paused = Some(reason),
            Command::Resume => {
                self.paused = None;
                self.gone = None;
                self.stalled = false;
                self.slow_until = None;
                self.breaker.reset();
            }
            Command::StartReplay(job) => self.start_replay(job),
            Command::PauseReplay(id) => self.with_replay(id, |replay| replay.job.paused = true),
            Command::ResumeReplay(id) => self.with_replay(id, |replay| replay.job.paused = false),
            Command::CancelReplay(id) => self.replays.retain(|replay| replay.job.id != id),
            Command::SkipTo(seq) => self.skip_to(seq),
            Command::Drain => self.draining = true,
        }
        Vec::new()
    }

    fn change_settings(&mut self, settings: Arc<WebhookSettings>, now: Now) {
        if settings.rate_per_second != self.settings.rate_per_second {
            self.rate = settings.rate_per_second.map(Rate::new);
        }
        if settings.url != self.settings.url {
            self.breaker.reset();
            self.gone = None;
            self.slow_until = None;
        }
        self.resort |= settings.ordered != self.settings.ordered;
        self.schedule = Schedule::new(&settings.retry_seconds, WebhookSettings::FAST_RETRIES);
        self.settings = settings;
        if self.resort && self.flights.is_empty() {
            self.sort_lanes_again(now);
        }
    }

    pub(super) fn sort_lanes_again(&mut self, now: Now) {
        self.resort = false;
        let (ordered, hasher) = (self.settings.ordered, &self.hasher);
        let key = |lane: &str| ordered.then(|| hasher.hash_one(lane));
        self.window.sort_again(|event| event.lane.as_deref().and_then(key));
        self.held.sort_again(now, key);
        self.rouse_all();
    }

    pub(super) fn rouse_all(&mut self) {
        for key in self.held.lane_keys() {
            self.next_in_lane(Some(key));
        }
    }

    /// A new revision. Events that were read before it was known are looked at again.
    fn learn_revision(&mut self, revision: Revision) {
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

    /// As far as the cursor may be written: not past what is to be looked at again.
    pub(super) fn safe_cursor(&self) -> Seq {
        let reviewed = self.reviews.front().map(|review| Seq(review.from.0 - 1));
        reviewed.map_or(self.window.cursor(), |reviewed| reviewed.min(self.window.cursor()))
    }

    #[cfg(test)]
    pub(super) fn review_from_seq(&self) -> Option<Seq> {
        self.reviews.iter().map(|review| review.from).min()
    }

    /// Events that the old revision passed over and the one that holds wants: sent by themselves.
    pub(super) fn review(&mut self, page: Page, now: Now) {
        let Some(review) = self.reviews.front_mut() else { return };
        review.reading = false;
        let (from, to, old) = (review.from, review.to, review.old.clone());
        let last = page.next > to || page.events.is_empty();
        for event in page.events {
            let missed = (from..=to).contains(&event.seq)
                && old.wants(&event).is_err()
                && self.revisions.at(event.seq).wants(&event).is_ok();
            if missed && !self.held.contains(event.seq) {
                // A window's worth beyond the bound, so that a full held set does not keep a review waiting.
                if !self.make_room(1, self.bounds.held_rows + self.bounds.window_items, now) {
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
    fn skip_to(&mut self, seq: Seq) {
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

    /// Sends an event again by itself, whatever became of it; one that is pending is left as it is (false).
    fn resend(&mut self, seq: Seq, now: Now) -> bool {
        if self.held.hasten(seq) {
            return true;
        }
        if self.held.contains(seq) || self.is_pending(seq) || !self.make_room(1, self.bounds.held_rows, now) {
            return false;
        }
        self.keep(seq, Entry::resent(now.wall), now.at, now);
        true
    }

    /// Gives a held event up; false when it is not held.
    fn discard(&mut self, seq: Seq, now: Now) -> bool {
        let Some(entry) = self.held.remove(seq) else { return false };
        let key = entry.key;
        self.bury(seq, entry, HeldReason::Discarded, now);
        self.next_in_lane(key);
        true
    }
}
