//! Who is connected, by company.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;
use socketioxide::{SendError, SocketError, SocketIo};
use tokio::sync::watch;

use super::{Account, Connection};

/// Packets that may wait for one socket to be read. A real server's buffer has no bound; a client this far behind is
/// dropped here, and counted.
pub(super) const MAX_QUEUED: usize = 100_000;

/// How a socket is thrown out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kick {
    /// A disconnect packet, as when a token is revoked: the client sees `io server disconnect`.
    #[default]
    Disconnect,
    /// The connection breaks without a word.
    Cut,
}

/// What the simulator has done, for tests and for people.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Status {
    pub events_per_second: f64,
    /// Sockets by company.
    pub sockets: BTreeMap<i64, usize>,
    /// Connections refused for their token.
    pub refused: u64,
    /// Sockets dropped because they were not read.
    pub overflowed: u64,
    /// Packets handed to sockets; two sockets of a company count twice.
    pub sent: u64,
    /// Events by name; a name of another's making counts as `other`.
    pub events: BTreeMap<String, u64>,
}

/// Why a connection is refused, in the service's words.
#[derive(Debug, Clone, Copy)]
struct AuthenticationError;

impl fmt::Display for AuthenticationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authentication error")
    }
}

#[derive(Clone)]
pub(super) struct Sockets(Arc<Shared>);

struct Shared {
    by_token: HashMap<String, Account>,
    state: Mutex<State>,
    /// Connected sockets in all; whoever waits for a client watches it.
    connected: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    by_company: BTreeMap<i64, Vec<SocketRef>>,
    refuses_all: bool,
    refuses: Vec<i64>,
    refused: u64,
    overflowed: u64,
    sent: u64,
    events: BTreeMap<String, u64>,
}

impl Sockets {
    pub(super) fn new(accounts: &[Account]) -> Self {
        let by_token = accounts.iter().map(|account| (account.token.clone(), account.clone())).collect();
        Self(Arc::new(Shared { by_token, state: Mutex::default(), connected: watch::Sender::new(0) }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connections of a server.
    pub(super) fn serve(self, server: &SocketIo) {
        let (checking, joining) = (self.clone(), self);
        let join = move |socket: SocketRef| {
            joining.join(socket);
            std::future::ready(())
        };
        let check = move |socket: SocketRef| std::future::ready(checking.check(&socket).map(|_| ()));
        server.ns("/", join.with(check));
    }

    /// The company of a socket's token, or the refusal.
    fn check(&self, socket: &SocketRef) -> Result<i64, AuthenticationError> {
        let query = socket.req_parts().uri.query().unwrap_or_default();
        let value = |wanted: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == wanted)
                .map(|(_, value)| value)
        };
        let account = value("token").and_then(|token| self.account(&token));
        let known = account.filter(|account| match &account.agent_id {
            Some(agent) => value("agent_id").is_some_and(|given| given == agent.as_str()),
            None => true,
        });
        known.map(|account| account.company).ok_or_else(|| {
            self.lock().refused += 1;
            AuthenticationError
        })
    }

    /// The account of a token, unless it is refused at the moment.
    pub(super) fn account(&self, token: &str) -> Option<&Account> {
        let account = self.0.by_token.get(token)?;
        let state = self.lock();
        (!state.refuses_all && !state.refuses.contains(&account.company)).then_some(account)
    }

    fn join(&self, socket: SocketRef) {
        // Judged a moment ago; a refusal that came between throws the socket out again.
        let Ok(company) = self.check(&socket) else {
            let _ = socket.disconnect();
            return;
        };
        let leaving = self.clone();
        socket.on_disconnect(move |socket: SocketRef| {
            leaving.leave(company, &socket);
            std::future::ready(())
        });
        let mut state = self.lock();
        // It may have gone before the handler above was there to hear of it.
        if socket.connected() {
            state.by_company.entry(company).or_default().push(socket);
        }
        self.publish(&state);
    }

    fn leave(&self, company: i64, socket: &SocketRef) {
        let mut state = self.lock();
        if let Some(sockets) = state.by_company.get_mut(&company) {
            sockets.retain(|other| other.id != socket.id);
            if sockets.is_empty() {
                state.by_company.remove(&company);
            }
        }
        self.publish(&state);
    }

    fn publish(&self, state: &State) {
        self.0.connected.send_replace(state.by_company.values().map(Vec::len).sum());
    }

    pub(super) fn watch(&self) -> watch::Receiver<usize> {
        self.0.connected.subscribe()
    }

    /// Companies that somebody listens to.
    pub(super) fn companies(&self) -> Vec<i64> {
        self.lock().by_company.keys().copied().collect()
    }

    /// Sends an event to every socket of a company, or of all; the arguments' text is not touched. Gives the number of
    /// sockets reached.
    pub(super) fn emit(
        &self,
        company: Option<i64>,
        name: &str,
        known: bool,
        args: &[Box<RawValue>],
    ) -> usize {
        let targets: Vec<SocketRef> = {
            let state = self.lock();
            let chosen =
                state.by_company.iter().filter(|(id, _)| company.is_none_or(|wanted| wanted == **id));
            chosen.flat_map(|(_, sockets)| sockets).cloned().collect()
        };
        let (mut reached, mut overflowed) = (0, Vec::new());
        for socket in targets {
            match socket.emit(name, &Arguments(args)) {
                Ok(()) => reached += 1,
                Err(SendError::Socket(SocketError::InternalChannelFull)) => overflowed.push(socket),
                // It closed meanwhile; its own handler takes it out.
                Err(_) => {}
            }
        }
        let mut state = self.lock();
        state.sent += reached;
        state.overflowed += overflowed.len() as u64;
        let counted = if known { name } else { "other" };
        match state.events.get_mut(counted) {
            Some(count) => *count += 1,
            None => drop(state.events.insert(counted.to_owned(), 1)),
        }
        drop(state);
        for socket in overflowed {
            throw_out(socket, Kick::Cut);
        }
        usize::try_from(reached).unwrap_or(usize::MAX)
    }

    pub(super) fn kick(&self, company: Option<i64>, how: Kick) -> usize {
        let targets: Vec<SocketRef> = {
            let state = self.lock();
            let chosen =
                state.by_company.iter().filter(|(id, _)| company.is_none_or(|wanted| wanted == **id));
            chosen.flat_map(|(_, sockets)| sockets).cloned().collect()
        };
        let count = targets.len();
        for socket in targets {
            throw_out(socket, how);
        }
        count
    }

    /// Whether new connections of a company, or of all, are refused from now on.
    pub(super) fn refuse(&self, company: Option<i64>, on: bool) {
        let mut state = self.lock();
        match company {
            None => state.refuses_all = on,
            Some(company) => {
                state.refuses.retain(|other| *other != company);
                if on {
                    state.refuses.push(company);
                }
            }
        }
    }

    pub(super) fn status(&self, events_per_second: f64) -> Status {
        let state = self.lock();
        Status {
            events_per_second,
            sockets: state.by_company.iter().map(|(company, sockets)| (*company, sockets.len())).collect(),
            refused: state.refused,
            overflowed: state.overflowed,
            sent: state.sent,
            events: state.events.clone(),
        }
    }
}

fn throw_out(socket: SocketRef, how: Kick) {
    let connection = socket.req_parts().extensions.get::<Connection>().cloned();
    match (how, connection) {
        (Kick::Cut, Some(connection)) => connection.0.cut.cancel(),
        // Already gone is as good.
        _ => drop(socket.disconnect()),
    }
}

/// An event's arguments, spread as Socket.IO wants them: `["name", first, second]`.
struct Arguments<'a>(&'a [Box<RawValue>]);

impl Serialize for Arguments<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple as _;
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|argument| tuple.serialize_element(argument))?;
        tuple.end()
    }
}
