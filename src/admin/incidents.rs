//! What is wrong, and was: who takes it, and who does not want to hear of it.

use std::collections::{HashMap, HashSet};

use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::bounds::{Cursor, PageSize};
use super::fault::{Expected, Fault, Faults, time};
use super::incident_views::{self, IncidentView, OneIncident};
use super::{Actor, Admin, AdminError, Page, Role, after, audit, page_size};
use crate::domain::bounds::Line;
use crate::domain::incident::{Cost, Entry, Incident, Said, Silence, Step};
use crate::domain::{CompanyId, IncidentId, Lang, Timestamp, ValueFault};
use crate::incidents::Open;
use crate::store::{StoreError, Tx};
use crate::texts::msg;

/// What somebody writes down about an incident.
type Note = Line<500>;
/// Lines of its history that are read.
const HISTORY: u32 = 500;

/// Which incidents.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct IncidentQuery {
    /// `open`, which is what is listed otherwise, or `closed`.
    #[param(value_type = Option<IncidentState>, inline)]
    pub state: Option<String>,
    /// Of this company, `company_7`.
    #[param(value_type = Option<CompanyId>)]
    pub company: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    Open,
    Closed,
}

/// For how long nobody wants to hear of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceInput {
    /// RFC 3339, in the future; absent is until it is over.
    #[serde(default)]
    #[schema(value_type = Option<Timestamp>)]
    pub until: Option<String>,
}

/// What somebody saw, or agreed with somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    // One line, at most 500 characters.
    #[schema(value_type = Note, inline)]
    pub text: String,
}

/// Open incidents by what they cost, those that somebody silenced apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IncidentCounts {
    pub losing: usize,
    pub waiting: usize,
    pub coming: usize,
    pub silent: usize,
    /// Companies that any of them is about.
    pub companies: usize,
}

impl IncidentCounts {
    /// Those that are to be heard of.
    pub fn heard(&self) -> usize {
        self.losing + self.waiting + self.coming
    }

    pub fn all(&self) -> usize {
        self.heard() + self.silent
    }
}

impl Admin {
    /// Open ones, what costs most first; closed ones, newest first.
    pub async fn incidents(
        &self,
        actor: &Actor,
        lang: Lang,
        query: &IncidentQuery,
    ) -> Result<Page<IncidentView>, AdminError> {
        let mut faults = Faults::default();
        let state = faults.check("state", state(query.state.as_deref()));
        let malformed = |_| Fault::Malformed { expected: Expected::CompanyId };
        let company = query.company.as_deref().map(|raw| raw.parse::<CompanyId>().map_err(malformed));
        let company = company.and_then(|parsed| faults.check("company", parsed));
        faults.done().map_err(AdminError::Invalid)?;
        if let Some(company) = company {
            actor.require_company(company)?;
        }
        let limit = page_size(query.limit)?;
        if state == Some(IncidentState::Closed) {
            return self.closed_incidents(actor, lang, company, query.cursor.as_deref(), limit).await;
        }
        let from = usize::try_from(after(query.cursor.as_deref(), 0)?).unwrap_or(usize::MAX);
        let names = self.company_names().await?;
        let current = self.incidents.current();
        let of = |open: &&Open| company.is_none_or(|of| open.incident.company == Some(of));
        let seen: Vec<_> = current
            .seen(|company| actor.sees(company), actor.companies.is_none())
            .filter(of)
            .skip(from)
            .take(limit as usize + 1)
            .collect();
        let next = (seen.len() > limit as usize).then(|| (from + limit as usize).to_string());
        let mut items = Vec::new();
        for open in seen.into_iter().take(limit as usize) {
            let webhooks = self.webhooks_in(&open.incident).await?;
            items.push(incident_views::open(lang, open, &names, webhooks));
        }
        self.estimate_losses(&mut items).await?;
        Ok(Page { items, next })
    }

    /// How many are open, as far as somebody sees.
    pub fn incident_counts(&self, actor: &Actor) -> IncidentCounts {
        let (now, current) = (Timestamp::now(), self.incidents.current());
        let (mut counts, mut hit) = (IncidentCounts::default(), HashSet::new());
        for open in current.seen(|company| actor.sees(company), actor.companies.is_none()) {
            hit.extend(open.incident.company);
            match (open.incident.is_silent(now), open.incident.kind.cost()) {
                (true, _) => counts.silent += 1,
                (false, Cost::Losing) => counts.losing += 1,
                (false, Cost::Waiting) => counts.waiting += 1,
                (false, Cost::Coming) => counts.coming += 1,
            }
        }
        counts.companies = hit.len();
        counts
    }

    async fn closed_incidents(
        &self,
        actor: &Actor,
        lang: Lang,
        company: Option<CompanyId>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<IncidentView>, AdminError> {
        let before = after(cursor, i64::MAX)?;
        let companies = match (company, &actor.companies) {
            (Some(company), _) => vec![Some(company)],
            (None, Some(companies)) => companies.iter().copied().map(Some).collect(),
            (None, None) => vec![None],
        };
        let mut rows = Vec::new();
        for company in companies {
            rows.extend(self.store.closed_incidents(company, before, limit + 1).await?);
        }
        rows.sort_by_key(|incident| std::cmp::Reverse(incident.id));
        rows.truncate(limit as usize + 1);
        let names = self.company_names().await?;
        let mut webhooks = HashMap::new();
        for incident in &rows {
            webhooks.insert(incident.id, self.webhooks_in(incident).await?);
        }
        let cursor = |incident: &Incident| incident.id.0.to_string();
        let mut page = Page::of(rows, limit, cursor, |incident| {
            let webhooks = webhooks.remove(&incident.id).unwrap_or_default();
            incident_views::closed(lang, &incident, &names, webhooks, None)
        });
        self.estimate_losses(&mut page.items).await?;
        Ok(page)
    }

    /// One incident with its history, newest first, and those before it of what it is about.
    pub async fn incident(
        &self,
        actor: &Actor,
        lang: Lang,
        id: IncidentId,
    ) -> Result<OneIncident, AdminError> {
        let incident = self.stored_incident(actor, id).await?;
        let names = self.company_names().await?;
        let webhooks = self.webhooks_in(&incident).await?;
        let current = self.incidents.current();
        let live = current.open.iter().find(|open| open.incident.id == id);
        let mut view = match live.filter(|_| incident.closed_at.is_none()) {
            Some(live) => {
                let open = Open { incident: incident.clone(), alert: live.alert.clone() };
                incident_views::open(lang, &open, &names, webhooks)
            }
            None => {
                let ended = self.store.incident_end(id).await?;
                incident_views::closed(lang, &incident, &names, webhooks, ended.as_deref())
            }
        };
        self.estimate_losses(std::slice::from_mut(&mut view)).await?;
        let earlier = self.incidents_like(&incident).await?;
        Ok(OneIncident {
            incident: view,
            history: incident_views::history(
                lang,
                actor.companies.is_none(),
                self.store.incident_log(id, HISTORY).await?,
            ),
            earlier: earlier
                .iter()
                .map(|before| incident_views::closed(lang, before, &names, Vec::new(), None))
                .collect(),
        })
    }

    /// Says that somebody has it. Who said so first stays.
    pub async fn take_incident(
        &self,
        actor: &Actor,
        lang: Lang,
        id: IncidentId,
    ) -> Result<OneIncident, AdminError> {
        let by = actor.clone();
        self.step(actor, id, "incident.acknowledge", Step::Acknowledged, move |tx, entry| {
            async move {
                let taken = tx.take_incident(id, &by.name, entry.at).await?;
                Ok(if taken { Applied::Done } else { Applied::Already })
            }
            .boxed()
        })
        .await?;
        self.incident(actor, lang, id).await
    }

    /// Nobody is told of it until then.
    pub async fn silence_incident(
        &self,
        actor: &Actor,
        lang: Lang,
        id: IncidentId,
        input: &SilenceInput,
    ) -> Result<OneIncident, AdminError> {
        let until = match input.until.as_deref() {
            None => Silence::UNTIL_CLOSED,
            Some(raw) => time(raw).map_err(|fault| AdminError::invalid("until", fault))?,
        };
        if until <= Timestamp::now() {
            return Err(AdminError::invalid("until", Fault::Past));
        }
        let by = actor.name.clone();
        self.step(actor, id, "incident.silence", Step::Silenced, move |tx, entry| {
            if until != Silence::UNTIL_CLOSED {
                entry.detail = Some(until.to_string());
            }
            let silence = Silence { until, by };
            async move { Ok(Applied::of(tx.silence_incident(id, Some(&silence)).await?)) }.boxed()
        })
        .await?;
        self.incident(actor, lang, id).await
    }

    /// Ends the silence.
    pub async fn hear_incident(
        &self,
        actor: &Actor,
        lang: Lang,
        id: IncidentId,
    ) -> Result<OneIncident, AdminError> {
        self.step(actor, id, "incident.unsilence", Step::Heard, move |tx, _| {
            async move { Ok(Applied::of(tx.silence_incident(id, None).await?)) }.boxed()
        })
        .await?;
        self.incident(actor, lang, id).await
    }

    /// Writes a line into its history; of one that is closed too.
    pub async fn note_incident(
        &self,
        actor: &Actor,
        lang: Lang,
        id: IncidentId,
        input: &NoteInput,
    ) -> Result<OneIncident, AdminError> {
        let text = Note::check(&input.text).map_err(|fault| AdminError::invalid("text", fault.into()))?;
        self.step(actor, id, "incident.note", Step::Noted, move |_, entry| {
            entry.text = Some(Said { pt: text.clone(), en: text });
            async { Ok(Applied::Done) }.boxed()
        })
        .await?;
        self.incident(actor, lang, id).await
    }

    /// One step of somebody's: the change, its line in the history and the one in the audit log, together.
    async fn step<F>(
        &self,
        actor: &Actor,
        id: IncidentId,
        action: &'static str,
        step: Step,
        change: F,
    ) -> Result<(), AdminError>
    where
        F: for<'t> FnOnce(
                &'t mut Tx<'_>,
                &'t mut Entry,
            ) -> futures_util::future::BoxFuture<'t, Result<Applied, StoreError>>
            + Send
            + 'static,
    {
        actor.require(Role::Operator)?;
        let company = self.stored_incident(actor, id).await?.company;
        let by = actor.clone();
        let applied = self.journal.control(move |tx| {
            async move {
                let mut entry = Entry { by: Some(by.name.clone()), ..Entry::of(step, Timestamp::now()) };
                let applied = change(tx, &mut entry).await?;
                if applied == Applied::Done {
                    tx.log_incident(id, &entry).await?;
                    let detail = json!({ "until": entry.detail, "text": entry.text.map(|said| said.pt) });
                    tx.audit(&audit(&by, action, company, id.to_string(), &detail)).await?;
                }
                Ok(applied)
            }
            .boxed()
        });
        if applied.await? == Applied::Closed {
            return Err(AdminError::Conflict(msg("incident-only-open")));
        }
        self.incidents.look_again().await;
        Ok(())
    }

    async fn stored_incident(&self, actor: &Actor, id: IncidentId) -> Result<Incident, AdminError> {
        let found = self.store.incident(id).await?.filter(|incident| match incident.company {
            Some(company) => actor.sees(company),
            None => actor.companies.is_none(),
        });
        found.ok_or_else(|| AdminError::not_found("incident", id))
    }

    /// The webhooks that an incident hits and that are still there.
    async fn webhooks_in(&self, incident: &Incident) -> Result<Vec<(String, String)>, AdminError> {
        let mut names = Vec::with_capacity(incident.facts.webhooks.len());
        for id in &incident.facts.webhooks {
            if let Some(webhook) = self.store.webhook(*id).await? {
                names.push((id.to_string(), webhook.settings.name.to_string()));
            }
        }
        Ok(names)
    }

    async fn company_names(&self) -> Result<HashMap<CompanyId, String>, AdminError> {
        let mut names = HashMap::new();
        let mut last = CompanyId(0);
        loop {
            let page = self.store.companies(last, 1_000).await?;
            let Some(row) = page.last() else { return Ok(names) };
            last = row.id;
            names.extend(page.into_iter().map(|row| (row.id, row.name)));
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    Done,
    /// It was so before.
    Already,
    /// The incident is closed.
    Closed,
}

impl Applied {
    fn of(open: bool) -> Self {
        if open { Applied::Done } else { Applied::Closed }
    }
}

fn state(raw: Option<&str>) -> Result<IncidentState, Fault> {
    match raw {
        None | Some("open") => Ok(IncidentState::Open),
        Some("closed") => Ok(IncidentState::Closed),
        Some(_) => Err(Fault::Value(ValueFault::NotOne { allowed: "open, closed".to_owned() })),
    }
}
