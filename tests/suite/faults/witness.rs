//! A receiver that is well and remembers what came; and the judgement of it.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::Value;
use tokio::time::sleep;

use super::Count;
use super::traffic::FIRST_SECOND;

/// Company (or what the webhook's path says), call, and which of its events.
pub type Number = (u32, u32, u32);

/// A delivery that was accepted.
#[derive(Debug, Clone)]
pub struct Came {
    pub number: Number,
    pub id: String,
    pub at: Instant,
}

#[derive(Default)]
struct Shared {
    came: Mutex<Vec<Came>>,
    /// One request in so many is refused; 0 is none.
    refused_share: AtomicU64,
    requests: AtomicU64,
}

/// Ends when dropped.
pub struct Witness {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

/// How long nothing may come while something is still to come.
const PATIENCE: Duration = Duration::from_mins(1);

impl Witness {
    pub async fn start() -> Witness {
        let shared = Arc::new(Shared::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let app = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        Witness { address, shared, server }
    }

    /// Where what comes is counted under this number.
    pub fn url(&self, company: u32) -> String {
        format!("http://{}/{company}", self.address)
    }

    /// From now on one request in so many is answered 503 (0: none).
    pub fn refuse_one_in(&self, share: u64) {
        self.shared.refused_share.store(share, Ordering::SeqCst);
    }

    pub fn came(&self) -> Vec<Came> {
        self.shared.came.lock().unwrap().clone()
    }

    /// Returns when all of these came, or nothing has come any more for a long time; and a moment later, for what comes twice.
    pub async fn has(&self, numbers: impl IntoIterator<Item = Number>) {
        let mut missing: HashSet<Number> = numbers.into_iter().collect();
        let (mut seen, mut since) = (0, Instant::now());
        while !missing.is_empty() && since.elapsed() < PATIENCE {
            {
                let came = self.shared.came.lock().unwrap();
                came[seen..].iter().for_each(|one| {
                    missing.remove(&one.number);
                });
                if came.len() > seen {
                    (seen, since) = (came.len(), Instant::now());
                }
            }
            sleep(Duration::from_millis(10)).await;
        }
        sleep(Duration::from_millis(300)).await;
    }

    /// Waits for what was accepted, and holds what came against it.
    pub async fn judge(&self, accepted: &[(Number, Instant)]) -> Count {
        self.has(accepted.iter().map(|(number, _)| *number)).await;
        judge(accepted, &self.came())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let at = Instant::now();
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let number = number(&uri, &body).expect("the body is one that was posted");
    let share = shared.refused_share.load(Ordering::SeqCst);
    // A hash of the request's number: at random over calls, and the same in every run.
    let drawn = shared.requests.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    if drawn.checked_rem(share) == Some(0) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    shared.came.lock().unwrap().push(Came { number, id, at });
    StatusCode::OK
}

/// By the fields that a post has, or those of an event of a socket's.
fn number(uri: &Uri, body: &[u8]) -> Option<Number> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let company = uri.path().trim_start_matches('/').parse().ok()?;
    let (payload, posted) = (&body["payload"], &body["payload"]["eventTellicon"]);
    let (lane, n) = match posted["apt"].as_u64() {
        Some(lane) => (lane - 1, posted["eventDateTime"].as_u64()? - FIRST_SECOND),
        None => (0, payload["n"].as_u64()?),
    };
    Some((company, u32::try_from(lane).ok()?, u32::try_from(n).ok()?))
}

/// Of what was accepted, what never came; of what came, what came twice, and what came after a later one of its call.
pub fn judge(accepted: &[(Number, Instant)], came: &[Came]) -> Count {
    let (mut ids, mut repeated, mut overtaken) = (HashSet::new(), 0, 0);
    let mut newest: HashMap<(u32, u32), u32> = HashMap::new();
    let mut numbers = HashSet::new();
    for one in came {
        if !ids.insert((one.number.0, one.id.as_str())) {
            repeated += 1;
            continue;
        }
        let (company, lane, n) = one.number;
        let newest = newest.entry((company, lane)).or_default();
        overtaken += usize::from(n < *newest);
        *newest = n.max(*newest);
        numbers.insert(one.number);
    }
    let lost = accepted.iter().filter(|(number, _)| !numbers.contains(number)).count();
    Count { accepted: accepted.len(), lost, repeated, overtaken }
}

/// From the answer to a post until it came, of each, the quickest first.
pub fn delays(accepted: &[(Number, Instant)], came: &[Came]) -> Vec<Duration> {
    let mut first: HashMap<Number, Instant> = HashMap::new();
    for one in came {
        first.entry(one.number).or_insert(one.at);
    }
    let took = |(number, at): &(Number, Instant)| Some(first.get(number)?.saturating_duration_since(*at));
    let mut delays: Vec<Duration> = accepted.iter().filter_map(took).collect();
    delays.sort();
    delays
}

#[test]
fn what_is_lost_repeated_or_overtaken_is_counted() {
    let now = Instant::now();
    let came = |n: u32, id: &str| Came { number: (1, 1, n), id: id.to_owned(), at: now };
    let accepted: Vec<_> = (0..4).map(|n| ((1, 1, n), now)).collect();
    let count = judge(&accepted, &[came(1, "b"), came(0, "a"), came(3, "d"), came(3, "d")]);
    assert_eq!(count, Count { accepted: 4, lost: 1, repeated: 1, overtaken: 1 });
    let well = judge(&accepted, &[came(0, "a"), came(1, "b"), came(2, "c"), came(3, "d")]);
    assert_eq!(well, Count { accepted: 4, ..Count::default() });
}
