//! What is counted for charts, from the event to the answer.

use ramal::domain::{Point, Step, Subject, Timestamp, WebhookId};
use ramal::store::{Store, StoreOptions};
use serde_json::json;

use super::access::with_key;
use super::{Company, Customer, Provider, SETTINGS, key, must};
use crate::support::daemon::Home;

/// Everything of a subject that the database of a stopped program holds.
async fn stored(home: &Home, subject: Subject, step: Step) -> Point {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, writer) = Store::open(&url, StoreOptions::default()).await.expect("the store opens");
    let now = Timestamp::now();
    let points = store.series(subject, step, Timestamp(now.0 - 7_200_000_000), now).await.expect("reads");
    store.close().await;
    writer.close().await.expect("closes");
    let mut total = Point::default();
    for (_, point) in &points {
        total.add(point);
    }
    total
}

#[tokio::test]
async fn a_minute_that_is_not_over_survives_an_end_and_is_added_to() {
    let (provider, customer) = (Provider::start(2).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let theirs = key(&home, &["--role", "reader", "--company", "company_2"]).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let other = Company::create(&daemon, &provider, 2, &customer.url, &["*"]).await;
    for n in 1..=3 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    customer.accepted(3).await;
    daemon.stop().await;

    let hook =
        Subject::Webhook(WebhookId(company.webhook.trim_start_matches("webhook_").parse().expect("an id")));
    let first = stored(&home, Subject::Node, Step::Minute).await;
    assert_eq!((first.events, first.delivered, first.failed), (3, 3, 0));
    assert!(first.looks >= 1 && first.connected >= 2, "{first:?}");

    let daemon = home.start().await;
    company.line_is(&daemon, "connected").await;
    for n in 4..=5 {
        provider.emit(1, "agent-is-idle", &json!({ "n": n }));
    }
    customer.accepted(5).await;
    daemon.stop().await;
    for step in Step::ALL {
        let node = stored(&home, Subject::Node, step).await;
        assert_eq!((node.events, node.delivered), (5, 5), "{step:?}");
        let its = stored(&home, hook, step).await;
        assert_eq!((its.delivered, its.latency.counts().iter().sum::<u64>()), (5, 5), "{step:?}");
    }

    let daemon = home.start().await;
    let sum = |view: &serde_json::Value, what: &str| -> i64 {
        let points = view["points"].as_array().expect("a list");
        points.iter().filter_map(|point| point[what].as_i64()).sum()
    };
    let whole = daemon.get("/api/v1/series?span=24h").await;
    assert_eq!(
        (sum(&whole, "events"), sum(&whole, "delivered"), whole["seconds"].as_i64()),
        (5, 5, Some(900))
    );
    let its = daemon.get(&format!("/api/v1/companies/{}/series?span=7d", company.id)).await;
    assert_eq!(sum(&its, "events"), 5);
    let hooks = daemon.get(&company.hook("/series?span=24h")).await;
    assert_eq!(sum(&hooks, "delivered"), 5);
    assert!(
        hooks["points"].as_array().expect("a list").iter().any(|point| point["p95_ms"].is_number()),
        "{hooks}"
    );
    let refused = must(&daemon, "GET", "/api/v1/series?span=2h", json!(null), 422).await;
    assert_eq!(refused["errors"][0]["field"], "span");

    // Who sees another company alone sees nothing of this one.
    let asked = async |path: String| with_key(&daemon, &theirs, "GET", &path, "").await;
    let scoped = asked("/api/v1/series?span=24h".into()).await;
    assert_eq!((scoped.status, sum(&scoped.body, "events")), (200, 0));
    assert!(
        !scoped.body["points"].as_array().expect("a list").is_empty(),
        "it is known that there was nothing"
    );
    assert_eq!(asked(format!("/api/v1/companies/{}/series", company.id)).await.status, 404);
    assert_eq!(asked(company.hook("/series")).await.status, 404);
    assert_eq!(asked(other.hook("/series")).await.status, 200);
    daemon.stop().await;
}
