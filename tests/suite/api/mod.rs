//! The JSON API, the providers' doors and the lines, against the running program: everything here is seen from outside,
//! over HTTP, with the simulated provider and a receiver as the other two sides.

mod access;
mod bodies;
mod calls;
mod changes;
mod companies;
mod consumers;
mod contact_points;
mod contacts;
mod dialects;
mod door_states;
mod doors;
mod duties;
mod events;
mod headers;
mod incidents;
mod invariants;
mod keys;
mod lines;
mod losses;
mod names;
mod notices;
mod reconciliation;
mod search;
mod secrets;
mod series;
mod shares;
mod standstill;
mod subscriptions;
mod takeover;
mod unsteady;
mod waiting;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ramal::simulator::receiver::{Config as ReceiverConfig, Receiver};
use ramal::simulator::threecplus::{Account, Config, Control, Simulator};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::daemon::{Daemon, Home};

const PATIENCE: Duration = Duration::from_secs(20);
/// Tests live on this machine, which the guard does not let webhooks lead to unless told.
pub const SETTINGS: &str = "[guard]\nallow = [\"127.0.0.0/8\"]\n";

/// An answer with everything that is checked of it.
pub struct Answer {
    pub status: u16,
    headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Field and code of every fault of a problem document.
    fn faults(&self) -> Vec<(&str, &str)> {
        let text = |value: &'_ Value| value.as_str().map(str::len).unwrap_or_default();
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                assert!(text(&error["message"]) > 0, "a fault without words: {error}");
                (error["field"].as_str().unwrap_or_default(), error["code"].as_str().unwrap_or_default())
            })
            .collect()
    }
}

/// A request exactly as written.
pub async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let tls = ramal::net::client_config(None).expect("built-in roots").as_ref().clone();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
    let mut request = client.request(method.parse().unwrap(), url).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.expect("a body");
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// The simulated 3C Plus; silent unless told to emit.
pub struct Provider {
    address: SocketAddr,
    control: Control,
    _stop: DropGuard,
}

impl Provider {
    pub async fn start(accounts: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let simulator = Simulator::new(Config::new((1..=accounts).map(Account::numbered).collect(), 0.0));
        let (control, stop) = (simulator.control(), CancellationToken::new());
        tokio::spawn(simulator.run(listener, stop.clone()));
        Self { address, control, _stop: stop.drop_guard() }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends one event to the sockets of account `n`.
    pub fn emit(&self, n: u32, name: &str, payload: &Value) {
        let args = [RawValue::from_string(payload.to_string()).expect("JSON")];
        let sockets = self.control.emit(Some(9_000 + i64::from(n)), name, &args);
        assert_eq!(sockets, 1, "account {n} has one socket");
    }
}

/// A customer's system that keeps what it gets.
pub struct Customer {
    pub url: String,
    pub receiver: Receiver,
    _stop: DropGuard,
}

impl Customer {
    pub async fn start(secrets: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/webhook", listener.local_addr().expect("bound"));
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        let receiver = Receiver::new(ReceiverConfig { secrets, record: 1_000, ..ReceiverConfig::default() });
        let stop = CancellationToken::new();
        tokio::spawn(receiver.clone().run(listener, stop.clone()));
        Self { url, receiver, _stop: stop.drop_guard() }
    }

    /// Returns when so many requests were accepted.
    pub async fn accepted(&self, count: u64) {
        let waiting = self.receiver.wait_until(|stats| stats.accepted >= count);
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "{count} were not accepted: {:?}", self.receiver.stats());
    }

    /// What `payload.n` said in each accepted body, in order of arrival.
    fn numbers(&self) -> Vec<i64> {
        let accepted = self.receiver.recorded();
        let accepted = accepted.iter().filter(|request| request.status.is_some_and(|s| s.is_success()));
        let body = |body: &[u8]| serde_json::from_slice::<Value>(body).expect("a JSON body");
        accepted.filter_map(|request| body(&request.body)["payload"]["n"].as_i64()).collect()
    }
}

/// A customer's system that takes everything but the events it was told to refuse.
pub struct Picky {
    pub url: String,
    refused: Arc<Mutex<HashMap<i64, u16>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Picky {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let refused: Arc<Mutex<HashMap<i64, u16>>> = Arc::default();
        let statuses = refused.clone();
        let answer = move |axum::Json(body): axum::Json<Value>| {
            let number = body["payload"]["n"].as_i64().unwrap_or_default();
            let status = statuses.lock().expect("no panic inside").get(&number).copied().unwrap_or(200);
            std::future::ready(axum::http::StatusCode::from_u16(status).expect("a status"))
        };
        let app = axum::Router::new().fallback(answer);
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Self { url, refused, server }
    }

    /// From now on events with this `payload.n` are answered so.
    pub fn answer(&self, number: i64, status: u16) {
        self.refused.lock().expect("no panic inside").insert(number, status);
    }
}

impl Drop for Picky {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A company with a connected 3C Plus source and a webhook, all made through the API.
pub struct Company {
    pub id: String,
    pub source: String,
    pub webhook: String,
}

impl Company {
    pub async fn create(daemon: &Daemon, provider: &Provider, n: u32, url: &str, events: &[&str]) -> Company {
        let company = created(daemon, "/api/v1/companies", json!({ "name": format!("Empresa {n}") })).await;
        let id = company["id"].as_str().expect("an id").to_owned();
        let account = Account::numbered(n);
        let source = json!({
            "provider": "threecplus", "account": account.company.to_string(), "token": account.token,
            "socket_url": provider.url(), "connect": true,
        });
        let source = created(daemon, &format!("/api/v1/companies/{id}/sources"), source).await;
        let webhook =
            json!({ "name": "Principal", "url": url, "events": events, "retry_seconds": [1, 1, 1, 1, 1, 1] });
        let webhook = created(daemon, &format!("/api/v1/companies/{id}/webhooks"), webhook).await;
        let text = |view: &Value| view["id"].as_str().expect("an id").to_owned();
        let made = Company { id, source: text(&source), webhook: text(&webhook) };
        made.line_is(daemon, "connected").await;
        made
    }

    async fn line_is(&self, daemon: &Daemon, state: &str) -> Value {
        let path = format!("/api/v1/sources/{}/status", self.source);
        daemon.until(&path, |status| status["state"] == state).await
    }

    /// Returns when the journal holds so many events of the company.
    pub async fn head_is(&self, daemon: &Daemon, head: i64) -> Value {
        daemon.until(&self.hook("/status"), |status| status["head"] == head).await
    }

    pub fn hook(&self, rest: &str) -> String {
        format!("/api/v1/webhooks/{}{rest}", self.webhook)
    }

    pub fn event(&self, seq: i64) -> String {
        format!("evt_{}_{seq}", self.id.trim_start_matches("company_"))
    }
}

/// POST that must answer 201.
pub async fn created(daemon: &Daemon, path: &str, body: Value) -> Value {
    let (status, view) = daemon.call("POST", path, Some(body)).await;
    assert_eq!(status, 201, "POST {path}: {view}");
    view
}

/// A request that must answer with this status.
pub async fn must(daemon: &Daemon, method: &str, path: &str, body: Value, wanted: u16) -> Value {
    let (status, view) = daemon.call(method, path, Some(body)).await;
    assert_eq!(status, wanted, "{method} {path}: {view}");
    view
}

/// Another API key.
async fn key(home: &Home, arguments: &[&str]) -> String {
    let all = [&["api-key", "create", "--name", "other"], arguments].concat();
    let output = home.command(&all).output().await.expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}
