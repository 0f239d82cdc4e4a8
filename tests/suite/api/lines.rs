//! Where a line to 3C Plus stands, what is written down of what it did not hear, and what watches the process.

use std::time::Duration;

use ramal::simulator::threecplus::Kick;
use serde_json::{Value, json};

use super::{Company, Customer, Provider, SETTINGS, created, must, send};
use crate::support::daemon::{Daemon, Home};

async fn gaps(daemon: &Daemon, company: &Company, count: usize) -> Vec<Value> {
    let path = format!("/api/v1/sources/{}/gaps", company.source);
    let wanted = |page: &Value| page["items"].as_array().is_some_and(|gaps| gaps.len() >= count);
    daemon.until(&path, wanted).await["items"].as_array().unwrap().clone()
}

fn time(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap_or_default().parse().unwrap_or_else(|_| panic!("{value} is no time"))
}

#[tokio::test]
async fn a_refused_token_is_a_state_of_its_own_and_connect_tries_at_once() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    provider.control.refuse(None, true);
    provider.control.kick(None, Kick::Disconnect);
    let status = company.line_is(&daemon, "refused").await;
    assert!(status["reason"].as_str().unwrap().contains("Authentication error"), "{status}");
    let pause = time(&status["next_try_at"]).duration_since(jiff::Timestamp::now());
    assert!(pause > jiff::SignedDuration::from_secs(5), "a refused token is not hammered: {status}");
    provider.control.refuse(None, false);
    must(&daemon, "POST", &format!("/api/v1/sources/{}/connect", company.source), json!({}), 202).await;
    let status = company.line_is(&daemon, "connected").await;
    assert_eq!((&status["reason"], &status["next_try_at"]), (&Value::Null, &Value::Null));
    daemon.stop().await;
}

#[tokio::test]
async fn what_a_line_does_not_hear_is_a_gap_with_start_end_and_reason() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let first = company.line_is(&daemon, "connected").await["socket_id"].clone();

    provider.control.kick(None, Kick::Cut);
    let status = format!("/api/v1/sources/{}/status", company.source);
    daemon.until(&status, |now| now["state"] == "connected" && now["socket_id"] != first).await;
    let gap = gaps(&daemon, &company, 1).await.remove(0);
    assert!(time(&gap["started_at"]) <= time(&gap["ended_at"]), "{gap}");
    assert!(gap["reason"].as_str().unwrap().starts_with("transport_"), "{gap}");

    must(&daemon, "POST", &format!("/api/v1/sources/{}/disconnect", company.source), json!({}), 202).await;
    company.line_is(&daemon, "stopped").await;
    let gap = gaps(&daemon, &company, 2).await.remove(0);
    assert_eq!((&gap["reason"], &gap["ended_at"]), (&json!("stopped"), &Value::Null));
    must(&daemon, "POST", &format!("/api/v1/sources/{}/connect", company.source), json!({}), 202).await;
    company.line_is(&daemon, "connected").await;
    assert!(gaps(&daemon, &company, 2).await[0]["ended_at"].is_string());
    let sessions = daemon.get(&format!("/api/v1/sources/{}/sessions", company.source)).await;
    assert_eq!(sessions["items"].as_array().unwrap().len(), 3, "{sessions}");
    let log = daemon.stop().await;
    for line in ["connected", "disconnected", "reconnecting", "source_stopped"] {
        assert!(log.contains(&format!("\"line\":\"{line}\"")), "no line `{line}` in {log}");
    }
}

#[tokio::test]
async fn after_a_kill_the_silence_is_a_gap_and_nothing_accepted_is_lost() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for n in 1..=20 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    company.head_is(&daemon, 20).await;
    daemon.kill().await;
    let daemon = home.start().await;
    company.line_is(&daemon, "connected").await;
    let gap = gaps(&daemon, &company, 1).await.remove(0);
    assert_eq!(gap["reason"], "process_ended");
    assert!(time(&gap["started_at"]) <= time(&gap["ended_at"]), "{gap}");
    daemon.until(&company.hook("/status"), |status| status["cursor"] == 20).await;
    assert!(customer.receiver.stats().distinct() >= 20);
    daemon.stop().await;
}

#[tokio::test]
async fn a_stop_ends_in_time_and_loses_nothing() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    customer.receiver.set_down(true);
    for n in 1..=50 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    company.head_is(&daemon, 50).await;
    let begun = std::time::Instant::now();
    let log = daemon.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(log.contains("\"line\":\"stopped\""), "{log}");
    customer.receiver.set_down(false);
    let daemon = home.start().await;
    customer.accepted(50).await;
    let gap = gaps(&daemon, &company, 1).await.remove(0);
    assert_eq!(gap["reason"], "stopped", "{gap}");
    assert_eq!(customer.numbers().len(), 50);
    daemon.stop().await;
}

#[tokio::test]
async fn another_companys_events_are_marked() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    provider.emit(1, "call-was-connected", &json!({ "call": { "id": "c1", "company_id": 4242 } }));
    let status = format!("/api/v1/sources/{}/status", company.source);
    daemon.until(&status, |status| status["foreign_company"] == 4242).await;
    daemon.stop().await;
}

#[tokio::test]
async fn the_process_says_how_it_is_without_naming_anybody() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Segredo Industrial" })).await;
    let page = async |path: &str| send("GET", &format!("{}{path}", daemon.base), &[], "").await;
    assert_eq!((page("/healthz").await.status, page("/readyz").await.status), (200, 200));
    let metrics = page("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.body.as_str().expect("text").to_owned();
    assert!(text.trim_end().ends_with("# EOF") && text.contains("ramal_"), "{text}");
    assert!(!text.contains("Segredo"));
    daemon.stop().await;
}
