//! What an event waits for that has yet to be delivered: what its endpoint does, since when, and what stands before it.
//!
//! What must hold here: what is said to go out before it does. Order is kept within a lane only, so only of its own lane that is
//! known; what came before it in others may go out before or after.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Admin, AdminError};
use crate::delivery::courier::Health;
use crate::domain::{Event, Known, Lang, Timestamp};
use crate::journal::KeyKind;
use crate::store::Webhook;

/// What an event is kept in order with at a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Call,
    Chat,
    Agent,
    /// What no key of an event names: an interphone, a list.
    Other,
    /// Nothing: it may go out before or after any other.
    Nothing,
}

impl Order {
    fn of(event: &Event, webhook: &Webhook) -> Self {
        let Some(lane) = event.lane.as_deref().filter(|_| webhook.settings.ordered) else {
            return Self::Nothing;
        };
        let is = |prefix: &str, key: Option<&str>| {
            key.is_some() && lane.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':')) == key
        };
        match &event.keys {
            keys if keys.call.as_deref() == Some(lane) => Self::Call,
            keys if is("chat", keys.chat.as_deref()) => Self::Chat,
            keys if is("agent", keys.agent.as_deref()) => Self::Agent,
            _ => Self::Other,
        }
    }

    /// By what the events of the lane are found.
    fn key(self, event: &Event) -> Option<(KeyKind, String)> {
        let keys = &event.keys;
        let (kind, key) = match self {
            Self::Call => (KeyKind::Call, &keys.call),
            Self::Chat => (KeyKind::Chat, &keys.chat),
            Self::Agent => (KeyKind::Agent, &keys.agent),
            Self::Other | Self::Nothing => return None,
        };
        Some((kind, key.as_deref()?.to_owned()))
    }

    /// The word of the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Chat => "chat",
            Self::Agent => "agent",
            Self::Other => "other",
            Self::Nothing => "nothing",
        }
    }
}

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
    /// Events that came before this one and are still to be delivered. Those of other lanes may go out after it.
    pub before: u64,
    /// How well `before` is known: `exactly`, `at_most` or `at_least`.
    #[schema(value_type = Known)]
    pub before_known: &'static str,
    /// Those of its own lane, which go out before it; absent where they are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_in_lane: Option<u64>,
    #[serde(skip)]
    pub order: Order,
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
        let order = Order::of(event, webhook);
        let before_in_lane = match (order, order.key(event)) {
            (Order::Nothing, _) => Some(0),
            (_, Some(key)) => self.before_in_lane(event, webhook, key).await?,
            (_, None) => None,
        };
        let cause = status.last_failure.as_ref().filter(|_| matches!(status.health, Health::Failing { .. }));
        Ok(Some(WaitingView {
            health: status.health.as_str(),
            since: status.stands_since().to_string(),
            cause: cause.map(|failure| failure.cause().text(lang)),
            next_try_at: status.next_try_at.map(|at| at.to_string()),
            before: before.events,
            before_known: before.known.as_str(),
            before_in_lane,
            order,
        }))
    }
}
