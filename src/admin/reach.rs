//! Whether a webhook's URL can be reached: a look at the connection alone, for who has just saved it.
//!
//! What must hold here: nothing is sent to the company, not a byte of HTTP; the guard judges the address as it does for
//! a delivery; it ends within [`LONGEST`], and few look at the same time.

use std::sync::Arc;
use std::time::Duration;

use super::{Actor, Admin, AdminError, Fault, Role, turns};
use crate::domain::WebhookId;
use crate::net::{ErrorKind, Phases, Refusal, Target};

/// DNS, connection and TLS together.
const LONGEST: Duration = Duration::from_secs(8);

/// What came of it.
#[derive(Debug)]
pub struct ReachView {
    /// The name of the URL, and the same with its port: `api.example.com:443`.
    pub host: String,
    pub at: String,
    /// Why there is no connection.
    pub failed: Option<ErrorKind>,
    /// Of the steps that took place.
    pub phases: Phases,
}

impl Admin {
    pub async fn reach_webhook(&self, actor: &Actor, id: WebhookId) -> Result<ReachView, AdminError> {
        actor.require(Role::Operator)?;
        let webhook = self.stored_webhook(actor, id).await?;
        let guard = Arc::new(self.guard.asking_for(webhook.company));
        let target = Target::parse(webhook.settings.url.as_str(), &guard);
        let url = url::Url::parse(webhook.settings.url.as_str())
            .map_err(|_| AdminError::invalid("url", Fault::NotAUrl))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let at = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let target = match target {
            Ok(target) => target,
            // Permitted when it was saved, and no more.
            Err(error) if error.refusal == Refusal::NotPermitted => {
                let failed = Some(ErrorKind::NotPermitted);
                return Ok(ReachView { host, at, failed, phases: Phases::default() });
            }
            Err(error) => return Err(AdminError::invalid("url", Fault::Address { refusal: error.refusal })),
        };
        let _place = turns::place(&self.access.turns.reaches, actor)?;
        Ok(match self.http.reach(&target, LONGEST).await {
            Ok(phases) => ReachView { host, at, failed: None, phases },
            Err(error) => ReachView { host, at, failed: Some(error.kind), phases: error.phases },
        })
    }
}
