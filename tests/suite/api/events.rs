//! Events and what became of them: searched, explained, held, sent again, skipped, replayed, tested.

use ramal::simulator::receiver::Behaviour;
use ramal::store::{AuditFilter, Store, StoreOptions};
use serde_json::{Value, json};

use super::{Answer, Company, Customer, Picky, Provider, SETTINGS, created, must, send};
use crate::support::daemon::{Daemon, Home};

fn ids(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect()
}

async fn fate(daemon: &Daemon, company: &Company, seq: i64) -> Value {
    let fates = daemon.get(&format!("/api/v1/events/{}/deliveries", company.event(seq))).await;
    let of_it = fates.as_array().unwrap().iter().find(|fate| fate["webhook_id"] == company.webhook.as_str());
    of_it.expect("every webhook has an answer").clone()
}

/// Polls until the event's fate is this.
async fn fate_is(daemon: &Daemon, company: &Company, seq: i64, verdict: &str) -> Value {
    daemon.until(&company.hook("/status"), |status| status["head"].as_i64() >= Some(seq)).await;
    let path = format!("/api/v1/events/{}/deliveries", company.event(seq));
    daemon.until(&path, |fates| fates[0]["verdict"] == verdict).await[0].clone()
}

/// Polls until a first try of the event is written down.
async fn has_failed(daemon: &Daemon, company: &Company, seq: i64) {
    daemon.until(&company.hook("/status"), |status| status["head"].as_i64() >= Some(seq)).await;
    let path = format!("/api/v1/events/{}/deliveries", company.event(seq));
    daemon
        .until(&path, |fates| fates[0]["attempts_made"].as_array().is_some_and(|made| !made.is_empty()))
        .await;
}

#[tokio::test]
async fn events_are_found_by_call_phone_type_text_and_time_page_by_page() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let call = |id: &str, phone: &str| json!({ "call": { "id": id, "phone": phone }, "n": 1 });
    provider.emit(1, "call-was-connected", &call("chamada-a", "5511988776655"));
    provider.emit(1, "call-was-connected", &call("chamada-b", "5511977665544"));
    company.head_is(&daemon, 2).await;
    let middle = jiff::Timestamp::now();
    provider.emit(1, "call-was-disconnected", &call("chamada-a", "5511988776655"));
    provider.emit(1, "agent-is-idle", &json!({ "agent": { "id": 7, "name": "Maria Açaí" } }));
    provider.emit(1, "nova-coisa", &json!({ "api_token": "segredo-muito-secreto", "n": 5 }));
    company.head_is(&daemon, 5).await;
    let base = format!("/api/v1/companies/{}/events", company.id);
    for (query, found) in [
        ("", vec![5, 4, 3, 2, 1]),
        ("call=chamada-a", vec![3, 1]),
        ("phone=%2B55%20(11)%2098877-6655", vec![3, 1]),
        ("type=call-was-connected", vec![2, 1]),
        ("type=call-*,nova-coisa", vec![5, 3, 2, 1]),
        ("call=chamada-a&type=call-was-connected", vec![1]),
        ("text=Maria", vec![4]),
        ("text=nada-disso", vec![]),
        (&format!("from={middle}"), vec![5, 4, 3]),
        (&format!("to={middle}"), vec![2, 1]),
    ] {
        assert_eq!(ids(&daemon.get(&format!("{base}?{query}")).await), found, "{query}");
    }
    let first = daemon.get(&format!("{base}?limit=2")).await;
    let second = daemon.get(&format!("{base}?limit=2&cursor={}", first["next"].as_str().unwrap())).await;
    let third = daemon.get(&format!("{base}?limit=2&cursor={}", second["next"].as_str().unwrap())).await;
    assert_eq!((ids(&first), ids(&second), ids(&third)), (vec![5, 4], vec![3, 2], vec![1]));
    assert_eq!(third["next"], Value::Null);
    daemon.stop().await;
}

#[tokio::test]
async fn secrets_in_payloads_are_masked_and_reading_them_is_written_down() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let payload = json!({ "api_token": "segredo-muito-secreto", "n": 1 });
    provider.emit(1, "nova-coisa", &payload);
    customer.accepted(1).await;
    let path = format!("/api/v1/events/{}", company.event(1));
    let view = daemon.get(&path).await;
    assert_eq!(view["payload"]["n"], 1);
    assert!(!view.to_string().contains("segredo-muito-secreto"), "{view}");
    let page = daemon.get(&format!("/api/v1/companies/{}/events", company.id)).await;
    assert!(!page.to_string().contains("segredo-muito-secreto"), "{page}");
    let raw: Answer = send(
        "GET",
        &format!("{}{path}/payload", daemon.base),
        &[("authorization", &format!("Bearer {}", home.api_key))],
        "",
    )
    .await;
    assert_eq!((raw.status, &raw.body), (200, &payload));
    assert!(!daemon.stop().await.contains("segredo-muito-secreto"));
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, _writer) = Store::open(&database, StoreOptions::default()).await.unwrap();
    let log = store.audit_log(&AuditFilter::ALL, i64::MAX, 100).await.unwrap();
    let looked = log.iter().find(|entry| entry.action == "event.payload").expect("a line");
    assert_eq!(looked.target.as_deref(), Some(company.event(1).as_str()));
    assert!(looked.actor.starts_with("api-key:"), "{}", looked.actor);
    for action in ["company.create", "source.create", "webhook.create"] {
        assert!(log.iter().any(|entry| entry.action == action), "no line for {action}");
    }
}

#[tokio::test]
async fn every_event_has_an_explanation_at_every_webhook() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["call-*", "agent-is-idle"]).await;
    let rules =
        json!({ "rules": { "agent-is-idle": [{ "path": "n", "operator": "greater_than", "value": "5" }] } });
    must(&daemon, "PATCH", &company.hook(""), rules, 200).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 7 }));
    provider.emit(1, "agent-is-idle", &json!({ "n": 3 }));
    provider.emit(1, "mailing-list-was-created", &json!({ "n": 1 }));
    let delivered = fate_is(&daemon, &company, 1, "delivered").await;
    assert_eq!((&delivered["status"], &delivered["n"]), (&json!(200), &json!(1)));
    assert_eq!(delivered["attempts_made"].as_array().unwrap().len(), 1);
    let unmet = fate_is(&daemon, &company, 2, "rule_not_met").await;
    assert_eq!((&unmet["revision"], &unmet["path"]), (&json!(2), &json!("n")), "{unmet}");
    fate_is(&daemon, &company, 3, "not_subscribed").await;

    // Refused for good while others are taken: dead after its fast retries. Failed for a while: tried again.
    customer.answer(8, 400);
    customer.answer(9, 503);
    let emit = |n: i64| {
        let call = json!({ "id": format!("chamada-{n}") });
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": call }));
    };
    emit(8);
    emit(9);
    has_failed(&daemon, &company, 4).await;
    has_failed(&daemon, &company, 5).await;
    // Whether the endpoint or the event is at fault is known when a later one is taken.
    emit(10);
    fate_is(&daemon, &company, 6, "delivered").await;
    let refused = fate_is(&daemon, &company, 4, "dead").await;
    assert_eq!(refused["reason"], "rejected", "{refused}");
    let held = fate_is(&daemon, &company, 5, "held").await;
    assert_eq!(held["attempts_made"][0]["status"], 503, "{held}");
    customer.answer(9, 200);
    must(&daemon, "POST", &company.hook("/resend"), json!({ "events": [company.event(5)] }), 202).await;
    fate_is(&daemon, &company, 5, "delivered").await;
    let attempts = daemon.get(&company.hook("/deliveries")).await;
    let statuses: Vec<_> = attempts["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert!(statuses.contains(&&json!(400)) && statuses.contains(&&json!(503)), "{attempts}");

    // The dead one is listed, and can be sent again.
    let dead = daemon.get(&company.hook("/held")).await;
    assert_eq!(dead["items"][0]["event_id"], company.event(4), "{dead}");
    customer.answer(8, 200);
    must(&daemon, "POST", &company.hook("/resend"), json!({ "events": [company.event(4)] }), 202).await;
    let resent = fate_is(&daemon, &company, 4, "delivered").await;
    assert_eq!(resent["origin"], "resend", "{resent}");
    assert_eq!(daemon.get(&company.hook("/held")).await["items"], json!([]));
    let foreign = json!({ "events": ["evt_99_1", "x"] });
    let refused = must(&daemon, "POST", &company.hook("/resend"), foreign, 422).await;
    assert_eq!(refused["errors"][0]["code"], "not_in_this_company");
    assert_eq!(refused["errors"][1]["field"], "events[1]");
    daemon.stop().await;
}

#[tokio::test]
async fn held_events_can_be_given_up_and_pending_ones_skipped() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(
        &daemon,
        "PATCH",
        &company.hook(""),
        json!({ "retry_seconds": [3600, 3600, 3600, 3600, 3600] }),
        200,
    )
    .await;
    customer.answer(1, 500);
    let event = |n: i64| json!({ "n": n, "call": { "id": format!("chamada-{n}") } });
    provider.emit(1, "call-was-connected", &event(1));
    has_failed(&daemon, &company, 1).await;
    provider.emit(1, "call-was-connected", &event(2));
    fate_is(&daemon, &company, 2, "delivered").await;
    fate_is(&daemon, &company, 1, "held").await;
    must(&daemon, "POST", &company.hook("/discard"), json!({ "events": [company.event(1)] }), 202).await;
    let dead = fate_is(&daemon, &company, 1, "dead").await;
    assert_eq!(dead["reason"], "discarded", "{dead}");

    must(&daemon, "POST", &company.hook("/pause"), json!({}), 200).await;
    for n in 3..=6 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    company.head_is(&daemon, 6).await;
    let status = must(&daemon, "POST", &company.hook("/skip"), json!({ "to": company.event(4) }), 200).await;
    assert_eq!(status["cursor"], 4, "{status}");
    must(&daemon, "POST", &company.hook("/resume"), json!({}), 200).await;
    for seq in [5, 6] {
        fate_is(&daemon, &company, seq, "delivered").await;
    }
    let skipped = fate(&daemon, &company, 3).await;
    assert_eq!((&skipped["verdict"], &skipped["to"]), (&json!("skipped"), &json!(4)), "{skipped}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_range_can_be_counted_replayed_and_cancelled() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let mut middle = jiff::Timestamp::now();
    for n in 1..=40 {
        if n == 21 {
            company.head_is(&daemon, 20).await;
            middle = jiff::Timestamp::now();
        }
        let name = if n % 2 == 0 { "agent-is-idle" } else { "agent-status-changed" };
        provider.emit(1, name, &json!({ "n": n }));
    }
    customer.accepted(40).await;
    let range = json!({ "from": company.event(11), "to": company.event(30), "events": ["agent-is-idle"] });
    let count = must(&daemon, "POST", &company.hook("/replays/count"), range.clone(), 200).await;
    assert_eq!(count["events"], 10, "{count}");
    let replay = created(&daemon, &company.hook("/replays"), range).await;
    let path = format!("/api/v1/replays/{}", replay["id"].as_str().unwrap());
    let done = daemon.until(&path, |replay| replay["state"] == "done").await;
    assert_eq!((&done["delivered"], &done["failed"]), (&json!(10), &json!(0)), "{done}");
    assert_eq!(customer.numbers()[40..], [12, 14, 16, 18, 20, 22, 24, 26, 28, 30]);

    // A time as the end means what came before it.
    let by_time = json!({ "from": company.event(1), "to": middle.to_string() });
    let count = must(&daemon, "POST", &company.hook("/replays/count"), by_time, 200).await;
    assert_eq!((&count["events"], &count["to"]), (&json!(20), &json!(company.event(20))), "{count}");
    let wrong = json!({ "from": company.event(9), "to": company.event(3) });
    let wrong = must(&daemon, "POST", &company.hook("/replays"), wrong, 422).await;
    assert_eq!(wrong["errors"][0]["field"], "to");
    let missing = must(&daemon, "POST", &company.hook("/replays"), json!({}), 422).await;
    assert_eq!(
        (&missing["errors"][0]["field"], &missing["errors"][0]["code"]),
        (&json!("from"), &json!("missing"))
    );

    let slow = json!({ "from": company.event(1), "rate_per_second": 1 });
    let replay = created(&daemon, &company.hook("/replays"), slow).await;
    let path = format!("/api/v1/replays/{}", replay["id"].as_str().unwrap());
    let held = must(&daemon, "POST", &format!("{path}/pause"), json!({}), 200).await;
    assert_eq!(held["state"], "paused");
    must(&daemon, "POST", &format!("{path}/resume"), json!({}), 200).await;
    must(&daemon, "POST", &format!("{path}/cancel"), json!({}), 200).await;
    must(&daemon, "POST", &format!("{path}/cancel"), json!({}), 409).await;
    assert_eq!(daemon.get(&path).await["state"], "cancelled");
    daemon.stop().await;
}

#[tokio::test]
async fn a_seventeenth_replay_waits_until_one_has_ended() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for n in 1..=3 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    customer.accepted(3).await;
    let slowly = json!({ "from": company.event(1), "rate_per_second": 1 });
    let mut last = String::new();
    for _ in 0..16 {
        let replay = created(&daemon, &company.hook("/replays"), slowly.clone()).await;
        last = format!("/api/v1/replays/{}", replay["id"].as_str().unwrap());
        must(&daemon, "POST", &format!("{last}/pause"), json!({}), 200).await;
    }
    let one = json!({ "from": company.event(3) });
    must(&daemon, "POST", &company.hook("/replays"), one.clone(), 409).await;
    must(&daemon, "POST", &format!("{last}/cancel"), json!({}), 200).await;
    let replay = created(&daemon, &company.hook("/replays"), one).await;
    let path = format!("/api/v1/replays/{}", replay["id"].as_str().unwrap());
    daemon.until(&path, |replay| replay["state"] == "done").await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_replay_goes_on_where_it_was_after_a_restart() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for n in 1..=40 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    customer.accepted(40).await;
    let slow = json!({ "from": company.event(1), "rate_per_second": 20 });
    let replay = created(&daemon, &company.hook("/replays"), slow).await;
    let path = format!("/api/v1/replays/{}", replay["id"].as_str().unwrap());
    customer.accepted(45).await;
    daemon.stop().await;
    let sent_before = customer.numbers().len();
    assert!(sent_before < 80, "the replay was not over: {sent_before}");

    let daemon = home.start().await;
    let done = daemon.until(&path, |replay| replay["state"] == "done").await;
    assert_eq!((&done["delivered"], &done["failed"]), (&json!(40), &json!(0)), "{done}");
    assert_eq!(customer.numbers()[40..], (1..=40).collect::<Vec<_>>(), "each once, in order");
    daemon.stop().await;
}

#[tokio::test]
async fn a_test_shows_the_exchange_or_why_there_was_none() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(&daemon, "PATCH", &company.hook(""), json!({ "bearer": "Bearer meu_token_secreto" }), 200).await;
    let view = must(&daemon, "POST", &company.hook("/test"), json!({ "event": "call-ended" }), 200).await;
    assert_eq!((&view["delivered"], &view["status"]), (&json!(true), &json!(200)), "{view}");
    assert!(view["connect_us"].is_u64() && view["total_us"].as_u64() > Some(0), "{view}");
    assert!(!view.to_string().contains("meu_token_secreto"), "{view}");
    let sent = customer.receiver.recorded().pop().unwrap();
    assert_eq!(sent.headers["authorization"], "Bearer meu_token_secreto");
    assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap()["event"], "call-ended");

    customer.receiver.behave(Behaviour { status: Some(418), ..Behaviour::default() });
    let view = must(&daemon, "POST", &company.hook("/test"), json!({}), 200).await;
    assert_eq!((&view["delivered"], &view["status"]), (&json!(false), &json!(418)), "{view}");

    // A port that nobody listens on.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    must(
        &daemon,
        "PATCH",
        &company.hook(""),
        json!({ "url": format!("http://{free}/"), "bearer": null }),
        200,
    )
    .await;
    let view = must(&daemon, "POST", &company.hook("/test"), json!({}), 200).await;
    assert_eq!((&view["delivered"], &view["status"]), (&json!(false), &Value::Null), "{view}");
    assert!(view["error"].as_str().is_some_and(|word| !word.is_empty()), "{view}");
    assert!(view["message"].as_str().is_some_and(|text| !text.is_empty()), "{view}");
    assert_eq!(company.head_is(&daemon, 0).await["head"], 0, "a test is no event");
    daemon.stop().await;
}

#[tokio::test]
async fn a_rotated_secret_and_the_one_before_sign_side_by_side() {
    let old = "segredo-antigo-123456";
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[old]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(&daemon, "PATCH", &company.hook(""), json!({ "secret": old }), 200).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    assert_eq!(
        (customer.receiver.stats().signatures.plain.good, customer.receiver.stats().signatures.standard.good),
        (1, 1)
    );
    let view =
        must(&daemon, "POST", &company.hook("/rotate-secret"), json!({ "overlap_hours": 2 }), 200).await;
    let new = view["secret"].as_str().expect("shown once").to_owned();
    assert!(new.starts_with("whsec_"), "{view}");
    assert_eq!(view["secret_masks"].as_array().unwrap().len(), 2);
    assert_eq!(daemon.get(&company.hook("")).await["secret"], Value::Null);
    provider.emit(1, "agent-is-idle", &json!({ "n": 2 }));
    customer.accepted(2).await;
    let sent = customer.receiver.recorded().pop().unwrap();
    let signatures = sent.headers["webhook-signature"].to_str().unwrap();
    assert_eq!(signatures.split(' ').count(), 2, "{signatures}");
    assert_eq!(customer.receiver.stats().signatures.standard.good, 2, "the old secret still signs");
    let log = daemon.stop().await;
    assert!(!log.contains(&new) && !log.contains(old), "a secret stands in the log");
}
