//! How many events there are, and of which names: by what sealed blocks keep of them, so that few are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::blocks::BLOCKS_A_STATEMENT;
use super::indexer::first_unsealed;
use super::{Journal, ReadLimit};
use crate::domain::{CompanyId, Event, Seq};
use crate::store::{EVER, StoreError};

const PAGE: ReadLimit = ReadLimit { items: 256, bytes: 4 << 20 };

/// The number of events of a range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RangeCount {
    /// All of them.
    pub events: i64,
    /// Those that the patterns name.
    pub wanted: i64,
}

impl Journal {
    /// How many events there are from `from` to `to` (both included), and how many of those have a name that is wanted.
    pub async fn count(
        &self,
        company: CompanyId,
        from: Seq,
        to: Seq,
        is_wanted: impl Fn(&str) -> bool + Send + Sync,
    ) -> Result<RangeCount, StoreError> {
        let mut count = RangeCount::default();
        let mut next = Some(from);
        while let Some(from) = next.filter(|from| *from <= to) {
            let each = |name: &str, events: i64| {
                count.events += events;
                count.wanted += if is_wanted(name) { events } else { 0 };
            };
            next = self.count_names(company, (from, to), each).await?;
        }
        Ok(count)
    }

    /// Tells the names of the events from `from` to `to` (both included) with how many have each, any name several times.
    /// In memory, event by event; else as many sealed blocks as one statement reads, by what is known of them, or what is
    /// in no block. Where to go on, until there is nothing more.
    pub async fn count_names(
        &self,
        company: CompanyId,
        (from, to): (Seq, Seq),
        mut each: impl FnMut(&str, i64) + Send,
    ) -> Result<Option<Seq>, StoreError> {
        if let Some(events) = self.try_read_tail(company, from, PAGE) {
            return Ok(told(&events, to, &mut each));
        }
        let blocks = self.inner.store.blocks(company, from, BLOCKS_A_STATEMENT).await?;
        let mut next = from;
        for block in blocks.iter().filter(|block| block.first <= to) {
            if block.first < next || block.last > to {
                let last = to.min(block.last);
                self.count_read(company, (next.max(block.first), last), &mut each).await?;
            } else {
                block.names.iter().for_each(|(name, count)| each(name, i64::from(*count)));
            }
            next = block.last.next();
        }
        if next == from {
            // In no block, or taken away.
            let page = self.read_stored(company, from, PAGE).await?;
            let page: Vec<_> = page.into_iter().map(Arc::new).collect();
            return Ok(told(&page, to, &mut each));
        }
        Ok((next <= to).then_some(next))
    }

    /// How many of a company's newest events have each name: those in no block yet, and those of the newest blocks that
    /// one statement reads.
    pub async fn newest_names(&self, company: CompanyId) -> Result<BTreeMap<Box<str>, u64>, StoreError> {
        let mut names: BTreeMap<Box<str>, u64> = BTreeMap::new();
        let mut from = first_unsealed(self, company).await?;
        for block in self.inner.store.blocks_before(company, from, EVER, BLOCKS_A_STATEMENT).await? {
            for (name, count) in block.names {
                *names.entry(name).or_default() += u64::from(count);
            }
        }
        loop {
            let page = self.read_stored(company, from, PAGE).await?;
            let Some(last) = page.last().map(|event| event.seq) else { return Ok(names) };
            for event in page {
                *names.entry((*event.name).into()).or_default() += 1;
            }
            from = last.next();
        }
    }

    async fn count_read(
        &self,
        company: CompanyId,
        (mut from, to): (Seq, Seq),
        each: &mut (impl FnMut(&str, i64) + Send),
    ) -> Result<(), StoreError> {
        while from <= to {
            let page = self.read_stored(company, from, PAGE).await?;
            let Some(last) = page.last().map(|event| event.seq) else { break };
            page.iter().filter(|event| event.seq <= to).for_each(|event| each(&event.name, 1));
            from = last.next();
        }
        Ok(())
    }
}

/// Tells the names of the events up to `to`; where to go on, if there may be more.
fn told(events: &[Arc<Event>], to: Seq, each: &mut impl FnMut(&str, i64)) -> Option<Seq> {
    events.iter().filter(|event| event.seq <= to).for_each(|event| each(&event.name, 1));
    events.last().map(|last| last.seq.next()).filter(|next| *next <= to)
}
