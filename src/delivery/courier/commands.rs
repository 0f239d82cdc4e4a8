//! What people and the runtime change while a courier runs: settings, pauses, resends, the cursor. (Revisions: `review`.)

use std::sync::Arc;

use rand::RngExt;

use super::held::Entry;
use super::lanes::Phase;
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
            Command::Pause(reason) => self.halt.pause(reason),
            Command::Resume => {
                self.halt.resume();
                self.reads.stalled = false;
                self.endpoint.forget_answers();
            }
            Command::OtherCredentials => self.endpoint.changed(),
            Command::ServerAnswers => {
                let rng = &mut self.retries.rng;
                self.endpoint
                    .breaker
                    .hear_of_life(now.at, |spread| spread.mul_f64(rng.random_range(0.0..1.0)));
            }
            Command::TryNow => {
                self.endpoint.breaker.hasten(now.at);
                self.window.end_pauses();
            }
            Command::StartReplay(job) => self.start_replay(job),
            Command::PauseReplay(id) => self.replays.with(id, |replay| replay.job.paused = true),
            Command::ResumeReplay(id) => self.replays.with(id, |replay| replay.job.paused = false),
            Command::CancelReplay(id) => self.replays.cancel(id),
            Command::SkipTo(seq) => self.skip_to(seq),
            Command::Drain => self.halt.drain(),
        }
        Vec::new()
    }

    fn change_settings(&mut self, settings: Arc<WebhookSettings>, now: Now) {
        if settings.rate_per_second != self.settings.rate_per_second {
            self.endpoint.change_rate(&settings);
        }
        if settings.url != self.settings.url {
            self.endpoint.changed();
        }
        self.keys.set_ordered(settings.ordered);
        self.retries.change_schedule(&settings);
        self.settings = settings;
        self.sort_lanes_again(now);
    }

    /// Sorts everything into lanes anew, if order was switched on or off and nothing is under way: the events of the window, those
    /// held and those of replays.
    pub(super) fn sort_lanes_again(&mut self, now: Now) {
        if !self.keys.is_to_sort() || !self.underway.is_empty() {
            return;
        }
        self.keys.sorted();
        let key_of = |lane: &str| self.keys.of_name(lane);
        self.window.sort_again(key_of);
        self.held.sort_again(&mut self.window.lanes, now, key_of);
        self.replays.iter_mut().for_each(|replay| replay.window.sort_again(key_of));
        self.go_on_everywhere();
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
        self.read_up_to(seq.next());
        self.wanted.skip_to(seq);
        self.reads.stalled = false;
    }

    /// Sends an event again by itself, whatever became of it; one that is pending is left as it is (false).
    fn resend(&mut self, seq: Seq, now: Now) -> bool {
        let lane = self.held.get(seq).and_then(Entry::queue).and_then(|key| self.window.lanes.by_key(key));
        let may_go = lane.is_none_or(|lane| self.window.held_turn(lane) == Some(seq));
        if may_go && self.held.hasten(seq) {
            return true;
        }
        if self.held.contains(seq)
            || self.window.is_pending(seq)
            || !self.make_room(1, self.bounds.held_rows, now)
        {
            return false;
        }
        self.keep(seq, Entry::resent(now.wall), now.at, now);
        true
    }

    /// Gives a held event up; false when it is not held.
    fn discard(&mut self, seq: Seq, now: Now) -> bool {
        let Some(entry) = self.held.remove(&mut self.window.lanes, seq) else { return false };
        let key = entry.key;
        self.bury(seq, entry, HeldReason::Discarded, now);
        self.go_on(key);
        true
    }
}
