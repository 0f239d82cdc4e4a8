//! When the database cannot take what it is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ramal::domain::{CompanyId, Seq};
use ramal::journal::{JournalOptions, ReadLimit, RecorderHealth, WaitReason, WriteError};
use ramal::ownership::{Leaser, StaticLeaser};
use ramal::store::{AuditEntry, StoreOptions};
use tokio::time::timeout;

use super::lossy_proxy::LossyProxy;
use super::{House, by_hand, draft, head_reaches, payloads, read};
use crate::store::{Db, NOW, contract, options};
use crate::support::postgres;

const SOON: Duration = Duration::from_secs(30);

contract! {
    a_full_queue_makes_sources_wait,
    what_is_not_owned_any_more_is_refused_without_the_recorder,
    one_flooding_company_does_not_starve_another,
    lagging_webhooks_of_one_company_delay_another_by_a_statement,
}

/// Holds the recorder in a control operation until the returned sender is dropped.
async fn hold_the_recorder(house: &House) -> tokio::sync::oneshot::Sender<()> {
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let (entered, has_entered) = tokio::sync::oneshot::channel();
    let journal = house.journal.clone();
    tokio::spawn(async move {
        let held = journal.control(move |_| {
            Box::pin(async move {
                let _ = entered.send(());
                let _ = released.await;
                Ok(())
            })
        });
        // The journal may have ended before.
        let _ = held.await;
    });
    has_entered.await.expect("entered");
    release
}

async fn a_full_queue_makes_sources_wait(db: Db) {
    let house = House::with(db, JournalOptions { queue_bytes: 64 << 10, ..by_hand() }).await;
    let company = house.company("A").await;
    let release = hold_the_recorder(&house).await;
    let mut receipts = Vec::new();
    let full = loop {
        match house.journal.try_append(&house.owned(company).await, vec![draft("x".repeat(1_000))]) {
            Ok(receipt) => receipts.push(receipt),
            Err(error) => break error,
        }
    };
    assert_eq!(full, WriteError::Full);
    assert!((20..40).contains(&receipts.len()), "{}", receipts.len());
    let (journal, owned) = (house.journal.clone(), house.owned(company).await);
    let waiting =
        tokio::spawn(async move { journal.append(&owned, vec![draft("w".repeat(1_000))]).await?.await });
    let owned = house.owned(company).await;
    let given_up = house.journal.append(&owned, vec![draft("g".repeat(1_000))]);
    assert!(timeout(Duration::from_millis(50), given_up).await.is_err(), "there is room");
    assert!(!waiting.is_finished());
    drop(release);
    let count = i64::try_from(receipts.len()).expect("few");
    for receipt in receipts {
        receipt.await.expect("nothing that was accepted is lost");
    }
    let placed = waiting.await.expect("runs").expect("written");
    assert_eq!(placed[0].seq, Seq(count + 1), "what was given up is not there");
    assert_eq!(house.journal.queue_depth().append_bytes, 0);
}

async fn what_is_not_owned_any_more_is_refused_without_the_recorder(db: Db) {
    let house = House::new(db).await;
    let (lost, ours) = (house.company("A").await, house.company("B").await);
    let (first, other) = (house.take(lost).await, house.take(ours).await);
    let second = house.take(lost).await;
    assert!(!first.is_held() && second.is_held() && other.is_held(), "a new lease voids the one before it");
    let release = hold_the_recorder(&house).await;
    // The recorder does nothing now: whatever is answered is answered by somebody else.
    let (drafts, results) = (|| vec![draft("1"), draft("2")], || super::invariants::settlement(lost, 1));
    assert_eq!(house.journal.append(&first, drafts()).await.map(drop), Err(WriteError::NotOurs));
    assert_eq!(house.journal.try_append(&first, drafts()).map(drop), Err(WriteError::NotOurs));
    assert_eq!(house.journal.settle(&first, results()).await, Err(WriteError::NotOurs));
    let depth = house.journal.queue_depth();
    assert_eq!((depth.append_bytes, depth.results), (0, 0), "nothing of it waits");
    let counts = house.journal.counts();
    assert_eq!((counts.disowned, counts.results_disowned), (4, 1), "all of it is counted");
    let written = house.journal.try_append(&second, drafts()).expect("room");
    StaticLeaser::new(house.journal.clone()).release(&[ours]);
    let gone = house.journal.try_append(&other, drafts()).map(drop);
    assert_eq!((gone, house.journal.counts().disowned), (Err(WriteError::NoCompany), 4), "nobody's loss");
    drop(release);
    assert_eq!(written.await.map(|placed| placed.len()), Ok(2));
}

async fn one_flooding_company_does_not_starve_another(db: Db) {
    let house = House::with(db, JournalOptions { queue_bytes: 4 << 20, ..by_hand() }).await;
    let (flood, quiet) = (house.company("flood").await, house.company("quiet").await);
    let mut flooding = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (journal, owned) = (house.journal.clone(), house.owned(flood).await);
        flooding.spawn(async move {
            while let Ok(receipt) = journal.append(&owned, vec![draft("x".repeat(1_000)); 8]).await {
                drop(receipt);
            }
        });
    }
    head_reaches(&house.journal, flood, 5_000).await;
    for n in 1..=50 {
        let before = house.journal.head(flood).0;
        let receipt = house
            .journal
            .try_append(&house.owned(quiet).await, vec![draft(n.to_string())])
            .expect("room for the quiet one");
        receipt.await.expect("written");
        // It waits for the commit under way and its own, which the flood shares: never for the flood's whole queue.
        let meanwhile = house.journal.head(flood).0 - before;
        assert!(meanwhile <= 3 * 4_096, "{meanwhile} events of the flood went first");
    }
    flooding.shutdown().await;
}

/// A thousand readers of one company's old events; a reader of another company's waits for what is being read, and not
/// for those that wait.
async fn lagging_webhooks_of_one_company_delay_another_by_a_statement(db: Db) {
    let house = House::new(db).await;
    let (lags, other) = (house.company("lags").await, house.company("other").await);
    for company in [lags, other] {
        house.append(company, vec![draft("x".repeat(1_000)); 500]).await;
    }
    // Nothing is in memory any more.
    let house = house.stopped().await;
    let whole = ReadLimit { items: 1_000, bytes: 4 << 20 };
    // Both have a session of the database's: to open one takes as long as the machine likes.
    tokio::try_join!(house.journal.read(lags, Seq(1), whole), house.journal.read(other, Seq(1), whole))
        .expect("reads");
    let done = Arc::new(AtomicUsize::new(0));
    let mut lagging = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let (journal, done) = (house.journal.clone(), done.clone());
        lagging.spawn(async move {
            assert_eq!(journal.read(lags, Seq(1), whole).await.expect("reads").len(), 500);
            done.fetch_add(1, Ordering::Relaxed);
        });
    }
    while done.load(Ordering::Relaxed) < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let before = done.load(Ordering::Relaxed);
    assert_eq!(house.journal.read(other, Seq(1), whole).await.expect("reads").len(), 500);
    let meanwhile = done.load(Ordering::Relaxed) - before;
    // Some end while its own are read, which takes as long as the machine does; in line behind all it would be all of them.
    assert!(meanwhile <= 200, "{meanwhile} statements went first");
    lagging.shutdown().await;
}

#[tokio::test]
async fn a_full_disk_makes_appends_wait_while_results_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let limited = StoreOptions { max_bytes: Some(1 << 20), ..options() };
    let reserve = Some((folder.path().join("reserve"), 1 << 20));
    let db = Db::open(url, Some(folder), limited).await;
    let house = House::with(db, JournalOptions { reserve, ..by_hand() }).await;
    let company = house.company("A").await;
    let mut health = house.journal.health();
    let (journal, owned) = (house.journal.clone(), house.owned(company).await);
    let source = tokio::spawn(async move {
        for n in 0..40 {
            let receipt = journal.append(&owned, vec![draft(format!("{n:060000}"))]).await?;
            receipt.await?;
        }
        Ok::<_, WriteError>(())
    });
    let is_full =
        |health: &RecorderHealth| matches!(health, RecorderHealth::Waiting { reason: WaitReason::Full, .. });
    timeout(SOON, health.wait_for(is_full)).await.expect("soon").expect("open");
    let full_at = house.journal.head(company);
    assert!(full_at.0 > 5 && full_at.0 < 30, "{full_at}");
    let results = house.settle(super::invariants::settlement(company, 1)).await;
    assert_eq!(timeout(SOON, results).await.expect("soon"), Ok(()), "results are written");
    assert!(!source.is_finished(), "the source waits");
    // Retention makes room, twice as the file fills again.
    while !source.is_finished() {
        let to = house.journal.head(company);
        let removed = house.journal.control(move |tx| Box::pin(tx.delete_events(company, to, false, 1_000)));
        removed.await.expect("retention works on a full disk");
        let more = |health: &RecorderHealth| health.is_working();
        timeout(SOON, health.wait_for(more)).await.expect("it resumes by itself").expect("open");
        tokio::select! {
            full = health.wait_for(is_full) => drop(full.expect("open")),
            () = head_is(&house, company, 40) => break,
        }
    }
    source.await.expect("runs").expect("everything was written");
    assert_eq!(house.journal.head(company), Seq(40));
}

#[tokio::test]
async fn what_waited_for_room_and_went_another_way_shuts_no_door() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let limited = StoreOptions { max_bytes: Some(1 << 20), ..options() };
    let house = House::new(Db::open(url, Some(folder), limited).await).await;
    let company = house.company("A").await;
    let mut health = house.journal.health();
    let large = house
        .journal
        .append(&house.owned(company).await, vec![draft("x".repeat(2 << 20))])
        .await
        .expect("room");
    let is_full =
        |health: &RecorderHealth| matches!(health, RecorderHealth::Waiting { reason: WaitReason::Full, .. });
    timeout(SOON, health.wait_for(is_full)).await.expect("soon").expect("open");
    // Another node takes the lease: what waits is refused, and nothing else comes.
    house.journal.control(move |tx| Box::pin(tx.take_lease(company))).await.expect("taken");
    assert_eq!(timeout(SOON, large).await.expect("soon"), Err(WriteError::NotOurs));
    house.take(company).await;
    timeout(SOON, health.wait_for(RecorderHealth::is_working))
        .await
        .expect("it is well again")
        .expect("open");
}

/// A defect in the recorder itself: an amount of time that there is not.
#[tokio::test]
async fn a_recorder_that_panics_again_and_again_pauses_and_says_so() {
    let db = Db::sqlite().await;
    let house = House::with(db, JournalOptions { linger: Duration::MAX, ..by_hand() }).await;
    let company = house.company("A").await;
    let (mut health, began) = (house.journal.health(), Instant::now());
    let results = house.settle(super::invariants::settlement(company, 1)).await;
    let fails = |health: &RecorderHealth| {
        matches!(health, RecorderHealth::Waiting { reason: WaitReason::Failing, .. })
    };
    timeout(SOON, health.wait_for(fails)).await.expect("soon").expect("open");
    while house.journal.counts().panics < 3 {
        assert!(began.elapsed() < SOON, "it is tried again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(began.elapsed() >= Duration::from_millis(1_500), "after half a second, and after a whole one");
    let house = timeout(Duration::from_secs(10), house.stopped()).await.expect("nobody is kept from ending");
    assert_eq!(results.await, Err(WriteError::Stopped));
    house.append(company, vec![draft("after")]).await;
}

#[tokio::test]
async fn what_waits_for_the_database_is_not_waited_for_in_the_end() {
    let db = Db::sqlite().await;
    let house = House::with(db, JournalOptions { drain: Duration::ZERO, ..by_hand() }).await;
    let company = house.company("A").await;
    let release = hold_the_recorder(&house).await;
    let house = timeout(Duration::from_secs(10), house.stopped()).await.expect("it ends in time");
    house.append(company, vec![draft("after")]).await;
    drop(release);
}

/// Sealing, retention and the panel write too, and go on when no event comes.
#[tokio::test]
async fn the_log_stays_small_when_no_event_comes() {
    let house = House::new(Db::sqlite().await).await;
    for _ in 0..90 {
        let large = AuditEntry {
            id: 0,
            at: NOW,
            actor: "test".to_owned(),
            address: None,
            action: "test".to_owned(),
            company: None,
            target: None,
            detail: Some("x".repeat(4 << 20)),
        };
        let written = house.journal.control(move |tx| Box::pin(async move { tx.audit(&large).await })).await;
        written.expect("written");
    }
    // 360 MiB were written, and nobody copies beside the writer.
    assert!(house.store.wal_bytes() < 280 << 20, "{} bytes", house.store.wal_bytes());
}

async fn head_is(house: &House, company: CompanyId, seq: i64) {
    head_reaches(&house.journal, company, seq).await;
}

/// A journal on PostgreSQL behind a proxy.
pub async fn behind_a_proxy() -> (House, LossyProxy) {
    let database = postgres::database().await;
    let (_, name) = database.url.rsplit_once('/').expect("a database's name");
    let name = name.split('?').next().expect("a name");
    let proxy = LossyProxy::before(postgres::server().port).await;
    let db = Db::open(postgres::url(proxy.port, name), None, options()).await;
    (House::new(db).await, proxy)
}

#[tokio::test]
async fn a_commit_with_an_unknown_outcome_is_looked_up() {
    let (house, proxy) = behind_a_proxy().await;
    let company = house.company("A").await;
    for n in 1..=12 {
        let before = proxy.lost();
        if n % 3 == 0 {
            proxy.lose_next_commit();
        }
        let receipt = house
            .journal
            .append(&house.owned(company).await, vec![draft(n.to_string())])
            .await
            .expect("room");
        let placed = timeout(SOON, receipt).await.expect("soon").expect("written");
        assert_eq!(placed[0].seq, Seq(n));
        assert_eq!(proxy.lost() - before, usize::from(n % 3 == 0));
    }
    let numbers: Vec<String> = (1..=12).map(|n| n.to_string()).collect();
    assert_eq!(payloads(&read(&house.journal, company, 1).await), numbers, "each once");
    let stored: Vec<i64> = house.stored(company).await.iter().map(|event| event.seq.0).collect();
    assert_eq!(stored, (1..=12).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_look_up_that_is_never_answered_is_made_again() {
    let (house, proxy) = behind_a_proxy().await;
    let company = house.company("A").await;
    house.append(company, vec![draft("before")]).await;
    // The commit's answer is lost, and the session in which it is looked up is half open from its first word on: the server
    // answers everybody else.
    proxy.lose_next_commit();
    proxy.forget_at("BEGIN");
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("meanwhile")]).await.expect("room");
    let placed = timeout(SOON, receipt).await.expect("soon").expect("written");
    assert_eq!((placed[0].seq, proxy.lost()), (Seq(2), 2));
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["before", "meanwhile"], "each once");
}

#[tokio::test]
async fn a_database_that_was_gone_is_used_again() {
    let (house, proxy) = behind_a_proxy().await;
    let company = house.company("A").await;
    house.append(company, vec![draft("before")]).await;
    let mut health = house.journal.health();
    proxy.take_away();
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("meanwhile")]).await.expect("room");
    let results = house.settle(super::invariants::settlement(company, 1)).await;
    let is_gone =
        |health: &RecorderHealth| matches!(health, RecorderHealth::Waiting { reason: WaitReason::Gone, .. });
    timeout(SOON, health.wait_for(is_gone)).await.expect("soon").expect("open");
    let refused = house.journal.control(|tx| Box::pin(tx.take_lease(CompanyId(1)))).await;
    assert!(refused.is_err(), "control does not wait for a database that is gone");
    proxy.bring_back();
    timeout(SOON, health.wait_for(RecorderHealth::is_working)).await.expect("soon").expect("open");
    assert_eq!(receipt.await.expect("written")[0].seq, Seq(2));
    assert_eq!(results.await, Ok(()));
    house.append(company, vec![draft("after")]).await;
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["before", "meanwhile", "after"]);
}
