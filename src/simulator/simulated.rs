//! What every provider's simulator is to the command line: a command of `ramal simulate`, and a part in `ramal demo`.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::{ArgMatches, Command};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::domain::{Lang, Timestamp};
use crate::texts::Message;

/// A provider's other side.
pub trait Simulated: Send + Sync {
    /// The command, with its arguments; its name is the provider's id.
    fn command(&self) -> Command;

    /// Plays it until `stop`, or until it has done what the arguments ask for. What it has to say it writes to standard output.
    fn run(
        &self,
        given: ArgMatches,
        listen: Option<String>,
        lang: Lang,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), SimulationError>>;

    /// Its part in the demo, at so many events a second; it plays until `stop`.
    fn stage(&self, rate: f64, stop: CancellationToken)
    -> BoxFuture<'static, Result<Stage, SimulationError>>;
}

/// A provider's part in the demo.
pub struct Stage {
    /// The provider's tables in the settings of the first, the second … company; a company that has none of them ends the list.
    pub settings: Vec<String>,
    /// What people may try, where the program listens.
    pub examples: fn(&Stage, SocketAddr) -> Vec<Example>,
    /// Where it listens itself, if it does.
    pub address: Option<SocketAddr>,
    pub connections: Option<Arc<dyn Connections>>,
    /// What it would have told before the demo began.
    pub past: Option<Past>,
    /// Plays until the end.
    pub playing: Option<BoxFuture<'static, io::Result<()>>>,
    /// Plays towards the program, from when it is known where that listens.
    pub posting: Option<Posting>,
}

/// What begins with the program's address.
pub type Posting = Box<dyn FnOnce(SocketAddr) -> BoxFuture<'static, io::Result<()>> + Send + Sync>;

/// Connections that the program keeps to a simulated provider.
pub trait Connections: Send + Sync {
    /// Until every account of the demo is connected.
    fn all_open(&self) -> BoxFuture<'_, ()>;

    fn cut(&self);

    /// Refuses every token, and throws out who is connected, or takes them again.
    fn refuse(&self, on: bool);
}

/// What the provider would have told the first (0), the second … company.
pub type Past = fn(usize) -> Box<dyn Told>;

/// A company's past, event by event; moments are given in their order.
pub trait Told: Send {
    /// The next event: its name, and its payload as JSON text.
    fn next(&mut self, at: Timestamp) -> (&'static str, String);

    /// The next event of what is under way, while there is any: nothing new begins.
    fn last(&mut self, at: Timestamp) -> Option<(&'static str, String)>;
}

/// Something to try, and the command line that does it.
pub struct Example {
    pub what: Message,
    pub how: String,
}

/// Why a simulator ended.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    #[error("{address}: {error}")]
    Listen { address: String, error: io::Error },
    #[error(transparent)]
    Serving(io::Error),
    /// It did not begin; the provider's own words say why.
    #[error(transparent)]
    NotBegun(Box<dyn Error + Send + Sync>),
}

/// Listens, and says where.
pub async fn bind(address: &str) -> Result<(TcpListener, SocketAddr), SimulationError> {
    let refused = |error| SimulationError::Listen { address: address.to_owned(), error };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
