//! `skips`: what a cursor passed without its being sent, by hand or because retention came first.

use super::engine::{Conn, from_row, on, reads};
use super::text::maybe;
use super::{StoreError, Tx};
use crate::domain::{CompanyId, HeldReason, Seq, Timestamp, WebhookId};

/// A range of the journal that one webhook will not get by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    pub id: i64,
    pub company: CompanyId,
    pub webhook: WebhookId,
    /// The first and the last event of the range.
    pub from: Seq,
    pub to: Seq,
    pub reason: SkipReason,
    /// Who did it, when somebody did.
    pub actor: Option<String>,
    pub at: Timestamp,
}

/// Why a range was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    ByHand,
    /// Retention's hard limit.
    Expired,
}

impl SkipReason {
    pub fn as_str(self) -> &'static str {
        match self {
            SkipReason::ByHand => "by_hand",
            SkipReason::Expired => "expired",
        }
    }
}

from_row!(Skip, row => Ok(Skip {
    id: row.try_get(0)?,
    company: CompanyId(row.try_get(1)?),
    webhook: WebhookId(row.try_get(2)?),
    from: Seq(row.try_get(3)?),
    to: Seq(row.try_get(4)?),
    reason: if row.try_get::<String, _>(5)? == "expired" { SkipReason::Expired } else { SkipReason::ByHand },
    actor: row.try_get(6)?,
    at: Timestamp(row.try_get(7)?),
}));

/// What one webhook lost to retention's hard limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    pub webhook: WebhookId,
    /// What its cursor had not reached.
    pub skip: Option<Skip>,
    /// How many events it held, now dead.
    pub held: u64,
}

reads! {
    /// A webhook's skipped ranges before the id of the last one seen (`i64::MAX` begins), newest first.
    skips(webhook: WebhookId, before: i64, limit: u32) -> Vec<Skip>;
    /// The skipped range that an event lies in.
    skip_at(webhook: WebhookId, seq: Seq) -> Option<Skip>;
}

async fn skips(conn: Conn<'_>, webhook: WebhookId, before: i64, limit: u32) -> Result<Vec<Skip>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT id, company, webhook, from_seq, to_seq, reason, actor, at FROM skips \
         WHERE webhook = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(webhook.0)
    .bind(before)
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await?))
}

async fn skip_at(conn: Conn<'_>, webhook: WebhookId, seq: Seq) -> Result<Option<Skip>, StoreError> {
    // Ranges do not overlap, a cursor only ever moves on: the last that begins before the event is the only candidate.
    let last: Option<Skip> = on!(conn, db => sqlx::query_as(
        "SELECT id, company, webhook, from_seq, to_seq, reason, actor, at FROM skips \
         WHERE webhook = $1 AND from_seq <= $2 ORDER BY from_seq DESC LIMIT 1",
    )
    .bind(webhook.0)
    .bind(seq.0)
    .fetch_optional(&mut *db)
    .await?);
    Ok(last.filter(|skip| skip.to >= seq))
}

impl Tx<'_> {
    /// Moves a webhook's cursor on to `to` (at most the head) and records what lies between; `None` when it is there
    /// already. The courier must be told, for it has its own place in the window.
    pub async fn skip_to(
        &mut self,
        webhook: WebhookId,
        to: Seq,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<Skip>, StoreError> {
        let row = self.webhook(webhook).await?;
        let company = row.ok_or(StoreError::Missing { what: "webhook", id: webhook.0 })?.company;
        let to = to.min(self.lock_head(company).await?.seq);
        self.pass_over(company, webhook, to, SkipReason::ByHand, Some(actor), now).await
    }

    /// Before events up to and including `to` are deleted although somebody still wants them: records what every
    /// webhook of the company loses. Held events become dead. Webhooks that lose nothing are not returned.
    pub async fn expire(
        &mut self,
        company: CompanyId,
        to: Seq,
        now: Timestamp,
    ) -> Result<Vec<Expired>, StoreError> {
        let webhooks: Vec<(i64,)> = on!(self.conn(), db =>
            sqlx::query_as("SELECT id FROM cursors WHERE company = $1 AND consumer = 'webhook' ORDER BY id")
                .bind(company.0)
                .fetch_all(&mut *db)
                .await?);
        let mut expired = Vec::new();
        for webhook in webhooks.into_iter().map(|(id,)| WebhookId(id)) {
            let skip = self.pass_over(company, webhook, to, SkipReason::Expired, None, now).await?;
            let held = on!(self.conn(), db => sqlx::query(
                "UPDATE held SET state = 'dead', reason = $3, next_at = $4 \
                 WHERE webhook = $1 AND seq <= $2 AND state <> 'dead'",
            )
            .bind(webhook.0)
            .bind(to.0)
            .bind(HeldReason::Expired.as_str())
            .bind(now.0)
            .execute(&mut *db)
            .await?
            .rows_affected());
            if skip.is_some() || held > 0 {
                expired.push(Expired { webhook, skip, held });
            }
        }
        Ok(expired)
    }

    async fn pass_over(
        &mut self,
        company: CompanyId,
        webhook: WebhookId,
        to: Seq,
        reason: SkipReason,
        actor: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Skip>, StoreError> {
        let cursor: Option<(i64,)> = on!(self.conn(), db =>
            sqlx::query_as("SELECT seq FROM settled WHERE webhook = $1")
                .bind(webhook.0)
                .fetch_optional(&mut *db)
                .await?);
        let Some((cursor,)) = cursor.filter(|(cursor,)| *cursor < to.0) else { return Ok(None) };
        Ok(Some(on!(self.conn(), db => {
            // Whatever a revision says about the range: nothing of it is to be looked at again.
            sqlx::query(
                "UPDATE cursors SET seq = $2, version = COALESCE(\
                 (SELECT MAX(number) FROM revisions WHERE revisions.webhook = $1), version) \
                 WHERE consumer = 'webhook' AND id = $1",
            )
            .bind(webhook.0)
            .bind(to.0)
            .execute(&mut *db)
            .await?;
            sqlx::query_as(
                "INSERT INTO skips (company, webhook, from_seq, to_seq, reason, actor, at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 RETURNING id, company, webhook, from_seq, to_seq, reason, actor, at",
            )
            .bind(company.0)
            .bind(webhook.0)
            .bind(cursor + 1)
            .bind(to.0)
            .bind(reason.as_str())
            .bind(maybe(actor))
            .bind(now.0)
            .fetch_one(&mut *db)
            .await?
        })))
    }
}
