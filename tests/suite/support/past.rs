//! A past for the charts of an installation that has just begun.

use ramal::domain::{CompanyId, Latency, Point, Subject, Timestamp, WebhookId};
use ramal::store::{Counted, Store, StoreOptions};
use sqlx::Connection;

use super::daemon::Home;

const MINUTE: i64 = 60_000_000;
/// Minutes ago in which the program did not run.
const AWAY: std::ops::Range<i64> = 20..24;
/// Minutes ago in which the webhook did not answer.
const FAILING: std::ops::Range<i64> = 34..42;

/// Gives company 1 and webhook 1 a past of a day in minutes and of nine in hours, while no program runs.
pub async fn give(home: &Home) {
    let file = home.path().join("data/ramal.db");
    let url = format!("sqlite://{}", file.display());
    let now = Timestamp::now();
    let mut sqlite = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    for table in ["companies", "webhooks"] {
        let long_ago = now.0 - 100 * 24 * 60 * MINUTE;
        let sql = format!("UPDATE {table} SET created_at = {long_ago} WHERE id = 1");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut sqlite).await.expect("it was made long ago");
    }
    sqlite.close().await.expect("closes");

    let (store, mut writer) = Store::open(&url, StoreOptions::default()).await.expect("the store opens");
    let minutes = (1..26 * 60).filter(|ago| !AWAY.contains(ago)).map(|ago| (ago, 1));
    let hours = (27..9 * 24).map(|ago| (ago * 60, 60));
    let all: Vec<Counted> = minutes.chain(hours).flat_map(|(ago, looks)| moment(now, ago, looks)).collect();
    let mut tx = writer.begin().await.expect("begins");
    tx.add_to_series(&all).await.expect("counts");
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");
}

/// Minutes ago in which another webhook took nothing, how often it was tried in each, and what waited for it.
const REFUSING: std::ops::Range<i64> = 6..15;
const TRIED: u64 = 7;

/// Gives a webhook an hour in which it took what it was sent, until it took nothing any more; while no program runs.
pub async fn give_refusing(home: &Home, webhook: WebhookId) {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let now = Timestamp::now();
    let mut sqlite = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let sql = format!("UPDATE webhooks SET created_at = {} WHERE id = {}", now.0 - 200 * MINUTE, webhook.0);
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut sqlite).await.expect("it was made long ago");
    sqlite.close().await.expect("closes");
    let (store, mut writer) = Store::open(&url, StoreOptions::default()).await.expect("the store opens");
    let point = |ago: i64| {
        if REFUSING.contains(&ago) {
            Point { looks: 1, failed: TRIED, backlog: 90, ..Point::default() }
        } else {
            Point { looks: 1, delivered: 40, ..Point::default() }
        }
    };
    let counted = |ago: i64| Counted {
        subject: Subject::Webhook(webhook),
        at: Timestamp(now.0 - ago * MINUTE),
        point: point(ago),
    };
    let all: Vec<Counted> = (REFUSING.start..60).filter(|ago| !AWAY.contains(ago)).map(counted).collect();
    let mut tx = writer.begin().await.expect("begins");
    tx.add_to_series(&all).await.expect("counts");
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");
}

/// What was counted so many minutes ago, in so many of them.
fn moment(now: Timestamp, ago: i64, looks: u32) -> [Counted; 3] {
    let at = Timestamp(now.0 - ago * MINUTE);
    // A day's rhythm with some unrest, the same at every run.
    let busy = 120 + (ago * 7 % 1_440 - 720).abs() / 6 + ago * 31 % 47;
    let events = u64::try_from(busy).expect("above zero") * u64::from(looks);
    let failing = FAILING.contains(&ago);
    let failed = if failing { events / 2 } else { u64::from(ago % 97 == 0) * 2 };
    let mut latency = Latency::default();
    for n in 0..200 {
        let slow = if failing { 12 } else { 1 };
        latency.note(slow * (18_000 + n * n * 3 + u32::try_from(ago % 13).expect("small") * 900));
    }
    let backlog = if failing { 400 } else { u64::from(ago % 5 == 0) };
    let sent = Point {
        looks,
        delivered: events - failed,
        failed,
        backlog,
        waiting_ms: backlog * 90,
        ..Point::default()
    };
    let point = Point { events, connected: u64::from(looks), ..sent.clone() };
    [
        Counted { subject: Subject::Node, at, point: point.clone() },
        Counted { subject: Subject::Company(CompanyId(1)), at, point },
        Counted { subject: Subject::Webhook(WebhookId(1)), at, point: Point { latency, ..sent } },
    ]
}
