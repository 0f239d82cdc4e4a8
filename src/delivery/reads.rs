//! What a courier reads of the journal.

use std::sync::Arc;

use super::courier::Page;
use crate::domain::{CompanyId, Event, Pattern, Seq};
use crate::journal::{Journal, ReadLimit};
use crate::store::StoreError;

/// Held events that are fetched at once; one always fits.
const LOADED_BYTES: usize = 1 << 20;

/// The next stretch of the journal, passing over blocks that hold none of the wanted names.
pub(super) async fn page(
    journal: &Journal,
    company: CompanyId,
    from: Seq,
    limit: ReadLimit,
    wanted: &[Pattern],
) -> Result<Page, StoreError> {
    let start = journal.next_wanted(company, from, wanted).await?;
    // Taken before the read: what comes after it is the next page's.
    let head = journal.head(company);
    let events = journal.read(company, start, limit).await?;
    let next = events.last().map_or_else(|| start.max(head.next()), |last| last.seq.next());
    Ok(Page { events, next })
}

/// Single events, those of them that retention has not taken; and how many were looked at: they end where the bytes do.
pub(super) async fn held(
    journal: &Journal,
    company: CompanyId,
    seqs: &[Seq],
) -> Result<(usize, Vec<Arc<Event>>), StoreError> {
    let (mut events, mut bytes) = (Vec::with_capacity(seqs.len()), 0);
    for (looked, seq) in seqs.iter().enumerate() {
        if bytes >= LOADED_BYTES {
            return Ok((looked, events));
        }
        if let Some(event) = journal.event(company, *seq).await? {
            bytes += event.weight();
            events.push(event);
        }
    }
    Ok((seqs.len(), events))
}
