//! A company's URL, in the test's own process: writes down every request, and refuses when told to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

/// One request as it came, and how it was answered.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: String,
    pub seq: i64,
    pub at: Instant,
    pub accepted: bool,
}

#[derive(Default)]
struct Shared {
    refusing: AtomicBool,
    deliveries: Mutex<Vec<Delivery>>,
}

/// A receiver on an ephemeral port; ends when dropped.
pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Receiver {
        let shared = Arc::new(Shared::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let app = Router::new().route("/", post(receive)).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Receiver { address, shared, server }
    }

    /// From now on requests are answered with 503 (or 200 again).
    pub fn refuse(&self, refusing: bool) {
        self.shared.refusing.store(refusing, Ordering::SeqCst);
    }

    /// Everything so far, in order of arrival.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.deliveries.lock().expect("no panic inside").clone()
    }

    /// The accepted deliveries of each event, in order of arrival.
    pub fn accepted(&self) -> HashMap<i64, Vec<Delivery>> {
        let mut accepted: HashMap<i64, Vec<Delivery>> = HashMap::new();
        for delivery in self.deliveries().into_iter().filter(|delivery| delivery.accepted) {
            accepted.entry(delivery.seq).or_default().push(delivery);
        }
        accepted
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, _body: Bytes) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let seq = id.rsplit('_').next().and_then(|seq| seq.parse().ok()).unwrap_or_default();
    let accepted = !shared.refusing.load(Ordering::SeqCst);
    shared.deliveries.lock().expect("no panic inside").push(Delivery {
        id,
        seq,
        at: Instant::now(),
        accepted,
    });
    if accepted { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
