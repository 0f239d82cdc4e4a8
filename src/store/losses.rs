//! What webhooks have lost by the program's own decision: events that are dead and that nobody has put away, and ranges
//! that retention took before they were settled.

use super::engine::{from_row, on};
use super::{Store, StoreError, Tx};
use crate::domain::{CompanyId, HeldReason, HeldState, Seq, Timestamp, WebhookId};

/// An event that is dead, for another reason than that a person discarded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    pub seq: Seq,
    pub reason: HeldReason,
    /// When it was given up.
    pub at: Timestamp,
}

from_row!(Lost, row => {
    let reason: String = row.try_get(1)?;
    let unknown = || sqlx::Error::Decode(format!("`{reason}` is not a word of this column").into());
    Ok(Lost {
        seq: Seq(row.try_get(0)?),
        reason: HeldReason::parse(&reason).ok_or_else(unknown)?,
        at: Timestamp(row.try_get(2)?),
    })
});

/// What retention took from a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredRanges {
    pub webhook: WebhookId,
    /// Events in them, wanted or not.
    pub events: i64,
    pub first_at: Timestamp,
    pub last: Seq,
}

from_row!(ExpiredRanges, row => {
    Ok(ExpiredRanges {
        webhook: WebhookId(row.try_get(0)?),
        events: row.try_get(1)?,
        first_at: Timestamp(row.try_get(2)?),
        last: Seq(row.try_get(3)?),
    })
});

impl Store {
    /// The webhooks that have lost an event since; looked up in the index of each, however many rows are older.
    pub async fn losers(&self, since: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
        let rows: Vec<(i64,)> = on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT w.id FROM webhooks w WHERE EXISTS (SELECT 1 FROM held h WHERE h.webhook = w.id \
             AND h.state = $1 AND h.next_at >= $2 AND h.reason <> $3) ORDER BY w.id",
        )
        .bind(HeldState::Dead.as_str())
        .bind(since.0)
        .bind(HeldReason::Discarded.as_str())
        .fetch_all(&mut *db)
        .await?);
        Ok(rows.into_iter().map(|(id,)| WebhookId(id)).collect())
    }

    /// What a webhook has lost since, newest first; at most `limit`.
    pub async fn lost(
        &self,
        webhook: WebhookId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Lost>, StoreError> {
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT seq, reason, next_at FROM held WHERE webhook = $1 AND state = $2 AND next_at >= $3 \
             AND reason <> $4 ORDER BY next_at DESC, seq DESC LIMIT $5",
        )
        .bind(webhook.0)
        .bind(HeldState::Dead.as_str())
        .bind(since.0)
        .bind(HeldReason::Discarded.as_str())
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
    }

    /// Ranges that retention took since before webhooks had settled them, summed up by webhook.
    pub async fn expired_ranges(&self, since: Timestamp) -> Result<Vec<ExpiredRanges>, StoreError> {
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT webhook, CAST(SUM(to_seq - from_seq + 1) AS BIGINT), MIN(at), MAX(to_seq) FROM skips \
             WHERE reason = 'expired' AND at >= $1 GROUP BY webhook ORDER BY webhook",
        )
        .bind(since.0)
        .fetch_all(&mut *db)
        .await?))
    }

    /// How large an event's payload is; `None` when it is gone.
    pub async fn payload_bytes(&self, company: CompanyId, seq: Seq) -> Result<Option<i64>, StoreError> {
        let row: Option<(i64,)> = on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT CAST(LENGTH(payload) AS BIGINT) FROM events WHERE company = $1 AND seq = $2",
        )
        .bind(company.0)
        .bind(seq.0)
        .fetch_optional(&mut *db)
        .await?);
        Ok(row.map(|(bytes,)| bytes))
    }
}

/// What was not delivered to a webhook: dead, and nobody has put it away.
macro_rules! undelivered {
    ($what:literal, $from:literal, $and:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM held h ",
            $from,
            " WHERE h.webhook = $1 AND h.state = 'dead' \
             AND h.reason <> 'discarded' ",
            $and
        )
    };
}

impl Store {
    /// The first and the last event that was not delivered to a webhook.
    pub async fn undelivered_ends(&self, webhook: WebhookId) -> Result<Option<(Seq, Seq)>, StoreError> {
        let (first, last): (Option<i64>, Option<i64>) = on!(self.read().await?.conn(), db =>
            sqlx::query_as(undelivered!("MIN(h.seq), MAX(h.seq)", "", ""))
                .bind(webhook.0)
                .fetch_one(&mut *db)
                .await?);
        Ok(first.zip(last).map(|(first, last)| (Seq(first), Seq(last))))
    }

    /// How many there are of each name from `from` to `to` (both included) whose events are still there.
    pub async fn undelivered_names(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        (from, to): (Seq, Seq),
    ) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(undelivered!(
                "e.name, COUNT(*)",
                "JOIN events e ON e.company = $2 AND e.seq = h.seq",
                "AND h.seq BETWEEN $3 AND $4 GROUP BY e.name"
            ))
            .bind(webhook.0)
            .bind(company.0)
            .bind(from.0)
            .bind(to.0)
            .fetch_all(&mut *db)
            .await?))
    }

    /// The first of them from `from` to `to` (both included); at most `limit`.
    pub async fn undelivered(
        &self,
        webhook: WebhookId,
        (from, to): (Seq, Seq),
        limit: u32,
    ) -> Result<Vec<Seq>, StoreError> {
        let rows: Vec<(i64,)> = on!(self.read().await?.conn(), db =>
            sqlx::query_as(undelivered!("h.seq", "", "AND h.seq BETWEEN $2 AND $3 ORDER BY h.seq LIMIT $4"))
                .bind(webhook.0)
                .bind(from.0)
                .bind(to.0)
                .bind(i64::from(limit))
                .fetch_all(&mut *db)
                .await?);
        Ok(rows.into_iter().map(|(seq,)| Seq(seq)).collect())
    }
}

impl Tx<'_> {
    /// A person has seen that these are dead and puts them away: they are discarded from now on. Returns those that were
    /// dead for another reason.
    pub async fn put_away(&mut self, webhook: WebhookId, seqs: &[Seq]) -> Result<Vec<Seq>, StoreError> {
        let mut taken = Vec::new();
        for seq in seqs {
            let changed = on!(self.conn(), db => sqlx::query(
                "UPDATE held SET reason = $3 WHERE webhook = $1 AND seq = $2 AND state = $4 AND reason <> $3",
            )
            .bind(webhook.0)
            .bind(seq.0)
            .bind(HeldReason::Discarded.as_str())
            .bind(HeldState::Dead.as_str())
            .execute(&mut *db)
            .await?
            .rows_affected());
            if changed > 0 {
                taken.push(*seq);
            }
        }
        Ok(taken)
    }
}
