//! The Socket.IO client against a scripted server, npm's `socket.io`, `socketioxide`, and a network that fails.

mod memory;
mod network;
mod npm;
mod overload;
mod rust_server;
mod scripted;
mod time;
mod unfinished;

use std::sync::Arc;
use std::time::Duration;

use ramal::socketio::{
    Budget, Client, Connection, Ended, Event, Events, Opened, Options, Reason, Recovery, Target,
};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::dialer::LoopbackDialer;
use crate::support::scripted::{Peer, ScriptedServer};

/// No step of a test takes longer.
const STEP: Duration = Duration::from_secs(30);

fn client_with(options: Options, budget: &Budget) -> Client {
    Client::new(Arc::new(LoopbackDialer::default()), budget.clone(), options)
}

fn client() -> Client {
    client_with(Options::default(), &Budget::new(256 << 20))
}

fn target(url: &str) -> Target {
    Target::new(url, [("token", "secret-token")]).unwrap()
}

/// A session with its reader running.
struct Session {
    opened: Opened,
    events: Events,
    reader: JoinHandle<()>,
    stop: CancellationToken,
    vitals: Arc<ramal::socketio::Vitals>,
    /// Events received and not yet asked for.
    batch: std::collections::VecDeque<Event>,
}

impl Session {
    fn start(connection: Connection, stop: CancellationToken) -> Self {
        let Connection { opened, reader, events, vitals } = connection;
        let reader = tokio::spawn(reader.run());
        Self { opened, events, reader, stop, vitals, batch: std::collections::VecDeque::new() }
    }

    async fn open(client: &Client, url: &str) -> Result<Self, Reason> {
        Self::resume(client, &target(url), None).await
    }

    async fn resume(client: &Client, target: &Target, recovery: Option<&Recovery>) -> Result<Self, Reason> {
        let stop = CancellationToken::new();
        let connection = timeout(STEP, client.connect(target, recovery, &stop)).await.expect("an outcome")?;
        Ok(Self::start(connection, stop))
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        if self.batch.is_empty() {
            let mut batch = Vec::new();
            timeout(STEP, self.events.recv_many(&mut batch, 64)).await.expect("an event or the end");
            self.batch.extend(batch);
        }
        self.batch.pop_front()
    }

    /// How the session ends, once it does; there must be no further events.
    async fn end(mut self) -> Ended {
        assert_eq!(self.next().await, None);
        let ended = self.events.ended().expect("an end");
        timeout(STEP, self.reader).await.expect("the reader ends").unwrap();
        ended
    }
}

/// A session with a scripted server, whose ping times are in milliseconds.
async fn scripted_session_with(client: &Client, ping_interval: u32, ping_timeout: u32) -> (Peer, Session) {
    let server = ScriptedServer::start().await;
    let url = server.url();
    let (peer, session) =
        tokio::join!(server.session(ping_interval, ping_timeout), Session::open(client, &url));
    (peer, session.unwrap())
}

async fn scripted_session() -> (Peer, Session) {
    scripted_session_with(&client(), 25_000, 20_000).await
}

/// Looks until it is so.
async fn eventually(mut is_so: impl FnMut() -> bool) {
    let look = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(STEP, look).await.expect("it becomes so");
}

/// The WebSocket library writes every message, payload and all, as a `log` record at trace level. Only `tracing-log` could
/// carry it into our log.
#[test]
fn the_librarys_records_have_no_way_into_the_log() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    assert!(!lock.contains("name = \"tracing-log\""));
}
