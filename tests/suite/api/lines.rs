//! Where a line to 3C Plus stands, what is written down of what it did not hear, and what watches the process.

use std::time::Duration;

use ramal::simulator::threecplus::Kick;
use ramal::store::{Store, StoreOptions};
use serde_json::{Value, json};

use super::{Company, Customer, Provider, SETTINGS, created, key, must, send};
use crate::store::execute;
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
    let sentence = status["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("Token inválido: ") && sentence.contains("“Authentication error”"),
        "{sentence}"
    );
    let alerts = daemon.get("/api/v1/attention").await;
    let alert = &alerts["items"][0];
    assert_eq!((&alert["kind"], &alert["level"]), (&json!("token_refused"), &json!("critical")), "{alerts}");
    assert_eq!((&alert["company_name"], &alert["source_id"]), (&json!("Empresa 1"), &json!(company.source)));
    assert_eq!((&alert["since"], &alerts["total"]), (&status["since"], &json!(1)), "told once: {alerts}");
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
    // Nobody wanted that nothing be heard meanwhile.
    let gap = gaps(&daemon, &company, 1).await.remove(0);
    assert_eq!(gap["reason"], "shutdown", "{gap}");
    assert!(time(&gap["started_at"]) < time(&gap["ended_at"]), "{gap}");
    let sessions = daemon.get(&format!("/api/v1/sources/{}/sessions", company.source)).await;
    assert_eq!(sessions["items"][1]["end_reason"], "shutdown", "{sessions}");
    assert_eq!(customer.numbers().len(), 50);
    daemon.stop().await;
}

#[tokio::test]
async fn a_source_says_how_it_is_and_a_restart_remembers_its_last_event() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    company.head_is(&daemon, 1).await;
    let list = daemon.get(&format!("/api/v1/companies/{}/sources", company.id)).await;
    let status = &list[0]["status"];
    assert_eq!((&status["state"], &status["sentence"]), (&json!("connected"), &json!("Conectado.")));
    for field in ["since", "last_event_at", "last_heard_at"] {
        assert!(time(&status[field]) <= jiff::Timestamp::now(), "{field}: {status}");
    }
    assert!(status["session_id"].as_str().is_some_and(|id| id.starts_with("session_")), "{status}");
    assert_eq!(list[0]["provisioned"], false);
    let last_event_at = status["last_event_at"].clone();
    daemon.stop().await;

    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, writer) = Store::open(&database, StoreOptions::default()).await.unwrap();
    let rows = store.live_sources().await.unwrap();
    assert_eq!((rows.len(), &*rows[0].state, rows[0].session), (1, "stopped", None), "{rows:?}");
    store.close().await;
    writer.close().await.unwrap();
    drop(store);

    let daemon = home.start().await;
    let status = company.line_is(&daemon, "connected").await;
    assert_eq!(status["last_event_at"], last_event_at);
    daemon.stop().await;
}

#[tokio::test]
async fn a_tokens_last_day_is_kept_and_told_in_time() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    created(&daemon, "/api/v1/companies", json!({ "name": "Uma" })).await;
    let sources = "/api/v1/companies/company_1/sources";
    let source =
        |day: &str| json!({ "provider": "threecplus", "token": "3cs_0123456789", "token_expires_on": day });
    let refused = must(&daemon, "POST", sources, source("31/12/2026"), 422).await;
    assert_eq!(refused["errors"][0]["pointer"], "/token_expires_on", "{refused}");
    let made = created(&daemon, sources, source("2999-12-31")).await;
    assert_eq!(made["token_expires_on"], "2999-12-31");
    assert_eq!(daemon.get("/api/v1/attention").await, json!({ "items": [], "total": 0 }));
    let path = format!("/api/v1/sources/{}", made["id"].as_str().unwrap());
    let tomorrow =
        (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24)).to_string()[..10].to_owned();
    must(&daemon, "PATCH", &path, json!({ "token_expires_on": tomorrow }), 200).await;
    let alerts = daemon.get("/api/v1/attention").await;
    assert_eq!(alerts["items"][0]["kind"], "token_expires", "{alerts}");
    let sentence = alerts["items"][0]["sentence"].as_str().unwrap();
    let [year, month, day] = tomorrow.splitn(3, '-').collect::<Vec<_>>()[..] else { panic!("{tomorrow}") };
    assert!(sentence.contains(&format!("{day}/{month}/{year}")), "{sentence}");
    let over = must(&daemon, "PATCH", &path, json!({ "token_expires_on": "2001-01-01" }), 422).await;
    assert_eq!(
        (&over["errors"][0]["field"], &over["errors"][0]["code"]),
        (&json!("token_expires_on"), &json!("past"))
    );
    let view = must(&daemon, "PATCH", &path, json!({ "token_expires_on": "" }), 200).await;
    assert_eq!(view["token_expires_on"], Value::Null);
    assert_eq!(daemon.get("/api/v1/attention").await["total"], 0);
    daemon.stop().await;
}

/// A day that has passed is taken from the settings file, which may be older than the token's end: it is told.
#[tokio::test]
async fn a_token_that_is_over_is_told() {
    let company = "[[company]]\nname = \"Uma\"\n[company.threecplus]\ntoken = \"3cs_0123456789\"\n\
                   token_expires_on = \"2020-01-31\"\nconnect = false\n";
    let home = Home::new(&format!("{SETTINGS}\n{company}")).await;
    let daemon = home.start().await;
    let alerts = daemon.until("/api/v1/attention", |alerts| alerts["total"] == 1).await;
    assert_eq!(alerts["items"][0]["kind"], "token_expired", "{alerts}");
    let sentence = alerts["items"][0]["sentence"].as_str().unwrap();
    assert!(sentence.contains("31/01/2020"), "{sentence}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_needs_attention_is_told_to_those_whom_it_concerns() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let ours = key(&home, &["--role", "reader", "--company", "company_1"]).await;
    let theirs = key(&home, &["--role", "reader", "--company", "company_2"]).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(&daemon, "POST", &company.hook("/pause"), json!({}), 200).await;
    let quiet = daemon.get("/api/v1/attention").await;
    assert_eq!(quiet["total"], 0, "a paused webhook for which nothing waits: {quiet}");
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    company.head_is(&daemon, 1).await;
    // What waits is known once the courier has read how far it is; a pause is its person's own doing until it is a day old.
    daemon.until(&company.hook("/status"), |status| status["backlog"] == 1).await;
    assert_eq!(daemon.get("/api/v1/attention").await["total"], 0);
    let seen = async |key: &str| {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", bearer.as_str()), ("accept-language", "en")];
        send("GET", &format!("{}/api/v1/attention", daemon.base), &headers, "").await.body
    };
    must(&daemon, "POST", &company.hook("/resume"), json!({}), 200).await;
    daemon.until("/api/v1/attention", |alerts| alerts["total"] == 0).await;
    customer.receiver.set_down(true);
    for n in 2..=12 {
        let call = json!({ "n": n, "call": { "id": format!("c{n}") } });
        provider.emit(1, "call-was-connected", &call);
    }
    let failing =
        daemon.until("/api/v1/attention", |alerts| alerts["items"][0]["kind"] == "webhook_failing").await;
    assert_eq!(failing["items"][0]["level"], "critical");
    let alert = seen(&ours).await["items"][0].clone();
    assert_eq!((&alert["kind"], &alert["webhook_name"]), (&json!("webhook_failing"), &json!("Principal")));
    let sentence = alert["sentence"].as_str().expect("text");
    assert!(sentence.starts_with("The endpoint ") && sentence.contains("in order"), "{sentence}");
    assert_eq!(seen(&theirs).await["total"], 0);
    assert_eq!(
        must(&daemon, "GET", "/api/v1/attention?limit=0", json!({}), 422).await["errors"][0]["field"],
        "limit"
    );
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
    assert!(metrics.header("content-type").starts_with("text/plain; version=0.0.4"));
    let asked = [("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")];
    let open = send("GET", &format!("{}/metrics", daemon.base), &asked, "").await;
    assert!(open.header("content-type").starts_with("application/openmetrics-text"));
    for (page, ends) in [(metrics, false), (open, true)] {
        let text = page.body.as_str().expect("text").to_owned();
        assert!(text.contains("ramal_events_total 0"), "{text}");
        assert_eq!(text.trim_end().ends_with("# EOF"), ends, "{text}");
        assert!(!text.contains("Segredo"));
    }
    daemon.stop().await;
}

#[tokio::test]
async fn an_event_that_the_database_refuses_costs_no_other_and_leaves_a_gap_and_an_alert() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    company.line_is(&daemon, "connected").await;
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    execute(
        &database,
        "CREATE TRIGGER picky BEFORE INSERT ON events WHEN new.name = 'call-bad' \
         BEGIN SELECT RAISE(ABORT, 'a rule of its own'); END",
    )
    .await;
    for n in 0..20 {
        provider.emit(1, &format!("call-{n}"), &json!({ "n": n }));
        if n == 7 {
            provider.emit(1, "call-\0x", &json!({ "nul": "\0" }));
            provider.emit(1, "call-bad", &json!({}));
        }
    }
    customer.accepted(21).await;
    let bodies = customer.receiver.recorded();
    let body = |body: &[u8]| serde_json::from_slice::<Value>(body).expect("a JSON body");
    let odd = bodies.iter().map(|request| body(&request.body)).find(|body| body["event"] == "call-\0x");
    assert_eq!(odd.expect("it was delivered under its own name")["payload"], json!({ "nul": "\0" }));
    let gap = gaps(&daemon, &company, 1).await.remove(0);
    assert_eq!(gap["reason"], "refused_by_database", "{gap}");
    assert!(time(&gap["started_at"]) <= time(&gap["ended_at"]), "{gap}");
    let metrics = send("GET", &format!("{}/metrics", daemon.base), &[], "").await;
    let text = metrics.body.as_str().unwrap_or_default();
    assert!(text.contains("ramal_events_rejected_total 1\n"), "{text}");
    let alerts = daemon.get("/api/v1/attention").await;
    let told = alerts["items"].as_array().unwrap().iter().any(|alert| alert["kind"] == "events_refused");
    assert!(told, "{alerts}");
    assert_eq!(company.line_is(&daemon, "connected").await["state"], "connected", "the session goes on");
    let log = daemon.stop().await;
    assert!(log.contains("\"line\":\"not_written\""), "{log}");
}
