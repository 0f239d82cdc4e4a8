//! Colmeia's side: calls of WhatsApp that are posted to a partner's webhook, and the Calling API by which they are answered.
//!
//! What must always hold: posts of one call go out one after the other, each again until it is taken, at most [`posting::TRIES`] times, as the
//! provider documents it; calls do not wait for each other. [`call`] is what one of them lives through, [`api`] what a client of the provider
//! speaks to, [`control`] what a test has it do.
//!
//! There is no voice here: the offers are texts. Whoever brings one of a peer of their own ([`control`]) is told its answer.

mod api;
mod call;
mod command;
mod control;
mod offer;
mod posting;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use http::StatusCode;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::gate::{Gate, Peer};
pub use super::posts::{PostingError, Report};
use call::{Call, Given};

pub use command::Simulation;

/// The largest body taken.
const MAX_BODY_BYTES: usize = 256 << 10;
/// Calls that are remembered; of more the oldest that have ended are forgotten.
const MOST_CALLS: usize = 10_000;

/// Where it posts, and how it behaves. (Not printed: secret and token stand in it.)
#[derive(Clone)]
pub struct Config {
    /// The partner's webhook, whole: `http(s)://…/webhook/call-event`.
    pub url: String,
    /// The header that shows the secret, and the secret.
    pub header: String,
    pub secret: String,
    /// What the Calling API asks for in `Authorization`; `None` lets everybody in.
    pub token: Option<String>,
    pub script: Script,
    pub trouble: Trouble,
}

/// What calls live through by themselves.
#[derive(Debug, Clone)]
pub struct Script {
    pub calls_per_second: f64,
    /// Ends after so many; `None` goes on until stopped.
    pub calls: Option<u64>,
    /// The share of calls, 0 to 1, that a bot has asked for.
    pub by_bot: f64,
    /// How long nobody answers before it is given up.
    pub rings_for: Duration,
    /// How long who called talks before hanging up.
    pub talks_for: Duration,
    /// The share of posts, 0 to 1, that are sent twice.
    pub repeat: f64,
    pub seed: u64,
}

impl Default for Script {
    /// Nothing by itself.
    fn default() -> Self {
        Self {
            calls_per_second: 0.0,
            calls: None,
            by_bot: 0.7,
            rings_for: Duration::from_secs(30),
            talks_for: Duration::from_secs(40),
            repeat: 0.0,
            seed: 0,
        }
    }
}

/// What goes wrong with the Calling API, for trying how a client takes it.
#[derive(Debug, Clone, Default)]
pub struct Trouble {
    /// So many requests are answered with this, and not taken; `None` for their number means all.
    pub status: Option<(StatusCode, Option<u32>)>,
    /// Every request is looked at after this time only.
    pub delay: Duration,
}

/// A handle on the provider; clones are the same one.
#[derive(Clone)]
pub struct Platform(Arc<Shared>);

struct Shared {
    config: Config,
    url: url::Url,
    header: (http::HeaderName, http::HeaderValue),
    client: reqwest::Client,
    gate: Gate,
    state: Mutex<State>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

struct State {
    random: StdRng,
    calls: BTreeMap<String, Call>,
    begun: u64,
    trouble: Trouble,
    report: Report,
}

impl Platform {
    pub fn new(config: Config) -> Result<Self, PostingError> {
        let name = config.header.parse().map_err(|_| PostingError::Token)?;
        let secret = config.secret.parse().map_err(|_| PostingError::Token)?;
        let state = State {
            random: StdRng::seed_from_u64(config.script.seed),
            calls: BTreeMap::new(),
            begun: 0,
            trouble: config.trouble.clone(),
            report: Report::default(),
        };
        Ok(Self(Arc::new(Shared {
            url: url::Url::parse(&config.url)?,
            header: (name, secret),
            client: super::posts::client()?,
            gate: Gate::default(),
            state: state.into(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            config,
        })))
    }

    /// What was posted so far, and how it was answered.
    pub fn report(&self) -> Report {
        self.lock().report.clone()
    }

    /// Serves and posts until `stop` is cancelled, or until all calls that the script asks for have ended.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> io::Result<Report> {
        let router = Router::new().merge(api::router()).merge(control::router());
        let router = router.layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(self.clone());
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(self.0.gate.listen(listener), service);
        let served = tokio::select! {
            served = async { serving.await } => served,
            () = self.play() => Ok(()),
            () = stop.cancelled() => Ok(()),
        };
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.gate.cut_all();
        served.map(|()| self.report())
    }

    /// Begins calls as the script says; ends when all of them have.
    async fn play(&self) {
        let Script { calls_per_second, calls, .. } = self.0.config.script;
        if calls_per_second <= 0.0 {
            return std::future::pending().await;
        }
        let pause = Duration::from_secs_f64(1.0 / calls_per_second.clamp(0.001, 1_000.0));
        let mut ticks = tokio::time::interval(pause);
        let mut begun = 0;
        while calls.is_none_or(|most| begun < most) {
            ticks.tick().await;
            self.begin(Given::default());
            begun += 1;
        }
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// A call comes; returns its id.
    fn begin(&self, given: Given) -> String {
        let script = &self.0.config.script;
        let (call, told) = {
            let mut state = self.lock();
            state.begun += 1;
            let (number, by_bot) = (state.begun, state.random.random_bool(script.by_bot.clamp(0.0, 1.0)));
            let salt: u32 = state.random.random();
            let (call, told) = Call::new(given, number, salt, by_bot);
            state.forget();
            state.calls.insert(call.id.clone(), call.clone());
            (call, told)
        };
        let id = call.id.clone();
        let platform = self.clone();
        self.0.tasks.spawn(async move {
            let stop = platform.0.stop.clone();
            stop.run_until_cancelled(call::live(&platform, call, told)).await;
        });
        id
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self) {
        while self.calls.len() >= MOST_CALLS {
            let Some(ended) = self.calls.values().find(|call| call.has_ended()).map(|call| call.id.clone())
            else {
                return;
            };
            self.calls.remove(&ended);
        }
    }
}
