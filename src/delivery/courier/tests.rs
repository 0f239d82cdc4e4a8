//! The rules one by one, in a time that only moves when told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::delivery::subscription::tests::{event, revision};
use crate::domain::{CompanyId, HeldReason, HeldState, Timestamp};
use crate::net::ErrorKind;
use crate::store::{AttemptRow, HeldChange, Phases, Settlement};

/// A courier with a journal and a store that always work.
struct Bench {
    courier: Courier,
    journal: Vec<Arc<Event>>,
    now: Now,
    /// Requests under way: their seqs by number.
    sent: BTreeMap<u64, Seq>,
    attempts: Vec<AttemptRow>,
    held: BTreeMap<Seq, HeldRow>,
    cursor: Seq,
    paused: Option<PauseReason>,
    replay: Vec<crate::store::ReplayProgress>,
}

impl Bench {
    fn new(change: impl FnOnce(&mut WebhookSettings, &mut Bounds)) -> Bench {
        let mut settings = WebhookSettings::new("bench", "https://example.com/");
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
        }
    }

    fn append(&mut self, lanes: &[Option<&str>]) {
        for lane in lanes {
            let seq = i64::try_from(self.journal.len()).expect("few") + 1;
            self.journal.push(Arc::new(event(seq, "call-a", *lane, "{}")));
            self.courier.head(Seq(seq));
        }
        self.act();
    }

    /// Does what the courier wants, until it wants nothing.
    fn act(&mut self) {
        while let Some(action) = self.courier.poll(self.now, true) {
            match action {
                Action::Send(request) => {
                    self.sent.insert(request.number, request.event.seq);
                }
                Action::Read { reader, from, items, .. } => {
                    let from = usize::try_from(from.0 - 1).expect("a seq").min(self.journal.len());
                    let events: Vec<_> = self.journal[from..].iter().take(items).cloned().collect();
                    let end = Seq(i64::try_from(self.journal.len()).expect("few") + 1);
                    let next = events.last().map_or(end, |event| event.seq.next());
                    self.courier.page(reader, Page { events, next }, self.now);
                }
                Action::Load(seqs) => {
                    let of = |seq: &Seq| self.journal[usize::try_from(seq.0 - 1).expect("a seq")].clone();
                    let events = seqs.iter().map(of).collect();
                    self.courier.loaded(&seqs, events, self.now);
                }
                Action::Settle(settlement) => self.settle(settlement),
                Action::Paused(reason) => self.paused = Some(reason),
            }
        }
    }

    fn settle(&mut self, settlement: Settlement) {
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

    fn answer_with(&mut self, seq: i64, result: Result<u16, Fault>, retry_after: Option<Duration>) {
        let number = *self.sent.iter().find(|(_, sent)| sent.0 == seq).expect("it is under way").0;
        self.sent.remove(&number);
        let outcome = Outcome {
            sent_at: self.now.wall,
            result,
            retry_after,
            phases: Phases::default(),
            answer: bytes::Bytes::new(),
        };
        self.courier.answered(number, outcome, self.now);
        self.act();
    }

    fn answer(&mut self, seq: i64, status: u16) {
        self.answer_with(seq, Ok(status), None);
    }

    fn pass(&mut self, time: Duration) {
        self.now = Now { wall: self.now.wall.plus(time), at: self.now.at + time };
        self.act();
    }

    fn under_way(&self) -> Vec<i64> {
        let mut seqs: Vec<i64> = self.sent.values().map(|seq| seq.0).collect();
        seqs.sort_unstable();
        seqs
    }

    fn state(&self, seq: i64) -> Option<(HeldState, HeldReason)> {
        self.held.get(&Seq(seq)).map(|row| (row.state, row.reason))
    }

    /// Answers everything with this status, round after round, for some minutes.
    fn answer_all(&mut self, status: impl Fn(i64) -> u16, minutes: u64) {
        for _ in 0..minutes * 12 {
            while let Some(seq) = self.under_way().first().copied() {
                self.answer(seq, status(seq));
            }
            self.pass(Duration::from_secs(5));
        }
    }
}

fn bench() -> Bench {
    Bench::new(|_, _| {})
}

const A: Option<&str> = Some("a");
const B: Option<&str> = Some("b");

#[test]
fn the_next_of_a_lane_starts_on_the_answer_and_lanes_are_concurrent() {
    let mut bench = bench();
    bench.append(&[A, A, B, None, None]);
    assert_eq!(bench.under_way(), [1, 3, 4, 5]);
    bench.answer(1, 200);
    assert_eq!(bench.under_way(), [2, 3, 4, 5]);
}

#[test]
fn without_order_every_event_is_its_own_lane() {
    let mut bench = Bench::new(|settings, _| settings.ordered = false);
    bench.append(&[A, A, A]);
    assert_eq!(bench.under_way(), [1, 2, 3]);
}

#[test]
fn the_cursor_stands_before_the_first_unsettled_event() {
    let mut bench = bench();
    bench.append(&[None, None, None]);
    bench.answer(2, 200);
    bench.answer(3, 204);
    assert_eq!(bench.cursor, Seq::ZERO);
    bench.answer(1, 200);
    assert_eq!(bench.cursor, Seq(3));
}

#[test]
fn an_event_is_set_aside_only_when_a_later_request_has_succeeded() {
    let mut bench = bench();
    bench.append(&[A, A, B]);
    bench.answer(1, 500);
    bench.answer(3, 200);
    assert_eq!(bench.state(1), None, "3 had been sent before 1 was known to fail");
    bench.append(&[B]);
    bench.answer(4, 200);
    assert_eq!(bench.state(1), Some((HeldState::Retrying, HeldReason::Failed)));
    assert_eq!(bench.state(2), Some((HeldState::Waiting, HeldReason::LaneBusy)));
    assert_eq!(bench.cursor, Seq(4));
    bench.append(&[A]);
    assert_eq!(bench.state(5), Some((HeldState::Waiting, HeldReason::LaneBusy)));
    bench.pass(Duration::from_secs(6));
    assert_eq!(bench.under_way(), [1]);
    bench.answer(1, 200);
    bench.answer(2, 200);
    bench.answer(5, 200);
    assert!(bench.held.is_empty());
}

#[test]
fn followers_get_one_first_try_each_after_the_wait_until_one_succeeds() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 500);
    bench.answer(2, 200);
    bench.append(&[A, A, A, A, B]);
    // 1, 3 and 4 never succeed; 5 does.
    bench.answer_all(|seq| if [1, 3, 4].contains(&seq) { 500 } else { 200 }, 20);
    for seq in [1, 3, 4] {
        assert_eq!(bench.state(seq).map(|(state, _)| state), Some(HeldState::Alone), "{seq}");
    }
    assert_eq!((bench.state(5), bench.state(6)), (None, None));
    let first_tries = |seq: i64| bench.attempts.iter().find(|row| row.seq.0 == seq).expect("tried").at;
    assert_eq!(first_tries(3), first_tries(4), "without a wait between them");
    bench.answer_all(|seq| if [1, 3, 4].contains(&seq) { 500 } else { 200 }, 60 * 60);
    for seq in [1, 3, 4] {
        assert_eq!(bench.state(seq), Some((HeldState::Dead, HeldReason::Exhausted)), "{seq}");
    }
    assert_eq!(bench.attempts.iter().filter(|row| row.seq == Seq(1)).count(), 10);
}

#[test]
fn a_refused_event_dies_after_its_fast_retries() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 422);
    bench.answer(2, 200);
    bench.append(&[B]);
    bench.answer_all(|seq| if seq == 1 { 422 } else { 200 }, 20);
    assert_eq!(bench.state(1), Some((HeldState::Dead, HeldReason::Rejected)));
    assert_eq!(bench.attempts.iter().filter(|row| row.seq == Seq(1)).count(), 5);
}

#[test]
fn retry_after_slows_the_whole_webhook() {
    let mut bench = bench();
    bench.append(&[None]);
    bench.answer_with(1, Ok(429), Some(Duration::from_mins(1)));
    bench.append(&[None, None]);
    assert!(bench.under_way().is_empty());
    assert_eq!(bench.courier.health(bench.now.at), Health::Slow { reason: SlowReason::AskedToWait });
    bench.pass(Duration::from_secs(59));
    assert!(bench.under_way().is_empty());
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.under_way().len(), 1, "speed is regained step by step");
}

#[test]
fn a_second_event_answered_410_pauses_the_webhook() {
    let mut bench = bench();
    bench.append(&[None, None, None]);
    bench.answer(1, 410);
    assert_eq!(bench.paused, None);
    bench.answer(2, 410);
    assert_eq!(bench.paused, Some(PauseReason::Gone));
    bench.append(&[None]);
    bench.pass(Duration::from_hours(1));
    assert_eq!(bench.under_way(), [3], "what was under way ends, nothing new starts");
    bench.courier.command(Command::Resume, bench.now);
    bench.act();
    bench.answer(3, 200);
    assert!(!bench.under_way().is_empty());
}

#[test]
fn a_dead_endpoint_is_probed_and_resumes_in_order_uncharged() {
    let mut bench = bench();
    let refused = Err(Fault::Net(ErrorKind::ConnectRefused));
    let lanes: Vec<String> = (0..10).map(|n| format!("lane-{n}")).collect();
    let lanes: Vec<Option<&str>> = lanes.iter().map(|lane| Some(lane.as_str())).collect();
    bench.append(&lanes);
    bench.append(&lanes);
    for seq in 1..=10 {
        bench.answer_with(seq, refused, None);
    }
    assert_eq!(bench.courier.health(bench.now.at).as_str(), "failing");
    let mut probes = 0;
    for _ in 0..3_600 {
        bench.pass(Duration::from_secs(1));
        assert!(bench.sent.len() <= 1, "one probe at a time");
        if let Some(seq) = bench.under_way().first().copied() {
            probes += 1;
            bench.answer_with(seq, refused, None);
        }
    }
    assert!((100..=150).contains(&probes), "{probes} probes in an hour");
    assert!(bench.held.is_empty() && bench.cursor == Seq::ZERO, "an outage costs no rows");
    let before = bench.attempts.len();
    bench.answer_all(|_| 200, 2);
    assert_eq!(bench.cursor, Seq(20));
    let delivered: Vec<&AttemptRow> = bench.attempts[before..].iter().collect();
    for lane in 1..=10 {
        let of_lane: Vec<i64> =
            delivered.iter().map(|row| row.seq.0).filter(|seq| (seq - lane) % 10 == 0).collect();
        assert_eq!(of_lane, [lane, lane + 10]);
    }
}

#[test]
fn a_full_held_set_crowds_out_the_most_tried() {
    let mut bench = Bench::new(|_, bounds| bounds.held_rows = 4);
    for n in 0..8 {
        bench.append(&[None, None]);
        bench.answer(2 * n + 1, 500);
        bench.answer(2 * n + 2, 200);
    }
    bench.append(&[None]);
    bench.answer(17, 200);
    let dead = bench.held.values().filter(|row| row.state == HeldState::Dead);
    assert!(dead.clone().all(|row| row.reason == HeldReason::CrowdedOut));
    assert_eq!(dead.count(), 4);
    assert_eq!(bench.courier.held_len(), 4);
    assert_eq!(bench.cursor, Seq(17));
}

#[test]
fn the_window_is_bounded_and_one_event_always_fits() {
    let mut bench = Bench::new(|settings, bounds| {
        settings.concurrency = 1;
        bounds.window_items = 8;
        bounds.window_bytes = 300;
    });
    bench.append(&[None; 40]);
    assert!(bench.courier.window.unsettled() <= 8);
    for seq in 1..=40 {
        bench.answer(seq, 200);
    }
    assert_eq!(bench.cursor, Seq(40));
}

#[test]
fn a_long_lane_spills_over_into_held_and_keeps_its_order() {
    let mut bench = Bench::new(|_, bounds| bounds.lane_items = 4);
    bench.append(&[A; 10]);
    assert_eq!(bench.courier.held_len(), 6);
    for seq in 1..=10 {
        assert_eq!(bench.under_way(), [seq]);
        bench.answer(seq, 200);
    }
    assert!(bench.held.is_empty());
    assert_eq!(bench.cursor, Seq(10));
}

#[test]
fn a_replay_waits_for_the_lane_and_skips_what_is_held() {
    let mut bench = bench();
    bench.append(&[A, B, A]);
    bench.answer(2, 200);
    bench.answer(1, 500);
    bench.append(&[B]);
    bench.answer(4, 200);
    assert_eq!(bench.state(1).map(|(state, _)| state), Some(HeldState::Retrying));
    bench.append(&[B]);
    let job = ReplayJob {
        id: 3,
        from: Seq(1),
        to: Seq(4),
        names: Vec::new(),
        revision: 1,
        as_new: true,
        per_second: None,
        paused: false,
        cursor: Seq::ZERO,
    };
    bench.courier.command(Command::StartReplay(job), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [5], "the lane of 2 and 4 has a live request under way");
    bench.answer(5, 200);
    assert_eq!(bench.under_way(), [2]);
    bench.answer(2, 200);
    bench.answer(4, 200);
    let skipped: i32 = bench.replay.iter().map(|progress| progress.skipped).sum();
    let delivered: i32 = bench.replay.iter().map(|progress| progress.delivered).sum();
    assert_eq!((delivered, skipped), (2, 2));
    assert!(bench.replay.iter().any(|progress| progress.done));
}

#[test]
fn a_dead_event_is_sent_again_by_hand() {
    let mut bench = bench();
    bench.append(&[A, B]);
    bench.answer(1, 422);
    bench.answer(2, 200);
    bench.append(&[B]);
    bench.answer_all(|seq| if seq == 1 { 422 } else { 200 }, 20);
    bench.courier.command(Command::Resend(vec![Seq(1)]), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [1]);
    bench.answer(1, 200);
    assert!(bench.held.is_empty());
    assert_eq!(bench.attempts.last().map(|row| row.origin), Some(AttemptOrigin::Resend));
}

#[test]
fn a_revision_known_late_still_decides_from_its_seq() {
    let mut bench = bench();
    bench.append(&[A]);
    bench.answer(1, 200);
    bench.courier.command(Command::Revision(revision(2, 2, &["nothing"])), bench.now);
    bench.append(&[A, A, A]);
    assert_eq!(bench.cursor, Seq(4));
    // Holds from 3, and is heard of only now that everything is read.
    bench.courier.command(Command::Revision(revision(3, 3, &["*"])), bench.now);
    bench.act();
    assert_eq!(bench.under_way(), [3, 4]);
    assert!(bench.state(2).is_none());
}
