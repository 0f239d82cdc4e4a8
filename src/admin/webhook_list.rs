//! Webhooks as a list that people look through: of one company or of all that they see, the worst first.
//!
//! What must hold here: all of them cost a few statements; what waits for a webhook, and what its endpoint did, is asked for those on
//! the page alone, and to put the worst first for those that are not well.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::company_list::first_of;
use super::{Actor, Admin, AdminError, WebhookStatusView};
use crate::delivery::Status;
use crate::delivery::courier::PauseReason;
use crate::domain::{CompanyId, Lang, Sought, Timestamp, WebhookId, plain, shown};
use crate::runtime::{WebhookStand, pause_reason};
use crate::store::Webhook;

/// How a webhook does, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Well,
    /// Nothing has been sent to it yet.
    Ready,
    /// It runs in another process, and of its endpoint nothing is known here.
    Elsewhere,
    /// By a person.
    Paused,
    Unsteady,
    /// Paused, since its endpoint said that it is no more.
    Gone,
    Failing,
}

/// How a webhook does, by its row and by what was seen of it.
pub(super) fn grade_of(webhook: &Webhook, stand: Option<&WebhookStand>) -> Grade {
    match (pause_reason(webhook), stand) {
        (Some(PauseReason::Gone), _) => Grade::Gone,
        (Some(PauseReason::Operator(_)), _) => Grade::Paused,
        (None, Some(WebhookStand { status, live: true, .. })) => grade_of_status(status),
        (None, _) => Grade::Elsewhere,
    }
}

fn grade_of_status(status: &Status) -> Grade {
    match (status.health.as_str(), status.last_success_at, status.last_failure_at) {
        ("failing", ..) => Grade::Failing,
        ("healthy", Some(_), _) => Grade::Well,
        ("healthy", None, None) => Grade::Ready,
        // It was told to stop a moment ago, and its row says already that it goes on.
        ("paused", ..) => Grade::Paused,
        _ => Grade::Unsteady,
    }
}

/// Which webhooks, in which order, and from where on.
#[derive(Debug, Default)]
pub struct WebhookListQuery {
    /// Of this company alone.
    pub company: Option<CompanyId>,
    /// Words of the webhook's name, of its company's, or of its URL.
    pub sought: Option<Sought>,
    pub state: Option<WebhookIs>,
    pub sort: WebhookSort,
    pub from: usize,
    pub limit: usize,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookIs {
    Failing,
    Unsteady,
    /// By whomever.
    Paused,
    Well,
}

impl WebhookIs {
    pub const ALL: [Self; 4] = [Self::Failing, Self::Unsteady, Self::Paused, Self::Well];

    /// The word in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            WebhookIs::Failing => "failing",
            WebhookIs::Unsteady => "unsteady",
            WebhookIs::Paused => "paused",
            WebhookIs::Well => "well",
        }
    }

    fn is(self, grade: Grade) -> bool {
        match self {
            WebhookIs::Failing => grade == Grade::Failing,
            WebhookIs::Unsteady => grade == Grade::Unsteady,
            WebhookIs::Paused => matches!(grade, Grade::Gone | Grade::Paused),
            WebhookIs::Well => matches!(grade, Grade::Well | Grade::Ready),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WebhookSort {
    #[default]
    Worst,
    Name,
    /// The most first.
    Backlog,
    /// What took an event last comes first.
    LastSuccess,
}

impl WebhookSort {
    pub const ALL: [Self; 4] = [Self::Worst, Self::Name, Self::Backlog, Self::LastSuccess];

    pub fn as_str(self) -> &'static str {
        match self {
            WebhookSort::Worst => "state",
            WebhookSort::Name => "name",
            WebhookSort::Backlog => "backlog",
            WebhookSort::LastSuccess => "success",
        }
    }
}

/// A page of the list.
pub struct WebhookList {
    pub rows: Vec<ListedWebhook>,
    /// How many there are of what is asked for, and at all.
    pub found: usize,
    pub total: usize,
    /// The place of the first row among them: that of the last page, where the list ends before what was asked for.
    pub from: usize,
}

pub struct ListedWebhook {
    pub id: WebhookId,
    pub company: CompanyId,
    pub company_name: String,
    pub name: String,
    /// As it is shown.
    pub url: String,
    pub grade: Grade,
    pub status: WebhookStatusView,
}

/// What is known of a webhook before any of it is written for people.
struct Entry {
    webhook: Webhook,
    company: String,
    grade: Grade,
    last_success_at: Option<Timestamp>,
}

impl Entry {
    fn has(&self, sought: &Sought) -> bool {
        let (settings, id) = (&self.webhook.settings, self.webhook.id.to_string());
        sought.is_in(&[settings.name.as_str(), &self.company, &shown(settings.url.as_str()), &id])
    }

    /// By its company, then by its own.
    fn name(&self) -> (String, String, WebhookId) {
        (plain(&self.company), plain(self.webhook.settings.name.as_str()), self.webhook.id)
    }
}

impl Admin {
    /// A page of the webhooks of the companies that the caller sees.
    pub async fn webhook_list(
        &self,
        actor: &Actor,
        lang: Lang,
        query: &WebhookListQuery,
    ) -> Result<WebhookList, AdminError> {
        let mut entries = self.webhook_entries(actor, query.company).await?;
        let total = entries.len();
        entries.retain(|entry| {
            query.state.is_none_or(|state| state.is(entry.grade))
                && query.sought.as_ref().is_none_or(|sought| entry.has(sought))
        });
        let found = entries.len();
        let from = first_of(query.from, query.limit, found);
        self.sort_webhooks(&mut entries, query.sort).await?;
        let mut rows = Vec::new();
        for entry in entries.into_iter().skip(from).take(query.limit) {
            let status = self.status_of(&entry.webhook, lang).await?;
            let settings = entry.webhook.settings;
            rows.push(ListedWebhook {
                id: entry.webhook.id,
                company: entry.webhook.company,
                company_name: entry.company,
                url: shown(settings.url.as_str()),
                name: settings.name.into(),
                grade: entry.grade,
                status,
            });
        }
        Ok(WebhookList { rows, found, total, from })
    }

    async fn webhook_entries(
        &self,
        actor: &Actor,
        company: Option<CompanyId>,
    ) -> Result<Vec<Entry>, AdminError> {
        let (names, mut webhooks) = match company {
            Some(id) => {
                let name = self.company(actor, id).await?.name;
                (HashMap::from([(id, name)]), self.store.webhooks(id).await?)
            }
            None => {
                let companies = self.store.companies(CompanyId(0), u32::MAX).await?;
                let names = companies.into_iter().map(|company| (company.id, company.name));
                (names.collect(), self.store.all_webhooks().await?)
            }
        };
        webhooks.retain(|webhook| actor.sees(webhook.company));
        let mut glance = self.runtime.directory().webhooks_at_a_glance(&webhooks);
        let entry = |webhook: Webhook| {
            let stand = glance.remove(&webhook.id);
            Entry {
                company: names.get(&webhook.company).cloned().unwrap_or_default(),
                grade: grade_of(&webhook, stand.as_ref()),
                last_success_at: stand.and_then(|stand| stand.status.last_success_at),
                webhook,
            }
        };
        Ok(webhooks.into_iter().map(entry).collect())
    }

    async fn sort_webhooks(&self, entries: &mut [Entry], sort: WebhookSort) -> Result<(), AdminError> {
        match sort {
            WebhookSort::Worst => {
                let is_bad = |entry: &&Entry| entry.grade > Grade::Ready;
                let bad: Vec<Webhook> =
                    entries.iter().filter(is_bad).map(|entry| entry.webhook.clone()).collect();
                let stands = self.runtime.directory().webhooks(&bad).await?;
                entries.sort_by_cached_key(|entry| {
                    let waits = stands.get(&entry.webhook.id).map_or(0, |stand| stand.backlog.events);
                    (Reverse(entry.grade), Reverse(waits), entry.name())
                });
            }
            WebhookSort::Name => entries.sort_by_cached_key(Entry::name),
            WebhookSort::LastSuccess => {
                entries.sort_by_cached_key(|entry| (Reverse(entry.last_success_at), entry.name()));
            }
            WebhookSort::Backlog => {
                let webhooks: Vec<Webhook> = entries.iter().map(|entry| entry.webhook.clone()).collect();
                let stands = self.runtime.directory().webhooks(&webhooks).await?;
                entries.sort_by_cached_key(|entry| {
                    let events = stands.get(&entry.webhook.id).map_or(0, |stand| stand.backlog.events);
                    (Reverse(events), entry.name())
                });
            }
        }
        Ok(())
    }
}
