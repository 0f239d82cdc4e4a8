//! Reading on: from memory while the events are still there, from the database when they are not, and there past the blocks that
//! hold nothing wanted. Whoever follows a journal reads here.

use std::sync::Arc;

use super::{Journal, ReadLimit};
use crate::domain::{CompanyId, Event, Pattern, Seq};
use crate::store::StoreError;

/// A stretch of a company's journal.
#[derive(Debug, Clone)]
pub struct Page {
    /// Ascending; all that exist from the place asked for up to `next` and that could be wanted.
    pub events: Vec<Arc<Event>>,
    /// Where to read on.
    pub next: Seq,
}

impl Journal {
    /// The next stretch, if it is in memory. `None` means that the database has to be asked ([`Journal::page`]).
    pub fn page_in_memory(&self, company: CompanyId, from: Seq, limit: ReadLimit) -> Option<Page> {
        let events = self.try_read_tail(company, from, limit)?;
        let next = events.last().map_or(from, |last| last.seq.next());
        Some(Page { events, next })
    }

    /// The next stretch, wherever it is. To wait for more, take [`Journal::watch`] before this.
    pub async fn page(
        &self,
        company: CompanyId,
        from: Seq,
        limit: ReadLimit,
        wanted: &[Pattern],
    ) -> Result<Page, StoreError> {
        if let Some(page) = self.page_in_memory(company, from, limit) {
            return Ok(page);
        }
        let everything = wanted.contains(&Pattern::All);
        let start = if everything { from } else { self.next_wanted(company, from, wanted).await? };
        // Taken before the read: what comes after it is the next page's.
        let head = self.head(company);
        let events = self.read(company, start, limit).await?;
        let next = events.last().map_or_else(|| start.max(head.next()), |last| last.seq.next());
        Ok(Page { events, next })
    }
}
