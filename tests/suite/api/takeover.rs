//! Two processes, one database; and a database that comes later than its program.

use std::time::Duration;

use serde_json::json;

use super::{Company, Customer, Provider, SETTINGS, created, send};
use crate::store::execute;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::Home;
use crate::support::postgres;

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn on(url: &str) -> String {
    format!("database_url = \"{url}\"\nmaster_key = \"{KEY}\"\n{SETTINGS}")
}

#[tokio::test]
async fn a_second_process_waits_and_takes_over_and_nothing_is_lost_or_sent_twice() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let database = postgres::database().await;
    let home = Home::new(&on(&database.url)).await;
    let first = home.start().await;
    let company = Company::create(&first, &provider, 1, &customer.url, &["*"]).await;
    let emit = |numbers: std::ops::Range<i64>| {
        numbers.for_each(|n| provider.emit(1, "call-was-connected", &json!({ "n": n })));
    };
    emit(0..10);
    customer.accepted(10).await;
    let starting = home.start();
    tokio::pin!(starting);
    // It listens on another port, and says nothing of being ready, for as long as the first one runs.
    let early = tokio::time::timeout(Duration::from_secs(3), &mut starting).await;
    assert!(early.is_err(), "it does not run beside the first");
    emit(10..20);
    customer.accepted(20).await;
    assert_eq!(
        send("GET", &format!("{}/readyz", first.base), &[], "").await.status,
        200,
        "the first is well"
    );
    first.stop().await;
    let second = starting.await;
    company.line_is(&second, "connected").await;
    emit(20..30);
    customer.accepted(30).await;
    assert_eq!(customer.numbers(), (0..30).collect::<Vec<_>>(), "each once, in order");
    second.stop().await;
}

#[tokio::test]
async fn a_program_waits_for_a_database_that_comes_later() {
    let database = postgres::database().await;
    let server = format!("127.0.0.1:{}", postgres::server().port).parse().expect("an address");
    let proxy = ChaosProxy::start(server).await;
    let name = database.url.rsplit_once('/').expect("a name").1.split('?').next().expect("a name").to_owned();
    let home = Home::new(&on(&postgres::url(proxy.address().port(), &name))).await;
    let before = proxy.accepted();
    proxy.refuse();
    let later = async {
        while proxy.accepted() < before + 4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy.heal();
    };
    let (daemon, ()) = tokio::join!(home.start(), later);
    assert_eq!(send("GET", &format!("{}/readyz", daemon.base), &[], "").await.status, 200);
    daemon.stop().await;
}

#[tokio::test]
async fn a_company_that_another_process_has_written_is_taken_back_and_goes_on() {
    const TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";
    const PUSH: &str = r#"{"eventTellicon": {"type": "pushCall", "src": "9001", "client": 505, "building": 121,
        "apt": 1001, "eventDateTime": 1705338959}}"#;
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let database = postgres::database().await;
    let home = Home::new(&on(&database.url)).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    let sources = format!("/api/v1/companies/{}/sources", company.id);
    created(&daemon, &sources, json!({ "provider": "tellicon", "token": TOKEN })).await;
    let emit = |numbers: std::ops::Range<i64>| {
        numbers.for_each(|n| provider.emit(1, "call-was-connected", &json!({ "n": n })));
    };
    emit(0..5);
    customer.accepted(5).await;
    execute(&database.url, "UPDATE heads SET epoch = epoch + 1").await;
    let headers = [("authTokenTellicon", TOKEN), ("content-type", "application/json")];
    let mut early = 0;
    loop {
        match send("POST", &format!("{}/eventTellicon", daemon.base), &headers, PUSH).await.status {
            200 => break,
            503 => early += 1,
            other => panic!("its provider is told to come again, and nothing else: {other}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(early > 0, "nothing is taken under the other's lease");
    company.line_is(&daemon, "connected").await;
    emit(5..10);
    customer.accepted(11).await;
    assert_eq!(customer.receiver.recorded().len(), 11, "each once");
    daemon.stop().await;
}
