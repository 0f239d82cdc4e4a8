//! One schedule: time, what is under way, and what goes wrong.

mod chaos;
mod checks;
mod setup;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::order::Order;
use super::receiver::Receiver;
use super::store::Store;
use crate::delivery::courier::{
    Action, Command, Courier, Input, Now, Outcome, Reader, ReplayJob, Request, Room, Unread,
};
use crate::delivery::subscription::tests::revision;
use crate::domain::bounds::Name;
use crate::domain::{AttemptOrigin, HeldState, MaskedUrl, Seq, Timestamp, WebhookSettings};
use crate::journal::Page;
use crate::store::Settlement;
use setup::{BOUNDS, limits, setup};

/// When everything must be settled after the chaos: the schedule's two days with its jitter, and room for probes.
const PATIENCE: Duration = Duration::from_hours(6 * 24);

#[derive(Debug)]
enum Happening {
    Answer { life: u32, number: u64, outcome: Box<Outcome> },
    Page { life: u32, reader: Reader, from: Seq, items: usize, bytes: usize },
    Load { life: u32, input: Input, seqs: Vec<Seq>, bytes: usize },
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
    pub(super) order: Order,
    pub(super) store: Store,
    receiver: Receiver,
    courier: Courier,
    life: u32,
    agenda: BinaryHeap<Reverse<(Duration, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    serial: u64,
    sent: BTreeMap<u64, Sent>,
    /// Live tries per event over all lives, successes the receiver gave, and how many of these a crash explains.
    pub(super) tries: BTreeMap<Seq, u32>,
    pub(super) successes: BTreeMap<Seq, u32>,
    explained: BTreeMap<Seq, u32>,
    resends: BTreeMap<Seq, u32>,
    settings: WebhookSettings,
    paused: bool,
    replays: Vec<ReplayJob>,
    /// Commands that the courier of this life has not heard.
    untold: Vec<Command>,
    /// When the last of them is heard.
    told_at: Duration,
    traced: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> World {
        let mut rng = SmallRng::seed_from_u64(seed);
        let (name, url) = (Name::new("model").expect("a name"), MaskedUrl::of("https://example.com/"));
        let (concurrency, rate_per_second) = limits(&mut rng);
        let settings = WebhookSettings { concurrency, rate_per_second, ..WebhookSettings::new(name, url) };
        let events = if rng.random_bool(0.5) { "*" } else { "call-*" };
        let store = Store::new(revision(1, 1, &[events]));
        let start = Instant::now();
        let now = Now { wall: Timestamp(1_700_000_000_000_000), at: start };
        let courier = Courier::new(setup(&store, &settings, false, &[], seed), now).expect("a revision");
        let mut spare = SmallRng::seed_from_u64(!seed);
        let receiver = Receiver::random(&mut rng, &mut spare);
        World {
            rng,
            spare,
            order: Order::new(settings.ordered, [1].into_iter()),
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
        // Without an index of what is set aside a courier waits for a success, which may lie behind what it waits for; with
        // whatever memory for events it goes on.
        let bytes = [0, 700, 3_000, usize::MAX][self.spare.random_range(0..4)];
        self.courier.room(Room { bytes, aside: true });
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
            self.courier.health(true, self.at()),
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
                Action::Load { input, seqs, bytes } => {
                    let wait = Duration::from_millis(self.rng.random_range(0..20));
                    self.later(wait, Happening::Load { life: self.life, input, seqs, bytes });
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
                    self.courier.unread(Unread::Page(reader), now);
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
                if reader == Reader::Live {
                    self.note_read(&events);
                }
                self.courier.page(reader, Page { events, next }, now);
            }
            Happening::Load { life, input, seqs, bytes } if life == self.life => {
                if self.rng.random_bool(0.05) {
                    self.courier.unread(Unread::Single(input, seqs), now);
                    return Ok(());
                }
                self.load(input, seqs, bytes);
            }
            Happening::Commit { life, settlement, troubles } if life == self.life => {
                self.commit(*settlement, troubles)?;
            }
            Happening::Tell { life, command } if life == self.life => {
                self.untold.remove(0);
                self.note_told(&command);
                self.courier.command(*command, now);
            }
            _ => {}
        }
        Ok(())
    }

    fn load(&mut self, input: Input, mut seqs: Vec<Seq>, bytes: usize) {
        let (mut events, mut size) = (Vec::new(), 0);
        while events.len() < seqs.len() && (events.is_empty() || size < bytes) {
            let event = self.store.event(seqs[events.len()]).clone();
            size += event.weight();
            events.push(event);
        }
        let rest = seqs.split_off(events.len());
        let now = self.clock();
        self.courier.loaded(input, &seqs, events, &rest, now);
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
}
