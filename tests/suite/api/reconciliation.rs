//! A change of one company costs a look at that company, however many there are.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::{SETTINGS, created, must, send};
use crate::support::daemon::{Daemon, Home};

const COMPANIES: usize = 60;
/// The company and its source.
const ROWS: u64 = 2;
/// As the program looks at everything.
const EVERYTHING: Duration = Duration::from_secs(5);

const PUSH: &str = r#"{"eventTellicon": {"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1001,
    "eventDateTime": 1705338959}}"#;

fn token(n: usize) -> String {
    format!("aB3dE5gH7jK9mN1pQ3sT{n:04}")
}

/// What the looks have cost so far: at everything, at one company, and rows.
async fn looks(daemon: &Daemon) -> [u64; 3] {
    let page = daemon.get("/metrics").await.as_str().expect("text").to_owned();
    ["full_looks", "company_looks", "rows"].map(|name| {
        let name = format!("ramal_reconciliation_{name}_total ");
        let line = page.lines().find_map(|line| line.strip_prefix(&name)).expect("it is counted");
        line.parse().expect("a number")
    })
}

/// What a post to a company's door is answered with.
async fn post(daemon: &Daemon, n: usize) -> u16 {
    let token = token(n);
    let headers = [("authTokenTellicon", token.as_str()), ("content-type", "application/json")];
    send("POST", &format!("{}/eventTellicon", daemon.base), &headers, PUSH).await.status
}

#[tokio::test]
async fn a_change_of_one_company_reads_that_company_and_loses_no_other() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let mut sources = Vec::new();
    for n in 0..COMPANIES {
        let company = created(&daemon, "/api/v1/companies", json!({ "name": format!("Empresa {n}") })).await;
        let path = format!("/api/v1/companies/{}/sources", company["id"].as_str().expect("an id"));
        let source = created(&daemon, &path, json!({ "provider": "tellicon", "token": token(n) })).await;
        sources.push(source["id"].as_str().expect("an id").to_owned());
    }
    let change = async |n: usize, what: &str| {
        must(&daemon, "POST", &format!("/api/v1/sources/{}/{what}", sources[n]), json!({}), 202).await;
    };
    let (began, before) = (Instant::now(), looks(&daemon).await);
    for n in 0..20 {
        change(n, "disconnect").await;
        assert_eq!(
            (post(&daemon, n).await, post(&daemon, n + 20).await),
            (401, 200),
            "{n} is closed, and no other"
        );
    }
    // Changes that come at once: each is in effect when it is answered.
    join_all((20..COMPANIES).map(|n| change(n, "disconnect"))).await;
    for n in 0..COMPANIES {
        assert_eq!(post(&daemon, n).await, 401, "{n} is closed");
    }
    let (took, after) = (began.elapsed(), looks(&daemon).await);
    let [full, single, rows] = [0, 1, 2].map(|of| after[of] - before[of]);
    assert!(
        full <= took.as_secs() / EVERYTHING.as_secs() + 2,
        "no change looks at everything: {full} in {took:?}"
    );
    assert!(single + full >= 20 && single <= COMPANIES as u64, "{single} looks at a company");
    assert!(
        rows <= full * ROWS * COMPANIES as u64 + single * ROWS,
        "{rows} rows in {full} and {single} looks"
    );
    daemon.stop().await;
}

/// Its door stays shut; those of others open, at the start too.
#[tokio::test]
async fn a_source_that_cannot_be_read_keeps_no_other_from_running() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for n in 0..2 {
        let company = created(&daemon, "/api/v1/companies", json!({ "name": format!("Empresa {n}") })).await;
        let path = format!("/api/v1/companies/{}/sources", company["id"].as_str().expect("an id"));
        created(&daemon, &path, json!({ "provider": "tellicon", "token": token(n) })).await;
    }
    assert_eq!((post(&daemon, 0).await, post(&daemon, 1).await), (200, 200));
    daemon.stop().await;
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut db = SqliteConnection::connect(&url).await.expect("a database");
    let spoil = "UPDATE sources SET secret = x'00' WHERE id = 1";
    sqlx::raw_sql(spoil).execute(&mut db).await.expect("it is SQL");
    db.close().await.expect("closes");
    let daemon = home.start().await;
    assert_eq!((post(&daemon, 0).await, post(&daemon, 1).await), (401, 200));
    must(&daemon, "POST", "/api/v1/sources/source_2/disconnect", json!({}), 202).await;
    assert_eq!(post(&daemon, 1).await, 401, "changes of others are in effect");
    daemon.stop().await;
}
