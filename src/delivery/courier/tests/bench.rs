//! A courier on a bench: its journal and its store at hand, its time moved by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::delivery::subscription::tests::{event, revision};
use crate::domain::bounds::Name;
use crate::domain::{CompanyId, Event, HeldReason, HeldState, MaskedUrl, Timestamp, WebhookId};
use crate::journal::Page;
use crate::store::{AttemptRow, HeldChange, HeldRow, Phases, Settlement};

/// A courier with a journal and a store that always work.
pub(super) struct Bench {
    pub(super) courier: Courier,
    pub(super) journal: Vec<Arc<Event>>,
    pub(super) now: Now,
    /// Requests under way: their seqs by number.
    pub(super) sent: BTreeMap<u64, Seq>,
    pub(super) attempts: Vec<AttemptRow>,
    pub(super) held: BTreeMap<Seq, HeldRow>,
    pub(super) cursor: Seq,
    pub(super) paused: Option<PauseReason>,
    pub(super) replay: Vec<crate::store::ReplayProgress>,
    /// Single events that were read.
    pub(super) loads: Vec<Seq>,
    /// What retention has taken.
    pub(super) gone: BTreeSet<Seq>,
}

impl Bench {
    pub(super) fn new(change: impl FnOnce(&mut WebhookSettings, &mut Bounds)) -> Bench {
        let mut settings =
            WebhookSettings::new(Name::new("bench").expect("a name"), MaskedUrl::of("https://example.com/"));
        let mut bounds = Bounds::default();
        change(&mut settings, &mut bounds);
        let setup = Setup {
            company: CompanyId(7),
            webhook: WebhookId(1),
            settings: Arc::new(settings),
            revisions: vec![revision(1, 1, &["*"])],
            paused: None,
            cursor: Seq::ZERO,
            head: Seq::ZERO,
            delivered_beyond: Vec::new(),
            held: Vec::new(),
            replays: Vec::new(),
            bounds,
            seed: 1,
        };
        let now = Now { wall: Timestamp(1_700_000_000_000_000), at: Instant::now() };
        Bench {
            courier: Courier::new(setup, now).expect("a revision"),
            journal: Vec::new(),
            now,
            sent: BTreeMap::new(),
            attempts: Vec::new(),
            held: BTreeMap::new(),
            cursor: Seq::ZERO,
            paused: None,
            replay: Vec::new(),
            loads: Vec::new(),
            gone: BTreeSet::new(),
        }
    }

    pub(super) fn append(&mut self, lanes: &[Option<&str>]) {
        for lane in lanes {
            let seq = i64::try_from(self.journal.len()).expect("few") + 1;
            self.journal.push(Arc::new(event(seq, "call-a", *lane, "{}")));
            self.courier.head(Seq(seq));
        }
        self.act();
    }

    /// An event with a payload of so many bytes, which take no memory.
    pub(super) fn append_sized(&mut self, lane: Option<&str>, bytes: usize) {
        static ZEROS: [u8; 64 << 20] = [0; 64 << 20];
        let seq = i64::try_from(self.journal.len()).expect("few") + 1;
        let mut event = event(seq, "call-large", lane, "{}");
        event.payload = bytes::Bytes::from_static(&ZEROS[..bytes]);
        self.journal.push(Arc::new(event));
        self.courier.head(Seq(seq));
        self.act();
    }

    /// Does what the courier wants, until it wants nothing.
    pub(super) fn act(&mut self) {
        while let Some(action) = self.courier.poll(self.now, true) {
            match action {
                Action::Send(request) => {
                    self.sent.insert(request.number, request.event.seq);
                }
                Action::Read { reader, from, items, bytes } => {
                    let from = usize::try_from(from.0 - 1).expect("a seq").min(self.journal.len());
                    let mut size = 0;
                    let fits = |event: &&Arc<Event>| {
                        size += event.weight();
                        size <= bytes || size == event.weight()
                    };
                    let events: Vec<_> =
                        self.journal[from..].iter().take(items).take_while(fits).cloned().collect();
                    let end = Seq(i64::try_from(self.journal.len()).expect("few") + 1);
                    let next = events.last().map_or(end, |event| event.seq.next());
                    self.courier.page(reader, Page { events, next }, self.now);
                }
                Action::Load { input, seqs, bytes } => self.load(input, seqs, bytes),
                Action::Settle(settlement) => self.settle(settlement),
                Action::Paused(reason) => self.paused = Some(reason),
            }
        }
    }

    fn load(&mut self, input: Input, mut seqs: Vec<Seq>, bytes: usize) {
        let (mut events, mut size) = (Vec::new(), 0);
        while events.len() < seqs.len() && (events.is_empty() || size < bytes) {
            let seq = usize::try_from(seqs[events.len()].0 - 1).expect("a seq");
            let event = self.journal[seq].clone();
            size += event.weight();
            events.push(event);
        }
        let rest = seqs.split_off(events.len());
        events.retain(|event| !self.gone.contains(&event.seq));
        self.loads.extend_from_slice(&seqs);
        self.courier.loaded(input, &seqs, events, &rest, self.now);
    }

    pub(super) fn settle(&mut self, settlement: Settlement) {
        self.attempts.extend(settlement.attempts);
        for change in settlement.held {
            match change {
                HeldChange::Put(row) => drop(self.held.insert(row.seq, row)),
                HeldChange::Remove(seq) => drop(self.held.remove(&seq)),
            }
        }
        self.replay.extend(settlement.replays);
        self.cursor = settlement.cursor.map_or(self.cursor, |cursor| cursor.seq);
        self.courier.committed();
    }

    pub(super) fn answer_with(
        &mut self,
        seq: i64,
        result: Result<u16, Fault>,
        retry_after: Option<Duration>,
    ) {
        let number = *self.sent.iter().find(|(_, sent)| sent.0 == seq).expect("it is under way").0;
        self.sent.remove(&number);
        let outcome = Outcome {
            sent_at: self.now.wall,
            result,
            retry_after,
            note: None,
            redirect: None,
            phases: Phases::default(),
            answer: bytes::Bytes::new(),
        };
        self.courier.answered(number, outcome, self.now);
        self.act();
    }

    pub(super) fn answer(&mut self, seq: i64, status: u16) {
        self.answer_with(seq, Ok(status), None);
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now = Now { wall: self.now.wall.plus(time), at: self.now.at + time };
        self.act();
    }

    pub(super) fn under_way(&self) -> Vec<i64> {
        let mut seqs: Vec<i64> = self.sent.values().map(|seq| seq.0).collect();
        seqs.sort_unstable();
        seqs
    }

    pub(super) fn state(&self, seq: i64) -> Option<(HeldState, HeldReason)> {
        self.held.get(&Seq(seq)).map(|row| (row.state, row.reason))
    }

    /// Answers everything with this status, round after round, for some minutes.
    pub(super) fn answer_all(&mut self, status: impl Fn(i64) -> u16, minutes: u64) {
        self.answer_results(|seq| Ok(status(seq)), minutes);
    }

    pub(super) fn answer_results(&mut self, result: impl Fn(i64) -> Result<u16, Fault>, minutes: u64) {
        for _ in 0..minutes * 12 {
            while let Some(seq) = self.under_way().first().copied() {
                self.answer_with(seq, result(seq), None);
            }
            self.pass(Duration::from_secs(5));
        }
    }
}

pub(super) fn bench() -> Bench {
    Bench::new(|_, _| {})
}

pub(super) const A: Option<&str> = Some("a");
pub(super) const B: Option<&str> = Some("b");
