//! Teravoz is given an address and nothing else: with a key in it, or open.

use ramal::simulator::teravoz::{Config, Pbx, Script};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{Answer, created, must, send};
use crate::panel::Visitor;
use crate::support::daemon::{Daemon, Home};

const KEY: &str = "aB3dE5gH";
const CPF: &str = r#"{"type":"call.cpf-provided","call_id":"1.2","cpf":"12345678909"}"#;
const SOURCES: &str = "/api/v1/companies/company_1/sources";
const EVENTS: &str = "/api/v1/companies/company_1/events?limit=100";

async fn post(daemon: &Daemon, path: &str, body: &str) -> Answer {
    send("POST", &format!("{}{path}", daemon.base), &[], body).await
}

async fn number(daemon: &Daemon) -> usize {
    daemon.get(EVENTS).await["items"].as_array().expect("events").len()
}

/// A document of the provider, and what stands in it between two of its lines.
fn printed(document: &str) -> Value {
    serde_json::from_str(document).expect("the document prints JSON")
}

/// The example of the document whose backend is posted envelopes.
pub(super) const ENVELOPE: &str = r#"{
    "chamada": {
        "call_id": "0bc692b0-128a-11e8-807b-e3acc2b0c13d",
        "code": "",
        "type": "call.new",
        "direction": "inbound",
        "our_number": "0800111111",
        "their_number": "1199999999",
        "timestamp": "2018-02-15T20:07:32.562Z"
    },
    "dados": {
        "call_id": "0bc692b0-128a-11e8-807b-e3acc2b0c13d",
        "type": "call.cpf-provided",
        "cpf": "",
        "timestamp": "2018-02-15T20:07:32.562Z"
    },
    "atendente": {},
    "dialer": {}
}"#;

/// The events that the other document prints, each as it stands there.
pub(super) const FLAT: [&str; 5] = [
    r#"{
      "code": "123456",
      "type": "call.new",
      "call_id": "1463669263.30033",
      "direction": "inbound",
      "timestamp": "2017-01-01T00:00:00Z",
      "our_number": "0800000000",
      "their_number": "11999990000",
      "their_number_type": "mobile"
    }"#,
    r#"{
      "code": "123456",
      "type": "call.standby",
      "call_id": "1463669263.30033",
      "direction": "inbound",
      "timestamp": "2017-01-01T00:00:00Z",
      "our_number": "0800000000",
      "their_number": "11991910000"
    }"#,
    r#"{
      "code": "123456",
      "type": "actor.entered",
      "actor": "user.name@email.com",
      "queue": "900",
      "number": "200",
      "call_id": "1463669263.30033",
      "timestamp": "2017-01-01T00:00:00Z"
    }"#,
    r#"{
      "code": "123456",
      "type": "actor.left",
      "actor": "user.name@email.com",
      "queue": "900",
      "number": "200",
      "call_id": "1463669263.30033",
      "timestamp": "2017-01-01T00:00:00Z"
    }"#,
    r#"{
      "code": "123456",
      "type": "call.finished",
      "call_id": "1463669263.30033",
      "direction": "inbound",
      "timestamp": "2017-01-01T00:00:00Z",
      "our_number": "0800000000",
      "their_number": "11991910000"
    }"#,
];

/// As printed: no key, no header, at either of the documented paths. What is posted five times is one event.
#[tokio::test]
async fn the_printed_payloads_are_taken_once_at_either_path_and_answered_as_printed() {
    let home = Home::new("[[company]]\nname = \"A\"\n[company.teravoz]\n").await;
    let daemon = home.start().await;
    for (at, body) in [ENVELOPE].iter().chain(&FLAT).enumerate() {
        for path in ["/api/client/webhook", "/webhook", "/webhook", "/api/client/webhook", "//webhook/"] {
            let answer = post(&daemon, path, body).await;
            if path == "/api/client/webhook" {
                assert_eq!((answer.status, &answer.body), (204, &json!("")), "{body}");
                continue;
            }
            let event = printed(body);
            let call = event.get("call_id").or(event["chamada"].get("call_id"));
            let uuid = answer.body["data"]["uuid"].as_str().expect("a uuid").to_owned();
            let data = json!({ "id": at + 1, "aggregate_id": call, "uuid": uuid, "event": event, "duplicate": true });
            let told = json!({ "success": true, "code": 200, "data": data, "message": "" });
            assert_eq!((answer.status, answer.body), (200, told), "{body}");
        }
        let stored = daemon.get(&format!("/api/v1/events/evt_1_{}", at + 1)).await;
        assert_eq!((stored["bytes"].as_u64(), &stored["warnings"]), (Some(body.len() as u64), &Value::Null));
    }
    assert_eq!(number(&daemon).await, 6);
    let first = post(&daemon, "/webhook", &FLAT[0].replace("30033", "30034")).await.body["data"].clone();
    let again = post(&daemon, "/webhook", &FLAT[0].replace("30033", "30034")).await.body["data"].clone();
    assert_eq!((&first["duplicate"], &again["duplicate"]), (&Value::Null, &json!(true)));
    assert_eq!((&first["id"], &first["uuid"]), (&again["id"], &again["uuid"]));
    daemon.stop().await;
}

#[tokio::test]
async fn an_envelope_may_tell_of_several_events() {
    let home = Home::new("[[company]]\nname = \"A\"\n[company.teravoz]\n").await;
    let daemon = home.start().await;
    let body = ENVELOPE
        .replace(r#""cpf": """#, r#""cpf": "12345678909""#)
        .replace(r#""atendente": {}"#, r#""atendente": {"type":"actor.entered","actor":"ana@example.com"}"#);
    assert_eq!(post(&daemon, "/api/client/webhook", &body).await.status, 204);
    let page = daemon.get(EVENTS).await;
    let items = page["items"].as_array().expect("events");
    let names: Vec<_> = items.iter().rev().map(|event| event["type"].as_str().expect("a type")).collect();
    assert_eq!(names, ["call.new", "actor.entered", "call.cpf-provided"]);
    assert!(items.iter().all(|event| event["call"] == "0bc692b0-128a-11e8-807b-e3acc2b0c13d"), "{page}");
    let agent = daemon.get("/api/v1/events/evt_1_2").await["payload"].clone();
    assert_eq!(agent["timestamp"], "2018-02-15T20:07:32.562Z", "{agent}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_in_the_words_of_each_document() {
    let home = Home::new(
        "[limits]\ninbound_body_bytes = \"64 KiB\"\n[[company]]\nname = \"A\"\n[company.teravoz]\n",
    )
    .await;
    let daemon = home.start().await;
    let (of_envelopes, of_events) = ("/api/client/webhook", "/webhook");
    let printed = json!({ "message": "Parâmetro(s) do webhook inválido", "errors": ["o campo chamada é obrigatório!"] });
    let answer = post(&daemon, of_envelopes, "{}").await;
    assert_eq!((answer.status, answer.body), (400, printed));
    let answer = post(&daemon, of_events, "{}").await;
    let failed = json!({ "success": false, "code": 400, "errors": ["type está ausente"], "message": "" });
    assert_eq!((answer.status, answer.body), (400, failed));
    let long = format!(r#"{{"type":"call.new","call_id":"{}"}}"#, "1".repeat(129));
    for body in [r#"{"type":"call.new"}"#, r#"{"chamada":{"type":"call.new","call_id":7}}"#, &long] {
        for path in [of_envelopes, of_events] {
            let answer = post(&daemon, path, body).await;
            let told = answer.body["errors"][0].as_str().expect("an error");
            assert!(answer.status == 400 && told.contains("call_id"), "{path} {body}: {}", answer.body);
        }
    }
    let large = CPF.replace("1.2", &"1".repeat(70_000));
    for path in [of_envelopes, of_events] {
        for method in ["GET", "PUT", "DELETE"] {
            let answer = send(method, &format!("{}{path}", daemon.base), &[], "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method} {path}");
        }
        assert_eq!(post(&daemon, path, &large).await.status, 413, "{path}");
        for kind in ["text/plain", "application/x-www-form-urlencoded", ";"] {
            let url = format!("{}{path}", daemon.base);
            let answer = send("POST", &url, &[("content-type", kind)], FLAT[0]).await;
            assert!(answer.status < 300, "{path} {kind}: {}", answer.body);
        }
        let raw = b"{\"type\":\"call.new\",\"call_id\":\"\xff\"}";
        let address = daemon.base.trim_start_matches("http://").parse().expect("an address");
        let status = crate::support::http::send(address, "POST", path, &[], raw).await.expect("an answer").0;
        assert_eq!(status, 400, "{path}: no UTF-8");
    }
    assert_eq!(number(&daemon).await, 1);
    daemon.stop().await;
}

#[tokio::test]
async fn a_key_is_asked_for_at_every_address_of_its_source() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    let source = created(&daemon, SOURCES, json!({ "provider": "teravoz", "token": KEY })).await;
    assert_eq!((&source["open"], &source["token"]), (&Value::Null, &Value::Null), "{source}");
    let own = [&source["path"], &source["other_paths"][0]].map(|path| path.as_str().expect("a path"));
    for path in ["/webhook", "/api/client/webhook", own[0], own[1]] {
        let answer = post(&daemon, &format!("{path}?x=1&key={KEY}"), CPF).await;
        assert!(answer.status < 300, "{path}: {}", answer.body);
        for query in ["", "?", "?key=", "?key=aB3dE5gX", "?Key=aB3dE5gH", "?token=aB3dE5gH"] {
            let answer = post(&daemon, &format!("{path}{query}"), CPF).await;
            assert_eq!(answer.status, 401, "{path}{query}: {}", answer.body);
        }
        let header = send("POST", &format!("{}{path}", daemon.base), &[("key", KEY)], CPF).await;
        assert_eq!(header.status, 401, "{path}: the key stands in the address only");
    }
    assert_eq!(post(&daemon, &format!("/in/abc/webhook?key={KEY}"), CPF).await.status, 401);
    assert_eq!(number(&daemon).await, 4, "what names no time may be the same happening again");
    let event = daemon.get("/api/v1/events/evt_1_3").await;
    assert_eq!((&event["call"], &event["payload"]["cpf"]), (&json!("1.2"), &json!("***")), "{event}");
    let log = daemon.stop().await;
    assert!(!log.contains(KEY) && !log.contains("12345678909"), "{log}");
}

/// Without a key the root says whose an event is only while one company is meant; a source's own address always does.
#[tokio::test]
async fn open_sources_are_told_apart_by_their_own_address() {
    let home = Home::new("[[company]]\nname = \"A\"\n[company.teravoz]\n[[company]]\nname = \"B\"\n").await;
    let daemon = home.start().await;
    let open = daemon.get("/api/v1/sources/source_1").await;
    assert_eq!((&open["open"], &open["token_mask"]), (&json!(true), &json!("")), "{open}");
    assert_eq!(post(&daemon, "/webhook", CPF).await.body["data"]["id"], 1);
    assert_eq!(post(&daemon, "/webhook?key=aB3dE5gX", CPF).await.status, 401, "it may be another's");

    let others = "/api/v1/companies/company_2/sources";
    let other = created(&daemon, others, json!({ "provider": "teravoz" })).await;
    for path in ["/webhook", "/api/client/webhook"] {
        let answer = post(&daemon, path, CPF).await;
        let told = answer.body["errors"][0].as_str().expect("an error");
        assert!(answer.status == 409 && told.contains(&format!("/in/<chave>{path}")), "{}", answer.body);
    }
    let own = |source: &Value| source["path"].as_str().expect("a path").to_owned();
    for (path, id) in [(own(&open), 2), (own(&other), 1), (format!("{}?key=of-old-1", own(&other)), 2)] {
        assert_eq!(post(&daemon, &path, CPF).await.body["data"]["id"], id, "{path}");
    }
    must(&daemon, "PATCH", "/api/v1/sources/source_2", json!({ "token": KEY }), 200).await;
    assert_eq!(post(&daemon, "/webhook", CPF).await.status, 409, "the other's key may have been forgotten");
    assert_eq!(post(&daemon, &own(&other), CPF).await.status, 401);
    let keyed = post(&daemon, &format!("/webhook?key={KEY}"), CPF).await;
    assert_eq!(keyed.body["data"]["id"], 3);
    must(&daemon, "PATCH", "/api/v1/sources/source_1", json!({ "token": KEY }), 200).await;
    let doubled = post(&daemon, &format!("/webhook?key={KEY}"), CPF).await;
    assert_eq!(doubled.status, 409, "two have this key: {}", doubled.body);
    must(&daemon, "PATCH", "/api/v1/sources/source_1", json!({ "token": "" }), 200).await;
    let cleared = must(&daemon, "PATCH", "/api/v1/sources/source_2", json!({ "token": "" }), 200).await;
    assert_eq!((&cleared["open"], &cleared["token_mask"]), (&json!(true), &json!("")), "{cleared}");
    assert_eq!(post(&daemon, "/webhook", CPF).await.status, 409);
    must(&daemon, "POST", "/api/v1/sources/source_2/disconnect", json!({}), 202).await;
    assert_eq!(
        post(&daemon, "/webhook", CPF).await.status,
        409,
        "what was meant for who is off is nobody else's"
    );
    assert_eq!(daemon.call("DELETE", "/api/v1/sources/source_2", None).await.0, 204);
    assert_eq!(post(&daemon, "/webhook", CPF).await.body["data"]["id"], 3, "it is the only one now");
    let ana = Visitor::first(&daemon).await;
    let page = ana.get("/companies/company_1").await.body;
    assert!(page.contains("quem conhece um endereço desta fonte pode enviar eventos"), "{page}");
    daemon.stop().await;
}

#[tokio::test]
async fn what_the_simulator_posts_is_taken_flat_and_in_envelopes() {
    let home = Home::new("[[company]]\nname = \"A\"\n").await;
    let daemon = home.start().await;
    created(&daemon, SOURCES, json!({ "provider": "teravoz", "token": KEY })).await;
    let script = Script {
        calls_per_second: 100.0,
        calls: Some(8),
        speed: 200.0,
        flat: 0.5,
        agents: Some(4),
        seed: 3,
        ..Script::default()
    };
    let url = format!("{}/webhook?key={KEY}", daemon.base);
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
