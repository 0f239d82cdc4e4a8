//! 3C Plus's side of the socket: who may connect, and a stream of events as a real account sends them. Beside it what the
//! REST API says of a token ([`rest`]).
//!
//! The server is `socketioxide`, so that the program's own client meets a foreign implementation. A token in the
//! handshake's query puts the socket into its company; a token that is unknown, or refused at the moment, gets
//! `44{"message":"Authentication error"}`. Each company has its calls and conversations ([`script`]); payloads are the
//! known examples with fresh ids ([`payload`]). Companies without a socket have no events: the service discards what
//! nobody listens to.

mod command;
mod control;
mod emission;
mod life;
mod past;
mod payload;
mod rest;
mod script;
mod sockets;

use std::io;
use std::time::Duration;

use axum::extract::connect_info::ConnectInfo;
use socketioxide::SocketIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use command::Simulation;
pub use control::Control;
pub use payload::example;
pub use sockets::{Kick, Status};

use super::gate::{Gate, Peer};

/// An account that may connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub token: String,
    /// What `company_id` says in this account's events.
    pub company: i64,
    /// A token of an agent's role: refused unless the query has this `agent_id`.
    pub agent_id: Option<String>,
}

impl Account {
    /// The `n`th of many made accounts: company 9000 + n, with a service token that says so.
    pub fn numbered(n: u32) -> Self {
        Self { token: format!("3cs_simulado_{n:06}"), company: 9_000 + i64::from(n), agent_id: None }
    }
}

/// How the simulated service behaves.
#[derive(Debug, Clone)]
pub struct Config {
    pub accounts: Vec<Account>,
    /// Over all connected companies together; 0 sends nothing.
    pub events_per_second: f64,
    /// The same seed tells the same stories.
    pub seed: u64,
    pub ping_interval: Duration,
    pub ping_timeout: Duration,
}

impl Config {
    /// With the heartbeat that Socket.IO servers have unless told otherwise.
    pub fn new(accounts: Vec<Account>, events_per_second: f64) -> Self {
        Self {
            accounts,
            events_per_second,
            seed: 0,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
        }
    }
}

/// A service that is ready to run, so that its [`Control`] can be had beforehand.
pub struct Simulator {
    config: Config,
    control: Control,
}

impl Simulator {
    pub fn new(config: Config) -> Self {
        let control = Control::new(&config, Gate::default());
        Self { config, control }
    }

    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Serves until `stop` is cancelled; then every connection is cut.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let Self { config, control } = self;
        let (layer, server) = SocketIo::builder()
            .ping_interval(config.ping_interval)
            .ping_timeout(config.ping_timeout)
            .max_buffer_size(sockets::MAX_QUEUED)
            .build_layer();
        control.sockets().clone().serve(&server);
        let router = control::router(control.clone()).merge(rest::router(&control)).layer(layer);
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(control.gate().listen(listener), service);
        let emitting = emission::run(control.clone(), &config);
        let outcome = tokio::select! {
            outcome = async { serving.await } => outcome,
            () = emitting => Ok(()),
            () = stop.cancelled() => Ok(()),
        };
        // A client that does not read must not keep the end from coming.
        let _ = tokio::time::timeout(Duration::from_secs(1), server.close()).await;
        control.gate().cut_all();
        outcome
    }
}

/// Runs the service on a listener until `stop` is cancelled.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    Simulator::new(config).run(listener, stop).await
}

/// What a socket's upgrade request knows of its connection.
type Connection = ConnectInfo<Peer>;
