//! What is made or changed through the API runs at once; what the settings file says runs at the next start.

use std::time::{Duration, Instant};

use ramal::simulator::threecplus::Account;
use serde_json::{Value, json};

use super::{Company, Customer, Provider, SETTINGS, must};
use crate::support::daemon::Home;

#[tokio::test]
async fn a_company_made_through_the_api_works_within_a_second() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let begun = Instant::now();
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let took = begun.elapsed();
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    assert!(took < Duration::from_secs(5), "a company took {took:?} to run");

    let source = format!("/api/v1/sources/{}", company.source);
    must(&daemon, "POST", &format!("{source}/disconnect"), json!({}), 202).await;
    provider.control.wait_connected(0).await;
    must(&daemon, "POST", &format!("{source}/connect"), json!({}), 202).await;
    provider.control.wait_connected(1).await;
    company.line_is(&daemon, "connected").await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 2 }));
    customer.accepted(2).await;
    assert_eq!(customer.numbers(), [1, 2]);
    let body: Value = serde_json::from_slice(&customer.receiver.recorded()[1].body).unwrap();
    assert_eq!((&body["event"], &body["payload"]), (&json!("agent-is-idle"), &json!({ "n": 2 })));
    let token = Account::numbered(1).token;
    assert_eq!(body["meta"]["token_mask"], format!("{}…{}", &token[..4], &token[token.len() - 4..]));
    assert!(!daemon.stop().await.contains(&token), "the token stands in the log");
}

#[tokio::test]
async fn a_paused_webhook_waits_and_goes_on_in_order() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let event = |n: i64| json!({ "n": n, "call": { "id": "c1" } });
    provider.emit(1, "call-was-connected", &event(1));
    customer.accepted(1).await;
    let view = must(&daemon, "POST", &company.hook("/pause"), json!({ "reason": "manutenção" }), 200).await;
    assert_eq!((&view["state"], &view["paused_reason"]), (&json!("paused"), &json!("manutenção")));
    daemon.until(&company.hook("/status"), |status| status["health"] == "paused").await;
    for n in 2..=30 {
        provider.emit(1, "call-was-connected", &event(n));
    }
    company.head_is(&daemon, 30).await;
    assert_eq!(customer.numbers(), [1]);
    let fates = daemon.get(&format!("/api/v1/events/{}/deliveries", company.event(2))).await;
    assert_eq!(fates[0]["verdict"], "paused", "{fates}");
    must(&daemon, "POST", &company.hook("/resume"), json!({}), 200).await;
    customer.accepted(30).await;
    assert_eq!(customer.numbers(), (1..=30).collect::<Vec<_>>());
    daemon.stop().await;
}

#[tokio::test]
async fn a_changed_webhook_holds_at_once_and_an_old_copy_is_refused() {
    let provider = Provider::start(1).await;
    let (old, new) = (Customer::start(&[]).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &old.url, &["agent-is-idle"]).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    old.accepted(1).await;
    let before = daemon.get(&company.hook("")).await;
    let change = json!({ "url": new.url, "events": ["call-*"], "version": before["version"] });
    let view = must(&daemon, "PATCH", &company.hook(""), change.clone(), 200).await;
    assert_eq!((&view["url"], &view["revision"]), (&json!(new.url), &json!(2)));
    provider.emit(1, "agent-is-idle", &json!({ "n": 2 }));
    provider.emit(1, "call-was-connected", &json!({ "n": 3 }));
    new.accepted(1).await;
    assert_eq!((old.numbers(), new.numbers()), (vec![1], vec![3]));
    let stale = must(&daemon, "PATCH", &company.hook(""), change, 409).await;
    assert_eq!(stale["type"], "/problems/stale");
    let source = json!({ "account": "1", "version": 0 });
    must(&daemon, "PATCH", &format!("/api/v1/sources/{}", company.source), source, 409).await;
    let path = format!("/api/v1/companies/{}", company.id);
    must(&daemon, "PATCH", &path, json!({ "name": "Outra", "version": 99 }), 409).await;
    assert_eq!(daemon.get(&path).await["name"], "Empresa 1");
    daemon.stop().await;
}

#[tokio::test]
async fn a_deleted_company_is_gone_and_the_others_go_on() {
    let provider = Provider::start(2).await;
    let (first, second) = (Customer::start(&[]).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let gone = Company::create(&daemon, &provider, 1, &first.url, &["*"]).await;
    let stays = Company::create(&daemon, &provider, 2, &second.url, &["*"]).await;
    for n in 1..=2 {
        provider.emit(n, "agent-is-idle", &json!({ "n": 1 }));
    }
    first.accepted(1).await;
    second.accepted(1).await;
    let path = format!("/api/v1/companies/{}", gone.id);
    must(&daemon, "DELETE", &path, json!({}), 204).await;
    provider.control.wait_connected(1).await;
    for lost in [
        path.clone(),
        format!("{path}/events"),
        gone.hook(""),
        gone.hook("/status"),
        format!("/api/v1/sources/{}", gone.source),
        format!("/api/v1/events/{}", gone.event(1)),
    ] {
        must(&daemon, "GET", &lost, json!({}), 404).await;
    }
    provider.emit(2, "agent-is-idle", &json!({ "n": 2 }));
    second.accepted(2).await;
    assert_eq!(second.numbers(), [1, 2]);
    stays.line_is(&daemon, "connected").await;
    // Its name and its token are free again.
    let again = Company::create(&daemon, &provider, 1, &first.url, &["*"]).await;
    assert_ne!(again.id, gone.id);
    let log = daemon.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn the_settings_file_creates_once_and_updates_at_the_next_start() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let settings = |url: &str, events: &str| {
        format!(
            "{SETTINGS}\n[[company]]\nname = \"Como Código\"\n[company.threecplus]\nid = \"9001\"\ntoken = \"{}\"\n\
             socket_url = \"{}\"\n[[company.webhook]]\nname = \"Principal\"\nurl = \"{url}\"\nevents = [\"{events}\"]\n",
            Account::numbered(1).token,
            provider.url(),
        )
    };
    let home = Home::new(&settings(&customer.url, "agent-is-idle")).await;
    let all =
        ["/api/v1/companies", "/api/v1/companies/company_1/sources", "/api/v1/companies/company_1/webhooks"];
    let daemon = home.start().await;
    provider.control.wait_connected(1).await;
    let connected = |status: &Value| status["state"] == "connected";
    daemon.until("/api/v1/sources/source_1/status", connected).await;
    let mut before = Vec::new();
    for path in all {
        before.push(daemon.get(path).await);
    }
    assert_eq!(
        (&before[0]["items"][0]["provisioned"], &before[2][0]["provisioned"]),
        (&json!(true), &json!(true))
    );
    daemon.stop().await;

    // The same file again changes nothing, not even a version.
    let daemon = home.start().await;
    daemon.until("/api/v1/sources/source_1/status", connected).await;
    for (path, before) in all.into_iter().zip(&before) {
        let mut now = daemon.get(path).await;
        if now[0]["status"].is_object() {
            now[0]["status"] = before[0]["status"].clone();
        }
        assert_eq!(&now, before, "{path}");
    }
    daemon.stop().await;

    home.write_settings(&settings(&customer.url, "call-*"));
    let daemon = home.start().await;
    daemon.until("/api/v1/sources/source_1/status", connected).await;
    let webhooks = daemon.get(all[2]).await;
    assert_eq!((&webhooks[0]["events"], &webhooks[0]["revision"]), (&json!(["call-*"]), &json!(2)));
    assert_eq!(webhooks.as_array().unwrap().len(), 1);
    provider.emit(1, "call-was-connected", &json!({ "n": 1 }));
    customer.accepted(1).await;
    daemon.stop().await;
}

/// What is made side by side is still written in the order of the file, so that whoever reads it can tell the ids.
#[tokio::test]
async fn ids_follow_the_order_of_the_settings_file() {
    let companies = 1..=40;
    let written = companies.clone().map(|n| {
        let webhook = |name| {
            format!(
                "[[company.webhook]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\nevents = [\"*\"]\n"
            )
        };
        let token = format!("{n:024}");
        let (one, two) = (webhook("Um"), webhook("Dois"));
        format!("[[company]]\nname = \"Empresa {n}\"\n[company.tellicon]\ntoken = \"{token}\"\n{one}{two}")
    });
    let settings: String = std::iter::once(format!("{SETTINGS}\n")).chain(written).collect();
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    daemon.until("/readyz", |_| true).await;
    for n in companies {
        let company = daemon.get(&format!("/api/v1/companies/company_{n}")).await;
        assert_eq!(company["name"], format!("Empresa {n}"));
        let sources = daemon.get(&format!("/api/v1/companies/company_{n}/sources")).await;
        assert_eq!(sources[0]["id"], format!("source_{n}"));
        let webhooks = daemon.get(&format!("/api/v1/companies/company_{n}/webhooks")).await;
        let ids: Vec<&Value> = webhooks.as_array().unwrap().iter().map(|webhook| &webhook["id"]).collect();
        assert_eq!(ids, [&json!(format!("webhook_{}", 2 * n - 1)), &json!(format!("webhook_{}", 2 * n))]);
    }
    daemon.stop().await;
}
