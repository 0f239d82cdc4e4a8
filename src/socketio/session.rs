//! From a target to a session: one attempt, one deadline.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::decoder::{Decoder, Packet};
use super::dial::Dial;
use super::line::{Ear, Heard, Line, Vitals};
use super::queue::{Events, Inlet, queue};
use super::reader::Reader;
use super::reason::{Reason, Stage, Violation};
use super::recovery::Recovery;
use super::target::Target;
use super::unfinished::Unfinished;
use super::upgrade::upgrade;
use super::wire::{Parting, Wire};

/// A ping may be so much later than the server itself would wait, for the way it travels.
const PING_GRACE: Duration = Duration::from_millis(500);
/// No interval or timeout of a server is believed beyond this.
const LONGEST_PING: Duration = Duration::from_hours(24);
/// The longest session id or recovery id that is taken.
const ID_BYTES: usize = 1_024;
/// Of a refusal's JSON, so much is kept.
const REFUSAL_BYTES: usize = 4 << 10;
/// The time to leave a connection that never became a session.
const LEAVE: Duration = Duration::from_millis(250);

#[derive(Debug, Clone)]
pub struct Options {
    /// The one deadline over dialling, TLS, upgrade, Engine.IO handshake and CONNECT.
    pub handshake: Duration,
    /// The largest message taken, in bytes; an event's attachments count with it.
    pub message_limit: usize,
    /// What a large message may take from its beginning to its end, and a second more for each 64 KiB.
    pub message_patience: Duration,
    pub user_agent: Option<HeaderValue>,
}

/// 10 s, 64 MiB, 30 s, no `User-Agent`.
impl Default for Options {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            message_limit: 64 << 20,
            message_patience: Duration::from_secs(30),
            user_agent: None,
        }
    }
}

/// Opens sessions: what all of a node's sessions share. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    dialer: Arc<dyn Dial>,
    budget: Budget,
    options: Options,
}

/// What the server said when the session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The socket's id.
    pub sid: Box<str>,
    /// The private id by which the session can be recovered; `None` where the server does not offer it.
    pub pid: Option<Box<str>>,
    /// The offered session was resumed: what was missed has been, or is being, sent again.
    pub recovered: bool,
    pub ping_interval: Duration,
    pub ping_timeout: Duration,
}

/// A session that has begun. Its `reader` has to be run, in a task of its own or beside the consumer, never after it.
pub struct Connection {
    pub opened: Opened,
    pub reader: Reader,
    pub events: Events,
    pub vitals: Arc<Vitals>,
}

impl Client {
    pub fn new(dialer: Arc<dyn Dial>, budget: Budget, options: Options) -> Self {
        Self { dialer, budget, options }
    }

    /// Connects and joins the main namespace. Ends within the deadline of the options, and within a second of `stop`;
    /// `stop` then also stops the session. Dropping the future lets go of the connection without a farewell.
    pub async fn connect(
        &self,
        target: &Target,
        recovery: Option<&Recovery>,
        stop: &CancellationToken,
    ) -> Result<Connection, Reason> {
        let stop = stop.child_token();
        let (inlet, events) = queue(self.budget.clone(), stop.clone().drop_guard());
        let mut attempt = Attempt { client: self, target, recovery, inlet, stage: Stage::Dial, line: None };
        let deadline = Instant::now() + self.options.handshake;
        let outcome = tokio::select! {
            biased;
            () = stop.cancelled() => Err(Reason::Stopped),
            outcome = attempt.run(deadline) => outcome,
            () = sleep_until(deadline) => {
                Err(Reason::HandshakeTimeout { stage: attempt.stage, within: self.options.handshake })
            }
        };
        let Attempt { inlet, line, .. } = attempt;
        match (outcome, line) {
            (Ok(opened), Some(line)) => {
                let vitals = Arc::clone(&line.ear.vitals);
                let silence = opened.ping_interval + opened.ping_timeout + PING_GRACE;
                let unfinished = Unfinished::new(&inlet, self.options.message_patience);
                let reader = Reader::new(line, inlet, unfinished, stop, silence, opened.ping_timeout);
                Ok(Connection { opened, reader, events, vitals })
            }
            (outcome, line) => {
                let reason = outcome.err().unwrap_or(Reason::Stopped);
                if let Some(line) = line {
                    let disconnect = reason == Reason::Stopped;
                    let how = Parting { disconnect, code: CloseCode::Normal, within: LEAVE };
                    line.wire.part(how, |_| true).await;
                }
                Err(reason)
            }
        }
    }
}

/// One attempt, in pieces that outlive its being cut short, so that the peer can be told.
struct Attempt<'a> {
    client: &'a Client,
    target: &'a Target,
    recovery: Option<&'a Recovery>,
    inlet: Inlet,
    stage: Stage,
    line: Option<Line>,
}

impl Attempt<'_> {
    async fn run(&mut self, deadline: Instant) -> Result<Opened, Reason> {
        let Options { message_limit, user_agent, .. } = &self.client.options;
        let transport = self.client.dialer.dial(self.target.endpoint(), deadline).await?;
        self.stage = Stage::Upgrade;
        let socket = upgrade(transport, self.target, user_agent.as_ref(), *message_limit).await?;
        let decoder = Decoder::new(*message_limit, self.recovery.is_some());
        let line = self.line.insert(Line { wire: Wire::new(socket), ear: Ear::new(decoder, *message_limit) });

        self.stage = Stage::Open;
        let open = open(line).await?;

        (self.stage, line.ear.stage) = (Stage::Connect, Stage::Connect);
        line.post(self.recovery.map_or_else(|| "40".to_owned(), Recovery::connect_packet))?;
        let unfinished = Unfinished::new(&self.inlet, self.client.options.message_patience);
        let joined = join(line, &self.inlet, unfinished).await?;

        line.ear.stage = Stage::Connected;
        line.ear.decoder.recoverable = joined.pid.is_some();
        Ok(Opened {
            recovered: joined.pid.is_some()
                && joined.pid.as_ref() == self.recovery.map(|recovery| &recovery.pid),
            sid: joined.sid,
            pid: joined.pid,
            ping_interval: milliseconds(open.ping_interval),
            ping_timeout: milliseconds(open.ping_timeout),
        })
    }
}

/// The Engine.IO handshake, as far as it concerns us.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Open {
    ping_interval: f64,
    ping_timeout: f64,
}

/// The answer to CONNECT.
#[derive(Deserialize)]
struct Joined {
    sid: Box<str>,
    pid: Option<Box<str>>,
}

async fn open(line: &mut Line) -> Result<Open, Reason> {
    loop {
        match line.hear().await? {
            Heard::Open(json) => {
                return serde_json::from_str(&json).map_err(|error| {
                    let said: String = error.to_string().chars().take(200).collect();
                    Violation::Handshake(said.into()).into()
                });
            }
            Heard::Nothing | Heard::Control | Heard::Ping(_) => {}
            Heard::Packet(_) | Heard::Large(_) => return Err(Violation::NoHandshake.into()),
        }
    }
}

/// Waits for the answer to CONNECT. Events may come before it: those of a recovered session are sent again first.
async fn join(line: &mut Line, inlet: &Inlet, mut unfinished: Unfinished) -> Result<Joined, Reason> {
    loop {
        if !unfinished.is_counted() {
            inlet.room().await;
        }
        let heard = line.hear().await?;
        let is_message = heard.is_message();
        match heard {
            Heard::Packet(Packet::Connect(json)) => {
                let joined: Joined = serde_json::from_slice(&json).map_err(|_| Violation::NoSessionId)?;
                let pid_bytes = joined.pid.as_ref().map_or(0, |pid| pid.len());
                if joined.sid.is_empty() || joined.sid.len().max(pid_bytes) > ID_BYTES {
                    return Err(Violation::NoSessionId.into());
                }
                return Ok(joined);
            }
            Heard::Packet(Packet::Event(event)) => inlet.push(event),
            Heard::Packet(packet) => return Err(ending(&packet)),
            Heard::Large(bytes) => {
                unfinished.grow(inlet, line.ear.with_pending(bytes)?).await;
                line.wire.admit();
            }
            Heard::Nothing | Heard::Control | Heard::Ping(_) => {}
            Heard::Open(_) => return Err(Violation::NoHandshake.into()),
        }
        let next = is_message.then(|| unfinished.heard(line.ear.decoder.pending_bytes())).flatten();
        if let Some(bytes) = next {
            unfinished.grow(inlet, bytes).await;
        }
    }
}

/// The reason in a packet that ends the session.
pub(super) fn ending(packet: &Packet) -> Reason {
    match packet {
        Packet::Refused(json) => {
            let cut = &json[..json.len().min(REFUSAL_BYTES)];
            Reason::Refused { json: String::from_utf8_lossy(cut).into() }
        }
        _ => Reason::ServerDisconnect,
    }
}

/// A time in milliseconds from the network, held to what a timer can bear.
fn milliseconds(given: f64) -> Duration {
    let longest = LONGEST_PING.as_secs_f64();
    Duration::from_secs_f64((given / 1_000.0).clamp(0.0, longest))
}
