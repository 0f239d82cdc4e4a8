//! A block: what a thousand events in a row hold together. Built here, sealed by the indexer, used to pass over what
//! cannot match.

use std::collections::{BTreeMap, BTreeSet};

use super::Journal;
use crate::domain::{CompanyId, Event, Pattern, Seq, Timestamp};
use crate::store::{Block, StoreError};

/// Events of a block.
pub(super) const BLOCK_EVENTS: usize = 1_024;
/// Blocks looked at in one statement.
pub(super) const BLOCKS_A_STATEMENT: u32 = 64;
/// Statements of one search for the next wanted event; a caller that is not there yet asks again.
const STATEMENTS_A_SKIP: usize = 16;

/// A block in the making: events are added in order and not kept.
#[derive(Debug)]
pub(super) struct BlockBuilder {
    block: Block,
    keys: BTreeSet<(char, Box<str>)>,
}

impl BlockBuilder {
    pub fn new(event: &Event) -> Self {
        let block = Block {
            company: event.company,
            first: event.seq,
            last: event.seq,
            first_at: event.received_at,
            last_at: event.received_at,
            events: 0,
            bytes: 0,
            names: BTreeMap::new(),
        };
        let mut builder = Self { block, keys: BTreeSet::new() };
        builder.add(event);
        builder
    }

    pub fn add(&mut self, event: &Event) {
        let block = &mut self.block;
        block.last = event.seq;
        // Clocks step back: the earliest and the latest, not the first's and the last's.
        block.first_at = block.first_at.min(event.received_at);
        block.last_at = block.last_at.max(event.received_at);
        block.events += 1;
        block.bytes += i64::try_from(event.payload.len()).unwrap_or(i64::MAX);
        if let Some(count) = block.names.get_mut(&*event.name) {
            *count += 1;
        } else {
            block.names.insert((*event.name).into(), 1);
        }
        for (kind, key) in event.keys.iter() {
            self.keys.insert((kind, key.into()));
        }
    }

    pub fn events(&self) -> usize {
        usize::try_from(self.block.events).unwrap_or(usize::MAX)
    }

    pub fn first_at(&self) -> Timestamp {
        self.block.first_at
    }

    pub fn finish(self) -> (Block, BTreeSet<(char, Box<str>)>) {
        (self.block, self.keys)
    }
}

/// Whether a block may hold an event that one of the patterns names.
pub(super) fn has_wanted(block: &Block, patterns: &[Pattern]) -> bool {
    block.names.keys().any(|name| patterns.iter().any(|pattern| pattern.matches(name)))
}

impl Journal {
    /// The first place at or after `from` where an event that one of the patterns names may be: what lies between in
    /// sealed blocks has none. `from` itself when nothing can be passed over.
    pub async fn next_wanted(
        &self,
        company: CompanyId,
        from: Seq,
        patterns: &[Pattern],
    ) -> Result<Seq, StoreError> {
        let mut next = from;
        for _ in 0..STATEMENTS_A_SKIP {
            let blocks = self.inner.store.blocks(company, next, BLOCKS_A_STATEMENT).await?;
            if blocks.is_empty() {
                break;
            }
            for block in blocks {
                if has_wanted(&block, patterns) {
                    return Ok(next.max(block.first));
                }
                next = block.last.next();
            }
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::event;

    #[test]
    fn a_block_says_what_its_events_hold() {
        let mut first = event(5, "call-was-created", "{}");
        first.received_at = Timestamp(30);
        first.keys.phones = vec!["5511".into(), "5512".into()];
        let mut second = event(6, "call-was-ended", "[1]");
        second.received_at = Timestamp(10);
        second.keys.phones = vec!["5511".into()];
        let mut builder = BlockBuilder::new(&first);
        builder.add(&second);
        let (block, keys) = builder.finish();
        assert_eq!((block.first, block.last), (Seq(5), Seq(6)));
        assert_eq!((block.first_at, block.last_at), (Timestamp(10), Timestamp(30)));
        assert_eq!((block.events, block.bytes), (2, 5));
        assert_eq!(keys.into_iter().collect::<Vec<_>>(), [('p', "5511".into()), ('p', "5512".into())]);
        let wanted = |text: &str| has_wanted(&block, &[text.parse().expect("a pattern")]);
        assert!(wanted("*") && wanted("call-*") && wanted("call-was-ended"));
        assert!(!wanted("agent-*") && !wanted("call-was"));
    }
}
