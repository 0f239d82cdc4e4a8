//! The consumer that seals blocks: every 1,024 events of a company, and whatever is there after a day.
//!
//! It goes on after the last block that it finds in the database; nothing is remembered elsewhere, so a crash costs the
//! block in the making. It never holds more than a page of events.

use std::time::Duration;

use ahash::AHashMap;
use tokio::time::Instant;

use super::blocks::{BLOCK_EVENTS, BlockBuilder};
use super::{Journal, ReadLimit};
use crate::domain::{CompanyId, Seq, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::store::StoreError;

/// Between two looks at the heads: so short that under full load the events of that time are still in memory. Reading
/// them back from the database cost a ninth of the whole program.
const LOOK: Duration = Duration::from_millis(250);
pub(super) const SPEC: Spec = Spec::new("indexer", Rhythm::Every(LOOK));
/// A block that is not full is sealed when its first event is this old, so that retention, which goes by blocks,
/// reaches companies with few events too.
const SEAL_AFTER: Duration = Duration::from_hours(24);
/// Payloads read at once.
const PAGE_BYTES: usize = 256 << 10;
/// Between two looks for such blocks.
const OLD_LOOK: Duration = Duration::from_mins(10);

#[derive(Debug, Default)]
pub(super) struct Indexer {
    /// The first event of each company that is in no block.
    next: AHashMap<CompanyId, Seq>,
}

impl Indexer {
    /// Seals every block that is full, and with `now` those that are old; returns how many.
    pub async fn seal_all(&mut self, journal: &Journal, now: Option<Timestamp>) -> Result<usize, StoreError> {
        let mut sealed = 0;
        for (company, head) in journal.heads() {
            loop {
                let next = self.first_unsealed(journal, company).await?;
                let unsealed = head.0 - next.0 + 1;
                let full = unsealed >= i64::try_from(BLOCK_EVENTS).unwrap_or(i64::MAX);
                if unsealed <= 0 || !(full || now.is_some()) {
                    break;
                }
                // Until it is known to be in, nothing is: after an error the database is asked again.
                self.next.remove(&company);
                let after = seal(journal, company, next, now.filter(|_| !full)).await?;
                self.next.insert(company, after.unwrap_or(next));
                if after.is_none() {
                    break;
                }
                sealed += 1;
            }
        }
        Ok(sealed)
    }

    async fn first_unsealed(&mut self, journal: &Journal, company: CompanyId) -> Result<Seq, StoreError> {
        if let Some(next) = self.next.get(&company) {
            return Ok(*next);
        }
        let next = first_unsealed(journal, company).await?;
        self.next.insert(company, next);
        Ok(next)
    }
}

/// Seals by itself. When the database is away it tries again with the next look.
pub(super) struct Sealing {
    journal: Journal,
    indexer: Indexer,
    old_look: Instant,
    /// Said once, not with every look.
    failed: bool,
}

impl Sealing {
    pub fn new(journal: Journal) -> Self {
        Self { journal, indexer: Indexer::default(), old_look: Instant::now(), failed: false }
    }
}

impl Duty for Sealing {
    async fn run(&mut self) -> Done {
        let with_old = Instant::now() >= self.old_look;
        if with_old {
            self.old_look += OLD_LOOK;
        }
        let sealed = self.indexer.seal_all(&self.journal, with_old.then(Timestamp::now)).await;
        let failed_before = std::mem::replace(&mut self.failed, sealed.is_err());
        match sealed {
            Ok(blocks) => Done::counted("blocks", blocks),
            Err(error) => {
                if !failed_before {
                    tracing::warn!(%error, "blocks cannot be sealed at the moment");
                }
                Done::failed(error)
            }
        }
    }

    fn panicked(&mut self) {
        *self = Self::new(self.journal.clone());
    }
}

/// The first event of a company that is in no block.
pub(super) async fn first_unsealed(journal: &Journal, company: CompanyId) -> Result<Seq, StoreError> {
    let last = journal.inner.store.last_block(company).await?;
    Ok(last.map_or(Seq(1), |block| block.last.next()))
}

/// Seals one block from `first` on and returns the seq after it; `None` when there is nothing to seal. With `now` it
/// need not be full, but old.
async fn seal(
    journal: &Journal,
    company: CompanyId,
    first: Seq,
    now: Option<Timestamp>,
) -> Result<Option<Seq>, StoreError> {
    let mut builder: Option<BlockBuilder> = None;
    let mut from = first;
    loop {
        let have = builder.as_ref().map_or(0, BlockBuilder::events);
        let limit = ReadLimit { items: BLOCK_EVENTS - have, bytes: PAGE_BYTES };
        let page = journal.read(company, from, limit).await?;
        for event in &page {
            match &mut builder {
                None => builder = Some(BlockBuilder::new(event)),
                Some(builder) => builder.add(event),
            }
        }
        let Some(building) = &builder else { return Ok(None) };
        from = building.last().next();
        if building.events() >= BLOCK_EVENTS || page.is_empty() {
            break;
        }
    }
    let Some(builder) = builder else { return Ok(None) };
    let is_old = now.is_some_and(|now| now.since(builder.first_at()) >= SEAL_AFTER);
    if builder.events() < BLOCK_EVENTS && !is_old {
        return Ok(None);
    }
    let (block, keys) = builder.finish();
    let after = block.last.next();
    journal.control(move |tx| Box::pin(async move { tx.insert_block(&block, &keys).await })).await?;
    Ok(Some(after))
}
