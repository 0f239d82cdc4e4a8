//! Reading further back than the tail reaches: short statements, whole results, and a turn for everybody.

use std::sync::Arc;

use super::{Journal, Page, ReadLimit};
use crate::domain::{CompanyId, Event, Seq, WebhookId};
use crate::store::{EventFilter, Looked, StoreError};

/// One statement reads no more than this, whatever is asked for: it must not hold the WAL for long.
const STATEMENT: ReadLimit = ReadLimit { items: 1_000, bytes: 4 << 20 };

impl Journal {
    /// Events from `from` on, ascending; empty when there is none yet. Events that retention has taken away are passed
    /// over. Fewer than asked for says nothing about whether there are more.
    pub async fn read(
        &self,
        company: CompanyId,
        from: Seq,
        limit: ReadLimit,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        if let Some(events) = self.try_read_tail(company, from, limit) {
            return Ok(events);
        }
        let events = self.read_stored(company, from, limit).await?;
        Ok(events.into_iter().map(|event| self.inner.large.once(event)).collect())
    }

    /// One event; `None` when there is none (yet, or any more).
    pub async fn event(&self, company: CompanyId, seq: Seq) -> Result<Option<Arc<Event>>, StoreError> {
        let one = ReadLimit { items: 1, bytes: usize::MAX };
        let found = self.read(company, seq, one).await?;
        Ok(found.into_iter().next().filter(|event| event.seq == seq))
    }

    /// The next of those events from `from` to `to` (both included) that were not delivered to a webhook.
    pub async fn page_of_undelivered(
        &self,
        (company, webhook): (CompanyId, WebhookId),
        (from, to): (Seq, Seq),
        limit: ReadLimit,
    ) -> Result<Page, StoreError> {
        let items = limit.items.min(STATEMENT.items);
        let most = u32::try_from(items).unwrap_or(u32::MAX);
        let seqs = self.in_turn(company, || self.inner.store.undelivered(webhook, (from, to), most)).await?;
        let last = seqs.last().filter(|_| seqs.len() >= items);
        let mut next = last.map_or(to.next(), |last| last.next());
        let (mut events, mut bytes) = (Vec::new(), 0);
        for seq in seqs {
            if bytes >= limit.bytes {
                next = seq;
                break;
            }
            let found = self.event(company, seq).await?;
            bytes += found.as_ref().map_or(0, |event| event.weight());
            events.extend(found);
        }
        Ok(Page { events, next })
    }

    /// As [`Journal::read`], from the database only.
    pub(super) async fn read_stored(
        &self,
        company: CompanyId,
        from: Seq,
        limit: ReadLimit,
    ) -> Result<Vec<Event>, StoreError> {
        let items = u32::try_from(limit.items.min(STATEMENT.items)).unwrap_or(u32::MAX);
        let bytes = limit.bytes.min(STATEMENT.bytes);
        self.in_turn(company, || self.inner.store.events(company, from, items, bytes)).await
    }

    /// What matches in a stretch of the database, newest first.
    pub(super) async fn find_stored(
        &self,
        company: CompanyId,
        stretch: (Seq, Seq),
        filter: &EventFilter,
        items: usize,
    ) -> Result<Looked, StoreError> {
        let items = u32::try_from(items.clamp(1, STATEMENT.items)).unwrap_or(u32::MAX);
        let bytes = STATEMENT.bytes;
        self.in_turn(company, || self.inner.store.find_events(company, stretch, filter, items, bytes)).await
    }

    /// Both semaphores are fair: first in the company's own line, then, one of each company at most, in the node's. So
    /// fifty lagging webhooks of one company delay those of another by one statement.
    async fn in_turn<T, F>(&self, company: CompanyId, reading: impl FnOnce() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let line = self.inner.tail.line(company);
        let _own = line.backlog.acquire().await.expect("this semaphore is never closed");
        let _turn = self.inner.backlog.acquire().await.expect("this semaphore is never closed");
        reading().await
    }
}
