//! The companies as a list that people look through: searched, put in order, each with its line, its webhooks and what waits.
//!
//! What must hold here: however many there are, all of them cost a few statements; what is read of a single one is read of those on
//! the page alone.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::webhook_list::{Grade, grade_of};
use super::{Actor, Admin, AdminError, SourceView, badness};
use crate::domain::{Backlog, CompanyId, Lang, Sought, SourceState, Timestamp};
use crate::runtime::SourceStand;
use crate::sources as providers;
use crate::store::{Company, Source, Webhook};

/// Which companies, in which order, and from where on.
#[derive(Debug, Default)]
pub struct CompanyListQuery {
    /// Words of the name, or of what the company is called at a provider.
    pub sought: Option<Sought>,
    pub line: Option<LineIs>,
    pub webhooks: Option<WebhooksAre>,
    pub sort: CompanySort,
    pub from: usize,
    pub limit: usize,
}

/// How the worst of a company's lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineIs {
    /// Refused, or between two tries.
    InTrouble,
    Connected,
    Connecting,
    Stopped,
    /// There is no source.
    None,
}

/// How the worst of a company's webhooks is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhooksAre {
    Failing,
    Unsteady,
    Paused,
    Well,
    None,
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

impl LineIs {
    pub const ALL: [Self; 5] =
        [Self::InTrouble, Self::Connected, Self::Connecting, Self::Stopped, Self::None];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            LineIs::InTrouble => "trouble",
            LineIs::Connected => "connected",
            LineIs::Connecting => "connecting",
            LineIs::Stopped => "stopped",
            LineIs::None => "none",
        }
    }

    fn of(worst: Option<SourceState>) -> Self {
        match worst {
            Some(SourceState::Refused | SourceState::Waiting) => LineIs::InTrouble,
            Some(SourceState::Connecting) => LineIs::Connecting,
            Some(SourceState::Stopped) => LineIs::Stopped,
            Some(SourceState::Connected) => LineIs::Connected,
            None => LineIs::None,
        }
    }
}

impl WebhooksAre {
    pub const ALL: [Self; 5] = [Self::Failing, Self::Unsteady, Self::Paused, Self::Well, Self::None];

    pub fn as_str(self) -> &'static str {
        match self {
            WebhooksAre::Failing => "failing",
            WebhooksAre::Unsteady => "unsteady",
            WebhooksAre::Paused => "paused",
            WebhooksAre::Well => "well",
            WebhooksAre::None => "none",
        }
    }
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
}

/// A company's webhooks, counted by how they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebhookTally {
    pub total: usize,
    pub failing: usize,
    pub unsteady: usize,
    pub paused: usize,
    /// They run in another process, and of their endpoints nothing is known here.
    pub unknown: usize,
}

impl WebhookTally {
    fn count(&mut self, grade: Grade) {
        self.total += 1;
        match grade {
            Grade::Failing => self.failing += 1,
            Grade::Unsteady => self.unsteady += 1,
            Grade::Gone | Grade::Paused => self.paused += 1,
            Grade::Elsewhere => self.unknown += 1,
            Grade::Ready | Grade::Well => {}
        }
    }

    /// The worst that is among them.
    pub fn are(&self) -> WebhooksAre {
        match self {
            Self { total: 0, .. } => WebhooksAre::None,
            Self { failing: 1.., .. } => WebhooksAre::Failing,
            Self { unsteady: 1.., .. } => WebhooksAre::Unsteady,
            Self { paused: 1.., .. } => WebhooksAre::Paused,
            _ => WebhooksAre::Well,
        }
    }

    /// How bad that is: those that fail, then how many of them.
    fn badness(&self) -> (u8, usize) {
        match self.are() {
            WebhooksAre::Failing => (3, self.failing),
            WebhooksAre::Unsteady => (2, self.unsteady),
            WebhooksAre::Paused => (1, self.paused),
            WebhooksAre::Well | WebhooksAre::None => (0, 0),
        }
    }
}

/// What is known of a company before any of it is written for people.
struct Entry {
    company: Company,
    sources: Vec<(Source, SourceStand)>,
    webhooks: Vec<Webhook>,
    tally: WebhookTally,
    backlog: Backlog,
}

impl Entry {
    fn worst(&self) -> Option<SourceState> {
        let states = self.sources.iter().map(|(_, stand)| stand.status.state);
        states.max_by_key(|state| badness(state.as_str()))
    }

    fn last_event_at(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|(_, stand)| stand.status.last_event_at).max()
    }

    fn is_wanted(&self, query: &CompanyListQuery) -> bool {
        query.line.is_none_or(|line| line == LineIs::of(self.worst()))
            && query.webhooks.is_none_or(|webhooks| webhooks == self.tally.are())
            && query.sought.as_ref().is_none_or(|sought| self.has(sought))
    }

    fn has(&self, sought: &Sought) -> bool {
        let id = self.company.id.to_string();
        let accounts = self.sources.iter().filter_map(|(source, _)| source.account.as_deref());
        let texts: Vec<&str> = [self.company.name.as_str(), &id].into_iter().chain(accounts).collect();
        sought.is_in(&texts)
    }
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
        entries.retain(|entry| entry.is_wanted(query));
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

    async fn entries(&self, actor: &Actor) -> Result<Vec<Entry>, AdminError> {
        let companies = self.store.companies(CompanyId(0), u32::MAX).await?;
        let mut sources = self.store.all_sources().await?;
        sources.retain(|source| actor.sees(source.company));
        let mut stands = self.runtime.directory().sources(&sources).await?;
        let mut sources_of: HashMap<CompanyId, Vec<(Source, SourceStand)>> = HashMap::new();
        for source in sources {
            let stand = stands.remove(&source.id).unwrap_or_default();
            sources_of.entry(source.company).or_default().push((source, stand));
        }
        let mut webhooks = self.store.all_webhooks().await?;
        webhooks.retain(|webhook| actor.sees(webhook.company));
        let glance = self.runtime.directory().webhooks_at_a_glance(&webhooks);
        let mut webhooks_of: HashMap<CompanyId, (Vec<Webhook>, WebhookTally)> = HashMap::new();
        for webhook in webhooks {
            let (its, tally) = webhooks_of.entry(webhook.company).or_default();
            tally.count(grade_of(&webhook, glance.get(&webhook.id)));
            its.push(webhook);
        }
        let entry = |company: Company| {
            let (webhooks, tally) = webhooks_of.remove(&company.id).unwrap_or_default();
            let sources = sources_of.remove(&company.id).unwrap_or_default();
            Entry { company, sources, webhooks, tally, backlog: Backlog::default() }
        };
        Ok(companies.into_iter().filter(|company| actor.sees(company.id)).map(entry).collect())
    }

    async fn fill_backlogs(&self, entries: &mut [Entry]) -> Result<(), AdminError> {
        for entry in entries {
            let stands = self.runtime.directory().webhooks(&entry.webhooks).await?;
            entry.backlog = stands.values().map(|stand| stand.backlog).sum();
        }
        Ok(())
    }

    fn listed_company(&self, lang: Lang, entry: Entry) -> ListedCompany {
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
        }
    }
}

/// Where a page begins of a list that has so many rows.
pub(super) fn first_of(asked: usize, limit: usize, found: usize) -> usize {
    let last = found.saturating_sub(1) / limit.max(1) * limit.max(1);
    asked.min(last)
}

fn sort(entries: &mut [Entry], sort: CompanySort) {
    let name = |entry: &Entry| (crate::domain::plain(&entry.company.name), entry.company.id);
    match sort {
        CompanySort::Name => entries.sort_by_cached_key(name),
        CompanySort::LastEvent => {
            entries.sort_by_cached_key(|entry| (Reverse(entry.last_event_at()), name(entry)));
        }
        CompanySort::Backlog => {
            entries.sort_by_cached_key(|entry| (Reverse(entry.backlog.events), name(entry)));
        }
        CompanySort::State => entries.sort_by_cached_key(|entry| {
            let line = entry.worst().map_or(0, |state| badness(state.as_str()));
            // A line that a person has switched off is no trouble: a webhook that fails is.
            let line = if line <= 1 { 0 } else { line };
            (Reverse(line), Reverse(entry.tally.badness()), name(entry))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_counts_more_than_what_is_paused() {
        let mut tally = WebhookTally::default();
        assert_eq!(tally.are(), WebhooksAre::None);
        for (grade, expected) in [
            (Grade::Well, WebhooksAre::Well),
            (Grade::Elsewhere, WebhooksAre::Well),
            (Grade::Gone, WebhooksAre::Paused),
            (Grade::Unsteady, WebhooksAre::Unsteady),
            (Grade::Failing, WebhooksAre::Failing),
            (Grade::Paused, WebhooksAre::Failing),
        ] {
            tally.count(grade);
            assert_eq!(tally.are(), expected, "{grade:?}");
        }
        assert_eq!(tally, WebhookTally { total: 6, failing: 1, unsteady: 1, paused: 2, unknown: 1 });
    }

    #[test]
    fn a_page_behind_the_end_is_the_last_one() {
        let first = |asked, found| first_of(asked, 50, found);
        assert_eq!([first(0, 0), first(50, 0), first(0, 51), first(50, 51)], [0, 0, 0, 50]);
        assert_eq!([first(50, 50), first(5_000, 120)], [0, 100]);
    }
}
