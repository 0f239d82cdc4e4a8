//! Everything at a glance, as the first page shows it: the figures, and each company with its line, worst first.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::{Actor, Admin, AdminError, SourceView};
use crate::domain::{Backlog, CompanyId, Lang, SourceState, Timestamp};
use crate::runtime::WebhookStand;
use crate::store::Webhook;

/// Companies that are looked through.
const COMPANIES: u32 = 2_000;
/// Webhooks whose oldest waiting event is looked up.
const LATE: usize = 20;

/// See the module.
pub struct OverviewView {
    /// Companies by the worst of their sources: connected, on the way to it, switched off by somebody, and without any.
    pub connected: usize,
    pub connecting: usize,
    pub stopped: usize,
    pub without: usize,
    /// Companies with a source and no webhook: their events are kept and go nowhere.
    pub unserved: usize,
    /// Companies in all.
    pub total: usize,
    pub events_a_minute: u64,
    pub deliveries_a_minute: u64,
    /// Requests of the last minute that were answered with 2xx, out of 1; absent when there was none.
    pub success: Option<f64>,
    /// The oldest event that still waits to be delivered, and the webhook that it waits for.
    pub oldest: Option<(Timestamp, String)>,
    /// Worst first.
    pub companies: Vec<CompanyOverview>,
}

pub struct CompanyOverview {
    pub id: CompanyId,
    pub name: String,
    /// The source whose state is the worst.
    pub worst: Option<SourceView>,
    pub last_event_at: Option<Timestamp>,
    /// Events that wait for webhooks, all of the company's together.
    pub backlog: Backlog,
}

impl Admin {
    /// Of the companies that the caller sees; the worst `limit` of them one by one.
    pub async fn overview(
        &self,
        actor: &Actor,
        lang: Lang,
        limit: usize,
    ) -> Result<OverviewView, AdminError> {
        let mut sources: HashMap<CompanyId, Vec<SourceView>> = HashMap::new();
        let mut seen = self.store.all_sources().await?;
        seen.retain(|source| actor.sees(source.company));
        let stands = self.runtime.directory().sources(&seen).await?;
        for source in seen {
            let stand = stands.get(&source.id).cloned().unwrap_or_default();
            sources.entry(source.company).or_default().push(self.source_view(lang, source, &stand));
        }
        let mut companies = Vec::new();
        for row in self.store.companies(CompanyId(0), COMPANIES).await? {
            if !actor.sees(row.id) {
                continue;
            }
            let its = sources.remove(&row.id).unwrap_or_default();
            let heard = its.iter().filter_map(|source| source.status.last_event_at.as_ref()?.parse().ok());
            companies.push(CompanyOverview {
                id: row.id,
                name: row.name,
                last_event_at: heard.max(),
                backlog: Backlog::default(),
                worst: its.into_iter().max_by_key(|source| badness(source.status.state)),
            });
        }
        let mut late = Vec::new();
        let rows: HashMap<_, _> = companies.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
        let mut served = HashSet::new();
        let webhooks = self.store.all_webhooks().await?;
        let stands = self.runtime.directory().webhooks(&webhooks).await?;
        for webhook in &webhooks {
            served.insert(webhook.company);
            let Some(at) = rows.get(&webhook.company) else { continue };
            let Some(stand) = stands.get(&webhook.id) else { continue };
            let sum = [companies[*at].backlog, stand.backlog].into_iter().sum();
            companies[*at].backlog = sum;
            if !stand.backlog.is_empty() {
                late.push((webhook, stand));
            }
        }
        let oldest = self.oldest(late).await?;
        let count = |wanted: fn(Option<SourceState>) -> bool| {
            companies.iter().filter(|row| wanted(state(row))).count()
        };
        let connected = count(|state| state == Some(SourceState::Connected));
        let connecting = count(|state| matches!(state, Some(SourceState::Connecting | SourceState::Waiting)));
        let stopped = count(|state| state == Some(SourceState::Stopped));
        let without = count(|state| state.is_none());
        let total = companies.len();
        companies.sort_by_cached_key(|row| {
            let bad = row.worst.as_ref().map_or(0, |source| badness(source.status.state));
            (Reverse(bad), Reverse(row.backlog.events), row.name.clone())
        });
        companies.truncate(limit);
        let pace = self.runtime.pace(|company| actor.sees(company));
        let tries = pace.delivered + pace.failed;
        #[expect(clippy::cast_precision_loss, reason = "requests of a minute are far below 2^53")]
        let success = (tries > 0).then(|| pace.delivered as f64 / tries as f64);
        Ok(OverviewView {
            connected,
            connecting,
            stopped,
            without,
            unserved: companies.iter().filter(|row| row.worst.is_some() && !served.contains(&row.id)).count(),
            total,
            events_a_minute: pace.per_minute(pace.events),
            deliveries_a_minute: pace.per_minute(pace.delivered),
            success,
            oldest,
            companies,
        })
    }

    async fn oldest(
        &self,
        mut late: Vec<(&Webhook, &WebhookStand)>,
    ) -> Result<Option<(Timestamp, String)>, AdminError> {
        late.sort_by_key(|(_, stand)| Reverse(stand.backlog.events));
        let mut oldest: Option<(Timestamp, String)> = None;
        for (webhook, stand) in late.into_iter().take(LATE) {
            let (company, id) = (webhook.company, webhook.id);
            let at = self.runtime.oldest_waiting(company, id, &stand.status, stand.head).await?;
            if let Some(at) = at.filter(|at| oldest.as_ref().is_none_or(|(before, _)| at < before)) {
                oldest = Some((at, webhook.settings.name.to_string()));
            }
        }
        Ok(oldest)
    }
}

fn state(row: &CompanyOverview) -> Option<SourceState> {
    SourceState::parse(row.worst.as_ref()?.status.state)
}

/// How bad a state is, for lists that show the worst first.
pub fn badness(state: &str) -> u8 {
    match SourceState::parse(state) {
        Some(SourceState::Refused) => 4,
        Some(SourceState::Waiting) => 3,
        Some(SourceState::Connecting) => 2,
        Some(SourceState::Stopped) => 1,
        Some(SourceState::Connected) | None => 0,
    }
}
