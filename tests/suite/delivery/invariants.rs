//! The invariants of the design that are delivery's, each named after what must hold.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use ramal::delivery::courier::{Command, PauseReason};
use ramal::delivery::driver::Ended;
use ramal::delivery::subscription::Revisions;
use ramal::delivery::verdict::{Evidence, Verdict, verdict};
use ramal::domain::webhook::{Concurrency, Timeout};
use ramal::domain::{AttemptOrigin, HeldReason, HeldState, Seq};
use sha2::Sha256;
use tokio::task::LocalSet;

use super::endpoint::{Endpoint, Received};
use super::{SECRET, Shares, held, hook, hook_with, named, numbered, start, start_sharing};
use crate::journal::House;
use crate::store::{Db, contract};
use crate::support::settings::{pauses, settings};

contract! {
    a_cursor_passes_an_event_only_when_it_is_settled,
    order_per_lane,
    one_webhook_cannot_hurt_another,
    nothing_vanishes_silently,
    bytes_are_sacred,
    progress,
    a_stop_ends_what_is_in_flight_and_commits_it,
    a_dead_event_is_sent_again_and_a_pause_holds,
}

/// Killed at random moments, started again from the store: at no moment is the stored cursor past an event of which
/// nothing is known, and in the end everything has arrived, twice at most if it was in the air at a kill.
async fn a_cursor_passes_an_event_only_when_it_is_settled(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint = Endpoint::answering(|seq, n| {
                let status = if seq % 50 == 7 && n < 3 { 500 } else { 200 };
                (status, Duration::from_millis(seq.unsigned_abs() % 5))
            })
            .await;
            let hook = hook(&house, company, endpoint.url(), &["*"]).await;
            let mut air = 0;
            for round in 0..6_i64 {
                house.append(company, numbered(round * 100 + 1, 100, 12)).await;
                let running = start(&local, &house, &hook).await;
                let enough = usize::try_from(round * 100 + 40).expect("positive");
                endpoint.until("some arrive", |received| received.len() >= enough).await;
                air += usize::from(hook.settings.concurrency.u16());
                running.killed().await;
                check_cursor(&house, &hook).await;
            }
            let running = start(&local, &house, &hook).await;
            running.until("all settled", |status| status.cursor == Some(Seq(600)) && status.held == 0).await;
            assert_eq!(running.stopped().await, Ended::Stopped);
            check_cursor(&house, &hook).await;
            let mut counts: HashMap<i64, usize> = HashMap::new();
            for seq in endpoint.taken() {
                *counts.entry(seq).or_default() += 1;
            }
            assert_eq!(counts.len(), 600, "every event has arrived");
            let twice = counts.values().map(|count| count - 1).sum::<usize>();
            // In flight, and answered within the last commits: the window is many times that.
            assert!(twice <= 2 * air, "{twice} came twice, {air} were in the air");
        })
        .await;
}

/// Everything up to the stored cursor is delivered or held, as far as the store knows.
async fn check_cursor(house: &House, hook: &super::Hook) {
    let cursor = house.store.cursor(hook.webhook).await.expect("reads").expect("a cursor");
    // In this order: what a killed courier handed over last may be committed between the reads.
    let held: Vec<Seq> = held(&house.store, hook).await.iter().map(|row| row.seq).collect();
    let delivered = house.store.successes_beyond(hook.webhook, Seq::ZERO).await.expect("reads");
    for seq in (1..=cursor.0).map(Seq) {
        assert!(delivered.contains(&seq) || held.contains(&seq), "the cursor {cursor} has passed {seq}");
    }
}

/// First deliveries of a lane come one at a time in journal order, also when one of them has to be tried again.
async fn order_per_lane(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint = Endpoint::answering(|seq, n| {
                let status = if seq == 31 && n <= 2 { 503 } else { 200 };
                (status, Duration::from_millis((seq * 7).unsigned_abs() % 11))
            })
            .await;
            let hook = hook(&house, company, endpoint.url(), &["*"]).await;
            let running = start(&local, &house, &hook).await;
            for batch in 0..10 {
                house.append(company, numbered(batch * 50 + 1, 50, 8)).await;
            }
            running.until("all settled", |status| status.cursor == Some(Seq(500)) && status.held == 0).await;
            let taken = endpoint.taken();
            assert_eq!(taken.len(), 500);
            for lane in 0..8 {
                let of_lane: Vec<i64> = taken.iter().copied().filter(|seq| seq % 8 == lane).collect();
                assert!(of_lane.is_sorted(), "lane {lane}: {of_lane:?}");
            }
            running.stopped().await;
        })
        .await;
}

/// One endpoint never answers; another webhook of the company, and one of another company, go on as if alone, while all
/// share a few permits.
async fn one_webhook_cannot_hurt_another(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let (one, other) = (house.company("A").await, house.company("B").await);
            let hangs = Endpoint::answering(|_, _| (200, Duration::from_mins(10))).await;
            let (well, far) = (Endpoint::start().await, Endpoint::start().await);
            let mut settings = settings("Surdo", &hangs.url());
            (settings.timeout_seconds, settings.concurrency) = (Timeout::of::<1>(), Concurrency::of::<4>());
            let deaf = hook_with(&house, one, settings, &["*"]).await;
            let near = hook(&house, one, well.url(), &["*"]).await;
            let away = hook(&house, other, far.url(), &["*"]).await;
            let shares = Shares::of(16);
            let deaf = start_sharing(&local, &house, &deaf, &shares).await;
            let near = start_sharing(&local, &house, &near, &shares).await;
            let away = start_sharing(&local, &house, &away, &shares).await;
            for batch in 0..4 {
                house.append(one, numbered(batch * 100 + 1, 100, 20)).await;
                house.append(other, numbered(batch * 100 + 1, 100, 20)).await;
            }
            near.until("the neighbour", |status| status.cursor == Some(Seq(400))).await;
            away.until("the other company", |status| status.cursor == Some(Seq(400))).await;
            let stuck = deaf.until("time-outs", |status| status.health.as_str() == "failing").await;
            assert_eq!((stuck.cursor, stuck.counters.delivered), (Some(Seq::ZERO), 0));
            assert_eq!(well.taken().len() + far.taken().len(), 800);
            for running in [deaf, near, away] {
                running.stop.at_once.cancel();
            }
        })
        .await;
}

/// For every event there is an answer to what became of it, and the numbers add up.
async fn nothing_vanishes_silently(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint =
                Endpoint::answering(|seq, _| (if seq % 10 == 3 { 422 } else { 200 }, Duration::ZERO)).await;
            let hook = hook(&house, company, endpoint.url(), &["call-*"]).await;
            let running = start(&local, &house, &hook).await;
            let drafts = (1..=60).map(|n| {
                let name = if n % 4 == 0 { "agent-is-idle" } else { "call-was-connected" };
                named(name, Some(&format!("call:{}", n % 5)), &format!("{{\"n\":{n}}}"))
            });
            house.append(company, drafts.collect()).await;
            running.until("all settled", |status| status.cursor == Some(Seq(60)) && status.held == 0).await;
            running.stopped().await;

            let revisions = house.store.revisions(hook.webhook).await.expect("reads");
            let revisions = Revisions::new(revisions).expect("one");
            let rows = held(&house.store, &hook).await;
            let cursor = house.store.cursor(hook.webhook).await.expect("reads").expect("a cursor");
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for event in house.stored(company).await {
                let attempts =
                    house.store.attempts_of_event(hook.webhook, event.seq, 100).await.expect("reads");
                let evidence = Evidence {
                    seq: event.seq,
                    event: Some(&event),
                    revisions: &revisions,
                    cursor,
                    attempts: &attempts,
                    held: rows.iter().find(|row| row.seq == event.seq),
                    skipped: None,
                    paused: None,
                };
                let word = match verdict(&evidence) {
                    Verdict::Delivered { .. } => "delivered",
                    Verdict::NotSubscribed { revision: 1 } => "not subscribed",
                    Verdict::Dead { reason: HeldReason::Rejected, attempts: 5, .. } => "dead",
                    other => panic!("{}: {other:?}", event.seq),
                };
                *counts.entry(word).or_default() += 1;
            }
            assert_eq!(counts, HashMap::from([("delivered", 39), ("not subscribed", 15), ("dead", 6)]));
        })
        .await;
}

/// What a provider wrote is what is sent, to the byte, the same on every attempt, and both signatures cover it.
async fn bytes_are_sacred(db: Db) {
    let odd = [
        r#"{"b":1.0,"a":12345678901234567890123,"b":2, "z" : [ ] }"#,
        "\"lone \\ud83d surrogate\"",
        "null",
        "[1,2.50,{\"ç\":\"\\u00e7\"}]",
    ];
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint =
                Endpoint::answering(|seq, n| (if seq == 1 && n == 1 { 500 } else { 200 }, Duration::ZERO))
                    .await;
            let hook = hook(&house, company, endpoint.url(), &["*"]).await;
            let running = start(&local, &house, &hook).await;
            house
                .append(company, odd.iter().map(|payload| named("call-ended", None, payload)).collect())
                .await;
            running.until("all settled", |status| status.cursor == Some(Seq(4)) && status.held == 0).await;
            running.stopped().await;
            let received = endpoint.received();
            assert_eq!(received.len(), 5);
            for one in &received {
                let payload = odd[usize::try_from(one.seq).expect("positive") - 1];
                let begins = format!(r#"{{"event":"call-ended","payload":{payload},"meta":{{"#);
                assert!(one.body.starts_with(begins.as_bytes()), "{:?}", one.body);
                assert_eq!(one.headers["authorization"], "Bearer um_token_de_teste");
                assert_signed(one);
            }
            let first: Vec<&Received> = received.iter().filter(|one| one.seq == 1).collect();
            assert_eq!(first[0].body, first[1].body, "the same bytes on every attempt");
            assert_eq!(first[0].headers["webhook-id"], first[1].headers["webhook-id"]);
        })
        .await;
}

fn assert_signed(one: &Received) {
    let tag = |parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes()
    };
    assert_eq!(one.headers["x-signature-sha256"], hex::encode(tag(&[&one.body])));
    let header = |name: &str| one.headers[name].as_bytes().to_vec();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let standard = tag(&[&id, b".", &at, b".", &one.body]);
    let standard = base64::engine::general_purpose::STANDARD.encode(standard);
    assert_eq!(one.headers["webhook-signature"], format!("v1,{standard}"));
}

/// With a living endpoint everything is settled, although one lane, one name and single events fail for ever.
async fn progress(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            // Few enough that the probes, each of the next lane and after a longer pause, soon meet an event that is taken.
            let endpoint = Endpoint::answering(|seq, _| {
                let fails = seq % 20 == 3 || (100..=102).contains(&seq) || seq % 97 == 0;
                (if fails { 500 } else { 200 }, Duration::ZERO)
            })
            .await;
            let mut settings = settings("Principal", &endpoint.url());
            settings.retry_seconds = pauses(&[1, 1]);
            let hook = hook_with(&house, company, settings, &["*"]).await;
            let running = start(&local, &house, &hook).await;
            for batch in 0..6 {
                house.append(company, numbered(batch * 50 + 1, 50, 20)).await;
            }
            // Something must be taken after the last failure, to tell the events from the endpoint.
            running.until("most are settled", |status| status.counters.delivered > 200).await;
            // Which failure is the last is not known, so events go on coming until all are settled.
            let mut head = 300;
            let is_settled = |head| {
                let status = running.status.read();
                status.cursor == Some(Seq(head)) && status.held == 0
            };
            while !is_settled(head) && head < 600 {
                house.append(company, vec![named("call-ended", None, "{}")]).await;
                head += 1;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            assert!(is_settled(head), "{:?}", running.status.read());
            running.stopped().await;
            let rows = held(&house.store, &hook).await;
            assert!(
                rows.iter().all(|row| (row.state, row.reason) == (HeldState::Dead, HeldReason::Exhausted))
            );
            let wrong = |seq: i64| seq % 20 == 3 || (100..=102).contains(&seq) || seq % 97 == 0;
            assert_eq!(rows.len(), (1..=head).filter(|seq| wrong(*seq)).count());
            assert_eq!(endpoint.taken().len() + rows.len(), usize::try_from(head).expect("positive"));
        })
        .await;
}

/// A stop starts nothing new, lets what is in flight end, and writes it down.
async fn a_stop_ends_what_is_in_flight_and_commits_it(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint = Endpoint::answering(|_, _| (200, Duration::from_millis(300))).await;
            let mut settings = settings("Principal", &endpoint.url());
            settings.concurrency = Concurrency::of::<4>();
            let hook = hook_with(&house, company, settings, &["*"]).await;
            let running = start(&local, &house, &hook).await;
            house.append(company, numbered(1, 40, 40)).await;
            running.until("four are in flight", |status| status.in_flight == 4).await;
            assert_eq!(running.stopped().await, Ended::Stopped);
            let taken = endpoint.taken().len();
            assert!((4..40).contains(&taken), "{taken} were taken");
            let known = house.store.successes_beyond(hook.webhook, Seq::ZERO).await.expect("reads");
            assert_eq!(known.len(), taken);
        })
        .await;
}

async fn a_dead_event_is_sent_again_and_a_pause_holds(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint =
                Endpoint::answering(|seq, _| (if seq == 1 { 400 } else { 200 }, Duration::ZERO)).await;
            let mut settings = settings("Principal", &endpoint.url());
            settings.retry_seconds = pauses(&[1]);
            let hook = hook_with(&house, company, settings, &["*"]).await;
            let running = start(&local, &house, &hook).await;
            house.append(company, numbered(1, 2, 2)).await;
            running.until("one failed", |status| status.counters.failures > 0).await;
            house.append(company, numbered(3, 1, 2)).await;
            running.until("it is dead", |status| status.counters.died == 1).await;

            endpoint.answer(|_, _| (200, Duration::ZERO));
            running.tell(Command::Pause(PauseReason::Operator("manutenção".into()))).await;
            running.until("paused", |status| status.health.as_str() == "paused").await;
            running.tell(Command::Resend(vec![Seq(1)])).await;
            house.append(company, numbered(4, 1, 2)).await;
            running.tell(Command::Resume).await;
            running.until("all settled", |status| status.cursor == Some(Seq(4)) && status.held == 0).await;
            running.stopped().await;
            assert_eq!(held(&house.store, &hook).await, []);
            let attempts = house.store.attempts_of_event(hook.webhook, Seq(1), 10).await.expect("reads");
            assert_eq!(attempts.last().map(|row| row.origin), Some(AttemptOrigin::Resend));
        })
        .await;
}
