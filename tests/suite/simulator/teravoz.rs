//! The simulated exchange over real sockets: what it takes, what it answers, what it posts.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ramal::simulator::receiver::{Behaviour, Config as ReceiverConfig, Receiver};
use ramal::simulator::teravoz::{Config, Pbx, Report, Script, Trouble};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{PATIENCE, receiver};
use crate::support::http;

const PHONE: &str = "11988880000";
const SEQUENCE: [&str; 7] = [
    "call.new",
    "call.standby",
    "call.waiting",
    "actor.entered",
    "call.ongoing",
    "actor.left",
    "call.finished",
];

/// An exchange on a port of its own, and the webhook that it posts to.
struct Exchange {
    address: SocketAddr,
    pbx: Pbx,
    webhook: Receiver,
    running: JoinHandle<std::io::Result<Report>>,
    _stops: [DropGuard; 2],
}

impl Exchange {
    async fn start(change: impl FnOnce(Config) -> Config) -> Self {
        let (webhook, posts_to, stop) =
            receiver(ReceiverConfig { record: 50_000, ..ReceiverConfig::default() }).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let config = change(Config::new(format!("http://{posts_to}/api/client/webhook")));
        let pbx = Pbx::new(config).expect("it begins");
        let own = CancellationToken::new();
        let running = tokio::spawn(pbx.clone().run(listener, own.clone()));
        Self { address, pbx, webhook, running, _stops: [stop, own.drop_guard()] }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let body = body.to_string();
        http::send(self.address, "POST", path, &[], body.as_bytes()).await.expect("an answer")
    }

    async fn advance(&self, kind: &str) -> (u16, String) {
        let body = json!({ "their_number": PHONE, "our_number": "0800111111", "type": kind });
        self.post("/api/client/pabx/call", &body).await
    }

    async fn act(&self, kind: &str, call: &str, destination: impl Into<Value>) -> (u16, String) {
        let body = json!({ "type": kind, "call_id": call, "destination": destination.into() });
        self.post("/api/client/actions", &body).await
    }

    /// The bodies that came, once there are so many.
    async fn posted(&self, count: u64) -> Vec<Value> {
        let came = self.webhook.wait_until(|stats| stats.requests >= count);
        timeout(PATIENCE, came).await.expect("posts in time");
        self.bodies()
    }

    /// Once every call has ended: how many posts that took.
    async fn end(&mut self) -> u64 {
        let ended = timeout(PATIENCE * 3, &mut self.running).await.expect("an end in time");
        ended.expect("no panic").expect("no error").sent
    }

    fn bodies(&self) -> Vec<Value> {
        let bodies = self.webhook.recorded();
        bodies.iter().map(|request| serde_json::from_slice(&request.body).expect("JSON")).collect()
    }
}

fn is_refused(answer: &(u16, String), fields: &[(&str, &str)]) {
    let listed: Vec<_> = fields.iter().map(|(param, msg)| json!({ "param": param, "msg": msg })).collect();
    let said: Value = serde_json::from_str(&answer.1).unwrap_or_default();
    assert_eq!((answer.0, said), (400, json!(listed)));
}

#[tokio::test]
async fn a_call_advanced_by_hand_is_posted_event_by_event_in_envelopes() {
    let exchange = Exchange::start(|config| config).await;
    let first = (400, "O primeiro evento da chamada deve ser \"call.new\".".to_owned());
    assert_eq!(exchange.advance("call.standby").await, first);
    for kind in &SEQUENCE[..2] {
        let received = (200, format!("call event received from pabx: {kind}"));
        assert_eq!(exchange.advance(kind).await, received);
    }
    let (status, sentence) = exchange.advance("call.ongoing").await;
    let wrong = "O evento informado \"call.ongoing\" não respeita a sequência manual do ciclo de vida das chamadas. \
                 Evento atual: \"call.standby\". O próximo evento deveria ser: \"call.waiting\".";
    assert_eq!((status, sentence.as_str()), (400, wrong));
    let (status, sentence) = exchange.advance("call.waiting").await;
    assert!(status == 400 && sentence.contains("POST /api/client/actions"), "{sentence}");

    let id = exchange.posted(2).await[0]["chamada"]["call_id"].as_str().expect("an id").to_owned();
    assert!(id.len() == 36 && id.as_bytes()[14] == b'1', "version 1: {id}");
    let delegated = (201, "delegate success to call destination: 900".to_owned());
    // Origin's code sends a number, the document a text.
    assert_eq!(exchange.act("call.waiting", &id, 900).await, delegated);
    assert_eq!(exchange.act("call.waiting", &id, "900").await, delegated);
    assert_eq!(exchange.act("call.waiting", &id, "901").await.0, 409);
    for kind in &SEQUENCE[3..] {
        assert_eq!(exchange.advance(kind).await.0, 200);
    }
    let posted = exchange.posted(7).await;
    let kinds: Vec<_> = posted.iter().map(|body| body["chamada"]["type"].as_str().expect("a type")).collect();
    assert_eq!(kinds, SEQUENCE);
    for body in &posted {
        let call = &body["chamada"];
        let at = call["timestamp"].as_str().expect("a time");
        assert!(at.ends_with('Z') && at.len() == 24, "{at}");
        let dados = json!({ "call_id": id, "type": "call.cpf-provided", "cpf": "", "timestamp": at });
        assert_eq!((&body["dados"], &body["atendente"], &body["dialer"]), (&dados, &json!({}), &json!({})));
        assert_eq!((&call["call_id"], &call["code"]), (&json!(id), &json!("")));
        assert_eq!((&call["their_number"], &call["our_number"]), (&json!(PHONE), &json!("0800111111")));
    }
    assert_eq!(exchange.webhook.stats().accepted, 7);
    assert_eq!(exchange.act("call.waiting", &id, "900").await.0, 409, "it has ended");
    assert_eq!(exchange.advance("call.new").await.0, 200, "the same person calls again");
}

#[tokio::test]
async fn what_is_wrong_is_listed_by_field() {
    let exchange = Exchange::start(|config| config).await;
    let required = |field: &str, example: &str| format!("{field} is required. Ex: {example}");
    let types = SEQUENCE.join(", ");
    let wrong = [
        ("their_number", &*required("their_number", "11988880000")),
        ("our_number", &*required("our_number", "0800111111")),
        ("type", &*required("type", &types)),
    ];
    is_refused(&exchange.post("/api/client/pabx/call", &json!({})).await, &wrong);
    let short = json!({ "their_number": "119888800", "our_number": "0800111111", "type": "call.new" });
    is_refused(&exchange.post("/api/client/pabx/call", &short).await, &wrong[..1]);
    is_refused(&exchange.advance("call.overflow").await, &wrong[2..]);
    let wrong = [
        ("type", "type é obrigatório!"),
        ("call_id", "call_id é obrigatório!"),
        ("destination", "destination é obrigatório!"),
    ];
    is_refused(&exchange.post("/api/client/actions", &json!({ "type": "" })).await, &wrong);
    is_refused(
        &exchange.post("/api/client/actions", &json!({ "type": "x", "call_id": "y" })).await,
        &wrong[2..],
    );
    assert_eq!(exchange.act("call.waiting", "1.2", "900").await, (404, "call not found".to_owned()));
    assert_eq!(exchange.act("hang-up", "1.2", "900").await.0, 400);
    for body in ["", "{", "[]"] {
        let answer = http::send(exchange.address, "POST", "/api/client/actions", &[], body.as_bytes()).await;
        let (status, said) = answer.expect("an answer");
        assert!(status == 400 && said.contains("\"param\":\"body\""), "{said}");
    }
    let large = "x".repeat(100_000);
    let answer = http::send(exchange.address, "POST", "/actions", &[], large.as_bytes()).await;
    assert_eq!(answer.expect("an answer").0, 413);
    assert_eq!(exchange.webhook.stats().requests, 0, "nothing of it was told");
}

#[tokio::test]
async fn the_real_interface_asks_for_its_password_and_answers_in_json() {
    let access = Some(("ana".to_owned(), "senha".to_owned()));
    let exchange = Exchange::start(|config| {
        let script = Script { flat: 1.0, ..config.script.clone() };
        Config { access, script, ..config }
    })
    .await;
    let ask = async |method: &str, path: &str, auth: &str, body: Value| {
        let body = body.to_string();
        let headers = [("authorization", auth)];
        let answer = http::send(exchange.address, method, path, &headers, body.as_bytes()).await;
        let (status, said) = answer.expect("an answer");
        (status, serde_json::from_str::<Value>(&said).unwrap_or_default())
    };
    // ana:senha, ana:outra
    let (right, wrong) = ("Basic YW5hOnNlbmhh", "Basic YW5hOm91dHJh");
    for (method, path) in [("POST", "/actions"), ("GET", "/peers"), ("GET", "/recording/1.wav")] {
        assert_eq!(ask(method, path, wrong, json!({})).await.0, 401, "{path}");
        assert_ne!(ask(method, path, right, json!({})).await.0, 401, "{path}");
    }
    let (_, peers) = ask("GET", "/peers", right, json!({})).await;
    let list = peers["list"].as_array().expect("a list");
    assert_eq!(peers["size"], list.len().to_string());
    assert!(list.iter().all(|peer| peer["name"].is_string() && peer["number"].is_string()), "{peers}");

    for kind in &SEQUENCE[..2] {
        assert_eq!(exchange.advance(kind).await.0, 200);
    }
    let id = exchange.posted(2).await[0]["call_id"].as_str().expect("an id").to_owned();
    let action = |kind: &str| json!({ "type": kind, "call_id": id });
    let no_destination = (400, json!({ "error": "destination is required" }));
    assert_eq!(ask("POST", "/actions", right, action("delegate")).await, no_destination);
    let mut delegate = action("delegate");
    delegate["destination"] = json!("901");
    assert_eq!(ask("POST", "/actions", right, delegate).await, (200, json!({ "status": "ok" })));
    let posted = exchange.posted(3).await;
    assert_eq!((&posted[2]["type"], &posted[2]["queue"]), (&json!("call.waiting"), &json!("901")));
    assert_eq!(ask("POST", "/actions", right, action("sing")).await.0, 400);
    assert_eq!(ask("GET", "/recording/none.wav", right, json!({})).await.0, 404);
    let path = format!("/recording/{id}.wav");
    let wav = http::send(exchange.address, "GET", &path, &[("authorization", right)], b"").await;
    let (status, wav) = wav.expect("an answer");
    assert!(status == 200 && wav.starts_with("RIFF") && wav.len() > 16_000, "{status}");
}

#[tokio::test]
async fn the_dialer_calls_numbers() {
    let exchange = Exchange::start(|config| {
        let script = Script { flat: 1.0, speed: 1_000.0, ..config.script.clone() };
        Config { script, ..config }
    })
    .await;
    let order = json!({ "type": "dialer", "numbers": ["5511999998888"], "destination": "100",
        "destination_type": "peer", "code": "c7", "retries": "50", "retry_gap": "1s", "ttl": "5m" });
    assert_eq!(exchange.post("/actions", &order).await, (200, json!({ "status": "ok" }).to_string()));
    let mut wrong = order.clone();
    wrong["retry_gap"] = json!("soon");
    let (status, said) = exchange.post("/actions", &wrong).await;
    assert!(status == 400 && said.contains("retry_gap"), "{said}");
    let is_over = |bodies: &[Value]| bodies.iter().any(|body| body["type"] == "call.recording-available");
    let mut count = 1;
    let posted = loop {
        let posted = exchange.posted(count).await;
        if is_over(&posted) {
            break posted;
        }
        count = posted.len() as u64 + 1;
    };
    let kinds: Vec<_> = posted.iter().map(|body| body["type"].as_str().expect("a type")).collect();
    let course = ["dialer.success", "call.new", "peer.ringing", "call.ongoing", "call.finished"];
    let at: Vec<_> = course.iter().map(|kind| kinds.iter().position(|told| told == kind)).collect();
    assert!(kinds[0] == "dialer.attempt" && at.is_sorted() && !at.contains(&None), "{kinds:?}");
    assert!(posted.iter().filter(|body| body["code"].is_string()).all(|body| body["code"] == "c7"));
}

#[tokio::test]
async fn actions_fail_and_tarry_as_asked_for() {
    let status = Some(::http::StatusCode::INTERNAL_SERVER_ERROR);
    let refusing =
        Exchange::start(|config| Config { trouble: Trouble { status, delay: Duration::ZERO }, ..config })
            .await;
    for kind in &SEQUENCE[..2] {
        refusing.advance(kind).await;
    }
    let id = refusing.posted(2).await[0]["chamada"]["call_id"].as_str().expect("an id").to_owned();
    assert_eq!(refusing.act("call.waiting", &id, "900").await.0, 500);
    assert_eq!(refusing.post("/actions", &json!({ "type": "delegate" })).await.0, 500);
    let (_, status) =
        http::send(refusing.address, "GET", "/control/status", &[], b"").await.expect("an answer");
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["calls"], json!({ "call.standby": 1 }), "it was not taken");

    let slow = Exchange::start(|config| Config {
        trouble: Trouble { status: None, delay: Duration::from_millis(300) },
        ..config
    })
    .await;
    let asked = Instant::now();
    assert_eq!(slow.act("call.waiting", "1.2", "900").await.0, 404);
    assert!(asked.elapsed() >= Duration::from_millis(300));
}

/// A call's posts keep their order while the webhook is slow, and other calls go on beside it.
#[tokio::test]
async fn a_slow_webhook_disturbs_no_order() {
    let mut exchange = Exchange::start(|config| {
        let script =
            Script { calls_per_second: 200.0, calls: Some(40), speed: 300.0, flat: 0.5, ..Script::default() };
        Config { script, ..config }
    })
    .await;
    exchange.webhook.behave(Behaviour { delay_ms: Some(20), ..Behaviour::default() });
    exchange.end().await;
    in_order(&exchange.bodies(), 40);
}

fn in_order(posted: &[Value], calls: usize) {
    let mut latest: HashMap<&str, (&str, usize)> = HashMap::new();
    for body in posted {
        let said = body.get("chamada").unwrap_or(body);
        let Some(call) = said["call_id"].as_str() else { continue };
        let (at, kind) =
            (said["timestamp"].as_str().expect("a time"), said["type"].as_str().expect("a type"));
        let (before, count) = latest.get(call).copied().unwrap_or_default();
        assert!(at >= before, "{call}: {kind} at {at} after {before}");
        assert_eq!(kind == "call.new", count == 0, "{call}: {kind}");
        latest.insert(call, (at, count + 1));
    }
    assert_eq!(latest.len(), calls);
}

/// What waits is bounded: the clock of the calls stands until the webhook takes them.
#[tokio::test]
async fn a_webhook_that_hangs_fills_no_memory() {
    const MOST: u64 = 20_000;
    let exchange = Exchange::start(|config| {
        let script =
            Script { calls_per_second: 10_000.0, speed: 100.0, agents: Some(0), ..Script::default() };
        Config { script, ..config }
    })
    .await;
    exchange.webhook.behave(Behaviour { hang: Some(true), ..Behaviour::default() });
    let waiting = async || {
        let (_, said) =
            http::send(exchange.address, "GET", "/control/status", &[], b"").await.expect("an answer");
        let said: Value = serde_json::from_str(&said).expect("JSON");
        said["waiting"].as_u64().expect("a number")
    };
    let full = timeout(PATIENCE, async { while waiting().await < MOST {} });
    full.await.expect("it fills up to its bound");
    let (status, _) = exchange.advance("call.new").await;
    assert_eq!(status, 503);
    for _ in 0..50 {
        let held = waiting().await;
        assert!((MOST..MOST + 2_100).contains(&held), "{held}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_a_thousand_posts_a_second_reach_a_webhook_in_order() {
    const CALLS: usize = 1_000;
    let started = Instant::now();
    let mut exchange = Exchange::start(|config| {
        let script = Script {
            calls_per_second: 1_000.0,
            calls: Some(CALLS as u64),
            speed: 100.0,
            flat: 1.0,
            agents: Some(400),
            ..Script::default()
        };
        Config { script, ..config }
    })
    .await;
    let sent = exchange.end().await;
    let elapsed = started.elapsed();
    assert_eq!(exchange.pbx.report().answers.get("200"), Some(&sent));
    in_order(&exchange.bodies(), CALLS);
    assert!(u128::from(sent) > elapsed.as_millis(), "{sent} posts took {elapsed:?}");
}

#[test]
fn the_command_plays_calls_and_sums_up() {
    let sink = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", sink.local_addr().expect("bound"));
    // Nobody answers there: the posts fail, and the exchange ends all the same.
    drop(sink);
    let arguments = ["simulate", "teravoz", "--auto", "--calls", "3", "--rate", "100", "--speed", "500"];
    let more = ["--flat", "--listen", "127.0.0.1:0", "--url", &url];
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ramal")).args(arguments).args(more).output();
    let output = output.expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains(&url), "{said}");
    let report: Value = serde_json::from_str(said.lines().last().expect("a report")).expect("JSON");
    assert!(report["sent"].as_u64().is_some_and(|sent| sent > 10), "{report}");
    assert_eq!(report["answers"]["error"], report["sent"]);
}
