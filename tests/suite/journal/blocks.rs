//! Blocks: search, skipping, time, counts, and what retention takes away.

use std::time::Duration;

use ramal::domain::retention::Limit;
use ramal::domain::{
    AttemptOrigin, CompanyId, Draft, HeldReason, HeldState, Keys, Pattern, RetentionLimits, Seq, SessionId,
    SourceId, Timestamp, WebhookId,
};
use ramal::journal::{Found, KeyKind, RangeCount, SearchFilter};
use ramal::store::{AttemptRow, AuditEntry, AuditFilter, Cursor, HeldChange, HeldRow, Phases, Settlement};

use super::{House, draft, read};
use crate::store::{Db, NOW, contract};
use crate::support::settings::ages;

contract! {
    search_finds_by_every_key,
    search_goes_on_where_it_stopped,
    search_finds_the_same_whatever_is_asked_together,
    search_takes_no_key_for_another,
    lagging_readers_pass_over_what_they_do_not_want,
    times_and_ranges_are_counted_exactly,
    the_indexer_goes_on_after_a_restart,
    retention_takes_the_oldest_first,
    who_writes_most_gives_first_when_there_is_too_much,
    retention_keeps_what_is_wanted_until_the_hard_limit,
    what_tells_of_the_past_is_not_kept_for_ever,
}

const SECOND: Duration = Duration::from_secs(1);
/// Two full blocks and some that are in none.
const EVENTS: i64 = 2_500;

/// Event `n` of a company, one a second. Every 500th is rare and has a phone, an agent and a chat of its own.
fn nth(n: i64) -> Draft {
    let rare = n % 500 == 0;
    let name = if rare {
        "rare-event"
    } else if n <= 1_024 {
        "call-was-created"
    } else {
        "agent-is-idle"
    };
    let mut one =
        draft(format!(r#"{{"n":{n},"who":"{}"}}"#, if rare { "Jo\\u00e3o \\\"x\\\"" } else { "Ana" }));
    one.name = name.into();
    one.received_at = NOW.plus(SECOND * u32::try_from(n).expect("small"));
    one.keys = Keys { call: Some(format!("call{}", n / 10).into()), ..Keys::default() };
    if rare {
        one.keys.phones = vec![format!("5511{n}").into()];
        one.keys.agent = Some(format!("agent{n}").into());
        one.keys.chat = Some("chat".into());
    }
    one
}

async fn filled(db: Db) -> (House, CompanyId) {
    let house = House::new(db).await;
    let (company, other) = (house.company("A").await, house.company("B").await);
    for from in (1..=EVENTS).step_by(250) {
        house.append(company, (from..from + 250).map(nth).collect()).await;
        house.append(other, (from..from + 250).map(nth).collect()).await;
    }
    house.journal.catch_up(None).await.expect("seals");
    (house, company)
}

async fn find(house: &House, company: CompanyId, filter: SearchFilter) -> Vec<i64> {
    let found = house.journal.search(company, filter, None, 1_000).await.expect("searches");
    assert_eq!(found.next, None);
    assert!(found.events.iter().all(|event| event.company == company));
    found.events.iter().map(|event| event.seq.0).collect()
}

fn by(kind: KeyKind, key: &str) -> SearchFilter {
    SearchFilter { key: Some((kind, key.to_owned())), ..SearchFilter::default() }
}

async fn search_finds_by_every_key(db: Db) {
    let (house, company) = filled(db).await;
    let rare = [2_500, 2_000, 1_500, 1_000, 500];
    for call in [0, 102, 204, 249] {
        let mine: Vec<i64> = (1..=EVENTS).rev().filter(|n| n / 10 == call).collect();
        assert_eq!(find(&house, company, by(KeyKind::Call, &format!("call{call}"))).await, mine);
    }
    for n in rare {
        assert_eq!(find(&house, company, by(KeyKind::Phone, &format!("5511{n}"))).await, [n]);
        assert_eq!(find(&house, company, by(KeyKind::Agent, &format!("agent{n}"))).await, [n]);
    }
    assert_eq!(find(&house, company, by(KeyKind::Chat, "chat")).await, rare);
    assert_eq!(find(&house, company, by(KeyKind::Chat, "nobody")).await, [0; 0]);
    let all = SearchFilter::default;
    let names = vec!["rare-*".parse().expect("a pattern")];
    assert_eq!(find(&house, company, SearchFilter { names: names.clone(), ..all() }).await, rare);
    for text in ["João", "\"x\"", "Jo\\u00e3o"] {
        assert_eq!(
            find(&house, company, SearchFilter { text: Some(text.to_owned()), ..all() }).await,
            rare,
            "{text}"
        );
    }
    let at = |n: u32| Some(NOW.plus(SECOND * n));
    let hour = SearchFilter { from: at(1_000), to: at(2_000), names, ..all() };
    assert_eq!(find(&house, company, hour).await, [1_500, 1_000]);
    let minute = SearchFilter { from: at(2_499), ..all() };
    assert_eq!(find(&house, company, minute).await, [2_500, 2_499]);
}

async fn search_goes_on_where_it_stopped(db: Db) {
    let (house, company) = filled(db).await;
    for (filter, expected) in [
        (by(KeyKind::Chat, "chat"), vec![2_500, 2_000, 1_500, 1_000, 500]),
        (
            SearchFilter { text: Some("9,".to_owned()), ..SearchFilter::default() },
            (1..=EVENTS).rev().filter(|n| n % 10 == 9).collect(),
        ),
    ] {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let Found { events, next, .. } =
                house.journal.search(company, filter.clone(), before, 3).await.expect("searches");
            assert!(events.len() <= 3);
            all.extend(events.iter().map(|event| event.seq.0));
            before = next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(all, expected);
    }
}

/// Every filter against what it finds of events that are looked at one by one.
async fn search_finds_the_same_whatever_is_asked_together(db: Db) {
    let (house, company) = filled(db).await;
    let stored = house.stored(company).await;
    let at = |n: u32| Some(NOW.plus(SECOND * n));
    let keys = [None, Some((KeyKind::Call, "call150")), Some((KeyKind::Chat, "chat"))];
    let names = [vec![], patterns("agent-is-idle"), patterns("rare-*"), patterns("nothing")];
    let texts = [None, Some("João"), Some("7"), Some("\"x"), Some("ã")];
    for (from, to) in [(None, None), (at(900), at(1_510)), (at(2_050), None), (None, at(1))] {
        let each = |n: usize| (keys[n % 3], names[n / 3 % 4].clone(), texts[n / 12]);
        for (key, names, text) in (0..3 * 4 * 5).map(each) {
            let filter = SearchFilter {
                key: key.map(|(kind, key)| (kind, key.to_owned())),
                names,
                from,
                to,
                text: text.map(str::to_owned),
            };
            let search = house.journal.searching(company, filter.clone(), None);
            let mine: Vec<i64> =
                stored.iter().rev().filter(|event| search.matches(event)).map(|event| event.seq.0).collect();
            let found = house.journal.search(company, filter.clone(), None, 10_000).await.expect("searches");
            let found: Vec<i64> = found.events.iter().map(|event| event.seq.0).collect();
            assert_eq!(found, mine, "{filter:?}");
        }
    }
}

async fn search_takes_no_key_for_another(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    let calls = ["1", "11", "a1", "%", "_", "é"];
    let drafts = calls.map(|call| Draft {
        keys: Keys { call: Some(call.into()), agent: Some("c1".into()), ..Keys::default() },
        ..draft("{}")
    });
    house.append(company, drafts.into()).await;
    // In no block yet, and in one.
    for sealed in [0, 1] {
        for (n, call) in (1..).zip(calls) {
            assert_eq!(find(&house, company, by(KeyKind::Call, call)).await, [n], "{call}");
        }
        assert_eq!(find(&house, company, by(KeyKind::Agent, "1")).await, [0; 0]);
        let late = Timestamp(Timestamp::now().0 + 2 * 86_400_000_000);
        assert_eq!(house.journal.catch_up(Some(late)).await.expect("seals"), 1 - sealed);
    }
}

fn patterns(text: &str) -> Vec<Pattern> {
    vec![text.parse().expect("a pattern")]
}

async fn lagging_readers_pass_over_what_they_do_not_want(db: Db) {
    let (house, company) = filled(db).await;
    let next = async |from, pattern| {
        let seq = house.journal.next_wanted(company, Seq(from), &patterns(pattern)).await;
        seq.expect("reads").0
    };
    assert_eq!(next(1, "call-*").await, 1);
    assert_eq!(next(1, "agent-*").await, 1_025, "the first block has none");
    assert_eq!(next(1_024, "call-was-created").await, 1_024, "its block has some");
    assert_eq!(next(1_025, "call-was-created").await, 2_049, "what is in no block has to be read");
    assert_eq!(next(1, "nothing-*").await, 2_049);
    assert_eq!(next(2_400, "rare-*").await, 2_400);
}

async fn times_and_ranges_are_counted_exactly(db: Db) {
    let (house, company) = filled(db).await;
    for n in [1, 2, 1_024, 1_025, 2_048, 2_049, 2_500] {
        let at = NOW.plus(SECOND * u32::try_from(n).expect("small"));
        assert_eq!(house.journal.time_to_seq(company, at).await.expect("reads"), Seq(n));
        let just_after = Timestamp(at.0 + 1);
        assert_eq!(house.journal.time_to_seq(company, just_after).await.expect("reads"), Seq(n + 1));
    }
    assert_eq!(house.journal.time_to_seq(company, Timestamp(0)).await.expect("reads"), Seq(1));
    for (from, to) in [(1, 2_500), (1, 1), (500, 500), (1_000, 2_048), (1_025, 2_048), (2_100, 2_200), (3, 2)]
    {
        let count = house
            .journal
            .count(company, Seq(from), Seq(to), |name| name.starts_with("rare-"))
            .await
            .expect("counts");
        let wanted = (from..=to).filter(|n| n % 500 == 0).count();
        let wanted = i64::try_from(wanted).expect("small");
        assert_eq!(count, RangeCount { events: (to - from + 1).max(0), wanted }, "{from}..={to}");
    }
}

async fn the_indexer_goes_on_after_a_restart(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    house.append(company, (1..=1_500).map(nth).collect()).await;
    assert_eq!(house.journal.catch_up(None).await.expect("seals"), 1);
    let house = house.crashed().await;
    house.append(company, (1_501..=2_100).map(nth).collect()).await;
    assert_eq!(house.journal.catch_up(None).await.expect("seals"), 1);
    let soon = NOW.plus(Duration::from_hours(1));
    assert_eq!(house.journal.catch_up(Some(soon)).await.expect("seals"), 0, "the rest is not old yet");
    let later = NOW.plus(Duration::from_hours(48));
    assert_eq!(house.journal.catch_up(Some(later)).await.expect("seals"), 1);
    let blocks = house.store.blocks(company, Seq(1), 10).await.expect("reads");
    let ends: Vec<(i64, i64)> = blocks.iter().map(|block| (block.first.0, block.last.0)).collect();
    assert_eq!(ends, [(1, 1_024), (1_025, 2_048), (2_049, 2_100)]);
    assert_eq!(find(&house, company, by(KeyKind::Phone, "55111500")).await, [1_500]);
}

const LONG: Duration = Duration::from_hours(24 * 365 * 10);

fn bytes(soft: u64, hard: u64) -> Limit<u64> {
    Limit::new(soft, hard).expect("the hard one is not below")
}

fn limits() -> RetentionLimits {
    RetentionLimits {
        age: ages(LONG, LONG),
        bytes: bytes(u64::MAX, u64::MAX),
        attempts_age: LONG,
        seen_age: LONG,
        lines_age: LONG,
        audit_age: LONG,
    }
}

async fn first_seq(house: &House, company: CompanyId) -> i64 {
    read(&house.journal, company, 1).await.first().map_or(0, |event| event.seq.0)
}

async fn retention_takes_the_oldest_first(db: Db) {
    let (house, company) = filled(db).await;
    let house = house.stopped().await;
    let other = CompanyId(company.0 + 1);
    let now = NOW.plus(SECOND * 2_500);
    // By age: the first block ended 1,476 s ago.
    let aged = RetentionLimits { age: ages(SECOND * 1_400, LONG), ..limits() };
    house.journal.retain(aged, now).await.expect("retains");
    assert_eq!((first_seq(&house, company).await, first_seq(&house, other).await), (1_025, 1_025));
    assert_eq!(find(&house, company, by(KeyKind::Phone, "5511500")).await, [0; 0]);
    assert_eq!(find(&house, company, by(KeyKind::Phone, "55111500")).await, [1_500]);
    // By bytes: one of the two blocks that are left has to go.
    let totals = house.store.block_totals().await.expect("reads");
    let all: i64 = totals.iter().map(|(_, totals)| totals.bytes + 256 * totals.events).sum();
    let small = RetentionLimits { bytes: bytes(all.unsigned_abs() - 1, u64::MAX), ..limits() };
    house.journal.retain(small, now).await.expect("retains");
    assert_eq!((first_seq(&house, company).await, first_seq(&house, other).await), (2_049, 1_025));
    assert_eq!(house.append(company, vec![nth(2_501)]).await, [Seq(2_501)], "places are never given twice");
    assert_eq!(house.journal.counts().expired, 0);
}

/// The one that writes little has the oldest events, and keeps them: also when those of the other are still wanted.
async fn who_writes_most_gives_first_when_there_is_too_much(db: Db) {
    let house = House::new(db).await;
    let (little, much) = (house.company("A").await, house.company("B").await);
    house.append(little, (1..=1_024).map(nth).collect()).await;
    for from in (1_025..=5_120).step_by(512) {
        house.append(much, (from..from + 512).map(nth).collect()).await;
    }
    house.journal.catch_up(None).await.expect("seals");
    let house = house.stopped().await;
    let webhook = WebhookId(7);
    house
        .journal
        .control(move |tx| Box::pin(tx.put_cursor(much, webhook, Seq::ZERO)))
        .await
        .expect("a cursor");
    let total = async || {
        let totals = house.store.block_totals().await.expect("reads");
        totals.iter().map(|(_, totals)| totals.bytes + 256 * totals.events).sum::<i64>().unsigned_abs()
    };
    let (all, now) = (total().await, NOW.plus(SECOND * 6_000));
    let firsts = async || (first_seq(&house, little).await, first_seq(&house, much).await);
    let soft = RetentionLimits { bytes: bytes(all / 20 * 9, u64::MAX), ..limits() };
    house.journal.retain(soft, now).await.expect("retains");
    assert_eq!(
        (firsts().await, total().await),
        ((1, 1), all),
        "nobody pays for what another's webhook waits for"
    );
    let hard = RetentionLimits { bytes: bytes(all / 20 * 9, all / 20 * 9), ..soft };
    house.journal.retain(hard, now).await.expect("retains");
    assert_eq!(firsts().await, (1, 3_073));
    assert!(total().await <= all / 20 * 9);
}

fn attempt(webhook: WebhookId, seq: i64) -> AttemptRow {
    AttemptRow {
        webhook,
        seq: Seq(seq),
        origin: AttemptOrigin::Live,
        n: 1,
        at: NOW,
        revision: 1,
        phases: Phases::default(),
        status: Some(200),
        error: None,
        answer: None,
        charged: true,
    }
}

async fn retention_keeps_what_is_wanted_until_the_hard_limit(db: Db) {
    let (house, company) = filled(db).await;
    let house = house.stopped().await;
    let webhook = WebhookId(7);
    house
        .journal
        .control(move |tx| Box::pin(tx.put_cursor(company, webhook, Seq::ZERO)))
        .await
        .expect("a cursor");
    let held = |seq| {
        HeldChange::Put(HeldRow {
            webhook,
            seq: Seq(seq),
            state: HeldState::Retrying,
            reason: HeldReason::Failed,
            lane: None,
            attempts: 1,
            next_at: NOW,
            since: NOW,
            origin: AttemptOrigin::Live,
            replay: None,
        })
    };
    let settlement = Settlement {
        company,
        webhook,
        cursor: Some(Cursor { revision: 1, seq: Seq(1_100) }),
        attempts: vec![attempt(webhook, 10), attempt(webhook, 1_090), attempt(webhook, 1_200)],
        held: vec![held(100), held(1_050)],
        replays: Vec::new(),
    };
    house.settle(settlement).await.await.expect("settled");
    let now = NOW.plus(LONG / 2);
    let aged = RetentionLimits { age: ages(SECOND, LONG), attempts_age: SECOND, ..limits() };
    house.journal.retain(aged, now).await.expect("retains");
    let left: Vec<i64> = house.stored(company).await.iter().map(|event| event.seq.0).take(3).collect();
    assert_eq!(left, [100, 1_025, 1_026], "one is held, the rest of the first block is delivered");
    let blocks = house.store.blocks(company, Seq(1), 10).await.expect("reads");
    assert_eq!((blocks[0].first, blocks[0].events), (Seq(1), 1));
    assert_eq!(find(&house, company, by(KeyKind::Call, "call10")).await, [100], "and is still found");
    let of = async |seq| house.store.attempts_of_event(webhook, Seq(seq), 9).await.expect("reads").len();
    assert_eq!((of(10).await, of(1_200).await), (0, 1), "attempts above the cursor stay");
    // Past the hard limit all of it goes, and says so.
    let hard = RetentionLimits { age: ages(SECOND, SECOND), ..aged };
    house.journal.retain(hard, now).await.expect("retains");
    assert_eq!(first_seq(&house, company).await, 2_049);
    let skip = house.store.skip_at(webhook, Seq(1_500)).await.expect("reads").expect("recorded");
    assert_eq!((skip.from, skip.to), (Seq(1_101), Seq(2_048)));
    assert_eq!(house.store.cursor(webhook).await.expect("reads"), Some(Seq(2_048)));
    assert_eq!(house.journal.counts().expired, 950);
}

/// Sessions, gaps and the audit log go when they are old; a session that events of the journal name stays as long as they.
async fn what_tells_of_the_past_is_not_kept_for_ever(db: Db) {
    let house = House::new(db).await;
    let (busy, idle) = (house.company("A").await, house.company("B").await);
    let day = |days: u32| NOW.plus(Duration::from_hours(24) * days);
    let one = Draft { received_at: day(10), ..draft("{}") };
    house.append(busy, vec![one]).await;
    let write = house.journal.control(move |tx| {
        Box::pin(async move {
            for (company, source) in [(busy, SourceId(1)), (idle, SourceId(2))] {
                for days in [1, 20] {
                    let session = tx.begin_session(company, source, "s", "m", day(days)).await?;
                    tx.end_session(session, day(days), "stopped").await?;
                    tx.open_gap(company, source, day(days), "stopped", None).await?;
                    tx.close_gap(source, day(days)).await?;
                }
                tx.begin_session(company, source, "alive", "m", day(0)).await?;
            }
            for days in [1, 20] {
                let entry = AuditEntry {
                    id: 0,
                    at: day(days),
                    actor: "provisioning".into(),
                    address: None,
                    action: "company.create".into(),
                    company: None,
                    target: None,
                    detail: None,
                };
                tx.audit(&entry).await?;
            }
            Ok(())
        })
    });
    write.await.expect("written");
    let limits = RetentionLimits {
        lines_age: Duration::from_hours(24) * 25,
        audit_age: Duration::from_hours(24) * 25,
        ..limits()
    };
    house.journal.retain(limits, day(40)).await.expect("retains");
    let started = async |source| -> Vec<Timestamp> {
        let sessions = house.store.sessions(source, SessionId(i64::MAX), 9).await.expect("reads");
        sessions.into_iter().map(|session| session.started_at).collect()
    };
    assert_eq!(started(SourceId(1)).await, [day(0), day(20)], "no event is older than the other");
    assert_eq!(started(SourceId(2)).await, [day(0), day(20)]);
    for source in [SourceId(1), SourceId(2)] {
        let gaps = house.store.gaps(source, i64::MAX, 9).await.expect("reads");
        assert_eq!(gaps.iter().map(|gap| gap.started_at).collect::<Vec<_>>(), [day(20)]);
    }
    let audit = house.store.audit_log(&AuditFilter::ALL, i64::MAX, 9).await.expect("reads");
    assert_eq!(audit.iter().map(|line| line.at).collect::<Vec<_>>(), [day(20)]);

    let limits = RetentionLimits { lines_age: SECOND, ..self::limits() };
    house.journal.retain(limits, day(40)).await.expect("retains");
    assert_eq!(started(SourceId(1)).await, [day(0), day(20)], "its journal reaches back beyond it");
    assert_eq!(started(SourceId(2)).await, [day(0)], "only the one that is open");
}
