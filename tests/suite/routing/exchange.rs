//! A provider's exchange that takes what it is told, refuses it, or never answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use tokio::net::TcpListener;

use super::SOON;

/// What it does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Answers(u16),
    Hangs,
}

/// Something that it was told.
#[derive(Debug, Clone)]
pub struct Order {
    pub call: String,
    pub destination: String,
    pub kind: String,
    /// The method and the path, and the whole body.
    pub asked: (Method, String),
    pub body: Value,
    pub authorization: Option<String>,
    pub at: Instant,
}

struct Inner {
    mood: Mood,
    orders: Vec<Order>,
}

/// Serves until it is dropped.
pub struct Exchange {
    pub address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Exchange {
    pub async fn start(mood: Mood) -> Exchange {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let inner = Arc::new(Mutex::new(Inner { mood, orders: Vec::new() }));
        let app = Router::new().fallback(take).with_state(inner.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Exchange { address, inner, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}/api/client/actions", self.address)
    }

    pub fn is(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    pub fn orders(&self) -> Vec<Order> {
        self.lock().orders.clone()
    }

    /// Its orders, once there are so many.
    pub async fn told(&self, count: usize) -> Vec<Order> {
        let told = async {
            while self.lock().orders.len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(SOON, told).await;
        assert!(in_time.is_ok(), "not told {count} times: {:?}", self.orders());
        self.orders()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic inside")
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let order: Value = serde_json::from_slice(&body).expect("it is told in JSON");
    let text = |field: &str| order[field].as_str().unwrap_or_default().to_owned();
    let mood = {
        let mut inner = inner.lock().expect("no panic inside");
        inner.orders.push(Order {
            call: text("call_id"),
            destination: text("destination"),
            kind: text("type"),
            asked: (method, uri.to_string()),
            body: order.clone(),
            authorization: headers.get("authorization").map(|value| value.to_str().expect("text").to_owned()),
            at: Instant::now(),
        });
        inner.mood
    };
    match mood {
        Mood::Answers(status) => {
            let said = format!("delegate to call destination: {}", order["destination"]);
            (StatusCode::from_u16(status).expect("a status"), said)
        }
        Mood::Hangs => std::future::pending().await,
    }
}
