//! A company's URL, in the test's own process: writes down every request, and refuses when told to.

use std::hash::{DefaultHasher, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    pub body: Digest,
}

/// What is kept of a body: enough to see whether two are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    fn of(body: &[u8]) -> Digest {
        // Its keys are fixed: equal bodies have equal digests.
        let mut hasher = DefaultHasher::new();
        hasher.write(body);
        Digest(hasher.finish())
    }
}

#[derive(Default)]
struct Shared {
    refusing: AtomicBool,
    /// One request in so many is refused, by its number; 0 is none.
    refused_share: AtomicU64,
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

    /// From now on about one request in so many is refused, each for itself (0: none).
    pub fn refuse_one_in(&self, share: u64) {
        self.shared.refused_share.store(share, Ordering::SeqCst);
    }

    /// Everything so far, in order of arrival.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.deliveries.lock().expect("no panic inside").clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let seq = id.rsplit('_').next().and_then(|seq| seq.parse().ok()).unwrap_or_default();
    let share = shared.refused_share.load(Ordering::SeqCst);
    let mut deliveries = shared.deliveries.lock().expect("no panic inside");
    // A hash of the request's number: at random over lanes, and the same in every run.
    let drawn = (deliveries.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let unlucky = drawn.checked_rem(share) == Some(0);
    let accepted = !unlucky && !shared.refusing.load(Ordering::SeqCst);
    deliveries.push(Delivery { id, seq, at: Instant::now(), accepted, body: Digest::of(&body) });
    if accepted { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
