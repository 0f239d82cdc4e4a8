//! Event names are the provider's own: whatever they are called, they can be subscribed.

use std::time::Duration;

use serde_json::json;

use super::{Company, Customer, Provider, SETTINGS, must};
use crate::support::daemon::Home;

/// What is sent, and which of it each set of patterns wants.
const SENT: [&str; 4] = ["minha chamada", "minha chamada nova", "ação · 1/2", "call-was-connected"];
const WANTED: [(&[&str], &[i64]); 4] = [
    (&["minha chamada"], &[0]),
    (&["minha *"], &[0, 1]),
    (&["  ação · 1/2  "], &[2]),
    (&["minha chamada nova", "call-*"], &[1, 3]),
];

#[tokio::test]
async fn names_with_spaces_are_subscribed_exactly_and_by_prefix() {
    let provider = Provider::start(1).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let mut customers = Vec::new();
    let first = Customer::start(&[]).await;
    let company = Company::create(&daemon, &provider, 1, &first.url, WANTED[0].0).await;
    customers.push(first);
    for (at, (events, _)) in WANTED.iter().enumerate().skip(1) {
        let customer = Customer::start(&[]).await;
        let body = json!({ "name": format!("W{at}"), "url": customer.url, "events": events });
        let made =
            must(&daemon, "POST", &format!("/api/v1/companies/{}/webhooks", company.id), body, 201).await;
        assert_eq!(made["events"][0], json!(events[0].trim()), "{made}");
        customers.push(customer);
    }
    for (n, name) in SENT.iter().enumerate() {
        provider.emit(1, name, &json!({ "n": n }));
    }
    company.head_is(&daemon, 4).await;
    for (customer, (events, wanted)) in customers.iter().zip(WANTED) {
        customer.accepted(wanted.len() as u64).await;
        let mut numbers = customer.numbers();
        numbers.sort_unstable();
        assert_eq!(numbers, wanted, "{events:?}");
    }
    let found = daemon.get(&format!("/api/v1/companies/{}/events?type=minha%20chamada", company.id)).await;
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    daemon.stop().await;
}

#[tokio::test]
async fn the_settings_file_subscribes_them_as_well() {
    let customer = Customer::start(&[]).await;
    let provider = Provider::start(1).await;
    let settings = format!(
        "{SETTINGS}\n[[company]]\nname = \"Uma\"\n[company.threecplus]\ntoken = \"{}\"\nsocket_url = \"{}\"\nconnect = true\n\
         [[company.webhook]]\nname = \"W\"\nurl = \"{}\"\nevents = [\"minha chamada\", \"outra *\"]\n",
        ramal::simulator::threecplus::Account::numbered(1).token,
        provider.url(),
        customer.url
    );
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let stored = daemon.get("/api/v1/webhooks/webhook_1").await;
    assert_eq!(stored["events"], json!(["minha chamada", "outra *"]));
    let status = "/api/v1/sources/source_1/status";
    daemon.until_within(Duration::from_mins(1), status, |status| status["state"] == "connected").await;
    for (n, name) in ["minha chamada", "outra coisa", "mais"].iter().enumerate() {
        provider.emit(1, name, &json!({ "n": n }));
    }
    customer.accepted(2).await;
    daemon.until("/api/v1/webhooks/webhook_1/status", |status| status["cursor"] == 3).await;
    assert_eq!(customer.numbers(), [0, 1]);
    let log = daemon.stop().await;
    assert!(log.contains("No known event is called “minha chamada”"), "{log}");
}
