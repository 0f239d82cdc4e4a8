//! What people and the runtime change while a courier runs: settings, pauses, resends, the cursor. (Revisions: `review`.)

use std::sync::Arc;

use rand::RngExt;

use super::held::Entry;
use super::pace::Pace;
use super::rate::Rate;
use super::retry::Schedule;
use super::window::Phase;
use super::{Command, Courier, Now};
use crate::domain::{HeldReason, Seq, WebhookSettings};

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
                self.stalled = false;
                self.forget_answers();
            }
            Command::OtherCredentials => {
                self.endpoint += 1;
                self.forget_answers();
            }
            Command::ServerAnswers => {
                let rng = &mut self.rng;
                self.breaker.hear_of_life(now.at, |spread| spread.mul_f64(rng.random_range(0.0..1.0)));
            }
            Command::TryNow => {
                self.breaker.hasten(now.at);
                self.window.end_pauses();
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
            self.rate = settings.rate_per_second.map(|rate| Rate::new(rate.u32()));
        }
        if settings.url != self.settings.url {
            self.endpoint += 1;
            self.forget_answers();
        }
        self.resort |= settings.ordered != self.settings.ordered;
        self.schedule = Schedule::new(&settings.retry_seconds, WebhookSettings::FAST_RETRIES);
        self.settings = settings;
        if self.resort && self.flights.is_empty() {
            self.sort_lanes_again(now);
        }
    }

    /// What was answered so far, and how fast, was said to somebody else than who asks from now on.
    fn forget_answers(&mut self) {
        self.breaker.reset();
        self.gone = None;
        self.slow_until = None;
        self.pace = Pace::default();
    }

    pub(super) fn sort_lanes_again(&mut self, now: Now) {
        self.resort = false;
        let (ordered, hasher) = (self.settings.ordered, &self.hasher);
        let key = |lane: &str| ordered.then(|| hasher.hash_one(lane));
        self.window.sort_again(key);
        self.held.sort_again(now, key);
        self.rouse_all();
    }

    pub(super) fn rouse_all(&mut self) {
        for key in self.held.lane_keys() {
            self.next_in_lane(Some(key));
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
        self.skipped_to = self.skipped_to.max(seq);
        self.rouse_passed();
        self.skip_reviews(seq);
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
