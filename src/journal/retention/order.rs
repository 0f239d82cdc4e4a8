//! Which blocks go, and in which order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::{Retention, before, weight};
use crate::domain::{CompanyId, Seq, Timestamp};
use crate::journal::Journal;
use crate::journal::blocks::BLOCKS_A_STATEMENT;
use crate::store::{Block, Floor, StoreError};

/// A company's blocks, the oldest first.
struct Walk {
    company: CompanyId,
    blocks: VecDeque<Block>,
    floor: Floor,
    /// What they hold together, in bytes.
    live: u64,
    /// The oldest one is still wanted.
    kept: bool,
}

impl Retention {
    /// Blocks that are too old, the oldest of all companies first; then those that are too many.
    pub(super) async fn events(&self, journal: &Journal, now: Timestamp) -> Result<(), StoreError> {
        let store = &journal.inner.store;
        let consumers: Vec<&str> = journal.inner.consumers.iter().map(|kind| kind.name).collect();
        let mut walks = Vec::new();
        for (company, totals) in store.block_totals().await? {
            let blocks = store.blocks(company, Seq::ZERO, BLOCKS_A_STATEMENT).await?.into();
            let (floor, live) =
                (store.floor(company, &consumers).await?, weight(totals.events, totals.bytes));
            walks.push(Walk { company, blocks, floor, live, kept: false });
        }
        self.by_age(journal, &mut walks, now).await?;
        self.by_bytes(journal, &mut walks, now).await
    }

    async fn by_age(&self, journal: &Journal, walks: &mut [Walk], now: Timestamp) -> Result<(), StoreError> {
        let (soft, hard) = (before(now, self.limits.age.soft()), before(now, self.limits.age.hard()));
        let oldest = |at: usize, walk: &Walk| Some((Reverse(walk.blocks.front()?.last_at), at));
        let mut turns: BinaryHeap<_> =
            walks.iter().enumerate().filter_map(|(at, walk)| oldest(at, walk)).collect();
        while let Some((Reverse(last_at), at)) = turns.pop() {
            if last_at >= soft {
                break;
            }
            if self.oldest_block(journal, &mut walks[at], last_at < hard, now).await? {
                turns.extend(oldest(at, &walks[at]));
            }
        }
        Ok(())
    }

    /// While the journals together hold too much: whoever holds most gives first. Who holds no more than an equal share
    /// loses nothing to another whose events are kept because somebody still wants them.
    async fn by_bytes(
        &self,
        journal: &Journal,
        walks: &mut [Walk],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let equal_share = self.limits.bytes.soft() / (walks.len() as u64).max(1);
        loop {
            let live: u64 = walks.iter().map(|walk| walk.live).sum();
            let past_hard = live > self.limits.bytes.hard();
            let gives = |walk: &&mut Walk| {
                !walk.blocks.is_empty() && (past_hard || (!walk.kept && walk.live > equal_share))
            };
            let most = |walk: &&mut Walk| {
                (walk.live, walk.blocks.front().map(|block| Reverse(block.last_at)), Reverse(walk.company))
            };
            match walks.iter_mut().filter(gives).max_by_key(most) {
                Some(walk) if live > self.limits.bytes.soft() => {
                    self.oldest_block(journal, walk, past_hard, now).await?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Takes a company's oldest block away. False when somebody has not read it yet and it is not `past_hard` limits: then
    /// the company's journal is kept from there on.
    async fn oldest_block(
        &self,
        journal: &Journal,
        walk: &mut Walk,
        past_hard: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(block) = walk.blocks.front().cloned() else { return Ok(false) };
        if !past_hard && (walk.kept || walk.floor.cursor.is_some_and(|cursor| cursor < block.last)) {
            walk.kept = true;
            return Ok(false);
        }
        if past_hard {
            self.expire(journal, walk.company, (block.first, block.last), now).await?;
        }
        let freed = self.block(journal, &block, past_hard).await?;
        walk.live = walk.live.saturating_sub(freed);
        walk.blocks.pop_front();
        if walk.blocks.is_empty() {
            let after = block.last.next();
            walk.blocks = journal.inner.store.blocks(walk.company, after, BLOCKS_A_STATEMENT).await?.into();
        }
        Ok(true)
    }
}
