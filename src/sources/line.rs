//! A connection that this side keeps open.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ledger::Pulses;
use crate::domain::{CompanyId, SourceId, SourceStatus};
use crate::journal::Journal;
use crate::ownership::Owned;
use crate::secrets::Secret;
use crate::socketio::{Client, Target, TargetError};

/// How a provider is listened to.
pub trait Line: Send + Sync {
    /// Where a source with these stored settings connects to, and what it shows there.
    fn target(&self, config: &str, token: &Secret) -> Result<Target, TargetError>;

    /// The task that keeps a source's connection until it is stopped.
    fn run(&self, parts: LineParts, stop: CancellationToken) -> LocalBoxFuture<'static, ()>;
}

/// What is wanted of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSpec {
    pub wanted: bool,
    pub target: Target,
    /// The token as people may see it.
    pub token_mask: String,
    /// The company's id at the provider, when it was registered as a number.
    pub registered_company: Option<i64>,
    /// Changes when an operator presses connect, so that a pause ends at once.
    pub nudge: u64,
}

impl LineSpec {
    /// Whether the same is wanted, however often an operator pressed connect.
    pub fn equals_but_for_nudge(&self, other: &LineSpec) -> bool {
        self.wanted == other.wanted
            && self.target == other.target
            && self.token_mask == other.token_mask
            && self.registered_company == other.registered_company
    }
}

/// What a line works with.
pub struct LineParts {
    pub company: Owned<CompanyId>,
    pub source: SourceId,
    pub client: Client,
    pub journal: Journal,
    pub pulses: Pulses,
    pub spec: watch::Receiver<LineSpec>,
    pub status: Arc<watch::Sender<SourceStatus>>,
}
