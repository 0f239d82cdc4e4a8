//! `held`: what couriers had to set aside.

use std::sync::Arc;

use super::engine::{BatchConn, Nothing, batch, from_row, on};
use super::{Store, StoreError};
use crate::domain::{AttemptOrigin, HeldReason, HeldState, Seq, Timestamp, WebhookId};

/// An event that one webhook's courier has set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    pub webhook: WebhookId,
    pub seq: Seq,
    pub state: HeldState,
    pub reason: HeldReason,
    pub lane: Option<Arc<str>>,
    /// Attempts so far that count against the schedule.
    pub attempts: i32,
    /// When it is due; without a meaning for `waiting` and `dead`.
    pub next_at: Timestamp,
    /// When it was set aside.
    pub since: Timestamp,
    /// What it is being sent for: an event that a person resends is held too, until it has arrived.
    pub origin: AttemptOrigin,
    /// The replay it belongs to, if one.
    pub replay: Option<i64>,
}

/// A change of the held set of one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldChange {
    /// Sets it aside, or replaces what was known of it.
    Put(HeldRow),
    Remove(Seq),
}

from_row!(HeldRow, row => {
    let word = |column: usize| row.try_get::<String, _>(column);
    let unknown = |text: &str| sqlx::Error::Decode(format!("`{text}` is not a word of this column").into());
    let (state, reason, origin) = (word(2)?, word(3)?, word(8)?);
    Ok(HeldRow {
        webhook: WebhookId(row.try_get(0)?),
        seq: Seq(row.try_get(1)?),
        state: HeldState::parse(&state).ok_or_else(|| unknown(&state))?,
        reason: HeldReason::parse(&reason).ok_or_else(|| unknown(&reason))?,
        lane: row.try_get::<Option<String>, _>(4)?.map(Arc::from),
        attempts: row.try_get(5)?,
        next_at: Timestamp(row.try_get(6)?),
        since: Timestamp(row.try_get(7)?),
        origin: AttemptOrigin::parse(&origin).ok_or_else(|| unknown(&origin))?,
        replay: row.try_get(9)?,
    })
});

impl Store {
    /// Held events of one state in the order they are due, after the place (`next_at`, seq) of the last one seen; at
    /// most `limit`. `(Timestamp(i64::MIN), Seq::ZERO)` begins at the first.
    pub async fn held(
        &self,
        webhook: WebhookId,
        state: HeldState,
        after: (Timestamp, Seq),
        limit: u32,
    ) -> Result<Vec<HeldRow>, StoreError> {
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT webhook, seq, state, reason, lane, attempts, next_at, since, origin, replay FROM held \
             WHERE webhook = $1 AND state = $2 AND (next_at, seq) > ($3, $4) ORDER BY next_at, seq LIMIT $5",
        )
        .bind(webhook.0)
        .bind(state.as_str())
        .bind(after.0.0)
        .bind(after.1.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
    }

    /// What is held, in any state, of the events from `from` to `to` (both included), in journal order.
    pub async fn held_between(
        &self,
        webhook: WebhookId,
        from: Seq,
        to: Seq,
        limit: u32,
    ) -> Result<Vec<HeldRow>, StoreError> {
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT webhook, seq, state, reason, lane, attempts, next_at, since, origin, replay FROM held \
             WHERE webhook = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT $4",
        )
        .bind(webhook.0)
        .bind(from.0)
        .bind(to.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
    }

    /// How many events a webhook holds in each state.
    pub async fn held_counts(&self, webhook: WebhookId) -> Result<Vec<(HeldState, i64)>, StoreError> {
        let rows: Vec<(String, i64)> = on!(self.read().await?.conn(), db =>
            sqlx::query_as("SELECT state, COUNT(*) FROM held WHERE webhook = $1 GROUP BY state")
                .bind(webhook.0)
                .fetch_all(&mut *db)
                .await?);
        rows.into_iter()
            .map(|(state, count)| {
                let state = HeldState::parse(&state);
                Ok((state.ok_or_else(|| StoreError::unreadable("held", "state", &"not a state"))?, count))
            })
            .collect()
    }
}

pub(super) async fn put(conn: BatchConn<'_>, rows: &[&HeldRow]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "INSERT INTO held (webhook, seq, state, reason, lane, attempts, next_at, since, origin, replay) {rows} \
         ON CONFLICT (webhook, seq) DO UPDATE SET state = excluded.state, reason = excluded.reason, \
         lane = excluded.lane, attempts = excluded.attempts, next_at = excluded.next_at, since = excluded.since, \
         origin = excluded.origin, replay = excluded.replay",
        rows, row => {
            row.webhook.0 => i64, "bigint";
            row.seq.0 => i64, "bigint";
            row.state.as_str() => &str, "text";
            row.reason.as_str() => &str, "text";
            row.lane.as_deref() => Option<&str>, "text";
            row.attempts => i32, "integer";
            row.next_at.0 => i64, "bigint";
            row.since.0 => i64, "bigint";
            row.origin.as_str() => &str, "text";
            row.replay => Option<i64>, "bigint";
        }
    );
    Ok(())
}

/// Removes those that are dead after all.
pub(super) async fn remove_dead(conn: BatchConn<'_>, rows: &[(WebhookId, Seq)]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "DELETE FROM held WHERE state = 'dead' AND (webhook, seq) IN ({rows})",
        rows, row => {
            row.0.0 => i64, "bigint";
            row.1.0 => i64, "bigint";
        }
    );
    Ok(())
}

pub(super) async fn remove(conn: BatchConn<'_>, rows: &[(WebhookId, Seq)]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "DELETE FROM held WHERE (webhook, seq) IN ({rows})",
        rows, row => {
            row.0.0 => i64, "bigint";
            row.1.0 => i64, "bigint";
        }
    );
    Ok(())
}
