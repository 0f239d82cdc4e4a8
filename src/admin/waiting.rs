//! What an event waits for that has yet to be delivered: what its endpoint does, since when, and how many go out before it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Admin, AdminError};
use crate::delivery::courier::Health;
use crate::domain::{Event, Known, Lang, Timestamp};
use crate::store::Webhook;

/// Why an event is still to be delivered.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingView {
    /// The webhook's: `healthy`, `unstable`, `slow`, `failing` or `paused`.
    pub health: &'static str,
    /// Since when it is so: of an endpoint that fails, its first failure since a success; else since this process sees it.
    #[schema(value_type = Timestamp)]
    pub since: String,
    /// What an endpoint that fails does, as a phrase that completes "the endpoint …".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// When an endpoint that fails is tried again; absent while it is being tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_try_at: Option<String>,
    /// Events that it is sent before this one.
    pub before: u64,
    /// How well `before` is known: `exactly`, `at_most` or `at_least`.
    #[schema(value_type = Known)]
    pub before_known: &'static str,
}

impl Admin {
    /// What an event waits for; `None` where nothing is known of the webhook as it is now.
    pub(super) async fn waiting(
        &self,
        event: &Event,
        webhook: &Webhook,
        lang: Lang,
    ) -> Result<Option<WaitingView>, AdminError> {
        let stand = self.runtime.directory().webhook(webhook).await?;
        let status = &stand.status;
        if !stand.live || status.cursor.is_none() {
            return Ok(None);
        }
        let before = self.runtime.waiting_before(event.company, webhook.id, status, event.seq).await?;
        let cause = status.last_failure.as_ref().filter(|_| matches!(status.health, Health::Failing { .. }));
        Ok(Some(WaitingView {
            health: status.health.as_str(),
            since: status.stands_since().to_string(),
            cause: cause.map(|failure| failure.cause().text(lang)),
            next_try_at: status.next_try_at.map(|at| at.to_string()),
            before: before.events,
            before_known: before.known.as_str(),
        }))
    }
}
