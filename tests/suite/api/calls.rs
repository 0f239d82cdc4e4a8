//! Calls over HTTP: the list by every condition, and one with its events and what became of each.

use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use super::{Company, Customer, Provider, SETTINGS, must};
use crate::support::daemon::{Daemon, Home};

fn call(id: &str, phone: &str, more: &Value) -> Value {
    let mut call = json!({ "id": format!("call:9001:7:{id}"), "telephony_id": id, "company_id": 9_001, "campaign_id": 7, "call_mode": "dialer", "phone": phone });
    for (key, value) in more.as_object().expect("members") {
        call[key] = value.clone();
    }
    call
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|call| call["provider_call_id"].as_str().unwrap()).collect()
}

async fn list(daemon: &Daemon, company: &Company, query: &str) -> Value {
    daemon.get(&format!("/api/v1/companies/{}/calls?{query}", company.id)).await
}

/// Two calls of a dialer: one that an agent took, one that nobody answered.
async fn two_calls(daemon: &Daemon, provider: &Provider, company: &Company) {
    let (taken, alone) = ("k7QmZp3RtW", "b1XyZp3RtQ");
    let none = json!({});
    provider.emit(1, "call-was-created", &json!({ "call": call(taken, "5511988776655", &none) }));
    provider.emit(1, "call-was-created", &json!({ "call": call(alone, "5585900004900", &none) }));
    let agent = json!({ "id": 17, "name": "Marina Prado" });
    provider.emit(1, "call-was-answered", &json!({ "call": call(taken, "5511988776655", &none) }));
    let connected = call(taken, "5511988776655", &json!({ "agent": "17" }));
    provider.emit(1, "call-was-connected", &json!({ "call": connected, "agent": agent }));
    provider.emit(1, "call-was-not-answered", &json!({ "call": call(alone, "5585900004900", &none) }));
    company.head_is(daemon, 5).await;
    let path = format!("/api/v1/companies/{}/calls?state=ongoing", company.id);
    daemon.until(&path, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let path = format!("/api/v1/companies/{}/calls?outcome=not_answered", company.id);
    daemon.until(&path, |page| !page["items"].as_array().unwrap().is_empty()).await;
}

#[tokio::test]
async fn calls_are_listed_by_what_they_are_and_told_event_by_event() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["call-*"]).await;
    two_calls(&daemon, &provider, &company).await;
    let (taken, alone) = ("k7QmZp3RtW", "b1XyZp3RtQ");
    for (query, found) in [
        ("", vec![alone, taken]),
        ("state=ongoing", vec![taken]),
        ("state=finished", vec![alone]),
        ("outcome=not_answered", vec![alone]),
        ("outcome=answered", vec![]),
        ("provider=threecplus", vec![alone, taken]),
        ("provider=tellicon", vec![]),
        ("phone=%2B55%20(11)%2098877-6655", vec![taken]),
        ("phone=85900004900", vec![alone]),
        ("agent=17", vec![taken]),
        ("agent=17&state=finished", vec![]),
    ] {
        assert_eq!(ids(&list(&daemon, &company, query).await), found, "{query}");
    }
    let first = list(&daemon, &company, "limit=1").await;
    let second =
        list(&daemon, &company, &format!("limit=1&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((ids(&first), ids(&second)), (vec![alone], vec![taken]));
    assert_eq!(second["next"], Value::Null);

    let listed = &second["items"][0];
    assert_eq!((&listed["state"], &listed["presumed"]), (&json!("ongoing"), &json!(false)));
    assert_eq!(listed["agent"], json!({ "id": "17", "name": "Marina Prado", "now": "talking" }));
    assert_eq!(
        (&listed["direction"], &listed["their_number"]),
        (&json!("outbound"), &json!("5511988776655"))
    );
    assert_eq!((&listed["last_event"], &listed["events_total"]), (&json!("call-was-connected"), &json!(3)));
    customer.accepted(5).await;
    let path = format!("/api/v1/calls/{}", listed["id"].as_str().unwrap());
    let delivered = |one: &Value| one["deliveries"][0]["verdict"] == "delivered";
    let whole = daemon.until(&path, |call| call["events"].as_array().unwrap().iter().all(delivered)).await;
    let told = whole["events"].as_array().unwrap();
    let names: Vec<_> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(names, ["call-was-created", "call-was-answered", "call-was-connected"]);
    assert_eq!(whole["provider_call_id"], json!(taken));
    let page = daemon.get(&format!("{path}?limit=2")).await;
    let rest = daemon.get(&format!("{path}?limit=2&cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    assert_eq!((&rest["events"][0]["type"], &rest["next"]), (&json!("call-was-connected"), &Value::Null));
    daemon.stop().await;
}

/// In the database of a program that does not run.
async fn forget_every_call(home: &Home) {
    let url = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let mut db = SqliteConnection::connect(&url).await.expect("a database");
    let forgotten = sqlx::raw_sql("DELETE FROM calls").execute(&mut db).await.expect("it is SQL");
    assert_eq!(forgotten.rows_affected(), 2);
    db.close().await.expect("closes");
}

/// The rows are gone before, so that they are there again only if they are made of the events.
#[tokio::test]
async fn made_anew_by_command_or_request_the_calls_are_the_same() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let home = Home::new(SETTINGS).await;
    let mut daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["call-*"]).await;
    two_calls(&daemon, &provider, &company).await;
    let before = list(&daemon, &company, "").await;
    assert_eq!(ids(&before), ["b1XyZp3RtQ", "k7QmZp3RtW"]);
    for by_command in [true, false] {
        daemon.stop().await;
        forget_every_call(&home).await;
        daemon = home.start().await;
        assert_eq!(list(&daemon, &company, "").await["items"], json!([]), "nobody makes them unasked");
        if by_command {
            let made = home.command(&["rebuild", "calls"]).output().await.expect("the program runs");
            let said = String::from_utf8_lossy(&made.stdout);
            let done = "Done: the rows of calls are the new ones.";
            assert!(made.status.success() && said.contains(done), "{made:?}");
        } else {
            let begun = must(&daemon, "POST", "/api/v1/consumers/calls/rebuild", json!({}), 202).await;
            // It may go on, and be over, before it is told.
            let left = begun
                .get("rebuild")
                .map(|left| (left["companies_left"].as_u64(), left["events_left"].as_u64()));
            assert!(left.is_none_or(|left| left.0 == Some(1) && left.1 <= Some(5)), "{begun}");
            let is_over = |one: &Value| one["name"] == "calls" && one.get("rebuild").is_none();
            let listed = |list: &Value| list["items"].as_array().expect("a list").iter().any(is_over);
            daemon.until("/api/v1/consumers", listed).await;
        }
        assert_eq!(list(&daemon, &company, "").await, before);
    }
    daemon.stop().await;
}

#[tokio::test]
async fn what_cannot_be_asked_of_calls_is_told_by_its_field() {
    let provider = Provider::start(1).await;
    let customer = Customer::start(&[]).await;
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for (query, field) in [
        ("state=falando", "state"),
        ("outcome=x", "outcome"),
        ("provider=outra", "provider"),
        ("from=ontem", "from"),
        ("to=%00", "to"),
        ("cursor=12", "cursor"),
        ("cursor=1.a", "cursor"),
        ("limit=0", "limit"),
    ] {
        let (status, body) =
            daemon.call("GET", &format!("/api/v1/companies/{}/calls?{query}", company.id), None).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{query}: {body}");
    }
    for id in ["call_1_99", "call_9_1"] {
        let (status, _) = daemon.call("GET", &format!("/api/v1/calls/{id}"), None).await;
        assert_eq!(status, 404, "{id}");
    }
    daemon.stop().await;
}
