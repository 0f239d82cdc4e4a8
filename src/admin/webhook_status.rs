//! How a webhook stands.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Actor, Admin, AdminError, webhook_health};
use crate::delivery::Status;
use crate::delivery::courier::{FailingReason, Health};
use crate::domain::{CompanyId, HeldState, Known, Lang, Timestamp, WebhookId};
use crate::incidents::losses;
use crate::store::Webhook;
use crate::texts::say;

/// How a webhook is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookStatusView {
    /// `healthy`; `unstable` (below 95% of the requests of the last hour succeeded, and it has not been above 98% since); `slow`;
    /// `failing`; or `paused`.
    pub health: String,
    /// The share of the requests of the last hour that succeeded, 0 to 1; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub success_last_hour: Option<f64>,
    /// One sentence on it.
    pub sentence: String,
    /// The same without the event that it has not taken.
    #[serde(skip)]
    pub sentence_alone: String,
    /// Everything up to this seq is settled.
    pub cursor: i64,
    /// The company's newest event.
    pub head: i64,
    /// Events that it wants and has not settled. Those that it set aside are not among them.
    pub backlog: u64,
    /// How well `backlog` is known: `exactly`, `at_most` (rules have yet to decide about some) or `at_least` (more have not been
    /// counted; ask again).
    #[schema(value_type = Known)]
    pub backlog_known: &'static str,
    /// When the oldest of these events came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub oldest_pending_at: Option<String>,
    pub in_flight: usize,
    /// An event that it has not taken so far and that is sent again: the one that holds up the cursor, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub troubled: Option<TroubledView>,
    /// Requests a second that the endpoint lets itself be sent, where it has refused more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace_per_second: Option<f64>,
    /// Set-aside events by state.
    pub held: std::collections::BTreeMap<&'static str, i64>,
    /// Requests since the process started.
    pub delivered: u64,
    pub failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Of the attempts that are kept, as is the next.
    #[schema(value_type = Option<Timestamp>)]
    pub last_success_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub last_failure_at: Option<String>,
    /// When something that failed is tried again; absent while nothing waits for that, or it is being tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_try_at: Option<String>,
    /// Since when `health` is what it is: of an endpoint that fails, its first failure since a success; else since this process
    /// sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub since: Option<String>,
    /// The process that answers does not have the company: this is what was last written down, and nothing of it is known as it
    /// is now. Absent otherwise.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub as_written: bool,
}

/// An event that a webhook's endpoint has not taken so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct TroubledView {
    pub event_id: String,
    /// Of its payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Requests made.
    pub attempts: u16,
    pub since: String,
    /// What its last request came to, in the caller's language.
    pub last_answer: String,
}

fn troubled_view(company: CompanyId, status: &Status, lang: Lang) -> Option<TroubledView> {
    let (event, since) = losses::troubled(company, status)?;
    Some(TroubledView {
        event_id: event.id.to_string(),
        bytes: event.bytes,
        attempts: status.troubled.as_ref()?.tries,
        since: since.to_string(),
        last_answer: event.last?.text(lang),
    })
}

/// What is given in thousandths, out of 1.
fn share(thousandths: u64) -> f64 {
    f64::from(u32::try_from(thousandths).unwrap_or(1_000)) / 1_000.0
}

impl Admin {
    /// A word that changes when one of a company's webhooks stands otherwise than before.
    pub async fn webhooks_stand(&self, actor: &Actor, company: CompanyId) -> Result<String, AdminError> {
        self.company(actor, company).await?;
        let rows = self.store.webhooks(company).await?;
        let stands = self.runtime.directory().webhooks(&rows).await?;
        let word = |row: &Webhook| {
            let stand = stands.get(&row.id)?;
            let status = &stand.status;
            let waits = stand.backlog.events > 0;
            Some(format!("{}:{}:{}:{waits} ", row.id, row.version, status.health.as_str()))
        };
        Ok(rows.iter().filter_map(word).collect())
    }

    pub async fn webhook_status(
        &self,
        actor: &Actor,
        lang: Lang,
        id: WebhookId,
    ) -> Result<WebhookStatusView, AdminError> {
        let webhook = self.stored_webhook(actor, id).await?;
        self.status_of(&webhook, lang).await
    }

    pub(super) async fn status_of(
        &self,
        webhook: &Webhook,
        lang: Lang,
    ) -> Result<WebhookStatusView, AdminError> {
        let (id, stand) = (webhook.id, self.runtime.directory().webhook(webhook).await?);
        let (live, head) = (&stand.status, stand.head);
        let cursor = self.store.cursor(id).await?.unwrap_or_default();
        let counts = self.store.held_counts(id).await?;
        let set_aside = HeldState::ALL.iter().map(|state| {
            (state.as_str(), counts.iter().find(|(found, _)| found == state).map_or(0, |(_, count)| *count))
        });
        let oldest = self.runtime.oldest_waiting(webhook.company, id, live, head).await?;
        let sentence = if stand.live {
            self.webhook_sentence(webhook, live, lang).await
        } else {
            say(lang, "health-elsewhere").text()
        };
        let is_about_an_event =
            stand.live && live.health != Health::Failing { reason: FailingReason::NotStarted };
        let sentence_alone =
            if is_about_an_event { webhook_health::alone(live, lang) } else { sentence.clone() };
        Ok(WebhookStatusView {
            health: live.health.as_str().to_owned(),
            success_last_hour: live.success.map(share),
            sentence,
            sentence_alone,
            cursor: cursor.0,
            head: head.0,
            backlog: stand.backlog.events,
            backlog_known: stand.backlog.known.as_str(),
            oldest_pending_at: oldest.map(|at| at.to_string()),
            in_flight: live.in_flight,
            troubled: troubled_view(webhook.company, live, lang),
            pace_per_second: live.pace,
            held: set_aside.collect(),
            delivered: live.counters.delivered,
            failed: live.counters.failures,
            last_success_at: live.last_success_at.map(|at| at.to_string()),
            last_failure_at: live.last_failure_at.map(|at| at.to_string()),
            next_try_at: live.next_try_at.map(|at| at.to_string()),
            since: (live.since != Timestamp::default()).then(|| live.stands_since().to_string()),
            as_written: !stand.live,
        })
    }
}
