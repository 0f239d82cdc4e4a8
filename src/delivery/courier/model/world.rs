//! One schedule: time, what is under way, and what goes wrong.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::receiver::Receiver;
use super::store::{Replayed, Store};
use crate::delivery::courier::{
    Action, Bounds, Command, Courier, Now, Outcome, Page, PauseReason, Reader, ReplayJob, Request, Setup,
};
use crate::delivery::subscription::Revisions;
use crate::delivery::subscription::tests::{event, revision};
use crate::domain::{AttemptOrigin, CompanyId, HeldState, Seq, Timestamp, WebhookId, WebhookSettings};
use crate::store::{HeldChange, Settlement};

const BOUNDS: Bounds = Bounds {
    window_items: 16,
    window_bytes: 6_000,
    window_places: 200,
    lane_items: 4,
    held_rows: 14,
    loaded_items: 3,
    uncommitted: 64,
    uncommitted_bytes: 64 << 10,
};
/// When everything must be settled after the chaos: the schedule's two days with its jitter, and room for probes.
const PATIENCE: Duration = Duration::from_hours(6 * 24);

#[derive(Debug)]
enum Happening {
    Answer { life: u32, number: u64, outcome: Box<Outcome> },
    Page { life: u32, reader: Reader, from: Seq, items: usize, bytes: usize },
    Load { life: u32, seqs: Vec<Seq> },
    Commit { life: u32, settlement: Box<Settlement>, troubles: u32 },
    Tell { life: u32, command: Box<Command> },
}

/// A request under way.
#[derive(Debug, Clone)]
struct Sent {
    seq: Seq,
    lane: Option<Arc<str>>,
    origin: AttemptOrigin,
    alone: bool,
    succeeds: bool,
}

pub(super) struct World {
    rng: SmallRng,
    /// For what was added to the schedules later, so that kept seeds stay what they were up to there.
    spare: SmallRng,
    start: Instant,
    now: Duration,
    /// How far the wall clock is off.
    wall_off: i64,
    store: Store,
    receiver: Receiver,
    courier: Courier,
    life: u32,
    agenda: BinaryHeap<Reverse<(Duration, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    serial: u64,
    sent: BTreeMap<u64, Sent>,
    /// Live tries per event over all lives, successes the receiver gave, and how many of these a crash explains.
    tries: BTreeMap<Seq, u32>,
    successes: BTreeMap<Seq, u32>,
    explained: BTreeMap<Seq, u32>,
    resends: BTreeMap<Seq, u32>,
    settings: WebhookSettings,
    paused: bool,
    replays: Vec<ReplayJob>,
    /// Commands that the courier of this life has not heard.
    untold: Vec<Command>,
    /// When the last of them is heard.
    told_at: Duration,
    order_changed: bool,
    traced: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> World {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut settings = WebhookSettings::new("model", "https://example.com/");
        settings.concurrency = rng.random_range(1..6);
        settings.rate_per_second = rng.random_bool(0.2).then(|| rng.random_range(1..50));
        let events = if rng.random_bool(0.5) { "*" } else { "call-*" };
        let store = Store::new(revision(1, 1, &[events]));
        let start = Instant::now();
        let now = Now { wall: Timestamp(1_700_000_000_000_000), at: start };
        let courier = Courier::new(setup(&store, &settings, false, &[], seed), now).expect("a revision");
        let receiver = Receiver::random(&mut rng);
        World {
            rng,
            spare: SmallRng::seed_from_u64(!seed),
            start,
            now: Duration::ZERO,
            wall_off: 0,
            store,
            receiver,
            courier,
            life: 0,
            agenda: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            serial: 0,
            sent: BTreeMap::new(),
            tries: BTreeMap::new(),
            successes: BTreeMap::new(),
            explained: BTreeMap::new(),
            resends: BTreeMap::new(),
            settings,
            paused: false,
            replays: Vec::new(),
            untold: Vec::new(),
            told_at: Duration::ZERO,
            order_changed: false,
            traced: std::env::var_os("RAMAL_MODEL_TRACE").is_some(),
        }
    }

    pub(super) fn run(mut self) -> Result<(), String> {
        let disturbances = self.rng.random_range(10..80);
        for _ in 0..disturbances {
            let until = self.now + Duration::from_millis(self.rng.random_range(1..20_000));
            self.run_until(until)?;
            self.disturb()?;
        }
        self.recover()
    }

    /// Everything that was wrong for a while is right again; what lasts, lasts. Now all must be settled.
    fn recover(&mut self) -> Result<(), String> {
        self.receiver.heal();
        self.tell(Command::Resume);
        self.paused = false;
        for at in 0..self.replays.len() {
            let id = self.replays[at].id;
            self.replays[at].paused = false;
            self.tell(Command::ResumeReplay(id));
        }
        let deadline = self.now + PATIENCE;
        while self.now < deadline {
            // A living endpoint is one that takes something now and then.
            for _ in 0..3 {
                self.append("call-fresh", None);
            }
            self.run_until(self.now + Duration::from_mins(10))?;
            if self.paused {
                self.tell(Command::Resume);
                self.paused = false;
            }
            if self.is_settled() {
                return self.check_end();
            }
        }
        Err(format!(
            "not settled in time: cursor {:?} of {}, held {:?}, {:?}, replays {:?}",
            self.store.cursor,
            self.store.head(),
            self.store.held.values().filter(|row| row.state != HeldState::Dead).collect::<Vec<_>>(),
            self.courier.health(self.at()),
            self.store.replays,
        ))
    }

    fn is_settled(&self) -> bool {
        self.store.settled() == self.store.head()
            && self.store.held.values().all(|row| row.state == HeldState::Dead)
            && self
                .replays
                .iter()
                .all(|job| self.store.replays.get(&job.id).is_some_and(|replay| replay.done))
            && self.courier.is_at_rest()
            && self.untold.is_empty()
    }

    fn check_end(&self) -> Result<(), String> {
        let newest = self.store.revisions.last().expect("at least one").number;
        if self.store.cursor.revision != newest {
            return Err(format!("the cursor does not know revision {newest}: {:?}", self.store.cursor));
        }
        self.store.check_settled(Seq(1))?;
        for (seq, count) in &self.successes {
            let allowed = 1
                + self.explained.get(seq).copied().unwrap_or(0)
                + self.resends.get(seq).copied().unwrap_or(0);
            if *count > allowed {
                return Err(format!("{seq} was delivered {count} times, {allowed} can be explained"));
            }
        }
        Ok(())
    }

    /// With `RAMAL_MODEL_TRACE` set, says what happens.
    fn trace(&self, what: &dyn std::fmt::Debug) {
        if self.traced {
            println!("{:>10.3} {what:?}", self.now.as_secs_f64());
        }
    }

    fn at(&self) -> Instant {
        self.start + self.now
    }

    fn clock(&self) -> Now {
        let micros = i64::try_from(self.now.as_micros()).expect("a short schedule");
        Now { wall: Timestamp(1_700_000_000_000_000 + micros + self.wall_off), at: self.at() }
    }

    fn later(&mut self, wait: Duration, happening: Happening) {
        self.serial += 1;
        self.agenda.push(Reverse((self.now + wait, self.serial)));
        self.happenings.insert(self.serial, happening);
    }

    fn run_until(&mut self, until: Duration) -> Result<(), String> {
        let mut turns = 0;
        loop {
            self.act()?;
            let next = self.agenda.peek().map(|Reverse((at, _))| *at);
            let wake = self.courier.wake_at(self.at()).map(|at| at.saturating_duration_since(self.start));
            let Some(at) = next.into_iter().chain(wake).min().filter(|at| *at <= until) else { break };
            turns += 1;
            if turns > 200_000 {
                return Err("the courier does not come to rest".to_owned());
            }
            self.now = self.now.max(at);
            while let Some(Reverse((at, serial))) = self.agenda.peek().copied() {
                if at > self.now {
                    break;
                }
                self.agenda.pop();
                let happening = self.happenings.remove(&serial).expect("on the agenda");
                self.happen(happening)?;
            }
        }
        self.now = until;
        Ok(())
    }

    fn act(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            let may_send = self.rng.random_bool(0.95);
            let now = self.clock();
            let Some(action) = self.courier.poll(now, may_send) else {
                if may_send || !self.courier.wants_to_send(now.at) {
                    return self.check_bounds();
                }
                continue;
            };
            match action {
                Action::Send(request) => self.send(&request)?,
                Action::Read { reader, from, items, bytes } => {
                    let wait = Duration::from_millis(self.rng.random_range(0..20));
                    self.later(wait, Happening::Page { life: self.life, reader, from, items, bytes });
                }
                Action::Load(seqs) => {
                    let wait = Duration::from_millis(self.rng.random_range(0..20));
                    self.later(wait, Happening::Load { life: self.life, seqs });
                }
                Action::Settle(settlement) => {
                    self.trace(&("settle", settlement.cursor, &settlement.held));
                    let troubles = if self.rng.random_bool(0.05) { 3 } else { 0 };
                    let wait = Duration::from_millis(self.rng.random_range(0..30));
                    let settlement = Box::new(settlement);
                    self.later(wait, Happening::Commit { life: self.life, settlement, troubles });
                }
                Action::Paused(_) => self.paused = true,
            }
        }
        Err("the courier never stops acting".to_owned())
    }

    fn check_bounds(&self) -> Result<(), String> {
        if self.courier.held_len() > BOUNDS.held_rows + BOUNDS.window_items {
            return Err(format!("{} rows are held", self.courier.held_len()));
        }
        if self.sent.len() > usize::from(self.settings.concurrency) + 6 {
            return Err(format!("{} requests are under way", self.sent.len()));
        }
        Ok(())
    }

    fn send(&mut self, request: &Request) -> Result<(), String> {
        let seq = request.event.seq;
        let alone = request.origin == AttemptOrigin::Resend || self.held_state(seq) == Some(HeldState::Alone);
        self.trace(&("send", seq, &request.event.lane, request.n, request.origin));
        self.check_order(request, alone)?;
        let second = self.now.as_secs();
        let sent_at = self.clock().wall;
        let (wait, outcome) = self.receiver.answer(&request.event, second, sent_at, &mut self.rng);
        if request.origin == AttemptOrigin::Live {
            *self.tries.entry(seq).or_default() += 1;
        }
        let succeeds = matches!(outcome.result, Ok(200..=299));
        let lane = request.event.lane.clone();
        self.sent.insert(request.number, Sent { seq, lane, origin: request.origin, alone, succeeds });
        let outcome = Box::new(outcome);
        self.later(wait, Happening::Answer { life: self.life, number: request.number, outcome });
        Ok(())
    }

    /// Of one lane one request is under way, and none goes out before the first try of an earlier event has ended,
    /// nor before that is delivered, unless some event of the lane used up the lane's wait.
    fn check_order(&self, request: &Request, alone: bool) -> Result<(), String> {
        let seq = request.event.seq;
        let Some(lane) = &request.event.lane else { return Ok(()) };
        if alone || !self.settings.ordered || self.order_changed {
            return Ok(());
        }
        let same = |sent: &&Sent| sent.lane.as_ref() == Some(lane) && !sent.alone;
        if let Some(other) = self.sent.values().find(same) {
            return Err(format!("{seq} was sent while {} of its lane is under way", other.seq));
        }
        if request.origin != AttemptOrigin::Live {
            return Ok(());
        }
        let revisions = Revisions::new(self.store.revisions.clone()).expect("at least one");
        let mut spent = false;
        for earlier in &self.store.journal[..usize::try_from(seq.0 - 1).expect("a seq")] {
            if earlier.lane.as_ref() != Some(lane) || revisions.at(earlier.seq).wants(earlier).is_err() {
                continue;
            }
            let tries = self.tries.get(&earlier.seq).copied().unwrap_or(0);
            let state = self.held_state(earlier.seq);
            spent |= tries > 4 || matches!(state, Some(HeldState::Dead | HeldState::Alone));
            let settled = self.successes.contains_key(&earlier.seq)
                || matches!(state, Some(HeldState::Dead | HeldState::Alone))
                || self.store.skipped.iter().any(|(from, to)| (*from..=*to).contains(&earlier.seq))
                || self.store.revisions.len() > 1;
            if !settled && (tries == 0 || !spent) {
                return Err(format!("{seq} was sent before {} of its lane", earlier.seq));
            }
        }
        Ok(())
    }

    /// Where a held event stands: in the courier, on the way to the store, or in it.
    fn held_state(&self, seq: Seq) -> Option<HeldState> {
        let on_the_way = self.happenings.values().find_map(|happening| match happening {
            Happening::Commit { life, settlement, .. } if *life == self.life => {
                settlement.held.iter().find_map(|change| match change {
                    HeldChange::Put(row) if row.seq == seq => Some(row.state),
                    _ => None,
                })
            }
            _ => None,
        });
        let stored = || self.store.held.get(&seq).map(|row| row.state);
        self.courier.held_state(seq).or(on_the_way).or_else(stored)
    }

    fn happen(&mut self, happening: Happening) -> Result<(), String> {
        self.trace(&happening);
        let now = self.clock();
        match happening {
            Happening::Answer { life, number, outcome } if life == self.life => {
                let Some(sent) = self.sent.remove(&number) else { return Ok(()) };
                if sent.succeeds {
                    self.succeeded(&sent);
                }
                self.courier.answered(number, *outcome, now);
            }
            Happening::Page { life, reader, from, items, bytes } if life == self.life => {
                if self.rng.random_bool(0.05) {
                    self.courier.read_failed(reader);
                    return Ok(());
                }
                let mut size = 0;
                let fits = |event: &&Arc<_>| {
                    let event: &crate::domain::Event = event;
                    size += event.weight();
                    size <= bytes || size == event.weight()
                };
                let events: Vec<_> =
                    self.store.from(from).iter().take(items).take_while(fits).cloned().collect();
                let next = events.last().map_or(self.store.head().next(), |event| event.seq.next());
                self.courier.page(reader, Page { events, next }, now);
            }
            Happening::Load { life, seqs } if life == self.life => {
                if self.rng.random_bool(0.05) {
                    self.courier.load_failed(&seqs);
                    return Ok(());
                }
                let events = seqs.iter().map(|seq| self.store.event(*seq).clone()).collect();
                self.courier.loaded(&seqs, events, now);
            }
            Happening::Commit { life, settlement, troubles } if life == self.life => {
                self.commit(*settlement, troubles)?;
            }
            Happening::Tell { life, command } if life == self.life => {
                self.untold.remove(0);
                self.courier.command(*command, now);
            }
            _ => {}
        }
        Ok(())
    }

    fn succeeded(&mut self, sent: &Sent) {
        if sent.origin != AttemptOrigin::Replay {
            *self.successes.entry(sent.seq).or_default() += 1;
        }
    }

    /// The store may be full for a while, or write without saying so; the recorder tries again until it is told.
    fn commit(&mut self, settlement: Settlement, troubles: u32) -> Result<(), String> {
        if troubles > 0 {
            if self.rng.random_bool(0.3) {
                let without_counts = Settlement { replays: Vec::new(), ..settlement.clone() };
                self.store.settle(&without_counts)?;
            }
            let wait = Duration::from_millis(self.rng.random_range(100..5_000));
            let (life, settlement, troubles) = (self.life, Box::new(settlement), troubles - 1);
            self.later(wait, Happening::Commit { life, settlement, troubles });
            return Ok(());
        }
        self.store.settle(&settlement)?;
        self.courier.committed();
        Ok(())
    }

    fn tell(&mut self, command: Command) {
        self.tell_late(command, Duration::ZERO);
    }

    fn tell_late(&mut self, command: Command, late: Duration) {
        self.untold.push(command.clone());
        // In order, like a channel: one moment for all that are told at once.
        let wait = Duration::from_millis(if self.untold.len() > 1 { 0 } else { self.rng.random_range(0..3) });
        let after = Duration::from_millis(3 * self.untold.len() as u64);
        let wait = wait.max(after).max(late).max(self.told_at.saturating_sub(self.now));
        self.told_at = self.now + wait;
        self.later(wait, Happening::Tell { life: self.life, command: Box::new(command) });
    }

    fn append(&mut self, name: &str, lane: Option<&str>) {
        let seq = self.store.head().next();
        let payload = if self.rng.random_bool(0.02) { "x".repeat(9_000) } else { "{}".to_owned() };
        let event = event(seq.0, name, lane, &format!("\"{payload}\""));
        if lane.is_some() || name != "call-fresh" {
            self.receiver.meet(&event, &mut self.rng);
        }
        self.store.journal.push(Arc::new(event));
        self.courier.head(seq);
    }

    fn append_some(&mut self) {
        for _ in 0..self.rng.random_range(1..25) {
            let name = ["call-a", "call-b", "agent-c", "call-d"][self.rng.random_range(0..4)];
            let lane = self.rng.random_bool(0.8).then(|| format!("lane-{}", self.rng.random_range(0..6)));
            self.append(name, lane.as_deref());
        }
    }

    fn disturb(&mut self) -> Result<(), String> {
        if self.spare.random_bool(0.03) {
            self.skip();
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
        self.settings.concurrency = self.rng.random_range(1..6);
        self.settings.rate_per_second = self.rng.random_bool(0.2).then(|| self.rng.random_range(1..50));
        if self.rng.random_bool(0.2) {
            self.settings.ordered = !self.settings.ordered;
            // What was sent without order stays so; from here on order is not checked.
            self.order_changed = true;
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
        let setup = setup(&self.store, &self.settings, self.paused, &unfinished, seed);
        self.courier = Courier::new(setup, self.clock()).ok_or("no courier")?;
        Ok(())
    }
}

fn setup(store: &Store, settings: &WebhookSettings, paused: bool, replays: &[ReplayJob], seed: u64) -> Setup {
    Setup {
        company: CompanyId(7),
        webhook: WebhookId(1),
        settings: Arc::new(settings.clone()),
        revisions: store.revisions.clone(),
        paused: paused.then(|| PauseReason::Operator(String::new())),
        cursor: store.settled(),
        head: store.head(),
        delivered_beyond: store.delivered.range(store.settled().next()..).copied().collect(),
        held: store
            .held
            .values()
            .filter(|row| row.state != HeldState::Dead || row.seq > store.settled())
            .cloned()
            .collect(),
        replays: replays.to_vec(),
        bounds: BOUNDS,
        seed,
    }
}
