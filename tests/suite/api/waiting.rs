//! What is said of events that wait: how many a webhook will be sent, and what its endpoint does instead of taking them.

use std::time::Duration;

use ramal::domain::Timestamp;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::standstill::backlog_metric;
use super::{Company, Customer, Provider, SETTINGS, created, must};
use crate::support::daemon::{Daemon, Home};
use crate::support::tcp_server::TcpServer;

/// Calls and, seldom, what agents do; each of its own lane.
fn events(provider: &Provider, calls: i64, agents: i64) {
    for n in 0..calls {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
        if n < agents {
            provider.emit(1, "agent-is-idle", &json!({ "n": n, "agent": { "id": 100 + n } }));
        }
    }
}

async fn webhook(daemon: &Daemon, company: &Company, name: &str, url: &str, more: Value) -> String {
    let mut input = json!({ "name": name, "url": url, "events": ["call-*"], "retry_seconds": [1, 1, 1, 1] });
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let made = created(daemon, &format!("/api/v1/companies/{}/webhooks", company.id), input).await;
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().expect("an id"));
    must(daemon, "POST", &format!("{path}/pause"), json!({}), 200).await;
    path
}

fn moment(text: &Value) -> Timestamp {
    text.as_str().expect("a time").parse().expect("a time")
}

async fn waits(daemon: &Daemon, path: &str, events: i64, known: &str) {
    let wanted = |status: &Value| status["backlog"] == events && status["backlog_known"] == known;
    daemon.until(&format!("{path}/status"), wanted).await;
}

#[tokio::test]
async fn what_waits_is_what_the_webhook_will_be_sent() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    // Nobody listens at this port.
    let company = Company::create(&daemon, &provider, 1, "http://127.0.0.1:9/", &["agent-*"]).await;
    let calls = webhook(&daemon, &company, "Chamadas", &customer.url, json!({})).await;
    let rule =
        json!({ "rules": { "call-was-connected": [{ "path": "n", "operator": "equals", "value": "3" }] } });
    let ruled = webhook(&daemon, &company, "Regra", &customer.url, rule).await;
    events(&provider, 130, 19);
    company.head_is(&daemon, 149).await;

    let failing = company.hook("");
    waits(&daemon, &failing, 19, "exactly").await;
    waits(&daemon, &calls, 130, "exactly").await;
    waits(&daemon, &ruled, 130, "at_most").await;
    assert_eq!(backlog_metric(&daemon).await, "ramal_backlog_events 279");
    let fails = |status: &Value| status["health"] == "failing";
    let since = daemon.until(&format!("{failing}/status"), fails).await["since"].clone();
    let oldest = daemon.get(&format!("{calls}/status")).await["oldest_pending_at"].clone();
    assert!(oldest.is_string());

    // What came under the old revision is counted by it.
    must(&daemon, "PATCH", &calls, json!({ "events": ["agent-*"] }), 200).await;
    events(&provider, 5, 2);
    waits(&daemon, &calls, 132, "exactly").await;
    waits(&daemon, &failing, 21, "exactly").await;
    daemon.stop().await;

    let daemon = home.start().await;
    waits(&daemon, &calls, 132, "exactly").await;
    waits(&daemon, &ruled, 135, "at_most").await;
    // It fails since its first failure, not since this process has seen enough of them.
    let fails = |status: &Value| status["health"] == "failing";
    let again = daemon.until_within(Duration::from_secs(40), &format!("{failing}/status"), fails).await;
    assert!(moment(&again["since"]).since(moment(&since)) < Duration::from_secs(1), "{again}");
    let alert = daemon.get("/api/v1/attention").await["items"][0].clone();
    assert_eq!((&alert["kind"], &alert["since"]), (&json!("webhook_failing"), &again["since"]), "{alert}");
    let status = daemon.get(&format!("{calls}/status")).await;
    assert_eq!(status["oldest_pending_at"], oldest, "the first that it will be sent");
    must(&daemon, "POST", &format!("{calls}/resume"), json!({}), 200).await;
    must(&daemon, "POST", &format!("{ruled}/resume"), json!({}), 200).await;
    customer.accepted(134).await;
    waits(&daemon, &calls, 0, "exactly").await;
    waits(&daemon, &ruled, 0, "exactly").await;
    assert_eq!(daemon.get(&format!("{ruled}/status")).await["delivered"], 2, "one of each of the two bursts");
    daemon.stop().await;
}

/// What the endpoint does is said by its kind, with the next try; and the newest attempt stands first.
#[tokio::test]
async fn an_endpoint_that_fails_is_told_by_what_it_does() {
    let refusing = async |_, mut stream: tokio::net::TcpStream| {
        let mut taken = [0; 4096];
        while stream.read(&mut taken).await? > 0 {
            stream.write_all(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno").await?;
        }
        Ok(())
    };
    let silent = async |_, mut stream: tokio::net::TcpStream| {
        let mut taken = [0; 4096];
        while stream.read(&mut taken).await? > 0 {}
        Ok(())
    };
    let refusing = TcpServer::start(refusing).await;
    let silent = TcpServer::start(silent).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    for (number, (url, said)) in [
        (format!("http://{}/", refusing.address), "responde HTTP 500"),
        (format!("http://{}/", silent.address), "não responde"),
        ("http://127.0.0.1:9/".to_owned(), "recusa a conexão"),
        ("http://isto-nao-existe.invalid/".to_owned(), "não é encontrado no DNS"),
    ]
    .into_iter()
    .enumerate()
    {
        let provider = Provider::start(1).await;
        let company = Company::create(&daemon, &provider, 1, &url, &["*"]).await;
        must(&daemon, "PATCH", &company.hook(""), json!({ "timeout_seconds": 1 }), 200).await;
        events(&provider, 12, 0);
        let status = daemon
            .until(&company.hook("/status"), |status| {
                status["health"] == "failing" && status["next_try_at"].is_string()
            })
            .await;
        assert!(status["sentence"].as_str().expect("text").contains(said), "{number}: {status}");
        assert_eq!(status["backlog"], 12, "{status}");
        let alerts = daemon.get("/api/v1/attention").await;
        let mine = alerts["items"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["webhook_id"] == *company.webhook);
        let mine = mine.expect("it is told");
        assert_eq!(mine["kind"], "webhook_failing");
        let sentence = mine["sentence"].as_str().expect("text");
        assert!(sentence.contains(said) && sentence.contains("12 eventos na fila"), "{sentence}");
        let many = |made: &Value| made["items"].as_array().is_some_and(|made| made.len() >= 8);
        let made = daemon.until(&company.hook("/deliveries?limit=200"), many).await;
        let made = made["items"].as_array().expect("a list");
        let times: Vec<_> = made.iter().map(|one| one["at"].as_str().expect("a time")).collect();
        assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
        must(&daemon, "DELETE", &format!("/api/v1/companies/{}", company.id), json!({}), 204).await;
    }
    daemon.stop().await;
}

/// What retention has taken no longer waits, although the webhook, which is paused, has not passed it.
#[tokio::test]
async fn what_is_gone_waits_no_longer() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["agent-*"]).await;
    let calls = webhook(&daemon, &company, "Chamadas", &customer.url, json!({})).await;
    events(&provider, 30, 0);
    waits(&daemon, &calls, 30, "exactly").await;
    daemon.stop().await;

    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut sqlite = SqliteConnection::connect(&database).await.expect("a connection");
    sqlx::query("DELETE FROM events WHERE seq <= 10").execute(&mut sqlite).await.expect("taken");
    sqlite.close().await.expect("closes");
    let daemon = home.start().await;
    waits(&daemon, &calls, 20, "exactly").await;
    must(&daemon, "POST", &format!("{calls}/resume"), json!({}), 200).await;
    customer.accepted(20).await;
    waits(&daemon, &calls, 0, "exactly").await;
    daemon.stop().await;
}
