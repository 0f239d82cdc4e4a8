//! Início over HTTP: it claims no more than is so.

use std::collections::HashMap;

use futures_util::future::join_all;
use ramal::domain::{Provider, Timestamp};
use ramal::store::{SaveSource, Store, StoreOptions};
use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::api::created;
use crate::support::daemon::{Daemon, Home};

#[tokio::test]
async fn all_is_well_only_where_events_come_and_go_on() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let made = async |path: &str, body| {
        let (status, view) = daemon.call("POST", path, Some(body)).await;
        assert_eq!(status, 201, "{view}");
        view["id"].as_str().expect("an id").to_owned()
    };
    let said = async |text: &str| {
        let page = visitor.get("/").await.body;
        assert!(page.contains(text), "{text} is missing: {page}");
        assert_eq!(page.contains("Tudo está chegando"), text.starts_with("Tudo"), "{page}");
    };
    let company = made("/api/v1/companies", json!({ "name": "Uma" })).await;
    said("1 sem fonte").await;
    let door = json!({ "provider": "tellicon", "token": "aB3dE5gH7jK9mN1pQ3sT5vX7", "connect": true });
    let source = made(&format!("/api/v1/companies/{company}/sources"), door).await;
    daemon.until(&format!("/api/v1/sources/{source}/status"), |status| status["state"] == "connected").await;
    said("1 sem webhook").await;
    let webhook = json!({ "name": "CRM", "url": "http://127.0.0.1:9/", "events": ["*"] });
    made(&format!("/api/v1/companies/{company}/webhooks"), webhook).await;
    said("Tudo está chegando e sendo entregue.").await;
    let page = visitor.get("/").await.body;
    assert!(page.contains("<h1>Tudo certo com Uma</h1>"), "{page}");
    assert!(page.contains(r#"data-part="flow""#) && !page.contains(r#"data-part="rows""#), "{page}");
    assert!(page.contains("A primeira hora"), "nothing was delivered yet: {page}");
    let (status, _) = daemon.call("POST", &format!("/api/v1/sources/{source}/disconnect"), None).await;
    assert_eq!(status, 202);
    daemon.until(&format!("/api/v1/sources/{source}/status"), |status| status["state"] == "stopped").await;
    said("1 desconectada por alguém").await;
    daemon.stop().await;
}

/// Companies without a source, and thirty with one of a provider that this program does not know, which is an incident of each.
async fn out_of_order(home: &Home) {
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, mut writer) = Store::open(&database, StoreOptions::default()).await.expect("the store opens");
    let now = Timestamp::now();
    let save = SaveSource {
        account: None,
        config: "{}",
        secret: None,
        secrets: &[],
        token_name: None,
        connect: true,
        provisioned: false,
    };
    let mut tx = writer.begin().await.expect("begins");
    for n in 1..=700 {
        let name = format!("Cobrança número {n:04}");
        let company = tx.create_company(&name, false, now).await.expect("a company");
        if n <= 30 {
            let provider = const { Provider::new("futurephone") };
            tx.create_source(company, provider, None, &save, now).await.expect("a source");
        }
    }
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");
}

async fn in_order(daemon: &Daemon, from: usize) {
    let one = async |n: usize| {
        let made =
            created(daemon, "/api/v1/companies", json!({ "name": format!("Atende número {n:04}") })).await;
        let path = format!("/api/v1/companies/{}", made["id"].as_str().expect("an id"));
        let token = format!("aB3dE5gH7jK9mN1pQ3sT{n:04}");
        let door = json!({ "provider": "tellicon", "token": token, "connect": true });
        created(daemon, &format!("{path}/sources"), door).await;
        let webhook = json!({ "name": "CRM", "url": "http://127.0.0.1:9/", "events": ["*"] });
        created(daemon, &format!("{path}/webhooks"), webhook).await;
    };
    for some in (from..from + 300).collect::<Vec<_>>().chunks(20) {
        join_all(some.iter().map(|n| one(*n))).await;
    }
}

/// The parts of a message of the page's stream, by their names.
async fn heard(stream: &mut reqwest::Response) -> HashMap<String, usize> {
    let mut text = String::new();
    while text.trim_start_matches(":\n\n").is_empty() || !text.ends_with("\n\n") {
        let more = stream.chunk().await.expect("a stream").expect("it goes on");
        text.push_str(&String::from_utf8_lossy(&more));
    }
    let parts = text.split("event: ").skip(1).filter_map(|part| part.split_once('\n'));
    parts.map(|(name, html)| (name.to_owned(), html.len())).collect()
}

#[tokio::test]
async fn a_thousand_companies_are_a_small_page_and_a_smaller_stream() {
    let home = Home::new(SETTINGS).await;
    out_of_order(&home).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    in_order(&daemon, 1).await;
    let open = |page: &serde_json::Value| page["items"].as_array().is_some_and(|items| items.len() == 30);
    daemon.until("/api/v1/incidents", open).await;
    // The last of them connects a moment after it was made.
    daemon.until("/api/v1/sources/source_330/status", |status| status["state"] == "connected").await;
    let page = visitor.get("/").await.body;
    println!("{} bytes", page.len());
    assert!(page.len() < 100_000, "{} bytes", page.len());
    for said in [
        "<h1>30 incidentes perdendo eventos agora</h1>",
        "Em 970 de 1.000 empresas, nada a fazer.",
        r#"<a class="btn quiet" href="/companies?is=off">Todas as 700 fora de ordem</a>"#,
        "300 em ordem: conectadas, nenhum webhook com problema",
        r#"<a class="link" href="/companies?is=well">Mais 60 em ordem</a>"#,
        "Ver todas (1.000)",
    ] {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
    assert_eq!(page.matches(r#"<article class="inc "#).count(), 12, "{page}");
    assert_eq!(page.matches(r"<tr data-key=").count(), 20, "{page}");
    let cells =
        page.split(r#"<ul class="cells">"#).nth(1).expect("cells").split("</ul>").next().expect("an end");
    assert_eq!(cells.matches("<li>").count(), 240);
    assert!(cells.contains("Atende número 0001") && !cells.contains("Cobrança"), "{cells}");
    let well = visitor.get("/companies?is=well").await.body;
    assert!(well.contains("300 de 1.000 empresas") && well.contains("Atende número 0001"), "{well}");
    let off = visitor.get("/companies?is=off&line=none").await.body;
    assert!(off.contains("670 de 1.000 empresas") && !off.contains("Atende número"), "{off}");

    let mut stream = visitor.stream("/live").await;
    let first = heard(&mut stream).await;
    assert!(first.contains_key("cells") && first.contains_key("rows"), "{first:?}");
    for _ in 0..3 {
        let next = heard(&mut stream).await;
        assert!(!next.contains_key("cells"), "what is as it was is not sent again: {next:?}");
        assert!(next.values().sum::<usize>() < 40_000, "{next:?}");
    }
    daemon.stop().await;
}
