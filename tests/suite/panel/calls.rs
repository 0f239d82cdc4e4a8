//! Calls over HTTP: the list by what the address says, and one call with its states and events.

use ramal::domain::Timestamp;
use ramal::domain::call::Agent;
use ramal::store::{CallRow, Changed, Store, StoreOptions};
use serde_json::json;

use super::events::Company;
use super::{SETTINGS, Visitor};
use crate::store::calls::call;
use crate::support::daemon::{Daemon, Home};
use crate::support::receiver::Receiver;

const TAKEN: &str =
    r#""id":"call:9001:7:k7QmZp3RtW","telephony_id":"k7QmZp3RtW","company_id":9001,"phone":"5585900004900""#;
const ALONE: &str =
    r#""id":"call:9001:7:b1XyZp3RtQ","telephony_id":"b1XyZp3RtQ","company_id":9001,"phone":"5511988776655""#;

/// Two calls: one that an agent with an odd name took, one that nobody answered.
pub(super) async fn two_calls(daemon: &Daemon, company: &Company) {
    company.emit("call-was-created", &format!(r#"{{"call":{{{TAKEN}}}}}"#));
    company.emit("call-was-created", &format!(r#"{{"call":{{{ALONE}}}}}"#));
    let agent = r#""agent":{"id":17,"name":"<b>Marina</b>"}"#;
    company.emit("call-was-connected", &format!(r#"{{"call":{{{TAKEN},"agent":"17"}},{agent}}}"#));
    company.emit("call-was-not-answered", &format!(r#"{{"call":{{{ALONE}}}}}"#));
    for query in ["state=ongoing", "outcome=not_answered"] {
        let path = format!("/api/v1/companies/{}/calls?{query}", company.id);
        daemon.until(&path, |page| page["items"].as_array().is_some_and(|items| items.len() == 1)).await;
    }
}

#[tokio::test]
async fn calls_are_found_by_what_the_address_says() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    let path = format!("/companies/{}/calls", company.id);
    assert!(visitor.get(&path).await.body.contains("Nenhuma chamada ainda"));
    two_calls(&daemon, &company).await;
    let found = async |query: &str| {
        let page = visitor.get(&format!("{path}{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        ["(85) 90000-4900", "(11) 98877-6655"].map(|phone| page.body.contains(phone))
    };
    for (query, expected) in [
        ("", [true, true]),
        ("?state=ongoing", [true, false]),
        ("?outcome=not_answered", [false, true]),
        ("?by=phone&key=(85)+90000-4900", [true, false]),
        ("?agent=17", [true, false]),
        ("?call=b1XyZp3RtQ", [false, true]),
        ("?call=b1XyZp3RtQ&state=ongoing", [false, false]),
        ("?from=2020-01-01T00:00&to=2020-01-02T00:00", [false, false]),
    ] {
        assert_eq!(found(query).await, expected, "{query}");
    }
    let page = visitor.get(&path).await.body;
    for said in [
        "Em conversa",
        "Não atendida",
        "&#60;b&#62;Marina&#60;/b&#62;",
        "sem agente",
        r#"data-stream="/companies/company_1/calls/live""#,
    ] {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
    assert!(
        !visitor.get(&format!("{path}?cursor=1.1")).await.body.contains("data-stream"),
        "it stands still"
    );
    let wrong = visitor.get(&format!("{path}?from=ontem&agent=17")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains(r#"id="from-error""#) && wrong.body.contains(r#"value="17""#));
    assert_eq!(visitor.get("/companies/company_99/calls").await.status, 404);
    daemon.stop().await;
}

/// More calls than are looked at for a page, and the one that is meant behind them: nobody is told that there is none.
#[tokio::test]
async fn a_search_that_has_not_looked_at_all_calls_says_so_and_goes_on() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let company = Company::create(&daemon).await;
    two_calls(&daemon, &company).await;
    daemon.stop().await;
    let database = format!("sqlite://{}", home.path().join("data/ramal.db").display());
    let (store, mut writer) = Store::open(&database, StoreOptions::default()).await.expect("the store opens");
    let (id, now) = (company.id.parse().expect("an id"), Timestamp::now());
    let newer: Vec<_> = (101..=10_200)
        .map(|seq| {
            let mut one = call(id, seq, &seq.to_string());
            one.call.heard_at = Timestamp(now.0 + seq);
            one.call.agent = Some(Agent { id: "17".to_owned(), name: None, extension: None });
            CallRow::of(one, Changed::New)
        })
        .collect();
    let mut tx = writer.begin_batch().await.expect("begins");
    for some in newer.chunks(1_000) {
        tx.put_calls(0, some).await.expect("writes");
    }
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");

    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let first = daemon.get(&format!("/api/v1/companies/{}/calls?agent=17&state=ongoing", company.id)).await;
    let next = first["next"].as_str().expect("it goes on").to_owned();
    assert_eq!(first["items"], json!([]));
    let page = visitor.get(&format!("/companies/{}/calls?agent=17&state=ongoing", company.id)).await.body;
    assert!(page.contains("Nada encontrado nas chamadas mais recentes"), "{page}");
    assert!(page.contains(&format!("cursor={next}")) && !page.contains("(85) 90000-4900"), "{page}");
    let path = format!("/companies/{}/calls?agent=17&state=ongoing&cursor={next}", company.id);
    assert!(visitor.get(&path).await.body.contains("(85) 90000-4900"));
}

#[tokio::test]
async fn the_calls_of_all_companies_are_one_list_with_what_webhooks_got_of_them() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    assert_eq!(visitor.get("/calls?state=ongoing").await.to(), "/companies/company_1/calls?state=ongoing");
    daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Outra" }))).await;
    let receiver = Receiver::start().await;
    let url = format!("http://{}/", receiver.address);
    let rule = json!({ "call-was-created": [{ "path": "call.phone", "operator": "equals", "value": "1" }] });
    for (name, input) in [
        ("Atendidas", json!({ "events": ["call-was-connected"] })),
        ("Barradas", json!({ "events": ["call-was-created"], "rules": rule })),
        ("Nenhuma", json!({ "events": ["agent-*"] })),
        ("Parado", json!({ "events": ["*"] })),
    ] {
        let id = company.webhook(&daemon, name, &url, input).await;
        if name == "Parado" {
            let (status, _) =
                daemon.call("POST", &format!("/api/v1/webhooks/{id}/pause"), Some(json!({}))).await;
            assert!((200..300).contains(&status));
        }
    }
    for n in 5..10 {
        company.webhook(&daemon, &format!("Outro {n}"), &url, json!({ "events": ["agent-*"] })).await;
    }
    two_calls(&daemon, &company).await;
    let listed = daemon.get(&format!("/api/v1/companies/{}/calls?state=ongoing", company.id)).await;
    let call = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    daemon
        .until(&format!("/api/v1/calls/{call}"), |call| {
            call["events"][1]["deliveries"][0]["verdict"] == "delivered"
                && call["events"][0]["deliveries"][1]["verdict"] == "rule_not_met"
        })
        .await;
    for path in ["/calls", "/companies/company_1/calls"] {
        let page = visitor.get(&format!("{path}?state=ongoing")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        for said in [
            "(85) 90000-4900",
            r#"title="Atendidas: Entregue""#,
            r#"title="Barradas: Barrado pela regra""#,
            r#"title="Nenhuma: Não assina""#,
            r#"title="Parado: Pausado""#,
            // Eight are looked at, and the ninth is said to be there.
            r#"title="Outro 8: Não assina""#,
            ">mais 1</a>",
            &format!(r#"data-stream="{path}/live""#),
        ] {
            assert!(page.body.contains(said), "{path}: {said} is missing: {}", page.body);
        }
        assert!(!page.body.contains("(11) 98877-6655"), "{path}");
    }
    let all = visitor.get("/calls").await.body;
    assert!(all.contains(r#"<a href="/companies/company_1/calls" title="Uma">Uma</a>"#), "{all}");
    assert!(all.contains(r#"<option value="company_2">Outra</option>"#), "{all}");
    let chosen = visitor.get("/calls?company=company_2&by=phone&key=11").await;
    assert_eq!(chosen.to(), "/companies/company_2/calls?phone=11");
    let mut stream = visitor.stream("/calls/live").await;
    let mut heard = String::new();
    while !heard.contains("event: moved\ndata: |") {
        heard += &String::from_utf8_lossy(&stream.chunk().await.expect("a stream").expect("it goes on"));
    }
    let first = visitor.get("/calls?cursor=9999999999999999.1.1").await;
    assert!(first.body.contains("(85) 90000-4900"), "{}", first.body);
    assert_eq!(visitor.get("/calls?cursor=1.1").await.status, 422);
    daemon.stop().await;
}

#[tokio::test]
async fn a_call_shows_its_states_and_what_became_of_its_events() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let company = Company::create(&daemon).await;
    let receiver = Receiver::start().await;
    let url = format!("http://{}/", receiver.address);
    company.webhook(&daemon, "Principal", &url, json!({ "events": ["call-was-connected"] })).await;
    two_calls(&daemon, &company).await;
    let path = format!("/api/v1/companies/{}/calls?state=ongoing", company.id);
    let listed = daemon.get(&path).await;
    let call = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    daemon
        .until(&format!("/api/v1/calls/{call}"), |call| {
            call["events"][1]["deliveries"][0]["verdict"] == "delivered"
        })
        .await;
    let page = visitor.get(&format!("/calls/{call}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for said in [
        "(85) 90000-4900, atendida por &#60;b&#62;Marina&#60;/b&#62;",
        "Com &#60;b&#62;Marina&#60;/b&#62;",
        "Em conversa",
        "Principal",
        "Entregue",
        "Não assina",
        "call-was-created",
        "2 eventos",
        "k7QmZp3RtW",
    ] {
        assert!(page.body.contains(said), "{said} is missing: {}", page.body);
    }
    for missing in ["/calls/call_1_99", "/calls/x"] {
        assert_eq!(visitor.get(missing).await.status, 404, "{missing}");
    }
    daemon.stop().await;
}
