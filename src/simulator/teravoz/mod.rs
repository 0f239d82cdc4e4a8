//! Teravoz's side: an exchange whose calls people, programs or the exchange itself advance, and which posts each event to its
//! client's webhook.
//!
//! What must always hold: posts of one call go out one after the other, in the order of its events; calls do not wait for each
//! other; a webhook that is slow or gone holds the exchange's clock up and fills no memory. [`exchange`] is the model,
//! [`lanes`] keeps the order, [`posting`] runs both; [`pabx`] is what a person and an older client speak to, [`api`] what
//! a client of the provider's real interface speaks to.

mod api;
mod command;
mod event;
mod exchange;
mod ids;
mod lanes;
mod pabx;
mod posting;
mod recording;
mod script;
mod words;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Peer};
pub use super::posts::{PostingError, Report};
use crate::domain::Timestamp;
use exchange::{Exchange, Refusal};
use lanes::Lanes;

pub use command::Simulation;
pub use script::Script;
pub use words::SEQUENCE;

/// The largest body taken.
const MAX_BODY_BYTES: usize = 64 << 10;
/// Posts that wait; the clock of the automatic mode stands while there are more, and people are told to come again.
const MOST_HELD: usize = 20_000;

/// How the exchange works. (Not printed: key and password stand in it.)
#[derive(Clone)]
pub struct Config {
    /// The client's webhook, whole, with the key if there is one: `http(s)://…/webhook?key=…`.
    pub url: String,
    pub script: Script,
    /// Posts under way at once.
    pub parallel: usize,
    /// User and password that the provider's real interface asks for.
    pub access: Option<(String, String)>,
    pub trouble: Trouble,
}

/// What goes wrong with actions, for trying how a client takes it.
#[derive(Debug, Clone, Default)]
pub struct Trouble {
    /// Every action is answered with this, and not taken.
    pub status: Option<StatusCode>,
    /// Every action is looked at after this time only.
    pub delay: Duration,
}

impl Config {
    /// Nothing by itself, and everybody may send actions.
    pub fn new(url: String) -> Self {
        Self { url, script: Script::default(), parallel: 64, access: None, trouble: Trouble::default() }
    }
}

/// A handle on an exchange; clones are the same one.
#[derive(Clone)]
pub struct Pbx(Arc<Shared>);

struct Shared {
    config: Config,
    url: url::Url,
    client: reqwest::Client,
    gate: Gate,
    state: Mutex<State>,
    /// Something waits to be posted that was not told by the clock.
    told: Notify,
}

struct State {
    exchange: Exchange,
    lanes: Lanes,
    report: Report,
    under_way: usize,
}

impl Pbx {
    pub fn new(config: Config) -> Result<Self, PostingError> {
        let state = State {
            exchange: Exchange::new(config.script.clone(), Timestamp::now()),
            lanes: Lanes::default(),
            report: Report::default(),
            under_way: 0,
        };
        Ok(Self(Arc::new(Shared {
            url: url::Url::parse(&config.url)?,
            client: super::posts::client()?,
            gate: Gate::default(),
            state: state.into(),
            told: Notify::new(),
            config,
        })))
    }

    /// What was posted so far, and how it was answered.
    pub fn report(&self) -> Report {
        self.lock().report.clone()
    }

    /// Serves and posts until `stop` is cancelled, or until all calls that the script asks for have ended.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> io::Result<Report> {
        let router = Router::new().merge(pabx::router()).merge(api::router());
        let router = router.layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(self.clone());
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(self.0.gate.listen(listener), service);
        let served = tokio::select! {
            served = async { serving.await } => served,
            () = posting::run(&self) => Ok(()),
            () = stop.cancelled() => Ok(()),
        };
        self.0.gate.cut_all();
        served.map(|()| self.report())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the exchange, and has what it tells posted behind all that it told before.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Exchange, Timestamp) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.lock();
        if state.lanes.held() >= MOST_HELD {
            return Err(Refusal::TooManyCalls);
        }
        let changed = change(&mut state.exchange, Timestamp::now());
        state.take_told();
        drop(state);
        self.0.told.notify_one();
        changed
    }

    /// What the configured trouble answers to an action, when its time has come.
    async fn trouble(&self) -> Option<Response> {
        let Trouble { status, delay } = self.0.config.trouble;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        status.map(|status| (status, "as asked for by --delegate-status\n").into_response())
    }
}

impl State {
    fn take_told(&mut self) {
        for event in self.exchange.take_told() {
            self.lanes.push(event);
        }
    }
}

/// A member's text; a number counts as its digits.
fn text(body: &serde_json::Value, field: &str) -> Option<String> {
    let text = match body.get(field)? {
        serde_json::Value::String(text) => text.trim().to_owned(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
