//! Where calls go, against the running program: asked over HTTP as the provider does, told to an exchange, killed in between.

mod documents;
mod exchange;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::api::{SETTINGS, send};
use crate::panel::Visitor;
use crate::support::daemon::{Daemon, Home};
use crate::support::http;
use exchange::{Exchange, Mood};

const SOON: Duration = Duration::from_secs(20);
const KEY: &str = "aB3dE5gH";
const PHONE: &str = "11988880000";

/// A company whose calls are told to this exchange.
fn company(name: &str, key: &str, url: &str) -> String {
    format!("[[company]]\nname = \"{name}\"\n[company.teravoz]\nkey = \"{key}\"\nactions_url = \"{url}\"\n")
}

fn settings(url: &str) -> String {
    format!("{SETTINGS}{}", company("Uma", KEY, url))
}

/// Posts that a call waits for a decision; with a time of its own each is an event of its own. Returns how long the answer took.
async fn standby(daemon: &Daemon, key: &str, call: &str, phone: &str, second: u32) -> Duration {
    let body = json!({
        "type": "call.standby", "call_id": call, "code": "", "direction": "inbound", "our_number": "0800111111",
        "their_number": phone, "timestamp": format!("2024-01-01T00:00:{second:02}Z"),
    });
    let began = Instant::now();
    let answer = send("POST", &format!("{}/webhook?key={key}", daemon.base), &[], &body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    began.elapsed()
}

/// The page of a call, once it satisfies the condition.
async fn call(daemon: &Daemon, company: u32, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/v1/companies/company_{company}/calls?call={id}");
    let listed =
        daemon.until(&path, |page| page["items"].as_array().is_some_and(|all| !all.is_empty())).await;
    let path = format!("/api/v1/calls/{}", listed["items"][0]["id"].as_str().expect("an id"));
    daemon.until(&path, wanted).await
}

async fn decided(daemon: &Daemon, company: u32, id: &str, state: &str) -> Value {
    call(daemon, company, id, |page| page["decision"]["state"] == state && told(page)).await
}

/// Whether everything that came of the decision is among the call's events.
fn told(page: &Value) -> bool {
    let decision = &page["decision"];
    let attempts = decision["attempts"].as_array().map_or(0, Vec::len);
    let ours = names(page).into_iter().filter(|name| name.starts_with("delegate.")).count();
    ours == attempts + usize::from(decision["state"] == "expired")
}

fn names(page: &Value) -> Vec<&str> {
    page["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|one| one["type"].as_str().expect("a type"))
        .collect()
}

async fn caught_up(daemon: &Daemon) {
    let routing = |list: &Value| {
        let items = list["items"].as_array().expect("a list").clone();
        items.into_iter().find(|one| one["name"] == "routing").expect("it is listed")
    };
    daemon.until("/api/v1/consumers", |list| routing(list)["behind"] == json!(0)).await;
}

async fn contacts(daemon: &Daemon, company: u32) -> Vec<Value> {
    let page = daemon.get(&format!("/api/v1/companies/company_{company}/contacts")).await;
    page["items"].as_array().expect("a list").clone()
}

/// The exchange sends it again with another time, and once more byte for byte.
#[tokio::test]
async fn a_standby_that_comes_three_times_is_decided_once_and_its_caller_stays_new() {
    let exchange = Exchange::start(Mood::Answers(201)).await;
    let home = Home::new(&settings(&exchange.url())).await;
    let daemon = home.start().await;
    for second in [1, 2, 2] {
        standby(&daemon, KEY, "call-1", PHONE, second).await;
    }
    decided(&daemon, 1, "call-1", "sent").await;
    standby(&daemon, KEY, "call-1", PHONE, 3).await;
    caught_up(&daemon).await;
    let page = call(&daemon, 1, "call-1", |page| names(page).len() == 4).await;
    standby(&daemon, KEY, "call-2", PHONE, 4).await;
    decided(&daemon, 1, "call-2", "sent").await;
    let orders: Vec<_> = exchange.orders();
    let told: Vec<_> = orders.iter().map(|order| (&*order.call, &*order.destination, &*order.kind)).collect();
    assert_eq!(told, [("call-1", "901", "call.waiting"), ("call-2", "900", "call.waiting")]);
    assert_eq!(orders[0].authorization, None);
    let known = contacts(&daemon, 1).await;
    assert_eq!(
        (known.len(), &known[0]["phone"], &known[0]["first_call"]),
        (1, &json!(PHONE), &json!("call-1"))
    );
    let decision = &page["decision"];
    assert_eq!((&decision["contact"], &decision["destination"]), (&json!("new"), &json!("901")));
    let attempts = decision["attempts"].as_array().expect("attempts");
    assert_eq!(
        (attempts.len(), &attempts[0]["status"], &attempts[0]["taken"]),
        (1, &json!(201), &json!(true))
    );
    assert!(decision["took_ms"].as_u64().expect("it was taken") < 9_000, "{decision}");
    let mut heard = names(&page);
    heard.sort_unstable();
    assert_eq!(heard, ["call.standby", "call.standby", "call.standby", "delegate.sent"]);
    assert_eq!((&page["state"], &page["warnings"]), (&json!("standby"), &json!(["gap"])), "{page}");
    daemon.stop().await;
}

/// What was decided, and what a person ordered, stands among the call's events on its page.
#[tokio::test]
async fn a_call_tells_on_its_page_where_it_was_sent_and_by_whom() {
    let exchange = Exchange::start(Mood::Answers(201)).await;
    let home = Home::new(&settings(&exchange.url())).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    standby(&daemon, KEY, "call-1", PHONE, 1).await;
    let page = decided(&daemon, 1, "call-1", "sent").await;
    let id = page["id"].as_str().expect("an id");
    let (status, ordered) = daemon
        .call("POST", &format!("/api/v1/calls/{id}/actions/delegate"), Some(json!({ "destination": "777" })))
        .await;
    assert_eq!(status, 200, "{ordered}");
    call(&daemon, 1, "call-1", |page| names(page).len() == 3).await;
    let shown = visitor.get(&format!("/calls/{id}")).await;
    for said in ["para 901 · HTTP 201 · em ", "para 777 · HTTP 201 · em ", " · por ", "Aceito pelo provedor"]
    {
        assert!(shown.body.contains(said), "{said} is missing: {}", shown.body);
    }
    daemon.stop().await;
}

#[tokio::test]
async fn of_fifty_calls_at_once_from_a_new_phone_exactly_one_is_new() {
    let exchange = Exchange::start(Mood::Answers(201)).await;
    let home = Home::new(&settings(&exchange.url())).await;
    let daemon = home.start().await;
    let ids: Vec<String> = (0..50).map(|number| format!("call-{number}")).collect();
    join_all(ids.iter().map(|id| standby(&daemon, KEY, id, PHONE, 1))).await;
    let mut orders = exchange.told(50).await;
    caught_up(&daemon).await;
    orders.sort_by(|one, other| (&one.destination, &one.call).cmp(&(&other.destination, &other.call)));
    let new = orders.iter().filter(|order| order.destination == "901").count();
    let known = orders.iter().filter(|order| order.destination == "900").count();
    assert_eq!((new, known, orders.len()), (1, 49, 50));
    let mut calls: Vec<_> = orders.iter().map(|order| order.call.clone()).collect();
    calls.sort();
    calls.dedup();
    assert_eq!(calls.len(), 50, "each is told once");
    let phones = contacts(&daemon, 1).await;
    assert_eq!((phones.len(), &phones[0]["first_call"]), (1, &json!(orders[49].call)));
    daemon.stop().await;
}

#[tokio::test]
async fn who_withholds_the_number_is_new_every_time_and_nobodys_contact() {
    let exchange = Exchange::start(Mood::Answers(200)).await;
    let home = Home::new(&settings(&exchange.url())).await;
    let daemon = home.start().await;
    for (id, phone) in [("call-1", ""), ("call-2", "anonymous"), ("call-3", "")] {
        standby(&daemon, KEY, id, phone, 1).await;
        decided(&daemon, 1, id, "sent").await;
    }
    assert!(exchange.orders().iter().all(|order| order.destination == "901"));
    assert_eq!(contacts(&daemon, 1).await, [json!(null); 0]);
    daemon.stop().await;
}

/// Killed while the exchange has not answered: there is time left after the restart, and then there is none.
#[tokio::test]
async fn after_a_kill_a_decision_is_sent_in_its_time_or_known_to_have_expired() {
    let exchange = Exchange::start(Mood::Hangs).await;
    let settings = settings(&exchange.url());
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let asked = Instant::now();
    standby(&daemon, KEY, "call-1", PHONE, 1).await;
    exchange.told(1).await;
    daemon.kill().await;
    exchange.is(Mood::Answers(201));
    let daemon = home.start().await;
    let page = decided(&daemon, 1, "call-1", "sent").await;
    let orders = exchange.orders();
    assert_eq!(orders.len(), 2, "the one that was lost with the program, and the one that was taken");
    assert!(orders[1].at.duration_since(asked) < Duration::from_secs(9));
    assert!(orders.iter().all(|order| order.destination == "901"), "{orders:?}");
    assert_eq!(names(&page), ["call.standby", "delegate.sent"]);

    exchange.is(Mood::Hangs);
    standby(&daemon, KEY, "call-2", "1133334444", 1).await;
    let asked = Instant::now();
    exchange.told(3).await;
    daemon.kill().await;
    exchange.is(Mood::Answers(201));
    tokio::time::sleep_until((asked + Duration::from_millis(9_100)).into()).await;
    let daemon = home.start().await;
    let page = decided(&daemon, 1, "call-2", "expired").await;
    assert_eq!(page["decision"]["destination"], "901");
    assert_eq!(names(&page), ["call.standby", "delegate.expired"]);
    assert_eq!(exchange.orders().len(), 3, "nothing is sent when the time is over");

    for (id, phone) in [("call-3", PHONE), ("call-4", "1133334444")] {
        standby(&daemon, KEY, id, phone, 1).await;
        let page = decided(&daemon, 1, id, "sent").await;
        assert_eq!(page["decision"]["contact"], "known", "customers are remembered");
    }
    daemon.stop().await;
}

/// Four companies: whose exchange is gone, refuses, hangs, and is well.
#[tokio::test]
async fn an_exchange_that_is_gone_refuses_or_hangs_delays_no_post_and_no_other_call_and_is_seen() {
    let (refuses, hangs) = (Exchange::start(Mood::Answers(500)).await, Exchange::start(Mood::Hangs).await);
    let well = Exchange::start(Mood::Answers(201)).await;
    let urls = ["http://127.0.0.1:1/actions".to_owned(), refuses.url(), hangs.url(), well.url()];
    let keys = ["gone-key", "refuses-key", "hangs-key", "well-key"];
    let companies = keys.iter().zip(&urls).map(|(key, url)| company(key, key, url));
    let home = Home::new(&format!("{SETTINGS}{}", companies.collect::<String>())).await;
    let daemon = home.start().await;
    for call in ["call-1", "call-2"] {
        for key in keys {
            let took = standby(&daemon, key, call, PHONE, 1).await;
            assert!(took < Duration::from_secs(2), "{key}: the post took {took:?}");
        }
    }
    let page = decided(&daemon, 4, "call-2", "sent").await;
    assert!(page["decision"]["took_ms"].as_u64().expect("it was taken") < 3_000, "{}", page["decision"]);
    let seen = [(1, json!(null), "other"), (2, json!(500), "delegate"), (3, json!(null), "timeout")];
    for (company, status, why) in seen {
        let page = decided(&daemon, company, "call-1", "failed").await;
        let failed = ["call.standby", "delegate.failed", "delegate.failed", "delegate.failed"];
        assert_eq!(names(&page), failed, "{company}");
        let attempts = page["decision"]["attempts"].as_array().expect("attempts");
        for attempt in attempts {
            assert_eq!((&attempt["taken"], &attempt["status"]), (&json!(false), &status), "{attempt}");
            assert!(attempt["error"].as_str().expect("why").starts_with(why), "{attempt}");
        }
        let last = page["events"][3]["id"].as_str().expect("an id");
        let event = daemon.get(&format!("/api/v1/events/{last}")).await;
        let payload = &event["payload"];
        assert_eq!((&payload["attempt"], &payload["last"]), (&json!(3), &json!(true)), "{event}");
        assert_eq!((&payload["call_id"], &payload["contact"]), (&json!("call-1"), &json!("new")), "{event}");
    }
    assert_eq!((refuses.orders().len(), hangs.orders().len(), well.orders().len()), (6, 6, 2));
    told_of_the_failures(&daemon).await;
    daemon.stop().await;
}

/// Six calls of three companies failed in three attempts each, two were sent at once.
async fn told_of_the_failures(daemon: &Daemon) {
    let failed = |list: &Value| {
        let items = list["items"].as_array().expect("a list").clone();
        items.into_iter().filter(|one| one["kind"] == "calls_not_routed").collect::<Vec<_>>()
    };
    let list = daemon
        .until("/api/v1/attention", |list| {
            failed(list).len() == 3 && failed(list).iter().all(|one| one["amount"] == 2)
        })
        .await;
    let mut companies: Vec<_> = failed(&list).iter().map(|one| one["company_id"].to_string()).collect();
    companies.sort();
    assert_eq!(companies, [r#""company_1""#, r#""company_2""#, r#""company_3""#], "{list}");
    let (_, metrics) = daemon.call("GET", "/metrics", None).await;
    let metrics = metrics.as_str().expect("a text");
    for line in [
        r#"ramal_decisions_total{state="sent"} 2"#,
        r#"ramal_decisions_total{state="failed"} 6"#,
        r#"ramal_decisions_total{state="expired"} 0"#,
        "ramal_decision_attempts_total 20",
    ] {
        assert!(metrics.contains(line), "{line} is missing: {metrics}");
    }
}

/// Neither a webhook that never answers nor an exchange that never does delays what is posted.
#[tokio::test]
async fn who_is_slow_to_be_told_delays_no_post() {
    const POSTS: u32 = 400;
    let (exchange, receiver) = (Exchange::start(Mood::Hangs).await, Exchange::start(Mood::Hangs).await);
    let webhook = format!("[[company.webhook]]\nname = \"Lento\"\nurl = \"http://{}/\"\n", receiver.address);
    let home = Home::new(&format!("{}{webhook}", settings(&exchange.url()))).await;
    let daemon = home.start().await;
    let address: SocketAddr = daemon.base.trim_start_matches("http://").parse().expect("an address");
    let post = async |number: u32| {
        let body =
            json!({ "type": "call.standby", "call_id": format!("call-{number}"), "their_number": PHONE });
        let (path, began) = (format!("/webhook?key={KEY}"), Instant::now());
        let (status, said) =
            http::send(address, "POST", &path, &[], body.to_string().as_bytes()).await.expect("an answer");
        assert_eq!(status, 200, "{said}");
        began.elapsed()
    };
    let mut took: Vec<Duration> = stream::iter(0..POSTS).map(post).buffer_unordered(8).collect().await;
    took.sort();
    let p99 = took[took.len() * 99 / 100];
    assert!(p99 < Duration::from_secs(1), "p99 of the answers: {p99:?}");
    caught_up(&daemon).await;
    assert!(!exchange.orders().is_empty() && !receiver.orders().is_empty(), "both are being told");
    daemon.stop().await;
}

/// The user and the password go along, and the settings say which queue is whose.
#[tokio::test]
async fn it_is_told_as_its_source_is_set() {
    let exchange = Exchange::start(Mood::Answers(200)).await;
    let more = "actions_user = \"ana\"\nactions_password = \"senha\"\ndelegate_type = \"delegate\"\nqueue_new = \"910\"\n";
    let silent = "[[company]]\nname = \"Outra\"\n[company.teravoz]\nkey = \"outra-chave\"\n";
    let home = Home::new(&format!("{}{more}{silent}", settings(&exchange.url()))).await;
    let daemon = home.start().await;
    standby(&daemon, KEY, "call-1", PHONE, 1).await;
    decided(&daemon, 1, "call-1", "sent").await;
    let order = &exchange.orders()[0];
    assert_eq!((&*order.kind, &*order.destination), ("delegate", "910"));
    assert_eq!(order.authorization.as_deref(), Some("Basic YW5hOnNlbmhh"), "ana:senha");
    // Where nobody can be told the caller is known all the same, and nothing is said of it.
    standby(&daemon, "outra-chave", "call-1", PHONE, 1).await;
    let page = call(&daemon, 2, "call-1", |page| page["decision"]["state"] == "not_wanted").await;
    assert_eq!((names(&page), contacts(&daemon, 2).await.len()), (vec!["call.standby"], 1));
    daemon.stop().await;
}

/// A person sends a call elsewhere; what there is not is told with what there is.
#[tokio::test]
async fn a_call_is_sent_elsewhere_by_hand_and_that_is_noted_as_any_attempt() {
    let exchange = Exchange::start(Mood::Answers(201)).await;
    let home = Home::new(&settings(&exchange.url())).await;
    let daemon = home.start().await;
    standby(&daemon, KEY, "call-1", PHONE, 1).await;
    let page = decided(&daemon, 1, "call-1", "sent").await;
    let path = format!("/api/v1/calls/{}/actions", page["id"].as_str().expect("an id"));
    let order = json!({ "destination": " 905 " });
    let (status, refused) = daemon.call("POST", &format!("{path}/dial"), Some(order.clone())).await;
    assert_eq!(status, 404, "{refused}");
    assert!(refused["detail"].as_str().expect("a text").contains("delegate"), "{refused}");
    for (wrong, code) in [(json!({}), "missing"), (json!({ "destination": "x".repeat(65) }), "too_long")] {
        let (status, refused) = daemon.call("POST", &format!("{path}/delegate"), Some(wrong)).await;
        let fault = &refused["errors"][0];
        assert_eq!(
            (status, &fault["field"], &fault["code"]),
            (422, &json!("destination"), &json!(code)),
            "{refused}"
        );
    }
    let (status, attempt) = daemon.call("POST", &format!("{path}/delegate"), Some(order)).await;
    assert_eq!(
        (status, &attempt["state"], &attempt["status"]),
        (200, &json!("sent"), &json!(201)),
        "{attempt}"
    );
    let page = call(&daemon, 1, "call-1", |page| names(page).len() == 3).await;
    assert_eq!(names(&page), ["call.standby", "delegate.sent", "delegate.sent"]);
    assert_eq!(page["decision"]["destination"], "905");
    assert_eq!(page["decision"]["attempts"][1]["by"], attempt["by"]);
    exchange.is(Mood::Answers(409));
    let order = Some(json!({ "destination": "906" }));
    let (status, attempt) = daemon.call("POST", &format!("{path}/delegate"), order).await;
    assert_eq!(
        (status, &attempt["state"], &attempt["status"]),
        (200, &json!("failed"), &json!(409)),
        "{attempt}"
    );
    let page = call(&daemon, 1, "call-1", |page| names(page).len() == 4).await;
    assert_eq!((names(&page)[3], &page["decision"]["state"]), ("delegate.failed", &json!("sent")));
    assert_eq!(page["decision"]["destination"], "905", "what was taken holds");
    let destinations: Vec<_> = exchange.orders().into_iter().map(|order| order.destination).collect();
    assert_eq!(destinations, ["901", "905", "906"]);
    let log = daemon.get("/api/v1/audit?action=call.action").await;
    assert_eq!(log["items"].as_array().expect("a list").len(), 2, "{log}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_was_decided_is_not_made_anew() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let (status, refused) = daemon.call("POST", "/api/v1/consumers/routing/rebuild", None).await;
    assert_eq!((status, &refused["type"]), (409, &json!("/problems/conflict")), "{refused}");
    daemon.stop().await;
    let output = home.command(&["rebuild", "routing"]).output().await.expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("routing"), "{said}");
}
