//! The companies as a list that people look through: searched, put in order, each with its line, its webhooks and what waits.
//!
//! What must hold here: however many there are, all of them cost a few statements; what is read of a single one is read of those on
//! the page alone.

use std::cmp::Reverse;

use super::company_stands::{CompanyIs, Entry, LineIs, WebhookTally, WebhooksAre};
use super::{Actor, Admin, AdminError, SourceView, badness};
use crate::domain::{Backlog, CompanyId, Lang, Sought, Timestamp};
use crate::sources as providers;

/// Which companies, in which order, and from where on.
#[derive(Debug, Default)]
pub struct CompanyListQuery {
    /// Words of the name, or of what the company is called at a provider.
    pub sought: Option<Sought>,
    pub is: Option<CompanyIs>,
    pub line: Option<LineIs>,
    pub webhooks: Option<WebhooksAre>,
    pub sort: CompanySort,
    pub from: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CompanySort {
    /// Worst first: first those whose events do not come, then those whose events do not arrive.
    #[default]
    State,
    Name,
    /// Who was heard of last comes first.
    LastEvent,
    /// The most first.
    Backlog,
}

impl CompanySort {
    pub const ALL: [Self; 4] = [Self::State, Self::Name, Self::LastEvent, Self::Backlog];

    pub fn as_str(self) -> &'static str {
        match self {
            CompanySort::State => "state",
            CompanySort::Name => "name",
            CompanySort::LastEvent => "last",
            CompanySort::Backlog => "backlog",
        }
    }
}

impl CompanyListQuery {
    fn wants(&self, entry: &Entry) -> bool {
        self.line.is_none_or(|line| line == LineIs::of(entry.worst()))
            && self.webhooks.is_none_or(|webhooks| webhooks == entry.tally.are())
            && self.is.is_none_or(|is| is == entry.is())
            && self.sought.as_ref().is_none_or(|sought| entry.has(sought))
    }
}

/// A page of the list.
pub struct CompanyList {
    pub rows: Vec<ListedCompany>,
    /// How many there are of what is asked for, and at all.
    pub found: usize,
    pub total: usize,
    /// The place of the first row among them: that of the last page, where the list ends before what was asked for.
    pub from: usize,
}

pub struct ListedCompany {
    pub id: CompanyId,
    pub name: String,
    /// The source whose state is the worst.
    pub worst: Option<SourceView>,
    /// The names of the providers of its sources.
    pub providers: Vec<String>,
    pub last_event_at: Option<Timestamp>,
    pub webhooks: WebhookTally,
    /// What waits for all of its webhooks together.
    pub backlog: Backlog,
    /// The title of the worst of its open incidents.
    pub incident: Option<String>,
}

impl Admin {
    /// A page of the companies that the caller sees.
    pub async fn company_list(
        &self,
        actor: &Actor,
        lang: Lang,
        query: &CompanyListQuery,
    ) -> Result<CompanyList, AdminError> {
        let mut entries = self.entries(actor).await?;
        let total = entries.len();
        entries.retain(|entry| query.wants(entry));
        let found = entries.len();
        let from = first_of(query.from, query.limit, found);
        if query.sort == CompanySort::Backlog {
            self.fill_backlogs(&mut entries).await?;
        }
        sort(&mut entries, query.sort);
        let mut page: Vec<Entry> = entries.into_iter().skip(from).take(query.limit).collect();
        if query.sort != CompanySort::Backlog {
            self.fill_backlogs(&mut page).await?;
        }
        let rows = page.into_iter().map(|entry| self.listed_company(lang, entry)).collect();
        Ok(CompanyList { rows, found, total, from })
    }

    pub(super) fn listed_company(&self, lang: Lang, entry: Entry) -> ListedCompany {
        let last_event_at = entry.last_event_at();
        let mut providers: Vec<String> = entry
            .sources
            .iter()
            .map(|(source, _)| providers::name(source.provider.as_str()).to_owned())
            .collect();
        providers.dedup();
        let worst = entry.sources.into_iter().max_by_key(|(_, stand)| badness(stand.status.state.as_str()));
        ListedCompany {
            id: entry.company.id,
            name: entry.company.name,
            worst: worst.map(|(source, stand)| self.source_view(lang, source, &stand)),
            providers,
            last_event_at,
            webhooks: entry.tally,
            backlog: entry.backlog,
            incident: entry.incident.map(|title| title.of(lang).to_owned()),
        }
    }
}

/// Where a page begins of a list that has so many rows.
pub(super) fn first_of(asked: usize, limit: usize, found: usize) -> usize {
    let last = found.saturating_sub(1) / limit.max(1) * limit.max(1);
    asked.min(last)
}

fn sort(entries: &mut [Entry], sort: CompanySort) {
    match sort {
        CompanySort::Name => entries.sort_by_cached_key(Entry::by_name),
        CompanySort::LastEvent => {
            entries.sort_by_cached_key(|entry| (Reverse(entry.last_event_at()), entry.by_name()));
        }
        CompanySort::Backlog => {
            entries.sort_by_cached_key(|entry| (Reverse(entry.backlog.events), entry.by_name()));
        }
        CompanySort::State => entries.sort_by_cached_key(Entry::place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_behind_the_end_is_the_last_one() {
        let first = |asked, found| first_of(asked, 50, found);
        assert_eq!([first(0, 0), first(50, 0), first(0, 51), first(50, 51)], [0, 0, 0, 50]);
        assert_eq!([first(50, 50), first(5_000, 120)], [0, 100]);
    }
}
