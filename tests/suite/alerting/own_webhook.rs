//! Alerts to a system of the customer's own, verified as others verify (npm `standardwebhooks`).

use ramal::alerting::{Channel, Failure, Outcome, What, send};
use ramal::domain::Lang;
use ramal::secrets::Secret;
use ramal::store::SigningSecret;
use serde_json::{Value, json};

use super::{SINCE, message, point, senders};
use crate::support::node::Node;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn channel(url: String, secret: &str) -> Channel {
    let signing = vec![SigningSecret { secret: Secret::new(secret), not_after: None }];
    Channel::Webhook { url: Secret::new(url), signing }
}

async fn receiver() -> (Node, String) {
    let mut receiver = Node::start("alert_receiver.mjs", &json!({ "secret": SECRET })).await;
    let port = receiver.hear("listening").await["port"].clone();
    (receiver, format!("http://127.0.0.1:{port}/alerts?key=key-of-twenty-chars"))
}

fn incident(event: &Value) -> (&Value, &Value) {
    (&event["id"], &event["event"]["data"]["incident"]["id"])
}

#[tokio::test]
async fn every_incident_is_one_signed_event() {
    let (mut receiver, url) = receiver().await;
    let (senders, point) = (senders(None, "http://127.0.0.1:9"), point(channel(url, SECRET), Lang::En));
    let opened = message(What::Opened, 3);
    let sent = send(&senders, &point, &opened).await;
    assert_eq!(sent.outcome, Outcome::Taken, "{:?}", sent.exchange);
    assert!(!format!("{sent:?}").contains("key-of-twenty"), "{sent:?}");
    // What costs most first.
    for number in [3, 1, 2] {
        let event = receiver.hear("event").await;
        assert_eq!(event["fault"], Value::Null, "{event}");
        assert_eq!(incident(&event), (&format!("alert_12_{number}").into(), &number.into()));
        assert_eq!(event["event"]["type"], "ramal.incident.opened");
        let told = &event["event"]["data"]["incident"];
        assert_eq!(
            (&told["since"], &told["opened_at"], &told["closed_at"]),
            (
                &ramal::domain::Timestamp(SINCE.0 + number).to_string().into(),
                &ramal::domain::Timestamp(SINCE.0 + 1_000_000 + number).to_string().into(),
                &Value::Null
            )
        );
        assert_eq!(told["url"], format!("https://ramal.jatoba.example/incidents/{number}?a=1&b=2"));
    }

    // Sent again it has the same ids; the first that is not taken ends it.
    receiver.order(json!({ "status": 200 })).await;
    receiver.order(json!({ "status": 503 })).await;
    let sent = send(&senders, &point, &opened).await;
    assert_eq!(sent.outcome, Outcome::Again { after: None, why: Failure::Status(503) });
    assert_eq!(sent.exchange.status, Some(503), "what is shown is the one that was not taken");
    let (first, second) = (receiver.hear("event").await, receiver.hear("event").await);
    assert_eq!((&first["id"], &second["id"]), (&"alert_12_3".into(), &"alert_12_1".into()));
    let sent = send(&senders, &point, &opened).await;
    assert_eq!(sent.outcome, Outcome::Taken);
    for number in [3, 1, 2] {
        assert_eq!(receiver.hear("event").await["id"], format!("alert_12_{number}"));
    }

    // One that is refused keeps the others from nothing.
    receiver.order(json!({ "status": 400 })).await;
    let sent = send(&senders, &point, &opened).await;
    assert_eq!(sent.outcome, Outcome::Refused { why: Failure::Status(400) });
    for status in [400, 200, 200] {
        assert_eq!(receiver.hear("event").await["status"], status);
    }
}

#[tokio::test]
async fn a_test_is_an_event_and_a_wrong_secret_is_refused() {
    let (mut receiver, url) = receiver().await;
    let senders = senders(None, "http://127.0.0.1:9");
    let test = ramal::alerting::Message::test("test_1".into(), SINCE, None);
    let sent = send(&senders, &point(channel(url.clone(), SECRET), Lang::Pt), &test).await;
    assert_eq!(sent.outcome, Outcome::Taken);
    let event = receiver.hear("event").await;
    assert_eq!((&event["id"], &event["event"]["type"]), (&"test_1".into(), &"ramal.incident.test".into()));
    assert_eq!(event["event"]["data"], json!({ "what": "test", "incident": null }));

    let other = point(channel(url, "whsec_b3V0cm9vdXRyb291dHJvb3V0cm8="), Lang::Pt);
    let sent = send(&senders, &other, &test).await;
    assert_eq!(sent.outcome, Outcome::Refused { why: Failure::Status(401) });
    assert_ne!(receiver.hear("event").await["fault"], Value::Null);
}
