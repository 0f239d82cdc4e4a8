//! Everything at a glance, as the first page shows it: the figures, the companies that are out of order, worst first, and the names of
//! those that are not.
//!
//! What must hold here: it is read once a tick for who looks on, so what is read of a single company is read of those alone that stand
//! in a row.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::company_stands::{CompanyIs, Entry};
use super::{Actor, Admin, AdminError, ListedCompany, Series};
use crate::domain::{Backlog, CompanyId, Lang, SourceState, Timestamp};
use crate::runtime::WebhookStand;
use crate::store::Webhook;

/// Webhooks whose oldest waiting event is looked up.
const LATE: usize = 20;

/// How much of it somebody wants to see.
#[derive(Debug, Clone, Copy)]
pub struct OverviewSize {
    /// Companies that are shown one by one.
    pub rows: usize,
    /// Names of others.
    pub cells: usize,
}

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
    /// The only one there is.
    pub only: Option<CompanyId>,
    pub events_a_minute: u64,
    pub deliveries_a_minute: u64,
    /// Requests of the last minute that were answered with 2xx, out of 1; absent when there was none.
    pub success: Option<f64>,
    /// What waits for all webhooks together.
    pub backlog: Backlog,
    /// The oldest event that still waits to be delivered, and the webhook that it waits for.
    pub oldest: Option<(Timestamp, String)>,
    /// Companies that are out of order: how many, and the worst of them.
    pub off: usize,
    pub rows: Vec<CompanyRow>,
    /// How many of the others are in order, and how many another process has.
    pub well: usize,
    pub elsewhere: usize,
    /// The others by name, those that another process has behind them.
    pub cells: Vec<CompanyCell>,
}

/// A company that is out of order.
pub struct CompanyRow {
    pub company: ListedCompany,
    /// Its last hour.
    pub series: Series,
}

/// One about which there is nothing to say.
pub struct CompanyCell {
    pub id: CompanyId,
    pub name: String,
    /// Another process has it.
    pub elsewhere: bool,
}

impl Admin {
    /// Of the companies that the caller sees.
    pub async fn overview(
        &self,
        actor: &Actor,
        lang: Lang,
        size: OverviewSize,
    ) -> Result<OverviewView, AdminError> {
        let mut entries = self.entries(actor).await?;
        let backlogs = self.all_backlogs(&mut entries).await?;
        for entry in &mut entries {
            entry.backlog = backlogs.of.get(&entry.company.id).copied().unwrap_or_default();
        }
        let of_line = |wanted: fn(Option<SourceState>) -> bool| {
            entries.iter().filter(|entry| wanted(entry.worst())).count()
        };
        let (connected, connecting, stopped, without) = (
            of_line(|state| state == Some(SourceState::Connected)),
            of_line(|state| matches!(state, Some(SourceState::Connecting | SourceState::Waiting))),
            of_line(|state| state == Some(SourceState::Stopped)),
            of_line(|state| state.is_none()),
        );
        let are = |wanted: CompanyIs| entries.iter().filter(|entry| entry.is() == wanted).count();
        let (off, well, elsewhere) =
            (are(CompanyIs::OutOfOrder), are(CompanyIs::InOrder), are(CompanyIs::Elsewhere));
        let unserved =
            entries.iter().filter(|entry| entry.worst().is_some() && entry.tally.total == 0).count();
        let total = entries.len();
        let only = entries.first().filter(|_| total == 1).map(|entry| entry.company.id);
        let pace = self.runtime.pace(|company| actor.sees(company));
        let tries = pace.delivered + pace.failed;
        #[expect(clippy::cast_precision_loss, reason = "requests of a minute are far below 2^53")]
        let success = (tries > 0).then(|| pace.delivered as f64 / tries as f64);
        let (mut rows, mut others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.is() == CompanyIs::OutOfOrder);
        rows.sort_by_cached_key(Entry::place);
        rows.truncate(size.rows);
        others.sort_by_cached_key(|entry| (Reverse(entry.is()), entry.by_name()));
        others.truncate(size.cells);
        Ok(OverviewView {
            connected,
            connecting,
            stopped,
            without,
            unserved,
            total,
            only,
            events_a_minute: pace.per_minute(pace.events),
            deliveries_a_minute: pace.per_minute(pace.delivered),
            success,
            backlog: backlogs.of.into_values().sum(),
            oldest: backlogs.oldest,
            off,
            rows: self.company_rows(lang, rows).await?,
            well,
            elsewhere,
            cells: others.into_iter().map(cell).collect(),
        })
    }

    async fn company_rows(&self, lang: Lang, entries: Vec<Entry>) -> Result<Vec<CompanyRow>, AdminError> {
        let begun: Vec<_> =
            entries.iter().map(|entry| (entry.company.id, entry.company.created_at)).collect();
        let mut series = self.last_hours(&begun).await?.into_iter();
        let row =
            |entry| Some(CompanyRow { series: series.next()?, company: self.listed_company(lang, entry) });
        Ok(entries.into_iter().filter_map(row).collect())
    }

    /// What waits, of each company and in all; takes their webhooks.
    async fn all_backlogs(&self, entries: &mut [Entry]) -> Result<Backlogs, AdminError> {
        let webhooks: Vec<Webhook> =
            entries.iter_mut().flat_map(|entry| std::mem::take(&mut entry.webhooks)).collect();
        let stands = self.runtime.directory().webhooks(&webhooks).await?;
        let (mut of, mut late) = (HashMap::<CompanyId, Backlog>::new(), Vec::new());
        for webhook in &webhooks {
            let Some(stand) = stands.get(&webhook.id) else { continue };
            let sum = of.entry(webhook.company).or_default();
            *sum = [*sum, stand.backlog].into_iter().sum();
            if !stand.backlog.is_empty() {
                late.push((webhook, stand));
            }
        }
        Ok(Backlogs { oldest: self.oldest(late).await?, of })
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

struct Backlogs {
    of: HashMap<CompanyId, Backlog>,
    oldest: Option<(Timestamp, String)>,
}

fn cell(entry: Entry) -> CompanyCell {
    let elsewhere = entry.is() == CompanyIs::Elsewhere;
    CompanyCell { id: entry.company.id, name: entry.company.name, elsewhere }
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
