//! How much each webhook has before it: of the events that it has not settled, those that it wants.
//!
//! What must hold here: nothing is counted that the webhook will not be sent, as far as an event's name tells; where rules ask
//! for more of it, or not all of it has been counted, the number says so. It costs an event nothing: who looks counts what came
//! since somebody looked last, by what is known of sealed blocks, and a webhook that keeps up has nothing to be counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Runtime;
use crate::delivery::Status;
use crate::delivery::courier::Ahead;
use crate::delivery::subscription::Revisions;
use crate::domain::{Backlog, CompanyId, Event, Known, Seq, Timestamp, WebhookId};
use crate::journal::ReadLimit;
use crate::store::StoreError;

/// Statements that one look makes for one webhook, of about 65,000 events each; the next look goes on.
const STATEMENTS: usize = 16;
/// Pages that are looked through for the oldest event that is wanted.
const PAGES: usize = 8;
const PAGE: ReadLimit = ReadLimit { items: 256, bytes: 1 << 20 };

/// What was counted of what webhooks have not read.
#[derive(Default)]
pub(super) struct Backlogs {
    unread: Mutex<HashMap<WebhookId, Unread>>,
    /// Who counts all of them: one at a time, for that is asked without a key.
    all: tokio::sync::Mutex<()>,
}

/// Of the events of a webhook from `from` to before `next`.
#[derive(Debug, Clone, Copy, Default)]
struct Unread {
    /// The newest revision that was known.
    revision: i32,
    from: Seq,
    next: Seq,
    /// Those that are there; with a name that is wanted; and of these the ones that rules have yet to judge.
    there: i64,
    wanted: i64,
    ruled: i64,
}

impl Backlogs {
    fn get(&self, webhook: WebhookId) -> Option<Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).get(&webhook).copied()
    }

    /// Keeps what was counted, unless it is little: a webhook that keeps up leaves nothing behind.
    fn keep(&self, webhook: WebhookId, unread: Option<Unread>) {
        let mut all = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        match unread {
            Some(unread) => all.insert(webhook, unread),
            None => all.remove(&webhook),
        };
    }

    /// Only these are there.
    pub(super) fn retain(&self, is_there: impl Fn(WebhookId) -> bool) {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).retain(|webhook, _| is_there(*webhook));
    }
}

impl Runtime {
    /// What waits for a webhook, of its company's events up to `head`. What was set aside is not among it.
    pub(super) async fn backlog(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        status: &Status,
        head: Seq,
    ) -> Result<Backlog, StoreError> {
        let ahead = &status.ahead;
        let in_hand = ahead.in_hand as u64;
        let known = Backlog::exactly(in_hand);
        if status.cursor.is_none() || ahead.next > head {
            return Ok(known);
        }
        let Some(revisions) = self.revisions_of(webhook, ahead).await? else { return Ok(known) };
        // Retention may have taken what a webhook that stands still has not read.
        let from = ahead.next.max(self.inner.store.oldest_event(company).await?.unwrap_or(head.next()));
        if from > head {
            return Ok(known);
        }
        let unread = self.unread(company, webhook, &revisions, (from, head)).await?;
        let wanted = u64::try_from(unread.wanted).unwrap_or(0).saturating_sub(ahead.known as u64);
        let ruled = u64::try_from(unread.ruled).unwrap_or(0);
        let events = in_hand + wanted;
        Ok(if unread.next <= head {
            Backlog { events: events.saturating_sub(ruled), known: Known::AtLeast }
        } else if ruled > 0 {
            Backlog { events, known: Known::AtMost }
        } else {
            Backlog::exactly(events)
        })
    }

    /// What waits for a webhook before this event of its company. Of events that its courier has read those are counted too
    /// that it has settled beyond the first that it has not.
    pub async fn waiting_before(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        status: &Status,
        seq: Seq,
    ) -> Result<Backlog, StoreError> {
        let (ahead, none) = (&status.ahead, Backlog::default());
        let Some(cursor) = status.cursor else { return Ok(none) };
        let Some(revisions) = self.revisions_of(webhook, ahead).await? else { return Ok(none) };
        let read = seq < ahead.next;
        let range = (if read { cursor.next() } else { ahead.next }, Seq(seq.0 - 1));
        let mut found = Unread { next: range.0, ..Unread::default() };
        self.count_wanted(company, &revisions, range, &mut found, &mut 0).await?;
        let in_hand = if read { 0 } else { ahead.in_hand as u64 };
        let events = in_hand + u64::try_from(found.wanted).unwrap_or(0);
        let known = match () {
            () if found.next < seq => Known::AtLeast,
            () if events == 0 => Known::Exactly,
            () if found.ruled > 0 || ahead.known > 0 || read => Known::AtMost,
            () => Known::Exactly,
        };
        Ok(Backlog { events, known })
    }

    /// What all that run here have before them.
    pub async fn backlog_of_all(&self) -> Result<Backlog, StoreError> {
        let _turn = self.inner.backlogs.all.lock().await;
        let mut all = Vec::new();
        for (company, webhook, status) in self.inner.couriers.statuses() {
            all.push(self.backlog(company, webhook, &status, self.inner.journal.head(company)).await?);
        }
        Ok(all.into_iter().sum())
    }

    /// By which it decides: its courier says so; the store, of one that does not run here or could not be started.
    async fn revisions_of(&self, webhook: WebhookId, ahead: &Ahead) -> Result<Option<Revisions>, StoreError> {
        match &ahead.revisions {
            Some(revisions) => Ok(Some(revisions.clone())),
            None => Ok(Revisions::new(self.inner.store.revisions(webhook).await?)),
        }
    }

    async fn unread(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        revisions: &Revisions,
        (from, head): (Seq, Seq),
    ) -> Result<Unread, StoreError> {
        let revision = revisions.latest().number();
        let before = self.inner.backlogs.get(webhook);
        let before = before.filter(|one| one.revision == revision && (one.from..=one.next).contains(&from));
        let mut unread = before.unwrap_or(Unread { revision, from, next: from, ..Unread::default() });
        // What was read since is no longer unread.
        let passed = (unread.from, Seq(from.0 - 1));
        let (mut gone, mut statements) = (Unread { next: unread.from, ..Unread::default() }, 0);
        self.count_wanted(company, revisions, passed, &mut gone, &mut statements).await?;
        if gone.there < from.0 - unread.from.0 {
            // More than one look counts, or retention has taken some of it: it begins anew.
            unread = Unread { revision, from, next: from, ..Unread::default() };
        } else {
            unread.there -= gone.there;
            unread.wanted -= gone.wanted;
            unread.ruled -= gone.ruled;
            unread.from = from;
        }
        let more = (unread.next, head);
        self.count_wanted(company, revisions, more, &mut unread, &mut statements).await?;
        // A few events are quickly counted again.
        let worth = head.0 - from.0 >= 256;
        self.inner.backlogs.keep(webhook, worth.then_some(unread));
        Ok(unread)
    }

    /// Adds what there is in a range, as far as it gets.
    async fn count_wanted(
        &self,
        company: CompanyId,
        revisions: &Revisions,
        (from, to): (Seq, Seq),
        unread: &mut Unread,
        statements: &mut usize,
    ) -> Result<(), StoreError> {
        for (begin, end, revision) in revisions.stretches(from, to) {
            let mut next = Some(begin);
            while let Some(begin) = next {
                if *statements >= STATEMENTS {
                    return Ok(());
                }
                *statements += 1;
                let each = |name: &str, events: i64| {
                    unread.there += events;
                    if revision.names(name) {
                        unread.wanted += events;
                        unread.ruled += if revision.rules_for(name).is_some() { events } else { 0 };
                    }
                };
                next = self.inner.journal.count_names(company, (begin, end), each).await?;
                unread.next = next.unwrap_or_else(|| end.next());
            }
        }
        Ok(())
    }

    /// When the oldest event came that waits for a webhook, as far as it is found without much looking.
    pub async fn oldest_waiting(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        status: &Status,
        head: Seq,
    ) -> Result<Option<Timestamp>, StoreError> {
        let journal = &self.inner.journal;
        if status.ahead.in_hand > 0 {
            let Some(cursor) = status.cursor else { return Ok(None) };
            return Ok(journal.event(company, cursor.next()).await?.map(|event| event.received_at));
        }
        if status.cursor.is_none() || status.ahead.next > head {
            return Ok(None);
        }
        let Some(revisions) = self.revisions_of(webhook, &status.ahead).await? else { return Ok(None) };
        let mut from = status.ahead.next;
        for _ in 0..PAGES {
            if from > head {
                break;
            }
            let page = journal.page(company, from, PAGE, &revisions.patterns_from(from)).await?;
            let wanted = |event: &&Arc<Event>| revisions.at(event.seq).wants(event).is_ok();
            if let Some(event) = page.events.iter().find(wanted) {
                return Ok(Some(event.received_at));
            }
            from = page.next;
        }
        Ok(None)
    }
}
