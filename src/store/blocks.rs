//! `blocks` and `block_keys`: what a thousand events at a time hold, for search, skipping, time and counts.

use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Conn, Nothing, bulk, from_row, on, reads};
use super::text::text;
use super::{StoreError, Tx};
use crate::domain::{CompanyId, Seq, Timestamp};

/// A sealed stretch of a company's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub company: CompanyId,
    /// The first event's seq, and what the block is called by.
    pub first: Seq,
    pub last: Seq,
    /// The earliest and the latest `received_at`.
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub events: i64,
    /// Of payload.
    pub bytes: i64,
    /// How many events have each name.
    pub names: BTreeMap<Box<str>, u32>,
}

/// What a company's sealed blocks hold together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockTotals {
    pub events: i64,
    pub bytes: i64,
}

/// A key that events of a block have, with the letter of its kind.
pub type BlockKey = (char, Box<str>);

/// From the first moment on and before the second.
pub type Between = (Timestamp, Timestamp);

/// Every time there is.
pub const EVER: Between = (Timestamp(i64::MIN), Timestamp(i64::MAX));

from_row!(Block, row => Ok(Block {
    company: CompanyId(row.try_get(0)?),
    first: Seq(row.try_get(1)?),
    last: Seq(row.try_get(2)?),
    first_at: Timestamp(row.try_get(3)?),
    last_at: Timestamp(row.try_get(4)?),
    events: row.try_get(5)?,
    bytes: row.try_get(6)?,
    names: serde_json::from_str(row.try_get(7)?).map_err(|error| sqlx::Error::Decode(error.into()))?,
}));

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT company, block, last_seq, first_at, last_at, events, bytes, names FROM blocks \
             WHERE company = $1 ",
            $rest
        )
    };
}

reads! {
    /// The newest block: the indexer goes on after it.
    last_block(company: CompanyId) -> Option<Block>;
    /// The block that an event lies in.
    block_at(company: CompanyId, seq: Seq) -> Option<Block>;
    /// Blocks that end at `from` or later, oldest first.
    blocks(company: CompanyId, from: Seq, limit: u32) -> Vec<Block>;
    /// Blocks that begin before `before` and may hold an event of that time, newest first.
    blocks_before(company: CompanyId, before: Seq, between: Between, limit: u32) -> Vec<Block>;
    /// The first block with an event at `at` or later.
    block_at_time(company: CompanyId, at: Timestamp) -> Option<Block>;
    /// Those of [`blocks_before`](Self::blocks_before) that hold this key (its kind is the letter of
    /// [`Keys::iter`](crate::domain::Keys::iter)).
    blocks_of_key(company: CompanyId, kind: char, key: &str, before: Seq, between: Between, limit: u32) -> Vec<Block>;
    /// Every key of a block.
    keys_of_block(company: CompanyId, first: Seq) -> Vec<BlockKey>;
    /// What every company's sealed blocks hold.
    block_totals() -> Vec<(CompanyId, BlockTotals)>;
}

async fn last_block(conn: Conn<'_>, company: CompanyId) -> Result<Option<Block>, StoreError> {
    let sql = select!("ORDER BY block DESC LIMIT 1");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).fetch_optional(&mut *db).await?))
}

async fn block_at(conn: Conn<'_>, company: CompanyId, seq: Seq) -> Result<Option<Block>, StoreError> {
    let last: Option<Block> = on!(conn, db =>
        sqlx::query_as(select!("AND block <= $2 ORDER BY block DESC LIMIT 1"))
            .bind(company.0)
            .bind(seq.0)
            .fetch_optional(&mut *db)
            .await?);
    Ok(last.filter(|block| block.last >= seq))
}

async fn blocks(conn: Conn<'_>, company: CompanyId, from: Seq, limit: u32) -> Result<Vec<Block>, StoreError> {
    // The block that `from` lies in is found by its beginning: the key is (company, block).
    let sql = select!(
        "AND block >= COALESCE((SELECT MAX(block) FROM blocks WHERE company = $1 AND block <= $2), $2) \
         AND last_seq >= $2 ORDER BY block LIMIT $3"
    );
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.0)
        .bind(from.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn blocks_before(
    conn: Conn<'_>,
    company: CompanyId,
    before: Seq,
    (from, to): Between,
    limit: u32,
) -> Result<Vec<Block>, StoreError> {
    let sql = select!("AND block < $2 AND last_at >= $3 AND first_at < $4 ORDER BY block DESC LIMIT $5");
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.0)
        .bind(before.0)
        .bind(from.0)
        .bind(to.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn block_at_time(
    conn: Conn<'_>,
    company: CompanyId,
    at: Timestamp,
) -> Result<Option<Block>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("AND last_at >= $2 ORDER BY last_at, block LIMIT 1"))
        .bind(company.0)
        .bind(at.0)
        .fetch_optional(&mut *db)
        .await?))
}

async fn blocks_of_key(
    conn: Conn<'_>,
    company: CompanyId,
    kind: char,
    key: &str,
    before: Seq,
    (from, to): Between,
    limit: u32,
) -> Result<Vec<Block>, StoreError> {
    // CROSS JOIN: SQLite is not to begin with the blocks, of which nearly all have other keys.
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT b.company, b.block, b.last_seq, b.first_at, b.last_at, b.events, b.bytes, b.names \
         FROM block_keys k CROSS JOIN blocks b \
         WHERE k.company = $1 AND k.kind = $2 AND k.key = $3 AND k.block < $4 \
         AND b.company = k.company AND b.block = k.block AND b.last_at >= $5 AND b.first_at < $6 \
         ORDER BY k.block DESC LIMIT $7",
    )
    .bind(company.0)
    .bind(kind.encode_utf8(&mut [0; 4]) as &str)
    .bind(text(key))
    .bind(before.0)
    .bind(from.0)
    .bind(to.0)
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await?))
}

async fn keys_of_block(conn: Conn<'_>, company: CompanyId, first: Seq) -> Result<Vec<BlockKey>, StoreError> {
    let rows: Vec<(String, String)> = on!(conn, db =>
        sqlx::query_as("SELECT kind, key FROM block_keys WHERE company = $1 AND block = $2 ORDER BY kind, key")
            .bind(company.0)
            .bind(first.0)
            .fetch_all(&mut *db)
            .await?);
    let key = |(kind, key): (String, String)| Some((kind.chars().next()?, key.into_boxed_str()));
    Ok(rows.into_iter().filter_map(key).collect())
}

async fn block_totals(conn: Conn<'_>) -> Result<Vec<(CompanyId, BlockTotals)>, StoreError> {
    // A sum is NUMERIC in PostgreSQL unless it is cast.
    let rows: Vec<(i64, i64, i64)> = on!(conn, db => sqlx::query_as(
        "SELECT company, CAST(SUM(events) AS BIGINT), CAST(SUM(bytes) AS BIGINT) FROM blocks \
         GROUP BY company ORDER BY company",
    )
    .fetch_all(&mut *db)
    .await?);
    Ok(rows.into_iter().map(|(id, events, bytes)| (CompanyId(id), BlockTotals { events, bytes })).collect())
}

impl Tx<'_> {
    /// Writes a sealed block with every (kind, key) that its events have.
    pub async fn insert_block(&mut self, block: &Block, keys: &BTreeSet<BlockKey>) -> Result<(), StoreError> {
        let names = serde_json::to_string(&block.names).expect("names and numbers have a JSON form");
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO blocks (company, block, last_seq, first_at, last_at, events, bytes, names) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(block.company.0)
        .bind(block.first.0)
        .bind(block.last.0)
        .bind(block.first_at.0)
        .bind(block.last_at.0)
        .bind(block.events)
        .bind(block.bytes)
        .bind(names)
        .execute(&mut *db)
        .await
        .map(drop))?;
        // Sorted, so that neighbours in the key's order are written one after the other.
        let row = |(kind, key): &BlockKey| (block.company.0, kind.to_string(), key.clone(), block.first.0);
        let rows: Vec<(i64, String, Box<str>, i64)> = keys.iter().map(row).collect();
        let _ = bulk!(self.conn(), Nothing,
            "INSERT INTO block_keys (company, kind, key, block) {rows}",
            &rows[..], row => {
                row.0 => i64, "bigint";
                &*row.1 => &str, "text";
                &*row.2 => &str, "text";
                row.3 => i64, "bigint";
            }
        );
        Ok(())
    }

    /// Removes keys of a block, when the events that had them are gone. Each by its whole key: the table has no other
    /// order, and a search for the block's own would go through all of the company's.
    pub async fn delete_block_keys(
        &mut self,
        company: CompanyId,
        first: Seq,
        keys: &[BlockKey],
    ) -> Result<(), StoreError> {
        let row = |(kind, key): &BlockKey| (company.0, kind.to_string(), key.clone(), first.0);
        let rows: Vec<(i64, String, Box<str>, i64)> = keys.iter().map(row).collect();
        let _ = bulk!(self.conn(), Nothing,
            "DELETE FROM block_keys WHERE (company, kind, key, block) IN ({rows})",
            &rows[..], row => {
                row.0 => i64, "bigint";
                &*row.1 => &str, "text";
                &*row.2 => &str, "text";
                row.3 => i64, "bigint";
            }
        );
        Ok(())
    }

    /// Says how much of a block is left, when some of its events are gone.
    pub async fn shrink_block(
        &mut self,
        company: CompanyId,
        first: Seq,
        events: i64,
        bytes: i64,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query("UPDATE blocks SET events = $3, bytes = $4 WHERE company = $1 AND block = $2")
            .bind(company.0)
            .bind(first.0)
            .bind(events)
            .bind(bytes)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a block in whose place another is written with the same transaction, if it still says that it has so many events;
    /// whether it did.
    pub async fn take_block(
        &mut self,
        company: CompanyId,
        first: Seq,
        events: i64,
    ) -> Result<bool, StoreError> {
        let taken = on!(self.conn(), db => sqlx::query(
            "DELETE FROM blocks WHERE company = $1 AND block = $2 AND events = $3",
        )
            .bind(company.0)
            .bind(first.0)
            .bind(events)
            .execute(&mut *db)
            .await?
            .rows_affected());
        Ok(taken > 0)
    }

    /// Removes a block, when its events and its keys are gone.
    pub async fn delete_block(&mut self, company: CompanyId, first: Seq) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query("DELETE FROM blocks WHERE company = $1 AND block = $2")
            .bind(company.0)
            .bind(first.0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }
}
