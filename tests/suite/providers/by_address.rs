//! Teravoz is given an address and nothing else.

use ramal::simulator::teravoz::{Config, Pbx, Script};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::send;
use crate::panel::Visitor;
use crate::support::daemon::{Daemon, Home};

const TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";
const CPF: &str = r#"{"type":"call.cpf-provided","call_id":"1.2","cpf":"12345678909"}"#;

async fn with_source(daemon: &Daemon) -> Value {
    let path = "/api/v1/companies/company_1/sources";
    let source = json!({ "provider": "teravoz", "token": TOKEN });
    let (status, body) = daemon.call("POST", path, Some(source)).await;
    assert_eq!(status, 201, "{body}");
    body
}

#[tokio::test]
async fn the_address_alone_lets_in_and_a_wrong_one_is_told_so() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    let source = with_source(&daemon).await;
    let own = source["path"].as_str().expect("a path");
    for path in ["/teravoz", own, "//teravoz/"] {
        let url = format!("{}{path}", daemon.base);
        let answer = send("POST", &format!("{url}?x=1&token={TOKEN}"), &[], CPF).await;
        assert_eq!((answer.status, &answer.body), (200, &json!({ "status": "ok" })), "{path}");
        for query in
            ["", "?", "?token=", "?token=aB3dE5gH7jK9mN1pQ3sT5vX8", "?Token=aB3dE5gH7jK9mN1pQ3sT5vX7"]
        {
            let answer = send("POST", &format!("{url}{query}"), &[], CPF).await;
            assert_eq!(answer.status, 401, "{path}{query}: {}", answer.body);
        }
        let header = send("POST", &url, &[("token", TOKEN)], CPF).await;
        assert_eq!(header.status, 401, "{path}: the token stands in the address only");
    }
    let other = send("POST", &format!("{}/in/abc/teravoz?token={TOKEN}", daemon.base), &[], CPF).await;
    assert_eq!(other.status, 401);

    let event = daemon.get("/api/v1/events/evt_1_3").await;
    assert_eq!((&event["call"], &event["payload"]["cpf"]), (&json!("1.2"), &json!("***")), "{event}");
    let log = daemon.stop().await;
    assert!(!log.contains(TOKEN) && !log.contains("12345678909"), "{log}");
}

/// It is made with a button; the page that shows the token shows the address that holds it, once.
#[tokio::test]
async fn the_panel_gives_the_whole_address_once() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    let ana = Visitor::first(&daemon).await;
    let page = ana.post("/companies/company_1/sources/new", &[("provider", "teravoz")]).await.body;
    let door =
        page.split(r#"id="door">"#).nth(1).and_then(|rest| rest.split('<').next()).expect("an address");
    let (_, token) = door.split_once("?token=").expect("with the token");
    assert!(page.contains(&format!(r#"id="issued">{token}<"#)), "{page}");
    let answer = send("POST", &format!("{}{door}", daemon.base), &[], CPF).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let settings = ana.get("/companies/company_1/settings").await.body;
    let path = door.split('?').next().expect("a path");
    assert!(settings.contains(path) && !settings.contains(token), "{settings}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_the_simulator_posts_is_taken_flat_and_in_envelopes() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    with_source(&daemon).await;
    let script = Script {
        calls_per_second: 100.0,
        calls: Some(8),
        speed: 200.0,
        flat: 0.5,
        agents: Some(4),
        seed: 3,
        ..Script::default()
    };
    let url = format!("{}/teravoz?token={TOKEN}", daemon.base);
    let exchange = Pbx::new(Config { script, ..Config::new(url) }).expect("it begins");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let report = exchange.run(listener, CancellationToken::new()).await.expect("it ends");
    assert_eq!(report.answers.get("200"), Some(&report.sent), "{report:?}");
    let page = daemon.get("/api/v1/companies/company_1/events?limit=500").await;
    let items = page["items"].as_array().expect("events");
    assert_eq!(items.len() as u64, report.sent);
    assert!(items.len() > 50 && items.iter().all(|event| event["warnings"].is_null()), "{page}");
    let ended = items.iter().filter(|event| event["type"] == "call.finished" && event["call"].is_string());
    assert_eq!(ended.count(), 8);
    daemon.stop().await;
}
