//! What retention asks and removes. It decides what goes (`journal::retention`); here is only how.

use super::engine::{Conn, on, reads};
use super::{StoreError, Tx, cursors};
use crate::domain::{CompanyId, Seq, Timestamp, WebhookId};

/// What holds a company's oldest events back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Floor {
    /// The oldest event that is there.
    pub oldest: Option<(Seq, Timestamp)>,
    /// The lowest cursor of all who follow its journal; `None` when nobody does.
    pub cursor: Option<Seq>,
    /// The oldest event that a webhook holds, dead ones included.
    pub held: Option<Seq>,
}

reads! {
    /// What holds a company's oldest events back: its webhooks, and these consumers, of which one without a cursor has read
    /// nothing yet. (A consumer that there is no more keeps its cursor, and nothing waits for it.)
    floor(company: CompanyId, consumers: &[&str]) -> Floor;
    /// The oldest event of a company that is there.
    oldest_event(company: CompanyId) -> Option<Seq>;
}

async fn oldest_event(conn: Conn<'_>, company: CompanyId) -> Result<Option<Seq>, StoreError> {
    let (oldest,): (Option<i64>,) = on!(conn, db => sqlx::query_as("SELECT MIN(seq) FROM events WHERE company = $1")
            .bind(company.0)
            .fetch_one(&mut *db)
            .await?);
    Ok(oldest.map(Seq))
}

async fn floor(mut conn: Conn<'_>, company: CompanyId, consumers: &[&str]) -> Result<Floor, StoreError> {
    let consumed = cursors::consumed(conn.again(), company).await?;
    let read = |name: &&str| {
        consumed.iter().find(|(consumer, _)| consumer == name).map_or(Seq::ZERO, |(_, seq)| *seq)
    };
    let read = consumers.iter().map(read);
    let (oldest, settled, held) = on!(conn, db => {
        let oldest: Option<(i64, i64)> = sqlx::query_as(
            "SELECT seq, received_at FROM events WHERE company = $1 ORDER BY seq LIMIT 1",
        )
        .bind(company.0)
        .fetch_optional(&mut *db)
        .await?;
        let settled: (Option<i64>,) = sqlx::query_as("SELECT MIN(seq) FROM settled WHERE company = $1")
            .bind(company.0)
            .fetch_one(&mut *db)
            .await?;
        let held: (Option<i64>,) = sqlx::query_as(
            "SELECT MIN(held.seq) FROM held JOIN cursors ON cursors.consumer = 'webhook' AND cursors.id = held.webhook \
             WHERE company = $1",
        )
        .bind(company.0)
        .fetch_one(&mut *db)
        .await?;
        (oldest, settled.0, held.0)
    });
    Ok(Floor {
        oldest: oldest.map(|(seq, at)| (Seq(seq), Timestamp(at))),
        cursor: settled.map(Seq).into_iter().chain(read).min(),
        held: held.map(Seq),
    })
}

impl Tx<'_> {
    /// Deletes the oldest events of a company, up to and including `to`, at most `limit`; those that a webhook holds
    /// stay when `keep_held`. Returns how many went.
    pub async fn delete_events(
        &mut self,
        company: CompanyId,
        to: Seq,
        keep_held: bool,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let sql = if keep_held {
            "DELETE FROM events WHERE company = $1 AND seq IN (SELECT seq FROM events WHERE company = $1 AND seq <= $2 \
             AND seq NOT IN (SELECT held.seq FROM held \
             JOIN cursors ON cursors.consumer = 'webhook' AND cursors.id = held.webhook \
             WHERE cursors.company = $1 AND held.seq <= $2) ORDER BY seq LIMIT $3)"
        } else {
            "DELETE FROM events WHERE company = $1 AND seq IN (\
             SELECT seq FROM events WHERE company = $1 AND seq <= $2 ORDER BY seq LIMIT $3)"
        };
        Ok(on!(self.conn(), db => sqlx::query(sql)
            .bind(company.0)
            .bind(to.0)
            .bind(i64::from(limit))
            .execute(&mut *db)
            .await?
            .rows_affected()))
    }

    /// Deletes dead events of a company up to and including `to` from the held sets (their payloads are going, or are
    /// gone), at most `limit` of each webhook. Returns how many went.
    pub async fn delete_dead(&mut self, company: CompanyId, to: Seq, limit: u32) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM held WHERE (webhook, seq) IN (SELECT held.webhook, held.seq FROM held \
             JOIN cursors ON cursors.consumer = 'webhook' AND cursors.id = held.webhook \
             WHERE cursors.company = $1 AND held.seq <= $2 AND held.state = 'dead' LIMIT $3)",
        )
        .bind(company.0)
        .bind(to.0)
        .bind(i64::from(limit))
        .execute(&mut *db)
        .await?
        .rows_affected()))
    }

    /// Deletes a webhook's attempts made before `before` for events up to and including `to`, at most `limit`; never
    /// of an event above its cursor, for a courier that starts again counts those. Returns how many went. (`to` bounds
    /// what is read: the rows are in the order of events, not of time.)
    pub async fn delete_attempts(
        &mut self,
        webhook: WebhookId,
        to: Seq,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM attempts WHERE (webhook, seq, at, origin, n) IN (SELECT webhook, seq, at, origin, n \
             FROM attempts WHERE webhook = $1 AND seq <= $4 AND seq <= (SELECT seq FROM settled WHERE webhook = $1) \
             AND at < $2 ORDER BY webhook, seq LIMIT $3)",
        )
        .bind(webhook.0)
        .bind(before.0)
        .bind(i64::from(limit))
        .bind(to.0)
        .execute(&mut *db)
        .await?
        .rows_affected()))
    }

    /// Deletes audit entries older than `before`, at most `limit`; returns how many went.
    pub async fn delete_audit(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)",
        )
        .bind(before.0)
        .bind(i64::from(limit))
        .execute(&mut *db)
        .await?
        .rows_affected()))
    }
}
