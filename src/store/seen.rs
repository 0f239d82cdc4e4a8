//! `seen`: the duplicate keys of webhook sources, kept for a week.

use super::engine::{Nothing, batch, on};
use super::{BatchTx, StoreError, Tx};
use crate::domain::{Seq, SourceId, Timestamp};

/// One key that a source has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub source: SourceId,
    pub key: [u8; 32],
    /// The event that came with it first.
    pub seq: Seq,
    pub at: Timestamp,
}

impl BatchTx<'_> {
    /// Which of these (source, key) pairs have come before, with the seq they were given then.
    pub async fn seen(
        &mut self,
        pairs: &[(SourceId, [u8; 32])],
    ) -> Result<Vec<(SourceId, [u8; 32], Seq)>, StoreError> {
        let rows = batch!(self.conn(), (i64, Vec<u8>, i64),
            "SELECT source, key, seq FROM seen WHERE (source, key) IN ({rows})",
            pairs, pair => {
                pair.0.0 => i64, "bigint";
                &pair.1[..] => &[u8], "bytea";
            }
        );
        rows.into_iter()
            .map(|(source, key, seq)| {
                let key =
                    key.try_into().map_err(|_| StoreError::unreadable("seen", "key", &"not 32 bytes"))?;
                Ok((SourceId(source), key, Seq(seq)))
            })
            .collect()
    }

    /// Writes keys down with their events, in the transaction that appends those. Each pair at most once.
    pub async fn remember_seen(&mut self, seen: &[Seen]) -> Result<(), StoreError> {
        let _ = batch!(self.conn(), Nothing,
            "INSERT INTO seen (source, key, seq, at) {rows}",
            seen, one => {
                one.source.0 => i64, "bigint";
                &one.key[..] => &[u8], "bytea";
                one.seq.0 => i64, "bigint";
                one.at.0 => i64, "bigint";
            }
        );
        Ok(())
    }
}

impl Tx<'_> {
    /// Forgets up to `limit` keys older than `before`; returns how many.
    pub async fn forget_seen(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM seen WHERE (source, key) IN (SELECT source, key FROM seen WHERE at < $1 ORDER BY at LIMIT $2)",
        )
        .bind(before.0)
        .bind(i64::from(limit))
        .execute(&mut *db)
        .await?
        .rows_affected()))
    }
}
