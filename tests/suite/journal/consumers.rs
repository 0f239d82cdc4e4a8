//! Who follows the journal: a third consumer beside couriers and indexer lags, is killed, is made anew, and retention waits for it.

mod parted;
mod tally;

use std::time::Duration;

use parted::Parted;
use ramal::domain::{
    AttemptOrigin, CompanyId, Draft, HeldReason, HeldState, RetentionLimits, Seq, Timestamp, WebhookId,
};
use ramal::journal::{ConsumerStatus, JournalOptions, Kind};
use ramal::store::{AuditFilter, Block, Build, HeldChange, HeldRow, Settlement, Store};
use tally::Tally;

use super::{House, draft, head_reaches};
use crate::store::{Db, NOW, contract};
use crate::support::settings::ages;

contract! {
    a_consumer_that_lags_catches_up,
    killed_it_goes_on_where_its_rows_end,
    rows_in_parts_are_written_one_after_the_other_and_the_cursor_moves_with_the_last,
    made_anew_the_old_rows_are_read_until_the_new_ones_have_caught_up,
    rows_of_another_version_are_made_anew,
    retention_waits_for_every_consumer,
    what_goes_before_a_consumer_has_read_it_is_counted,
    nothing_waits_for_a_consumer_that_there_is_no_more,
    what_a_company_leaves_behind_is_nobodys,
    blocks_are_made_anew_beside_the_events_that_come,
    what_another_build_sealed_is_no_obstacle,
    what_retention_left_of_a_block_is_all_that_is_made_anew,
    killed_in_the_middle_a_rebuild_goes_on,
}

const SOON: Duration = Duration::from_secs(20);

/// With the third consumer: this line is all that it takes.
fn with_tally<const VERSION: i32>(upkeep: bool) -> JournalOptions {
    let mut options = JournalOptions { upkeep, retention: all_is_kept(), ..JournalOptions::default() };
    options.consumers.push(Kind::of::<Tally<VERSION>>());
    options
}

fn all_is_kept() -> RetentionLimits {
    RetentionLimits { age: ages(LONG, LONG), audit_age: LONG, ..RetentionLimits::default() }
}

/// Every third is of a call.
fn nth(n: i64) -> Draft {
    let name = if n % 3 == 0 { "call-was-created" } else { "agent-is-idle" };
    Draft { name: name.into(), ..draft(format!("{{\"n\":{n}}}")) }
}

fn calls(up_to: i64) -> Vec<i64> {
    (3..=up_to).step_by(3).collect()
}

async fn fill(house: &House, company: CompanyId, from: i64, to: i64) {
    for first in (from..=to).step_by(250) {
        house.append(company, (first..=to.min(first + 249)).map(nth).collect()).await;
    }
}

/// What it has written of a company in one build, in the order in which it did, by the version that wrote it.
async fn rows(store: &Store, company: CompanyId, build: i32) -> Vec<(String, i64)> {
    let build = build.to_string();
    let filter = AuditFilter { company: Some(company), action: "tally", target: &build, ..AuditFilter::ALL };
    let mut lines = store.audit_log(&filter, i64::MAX, u32::MAX).await.expect("reads");
    lines.reverse();
    let seqs = |line: &ramal::store::AuditEntry| {
        let seqs: Vec<i64> = serde_json::from_str(line.detail.as_deref().expect("seqs")).expect("numbers");
        let actor = line.actor.clone();
        seqs.into_iter().map(move |seq| (actor.clone(), seq)).collect::<Vec<_>>()
    };
    lines.iter().flat_map(seqs).collect()
}

async fn tallied(store: &Store, company: CompanyId, build: i32) -> Vec<i64> {
    rows(store, company, build).await.into_iter().map(|(_, seq)| seq).collect()
}

fn kind(house: &House, name: &str) -> Kind {
    *house.journal.consumers().iter().find(|kind| kind.name == name).expect("it is in the list")
}

async fn rebuild(house: &House, name: &str) {
    let kind = kind(house, name);
    house.journal.control(move |tx| Box::pin(async move { kind.rebuild(tx).await })).await.expect("begins");
    house.journal.rebuild_now(&kind);
}

async fn status(house: &House, name: &str) -> ConsumerStatus {
    kind(house, name).status(&house.store).await.expect("reads")
}

async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("{what}: not in time"))
}

async fn is_rebuilt(house: &House, name: &str) {
    until("made anew", async || status(house, name).await.rebuild.is_none().then_some(())).await;
}

/// It comes to journals that are there already, and to companies that come later.
async fn a_consumer_that_lags_catches_up(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 2_500).await;
    let house = house.stopped_with(with_tally::<1>(false)).await;
    assert_eq!(status(&house, "tally").await.behind, 2_500);
    let later = house.company("B").await;
    fill(&house, later, 1, 10).await;
    assert!(house.journal.catch_up(None).await.expect("catches up") > 2);
    assert_eq!(tallied(&house.store, company, 0).await, calls(2_500));
    assert_eq!(tallied(&house.store, later, 0).await, calls(10));
    let known = ConsumerStatus { name: "tally", version: 1, behind: 0, rebuild: None };
    assert_eq!(status(&house, "tally").await, known);
    assert_eq!(status(&house, "indexer").await.behind, 2_500 - 2_048 + 10, "what is in no block yet");
    assert_eq!(house.journal.catch_up(None).await.expect("catches up"), 0);
}

/// Broken off again and again, while it follows by itself: every event is in its rows once, in order.
async fn killed_it_goes_on_where_its_rows_end(db: Db) {
    let mut house = House::with(db, with_tally::<1>(true)).await;
    let company = house.company("A").await;
    for life in 1..=6 {
        fill(&house, company, (life - 1) * 700 + 1, life * 700).await;
        if life % 2 == 0 {
            // While it is at it, and not only before.
            let before = u64::try_from(life * 700).expect("small");
            until("at it", async || (status(&house, "tally").await.behind < before).then_some(())).await;
        }
        house = house.crashed_with(with_tally::<1>(true)).await;
    }
    until("caught up", async || (status(&house, "tally").await.behind == 0).then_some(())).await;
    assert_eq!(tallied(&house.store, company, 0).await, calls(6 * 700));
}

async fn rows_in_parts_are_written_one_after_the_other_and_the_cursor_moves_with_the_last(db: Db) {
    let kind = if db.store.engine() == "sqlite" { Kind::of::<Parted<0>>() } else { Kind::of::<Parted<1>>() };
    let mut options = JournalOptions { upkeep: false, ..JournalOptions::default() };
    options.consumers.push(kind);
    let house = House::with(db, options).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 10).await;
    let written = async || {
        let filter = AuditFilter { company: Some(company), action: "tally", ..AuditFilter::ALL };
        let lines = house.store.audit_log(&filter, i64::MAX, u32::MAX).await.expect("reads");
        let mut parts: Vec<String> = lines.into_iter().filter_map(|line| line.target).collect();
        parts.reverse();
        (parts, status(&house, "parted").await.behind)
    };
    house.journal.catch_up(None).await.expect_err("its last part fails");
    assert_eq!(written().await, (vec!["1".to_owned(), "2".to_owned()], 10), "the cursor is where it was");
    house.journal.catch_up(None).await.expect("catches up");
    let parts = ["1", "2", "1", "2", "3"].map(str::to_owned).to_vec();
    assert_eq!(written().await, (parts, 0));
}

async fn made_anew_the_old_rows_are_read_until_the_new_ones_have_caught_up(db: Db) {
    let house = House::with(db, with_tally::<1>(false)).await;
    let (company, other) = (house.company("A").await, house.company("B").await);
    fill(&house, company, 1, 2_500).await;
    fill(&house, other, 1, 30).await;
    house.journal.catch_up(None).await.expect("catches up");
    rebuild(&house, "tally").await;
    // Asked twice, it is done once.
    rebuild(&house, "tally").await;
    let left = status(&house, "tally").await.rebuild.expect("under way");
    assert_eq!((left.companies, left.events), (2, 2_530));
    // The old rows go on as long as they are read.
    fill(&house, company, 2_501, 2_503).await;
    house.journal.catch_up(None).await.expect("catches up");
    assert_eq!(tallied(&house.store, company, 0).await, calls(2_503));
    assert_eq!(tallied(&house.store, company, 1).await, [0; 0]);
    let builds = async |house: &House| house.store.builds("tally").await.expect("reads");
    assert_eq!(builds(&house).await.len(), 4);
    // Killed in between, it goes on.
    let house = house.crashed_with(with_tally::<1>(true)).await;
    is_rebuilt(&house, "tally").await;
    let left: Vec<_> = builds(&house).await.iter().map(|build| (build.company, build.number)).collect();
    assert_eq!(left, [(company, 1), (other, 1)]);
    assert_eq!(tallied(&house.store, company, 1).await, calls(2_503));
    assert_eq!(tallied(&house.store, other, 1).await, calls(30));
    fill(&house, company, 2_504, 2_509).await;
    until("follows", async || (status(&house, "tally").await.behind == 0).then_some(())).await;
    assert_eq!(tallied(&house.store, company, 1).await, calls(2_509));
    assert_eq!(tallied(&house.store, company, 0).await, calls(2_503), "nobody writes those any more");
}

async fn rows_of_another_version_are_made_anew(db: Db) {
    let house = House::with(db, with_tally::<1>(false)).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 1_200).await;
    house.journal.catch_up(None).await.expect("catches up");
    let house = house.stopped_with(with_tally::<2>(true)).await;
    fill(&house, company, 1_201, 1_300).await;
    head_reaches(&house.journal, company, 1_300).await;
    until("begun", async || {
        (house.store.builds("tally").await.expect("reads").first()?.number == 1).then_some(())
    })
    .await;
    until("caught up", async || (status(&house, "tally").await.behind == 0).then_some(())).await;
    assert_eq!(
        tallied(&house.store, company, 0).await,
        calls(1_200),
        "old rows are as the old program left them"
    );
    let anew = rows(&house.store, company, 1).await;
    assert!(anew.iter().all(|(actor, _)| actor == "tally 2"));
    assert_eq!(anew.into_iter().map(|(_, seq)| seq).collect::<Vec<_>>(), calls(1_300));
}

/// Everything is old and nobody else wants it.
fn nothing_is_kept() -> RetentionLimits {
    RetentionLimits { age: ages(Duration::from_secs(1), LONG), ..all_is_kept() }
}

const LONG: Duration = Duration::from_hours(24 * 3_650);

fn later() -> Timestamp {
    NOW.plus(Duration::from_hours(24))
}

async fn first_seq(house: &House, company: CompanyId) -> Option<Seq> {
    house.store.events(company, Seq(1), 1, usize::MAX).await.expect("reads").first().map(|event| event.seq)
}

/// Also before it has read anything; and while it is made anew, although its old rows hold everything.
async fn retention_waits_for_every_consumer(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 2_100).await;
    house.journal.catch_up(None).await.expect("seals");
    let house = house.stopped_with(with_tally::<1>(false)).await;
    let retain =
        async |house: &House| house.journal.retain(nothing_is_kept(), later()).await.expect("retains");
    retain(&house).await;
    assert_eq!(first_seq(&house, company).await, Some(Seq(1)), "it has read nothing yet");
    house.journal.catch_up(None).await.expect("catches up");
    rebuild(&house, "tally").await;
    retain(&house).await;
    assert_eq!(first_seq(&house, company).await, Some(Seq(1)), "it reads everything again");
    let house = house.stopped_with(with_tally::<1>(true)).await;
    is_rebuilt(&house, "tally").await;
    assert_eq!(tallied(&house.store, company, 1).await, calls(2_100));
    retain(&house).await;
    assert_eq!(first_seq(&house, company).await, None, "the rest of it was sealed too");
    // Past the hard limit nobody is waited for; what is left is read.
    rebuild(&house, "tally").await;
    let house = house.stopped_with(with_tally::<1>(false)).await;
    fill(&house, company, 2_101, 3_130).await;
    house.journal.catch_up(None).await.expect("seals");
    let hard =
        RetentionLimits { age: ages(Duration::from_secs(1), Duration::from_secs(1)), ..nothing_is_kept() };
    house.journal.retain(hard, later()).await.expect("retains");
    assert_eq!(first_seq(&house, company).await, Some(Seq(3_125)));
    let house = house.stopped_with(with_tally::<1>(true)).await;
    is_rebuilt(&house, "tally").await;
    assert_eq!(tallied(&house.store, company, 2).await.first(), Some(&3_126));
}

async fn nothing_waits_for_a_consumer_that_there_is_no_more(db: Db) {
    let house = House::with(db, with_tally::<1>(false)).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 1_100).await;
    house.journal.catch_up(None).await.expect("catches up");
    rebuild(&house, "tally").await;
    let house = house.stopped().await;
    house.journal.retain(nothing_is_kept(), later()).await.expect("retains");
    assert_eq!(first_seq(&house, company).await, Some(Seq(1_025)));
    // A later program that has it again goes on with what it had.
    let house = house.stopped_with(with_tally::<1>(true)).await;
    is_rebuilt(&house, "tally").await;
    assert_eq!(tallied(&house.store, company, 0).await, calls(1_100));
    assert_eq!(
        tallied(&house.store, company, 1).await,
        calls(1_100).into_iter().skip(341).collect::<Vec<_>>()
    );
}

async fn what_goes_before_a_consumer_has_read_it_is_counted(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 2_100).await;
    house.journal.catch_up(None).await.expect("seals");
    let house = house.stopped_with(with_tally::<1>(false)).await;
    let read = Build { company, number: 0, version: 1, seq: Seq(1_000) };
    let put = house.journal.control(move |tx| Box::pin(async move { tx.put_build("tally", &read).await }));
    assert!(put.await.expect("puts"));
    let hard =
        RetentionLimits { age: ages(Duration::from_secs(1), Duration::from_secs(1)), ..nothing_is_kept() };
    house.journal.retain(hard, later()).await.expect("retains");
    assert_eq!(house.journal.counts().expired, 2_048 - 1_000, "none of them twice");
}

async fn what_a_company_leaves_behind_is_nobodys(db: Db) {
    let house = House::with(db, with_tally::<1>(true)).await;
    let (gone, stays) = (house.company("A").await, house.company("B").await);
    fill(&house, gone, 1, 100).await;
    until("follows", async || (status(&house, "tally").await.behind == 0).then_some(())).await;
    rebuild(&house, "tally").await;
    house.journal.control(move |tx| Box::pin(tx.delete_company(gone, NOW))).await.expect("deletes");
    fill(&house, stays, 1, 100).await;
    until("goes on", async || (tallied(&house.store, stays, 0).await == calls(100)).then_some(())).await;
    let left = async || house.store.builds("tally").await.expect("reads");
    assert!(left().await.iter().all(|build| build.company == stays), "{:?}", left().await);
}

/// Each block keeps its place; searches find the same all the while.
async fn blocks_are_made_anew_beside_the_events_that_come(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 2_100).await;
    house.journal.catch_up(Some(Timestamp::now().plus(LONG))).await.expect("seals the rest too");
    let sealed = async |house: &House| house.store.blocks(company, Seq(1), 99).await.expect("reads");
    let before = sealed(&house).await;
    assert_eq!(before.iter().map(|block| block.events).collect::<Vec<_>>(), [1_024, 1_024, 52]);
    let keys = async |house: &House, block: &Block| {
        house.store.keys_of_block(company, block.first).await.expect("reads")
    };
    let mut keys_before = Vec::new();
    for block in &before {
        keys_before.push(keys(&house, block).await);
    }
    // As an older program may have left them: a key too many, one too few, and nothing known of their names.
    let (first, wrong) =
        (before[0].first, Block { names: std::collections::BTreeMap::new(), ..before[0].clone() });
    let (lost, odd) = (keys_before[0].clone(), ('x', Box::from("odd")));
    house
        .journal
        .control(move |tx| {
            Box::pin(async move {
                tx.delete_block_keys(company, first, &lost).await?;
                tx.delete_block(company, first).await?;
                tx.insert_block(&wrong, &[odd].into()).await
            })
        })
        .await
        .expect("spoils it");
    rebuild(&house, "indexer").await;
    let kept = JournalOptions { retention: all_is_kept(), ..JournalOptions::default() };
    let house = house.crashed_with(kept).await;
    fill(&house, company, 2_101, 4_400).await;
    is_rebuilt(&house, "indexer").await;
    let all = |blocks: &[Block]| blocks.iter().map(|block| block.events).sum::<i64>();
    until("sealed", async || (all(&sealed(&house).await) >= 2_100 + 1_024).then_some(())).await;
    let after = sealed(&house).await;
    assert_eq!(after[..3], before);
    for (block, keys_before) in before.iter().zip(keys_before) {
        assert_eq!(keys(&house, block).await, keys_before);
    }
    let follows = |pair: &[Block]| pair[1].first == pair[0].last.next();
    assert!(after.windows(2).all(follows), "every event is in one of them: {after:?}");
}

/// Two builds that make the same rows do not stand in each other's way, whichever is ahead.
async fn what_another_build_sealed_is_no_obstacle(db: Db) {
    let house = House::new(db).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 1_500).await;
    house.journal.catch_up(None).await.expect("seals");
    fill(&house, company, 1_501, 2_500).await;
    let sealed = house.store.blocks(company, Seq(1), 99).await.expect("reads").remove(0);
    let next = Block { first: Seq(1_025), last: Seq(2_048), ..sealed };
    let ahead = Build { company, number: 1, version: 1, seq: Seq(2_048) };
    house
        .journal
        .control(move |tx| {
            Box::pin(async move {
                tx.insert_block(&next, &[].into()).await?;
                tx.put_build("indexer", &ahead).await
            })
        })
        .await
        .expect("it is ahead");
    house.journal.catch_up(None).await.expect("the one that is read goes on");
    let kept = JournalOptions { retention: all_is_kept(), ..JournalOptions::default() };
    let house = house.stopped_with(kept).await;
    is_rebuilt(&house, "indexer").await;
    until("the rest", async || {
        let builds = house.store.builds("indexer").await.expect("reads");
        (builds == [Build { seq: Seq(2_500), ..ahead }]).then_some(())
    })
    .await;
    let blocks = house.store.blocks(company, Seq(1), 99).await.expect("reads");
    let stretches: Vec<_> = blocks.iter().map(|block| (block.first.0, block.last.0, block.events)).collect();
    assert_eq!(stretches, [(1, 1_024, 1_024), (1_025, 2_048, 1_024), (2_049, 2_500, 452)]);
}

/// Of one block an event is held, of the next nothing is left.
async fn what_retention_left_of_a_block_is_all_that_is_made_anew(db: Db) {
    let house = House::new(db).await;
    let (company, webhook) = (house.company("A").await, WebhookId(7));
    fill(&house, company, 1, 3_100).await;
    house.journal.catch_up(None).await.expect("seals");
    let held = HeldRow {
        webhook,
        seq: Seq(100),
        state: HeldState::Retrying,
        reason: HeldReason::Failed,
        lane: None,
        attempts: 1,
        next_at: NOW,
        since: NOW,
        origin: AttemptOrigin::Live,
        replay: None,
    };
    let held = vec![HeldChange::Put(held)];
    let one = Settlement { company, webhook, cursor: None, attempts: vec![], held, replays: vec![] };
    house
        .journal
        .control(move |tx| Box::pin(tx.put_cursor(company, webhook, Seq(2_048))))
        .await
        .expect("a cursor");
    house.journal.settle(&house.owned(company).await, one).await.expect("holds one");
    house.journal.retain(nothing_is_kept(), later()).await.expect("retains");
    let sealed = async |house: &House| house.store.blocks(company, Seq(1), 99).await.expect("reads");
    let before = sealed(&house).await;
    let left: Vec<_> = before.iter().map(|block| (block.first.0, block.last.0, block.events)).collect();
    assert_eq!(left, [(1, 1_024, 1), (2_049, 3_072, 1_024)]);
    rebuild(&house, "indexer").await;
    let kept = JournalOptions { retention: all_is_kept(), ..JournalOptions::default() };
    let house = house.stopped_with(kept).await;
    is_rebuilt(&house, "indexer").await;
    let after = sealed(&house).await;
    let left: Vec<_> = after[..2].iter().map(|block| (block.first.0, block.last.0, block.events)).collect();
    assert_eq!(left, [(1, 1_024, 1), (2_049, 3_072, 1_024)]);
    assert_eq!(after[1], before[1]);
    assert_eq!(after[0].names.values().sum::<u32>(), 1, "of what went nothing is said any more");
}

/// Without being started again, and then with that, again and again.
async fn killed_in_the_middle_a_rebuild_goes_on(db: Db) {
    let mut house = House::with(db, with_tally::<1>(true)).await;
    let company = house.company("A").await;
    fill(&house, company, 1, 3_000).await;
    until("follows", async || (status(&house, "tally").await.behind == 0).then_some(())).await;
    rebuild(&house, "tally").await;
    is_rebuilt(&house, "tally").await;
    assert_eq!(tallied(&house.store, company, 1).await, calls(3_000));
    rebuild(&house, "tally").await;
    for _ in 0..5 {
        let left = status(&house, "tally").await.rebuild;
        house = house.crashed_with(with_tally::<1>(true)).await;
        let Some(before) = left else { break };
        until("goes on", async || {
            (status(&house, "tally").await.rebuild.is_none_or(|left| left.events < before.events))
                .then_some(())
        })
        .await;
    }
    is_rebuilt(&house, "tally").await;
    assert_eq!(tallied(&house.store, company, 2).await, calls(3_000));
}
