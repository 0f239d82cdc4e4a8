//! What is written down of a change: nothing when nothing changed; and what ends by itself.

use ramal::domain::{Timestamp, WebhookId};
use ramal::store::{Store, StoreOptions};
use serde_json::{Value, json};

use super::{Company, Customer, Picky, Provider, SETTINGS, must};
use crate::support::daemon::{Daemon, Home};

/// How often each action stands in the audit log.
async fn audited(daemon: &Daemon, action: &str) -> usize {
    let page = daemon.get(&format!("/api/v1/audit?action={action}&limit=1000")).await;
    page["items"].as_array().expect("a page").len()
}

#[tokio::test]
async fn only_what_changed_something_is_audited() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let retries = json!({ "retry_seconds": [3600, 3600, 3600, 3600, 3600] });
    must(&daemon, "PATCH", &company.hook(""), retries, 200).await;
    customer.answer(1, 500);
    let of_first = format!("/api/v1/events/{}/deliveries", company.event(1));
    let event = |n: i64| json!({ "n": n, "call": { "id": format!("chamada-{n}") } });
    provider.emit(1, "call-was-connected", &event(1));
    company.head_is(&daemon, 1).await;
    let tried = |fates: &Value| fates[0]["attempts_made"].as_array().is_some_and(|made| !made.is_empty());
    daemon.until(&of_first, tried).await;
    // It is set aside once a later request has succeeded.
    provider.emit(1, "call-was-connected", &event(2));
    daemon.until(&of_first, |fates| fates[0]["verdict"] == "held").await;

    let events = json!({ "events": [company.event(1), company.event(2)] });
    let taken = must(&daemon, "POST", &company.hook("/discard"), events.clone(), 202).await;
    assert_eq!(taken["events"], json!([company.event(1)]), "only the first is held");
    let taken = must(&daemon, "POST", &company.hook("/discard"), events.clone(), 202).await;
    assert_eq!(taken["events"], json!([]));
    assert_eq!(audited(&daemon, "webhook.discard").await, 1);
    must(&daemon, "POST", &company.hook("/pause"), json!({}), 200).await;
    let future = json!({ "events": [company.event(3)] });
    let taken = must(&daemon, "POST", &company.hook("/resend"), future, 202).await;
    assert_eq!((&taken["events"], audited(&daemon, "webhook.resend").await), (&json!([]), 0));
    let taken = must(&daemon, "POST", &company.hook("/resend"), events.clone(), 202).await;
    assert_eq!(taken["events"], events["events"]);
    assert_eq!(audited(&daemon, "webhook.resend").await, 1);

    must(&daemon, "POST", &company.hook("/pause"), json!({}), 200).await;
    for _ in 0..2 {
        must(&daemon, "POST", &company.hook("/resume"), json!({}), 200).await;
    }
    assert_eq!((audited(&daemon, "webhook.pause").await, audited(&daemon, "webhook.resume").await), (1, 1));
    let source = format!("/api/v1/sources/{}", company.source);
    must(&daemon, "POST", &format!("{source}/connect"), json!({}), 202).await;
    for _ in 0..2 {
        must(&daemon, "POST", &format!("{source}/disconnect"), json!({}), 202).await;
    }
    assert_eq!(
        (audited(&daemon, "source.connect").await, audited(&daemon, "source.disconnect").await),
        (0, 1)
    );
    let path = format!("/api/v1/companies/{}", company.id);
    must(&daemon, "PATCH", &path, json!({ "name": " Empresa 1 " }), 200).await;
    assert_eq!(audited(&daemon, "company.update").await, 0);

    let replay = json!({ "from": company.event(1), "rate_per_second": 1 });
    let replay = must(&daemon, "POST", &company.hook("/replays"), replay, 201).await;
    let replay = format!("/api/v1/replays/{}", replay["id"].as_str().unwrap());
    must(&daemon, "POST", &format!("{replay}/cancel"), json!({}), 200).await;
    for step in ["cancel", "pause", "resume"] {
        must(&daemon, "POST", &format!("{replay}/{step}"), json!({}), 409).await;
    }
    assert_eq!((audited(&daemon, "replay").await, audited(&daemon, "replay.cancel").await), (2, 1));
    daemon.stop().await;
}

#[tokio::test]
async fn a_webhook_that_answers_410_twice_is_paused_and_it_is_said_once() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for n in 1..=2 {
        customer.answer(n, 410);
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    let view = daemon.until(&company.hook(""), |view| view["state"] == "paused").await;
    assert!(view["paused_reason"].as_str().is_some_and(|reason| reason.contains("410")), "{view}");
    // Its courier hears of the stored pause before it hears of the next one.
    must(&daemon, "POST", &company.hook("/resume"), json!({}), 200).await;
    must(&daemon, "POST", &company.hook("/pause"), json!({ "reason": "manutenção" }), 200).await;
    daemon.until(&company.hook("/status"), |status| status["health"] == "paused").await;
    let log = daemon.stop().await;
    let said: Vec<&str> = log.lines().filter(|line| line.contains("\"line\":\"webhook_paused\"")).collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].contains("410") && said[1].contains("manutenção"), "{said:#?}");
}

#[tokio::test]
async fn after_the_overlap_of_a_rotation_the_old_secret_signs_no_more() {
    let old = "segredo-antigo-123456";
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[old]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    must(&daemon, "PATCH", &company.hook(""), json!({ "secret": old }), 200).await;
    let rotation = json!({ "secret": "segredo-novo-1234567", "overlap_hours": 1 });
    must(&daemon, "POST", &company.hook("/rotate-secret"), rotation, 200).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    assert!(customer.receiver.recorded()[0].headers.contains_key("x-signature-sha256-previous"));
    daemon.stop().await;

    // The hour is over: what stands in the database ended a moment ago.
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, mut writer) = Store::open(&database, StoreOptions::default()).await.unwrap();
    let webhook: WebhookId = company.webhook.parse().unwrap();
    let version = store.webhook(webhook).await.unwrap().unwrap().version;
    let mut credentials = store.credentials(webhook).await.unwrap();
    assert_eq!(credentials.signing.len(), 2);
    credentials.signing[1].not_after = Some(Timestamp(Timestamp::now().0 - 1));
    let mut tx = writer.begin().await.unwrap();
    tx.save_credentials(webhook, version, &credentials, Timestamp::now()).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    writer.close().await.unwrap();
    drop(store);

    let daemon = home.start().await;
    company.line_is(&daemon, "connected").await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 2 }));
    customer.accepted(2).await;
    let sent = customer.receiver.recorded().pop().unwrap();
    assert!(!sent.headers.contains_key("x-signature-sha256-previous"), "{:?}", sent.headers);
    assert_eq!(sent.headers["webhook-signature"].to_str().unwrap().split(' ').count(), 1);
    let stats = customer.receiver.stats();
    assert_eq!(stats.signatures.standard.good, 1, "the receiver that knows only the old secret refuses it");
    let masks = daemon.get(&company.hook("")).await["secret_masks"].clone();
    assert_eq!(masks.as_array().map(Vec::len), Some(1), "{masks}");
    assert_ne!(masks[0], Value::Null);
    daemon.stop().await;
}

#[tokio::test]
async fn of_two_changes_at_the_same_time_neither_takes_the_other_back() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let hook = company.hook("");
    for round in 1..=10 {
        let bearer = format!("portador-numero-{round:04}");
        let (name, limit) = (json!({ "name": format!("W{round}") }), json!({ "concurrency": round }));
        tokio::join!(
            must(&daemon, "PATCH", &hook, name.clone(), 200),
            must(&daemon, "PATCH", &hook, limit.clone(), 200),
            must(&daemon, "PATCH", &hook, json!({ "bearer": bearer }), 200),
        );
        let view = daemon.get(&hook).await;
        assert_eq!((&view["name"], &view["concurrency"]), (&name["name"], &limit["concurrency"]));
        assert!(view["bearer_mask"].to_string().contains(&format!("{round:04}")), "{view}");
    }
    let seen = daemon.get(&hook).await["version"].clone();
    must(&daemon, "PATCH", &hook, json!({ "name": "outra" }), 200).await;
    let (status, _) = daemon.call("PATCH", &hook, Some(json!({ "name": "velha", "version": seen }))).await;
    assert_eq!(status, 409, "who says what they have seen is told");
    daemon.stop().await;
}
