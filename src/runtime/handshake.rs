//! One handshake with a provider, ended as soon as it is answered: for settings that are not saved yet.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Runtime;
use crate::secrets::Secret;
use crate::socketio::Client;
use crate::sources::Line;
use crate::sources::dial::Guarded;

/// Why there was no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoHandshake {
    /// A stable word: `refused`, `dial`, `upgrade`, `handshake_timeout`, …
    pub word: &'static str,
    /// What the provider said when it refused.
    pub refusal: Option<String>,
}

impl Runtime {
    /// Through the guard and with the deadlines of every line. Nothing that it hears is kept.
    pub async fn shake_hands(
        &self,
        line: &dyn Line,
        config: &str,
        token: &Secret,
    ) -> Result<(), NoHandshake> {
        let target = line.target(config, token).map_err(|_| NoHandshake { word: "dial", refusal: None })?;
        let stop = CancellationToken::new();
        let _ends = stop.clone().drop_guard();
        let shared = &self.inner.shared;
        let dial = Arc::new(Guarded(shared.dialer.clone()));
        let client = Client::new(dial, shared.budget.clone(), shared.options.clone());
        // Large, and asked for from pages whose own futures are.
        let answered = Box::pin(client.connect(&target, None, &stop)).await;
        answered.map(drop).map_err(|reason| NoHandshake { word: reason.name(), refusal: reason.refusal() })
    }
}
