//! Notices against the running program: durable over a kill, together in a storm, further when nobody acknowledges, and when it is over.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Company, Picky, Provider, SETTINGS, created, must};
use crate::alerting::published;
use crate::alerting::service::Service;
use crate::support::daemon::{Daemon, Home};

const OPEN: &str = "/api/v1/incidents";

async fn slack() -> Service {
    Service::start(published::slack, (200, "ok")).await
}

async fn point(daemon: &Daemon, name: &str, service: &Service) -> String {
    let url = format!("{}/services/T/B/of-twenty-characters", service.base);
    let made = json!({ "name": name, "kind": "slack", "url": url });
    let made = created(daemon, "/api/v1/contact-points", made).await;
    made["id"].as_str().expect("an id").to_owned()
}

/// Texts of what came within the time, until they are so many.
async fn told(service: &Service, count: usize, within: Duration) -> Vec<String> {
    let (began, mut all) = (Instant::now(), Vec::new());
    while all.len() < count && began.elapsed() < within {
        all.extend(service.got().into_iter().map(|got| got.body.to_string()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    all
}

fn emit(provider: &Provider, count: i64) {
    for n in 0..count {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
    }
}

async fn one_is_open(daemon: &Daemon) -> String {
    let any = |page: &Value| page["items"][0]["id"].is_string();
    let page = daemon.until_within(Duration::from_mins(1), OPEN, any).await;
    format!("{OPEN}/{}", page["items"][0]["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_kill_between_an_incident_and_its_notice_loses_none_and_the_end_is_told() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    (0..9).for_each(|n| customer.answer(n, 500));
    let (first, second) = (slack().await, slack().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let (at_once, later) = (point(&daemon, "Plantão", &first).await, point(&daemon, "Chefia", &second).await);
    let rule = json!({ "name": "Tudo", "costs": ["losing", "waiting"], "contact_points": [at_once],
        "escalates_to": [later], "escalates_after_minutes": 1 });
    created(&daemon, "/api/v1/alert-rules", rule).await;
    emit(&provider, 9);
    let path = one_is_open(&daemon).await;
    daemon.kill().await;
    assert!(first.got().is_empty(), "it was killed before the notice");

    let daemon = home.start().await;
    let said = told(&first, 1, Duration::from_secs(30)).await;
    assert!(said[0].contains("responde HTTP 500") && said[0].contains("Empresa 1"), "{said:?}");
    // Nobody has acknowledged it within a minute.
    let further = told(&second, 1, Duration::from_secs(90)).await;
    assert!(further[0].contains("responde HTTP 500"), "{further:?}");
    let again = told(&first, 2, Duration::from_secs(1)).await;
    assert!(again.len() <= 1, "once or twice: {again:?}");

    (0..9).for_each(|n| customer.answer(n, 200));
    daemon.until_within(Duration::from_secs(90), OPEN, |page| page["items"] == json!([])).await;
    let (over, too) =
        (told(&first, 1, Duration::from_mins(1)).await, told(&second, 1, Duration::from_mins(1)).await);
    assert_eq!((over.len(), too.len()), (1, 1), "whoever was told is told that it is over");
    let one = daemon.get(&path).await;
    let names: Vec<_> = one["history"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|entry| entry["step"] == "told")
        .map(|entry| entry["text"].as_str().expect("a name"))
        .collect();
    assert!(names.contains(&"Plantão") && names.contains(&"Chefia"), "{one}");
    assert_eq!(company.id, "company_1");
    daemon.stop().await;
}

#[tokio::test]
async fn a_storm_is_few_messages_and_who_has_it_is_not_disturbed() {
    let provider = Provider::start(1).await;
    let (all, silent) = (slack().await, slack().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, "http://127.0.0.1:1/", &["*"]).await;
    for port in 2..31 {
        let more = json!({ "name": format!("W{port}"), "url": format!("http://127.0.0.1:{port}/"), "events": ["*"] });
        created(&daemon, &format!("/api/v1/companies/{}/webhooks", company.id), more).await;
    }
    let (plantao, losing) =
        (point(&daemon, "Plantão", &all).await, point(&daemon, "Só perdas", &silent).await);
    let rule = json!({ "name": "Atrasos", "costs": ["waiting"], "contact_points": [plantao] });
    let rule = created(&daemon, "/api/v1/alert-rules", rule).await;
    let other = json!({ "name": "Perdas", "costs": ["losing"], "contact_points": [losing] });
    created(&daemon, "/api/v1/alert-rules", other).await;
    emit(&provider, 9);
    let thirty = |page: &Value| page["items"].as_array().is_some_and(|items| items.len() == 30);
    daemon.until_within(Duration::from_secs(90), &format!("{OPEN}?limit=100"), thirty).await;
    let said = told(&all, 3, Duration::from_secs(45)).await;
    assert!((1..=3).contains(&said.len()), "{} messages of thirty incidents", said.len());
    assert!(
        said.iter().any(|one| one.contains("mais")),
        "the count of those that are not written out: {said:?}"
    );
    assert!(silent.got().is_empty(), "nothing is lost here");

    // A rule that names nobody's contact is refused, and one that changes under somebody's hands is a conflict.
    let path = format!("/api/v1/alert-rules/{}", rule["id"].as_str().expect("an id"));
    let nobody = must(&daemon, "PATCH", &path, json!({ "contact_points": ["contact_point_99"] }), 422).await;
    assert_eq!(nobody["errors"][0]["field"], "contact_points[0]", "{nobody}");
    must(&daemon, "PATCH", &path, json!({ "enabled": false, "version": 1 }), 200).await;
    must(&daemon, "PATCH", &path, json!({ "enabled": true, "version": 1 }), 409).await;
    must(&daemon, "DELETE", &path, json!({}), 204).await;
    daemon.stop().await;
}

/// From an hour ago to two hours ahead, in Brasília.
fn quiet_now() -> Value {
    let now = jiff::Timestamp::now().in_tz("America/Sao_Paulo").expect("a zone");
    let at = |hours: i64| (&now + jiff::SignedDuration::from_hours(hours)).strftime("%H:%M").to_string();
    json!({ "from": at(-1), "to": at(2) })
}

#[tokio::test]
async fn what_waits_for_the_end_of_quiet_hours_is_told_when_they_are_taken_away() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    (0..9).for_each(|n| customer.answer(n, 500));
    let service = slack().await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let plantao = point(&daemon, "Plantão", &service).await;
    let rule = json!({ "name": "Tudo", "costs": ["losing", "waiting"], "contact_points": [plantao],
        "repeats_after_minutes": 600 });
    let rule = created(&daemon, "/api/v1/alert-rules", rule).await;
    must(&daemon, "PUT", "/api/v1/quiet-hours", quiet_now(), 200).await;
    emit(&provider, 9);
    one_is_open(&daemon).await;
    assert_eq!(told(&service, 1, Duration::from_secs(15)).await, [""; 0], "nothing is lost, and it is night");
    must(&daemon, "PUT", "/api/v1/quiet-hours", json!({ "from": "", "to": "" }), 200).await;
    let said = told(&service, 1, Duration::from_secs(30)).await;
    assert!(said[0].contains("responde HTTP 500"), "{said:?}");

    // What was to be told again in ten hours is told in a minute, when the rule says so.
    let path = format!("/api/v1/alert-rules/{}", rule["id"].as_str().expect("an id"));
    must(&daemon, "PATCH", &path, json!({ "repeats_after_minutes": 1 }), 200).await;
    let again = told(&service, 1, Duration::from_secs(90)).await;
    assert!(again[0].contains("Continua: "), "{again:?}");

    (0..9).for_each(|n| customer.answer(n, 200));
    daemon.until_within(Duration::from_secs(90), OPEN, |page| page["items"] == json!([])).await;
    let over = told(&service, 1, Duration::from_mins(1)).await.concat();
    let is_over = over.contains("O destino voltou a aceitar eventos. Durou") && over.contains("No pico, ");
    assert!(is_over && !over.contains("continuam sozinhas"), "{over}");
    daemon.stop().await;
}
