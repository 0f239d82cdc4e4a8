//! The hold on a PostgreSQL database, when answers are lost and sessions end at the wrong moment.

use std::time::Duration;

use ramal::domain::Seq;
use ramal::journal::{RecorderHealth, Standing};
use tokio::time::timeout;

use super::authority::{END_SESSIONS, administrator, run};
use super::trouble::behind_a_proxy;
use super::{House, draft};

const SOON: Duration = Duration::from_secs(30);

/// The statements of the hold.
const LOCK: &str = "pg_try_advisory_xact_lock";
const HOLDER: &str = "FROM pg_locks";

/// It works again, and was never said to be another's.
async fn was_never_anothers(house: &House, mut seen: tokio::sync::watch::Receiver<Standing>) {
    let mut health = house.journal.health();
    let lost = async {
        seen.wait_for(|standing| standing.lost).await.expect("open");
    };
    tokio::select! {
        biased;
        () = lost => panic!("nobody else has it"),
        well = timeout(SOON, health.wait_for(RecorderHealth::is_working)) => drop(well.expect("soon").expect("open")),
    }
}

#[tokio::test]
async fn a_lock_whose_answer_was_lost_is_nobody_elses() {
    let (house, proxy) = behind_a_proxy().await;
    let company = house.company("A").await;
    let (mut health, standing) = (house.journal.health(), house.journal.standing());
    proxy.forget_at(LOCK);
    run(&mut administrator(&house.url).await, END_SESSIONS).await;
    let troubled = |health: &RecorderHealth| !health.is_working();
    timeout(SOON, health.wait_for(troubled)).await.expect("noticed").expect("open");
    was_never_anothers(&house, standing).await;
    assert_eq!(proxy.lost(), 1);
    assert_eq!(house.append(company, vec![draft("after")]).await, [Seq(1)]);
}

#[tokio::test]
async fn a_lock_that_nobody_has_any_more_is_asked_for_again() {
    let (house, proxy) = behind_a_proxy().await;
    let company = house.company("A").await;
    let (mut health, standing) = (house.journal.health(), house.journal.standing());
    let mut db = administrator(&house.url).await;
    proxy.forget_at(LOCK);
    run(&mut db, END_SESSIONS).await;
    timeout(SOON, health.wait_for(|health| !health.is_working())).await.expect("noticed").expect("open");
    // The session that has the lock without knowing ends between the two questions.
    let go = timeout(SOON, proxy.keep_back(HOLDER)).await.expect("it is asked who has it");
    let holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    run(&mut db, holder).await;
    let left = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(left).fetch_one(&mut db).await.expect("counts") > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    go.send(()).expect("it waits");
    was_never_anothers(&house, standing).await;
    assert_eq!(house.append(company, vec![draft("after")]).await, [Seq(1)]);
}
