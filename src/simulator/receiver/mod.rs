//! A customer's system that checks what it gets: signatures ([`verify`]), duplicates and order ([`tally`]); and that fails
//! as told ([`behaviour`]).
//!
//! Any `POST` is a delivery, whatever its path; its query may ask for a failure (`?status=503`, `?fail=0.3`,
//! `?delay_ms=200`, `?hang=true`, `?down=true`, `?retry_after=5`). `POST /control/behave` with the same query sets it for
//! all requests, `POST /control/reset` forgets everything counted, `GET /stats` gives the counts as JSON.

mod behaviour;
mod reading;
mod tally;
mod verify;

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::connect_info::ConnectInfo;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Peer};
use crate::domain::Timestamp;
use behaviour::Answer;
pub use behaviour::Behaviour;
use reading::Reader;
use tally::{Delivery, Finding, Tally};
pub use tally::{Seen, Stats};
pub use verify::Verdict;

/// The largest body taken.
const MAX_BODY_BYTES: usize = 64 << 20;
/// An answer that never comes, in the end does: no client waits this long.
const HANG: Duration = Duration::from_mins(10);

/// How the receiver works.
#[derive(Clone, Default)]
pub struct Config {
    /// Secrets that signatures may be made with; both kinds are checked against each.
    pub secrets: Vec<String>,
    /// One line for each delivery on standard output.
    pub print: bool,
    /// Keep this many of the last requests whole, for [`Receiver::recorded`].
    pub record: usize,
    pub behaviour: Behaviour,
    /// For the share of requests that fail.
    pub seed: u64,
}

/// A request that was kept.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// What was answered, `None` for a request left hanging or cut.
    pub status: Option<StatusCode>,
}

/// A handle on a receiver; clones are the same one.
#[derive(Clone)]
pub struct Receiver(Arc<Shared>);

struct Shared {
    keys: verify::Keys,
    reader: Reader,
    print: bool,
    record: usize,
    gate: Gate,
    state: Mutex<Counted>,
    /// Requests seen so far; whoever waits for deliveries watches it.
    seen: watch::Sender<u64>,
}

struct Counted {
    tally: Tally,
    behaviour: Behaviour,
    random: StdRng,
    recorded: VecDeque<Arc<Recorded>>,
}

impl Receiver {
    pub fn new(config: Config) -> Self {
        let state = Counted {
            tally: Tally::default(),
            behaviour: config.behaviour,
            random: StdRng::seed_from_u64(config.seed),
            recorded: VecDeque::new(),
        };
        Self(Arc::new(Shared {
            keys: verify::Keys::new(&config.secrets),
            reader: Reader::new(),
            print: config.print,
            record: config.record,
            gate: Gate::default(),
            state: state.into(),
            seen: watch::Sender::new(0),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stats(&self) -> Stats {
        self.lock().tally.stats.clone()
    }

    /// From now on, for all requests whose query says nothing else.
    pub fn behave(&self, behaviour: Behaviour) {
        self.lock().behaviour = behaviour;
    }

    /// Forgets everything counted and kept.
    pub fn reset(&self) {
        let mut state = self.lock();
        state.tally = Tally::default();
        state.recorded.clear();
    }

    /// Stops or starts listening, as far as anybody outside can see; connections break at once.
    pub fn set_down(&self, down: bool) {
        self.0.gate.set_closed(down);
        if down {
            self.0.gate.cut_all();
        }
    }

    /// The last requests, oldest first, up to the configured number.
    pub fn recorded(&self) -> Vec<Arc<Recorded>> {
        self.lock().recorded.iter().cloned().collect()
    }

    /// Returns the counts as soon as they satisfy `enough`.
    pub async fn wait_until(&self, enough: impl Fn(&Stats) -> bool) -> Stats {
        let mut seen = self.0.seen.subscribe();
        loop {
            seen.borrow_and_update();
            let satisfied = {
                let state = self.lock();
                enough(&state.tally.stats).then(|| state.tally.stats.clone())
            };
            match satisfied {
                Some(stats) => return stats,
                // The sender lives in this handle.
                None => drop(seen.changed().await),
            }
        }
    }

    /// Serves until `stop` is cancelled; then every connection is cut.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let router = Router::new()
            .route("/stats", get(async |State(receiver): State<Receiver>| Json(receiver.stats())))
            .route("/control/reset", post(async |State(receiver): State<Receiver>| receiver.reset()))
            .route("/control/behave", post(behave))
            .fallback(deliver)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(self.clone());
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(self.0.gate.listen(listener), service);
        let served = tokio::select! {
            served = async { serving.await } => served,
            () = stop.cancelled() => Ok(()),
        };
        self.0.gate.cut_all();
        served
    }

    /// Counts, keeps and prints one delivery, and says how to answer it.
    fn take(&self, uri: &Uri, headers: &HeaderMap, body: &Bytes, own: &Behaviour) -> behaviour::Decision {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let now = Timestamp::now();
        let plain = self.0.keys.plain(headers, body);
        let standard = self.0.keys.standard(headers, body, now);
        let reading = self.0.reader.read(body);
        let mut state = self.lock();
        let lot = state.random.random::<f64>();
        let decision = state.behaviour.overridden_by(own).decide(lot);
        let (answer, status) = match decision.answer {
            Answer::Status(status, _) => (status.as_str().to_owned(), Some(status)),
            Answer::Hang => ("hang".to_owned(), None),
            Answer::Cut => ("cut".to_owned(), None),
        };
        let mut id = reading::event_id(text("webhook-id"));
        if let (Some(id), Some(seq)) = (&mut id, reading.seq) {
            id.seq.0 = seq;
        }
        let finding = state.tally.add(&Delivery {
            id,
            lane: reading.lane.as_deref(),
            event: reading.event.as_deref(),
            bytes: body.len(),
            plain,
            standard,
            answer: &answer,
            accepted: status.is_some_and(|status| status.is_success()),
        });
        if self.0.record > 0 {
            while state.recorded.len() >= self.0.record {
                state.recorded.pop_front();
            }
            let (uri, headers, body) = (uri.clone(), headers.clone(), body.clone());
            state.recorded.push_back(Arc::new(Recorded { uri, headers, body, status }));
        }
        drop(state);
        self.0.seen.send_modify(|seen| *seen += 1);
        if self.0.print {
            let event = reading.event.as_deref().unwrap_or("(unreadable)");
            let id = text("webhook-id").unwrap_or("(no webhook-id)");
            print_line(now, id, event, body.len(), [plain, standard], &answer, finding);
        }
        decision
    }
}

/// Runs a receiver on a listener until `stop` is cancelled.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    Receiver::new(config).run(listener, stop).await
}

fn print_line(
    now: Timestamp,
    id: &str,
    event: &str,
    bytes: usize,
    signatures: [Verdict; 2],
    answer: &str,
    finding: Finding,
) {
    let signed = if signatures.contains(&Verdict::Bad) {
        "✗ bad signature"
    } else if signatures.contains(&Verdict::Good) {
        "✓ signature"
    } else if signatures.contains(&Verdict::Unchecked) {
        "- signature not checked (--secret)"
    } else {
        "- no signature"
    };
    let remark = match finding {
        Finding { duplicate: true, .. } => "  duplicate",
        Finding { out_of_order: true, .. } => "  OUT OF ORDER",
        Finding { .. } => "",
    };
    // Whoever reads may have gone; the receiver goes on.
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
    let (id, event) = (plain(id), plain(event));
    let _ = writeln!(io::stdout().lock(), "{now}  {id}  {event}  {bytes} B  {signed}  → {answer}{remark}");
}

async fn behave(State(receiver): State<Receiver>, Query(behaviour): Query<Behaviour>) {
    receiver.behave(behaviour);
}

async fn deliver(
    State(receiver): State<Receiver>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    uri: Uri,
    Query(own): Query<Behaviour>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, "deliveries are POSTs; GET /stats gives the counts\n")
            .into_response();
    }
    let decision = receiver.take(&uri, &headers, &body, &own);
    if !decision.delay.is_zero() {
        tokio::time::sleep(decision.delay).await;
    }
    match decision.answer {
        Answer::Status(status, None) => status.into_response(),
        Answer::Status(status, Some(seconds)) => {
            (status, [("retry-after", seconds.to_string())]).into_response()
        }
        Answer::Hang => {
            tokio::time::sleep(HANG).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Answer::Cut => {
            peer.cut.cancel();
            // The connection ends before this is written.
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
