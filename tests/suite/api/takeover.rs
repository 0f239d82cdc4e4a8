//! Two processes, one database; and a database that comes later than its program.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Company, Customer, Provider, SETTINGS, created, must, send};
use crate::journal::authority::{administrator, run, steal};
use crate::store::execute;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Daemon, Home};
use crate::support::postgres;

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn on(url: &str) -> String {
    format!("database_url = \"{url}\"\nmaster_key = \"{KEY}\"\n{SETTINGS}")
}

/// Events of one call go out one at a time, in their order.
fn of_one_call(n: i64) -> Value {
    json!({ "n": n, "call": { "id": "chamada" } })
}

#[tokio::test]
async fn a_second_process_waits_and_takes_over_and_nothing_is_lost_or_sent_twice() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let database = postgres::database().await;
    let home = Home::new(&on(&database.url)).await;
    let first = home.start().await;
    let company = Company::create(&first, &provider, 1, &customer.url, &["*"]).await;
    let emit = |numbers: std::ops::Range<i64>| {
        numbers.for_each(|n| provider.emit(1, "call-was-connected", &of_one_call(n)));
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
    // What was answered and is not written down yet would be sent again.
    daemon.until(&company.hook("/status"), |status| status["cursor"] == 5).await;
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

/// Polls a GET that may fail meanwhile.
async fn comes_to(daemon: &Daemon, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let (status, body) = daemon.call("GET", path, None).await;
        if status == 200 && wanted(&body) {
            return body;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{path} never became what was wanted: {status} {body}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_has_lost_the_database_refuses_commands_and_tells_what_was_written_last() {
    let (provider, customer) = (Provider::start(1).await, Customer::start(&[]).await);
    let database = postgres::database().await;
    let home = Home::new(&on(&database.url)).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon, &provider, 1, &customer.url, &["*"]).await;
    for n in 0..3 {
        provider.emit(1, "call-was-connected", &of_one_call(n));
    }
    customer.accepted(3).await;
    let (status, source) = (company.hook("/status"), format!("/api/v1/sources/{}/status", company.source));
    let here = daemon.until(&status, |status| status["cursor"] == 3).await;
    assert!(here["as_written"].is_null(), "{here}");
    let connected = |status: &Value| status["state"] == "connected";
    let mut db = administrator(&database.url).await;
    let written = "SELECT state FROM source_live";
    while sqlx::query_scalar::<_, String>(written).fetch_one(&mut db).await.ok().as_deref()
        != Some("connected")
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let mut thief = steal(&database.url).await;
    let seen = comes_to(&daemon, &source, |status| status["as_written"] == true).await;
    assert!(connected(&seen), "as it was last written: {seen}");
    assert_eq!(seen["sentence"], "Último estado gravado: Conectado.");
    // The other one writes.
    execute(&database.url, "UPDATE heads SET epoch = epoch + 1").await;
    execute(&database.url, "UPDATE source_live SET state = 'waiting', reason = 'ping_timeout'").await;
    comes_to(&daemon, &source, |status| status["state"] == "waiting" && status["as_written"] == true).await;
    let seen = comes_to(&daemon, &status, |status| status["as_written"] == true).await;
    assert_eq!((&seen["cursor"], &seen["head"], &seen["in_flight"]), (&json!(3), &json!(3), &json!(0)));
    assert!(seen["sentence"].as_str().is_some_and(|said| said.contains("gravados")), "{seen}");
    let events = json!({ "events": [company.event(1)] });
    let commands = [
        ("/skip", json!({ "to": "head" })),
        ("/resend", events.clone()),
        ("/discard", events),
        ("/replays", json!({ "from": company.event(1) })),
        ("/pause", json!({})),
    ];
    for (command, body) in commands {
        let refused = must(&daemon, "POST", &company.hook(command), body, 503).await;
        assert_eq!(refused["type"], "/problems/not-ours", "{command}: {refused}");
        assert!(
            refused["detail"].as_str().is_some_and(|why| why.contains("processo")),
            "{command}: {refused}"
        );
    }
    let attention = daemon.get("/api/v1/attention").await;
    assert_eq!(attention["items"][0]["kind"], "not_ours", "{attention}");
    run(&mut thief, "COMMIT").await;
    drop(thief);

    comes_to(&daemon, &source, |status| status["as_written"].is_null() && connected(status)).await;
    comes_to(&daemon, &status, |status| status["as_written"].is_null()).await;
    provider.emit(1, "call-was-connected", &of_one_call(3));
    customer.accepted(4).await;
    assert_eq!(customer.numbers(), [0, 1, 2, 3], "each once");
    must(&daemon, "POST", &company.hook("/pause"), json!({}), 200).await;
    daemon.stop().await;
}

/// It waits a minute for the first one to end, as in an update.
#[tokio::test]
async fn a_second_process_ends_and_says_why_when_the_first_one_stays() {
    let database = postgres::database().await;
    let home = Home::new(&on(&database.url)).await;
    let first = home.start().await;
    let second = tokio::time::timeout(Duration::from_secs(100), home.command(&["serve"]).output()).await;
    let second = second.expect("it ends by itself").expect("it runs");
    let (said, log) = (String::from_utf8_lossy(&second.stderr), String::from_utf8_lossy(&second.stdout));
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("in use by another process: is Ramal running?"), "{said}");
    assert!(log.contains("waiting_for_database") && !log.contains(r#""line":"listening""#), "{log}");
    let ready = send("GET", &format!("{}/readyz", first.base), &[], "").await;
    assert_eq!(ready.status, 200, "the first one has not noticed");
    first.stop().await;
}
