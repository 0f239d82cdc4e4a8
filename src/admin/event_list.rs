//! Events as a list that people look through: each with what became of it at the company's webhooks.
//!
//! What must hold here: a page costs a bounded number of statements, however many webhooks there are.

use std::str::FromStr;

use super::events::view;
use super::fates::Witness;
use super::page_of_fates::PageOfFates;
use super::{Actor, Admin, AdminError, EventQuery, EventView};
use crate::delivery::verdict::{Verdict, verdict};
use crate::domain::{CompanyId, Event, Seq, Timestamp, WebhookId};
use crate::store::Webhook;

/// Webhooks of a company that are looked at for each event of the list.
const WEBHOOKS: usize = 8;
/// Events whose fates are asked for again at a time.
const AGAIN: usize = 200;

/// A page of events with what became of them.
#[derive(Debug, Default)]
pub struct ListedEvents {
    /// The newest first.
    pub events: Vec<ListedEvent>,
    /// The names of the webhooks that are looked at, in the order in which each event tells of them.
    pub webhooks: Vec<String>,
    /// Webhooks of the company that are not looked at here.
    pub more: usize,
    /// Where the list goes on.
    pub next: Option<String>,
    /// It has stopped before its page was full: everything since then has been looked at.
    pub stopped_at: Option<Timestamp>,
}

/// An event, and what became of it at each webhook that is looked at.
#[derive(Debug)]
pub struct ListedEvent {
    pub event: EventView,
    pub became: Vec<EventFate>,
}

/// What became of an event at one webhook.
#[derive(Debug)]
pub struct EventFate {
    pub webhook: String,
    pub verdict: Verdict,
}

impl Admin {
    /// A company's events, the newest first.
    pub async fn listed_events(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &EventQuery,
    ) -> Result<ListedEvents, AdminError> {
        let found = self.found(actor, company, query).await?;
        let full = found.events.len() >= super::page_size(query.limit)? as usize;
        let stopped_at = match found.next.filter(|_| !full) {
            Some(next) => self.journal.event(company, next).await?.map(|event| event.received_at),
            None => None,
        };
        let events: Vec<&Event> = found.events.iter().map(|event| &**event).collect();
        let first = query.not_delivered_to.as_deref().and_then(|webhook| webhook.parse().ok());
        let listed = self.with_fates(company, &events, first).await?;
        Ok(ListedEvents { next: found.next.map(|seq| seq.0.to_string()), stopped_at, ..listed })
    }

    /// The same of some of a company's events, as it is now; those that are gone are left out.
    pub async fn events_again(
        &self,
        actor: &Actor,
        company: CompanyId,
        seqs: &[Seq],
        first: Option<&str>,
    ) -> Result<ListedEvents, AdminError> {
        self.company(actor, company).await?;
        let mut found = Vec::new();
        for seq in seqs.iter().take(AGAIN) {
            found.extend(self.journal.event(company, *seq).await?);
        }
        let events: Vec<&Event> = found.iter().map(|event| &**event).collect();
        let first = first.and_then(|webhook| WebhookId::from_str(webhook).ok());
        self.with_fates(company, &events, first).await
    }

    /// The names of a company's webhooks.
    pub async fn webhook_names(
        &self,
        actor: &Actor,
        company: CompanyId,
    ) -> Result<Vec<(WebhookId, String)>, AdminError> {
        self.company(actor, company).await?;
        let webhooks = self.store.webhooks(company).await?.into_iter();
        Ok(webhooks.map(|webhook| (webhook.id, webhook.settings.name.to_string())).collect())
    }

    /// With more webhooks than are shown, the one that is asked about is among them.
    async fn with_fates(
        &self,
        company: CompanyId,
        events: &[&Event],
        first: Option<WebhookId>,
    ) -> Result<ListedEvents, AdminError> {
        let mut webhooks: Vec<Webhook> = self.store.webhooks(company).await?;
        if let Some(at) =
            webhooks.iter().position(|webhook| Some(webhook.id) == first).filter(|at| *at >= WEBHOOKS)
        {
            webhooks.swap(at, WEBHOOKS - 1);
        }
        let more = webhooks.len().saturating_sub(WEBHOOKS);
        webhooks.truncate(WEBHOOKS);
        let witnesses = self.witnesses(webhooks).await?;
        let at = |event: &&Event| {
            witnesses.iter().map(|witness| (witness.webhook.id, event.seq)).collect::<Vec<_>>()
        };
        let asked: Vec<_> = events.iter().flat_map(at).collect();
        let known =
            PageOfFates::gather(self, &asked, witnesses.iter().map(|witness| &witness.webhook)).await?;
        let fate = |event: &Event, witness: &Witness| EventFate {
            webhook: witness.webhook.settings.name.to_string(),
            verdict: verdict(&known.evidence(event.seq, Some(event), witness)),
        };
        let listed = |event: &&Event| ListedEvent {
            event: view(event),
            became: witnesses.iter().map(|witness| fate(event, witness)).collect(),
        };
        Ok(ListedEvents {
            events: events.iter().map(listed).collect(),
            webhooks: witnesses.iter().map(|witness| witness.webhook.settings.name.to_string()).collect(),
            more,
            next: None,
            stopped_at: None,
        })
    }
}
