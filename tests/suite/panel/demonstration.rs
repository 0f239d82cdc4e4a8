//! `ramal demo`, seen in its panel: the day that it invents, and the strip that plays the other sides.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::account::secret;
use super::{PASSWORD, SETTINGS, Visitor, says};
use crate::support::daemon::{Daemon, Home, Said, demo};

const STRIP: &str = "Demonstração: os dados são simulados";
const COMPANIES: usize = 6;

async fn signed_in(daemon: &Daemon, said: &Said) -> Visitor {
    let visitor = Visitor::new(daemon);
    let form = [("login", "demo"), ("password", said.password.as_str())];
    assert_eq!(visitor.post("/sign-in", &form).await.to(), "/");
    visitor
}

fn sum(series: &Value, what: &str, since: Option<jiff::Timestamp>) -> u64 {
    let points = series["points"].as_array().expect("points").iter();
    let at = |point: &Value| {
        point["at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok()).expect("a time")
    };
    let wanted = points.filter(|point| since.is_none_or(|since| at(point) >= since));
    wanted.map(|point| point[what].as_u64().unwrap_or(0)).sum()
}

/// Fewer events come while the pages are read: those of lines that connect.
const LIVE: u64 = 6;

/// How many events a company's page says that it has had today.
fn today(page: &str) -> u64 {
    let said = page.split("Eventos da empresa hoje").nth(1).or_else(|| page.split("Eventos hoje").nth(1));
    let cell = said.and_then(|rest| rest.split("<dd").nth(1)?.split('>').nth(1)).expect("today's events");
    let digits: String = cell.chars().take_while(|c| *c != '<').filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("{cell:?} is no number"))
}

#[tokio::test]
async fn the_day_before_a_demo_is_the_same_on_every_page() {
    let folder = TempDir::new().expect("a folder");
    // Nothing comes but what is there.
    let (daemon, said) = demo(folder.path(), &["--rate", "0"]).await;
    assert!(said.text.contains("O dia que passou é inventado"), "{}", said.text);
    let visitor = signed_in(&daemon, &said).await;
    let midnight =
        jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::get("America/Sao_Paulo").expect("a zone"));
    let midnight = midnight.start_of_day().expect("a day").timestamp();
    // Within the day however the quarters of an hour pass meanwhile.
    let late = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(23);
    let (mut all, mut day) = (0, 0);
    for n in 1..=COMPANIES {
        let series =
            async |span: &str| daemon.get(&format!("/api/v1/companies/company_{n}/series?span={span}")).await;
        let (hours, quarters) = (series("7d").await, series("24h").await);
        let events = sum(&hours, "events", None);
        assert!(events > 100, "company {n} has had {events} events");
        let page = visitor.get(&format!("/companies/company_{n}")).await;
        // The page counts to this moment, the series to the last full minute; the simulators that have calls without a rate may
        // have had some since.
        let counted = sum(&quarters, "events", Some(midnight));
        let said = today(&page.body);
        assert!((counted..counted + LIVE).contains(&said), "company {n}: today {said}, counted {counted}");
        // The journal has exactly those that are counted.
        let newest = daemon.get(&format!("/api/v1/companies/company_{n}/events?limit=1")).await;
        let id = newest["items"][0]["id"].as_str().expect("an event");
        let newest: u64 = id.rsplit('_').next().and_then(|seq| seq.parse().ok()).expect("a place");
        assert!(
            (events..events + LIVE).contains(&newest),
            "company {n}: {newest} in the journal, {events} counted"
        );
        let webhook = daemon.get(&format!("/api/v1/webhooks/webhook_{n}/series?span=7d")).await;
        let (of_webhook, of_company) = (sum(&webhook, "delivered", None), sum(&hours, "delivered", None));
        assert!(
            of_webhook.abs_diff(of_company) < LIVE,
            "company {n}: {of_webhook} and {of_company} delivered"
        );
        assert!(of_webhook <= events + LIVE, "company {n}: {of_webhook} delivered of {events}");
        (all, day) = (all + events, day + sum(&quarters, "events", Some(late)));
    }
    let together = async |span: &str, since| {
        sum(&daemon.get(&format!("/api/v1/series?span={span}")).await, "events", since)
    };
    // A minute may have become full since.
    for (counted, alone) in [(together("7d", None).await, all), (together("24h", Some(late)).await, day)] {
        assert!((alone..alone + LIVE).contains(&counted), "{counted} together, {alone} one by one");
    }
    let failed = daemon.get("/api/v1/webhooks/webhook_1/series?span=24h").await;
    let waited = failed["points"].as_array().expect("points").iter();
    assert!(
        waited.clone().any(|point| point["failed"].as_u64() > Some(0)),
        "its endpoint was down: {failed}"
    );
    assert!(waited.clone().any(|point| point["backlog"].as_u64() > Some(0)), "and events waited: {failed}");
    let line = visitor.get("/companies/company_2").await;
    says(&line, &["<rect class=\"gap\"", "1 queda em 24 h, 7 min ao todo"]);
    let refused = visitor.get("/companies/company_6").await;
    says(&refused, &["Token inválido", "1 queda em 24 h, 2 h"]);
    daemon.stop().await;
    assert!(std::fs::read_dir(folder.path()).expect("a folder").next().is_none(), "nothing is left");
}

/// The state of the line of company 1.
async fn line_is(daemon: &Daemon, state: &str) {
    daemon.until("/api/v1/sources/source_1/status", |now| now["state"] == state).await;
}

#[tokio::test]
async fn the_strip_of_a_demo_plays_the_other_sides() {
    let folder = TempDir::new().expect("a folder");
    let (daemon, said) = demo(folder.path(), &["--rate", "20"]).await;
    let visitor = signed_in(&daemon, &said).await;
    for path in [
        "/",
        "/alerts",
        "/companies",
        "/companies/company_1",
        "/companies/company_1/settings",
        "/events",
        "/calls",
        "/webhooks",
        "/companies/company_1/webhooks/webhook_1",
        "/account",
        "/account/system",
        "/users",
        "/search",
        "/audit",
        "/api-keys",
        "/companies/company_99",
    ] {
        let page = visitor.get(path).await;
        assert!(
            page.body.contains(STRIP) && page.body.contains("Derrubar o destino"),
            "{path}: {}",
            page.body
        );
    }
    let play = async |act: &str| {
        let to = visitor.post("/demo", &[("act", act), ("back", "/webhooks")]).await.to().to_owned();
        assert_eq!(to, "/webhooks");
        visitor.get(&to).await
    };
    let receives = async || visitor.client.get(format!("{}/stats", said.receiver)).send().await.is_ok();
    assert!(receives().await);
    says(&play("receiver-down").await, &["O destino caiu", "Levantar o destino"]);
    assert!(!receives().await, "nothing listens");
    let waits = |status: &Value| status["backlog"].as_u64() > Some(0);
    daemon.until("/api/v1/webhooks/webhook_1/status", waits).await;
    says(&play("receiver-up").await, &["O destino voltou", "Derrubar o destino"]);
    assert!(receives().await);

    line_is(&daemon, "connected").await;
    let gaps =
        async || daemon.get("/api/v1/sources/source_1/gaps").await["items"].as_array().expect("gaps").len();
    let before = gaps().await;
    says(&play("cut").await, &["As conexões foram cortadas"]);
    daemon
        .until("/api/v1/sources/source_1/gaps", |gaps| {
            gaps["items"].as_array().is_some_and(|gaps| gaps.len() > before)
        })
        .await;
    line_is(&daemon, "connected").await;

    says(&play("refuse-tokens").await, &["passou a recusar", "Aceitar o token"]);
    line_is(&daemon, "refused").await;
    says(&play("take-tokens").await, &["voltou a aceitar", "Recusar o token"]);
    assert_eq!(
        daemon.call("POST", "/api/v1/sources/source_1/connect", Some(serde_json::json!({}))).await.0,
        202
    );
    line_is(&daemon, "connected").await;

    assert_eq!(visitor.post("/demo", &[("act", "explode")]).await.status, 404);
    let forged = [("act", "cut"), ("back", "/"), ("_csrf", "0")];
    assert_eq!(visitor.post_from("/demo", &forged, &[("origin", &daemon.base)]).await.status, 403);
    assert_eq!(visitor.post("/demo", &[("act", "cut"), ("back", "//elsewhere.example/")]).await.to(), "/");
    only_who_may_operate_plays(&daemon, &visitor).await;
    let said = daemon.stop().await;
    assert!(!said.contains('\x1b'), "nothing is rewritten where there is no terminal: {said}");
    assert!(said.contains("no browser could be opened"), "{said}");
}

async fn only_who_may_operate_plays(daemon: &Daemon, owner: &Visitor) {
    let form = [("name", "Leo Dias"), ("login", "leo@exemplo.com"), ("role", "reader")];
    let made = owner.once("/users", &form).await;
    let temporary = secret(&made.body);
    let reader = Visitor::new(daemon);
    let signed_in = reader.post("/sign-in", &[("login", "leo@exemplo.com"), ("password", &temporary)]).await;
    assert_eq!(signed_in.to(), "/");
    let page = reader.get("/account/password").await;
    let token = page.body.split(r#"name="_csrf" value=""#).nth(1).and_then(|rest| rest.split('"').next());
    let token = token.expect("a token");
    let form = [("_csrf", token), ("current", &temporary), ("new", PASSWORD), ("again", PASSWORD)];
    assert_eq!(reader.post_from("/account/password", &form, &[("origin", &daemon.base)]).await.to(), "/");
    let page = reader.get("/companies").await;
    assert!(page.body.contains(STRIP) && !page.body.contains("Derrubar o destino"), "{}", page.body);
    assert_eq!(reader.post("/demo", &[("act", "cut")]).await.status, 403);
}

#[tokio::test]
async fn outside_a_demo_nothing_can_be_played() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    for path in ["/", "/companies", "/account", "/companies/company_99"] {
        let page = visitor.get(path).await;
        assert!(
            !page.body.contains("simulados") && !page.body.contains("action=\"/demo\""),
            "{path}: {}",
            page.body
        );
    }
    assert_eq!(visitor.get("/demo").await.status, 404);
    for act in ["receiver-down", "receiver-up", "cut", "refuse-tokens", "take-tokens"] {
        assert_eq!(visitor.post("/demo", &[("act", act), ("back", "/")]).await.status, 404, "{act}");
    }
    tokio::time::timeout(Duration::from_secs(30), daemon.stop()).await.expect("it stops");
}
