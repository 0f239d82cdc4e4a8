//! How companies stand: each with its sources, its webhooks counted by how they do, and whether anything is wrong with it. What the list
//! of companies and the first page are made of.
//!
//! What must hold here: however many there are, all of them cost a few statements; and a company that another process has is not said
//! to be in order, for of its endpoints nothing is known here.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::webhook_list::{Grade, grade_of};
use super::{Actor, Admin, AdminError, badness};
use crate::domain::incident::Said;
use crate::domain::{Backlog, CompanyId, Sought, SourceState, Timestamp, plain};
use crate::runtime::SourceStand;
use crate::store::{Company, Source, Webhook};

/// Whether a company is in order; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompanyIs {
    /// Its line does not stand, its webhooks do not all do well, it has none, or an incident of it is open.
    OutOfOrder,
    /// Nothing is known to be wrong, but another process has it: of its endpoints nothing is known here.
    Elsewhere,
    InOrder,
}

impl CompanyIs {
    pub const ALL: [Self; 3] = [Self::OutOfOrder, Self::InOrder, Self::Elsewhere];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            CompanyIs::OutOfOrder => "off",
            CompanyIs::InOrder => "well",
            CompanyIs::Elsewhere => "elsewhere",
        }
    }
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

    pub(super) fn of(worst: Option<SourceState>) -> Self {
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
pub(super) struct Entry {
    pub company: Company,
    pub sources: Vec<(Source, SourceStand)>,
    pub webhooks: Vec<Webhook>,
    pub tally: WebhookTally,
    pub backlog: Backlog,
    /// The title of the worst of its open incidents.
    pub incident: Option<Said>,
}

impl Entry {
    pub fn worst(&self) -> Option<SourceState> {
        let states = self.sources.iter().map(|(_, stand)| stand.status.state);
        states.max_by_key(|state| badness(state.as_str()))
    }

    pub fn last_event_at(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|(_, stand)| stand.status.last_event_at).max()
    }

    /// Whether there is anything about it that somebody may want to see to.
    pub fn is(&self) -> CompanyIs {
        let connected = self.worst() == Some(SourceState::Connected);
        if !connected || self.tally.are() != WebhooksAre::Well || self.incident.is_some() {
            return CompanyIs::OutOfOrder;
        }
        let seen = self.tally.unknown == 0 && self.sources.iter().all(|(_, stand)| stand.live);
        if seen { CompanyIs::InOrder } else { CompanyIs::Elsewhere }
    }

    /// Sorts the worst first: those whose events do not come, then those whose events do not arrive, then what else is out of
    /// order.
    pub fn place(&self) -> impl Ord + use<> {
        let line = self.worst().map_or(0, |state| badness(state.as_str()));
        // A line that a person has switched off is no trouble: a webhook that fails is.
        let line = if line <= 1 { 0 } else { line };
        (Reverse(line), Reverse(self.tally.badness()), self.is(), self.by_name())
    }

    pub fn by_name(&self) -> (String, CompanyId) {
        (plain(&self.company.name), self.company.id)
    }

    pub fn has(&self, sought: &Sought) -> bool {
        let id = self.company.id.to_string();
        let accounts = self.sources.iter().filter_map(|(source, _)| source.account.as_deref());
        let texts: Vec<&str> = [self.company.name.as_str(), &id].into_iter().chain(accounts).collect();
        sought.is_in(&texts)
    }
}

impl Admin {
    pub(super) async fn entries(&self, actor: &Actor) -> Result<Vec<Entry>, AdminError> {
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
        // The worst stands first among them.
        let mut incidents: HashMap<CompanyId, Said> = HashMap::new();
        for open in self.incidents.current().seen(|company| actor.sees(company), false) {
            let Some(company) = open.incident.company else { continue };
            incidents.entry(company).or_insert_with(|| open.incident.facts.title.clone());
        }
        let entry = |company: Company| {
            let (webhooks, tally) = webhooks_of.remove(&company.id).unwrap_or_default();
            let sources = sources_of.remove(&company.id).unwrap_or_default();
            let incident = incidents.remove(&company.id);
            Entry { company, sources, webhooks, tally, backlog: Backlog::default(), incident }
        };
        Ok(companies.into_iter().filter(|company| actor.sees(company.id)).map(entry).collect())
    }

    pub(super) async fn fill_backlogs(&self, entries: &mut [Entry]) -> Result<(), AdminError> {
        for entry in entries {
            let stands = self.runtime.directory().webhooks(&entry.webhooks).await?;
            entry.backlog = stands.values().map(|stand| stand.backlog).sum();
        }
        Ok(())
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
}
