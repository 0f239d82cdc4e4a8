//! Databases that go, change and come back, and those that another process takes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ramal::domain::{Seq, Timestamp};
use ramal::duties::Outcome;
use ramal::journal::{RecorderHealth, Standing, WaitReason, WriteError};
use ramal::store::StoreError;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;

use super::invariants::settlement;
use super::{House, draft, payloads, read};
use crate::store::{Db, options};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::ordinary::Ordinary;
use crate::support::postgres;

const SOON: Duration = Duration::from_secs(30);
/// Within which readiness tells the truth.
const SECONDS: Duration = Duration::from_secs(8);

async fn health_is(house: &House, within: Duration, wanted: impl FnMut(&RecorderHealth) -> bool) {
    let mut health = house.journal.health();
    let seen = timeout(within, health.wait_for(wanted)).await.map(|seen| seen.map(|health| health.clone()));
    assert!(matches!(seen, Ok(Ok(_))), "{:?}", house.journal.health().borrow());
}

async fn waits(house: &House, within: Duration, wanted: WaitReason) {
    health_is(
        house,
        within,
        |health| matches!(health, RecorderHealth::Waiting { reason, .. } if *reason == wanted),
    )
    .await;
}

async fn works(house: &House) {
    health_is(house, SOON, RecorderHealth::is_working).await;
}

fn file_of(house: &House) -> PathBuf {
    house.url.trim_start_matches("sqlite://").into()
}

/// What is written into a file that is gone is not accepted; with the file it comes back.
async fn goes_and_comes_back(go: impl FnOnce(&PathBuf), come: impl FnOnce(&PathBuf)) {
    let house = House::new(Db::sqlite().await).await;
    let company = house.company("A").await;
    house.append(company, vec![draft("before")]).await;
    let file = file_of(&house);
    go(&file);
    let mut receipt =
        house.journal.append(&house.owned(company).await, vec![draft("meanwhile")]).await.expect("room");
    waits(&house, SECONDS, WaitReason::Gone).await;
    let early = timeout(Duration::from_millis(10), &mut receipt).await;
    assert!(early.is_err(), "accepted means on disk: {early:?}");
    let change = house.journal.control(|tx| Box::pin(tx.create_company("B", false, crate::store::NOW))).await;
    assert!(matches!(change, Err(StoreError::Gone { .. })), "{change:?}");
    come(&file);
    works(&house).await;
    assert_eq!(timeout(SOON, receipt).await.expect("soon").expect("written")[0].seq, Seq(2));
    house.append(company, vec![draft("after")]).await;
    let house = house.crashed().await;
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["before", "meanwhile", "after"]);
}

#[tokio::test]
async fn what_is_written_into_a_file_that_is_gone_is_not_accepted() {
    let away = |file: &PathBuf| file.with_extension("away");
    goes_and_comes_back(
        |file| fs::rename(file, away(file)).expect("moved"),
        |file| fs::rename(away(file), file).expect("moved back"),
    )
    .await;
}

#[tokio::test]
async fn a_folder_that_is_renamed_is_noticed_and_found_again() {
    let folder = |file: &PathBuf| file.parent().expect("a folder").to_owned();
    goes_and_comes_back(
        |file| fs::rename(folder(file), folder(file).with_extension("away")).expect("moved"),
        |file| fs::rename(folder(file).with_extension("away"), folder(file)).expect("moved back"),
    )
    .await;
}

#[tokio::test]
async fn a_write_ahead_log_that_is_moved_away_is_noticed() {
    let log = |file: &PathBuf| file.with_extension("db-wal");
    goes_and_comes_back(
        |file| fs::rename(log(file), file.with_extension("away")).expect("moved"),
        |file| fs::rename(file.with_extension("away"), log(file)).expect("moved back"),
    )
    .await;
}

#[tokio::test]
async fn another_file_in_its_place_is_another_database() {
    goes_and_comes_back(
        |file| {
            fs::rename(file, file.with_extension("away")).expect("moved");
            fs::copy(file.with_extension("away"), file).expect("a copy");
        },
        |file| fs::rename(file.with_extension("away"), file).expect("moved back"),
    )
    .await;
}

#[tokio::test]
async fn a_file_that_could_not_be_written_for_a_while_is_written_again() {
    let _ordinary = Ordinary::thread();
    let house = House::new(Db::sqlite().await).await;
    let company = house.company("A").await;
    house.append(company, vec![draft("before")]).await;
    let (file, away) = (file_of(&house), file_of(&house).with_extension("away"));
    let mode = |file: &Path, mode| {
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("its owner may");
    };
    fs::rename(&file, &away).expect("moved");
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("meanwhile")]).await.expect("room");
    waits(&house, SECONDS, WaitReason::Gone).await;
    // It comes back so that it can be opened for reading only, as a file system does that was mounted anew after an error.
    mode(&away, 0o400);
    fs::rename(&away, &file).expect("moved back");
    waits(&house, SECONDS, WaitReason::ReadOnly).await;
    mode(&file, 0o600);
    works(&house).await;
    assert_eq!(timeout(SOON, receipt).await.expect("soon").expect("written")[0].seq, Seq(2));
    house.append(company, vec![draft("after")]).await;
    let house = house.crashed().await;
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["before", "meanwhile", "after"]);
}

#[tokio::test]
async fn a_file_that_is_deleted_is_noticed_without_a_write() {
    let house = House::new(Db::sqlite().await).await;
    fs::remove_file(file_of(&house)).expect("deleted");
    let looked = house.journal.duties().activate("database-hold").await;
    assert!(matches!(looked, Some(Outcome::Failed(_))), "{looked:?}");
    waits(&house, Duration::ZERO, WaitReason::Gone).await;
}

#[tokio::test]
async fn a_write_ahead_log_that_is_deleted_takes_nothing_with_it() {
    let house = House::new(Db::sqlite().await).await;
    let company = house.company("A").await;
    for n in 1..=3 {
        house.append(company, vec![draft(n.to_string())]).await;
    }
    let file = file_of(&house);
    fs::remove_file(file.with_extension("db-wal")).expect("deleted");
    waits(&house, SECONDS, WaitReason::Gone).await;
    // What is in the file now is what a killed process would leave.
    let all_there = async {
        for n in 0.. {
            let left = file.with_extension(format!("left{n}"));
            fs::copy(&file, &left).expect("a copy");
            let db = Db::open(format!("sqlite://{}", left.display()), None, options()).await;
            if db.store.events(company, Seq(1), 9, 1_000).await.expect("reads").len() == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(SECONDS, all_there).await.expect("everything that was accepted is in the file");
}

/// Somebody with the rights of an administrator of the server.
pub async fn administrator(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

pub async fn run(db: &mut PgConnection, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(db).await.expect("executes");
}

pub const END_SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE application_name = 'ramal' AND datname = current_database()";

#[tokio::test]
async fn sessions_that_the_server_has_ended_are_replaced_before_they_are_used() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    let mut db = administrator(&house.url).await;
    for n in 1..=5 {
        run(&mut db, END_SESSIONS).await;
        // Until the server has seen it through; the session of the hold may be back already.
        let old = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ramal' \
            AND datname = current_database() AND state_change < now() - interval '100 ms'";
        while sqlx::query_scalar::<_, i64>(old).fetch_one(&mut db).await.expect("counts") > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let made = house.journal.control(move |tx| Box::pin(tx.lock_head(company))).await;
        assert!(made.is_ok(), "{n}: a change is not the one that finds out: {made:?}");
        house.store.heads().await.expect("nor is a page");
        assert_eq!(house.append(company, vec![draft(n.to_string())]).await, [Seq(n)]);
    }
    assert_eq!(*house.journal.standing().borrow(), Standing::default(), "it was never another's");
}

#[tokio::test]
async fn a_database_that_could_only_be_read_for_a_while_is_written_again() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    let mut db = administrator(&house.url).await;
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&mut db).await.expect("a name");
    run(&mut db, format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    run(&mut db, END_SESSIONS).await;
    waits(&house, SECONDS, WaitReason::ReadOnly).await;
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("meanwhile")]).await.expect("room");
    // The administrator's own session is one of before.
    run(&mut db, format!("ALTER DATABASE {name} SET default_transaction_read_only = off")).await;
    works(&house).await;
    assert_eq!(timeout(SOON, receipt).await.expect("soon").expect("written")[0].seq, Seq(1));
    house.append(company, vec![draft("after")]).await;
}

#[tokio::test]
async fn a_server_that_swallows_everything_is_noticed_within_seconds() {
    let database = postgres::database().await;
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    let server = format!("127.0.0.1:{}", postgres::server().port).parse().expect("an address");
    let proxy = ChaosProxy::start(server).await;
    let url = postgres::url(proxy.address().port(), name.split('?').next().expect("a name"));
    let house = House::new(Db::open(url, None, options()).await).await;
    let company = house.company("A").await;
    proxy.stall();
    waits(&house, SECONDS, WaitReason::Gone).await;
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("meanwhile")]).await.expect("room");
    let change = timeout(SECONDS, house.journal.control(|tx| Box::pin(tx.lock_heads(&[])))).await;
    assert!(matches!(change, Ok(Err(StoreError::Gone { .. }))), "who asks is told at once: {change:?}");
    let page = timeout(SECONDS, house.store.heads()).await.expect("a page does not hang either");
    assert!(page.is_err(), "{page:?}");
    // As after a router has forgotten them: the old connections stay silent for ever, new ones are fine.
    proxy.forget();
    works(&house).await;
    assert_eq!(timeout(SOON, receipt).await.expect("soon").expect("written")[0].seq, Seq(1));
    house.store.heads().await.expect("read again");
    assert_eq!(*house.journal.standing().borrow(), Standing::default(), "a ghost of its own is nobody else");
}

const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('ramal ' || current_schema(), 0))";

/// Another process gets the lock: it waits for it, and the session that has it is ended.
pub async fn steal(url: &str) -> PgConnection {
    let mut thief = administrator(url).await;
    run(&mut thief, "BEGIN").await;
    let mut db = administrator(url).await;
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    let end = async {
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut db).await.expect("counts") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        run(&mut db, END_SESSIONS).await;
    };
    tokio::join!(run(&mut thief, LOCK), end);
    thief
}

#[tokio::test]
async fn who_loses_the_database_does_not_call_itself_well_and_takes_it_back() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    house.append(company, vec![draft("before")]).await;
    let mut standing = house.journal.standing();
    let mut thief = steal(&house.url).await;
    timeout(SECONDS, standing.wait_for(|standing| standing.lost)).await.expect("soon").expect("open");
    waits(&house, SECONDS, WaitReason::NotOurs).await;
    let owned = house.owned(company).await;
    assert!(!owned.is_held() && house.journal.owned(company).is_none(), "nothing is held of it");
    let refused = house.journal.append(&owned, vec![draft("meanwhile")]).await;
    assert_eq!(refused.map(drop), Err(WriteError::NotOurs));
    assert_eq!(house.settle(settlement(company, 1)).await.await, Err(WriteError::NotOurs));
    let counts = house.journal.counts();
    assert_eq!((counts.disowned, counts.results_disowned), (1, 1), "counted");
    let change = house.journal.control(|tx| Box::pin(tx.lock_heads(&[]))).await;
    assert!(matches!(change, Err(StoreError::InUse { .. })), "{change:?}");

    // The other one writes, as one that has taken the lease, and ends.
    run(&mut thief, "UPDATE heads SET epoch = epoch + 1, seq = seq + 3").await;
    run(&mut thief, "COMMIT").await;
    drop(thief);
    let back = |standing: &Standing| !standing.lost && standing.disowned.contains(&company);
    timeout(SOON, standing.wait_for(back)).await.expect("soon").expect("open");
    assert!(!house.journal.health().borrow().is_working(), "its lease has yet to be taken");
    let taken = house.take(company).await;
    assert!(taken.epoch() > owned.epoch() && !owned.is_held(), "what was void stays so");
    works(&house).await;
    assert_eq!(
        house.append(company, vec![draft("after")]).await,
        [Seq(5)],
        "behind what the other has written"
    );
    assert_eq!(house.journal.head(company), Seq(5));
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["before", "after"]);
}

#[tokio::test]
async fn a_database_that_comes_back_without_its_last_commits_gives_no_place_twice() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    for n in 1..=5 {
        house.append(company, vec![draft(n.to_string())]).await;
    }
    let source = "INSERT INTO sources (company, provider, config, secret_mask, connect, provisioned, version, created_at) \
        VALUES (1, 'threecplus', '{}', '', true, false, 1, 0)";
    crate::store::execute(&house.url, source).await;
    // As of a standby that had not heard the last two commits when it was made the primary.
    let mut db = administrator(&house.url).await;
    run(&mut db, "DELETE FROM events WHERE seq > 3; UPDATE heads SET seq = 3").await;
    run(&mut db, END_SESSIONS).await;
    let head = "SELECT seq FROM heads";
    let moved = async {
        while sqlx::query_scalar::<_, i64>(head).fetch_one(&mut db).await.expect("reads") < 5 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, moved).await.expect("noticed without an event");
    let gaps = house.store.losses_since(Timestamp(0)).await.expect("reads");
    assert_eq!(gaps.len(), 1, "of its source: {gaps:?}");
    assert_eq!((gaps[0].started_at, gaps[0].detail.as_deref()), (crate::store::NOW, Some("2")));
    assert_eq!(house.append(company, vec![draft("6")]).await, [Seq(6)]);
    assert_eq!(house.journal.counts().lost, 2);
    let house = house.crashed().await;
    assert_eq!(house.append(company, vec![draft("7")]).await, [Seq(7)]);
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["1", "2", "3", "6", "7"]);
}

/// Only the session that writes is ended, and no look at the hold comes in between: the next event finds out.
#[tokio::test]
async fn a_database_that_comes_back_older_is_noticed_by_who_writes() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    for n in 1..=5 {
        house.append(company, vec![draft(n.to_string())]).await;
    }
    let mut db = administrator(&house.url).await;
    let older = "DELETE FROM events WHERE seq > 3; UPDATE heads SET seq = 3; \
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'ramal' \
        AND datname = current_database() AND query LIKE 'COMMIT%'";
    run(&mut db, older).await;
    assert_eq!(house.append(company, vec![draft("6")]).await, [Seq(6)]);
    assert_eq!(house.journal.counts().lost, 2, "before its event was placed");
}
