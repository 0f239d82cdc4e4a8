//! Who has a company, and how what belongs to it stands.
//!
//! What must hold here:
//! - Of a company that is this process's all is said from memory, as it is now. Of any other it is said as it was last written
//!   down, by whoever has the company or had it, and marked so: nothing of it runs here.
//! - A command takes the value that is there for the first kind only; for the other there is a refusal.
//!
//! The rows are read only where something is asked of a company that is not this process's.

use std::collections::{HashMap, HashSet};

use super::{Runtime, pause_reason};
use crate::delivery::Status;
use crate::delivery::courier::Health;
use crate::domain::{Backlog, CompanyId, HeldState, Seq, SourceId, SourceState, SourceStatus, WebhookId};
use crate::ownership::Owned;
use crate::store::{LiveSource, Source, StoreError, Webhook};

/// See the module.
pub struct Directory<'a>(&'a Runtime);

/// This process may not command anything of a company: it does not have it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this process does not have the company now")]
pub struct Elsewhere;

/// How a source stands.
#[derive(Debug, Clone, Default)]
pub struct SourceStand {
    pub status: SourceStatus,
    /// As it is; otherwise as it was last written down.
    pub live: bool,
}

/// How a webhook stands.
#[derive(Debug, Clone, Default)]
pub struct WebhookStand {
    pub status: Status,
    /// The end of its company's journal.
    pub head: Seq,
    /// What waits for it.
    pub backlog: Backlog,
    /// As it is; otherwise as it was last written down.
    pub live: bool,
}

impl Runtime {
    pub fn directory(&self) -> Directory<'_> {
        Directory(self)
    }
}

impl Directory<'_> {
    /// What a command to something of this company takes.
    pub fn owned(&self, company: CompanyId) -> Result<Owned<CompanyId>, Elsewhere> {
        self.0.inner.journal.owned(company).ok_or(Elsewhere)
    }

    pub async fn source(&self, source: &Source) -> Result<SourceStand, StoreError> {
        if self.owned(source.company).is_ok() {
            return Ok(self.source_here(source.id));
        }
        Ok(self.0.inner.store.live_source(source.id).await?.map(source_as_written).unwrap_or_default())
    }

    /// All of these at once.
    pub async fn sources(&self, sources: &[Source]) -> Result<HashMap<SourceId, SourceStand>, StoreError> {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            sources.iter().partition(|source| self.owned(source.company).is_ok());
        let mut stands: HashMap<_, _> =
            here.iter().map(|source| (source.id, self.source_here(source.id))).collect();
        if !elsewhere.is_empty() {
            let wanted: HashSet<_> = elsewhere.iter().map(|source| source.id).collect();
            let rows = self.0.inner.store.live_sources().await?;
            let rows = rows.into_iter().filter(|row| wanted.contains(&row.source));
            stands.extend(rows.map(|row| (row.source, source_as_written(row))));
        }
        Ok(stands)
    }

    pub async fn webhook(&self, webhook: &Webhook) -> Result<WebhookStand, StoreError> {
        if self.owned(webhook.company).is_ok() {
            return self.webhook_here(webhook).await;
        }
        let store = &self.0.inner.store;
        let outcomes = store.newest_outcomes(webhook.id).await?;
        let held = store.held_counts(webhook.id).await?;
        let held = held.iter().filter(|(state, _)| *state != HeldState::Dead).map(|(_, count)| *count);
        let held = usize::try_from(held.sum::<i64>()).unwrap_or(usize::MAX);
        let cursor = store.cursor(webhook.id).await?;
        let mut stand = webhook_as_written(webhook, cursor, self.written_head(webhook.company).await?);
        stand.status.held = held;
        (stand.status.last_success_at, stand.status.last_failure_at) = (outcomes.success, outcomes.failure);
        self.with_backlog(webhook, stand).await
    }

    /// All of these at once; of those of other companies only how far they are, and whether they are paused.
    pub async fn webhooks(
        &self,
        webhooks: &[Webhook],
    ) -> Result<HashMap<WebhookId, WebhookStand>, StoreError> {
        let (mut stands, mut elsewhere) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for webhook in webhooks {
            if self.owned(webhook.company).is_ok() {
                stands.insert(webhook.id, self.webhook_here(webhook).await?);
            } else {
                elsewhere.entry(webhook.company).or_default().push(webhook);
            }
        }
        for (company, its) in elsewhere {
            let cursors: HashMap<_, _> = self.0.inner.store.cursors(company).await?.into_iter().collect();
            let head = self.written_head(company).await?;
            for webhook in its {
                let stand = webhook_as_written(webhook, cursors.get(&webhook.id).copied(), head);
                stands.insert(webhook.id, self.with_backlog(webhook, stand).await?);
            }
        }
        Ok(stands)
    }

    /// How each of them does, without a look at the database: nothing is said of what waits, nor of the endpoints of webhooks that
    /// run elsewhere.
    pub fn webhooks_at_a_glance(&self, webhooks: &[Webhook]) -> HashMap<WebhookId, WebhookStand> {
        let glance = |webhook: &Webhook| {
            if self.owned(webhook.company).is_err() {
                return webhook_as_written(webhook, None, Seq::ZERO);
            }
            let status = self.0.inner.couriers.status(webhook.id).unwrap_or_default();
            WebhookStand { status, live: true, ..WebhookStand::default() }
        };
        webhooks.iter().map(|webhook| (webhook.id, glance(webhook))).collect()
    }

    async fn written_head(&self, company: CompanyId) -> Result<Seq, StoreError> {
        Ok(self.0.inner.store.head(company).await?.map_or(Seq::ZERO, |head| head.seq))
    }

    fn source_here(&self, source: SourceId) -> SourceStand {
        SourceStand { status: self.0.source_status(source), live: true }
    }

    async fn webhook_here(&self, webhook: &Webhook) -> Result<WebhookStand, StoreError> {
        let status = self.0.inner.couriers.status(webhook.id).unwrap_or_default();
        let head = self.0.inner.journal.head(webhook.company);
        self.with_backlog(webhook, WebhookStand { status, head, live: true, ..WebhookStand::default() }).await
    }

    async fn with_backlog(&self, webhook: &Webhook, stand: WebhookStand) -> Result<WebhookStand, StoreError> {
        let backlog = self.0.backlog(webhook.company, webhook.id, &stand.status, stand.head).await?;
        Ok(WebhookStand { backlog, ..stand })
    }
}

fn source_as_written(row: LiveSource) -> SourceStand {
    let status = SourceStatus {
        state: SourceState::parse(&row.state).unwrap_or_default(),
        since: row.since,
        until: row.until,
        attempt: row.attempt.try_into().unwrap_or_default(),
        reason: row.reason,
        session: None,
        last_event_at: row.last_event_at,
        foreign_company: row.foreign_company,
    };
    SourceStand { status, live: false }
}

fn webhook_as_written(webhook: &Webhook, cursor: Option<Seq>, head: Seq) -> WebhookStand {
    // Of its endpoint nothing is known here.
    let health = pause_reason(webhook).map_or_else(Health::default, |reason| Health::Paused { reason });
    let mut stand = WebhookStand { head, ..WebhookStand::default() };
    (stand.status.health, stand.status.cursor, stand.status.since) = (health, cursor, webhook.updated_at);
    stand.status.ahead.next = cursor.unwrap_or_default().next();
    stand
}
