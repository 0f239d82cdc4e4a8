//! Requests as pages show them: the one of a test, those of deliveries, and what is copied of them.

use serde_json::{Value, json};

use super::{SETTINGS, Visitor};
use crate::api::{Company, Customer, Provider};
use crate::support::daemon::Home;

const CODE: &str = "codigo-Gh72kLm39Q";

#[tokio::test]
async fn a_request_is_shown_whole_with_its_values_masked_in_place() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let whole = format!("{}?versao=2&code={CODE}", customer.url);
    let company = Company::create(&daemon, &provider, 1, &whole, &["*"]).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    let page = format!("/companies/{}/webhooks/{}", company.id, company.webhook);
    let shown = format!("{}?versao=***&#38;code=***", customer.url);
    let delivery = visitor.get(&format!("{page}/events/{}", company.event(1))).await.body;
    let test = visitor.post(&format!("{page}/test"), &[("event", "agent-is-idle")]).await.body;
    for body in [&delivery, &test] {
        for part in
            [format!("POST {shown}\n"), format!("curl -X POST &#39;{shown}&#39;"), "estão mascarados".into()]
        {
            assert!(body.contains(&part), "{part}: {body}");
        }
        assert!(!body.contains(CODE), "{body}");
    }
    let form = [("name", "CRM"), ("url", whole.as_str()), ("event", "*"), ("preview", "1")];
    let preview = visitor.post(&format!("{page}/edit"), &form).await.body;
    assert!(preview.contains(&format!("POST {shown}\n")), "{preview}");
    daemon.stop().await;
}

#[tokio::test]
async fn a_test_sends_the_newest_event_as_it_was_delivered_and_says_which() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["agent-*", "call-*"]).await;
    let rules =
        json!({ "rules": { "agent-is-idle": [{ "path": "n", "operator": "less_than", "value": "3" }] } });
    let (status, view) = daemon.call("PATCH", &company.hook(""), Some(rules)).await;
    assert_eq!(status, 200, "{view}");
    for n in 1..=3 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n, "name": "João" }));
    }
    company.head_is(&daemon, 3).await;
    customer.accepted(2).await;

    let page = format!("/companies/{}/webhooks/{}/test", company.id, company.webhook);
    let shown = visitor.post(&page, &[("event", "agent-is-idle")]).await.body;
    let newest = company.event(2);
    assert!(shown.contains(&format!("Foi enviado o evento {newest} (agent-is-idle)")), "{shown}");
    visitor.post(&page, &[("event", "agent-is-idle")]).await;
    customer.accepted(4).await;
    let sent = customer.receiver.recorded();
    let header = |at: usize, name: &str| {
        sent[at].headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    };
    assert_eq!(sent[2].body, sent[1].body, "the bytes of the delivery");
    assert_eq!(sent[3].body, sent[1].body);
    for delivery in [0, 1] {
        assert_eq!(header(delivery, "x-ramal-test"), "");
    }
    let ids: Vec<_> = (0..4).map(|at| header(at, "webhook-id")).collect();
    assert!(ids[2].starts_with(&format!("{newest}_t")) && ids[2] != ids[3] && ids[1] == newest, "{ids:?}");
    assert_eq!((header(2, "x-ramal-test"), header(3, "x-ramal-test")), ("true".into(), "true".into()));

    // What the webhook does not get is not sent to it by a test either; the documents have an example.
    provider.emit(1, "new-agent-message-whatsapp", &json!({ "segredo": "de outro assunto" }));
    company.head_is(&daemon, 4).await;
    let body = json!({ "event": "new-agent-message-whatsapp" });
    let (_, test) = daemon.call("POST", &company.hook("/test"), Some(body)).await;
    assert_eq!((&test["made_of"], &test["event_id"]), (&json!("example"), &Value::Null), "{test}");
    assert!(!test.to_string().contains("de outro assunto"), "{test}");
    let (_, test) = daemon.call("POST", &company.hook("/test"), Some(json!({ "event": "own-type" }))).await;
    assert_eq!(test["made_of"], "placeholder", "{test}");
    let given = json!({ "event": "own-type", "payload": { "a": 1.0 } });
    let (_, test) = daemon.call("POST", &company.hook("/test"), Some(given)).await;
    assert_eq!(test["made_of"], "payload", "{test}");
    assert!(
        test["request_body"].as_str().is_some_and(|body| body.contains(r#""payload":{"a":1.0}"#)),
        "{test}"
    );
    // Of any type it is the newest.
    let (_, test) = daemon.call("POST", &company.hook("/test"), Some(json!({}))).await;
    assert_eq!((&test["event_id"], &test["event_type"]), (&json!(newest), &json!("agent-is-idle")), "{test}");
    daemon.stop().await;
}

#[tokio::test]
async fn the_diagnosis_sends_no_event_again() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    provider.emit(1, "agent-is-idle", &json!({ "n": 1 }));
    customer.accepted(1).await;
    visitor.post(&format!("/companies/{}/diagnosis", company.id), &[]).await;
    customer.accepted(2).await;
    let tested = customer.receiver.recorded().pop().expect("a test");
    assert_eq!(tested.headers["x-ramal-test"], "true");
    assert!(String::from_utf8_lossy(&tested.body).contains(r#""payload":{"test":true"#));
    daemon.stop().await;
}
