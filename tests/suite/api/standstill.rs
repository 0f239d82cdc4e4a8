//! A webhook to which nothing goes out for reasons of our own: that is told as loudly as when the endpoint is down.

use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::{Company, Customer, Provider, SETTINGS, must, send};
use crate::support::daemon::{Daemon, Home};

/// Events of more calls than a breaker takes for one call's trouble.
fn calls(provider: &Provider, numbers: std::ops::RangeInclusive<i64>) {
    for n in numbers {
        let call = json!({ "n": n, "call": { "id": format!("c{n}") } });
        provider.emit(1, "call-was-connected", &call);
    }
}

pub(super) async fn backlog_metric(daemon: &Daemon) -> String {
    let metrics = send("GET", &format!("{}/metrics", daemon.base), &[], "").await;
    let text = metrics.body.as_str().expect("text").to_owned();
    text.lines().find(|line| line.starts_with("ramal_backlog_events ")).expect("it is told").to_owned()
}

#[tokio::test]
async fn an_address_that_is_no_longer_allowed_fails_and_says_so() {
    let provider = Provider::start(1).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    // A port of another loopback address, at which nobody listens.
    let company = Company::create(&daemon, &provider, 1, "http://127.0.0.2:9/x", &["*"]).await;
    daemon.stop().await;

    home.write_settings("[guard]\nallow = [\"127.0.0.1/32\"]\n");
    let daemon = home.start().await;
    company.line_is(&daemon, "connected").await;
    calls(&provider, 1..=12);
    company.head_is(&daemon, 12).await;
    let alerts =
        daemon.until("/api/v1/attention", |alerts| alerts["items"][0]["kind"] == "webhook_failing").await;
    assert_eq!(alerts["total"], 1, "{alerts}");
    let status = daemon.get(&company.hook("/status")).await;
    assert_eq!((&status["health"], &status["backlog"]), (&json!("failing"), &json!(12)));
    daemon.until(&company.hook("/deliveries"), |page| page["items"][0]["error"] == "not_permitted").await;
    let test = must(&daemon, "POST", &company.hook("/test"), json!({}), 200).await;
    assert!(test["message"].as_str().is_some_and(|said| said.contains("[guard] allow")), "{test}");
    assert_eq!(backlog_metric(&daemon).await, "ramal_backlog_events 12");
    let failed_at = status["last_failure_at"].as_str().expect("a failure").to_owned();
    daemon.stop().await;

    home.write_settings(SETTINGS);
    let daemon = home.start().await;
    let status = daemon.until(&company.hook("/status"), |status| status["last_failure_at"].is_string()).await;
    assert!(
        status["last_failure_at"].as_str() >= Some(failed_at.as_str()),
        "a restart forgets no failure: {status}"
    );
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_stored_and_cannot_be_used_is_told() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(&daemon, "PATCH", &company.hook(""), json!({ "bearer": "segredo" }), 200).await;
    calls(&provider, 1..=3);
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 0 && status["head"] == 3).await;
    daemon.stop().await;

    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut sqlite = SqliteConnection::connect(&database).await.expect("a connection");
    let sealed: (Vec<u8>,) = sqlx::query_as("SELECT credentials FROM webhooks WHERE id = 1")
        .fetch_one(&mut sqlite)
        .await
        .expect("sealed");
    let spoil = sqlx::query("UPDATE webhooks SET credentials = CAST('gone' AS BLOB) WHERE id = 1");
    spoil.execute(&mut sqlite).await.expect("spoilt");
    sqlite.close().await.expect("closes");

    let daemon = home.start().await;
    company.line_is(&daemon, "connected").await;
    calls(&provider, 4..=5);
    let alerts = daemon
        .until("/api/v1/attention", |alerts| {
            alerts["items"][0]["kind"] == "webhook_not_started"
                && alerts["items"][0]["sentence"].as_str().is_some_and(|said| said.contains('2'))
        })
        .await;
    assert_eq!((&alerts["items"][0]["level"], &alerts["total"]), (&json!("critical"), &json!(1)));
    assert_eq!(backlog_metric(&daemon).await, "ramal_backlog_events 2");
    daemon.stop().await;

    let mut sqlite = SqliteConnection::connect(&database).await.expect("a connection");
    let mend = sqlx::query("UPDATE webhooks SET credentials = $1 WHERE id = 1").bind(sealed.0);
    mend.execute(&mut sqlite).await.expect("mended");
    sqlite.close().await.expect("closes");
    let daemon = home.start().await;
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 0 && status["head"] == 5).await;
    assert_eq!(daemon.get("/api/v1/attention").await["total"], 0);
    daemon.stop().await;
}
