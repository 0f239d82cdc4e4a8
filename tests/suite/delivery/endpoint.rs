//! A customer's URL that answers as a test says, and writes down every request as it came.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::sync::Notify;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub seq: i64,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub status: u16,
}

/// What to answer the `n`th request (1 is the first) for an event, and after how long.
type Rule = dyn Fn(i64, usize) -> (u16, Duration) + Send + Sync;

struct Shared {
    rule: Mutex<Arc<Rule>>,
    received: Mutex<Vec<Received>>,
    news: Notify,
}

/// Ends when dropped.
pub struct Endpoint {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

impl Endpoint {
    /// Takes everything.
    pub async fn start() -> Endpoint {
        Endpoint::answering(|_, _| (200, Duration::ZERO)).await
    }

    pub async fn answering(rule: impl Fn(i64, usize) -> (u16, Duration) + Send + Sync + 'static) -> Endpoint {
        let shared = Arc::new(Shared {
            rule: Mutex::new(Arc::new(rule)),
            received: Mutex::default(),
            news: Notify::new(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let app = Router::new().route("/", post(receive)).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Endpoint { address, shared, server }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on it answers otherwise.
    pub fn answer(&self, rule: impl Fn(i64, usize) -> (u16, Duration) + Send + Sync + 'static) {
        *self.shared.rule.lock().expect("no panic inside") = Arc::new(rule);
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("no panic inside").clone()
    }

    /// Seqs in the order in which they were taken.
    pub fn taken(&self) -> Vec<i64> {
        self.received().iter().filter(|one| one.status < 300).map(|one| one.seq).collect()
    }

    /// Waits until the requests are as wanted.
    pub async fn until(&self, what: &str, wanted: impl Fn(&[Received]) -> bool) {
        let reached = async {
            loop {
                let news = self.shared.news.notified();
                if wanted(&self.received()) {
                    return;
                }
                news.await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_mins(1), reached).await;
        assert!(in_time.is_ok(), "{what}: {} requests came", self.received().len());
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let seq = id.split('_').nth(2).and_then(|seq| seq.parse().ok()).unwrap_or_default();
    let rule = shared.rule.lock().expect("no panic inside").clone();
    let before: HashMap<i64, usize> =
        shared.received.lock().expect("no panic inside").iter().fold(HashMap::new(), |mut counts, one| {
            *counts.entry(one.seq).or_default() += 1;
            counts
        });
    let (status, after) = rule(seq, before.get(&seq).copied().unwrap_or(0) + 1);
    // A receiver that takes its time, not a test that waits for something.
    tokio::time::sleep(after).await;
    shared.received.lock().expect("no panic inside").push(Received { seq, headers, body, status });
    shared.news.notify_waiters();
    StatusCode::from_u16(status).expect("a status")
}
