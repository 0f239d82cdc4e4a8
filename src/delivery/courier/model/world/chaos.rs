//! What happens to a courier: events, what people change, and crashes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;

use super::{Happening, World, limits, setup};
use crate::delivery::courier::model::order::Order;
use crate::delivery::courier::model::store::Replayed;
use crate::delivery::courier::{Command, Courier, PauseReason, ReplayJob, Room};
use crate::delivery::subscription::tests::{event, revision};
use crate::domain::Seq;

/// The payload of large events, up to the largest that may be sent. It is never read, and so takes no memory.
static ZEROS: [u8; 64 << 20] = [0; 64 << 20];

impl World {
    pub(super) fn append(&mut self, name: &str, lane: Option<&str>) {
        let seq = self.store.head().next();
        let payload = if self.rng.random_bool(0.02) { "x".repeat(9_000) } else { "{}".to_owned() };
        let mut event = event(seq.0, name, lane, &format!("\"{payload}\""));
        if name != "call-fresh" && self.spare.random_bool(0.06) {
            let bytes = (1_usize << self.spare.random_range(10..26)) + self.spare.random_range(0..1_000);
            event.payload = Bytes::from_static(&ZEROS[..bytes.min(ZEROS.len())]);
        }
        if lane.is_some() || name != "call-fresh" {
            self.receiver.meet(&event, &mut self.rng);
        }
        self.store.journal.push(Arc::new(event));
        self.courier.head(seq);
    }

    pub(super) fn append_some(&mut self) {
        for _ in 0..self.rng.random_range(1..25) {
            let name = ["call-a", "call-b", "agent-c", "call-d"][self.rng.random_range(0..4)];
            let lane = self.rng.random_bool(0.8).then(|| format!("lane-{}", self.rng.random_range(0..6)));
            self.append(name, lane.as_deref());
        }
    }

    pub(super) fn disturb(&mut self) -> Result<(), String> {
        if self.spare.random_bool(0.03) {
            self.skip();
        }
        if self.spare.random_bool(0.1) {
            self.tell(Command::ServerAnswers);
        }
        if self.spare.random_bool(0.05) {
            // What others hold is not this one's.
            let bytes = [0, 700, 3_000, usize::MAX][self.spare.random_range(0..4)];
            let room = Room { bytes, aside: self.spare.random_bool(0.5) };
            self.trace(&room);
            self.courier.room(room);
        }
        if self.spare.random_bool(0.02) {
            self.tell(Command::OtherCredentials);
        }
        if self.spare.random_bool(0.02) {
            self.tell(Command::TryNow);
        }
        match self.rng.random_range(0..26) {
            0..=10 => self.append_some(),
            11..=13 => {
                let until = self.now.as_secs() + self.rng.random_range(1..4_000);
                self.receiver.fail_until(until, &mut self.rng);
            }
            14 => self.receiver.heal(),
            15 | 16 => return self.crash(),
            17 => self.wall_off += self.rng.random_range(-7_200_000_000..7_200_000_000i64),
            18 => {
                self.paused = true;
                self.tell(Command::Pause(PauseReason::Operator(String::new())));
            }
            19 => {
                self.paused = false;
                self.tell(Command::Resume);
            }
            20 => return self.revise(),
            21 => self.change_settings(),
            22 => self.resend(),
            23 => self.replay(),
            24 => self.touch_replay(),
            _ => self.now += Duration::from_secs(self.rng.random_range(1..3_000)),
        }
        Ok(())
    }

    /// A new revision, of which the courier may hear late, and not in this life.
    fn revise(&mut self) -> Result<(), String> {
        let number = i32::try_from(self.store.revisions.len()).expect("few") + 1;
        let events: &[&str] =
            [&["*"][..], &["call-*"], &["call-a", "call-fresh"]][self.rng.random_range(0..3)];
        let revision = revision(number, self.store.head().next().0, events);
        self.store.revisions.push(revision.clone());
        let late = if self.spare.random_bool(0.5) { self.spare.random_range(0..400) } else { 0 };
        self.tell_late(Command::Revision(revision), Duration::from_millis(late));
        if self.rng.random_bool(0.7) {
            self.append_some();
        }
        if self.spare.random_bool(0.2) {
            let moment = Duration::from_millis(self.spare.random_range(0..100));
            self.run_until(self.now + moment)?;
            self.revise()?;
        }
        if self.spare.random_bool(0.4) {
            let moment = Duration::from_millis(late + 100).mul_f64(self.spare.random());
            self.run_until(self.now + moment)?;
            return self.crash();
        }
        Ok(())
    }

    /// The cursor is moved on by hand.
    fn skip(&mut self) {
        let to = Seq(self.spare.random_range(0..=self.store.head().0));
        self.trace(&("skip to", to));
        if self.store.skip_to(to) {
            self.tell(Command::SkipTo(to));
        }
    }

    fn change_settings(&mut self) {
        (self.settings.concurrency, self.settings.rate_per_second) = limits(&mut self.rng);
        if self.rng.random_bool(0.2) {
            self.settings.ordered = !self.settings.ordered;
        }
        self.tell(Command::Settings(Arc::new(self.settings.clone())));
    }

    fn resend(&mut self) {
        if self.store.head() == Seq::ZERO {
            return;
        }
        let seq = Seq(self.rng.random_range(1..=self.store.head().0));
        *self.resends.entry(seq).or_default() += 1;
        self.tell(Command::Resend(vec![seq]));
    }

    fn replay(&mut self) {
        if self.store.settled() == Seq::ZERO || self.replays.len() > 2 {
            return;
        }
        let from = Seq(self.rng.random_range(1..=self.store.settled().0));
        let job = ReplayJob {
            id: i64::try_from(self.store.replays.len()).expect("few") + 1,
            from,
            to: Seq(self.rng.random_range(from.0..=self.store.head().0)),
            names: Vec::new(),
            undelivered: false,
            revision: self.store.revisions.last().expect("at least one").number,
            as_new: self.rng.random_bool(0.5),
            per_second: self.rng.random_bool(0.5).then_some(20),
            paused: false,
            cursor: Seq(from.0 - 1),
        };
        let stored = Replayed { position: job.cursor, ..Replayed::default() };
        self.store.replays.insert(job.id, stored);
        self.replays.push(job.clone());
        self.tell(Command::StartReplay(job));
    }

    fn touch_replay(&mut self) {
        if self.replays.is_empty() {
            return;
        }
        let at = self.rng.random_range(0..self.replays.len());
        let id = self.replays[at].id;
        match self.rng.random_range(0..3) {
            0 => {
                self.replays[at].paused = true;
                self.tell(Command::PauseReplay(id));
            }
            1 => {
                self.replays[at].paused = false;
                self.tell(Command::ResumeReplay(id));
            }
            _ => {
                self.replays.remove(at);
                self.tell(Command::CancelReplay(id));
            }
        }
    }

    /// The process ends here and starts again (or another node takes over): what was under way may have arrived.
    fn crash(&mut self) -> Result<(), String> {
        self.trace(&"crash");
        for sent in std::mem::take(&mut self.sent).into_values() {
            *self.explained.entry(sent.seq).or_default() += 1;
            if sent.succeeds && self.rng.random_bool(0.5) {
                self.succeeded(&sent);
            }
        }
        for happening in self.happenings.values() {
            if let Happening::Commit { life, settlement, .. } = happening
                && *life == self.life
                && self.rng.random_bool(0.5)
            {
                self.store.settle(settlement)?;
            }
        }
        for (seq, count) in &self.successes {
            // Answered and not committed: it may be sent again.
            let unknown = !self.store.delivered.contains(seq) || self.store.held.contains_key(seq);
            if *count > 0 && unknown {
                *self.explained.entry(*seq).or_default() += 1;
            }
        }
        self.untold.clear();
        self.told_at = Duration::ZERO;
        self.life += 1;
        let seed = self.rng.random();
        for job in &mut self.replays {
            let stored = self.store.replays.get(&job.id).copied().unwrap_or_default();
            job.cursor = stored.position.max(Seq(job.from.0 - 1));
        }
        let unfinished: Vec<ReplayJob> = self
            .replays
            .iter()
            .filter(|job| !self.store.replays.get(&job.id).is_some_and(|replay| replay.done))
            .cloned()
            .collect();
        let known = self.store.revisions.iter().map(|revision| revision.number);
        self.order = Order::new(self.settings.ordered, known);
        let setup = setup(&self.store, &self.settings, self.paused, &unfinished, seed);
        self.courier = Courier::new(setup, self.clock()).ok_or("no courier")?;
        Ok(())
    }
}
