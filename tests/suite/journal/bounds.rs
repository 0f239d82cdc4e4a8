//! Bounds that a server's owner has set, and what its administrators do to sessions: no event is given up for them.

use std::time::{Duration, Instant};

use ramal::domain::Seq;
use ramal::journal::{RecorderHealth, WaitReason};
use sqlx::PgConnection;
use tokio::time::timeout;

use super::authority::{END_SESSIONS, administrator, run};
use super::{House, draft, payloads, read};
use crate::store::{Db, options};
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::postgres;

const SOON: Duration = Duration::from_mins(1);

/// From now on every event takes the server so long.
async fn slowly(db: &mut PgConnection, seconds: f32) {
    let slow = format!(
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_sleep({seconds}); RETURN new; END'; \
         CREATE TRIGGER slowly BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION slowly()"
    );
    run(db, slow).await;
}

#[tokio::test]
async fn a_bound_on_statements_costs_no_event() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    let mut db = administrator(&house.url).await;
    slowly(&mut db, 0.4).await;
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&mut db).await.expect("a name");
    run(&mut db, format!("ALTER DATABASE {name} SET statement_timeout = '300ms'")).await;
    run(&mut db, END_SESSIONS).await;
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("1"), draft("2")]).await.expect("room");
    let placed = timeout(SOON, receipt).await.expect("soon").expect("written");
    assert_eq!(placed.iter().map(|placed| placed.seq).collect::<Vec<_>>(), [Seq(1), Seq(2)]);
    assert_eq!(house.journal.counts().rejected, 0);
}

#[tokio::test]
async fn statements_that_are_cancelled_again_and_again_cost_no_event() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    let mut db = administrator(&house.url).await;
    slowly(&mut db, 0.2).await;
    let drafts = (0..3).map(|n| draft(n.to_string())).collect();
    let receipt = house.journal.append(&house.owned(company).await, drafts).await.expect("room");
    let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ramal' \
        AND datname = current_database() AND state = 'active' AND query LIKE 'INSERT INTO events%'";
    let cancelling = async {
        while house.journal.counts().failures < 5 {
            sqlx::query(cancel).execute(&mut db).await.expect("cancels");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, cancelling).await.expect("it is tried again");
    assert!(timeout(SOON, receipt).await.expect("soon").is_ok(), "nothing was given up");
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["0", "1", "2"]);
    assert_eq!(house.journal.counts().rejected, 0);
}

#[tokio::test]
async fn a_right_that_was_taken_away_makes_events_wait_and_not_vanish() {
    let house = House::new(Db::postgres().await).await;
    let company = house.company("A").await;
    let raise = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN RAISE insufficient_privilege; END'; \
        CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()";
    let mut db = administrator(&house.url).await;
    run(&mut db, raise).await;
    let mut health = house.journal.health();
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft("1"), draft("2")]).await.expect("room");
    let fails = |health: &RecorderHealth| {
        matches!(health, RecorderHealth::Waiting { reason: WaitReason::Failing, .. })
    };
    timeout(SOON, health.wait_for(fails)).await.expect("told").expect("open");
    run(&mut db, "DROP TRIGGER refuse ON events").await;
    assert!(timeout(SOON, receipt).await.expect("soon").is_ok(), "nothing was given up");
    assert_eq!(payloads(&read(&house.journal, company, 1).await), ["1", "2"]);
}

#[tokio::test]
async fn a_slow_line_is_waited_for_as_long_as_what_it_carries_takes() {
    let database = postgres::database().await;
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    let server = format!("127.0.0.1:{}", postgres::server().port).parse().expect("an address");
    let proxy = ChaosProxy::start(server).await;
    let url = postgres::url(proxy.address().port(), name.split('?').next().expect("a name"));
    let house = House::new(Db::open(url, None, options()).await).await;
    let company = house.company("A").await;
    // 80 KiB a second: longer than a small transaction, one statement, or the server's patience may take.
    proxy.delay(Duration::from_millis(200));
    let large = "x".repeat(1_400 << 10);
    let receipt =
        house.journal.append(&house.owned(company).await, vec![draft(large.clone())]).await.expect("room");
    let began = Instant::now();
    let placed = timeout(Duration::from_mins(2), receipt).await.expect("in its time").expect("written");
    assert!(began.elapsed() > Duration::from_secs(15), "the line is slow");
    assert_eq!(placed[0].seq, Seq(1));
    assert_eq!(house.journal.counts().failures, 0, "at the first try");
    proxy.heal();
    assert_eq!(payloads(&read(&house.journal, company, 1).await), [large]);
}
