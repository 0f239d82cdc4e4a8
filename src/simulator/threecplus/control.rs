//! What can be done to the simulated service while it runs: in process by [`Control`], from outside over HTTP.
//!
//! `GET /control/status`; `POST` to `/control/rate?events_per_second=`, `/control/pause`, `/control/resume`,
//! `/control/burst?events=`, `/control/kick?company=&how=disconnect|cut`, `/control/refuse?company=&on=`,
//! `/control/restart?down_ms=` and `/control/emit?name=&company=&spread=`, whose body is the payload, byte for byte (with
//! `spread` an array of arguments; empty for none). `company` left out means all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::sockets::{Kick, Sockets, Status};
use super::{Config, Gate};

/// The largest payload that `/control/emit` takes: as much as a client of the socket accepts.
const MAX_PAYLOAD_BYTES: usize = 64 << 20;

/// A handle on a running service; clones are the same handle.
#[derive(Clone)]
pub struct Control(Arc<Shared>);

struct Shared {
    sockets: Sockets,
    gate: Gate,
    /// Events per second that the stream keeps to now.
    pace: watch::Sender<f64>,
    /// What it returns to after a pause.
    rate: std::sync::Mutex<f64>,
    burst: AtomicU64,
}

impl Control {
    pub(super) fn new(config: &Config, gate: Gate) -> Self {
        let rate = usable(config.events_per_second);
        Self(Arc::new(Shared {
            sockets: Sockets::new(&config.accounts),
            gate,
            pace: watch::Sender::new(rate),
            rate: rate.into(),
            burst: AtomicU64::new(0),
        }))
    }

    pub(super) fn sockets(&self) -> &Sockets {
        &self.0.sockets
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(super) fn pace(&self) -> watch::Receiver<f64> {
        self.0.pace.subscribe()
    }

    pub(super) fn take_burst(&self) -> u64 {
        self.0.burst.swap(0, Ordering::Relaxed)
    }

    pub(super) fn add_burst(&self, events: u64) {
        self.0.burst.fetch_add(events, Ordering::Relaxed);
    }

    /// Events per second from now on, over all connected companies together.
    pub fn set_rate(&self, events_per_second: f64) {
        let rate = usable(events_per_second);
        *self.0.rate.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = rate;
        self.0.pace.send_replace(rate);
    }

    /// Sends nothing until [`Control::resume`]; connections stay.
    pub fn pause(&self) {
        self.0.pace.send_replace(0.0);
    }

    pub fn resume(&self) {
        let rate = *self.0.rate.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.0.pace.send_replace(rate);
    }

    /// Sends so many events at once, beside the stream; at most a million.
    pub fn burst(&self, events: u64) {
        self.add_burst(events.min(1_000_000));
        self.0.pace.send_modify(|_| {});
    }

    /// Throws out the sockets of a company, or all; gives how many.
    pub fn kick(&self, company: Option<i64>, how: Kick) -> usize {
        self.0.sockets.kick(company, how)
    }

    /// Refuses new connections of a company, or all, until told otherwise. Those that stand, stay.
    pub fn refuse(&self, company: Option<i64>, on: bool) {
        self.0.sockets.refuse(company, on);
    }

    /// As a restart of the service looks from outside: every connection breaks, nothing listens for a while.
    pub async fn restart(&self, down: Duration) {
        self.0.gate.set_closed(true);
        self.0.gate.cut_all();
        tokio::time::sleep(down).await;
        self.0.gate.set_closed(false);
    }

    /// Sends an event of any name with these arguments, their text untouched; gives how many sockets it went to.
    pub fn emit(&self, company: Option<i64>, name: &str, args: &[Box<RawValue>]) -> usize {
        self.0.sockets.emit(company, name, false, args)
    }

    /// Returns when so many sockets are connected in all.
    pub async fn wait_connected(&self, sockets: usize) {
        // The sender lives in this handle.
        let _ = self.0.sockets.watch().wait_for(|connected| *connected == sockets).await;
    }

    pub fn status(&self) -> Status {
        self.0.sockets.status(*self.0.pace.borrow())
    }
}

/// A rate that time can be divided by: nothing negative, no infinity.
fn usable(events_per_second: f64) -> f64 {
    if events_per_second.is_finite() { events_per_second.clamp(0.0, 1_000_000.0) } else { 0.0 }
}

pub(super) fn router(control: Control) -> Router {
    Router::new()
        .route("/control/status", get(async |State(control): State<Control>| Json(control.status())))
        .route("/control/rate", post(rate))
        .route("/control/pause", post(async |State(control): State<Control>| control.pause()))
        .route("/control/resume", post(async |State(control): State<Control>| control.resume()))
        .route("/control/burst", post(burst))
        .route("/control/kick", post(kick))
        .route("/control/refuse", post(refuse))
        .route("/control/restart", post(restart))
        .route("/control/emit", post(emit))
        .layer(DefaultBodyLimit::max(MAX_PAYLOAD_BYTES))
        .with_state(control)
}

#[derive(Deserialize)]
struct Rate {
    events_per_second: f64,
}

async fn rate(State(control): State<Control>, Query(rate): Query<Rate>) {
    control.set_rate(rate.events_per_second);
}

#[derive(Deserialize)]
struct Burst {
    events: u64,
}

async fn burst(State(control): State<Control>, Query(burst): Query<Burst>) {
    control.burst(burst.events);
}

#[derive(Deserialize)]
struct KickQuery {
    company: Option<i64>,
    #[serde(default)]
    how: Kick,
}

async fn kick(State(control): State<Control>, Query(query): Query<KickQuery>) -> Json<Value> {
    Json(json!({ "kicked": control.kick(query.company, query.how) }))
}

#[derive(Deserialize)]
struct Refuse {
    company: Option<i64>,
    on: bool,
}

async fn refuse(State(control): State<Control>, Query(query): Query<Refuse>) {
    control.refuse(query.company, query.on);
}

#[derive(Deserialize)]
struct Restart {
    down_ms: u64,
}

/// Answers first: the restart breaks this connection too.
async fn restart(State(control): State<Control>, Query(query): Query<Restart>) -> StatusCode {
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        control.restart(Duration::from_millis(query.down_ms.min(600_000))).await;
    });
    StatusCode::ACCEPTED
}

#[derive(Deserialize)]
struct Emit {
    name: String,
    company: Option<i64>,
    #[serde(default)]
    spread: bool,
}

async fn emit(
    State(control): State<Control>,
    Query(query): Query<Emit>,
    body: String,
) -> Result<Json<Value>, (StatusCode, String)> {
    let refused = |error: serde_json::Error| (StatusCode::BAD_REQUEST, format!("body: {error}"));
    let args = if body.is_empty() {
        Vec::new()
    } else if query.spread {
        serde_json::from_str(&body).map_err(refused)?
    } else {
        vec![RawValue::from_string(body).map_err(refused)?]
    };
    Ok(Json(json!({ "sockets": control.emit(query.company, &query.name, &args) })))
}
