//! The simulators as their peers see them: on the wire, and by the reference client.

mod teravoz;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use ramal::domain::Timestamp;
use ramal::domain::json::validate;
use ramal::simulator::receiver::{Behaviour, Config as ReceiverConfig, Receiver};
use ramal::simulator::threecplus::{Account, Config, Control, Kick, Simulator};
use ramal::simulator::{tellicon, threecplus};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::http;
use crate::support::node::Node;

const PATIENCE: Duration = Duration::from_secs(20);

/// A simulated service on a port of its own; ends when it is dropped.
struct Service {
    address: SocketAddr,
    control: Control,
    _stop: DropGuard,
}

impl Service {
    async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let simulator = Simulator::new(config);
        let control = simulator.control();
        let stop = CancellationToken::new();
        tokio::spawn(simulator.run(listener, stop.clone()));
        Self { address, control, _stop: stop.drop_guard() }
    }

    /// Two companies and a token of an agent's role; silent unless asked.
    async fn silent() -> Self {
        let agent =
            Account { token: "3cs_agente".to_owned(), company: 9_003, agent_id: Some("150321".to_owned()) };
        Self::start(Config::new(vec![Account::numbered(1), Account::numbered(2), agent], 0.0)).await
    }

    async fn connect(&self, query: &str) -> Wire {
        let url = format!("ws://{}/socket.io/?{query}&EIO=4&transport=websocket", self.address);
        let (stream, _) = connect_async(url).await.expect("an upgrade");
        let mut wire = Wire(stream);
        assert!(wire.text().await.expect("an open packet").starts_with("0{"));
        wire.0.send(Message::text("40")).await.expect("open");
        wire
    }

    async fn connected(&self, n: u32) -> Wire {
        let mut wire = self.connect(&format!("token={}", Account::numbered(n).token)).await;
        assert!(wire.text().await.expect("an answer").starts_with("40{\"sid\":"));
        wire
    }
}

struct Wire(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Wire {
    /// The next packet that is not a ping; `None` when the connection is over.
    async fn text(&mut self) -> Option<String> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("a packet in time") {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => {}
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("JSON")
}

#[tokio::test]
async fn a_bad_token_is_refused_in_the_services_words() {
    let service = Service::silent().await;
    for query in ["token=wrong", "agent_id=1", "token=3cs_agente", "token=3cs_agente&agent_id=1"] {
        let mut wire = service.connect(query).await;
        assert_eq!(wire.text().await.as_deref(), Some(r#"44{"message":"Authentication error"}"#), "{query}");
    }
    let mut agent = service.connect("token=3cs_agente&agent_id=150321").await;
    assert!(agent.text().await.expect("an answer").starts_with("40{"));
    assert_eq!(service.control.status().refused, 4);
}

#[tokio::test]
async fn the_api_says_whose_a_token_is() {
    let service = Service::silent().await;
    let ask = async |path: &str, token: &str, agent: Option<&str>| {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(agent.map(|agent| ("x-agent-id", agent)));
        http::send(service.address, "GET", path, &headers, b"").await.expect("an answer")
    };
    let (me, campaigns) = ("/api/v1/me", "/api/v1/campaigns?per_page=1");
    let manager = Account::numbered(1).token;
    let (status, body) = ask(me, &manager, None).await;
    assert!(status == 200 && body.contains(r#""id":9001"#), "{body}");
    assert_eq!(ask(campaigns, &manager, None).await.0, 200);
    assert_eq!(ask(me, &manager, Some("150321")).await.0, 400);
    assert_eq!(ask(me, "3cs_agente", None).await.0, 400);
    assert_eq!(ask(me, "3cs_agente", Some("1")).await.0, 401);
    assert_eq!(ask(me, "3cs_agente", Some("150321")).await.0, 200);
    assert_eq!(ask(campaigns, "3cs_agente", Some("150321")).await.0, 403);
    service.control.refuse(Some(9_001), true);
    let (status, body) = ask(me, &manager, None).await;
    assert!(status == 401 && body.contains("Token de serviço inválido"), "{body}");
}

#[tokio::test]
async fn emitted_payloads_are_not_touched() {
    let service = Service::silent().await;
    let mut wire = service.connected(1).await;
    let mut other = service.connected(2).await;
    service.control.wait_connected(2).await;
    let deep = format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000));
    let long = format!("\"{}\"", "é".repeat(5 << 20));
    for payload in [
        r#"{"b":1.0,"a":123456789012345678901234567890,"b":2,"s":"\ud83d","u":"\u00e9é"}"#,
        r#"{ "spaced" : [ 1 , 1e400 ] }"#,
        "null",
        deep.as_str(),
        long.as_str(),
    ] {
        let (status, answer) = http::send(
            service.address,
            "POST",
            "/control/emit?name=call-was-created&company=9001",
            &[],
            payload.as_bytes(),
        )
        .await
        .expect("an answer");
        assert_eq!((status, answer.as_str()), (200, r#"{"sockets":1}"#));
        assert_eq!(wire.text().await, Some(format!(r#"42["call-was-created",{payload}]"#)));
    }
    assert_eq!(service.control.emit(Some(9_001), "ação \"x\"", &[raw("1"), raw("2")]), 1);
    assert_eq!(wire.text().await.as_deref(), Some(r#"42["ação \"x\"",1,2]"#));
    service.control.emit(None, "nothing", &[]);
    assert_eq!(wire.text().await.as_deref(), Some(r#"42["nothing"]"#));
    assert_eq!(
        other.text().await.as_deref(),
        Some(r#"42["nothing"]"#),
        "and nothing of the other company before"
    );
    let bad =
        http::send(service.address, "POST", "/control/emit?name=x", &[], b"{").await.expect("an answer");
    assert_eq!(bad.0, 400);
}

#[tokio::test]
async fn a_stream_reaches_every_known_event() {
    let service = Service::silent().await;
    let mut wire = service.connected(1).await;
    service.control.wait_connected(1).await;
    let mut names = HashSet::new();
    while names.len() < 66 {
        service.control.burst(2_000);
        for _ in 0..2_000 {
            let packet = wire.text().await.expect("an event");
            let event = packet.strip_prefix("42").expect("an event packet");
            assert_eq!(validate(event.as_bytes()), Ok(()));
            assert!(!event.contains("\"company_id\":9002"));
            names.insert(event.split('"').nth(1).expect("a name").to_owned());
        }
    }
    assert_eq!(service.control.status().sent % 2_000, 0);
}

#[tokio::test]
async fn the_rate_is_kept() {
    let service = Service::silent().await;
    let mut wire = service.connected(1).await;
    let start = std::time::Instant::now();
    http::send(service.address, "POST", "/control/rate?events_per_second=2000", &[], b"")
        .await
        .expect("an answer");
    for _ in 0..1_000 {
        wire.text().await.expect("an event");
    }
    // No upper bound: this machine may be busy.
    assert!(start.elapsed() > Duration::from_millis(450), "{:?}", start.elapsed());
}

#[tokio::test]
async fn kicks_refusals_and_restarts() {
    let service = Service::silent().await;
    let mut kicked = service.connected(1).await;
    let mut cut = service.connected(2).await;
    service.control.wait_connected(2).await;
    assert_eq!(service.control.kick(Some(9_001), Kick::Disconnect), 1);
    assert_eq!(kicked.text().await.as_deref(), Some("41"));
    let answer = http::send(service.address, "POST", "/control/kick?company=9002&how=cut", &[], b"").await;
    assert_eq!(answer.expect("an answer").1, r#"{"kicked":1}"#);
    assert_eq!(cut.text().await, None);
    service.control.wait_connected(0).await;

    http::send(service.address, "POST", "/control/refuse?company=9001&on=true", &[], b"")
        .await
        .expect("an answer");
    let mut refused = service.connect(&format!("token={}", Account::numbered(1).token)).await;
    assert!(refused.text().await.expect("an answer").starts_with("44{"));
    service.connected(2).await;
    service.control.refuse(Some(9_001), false);

    let mut before = service.connected(1).await;
    let restarted = tokio::spawn({
        let control = service.control.clone();
        async move { control.restart(Duration::from_millis(100)).await }
    });
    assert_eq!(before.text().await, None);
    let url = format!("ws://{}/socket.io/?token=x&EIO=4&transport=websocket", service.address);
    assert!(connect_async(url).await.is_err(), "nothing listens while it is down");
    restarted.await.expect("back");
    service.connected(1).await;
}

#[tokio::test]
async fn the_reference_client_gets_along_with_it() {
    let service = Service::silent().await;
    let listen = async |token: &str| {
        let argument = json!({ "url": format!("http://{}", service.address), "query": { "token": token } });
        Node::start("listen.mjs", &argument).await
    };
    let mut refused = listen("wrong").await;
    assert_eq!(refused.hear("connect_error").await["message"], "Authentication error");
    let mut client = listen(&Account::numbered(1).token).await;
    assert!(client.hear("connect").await["id"].is_string());
    service.control.wait_connected(1).await;
    let emitted = async |client: &mut Node, name: &str, args: &[Box<RawValue>]| {
        service.control.emit(None, name, args);
        let event = client.hear("event").await;
        assert_eq!(event["name"], name);
        event["args"].clone()
    };
    assert_eq!(
        emitted(&mut client, "agent-is-idle", &[raw(r#"{"agent":{"id":7}}"#)]).await,
        json!([{ "agent": { "id": 7 } }])
    );
    assert_eq!(emitted(&mut client, "none", &[]).await, json!([]));
    assert_eq!(emitted(&mut client, "several", &[raw("1"), raw("[2]")]).await, json!([1, [2]]));
    service.control.burst(1);
    assert!(client.hear("event").await["args"][0].is_object());
    service.control.kick(None, Kick::Disconnect);
    assert_eq!(client.hear("disconnect").await["reason"], "io server disconnect");
}

async fn receiver(config: ReceiverConfig) -> (Receiver, SocketAddr, DropGuard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let receiver = Receiver::new(config);
    let stop = CancellationToken::new();
    tokio::spawn(receiver.clone().run(listener, stop.clone()));
    (receiver, address, stop.drop_guard())
}

fn hmac(key: &[u8], content: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("any key");
    mac.update(content.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test]
async fn the_receiver_checks_what_it_gets() {
    const SECRET: &str = "minha_chave_secreta";
    let config = ReceiverConfig { secrets: vec![SECRET.to_owned()], record: 10, ..ReceiverConfig::default() };
    let (receiver, address, _stop) = receiver(config).await;
    let deliver = async |seq: i64, call: &str, key: &str, target: &str| {
        let id = format!("evt_7_{seq}");
        let body = format!(
            r#"{{"event":"call-x","payload":{{"call":{{"telephony_id":"{call}"}}}},"meta":{{"seq":{seq}}}}}"#
        );
        let now = Timestamp::now().unix_seconds().to_string();
        let plain = hex::encode(hmac(key.as_bytes(), &body));
        let standard = hmac(key.as_bytes(), &format!("{id}.{now}.{body}"));
        let standard = format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(standard));
        let headers = [
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", &now),
            ("webhook-signature", &standard),
            ("x-signature-sha256", &plain),
        ];
        http::send(address, "POST", target, &headers, body.as_bytes()).await.map(|(status, _)| status)
    };
    assert_eq!(deliver(1, "a", SECRET, "/hook").await.expect("an answer"), 200);
    assert_eq!(deliver(3, "a", SECRET, "/hook?status=503").await.expect("an answer"), 503);
    assert_eq!(deliver(3, "a", SECRET, "/hook?delay_ms=1").await.expect("an answer"), 200);
    assert_eq!(deliver(2, "a", "another", "/hook").await.expect("an answer"), 200);
    assert_eq!(deliver(2, "a", SECRET, "/hook").await.expect("an answer"), 200);
    assert!(deliver(4, "a", SECRET, "/hook?down=true").await.is_err());
    receiver.behave(Behaviour { hang: Some(true), ..Behaviour::default() });
    assert!(timeout(Duration::from_millis(100), deliver(5, "a", SECRET, "/")).await.is_err());
    receiver.set_down(true);
    assert!(deliver(6, "a", SECRET, "/").await.is_err());
    receiver.set_down(false);
    receiver.behave(Behaviour::default());
    assert_eq!(deliver(4, "b", SECRET, "/hook").await.expect("an answer"), 200);

    let stats = receiver.wait_until(|stats| stats.distinct() == 4).await;
    assert_eq!((stats.accepted, stats.duplicates, stats.order_violations), (5, 1, 1));
    assert_eq!((stats.signatures.plain.good, stats.signatures.plain.bad), (7, 1));
    assert_eq!(stats.signatures.standard, stats.signatures.plain);
    let (_, shown) = http::send(address, "GET", "/stats", &[], b"").await.expect("an answer");
    assert_eq!(
        serde_json::from_str::<Value>(&shown).expect("JSON"),
        serde_json::to_value(&stats).expect("JSON")
    );
    assert_eq!(receiver.recorded().len(), 8);
    assert_eq!(http::send(address, "GET", "/hook", &[], b"").await.expect("an answer").0, 405);
}

/// The provider's side and our reading of it, which were written apart, agree on every dialect.
#[tokio::test]
async fn simulated_intercoms_speak_the_contract() {
    let (receiver, address, _stop) =
        receiver(ReceiverConfig { record: 300, ..ReceiverConfig::default() }).await;
    let config = tellicon::Config {
        url: format!("http://{address}/eventTellicon"),
        token: "abcdefghijklmnopqrstuvwx".to_owned(),
        events_per_second: 10_000.0,
        events: Some(300),
        all_dialects: true,
        repeat: 0.1,
        seed: 5,
    };
    let report = tellicon::run(config, CancellationToken::new()).await.expect("sent");
    assert_eq!((report.sent, report.answers.get("200")), (300, Some(&300)));
    let mut names = HashSet::new();
    let mut keys = HashSet::new();
    for request in receiver.recorded() {
        let token = request.headers.get(ramal::sources::tellicon::AUTH_HEADER).map(http_value);
        assert_eq!(token, Some("abcdefghijklmnopqrstuvwx"));
        let decoded =
            ramal::sources::tellicon::decode(&request.body, false, Timestamp::now()).expect("contract");
        assert_eq!(decoded.warnings, [""; 0]);
        names.insert(decoded.name);
        keys.insert(decoded.dedupe);
    }
    assert_eq!(names.len(), 3);
    assert!(keys.len() < 300, "some were repeated");
}

fn http_value(value: &::http::HeaderValue) -> &str {
    value.to_str().expect("text")
}

#[tokio::test]
async fn a_simulator_ends_when_it_is_told_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let stop = CancellationToken::new();
    let running =
        tokio::spawn(threecplus::run(Config::new(vec![Account::numbered(1)], 100.0), listener, stop.clone()));
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let (mut client, _) = connect_async(url).await.expect("an upgrade");
    stop.cancel();
    timeout(PATIENCE, running).await.expect("in time").expect("no panic").expect("no error");
    while let Some(Ok(_)) = timeout(PATIENCE, client.next()).await.expect("in time") {}
}
