//! `attempts`: one row per HTTP request and what came of it. Append only.

use std::borrow::Cow;

use bytes::Bytes;

use super::engine::{BatchConn, Nothing, batch, from_row, on};
use super::text::maybe;
use super::{Store, StoreError};
use crate::domain::{AttemptOrigin, Seq, Timestamp, WebhookId};

/// How long each part of a request took, in microseconds; a part that did not happen has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phases {
    pub dns_us: Option<u32>,
    pub connect_us: Option<u32>,
    pub tls_us: Option<u32>,
    pub first_byte_us: Option<u32>,
    pub total_us: Option<u32>,
}

/// One request to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    pub webhook: WebhookId,
    pub seq: Seq,
    pub origin: AttemptOrigin,
    /// 1, 2, 3, …
    pub n: i32,
    /// When the request was started.
    pub at: Timestamp,
    /// The revision that decided about it.
    pub revision: i32,
    pub phases: Phases,
    /// The answer's status; `None` when there was none.
    pub status: Option<u16>,
    /// What kept it from succeeding, as a word; of a success, what was remarkable about it.
    pub error: Option<Cow<'static, str>>,
    /// The answer's beginning, as much of it as is kept.
    pub answer: Option<Bytes>,
    /// Whether it counts against the event's schedule (probes do not).
    pub charged: bool,
}

/// Which attempts are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with 2xx.
    Delivered,
    Failed,
}

/// When attempts of a webhook last came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewestOutcomes {
    pub success: Option<Timestamp>,
    pub failure: Option<Timestamp>,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
}

from_row!(AttemptRow, row => {
    let micros = |column: usize| row.try_get::<Option<i32>, _>(column).map(|us| us.and_then(|us| us.try_into().ok()));
    let origin: String = row.try_get(3)?;
    let unknown = || sqlx::Error::Decode(format!("`{origin}` is not an origin").into());
    Ok(AttemptRow {
        webhook: WebhookId(row.try_get(0)?),
        seq: Seq(row.try_get(1)?),
        at: Timestamp(row.try_get(2)?),
        origin: AttemptOrigin::parse(&origin).ok_or_else(unknown)?,
        n: row.try_get(4)?,
        revision: row.try_get(5)?,
        status: row.try_get::<Option<i32>, _>(6)?.and_then(|status| status.try_into().ok()),
        error: row.try_get::<Option<String>, _>(7)?.map(Cow::Owned),
        charged: row.try_get(8)?,
        phases: Phases {
            dns_us: micros(9)?,
            connect_us: micros(10)?,
            tls_us: micros(11)?,
            first_byte_us: micros(12)?,
            total_us: micros(13)?,
        },
        answer: row.try_get::<Option<Vec<u8>>, _>(14)?.map(Bytes::from),
    })
});

/// Attempts of a webhook, the newest first.
macro_rules! newest_first {
    ($which:literal) => {
        concat!(
            "SELECT webhook, seq, at, origin, n, revision, status, error, charged, dns_us, connect_us, tls_us, \
             first_byte_us, total_us, answer FROM attempts WHERE webhook = $1 AND (at, seq) < ($2, $3) ",
            $which,
            " ORDER BY at DESC, seq DESC LIMIT $4"
        )
    };
}

impl Store {
    /// Every attempt for one event at one webhook, oldest first.
    pub async fn attempts_of_event(
        &self,
        webhook: WebhookId,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT webhook, seq, at, origin, n, revision, status, error, charged, dns_us, connect_us, tls_us, \
             first_byte_us, total_us, answer FROM attempts WHERE webhook = $1 AND seq = $2 ORDER BY at, n LIMIT $3",
        )
        .bind(webhook.0)
        .bind(seq.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
    }

    /// A webhook's attempts before the place (at, seq) of the last one seen, the newest first.
    /// `(Timestamp(i64::MAX), Seq(i64::MAX))` begins there.
    pub async fn attempts(
        &self,
        webhook: WebhookId,
        outcome: Option<Outcome>,
        before: (Timestamp, Seq),
        limit: u32,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        // The condition of the index of failures, word for word.
        let sql = match outcome {
            None => newest_first!(""),
            Some(Outcome::Delivered) => newest_first!("AND status BETWEEN 200 AND 299"),
            Some(Outcome::Failed) => newest_first!("AND (status IS NULL OR status < 200 OR status > 299)"),
        };
        Ok(on!(self.read().await?.conn(), db => sqlx::query_as(sql)
            .bind(webhook.0)
            .bind(before.0.0)
            .bind(before.1.0)
            .bind(i64::from(limit))
            .fetch_all(&mut *db)
            .await?))
    }

    /// How a webhook's attempts went lately. Looks past the failures since the last success, of which there is one every
    /// half minute at most while an endpoint is down.
    pub async fn newest_outcomes(&self, webhook: WebhookId) -> Result<NewestOutcomes, StoreError> {
        let (success, failure, failing_since): (Option<i64>, Option<i64>, Option<i64>) = on!(self.read().await?.conn(), db => sqlx::query_as(
                "WITH good AS (SELECT at FROM attempts WHERE webhook = $1 AND status BETWEEN 200 AND 299 \
                 ORDER BY at DESC, seq DESC LIMIT 1) SELECT (SELECT at FROM good), \
                 (SELECT MAX(at) FROM attempts WHERE webhook = $1 AND (status IS NULL OR status < 200 OR status > 299)), \
                 (SELECT MIN(at) FROM attempts WHERE webhook = $1 AND (status IS NULL OR status < 200 OR status > 299) \
                 AND at > COALESCE((SELECT at FROM good), 0))",
            )
            .bind(webhook.0)
            .fetch_one(&mut *db)
            .await?);
        Ok(NewestOutcomes {
            success: success.map(Timestamp),
            failure: failure.map(Timestamp),
            failing_since: failing_since.map(Timestamp),
        })
    }

    /// The events beyond a cursor that have an answer of 2xx: after a crash these count as settled.
    pub async fn successes_beyond(&self, webhook: WebhookId, cursor: Seq) -> Result<Vec<Seq>, StoreError> {
        let rows: Vec<(i64,)> = on!(self.read().await?.conn(), db => sqlx::query_as(
            "SELECT DISTINCT seq FROM attempts WHERE webhook = $1 AND seq > $2 \
             AND status BETWEEN 200 AND 299 ORDER BY seq",
        )
        .bind(webhook.0)
        .bind(cursor.0)
        .fetch_all(&mut *db)
        .await?);
        Ok(rows.into_iter().map(|(seq,)| Seq(seq)).collect())
    }
}

pub(super) async fn insert(conn: BatchConn<'_>, rows: &[&AttemptRow]) -> Result<(), StoreError> {
    // A request of more than half an hour does not exist; a column of four bytes holds one.
    let micros = |us: Option<u32>| us.map(|us| i32::try_from(us).unwrap_or(i32::MAX));
    let _ = batch!(conn, Nothing,
        "INSERT INTO attempts (webhook, seq, at, origin, n, revision, status, error, charged, dns_us, connect_us, \
         tls_us, first_byte_us, total_us, answer) {rows} ON CONFLICT DO NOTHING",
        rows, row => {
            row.webhook.0 => i64, "bigint";
            row.seq.0 => i64, "bigint";
            row.at.0 => i64, "bigint";
            row.origin.as_str() => &str, "text";
            row.n => i32, "integer";
            row.revision => i32, "integer";
            row.status.map(i32::from) => Option<i32>, "integer";
            maybe(row.error.as_deref()) => Option<Cow<'_, str>>, "text";
            row.charged => bool, "boolean";
            micros(row.phases.dns_us) => Option<i32>, "integer";
            micros(row.phases.connect_us) => Option<i32>, "integer";
            micros(row.phases.tls_us) => Option<i32>, "integer";
            micros(row.phases.first_byte_us) => Option<i32>, "integer";
            micros(row.phases.total_us) => Option<i32>, "integer";
            row.answer.as_deref() => Option<&[u8]>, "bytea";
        }
    );
    Ok(())
}
