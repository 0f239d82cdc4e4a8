//! What became of many events at several webhooks: a few statements for a whole page of them.

use super::engine::{Conn, bulk, from_row, on, reads};
use super::skips::Skip;
use super::{AttemptRow, HeldRow, StoreError};
use crate::domain::{CompanyId, Revision, Seq, Timestamp, WebhookId, Wishes};

/// A stretch of the journal that one webhook is asked about, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub webhook: WebhookId,
    pub from: Seq,
    pub to: Seq,
}

/// A revision, and whose.
struct OfWebhook(WebhookId, Revision);

from_row!(OfWebhook, row => {
    let wishes: Wishes = serde_json::from_str(row.try_get(3)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let revision = wishes.saved(row.try_get(1)?, Seq(row.try_get(2)?), Timestamp(row.try_get(4)?));
    Ok(OfWebhook(WebhookId(row.try_get(0)?), revision))
});

reads! {
    /// What is held of these events at these webhooks, in any state.
    held_at(places: &[(WebhookId, Seq)]) -> Vec<HeldRow>;
    /// Events below this that a webhook holds, in any state, the newest first.
    newest_held(webhook: WebhookId, below: Seq, limit: u32) -> Vec<Seq>;
    /// Those attempts at them that were answered with 2xx.
    successes_at(places: &[(WebhookId, Seq)]) -> Vec<AttemptRow>;
    /// What these events are called; those that are gone are absent.
    names_at(places: &[(CompanyId, Seq)]) -> Vec<(CompanyId, Seq, Box<str>)>;
    /// The ranges that were moved over by hand and reach into these stretches.
    skipped_by_hand(stretches: &[Stretch]) -> Vec<Skip>;
    /// Every saved state of these webhooks.
    revisions_of(webhooks: &[WebhookId]) -> Vec<(WebhookId, Revision)>;
    /// How far each of these webhooks is settled.
    settled_of(webhooks: &[WebhookId]) -> Vec<(WebhookId, Seq)>;
}

async fn held_at(conn: Conn<'_>, places: &[(WebhookId, Seq)]) -> Result<Vec<HeldRow>, StoreError> {
    Ok(bulk!(conn, HeldRow,
        "SELECT webhook, seq, state, reason, lane, attempts, next_at, since, origin, replay \
         FROM ({rows}) AS v CROSS JOIN held WHERE webhook = v.column1 AND seq = v.column2",
        places, place => {
            place.0.0 => i64, "bigint";
            place.1.0 => i64, "bigint";
        }
    ))
}

async fn newest_held(
    conn: Conn<'_>,
    webhook: WebhookId,
    below: Seq,
    limit: u32,
) -> Result<Vec<Seq>, StoreError> {
    let rows: Vec<(i64,)> = on!(conn, db => sqlx::query_as(
        "SELECT seq FROM held WHERE webhook = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
    )
    .bind(webhook.0)
    .bind(below.0)
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await?);
    Ok(rows.into_iter().map(|(seq,)| Seq(seq)).collect())
}

async fn successes_at(conn: Conn<'_>, places: &[(WebhookId, Seq)]) -> Result<Vec<AttemptRow>, StoreError> {
    Ok(bulk!(conn, AttemptRow,
        "SELECT webhook, seq, at, origin, n, revision, status, error, charged, dns_us, connect_us, tls_us, \
         first_byte_us, total_us, answer FROM ({rows}) AS v CROSS JOIN attempts \
         WHERE webhook = v.column1 AND seq = v.column2 AND status BETWEEN 200 AND 299",
        places, place => {
            place.0.0 => i64, "bigint";
            place.1.0 => i64, "bigint";
        }
    ))
}

async fn names_at(
    conn: Conn<'_>,
    places: &[(CompanyId, Seq)],
) -> Result<Vec<(CompanyId, Seq, Box<str>)>, StoreError> {
    let rows = bulk!(conn, (i64, i64, String),
        "SELECT company, seq, name FROM ({rows}) AS v CROSS JOIN events WHERE company = v.column1 AND seq = v.column2",
        places, place => {
            place.0.0 => i64, "bigint";
            place.1.0 => i64, "bigint";
        }
    );
    Ok(rows.into_iter().map(|(company, seq, name)| (CompanyId(company), Seq(seq), name.into())).collect())
}

async fn skipped_by_hand(conn: Conn<'_>, stretches: &[Stretch]) -> Result<Vec<Skip>, StoreError> {
    Ok(bulk!(conn, Skip,
        "SELECT id, company, webhook, from_seq, to_seq, reason, actor, at FROM ({rows}) AS v CROSS JOIN skips \
         WHERE webhook = v.column1 AND from_seq <= v.column3 AND to_seq >= v.column2 AND reason = 'by_hand'",
        stretches, stretch => {
            stretch.webhook.0 => i64, "bigint";
            stretch.from.0 => i64, "bigint";
            stretch.to.0 => i64, "bigint";
        }
    ))
}

async fn revisions_of(
    conn: Conn<'_>,
    webhooks: &[WebhookId],
) -> Result<Vec<(WebhookId, Revision)>, StoreError> {
    let rows = bulk!(conn, OfWebhook,
        "SELECT webhook, number, from_seq, wishes, saved_at FROM ({rows}) AS v CROSS JOIN revisions WHERE webhook = v.column1",
        webhooks, webhook => { webhook.0 => i64, "bigint"; }
    );
    Ok(rows.into_iter().map(|OfWebhook(webhook, revision)| (webhook, revision)).collect())
}

async fn settled_of(conn: Conn<'_>, webhooks: &[WebhookId]) -> Result<Vec<(WebhookId, Seq)>, StoreError> {
    let rows = bulk!(conn, (i64, i64),
        "SELECT webhook, seq FROM ({rows}) AS v CROSS JOIN settled WHERE webhook = v.column1",
        webhooks, webhook => { webhook.0 => i64, "bigint"; }
    );
    Ok(rows.into_iter().map(|(webhook, seq)| (WebhookId(webhook), Seq(seq))).collect())
}
