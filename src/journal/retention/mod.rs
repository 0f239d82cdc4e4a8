//! What goes when it is old: events with their blocks, attempts, duplicate keys, points of series, sessions and gaps, the
//! audit log, what deleted companies leave behind.
//!
//! What always holds:
//! - What is older than the age goes, the oldest block of all companies first. When the journals together hold too many
//!   bytes, the company that holds most gives its oldest block first: however much one company writes, another that
//!   holds no more than an equal share keeps what it has.
//! - An event above a cursor, or held by a webhook, stays until the hard limits. Past those it is recorded as expired,
//!   for each webhook that loses it, in a transaction before the one that deletes its payload.
//! - No turn takes the writer for much longer than 3 ms, and between two turns others have at least three times that.
//!
//! Attempts are never deleted above a cursor: a courier that starts again counts them.

mod order;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ahash::AHashMap;
use futures_util::future::BoxFuture;

use super::{Journal, Outlived, ReadLimit};
use crate::domain::{CompanyId, RetentionLimits, Seq, Step, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::log::lines;
use crate::store::{Block, Expired, StoreError, Tx};

/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(30);
pub(super) const SPEC: Spec = Spec::new("retention", Rhythm::Every(SWEEP));
/// What a deleted company leaves behind is cleared after this, when nothing of it can be on its way any more.
const CLEAR_AFTER: Duration = Duration::from_mins(5);
/// The writer's time that one turn aims at.
const TURN: Duration = Duration::from_millis(3);
const FEWEST_ROWS: u64 = 8;
const MOST_ROWS: u64 = 4_096;
/// What a row costs beside its payload.
const ROW_BYTES: u64 = 256;
const PAGE: ReadLimit = ReadLimit { items: 512, bytes: 4 << 20 };

pub(super) struct Retention {
    limits: RetentionLimits,
    /// Rows that are deleted in a turn; follows the time that turns take.
    rows: AtomicU64,
    /// Rows that were deleted since this was read.
    removed: AtomicU64,
    /// What each consumer has forgotten already, of each company.
    forgotten: Mutex<AHashMap<(&'static str, CompanyId), Outlived>>,
}

impl Retention {
    pub fn new(limits: RetentionLimits) -> Self {
        Self { limits, rows: AtomicU64::new(64), removed: AtomicU64::new(0), forgotten: Mutex::default() }
    }

    /// Removes everything that has to go at `now`.
    pub async fn sweep(&self, journal: &Journal, now: Timestamp) -> Result<(), StoreError> {
        self.events(journal, now).await?;
        for (company, _) in journal.heads() {
            self.attempts(journal, company, before(now, self.limits.attempts_age)).await?;
        }
        self.rows_of_consumers(journal).await?;
        let seen_before = before(now, self.limits.seen_age);
        self.until_done(journal, move |tx, rows| Box::pin(tx.forget_seen(seen_before, rows))).await?;
        self.history(journal, now).await?;
        for step in Step::ALL {
            let old = before(now, step.kept());
            self.until_done(journal, move |tx, rows| Box::pin(tx.forget_series(step, old, rows))).await?;
        }
        let deleted_before = before(now, CLEAR_AFTER);
        loop {
            let cleared =
                self.turn(journal, move |tx, rows| Box::pin(tx.clear_deleted(deleted_before, rows))).await?;
            if cleared == 0 {
                return Ok(());
            }
            self.count(cleared);
        }
    }

    /// What tells of the past and of no single event: how lines lived, and who did what.
    async fn history(&self, journal: &Journal, now: Timestamp) -> Result<(), StoreError> {
        let lines_before = before(now, self.limits.lines_age);
        self.until_done(journal, move |tx, rows| Box::pin(tx.forget_sessions(lines_before, rows))).await?;
        let audit_before = before(now, self.limits.audit_age);
        self.until_done(journal, move |tx, rows| Box::pin(tx.delete_audit(audit_before, rows))).await
    }

    /// Deletes a block's events, except those that are held, unless `all`; and the block when none is left. Returns the
    /// bytes that are free now.
    async fn block(&self, journal: &Journal, block: &Block, all: bool) -> Result<u64, StoreError> {
        let (company, first, last) = (block.company, block.first, block.last);
        let mut keys = contents(journal, block).await?.keys;
        if all {
            self.until_done(journal, move |tx, rows| Box::pin(tx.delete_dead(company, last, rows))).await?;
        }
        self.until_done(journal, move |tx, rows| Box::pin(tx.delete_events(company, last, !all, rows)))
            .await?;
        let left = contents(journal, block).await?;
        keys.retain(|key| !left.keys.contains(key));
        let mut keys: Vec<(char, Box<str>)> = keys.into_iter().collect();
        while !keys.is_empty() {
            let count = usize::try_from(self.rows.load(Ordering::Relaxed)).unwrap_or(1).clamp(1, keys.len());
            let some = keys.split_off(keys.len() - count);
            let deleted = some.len() as u64;
            self.turn(journal, move |tx, _| {
                Box::pin(async move { tx.delete_block_keys(company, first, &some).await.map(|()| deleted) })
            })
            .await?;
            self.count(deleted);
        }
        let (events, bytes) = (left.events, left.bytes);
        self.turn(journal, move |tx, _| {
            Box::pin(async move {
                if events == 0 {
                    tx.delete_block(company, first).await?;
                } else {
                    tx.shrink_block(company, first, events, bytes).await?;
                }
                Ok(1)
            })
        })
        .await?;
        self.count(u64::from(events == 0));
        Ok(weight(block.events, block.bytes).saturating_sub(weight(events, bytes)))
    }

    /// Records what every webhook of the company loses, before it is lost.
    async fn expire(
        &self,
        journal: &Journal,
        company: CompanyId,
        (from, to): (Seq, Seq),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pass_consumers(journal, company, (from, to)).await?;
        let lost = journal.control(move |tx| Box::pin(tx.expire(company, to, now))).await?;
        for Expired { webhook, skip, held } in lost {
            let passed = skip.map_or(0, |skip| u64::try_from(skip.to.0 - skip.from.0 + 1).unwrap_or(0));
            journal.inner.counters.expired.fetch_add(passed + held, Ordering::Relaxed);
            lines::events_expired(company, webhook, passed + held);
        }
        Ok(())
    }

    /// Tells of consumers that have not read this stretch yet.
    async fn pass_consumers(
        &self,
        journal: &Journal,
        company: CompanyId,
        (from, to): (Seq, Seq),
    ) -> Result<(), StoreError> {
        let consumed = journal.inner.store.consumed(company).await?;
        for kind in &journal.inner.consumers {
            let read = consumed.iter().find(|(name, _)| name == kind.name).map_or(Seq::ZERO, |(_, seq)| *seq);
            let unread = u64::try_from(to.0 - read.0.max(from.0 - 1)).unwrap_or(0);
            if unread > 0 {
                journal.inner.counters.expired.fetch_add(unread, Ordering::Relaxed);
                tracing::warn!(consumer = kind.name, %company, unread, "events went that a consumer had not read");
            }
        }
        Ok(())
    }

    /// What consumers have made of events that are gone, and under builds that nobody reads any more.
    async fn rows_of_consumers(&self, journal: &Journal) -> Result<(), StoreError> {
        let store = &journal.inner.store;
        // Taken before what is read: of what comes meanwhile nothing is outlived.
        let heads: AHashMap<CompanyId, Seq> = journal.heads().into_iter().collect();
        self.forgotten().retain(|(_, company), _| heads.contains_key(company));
        for kind in &journal.inner.consumers {
            let builds = store.builds(kind.name).await?;
            for own in builds.chunk_by(|one, next| one.company == next.company) {
                let (company, read) = (own[0].company, own[0].number);
                let Some(head) = heads.get(&company) else { continue };
                let oldest = store.oldest_event(company).await?.unwrap_or(head.next());
                let outlived = Outlived { company, oldest, read };
                // Where nothing has moved there is nothing to ask the writer for.
                if self.forgotten().get(&(kind.name, company)) == Some(&outlived) {
                    continue;
                }
                let forget = kind.forget;
                self.until_done(journal, move |tx, rows| forget(tx, outlived, rows)).await?;
                self.forgotten().insert((kind.name, company), outlived);
            }
        }
        Ok(())
    }

    fn forgotten(&self) -> MutexGuard<'_, AHashMap<(&'static str, CompanyId), Outlived>> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attempts made before `before`, of events from that time.
    async fn attempts(
        &self,
        journal: &Journal,
        company: CompanyId,
        before: Timestamp,
    ) -> Result<(), StoreError> {
        let store = &journal.inner.store;
        let first_kept = match store.block_at_time(company, before).await? {
            Some(block) => block.first,
            None => crate::journal::indexer::first_unsealed(journal, company).await?,
        };
        for (webhook, cursor) in store.cursors(company).await? {
            let to = cursor.min(Seq(first_kept.0 - 1));
            self.until_done(journal, move |tx, rows| Box::pin(tx.delete_attempts(webhook, to, before, rows)))
                .await?;
        }
        Ok(())
    }

    /// Turns until one finds less than it might take.
    async fn until_done<F>(&self, journal: &Journal, delete: F) -> Result<(), StoreError>
    where
        F: for<'t> Fn(&'t mut Tx<'_>, u32) -> BoxFuture<'t, Result<u64, StoreError>> + Copy + Send + 'static,
    {
        loop {
            let asked = self.rows.load(Ordering::Relaxed);
            let removed = self.turn(journal, move |tx, rows| delete(tx, rows)).await?;
            self.count(removed);
            if removed < asked {
                return Ok(());
            }
        }
    }

    fn count(&self, removed: u64) {
        self.removed.fetch_add(removed, Ordering::Relaxed);
    }

    /// One short transaction, and a pause for others.
    async fn turn<F>(&self, journal: &Journal, op: F) -> Result<u64, StoreError>
    where
        F: for<'t> FnOnce(&'t mut Tx<'_>, u32) -> BoxFuture<'t, Result<u64, StoreError>> + Send + 'static,
    {
        let rows = self.rows.load(Ordering::Relaxed);
        let asked = u32::try_from(rows).unwrap_or(u32::MAX);
        let (done, took) = journal
            .control(move |tx| {
                Box::pin(async move {
                    let begun = Instant::now();
                    let done = op(tx, asked).await?;
                    Ok((done, begun.elapsed()))
                })
            })
            .await?;
        self.rows.store(next_rows(rows, done, took), Ordering::Relaxed);
        if done > 0 {
            tokio::time::sleep(3 * took.max(Duration::from_micros(500))).await;
        }
        Ok(done)
    }
}

/// Sweeps by itself. When the database is away it tries again with the next sweep.
pub(super) struct Sweeping {
    pub retention: Retention,
    pub journal: Journal,
}

impl Duty for Sweeping {
    async fn run(&mut self) -> Done {
        let swept = self.retention.sweep(&self.journal, Timestamp::now()).await;
        let removed = self.retention.removed.swap(0, Ordering::Relaxed);
        match swept {
            Ok(()) => Done::counted("rows", removed),
            Err(error) => {
                tracing::warn!(%error, "retention was broken off; it goes on with the next sweep");
                Done::failed(error)
            }
        }
    }
}

/// How many rows the next turn takes, after one that took so long for so many.
fn next_rows(rows: u64, done: u64, took: Duration) -> u64 {
    let next = if took > TURN {
        rows / 2
    } else if done >= rows && took < TURN / 2 {
        rows * 2
    } else {
        rows
    };
    next.clamp(FEWEST_ROWS, MOST_ROWS)
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX)))
}

fn weight(events: i64, bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or(0) + u64::try_from(events).unwrap_or(0) * ROW_BYTES
}

/// What is there of a block's events now.
#[derive(Default)]
struct Contents {
    events: i64,
    bytes: i64,
    keys: BTreeSet<(char, Box<str>)>,
}

async fn contents(journal: &Journal, block: &Block) -> Result<Contents, StoreError> {
    let mut found = Contents::default();
    let mut from = block.first;
    while from <= block.last {
        let page = journal.read_stored(block.company, from, PAGE).await?;
        let Some(end) = page.last().map(|event| event.seq) else { break };
        for event in page.iter().filter(|event| event.seq <= block.last) {
            found.events += 1;
            found.bytes += i64::try_from(event.payload.len()).unwrap_or(i64::MAX);
            found.keys.extend(event.keys.iter().map(|(kind, key)| (kind, key.into())));
        }
        from = end.next();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_follow_the_writers_time() {
        let ms = Duration::from_millis;
        assert_eq!(next_rows(64, 64, ms(1)), 128, "quick and full: more");
        assert_eq!(next_rows(64, 10, ms(1)), 64, "quick because there was little");
        assert_eq!(next_rows(64, 64, ms(2)), 64);
        assert_eq!(next_rows(64, 64, ms(9)), 32);
        assert_eq!(next_rows(FEWEST_ROWS, 8, ms(9)), FEWEST_ROWS);
        assert_eq!(next_rows(MOST_ROWS, MOST_ROWS, ms(0)), MOST_ROWS);
    }
}
