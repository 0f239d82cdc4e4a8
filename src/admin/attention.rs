//! What needs attention, as far as the caller may see it.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Actor, Admin, AdminError, losses};
use crate::delivery::courier::{FailingReason, Failure, Health, PauseReason};
use crate::domain::{CompanyId, Known, Lang, SourceId, Timestamp, WebhookId};
use crate::journal::RecorderHealth;
use crate::runtime::{WebhookStand, pause_reason};
use crate::sources;
use crate::store::{Source, Webhook};
use crate::texts::say;
use crate::watch::attention::{
    Alert, Kind, Level, Look, REFUSED_WITHIN, SourceLook, WebhookLook, WebhookState, attention,
};

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
    /// `silence`, `events_refused`, `events_lost`, `calls_not_routed`, `webhook_not_started`, `webhook_failing`, `webhook_gone`, `webhook_paused`,
    /// `event_failing`, `events_dead`, `events_crowded_out` or `events_expired`.
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
    /// Events that wait, or that are lost; calls that were not routed (`calls_not_routed`); bytes that are free (`disk_low`).
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
        let mut webhooks = self.store.all_webhooks().await?;
        webhooks.retain(|webhook| actor.sees(webhook.company));
        let whole = actor.companies.is_none();
        let recorder = match &*self.journal.health().borrow() {
            RecorderHealth::Waiting { reason, since, .. } if whole => Some((reason.as_str(), *since)),
            _ => None,
        };
        let now = Timestamp::now();
        let mut losses = self.losses(&webhooks, now).await?;
        let mut stands = self.runtime.directory().webhooks(&webhooks).await?;
        let looks = webhooks.iter().map(|webhook| {
            let losses = losses.remove(&webhook.id).unwrap_or_default();
            let stand = stands.remove(&webhook.id).unwrap_or_default();
            WebhookLook { losses, ..webhook_look(webhook, &stand) }
        });
        let look = Look {
            now,
            watching_since: self.runtime.started_at(),
            sources: self.source_looks(actor).await?,
            webhooks: looks.collect(),
            disk: self.runtime.disk().filter(|_| whole),
            recorder,
            duties: if whole { self.duties_in_trouble(now) } else { Vec::new() },
        };
        let alerts = attention(&look);
        let mut items = Vec::new();
        for alert in alerts.iter().take(limit as usize) {
            items.push(self.alert_view(alert, &webhooks, lang).await?);
        }
        Ok(AttentionView { items, total: alerts.len() })
    }

    fn duties_in_trouble(&self, now: Timestamp) -> Vec<(&'static str, Timestamp)> {
        let statuses = self.journal.duties().statuses();
        statuses.iter().filter_map(|duty| Some((duty.name, duty.in_trouble_since(now)?))).collect()
    }

    async fn source_looks(&self, actor: &Actor) -> Result<Vec<SourceLook>, AdminError> {
        let gaps = self.store.open_gaps().await?;
        let gaps: HashMap<_, _> = gaps.into_iter().map(|gap| (gap.source, gap.started_at)).collect();
        let lately = Timestamp(
            Timestamp::now().0.saturating_sub(i64::try_from(REFUSED_WITHIN.as_micros()).unwrap_or(i64::MAX)),
        );
        let refused = self.store.refusals_since(lately).await?;
        let refused: HashMap<_, _> = refused.into_iter().map(|gap| (gap.source, gap.started_at)).collect();
        let lost = self.store.losses_since(lately).await?;
        let lost: HashMap<_, _> = lost.into_iter().map(|gap| (gap.source, gap.started_at)).collect();
        let unrouted = self.runtime.unrouted(Timestamp::now());
        let unrouted: HashMap<_, _> =
            unrouted.iter().map(|one| (one.source, (one.count, one.since))).collect();
        let mut sources = self.store.all_sources().await?;
        sources.retain(|source| actor.sees(source.company));
        let mut stands = self.runtime.directory().sources(&sources).await?;
        let look = |source: Source| {
            let status = stands.remove(&source.id).unwrap_or_default().status;
            let provider = sources::find(source.provider);
            SourceLook {
                company: source.company,
                source: source.id,
                provider: sources::name(source.provider.as_str()),
                served: provider.is_some(),
                door: provider.is_some_and(|provider| provider.way_in().endpoint().is_some()),
                wanted: source.connect,
                state: status.state,
                since: status.since,
                created_at: source.created_at,
                last_event_at: status.last_event_at,
                gap_since: gaps.get(&source.id).copied(),
                refused_since: refused.get(&source.id).copied(),
                lost_since: lost.get(&source.id).copied(),
                unrouted: unrouted.get(&source.id).copied(),
                token_expires_on: provider.and_then(|provider| provider.token_expires_on(&source.config)),
            }
        };
        Ok(sources.into_iter().map(look).collect())
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

pub(super) fn webhook_look(webhook: &Webhook, stand: &WebhookStand) -> WebhookLook {
    let status = &stand.status;
    // The stored pause counts: it has its time, which a restart does not forget.
    let (state, since) = match (pause_reason(webhook), &status.health) {
        (Some(PauseReason::Gone), _) => (WebhookState::Gone, webhook.updated_at),
        (Some(PauseReason::Operator(_)), _) => (WebhookState::Paused, webhook.updated_at),
        (None, Health::Failing { reason: FailingReason::NotStarted }) => {
            (WebhookState::NotStarted, status.since)
        }
        (None, Health::Failing { .. }) => (WebhookState::Failing, status.stands_since()),
        (None, _) => (WebhookState::Well, status.since),
    };
    WebhookLook {
        company: webhook.company,
        webhook: webhook.id,
        state,
        since,
        backlog: stand.backlog,
        cause: status.last_failure.as_ref().map(Failure::cause),
        next_try_at: status.next_try_at,
        troubled: losses::troubled(webhook.company, status),
        losses: Vec::new(),
    }
}
