//! Stories of the panel in a real browser: `tests/npm/panel/`, each a file. One browser and one program for all of them,
//! with the simulated provider behind it. Set `RAMAL_SHOTS` to a folder to get a picture of every page, `RAMAL_STORIES`
//! to some of their names (with spaces between) to play only those.

use std::time::Duration;

use ramal::simulator::threecplus::{Account, Config, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::board::{Reception, fill};
use super::{LOGIN, PASSWORD, SETTINGS, Visitor};
use crate::api::Customer;
use crate::support::chaos_proxy::ChaosProxy;
use crate::support::daemon::{Daemon, Home};
use crate::support::node::Node;
use crate::support::past;

/// How soon pages show themselves, which nothing else that runs beside may decide: `RAMAL_VITALS` asks for this alone.
const VITALS: &[&str] = &["access", "vitals"];
/// In this order: the first creates the person whom the others are.
const STORIES: &[&str] = &[
    "access",
    "companies",
    "company",
    "account",
    "charts",
    "webhooks",
    "replays",
    "diagnosis",
    "events",
    "calls",
    "contacts",
    "incidents",
    "alerts",
    "search",
];

#[tokio::test]
async fn every_page_is_right_in_a_real_browser() {
    let vitals = std::env::var_os("RAMAL_VITALS").is_some();
    let stories = match std::env::var("RAMAL_STORIES") {
        _ if vitals => VITALS.join(" "),
        Ok(only) => format!("access {only}"),
        Err(_) => STORIES.join(" "),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let provider = format!("http://{}", listener.local_addr().expect("bound"));
    let simulator = Simulator::new(Config::new((1..=4).map(Account::numbered).collect(), 5.0));
    let ended = CancellationToken::new();
    tokio::spawn(simulator.run(listener, ended.clone()));
    let _ended = ended.drop_guard();

    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let names = ["Minha Empresa", "Casa Verde Crédito", "Telefonia Sul"];
    for (name, n) in names.into_iter().zip(1..) {
        let (_, company) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": name }))).await;
        let id = company["id"].as_str().expect("an id").to_owned();
        let account = Account::numbered(n);
        // One of them has a token that nobody knows.
        let token = if n == 2 { "x".repeat(60) } else { account.token.clone() };
        let source = json!({ "provider": "threecplus", "account": account.company.to_string(), "token": token,
            "socket_url": provider, "connect": n != 3 });
        let (status, made) =
            daemon.call("POST", &format!("/api/v1/companies/{id}/sources"), Some(source)).await;
        assert_eq!(status, 201, "{made}");
        let wanted = ["connected", "refused", "stopped"][n as usize - 1];
        let path = format!("/api/v1/sources/{}/status", made["id"].as_str().expect("an id"));
        daemon.until(&path, |status| status["state"] == wanted).await;
    }
    let (customer, first) = (Customer::start(&[]).await, "company_1");
    for (name, url) in [("CRM", customer.url.as_str()), ("Faturamento", "http://127.0.0.1:9/eventos")] {
        let webhook =
            json!({ "name": name, "url": url, "events": ["*"], "bearer": "segredo-do-crm-0123456789" });
        let path = format!("/api/v1/companies/{first}/webhooks");
        let (status, made) = daemon.call("POST", &path, Some(webhook)).await;
        assert_eq!(status, 201, "{made}");
        let path = format!("/api/v1/webhooks/{}/deliveries", made["id"].as_str().expect("an id"));
        daemon.until(&path, |made| made["items"][0].is_object()).await;
    }
    // What charts show has to have happened: the program is started again with a past.
    daemon.stop().await;
    past::give(&home).await;
    let daemon = home.start().await;
    for (source, wanted) in [("source_1", "connected"), ("source_2", "refused")] {
        daemon.until(&format!("/api/v1/sources/{source}/status"), |status| status["state"] == wanted).await;
    }
    // What is out of order is an incident by now: a page that is told so while it loads would move.
    let told = |page: &Value| {
        let of = |kind: &str| {
            page["items"].as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == kind))
        };
        of("webhook_failing") && of("token_refused")
    };
    daemon.until_within(Duration::from_mins(1), "/api/v1/incidents", told).await;
    let given = json!({ "company": first, "base": daemon.base, "code": daemon.setup_code, "provider": provider,
        "account": Account::numbered(4).company.to_string(), "token": Account::numbered(4).token,
        "stories": stories.split(' ').collect::<Vec<_>>() });
    let mut browser = Node::start("panel.mjs", &given).await;
    let played = browser.hear_within("played", Duration::from_mins(20)).await;
    let wrong: Vec<_> =
        played["wrong"].as_array().expect("a list").iter().filter_map(|w| w.as_str()).collect();
    if vitals {
        println!("main pages: {}", played["measured"]);
    }
    assert!(wrong.is_empty(), "{} of {} looks:\n{}", wrong.len(), played["looked"], wrong.join("\n"));
    daemon.stop().await;
}

/// The board has a company of its own, in which all goes on at once.
#[tokio::test]
async fn every_page_of_the_board_is_right_in_a_real_browser() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let reception = Reception::create(&daemon).await;
    let short = [("version", "0"), ("late_after", "5"), ("keys", ""), ("name", "")];
    let form = reception.path("/settings");
    assert_eq!(visitor.post(&form, &short).await.to(), form);
    fill(&reception, &daemon).await;
    let given = json!({ "base": daemon.base, "login": LOGIN, "password": PASSWORD, "stories": ["board"],
        "reception": reception.company.id });
    let mut browser = Node::start("panel.mjs", &given).await;
    let played = browser.hear_within("played", std::time::Duration::from_mins(4)).await;
    assert_eq!(played["wrong"], json!([]), "of {} looks", played["looked"]);
    daemon.stop().await;
}

/// What the story asks for is done to a program behind a proxy: it ends, starts again, or cannot be reached.
#[tokio::test]
async fn a_live_page_outlives_the_server_and_the_network() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    Visitor::first(&daemon).await;
    // One alone would have a page of its own.
    make(&daemon, "Desde o começo").await;
    make(&daemon, "Também desde o começo").await;
    let base = daemon.base.clone();
    let proxy = ChaosProxy::start(base.trim_start_matches("http://").parse().expect("an address")).await;
    let given = json!({ "base": proxy.url(), "login": LOGIN, "password": PASSWORD, "stories": ["survival"] });
    let mut browser = Node::start("panel.mjs", &given).await;
    let mut daemon = Some(daemon);
    let played = loop {
        let report = browser.next().await;
        if report["is"] == "played" {
            break report;
        }
        let order = report["what"].as_str().expect("an order").to_owned();
        let (order, name) = order.split_once(' ').unwrap_or((&order, ""));
        match (order, daemon.take()) {
            ("stop", Some(running)) => drop(running.stop().await),
            ("kill", Some(running)) => running.kill().await,
            ("start", None) => {
                let again = home.start_at(SETTINGS, &base).await;
                make(&again, name).await;
                daemon = Some(again);
            }
            (order, Some(running)) => {
                match order {
                    "make" => make(&running, name).await,
                    "stall" => proxy.stall(),
                    "heal" => proxy.heal(),
                    other => panic!("{other} is no order"),
                }
                daemon = Some(running);
            }
            (order, None) => panic!("{order} of a program that does not run"),
        }
        browser.tell(&json!("done")).await;
    };
    assert_eq!(played["wrong"], json!([]));
    daemon.expect("it was started again").stop().await;
}

async fn make(daemon: &Daemon, company: &str) {
    let (status, made) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": company }))).await;
    assert_eq!(status, 201, "{made}");
}
