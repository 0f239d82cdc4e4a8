//! What needs attention, as far as the caller may see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Actor, Admin, AdminError};
use crate::domain::incident::Kind;
use crate::domain::{CompanyId, Known, Lang, SourceId, Timestamp, WebhookId};
use crate::incidents::{Scope, Seen};
use crate::store::Webhook;
use crate::texts::say;
use crate::watch::attention::{Alert, Level, attention};

/// What needs attention, worst first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttentionView {
    pub items: Vec<AlertView>,
    /// How many there are in all, of which `items` are the worst.
    pub total: usize,
}

/// One thing that needs attention.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    /// `not_writing`, `not_ours`, `disk_low`, `not_served`, `token_refused`, `token_expired`, `token_expires`, `gap_open`, `not_connected`,
    /// `silence`, `door_refuses`, `events_refused`, `events_lost`, `calls_not_routed`, `webhook_not_started`, `webhook_failing`, `webhook_gone`, `webhook_paused`,
    /// `event_failing`, `events_dead`, `events_crowded_out`, `events_expired` or `contact_failing`.
    pub kind: Kind,
    /// `critical`, `warning` or `notice`.
    pub level: Level,
    #[schema(value_type = Timestamp)]
    pub since: String,
    /// What is the matter and what to do, in the caller's language.
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SourceId>)]
    pub source_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WebhookId>)]
    pub webhook_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_name: Option<String>,
    /// Events that wait, or that are lost; calls that were not routed (`calls_not_routed`); posts that were refused (`door_refuses`); bytes that are free (`disk_low`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// How well `amount` is known: `exactly`, `at_most` (rules have yet to decide about some) or `at_least` (more have not been
    /// counted).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Known>)]
    pub amount_known: Option<&'static str>,
    /// When an endpoint that fails is tried again; absent while it is being tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_try_at: Option<String>,
    /// The event that fails, or the newest that is lost, with the size of its payload and what its last request came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_answer: Option<String>,
}

impl Admin {
    /// The worst `limit` of it. The machine's own troubles are for those who see every company.
    pub async fn attention(
        &self,
        actor: &Actor,
        lang: Lang,
        limit: u32,
    ) -> Result<AttentionView, AdminError> {
        let scope = Scope { sees: &|company| actor.sees(company), whole: actor.companies.is_none() };
        let Seen { look, webhooks } = self.incidents.look(&scope).await?;
        let alerts = attention(&look);
        let mut items = Vec::new();
        for alert in alerts.iter().take(limit as usize) {
            items.push(self.alert_view(alert, &webhooks, lang).await?);
        }
        Ok(AttentionView { items, total: alerts.len() })
    }

    async fn alert_view(
        &self,
        alert: &Alert,
        webhooks: &[Webhook],
        lang: Lang,
    ) -> Result<AlertView, AdminError> {
        let company = match alert.company {
            Some(company) => self.store.company(company).await?,
            None => None,
        };
        let event = alert.event.as_ref();
        let last = event.and_then(|event| event.last.as_ref());
        let webhook = alert.webhook.and_then(|id| webhooks.iter().find(|webhook| webhook.id == id));
        let mut sentence = alert.sentence(lang);
        if let (Kind::WebhookNotStarted, Some(webhook)) = (alert.kind, webhook)
            && let Some(why) = self.why_unusable(webhook, lang).await
        {
            sentence = say(lang, "attention-cause").with("sentence", sentence).with("why", why).text();
        }
        Ok(AlertView {
            kind: alert.kind,
            level: alert.level,
            since: alert.since.to_string(),
            sentence,
            company_id: alert.company.map(|id| id.to_string()),
            company_name: company.map(|company| company.name),
            source_id: alert.source.map(|id| id.to_string()),
            webhook_id: alert.webhook.map(|id| id.to_string()),
            webhook_name: webhook.map(|webhook| webhook.settings.name.to_string()),
            amount: alert.amount,
            amount_known: alert.amount.map(|_| alert.known.as_str()),
            next_try_at: alert.next_try_at.map(|at| at.to_string()),
            event_id: event.map(|event| event.id.to_string()),
            event_bytes: event.and_then(|event| event.bytes),
            last_answer: last.map(|last| last.text(lang)),
        })
    }
}
