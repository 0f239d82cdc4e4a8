//! The consumer that seals blocks: every 1,024 events of a company, and whatever is there after a day.
//!
//! It never holds more than a page of events. Made anew, a block keeps its beginning and its end, so that at no time an event is in
//! none or in two of them.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt;

use super::blocks::{BLOCK_EVENTS, BlockBuilder};
use super::consumer::{Consumer, Rows, Start};
use super::follow::Page;
use super::{Journal, ReadLimit};
use crate::domain::{CompanyId, Seq, Timestamp};
use crate::store::{Block, BlockKey, StoreError};

/// A block that is not full is sealed when its first event is this old, so that retention, which goes by blocks,
/// reaches companies with few events too.
const SEAL_AFTER: Duration = Duration::from_hours(24);
/// Payloads read at once.
const PAGE_BYTES: usize = 256 << 10;

/// One block in the making.
pub(super) struct Indexer {
    builder: Option<BlockBuilder>,
    /// What it is made in the place of.
    replaced: Option<Replaced>,
}

/// A block that there is, and its keys.
struct Replaced {
    block: Block,
    keys: BTreeSet<BlockKey>,
}

impl Consumer for Indexer {
    const NAME: &'static str = "indexer";
    const VERSION: i32 = 1;
    const LEAST: usize = BLOCK_EVENTS;
    const IN_PLACE: bool = true;

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        // Also when it is not made anew: another build may have sealed it already.
        let replaced = replaced(start.journal, start.company, start.from).await?;
        Ok(Self { builder: None, replaced })
    }

    fn room(&self) -> ReadLimit {
        let have = self.builder.as_ref().map_or(0, BlockBuilder::events);
        // A block that there is ends where it ends.
        let items = if self.replaced.is_some() { BLOCK_EVENTS } else { BLOCK_EVENTS - have };
        ReadLimit { items, bytes: PAGE_BYTES }
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let end = self.replaced.as_ref().map_or(Seq(i64::MAX), |replaced| replaced.block.last);
        for event in page.events.iter().filter(|event| event.seq <= end) {
            match &mut self.builder {
                None => self.builder = Some(BlockBuilder::new(event)),
                Some(builder) => builder.add(event),
            }
        }
        Ok(match self.replaced.take() {
            Some(replaced) if page.next > end => Some(self.replacing(&replaced)),
            Some(replaced) => {
                self.replaced = Some(replaced);
                None
            }
            None if self.builder.as_ref().is_some_and(|made| made.events() >= BLOCK_EVENTS) => self.sealing(),
            None => None,
        })
    }

    fn rest(&mut self, now: Timestamp) -> Option<Rows> {
        let builder = self.builder.as_ref()?;
        if now.since(builder.first_at()) >= SEAL_AFTER { self.sealing() } else { None }
    }
}

impl Indexer {
    fn sealing(&mut self) -> Option<Rows> {
        let (block, keys) = self.builder.take()?.finish();
        Some(Rows::new(block.last, keys.len(), move |tx| {
            async move { tx.insert_block(&block, &keys).await }.boxed()
        }))
    }

    /// The same stretch, with what there is of it now; nothing changes when nothing of it is left.
    fn replacing(&mut self, old: &Replaced) -> Rows {
        let up_to = old.block.last;
        let Some((made, keys)) = self.builder.take().map(BlockBuilder::finish) else {
            return Rows::none(up_to);
        };
        let block = Block { first: old.block.first, last: up_to, ..made };
        let gone: Vec<BlockKey> = old.keys.difference(&keys).cloned().collect();
        let new: BTreeSet<BlockKey> = keys.difference(&old.keys).cloned().collect();
        let events = old.block.events;
        Rows::new(up_to, gone.len() + new.len(), move |tx| {
            let replacing = async move {
                // Retention may have taken of it, or all of it, since it was read: then what it has left holds.
                if tx.take_block(block.company, block.first, events).await? {
                    tx.delete_block_keys(block.company, block.first, &gone).await?;
                    tx.insert_block(&block, &new).await?;
                }
                Ok(())
            };
            replacing.boxed()
        })
    }
}

/// The block that begins where a new one would.
async fn replaced(journal: &Journal, company: CompanyId, from: Seq) -> Result<Option<Replaced>, StoreError> {
    let store = &journal.inner.store;
    let Some(block) = store.blocks(company, from, 1).await?.pop() else { return Ok(None) };
    let keys = store.keys_of_block(company, block.first).await?.into_iter().collect();
    Ok(Some(Replaced { block, keys }))
}

/// The first event of a company that is in no block.
pub(super) async fn first_unsealed(journal: &Journal, company: CompanyId) -> Result<Seq, StoreError> {
    let last = journal.inner.store.last_block(company).await?;
    Ok(last.map_or(Seq(1), |block| block.last.next()))
}
