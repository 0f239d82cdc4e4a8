//! A company's webhooks: how they are doing, what became of their events, and what is done about it.

use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::api::{Company, Picky, Provider};
use crate::support::daemon::Home;

#[tokio::test]
async fn what_became_of_each_event_is_seen_and_sent_again() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let list = format!("/companies/{}/webhooks", company.id);
    let page = format!("{list}/{}", company.webhook);
    customer.answer(1, 400);
    let emit = |n: i64| {
        let payload = json!({ "n": n, "call": { "id": format!("chamada-{n}") }, "text": "<b>" });
        provider.emit(1, "call-was-connected", &payload);
    };
    emit(1);
    daemon.until(&company.hook("/deliveries"), |made| made["items"][0].is_object()).await;
    // Whether the endpoint or the event is at fault is known when a later one is taken.
    emit(2);
    let held = |dead: i64| move |status: &serde_json::Value| status["held"]["dead"] == dead;
    daemon.until(&company.hook("/status"), held(1)).await;

    let listed = visitor.get(&list).await;
    assert!(listed.body.contains("Principal") && listed.body.contains(&page), "{}", listed.body);
    let failed = visitor.get(&format!("{page}?outcome=failed")).await;
    assert!(failed.body.contains("HTTP 400") && !failed.body.contains("HTTP 200"), "{}", failed.body);
    assert!(failed.body.contains(&format!("{page}/held?state=dead")), "the next step: {}", failed.body);
    let delivered = visitor.get(&format!("{page}?outcome=delivered")).await;
    assert!(delivered.body.contains("HTTP 200") && !delivered.body.contains("HTTP 400"));

    let one = visitor.get(&format!("{page}/events/{}", company.event(1))).await;
    assert!(one.body.contains("Não entregue") && one.body.contains("HTTP 400"), "{}", one.body);
    assert!(one.body.contains("curl -X POST") && !one.body.contains("<b>\""), "{}", one.body);

    customer.answer(1, 200);
    let back = format!("{page}/held?state=dead");
    let sent = [("event", company.event(1)), ("back", back.clone())];
    let sent: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(visitor.post(&format!("{page}/resend"), &sent).await.to(), back);
    daemon.until(&company.hook("/status"), held(0)).await;
    assert!(visitor.get(&back).await.body.contains("Nenhum evento aqui"));
    daemon.stop().await;
}

#[tokio::test]
async fn a_pause_says_why_and_ends() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let page = format!("/companies/{}/webhooks/{}", company.id, company.webhook);
    let paused = visitor.post(&format!("{page}/pause"), &[("reason", "manutenção do CRM")]).await;
    assert_eq!(paused.to(), page);
    daemon.until(&company.hook("/status"), |status| status["health"] == "paused").await;
    let shown = visitor.get(&page).await;
    assert!(shown.body.contains("Pausado: manutenção do CRM"), "{}", shown.body);
    assert_eq!(visitor.post(&format!("{page}/resume"), &[]).await.to(), page);
    daemon.until(&company.hook("/status"), |status| status["health"] == "healthy").await;
    assert!(!visitor.get(&page).await.body.contains("manutenção do CRM"));

    // A webhook is found under its own company only, and nothing leads elsewhere afterwards.
    let (_, other) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Outra" }))).await;
    let other = other["id"].as_str().expect("an id");
    let elsewhere = format!("/companies/{other}/webhooks/{}", company.webhook);
    assert_eq!(visitor.get(&elsewhere).await.status, 404);
    assert_eq!(visitor.post(&format!("{elsewhere}/pause"), &[]).await.status, 404);
    let sent = [("event", "evt_1_1"), ("back", "https://evil.example/")];
    assert_eq!(visitor.post(&format!("{page}/discard"), &sent).await.to(), page);
    daemon.stop().await;
}
