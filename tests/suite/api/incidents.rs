//! Incidents against the running program: opened and closed by evidence, over a restart, taken, silenced and noted by people.

use std::time::Duration;

use ramal::domain::Timestamp;
use serde_json::{Value, json};

use super::{Company, Picky, Provider, SETTINGS, key, must, send};
use crate::support::daemon::{Daemon, Home};

const OPEN: &str = "/api/v1/incidents";

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map(Vec::as_slice).expect("a list")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}

/// The open incident of this kind, once there is one.
async fn open(daemon: &Daemon, kind: &str) -> Value {
    let of = |page: &Value| items(page).iter().find(|one| one["kind"] == kind).cloned();
    let page = daemon.until_within(Duration::from_mins(1), OPEN, |page| of(page).is_some()).await;
    of(&page).expect("it is there")
}

fn steps(one: &Value) -> Vec<String> {
    let mut steps: Vec<_> = one["history"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| text(entry, "step").to_owned())
        .collect();
    steps.reverse();
    steps
}

#[tokio::test]
async fn an_incident_is_opened_taken_survives_a_restart_and_is_closed_by_evidence() {
    let (provider, customer) = (Provider::start(1).await, Picky::start().await);
    (0..20).for_each(|n| customer.answer(n, 500));
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let twin =
        json!({ "name": "Espelho", "url": customer.url, "events": ["call-*"], "retry_seconds": [1, 1] });
    must(&daemon, "POST", &format!("/api/v1/companies/{}/webhooks", company.id), twin, 201).await;
    assert!(items(&daemon.get(OPEN).await).is_empty());
    (0..20).for_each(|n| {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
    });

    let both = |page: &Value| {
        let two = |one: &Value| one["webhooks"].as_array().is_some_and(|all| all.len() == 2);
        items(page).iter().any(|one| two(one) && one["amount"] == 40)
    };
    let page = daemon.until_within(Duration::from_mins(1), OPEN, both).await;
    let [incident] = items(&page) else { panic!("one destination is one incident: {page}") };
    let host = customer.url.trim_start_matches("http://").trim_end_matches('/');
    assert_eq!(text(incident, "title"), format!("{host} responde HTTP 500"), "{incident}");
    assert_eq!((text(incident, "kind"), text(incident, "cost")), ("webhook_failing", "waiting"));
    assert_eq!((&incident["destination"], &incident["company_id"]), (&json!(host), &json!(company.id)));
    assert_eq!((&incident["amount"], text(incident, "amount_known")), (&json!(40), "exactly"));
    let path = format!("{OPEN}/{}", text(incident, "id"));

    let taken = must(&daemon, "POST", &format!("{path}/acknowledge"), json!({}), 200).await;
    assert_eq!(text(&taken["incident"], "acknowledged_by"), "test", "{taken}");
    let noted =
        must(&daemon, "POST", &format!("{path}/notes"), json!({ "text": "janela do fornecedor" }), 200).await;
    assert_eq!(text(&noted["history"][0], "text"), "janela do fornecedor");
    let past = json!({ "until": "2020-01-01T00:00:00Z" });
    let refused = must(&daemon, "POST", &format!("{path}/silence"), past, 422).await;
    assert_eq!(refused["errors"][0]["field"], "until", "{refused}");
    let until = Timestamp::now().plus(Duration::from_hours(1)).to_string();
    let silent = must(&daemon, "POST", &format!("{path}/silence"), json!({ "until": until }), 200).await;
    assert_eq!(
        (&silent["incident"]["silenced"], &silent["incident"]["silenced_until"]),
        (&json!(true), &json!(until))
    );
    let heard = must(&daemon, "POST", &format!("{path}/unsilence"), json!({}), 200).await;
    assert_eq!(heard["incident"]["silenced"], false);
    let since = incident["since"].clone();
    daemon.kill().await;

    // Nothing is known of the endpoint in the first moments: that closes nothing.
    let daemon = home.start().await;
    let after = daemon.until(OPEN, |page| !items(page).is_empty()).await;
    let [same] = items(&after) else { panic!("{after}") };
    assert_eq!((&same["id"], &same["since"]), (&incident["id"], &since));
    assert_eq!(text(same, "acknowledged_by"), "test");
    let looked = |page: &Value| {
        let duty = items(page).iter().find(|duty| duty["name"] == "incidents");
        duty.is_some_and(|duty| duty["runs"].as_u64() >= Some(2))
    };
    daemon.until_within(Duration::from_mins(1), "/api/v1/duties", looked).await;
    assert_eq!(items(&daemon.get(OPEN).await).len(), 1, "it is no other, and not over");

    (0..20).for_each(|n| customer.answer(n, 200));
    daemon.until_within(Duration::from_secs(90), OPEN, |page| items(page).is_empty()).await;
    let closed = daemon.get(&format!("{OPEN}?state=closed")).await;
    assert_eq!((items(&closed).len(), &items(&closed)[0]["id"]), (1, &incident["id"]), "{closed}");
    let one = daemon.get(&path).await;
    assert!(one["incident"]["closed_at"].is_string() && one["incident"]["level"].is_null(), "{one}");
    let happened = steps(&one);
    assert_eq!(happened.first().map(String::as_str), Some("opened"));
    assert_eq!(happened.last().map(String::as_str), Some("closed"));
    for step in ["acknowledged", "noted", "silenced", "heard"] {
        assert_eq!(happened.iter().filter(|found| *found == step).count(), 1, "{step} in {happened:?}");
    }
    assert_eq!(text(&one["history"][0], "text"), "O destino voltou a aceitar eventos.");
    let late = must(&daemon, "POST", &format!("{path}/silence"), json!({}), 409).await;
    assert!(text(&late, "detail").contains("já se encerrou"), "{late}");
    daemon.stop().await;
}

#[tokio::test]
async fn one_event_to_a_dead_port_says_that_the_endpoint_fails_and_not_the_event() {
    let provider = Provider::start(1).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let webhook = json!({ "name": "Agentes", "url": "http://127.0.0.1:9/", "events": ["agent-*"] });
    let company = Company::create(&daemon, &provider, 1, "http://127.0.0.1:9/", &["call-*"]).await;
    let path = format!("/api/v1/companies/{}/webhooks", company.id);
    let agents = must(&daemon, "POST", &path, webhook, 201).await;
    provider.emit(1, "agent-is-idle", &json!({ "agent": { "id": 1 } }));
    // The schedule's second try is five seconds later: the first says it.
    let page = daemon.until_within(Duration::from_secs(20), OPEN, |page| !items(page).is_empty()).await;
    let [incident] = items(&page) else { panic!("{page}") };
    assert_eq!(
        (text(incident, "kind"), text(incident, "title"), &incident["amount"]),
        ("webhook_failing", "127.0.0.1:9 recusa a conexão", &json!(1))
    );
    assert!(!text(incident, "sentence").contains("os outros seguem"), "{incident}");
    let status = daemon.get(&format!("/api/v1/webhooks/{}/status", text(&agents, "id"))).await;
    assert_eq!((text(&status, "health"), &status["delivered"]), ("failing", &json!(0)), "{status}");
    assert!(text(&status, "sentence").starts_with("o destino recusa a conexão"), "{status}");
    let fates = daemon.get(&format!("/api/v1/events/{}/deliveries", company.event(1))).await;
    assert!(fates.to_string().contains("recusa a conexão"), "{fates}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_loses_comes_first_and_each_sees_what_is_theirs() {
    let (provider, customer) = (Provider::start(2).await, Picky::start().await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let failing = Company::create(&daemon, &provider, 1, "http://127.0.0.1:9/", &["*"]).await;
    let refused = Company::create(&daemon, &provider, 2, &customer.url, &["*"]).await;
    provider.emit(1, "call-was-connected", &json!({ "n": 1, "call": { "id": "c1" } }));
    (2..9).for_each(|n| {
        provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
    });
    open(&daemon, "webhook_failing").await;
    must(
        &daemon,
        "PATCH",
        &format!("/api/v1/sources/{}", refused.source),
        json!({ "token": "t".repeat(40) }),
        200,
    )
    .await;
    open(&daemon, "token_refused").await;

    let all = daemon.get(OPEN).await;
    let costs: Vec<_> = items(&all).iter().map(|one| (text(one, "kind"), text(one, "cost"))).collect();
    assert_eq!(costs, [("token_refused", "losing"), ("webhook_failing", "waiting")]);
    let first = daemon.get(&format!("{OPEN}?limit=1")).await;
    assert_eq!(text(&items(&first)[0], "kind"), "token_refused");
    let next = daemon.get(&format!("{OPEN}?limit=1&cursor={}", text(&first, "next"))).await;
    assert_eq!(text(&items(&next)[0], "kind"), "webhook_failing");
    assert!(next.get("next").is_none(), "{next}");
    let of = daemon.get(&format!("{OPEN}?company={}", failing.id)).await;
    assert_eq!(items(&of).iter().map(|one| text(one, "kind")).collect::<Vec<_>>(), ["webhook_failing"]);
    must(&daemon, "GET", &format!("{OPEN}?state=todos"), json!({}), 422).await;

    let other = key(&home, &["--role", "reader", "--company", &failing.id]).await;
    let bearer = format!("Bearer {other}");
    let ask = async |method: &str, path: &str| {
        send(method, &format!("{}{path}", daemon.base), &[("authorization", &bearer)], "").await
    };
    let seen = ask("GET", OPEN).await;
    assert_eq!(
        items(&seen.body).iter().map(|one| text(one, "kind")).collect::<Vec<_>>(),
        ["webhook_failing"]
    );
    let theirs = format!("{OPEN}/{}", text(&items(&all)[0], "id"));
    assert_eq!(ask("GET", &theirs).await.status, 404, "another company's");
    let own = format!("{OPEN}/{}", text(&items(&all)[1], "id"));
    assert_eq!(ask("GET", &own).await.status, 200);
    assert_eq!(ask("POST", &format!("{own}/acknowledge")).await.status, 403);

    // Who disconnects ends what is wrong with a line.
    must(&daemon, "POST", &format!("/api/v1/sources/{}/disconnect", refused.source), json!({}), 202).await;
    daemon.until(OPEN, |page| items(page).len() == 1).await;
    let one = daemon.get(&theirs).await;
    assert_eq!(text(&one["history"][0], "text"), "Pausado ou desconectado por uma pessoa.");
    daemon.stop().await;
}
