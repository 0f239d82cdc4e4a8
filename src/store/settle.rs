//! What couriers report: cursors, attempts, held events and the progress of replays, of many webhooks in one go.

use std::collections::HashMap;

use super::engine::{Conn, Nothing, bulk, on};
use super::{AttemptRow, HeldChange, HeldRow, Store, StoreError, Tx, attempts, held};
use crate::domain::{CompanyId, Seq, WebhookId};

/// How far a courier has come: everything up to and including `seq` is settled as the revisions up to `revision` decide.
/// Of two cursors the one that knows more revisions is the later one, even where its `seq` is lower: it vouches for what
/// the other could not know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub revision: i32,
    pub seq: Seq,
}

/// The results of one webhook since its last settlement. All of it is committed together, so that a cursor passes an
/// event only with the rows that say what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub company: CompanyId,
    pub webhook: WebhookId,
    /// A cursor never moves back: an earlier one changes nothing.
    pub cursor: Option<Cursor>,
    pub attempts: Vec<AttemptRow>,
    pub held: Vec<HeldChange>,
    pub replays: Vec<ReplayProgress>,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayProgress {
    pub replay: i64,
    /// Everything up to and including this seq has been looked at.
    pub position: Seq,
    /// To be added to the counts.
    pub delivered: i32,
    pub failed: i32,
    pub skipped: i32,
    /// Whether the range is finished.
    pub done: bool,
}

impl Tx<'_> {
    /// Writes the results of many webhooks. Settlements of one webhook count in the order given. A webhook that has
    /// been deleted in the meantime loses its cursor silently; its attempts are kept until they are cleared away.
    pub async fn settle(&mut self, settlements: &[Settlement]) -> Result<(), StoreError> {
        let mut cursors: HashMap<WebhookId, Cursor> = HashMap::new();
        let mut changes: HashMap<(WebhookId, Seq), Option<&HeldRow>> = HashMap::new();
        for settlement in settlements {
            if let Some(cursor) = settlement.cursor {
                let latest = cursors.entry(settlement.webhook).or_insert(cursor);
                *latest = cursor.max(*latest);
            }
            for change in &settlement.held {
                match change {
                    HeldChange::Put(row) => changes.insert((settlement.webhook, row.seq), Some(row)),
                    HeldChange::Remove(seq) => changes.insert((settlement.webhook, *seq), None),
                };
            }
        }
        let attempts: Vec<&AttemptRow> = settlements.iter().flat_map(|one| &one.attempts).collect();
        attempts::insert(self.conn(), &attempts).await?;
        let put: Vec<&HeldRow> = changes.values().copied().flatten().collect();
        held::put(self.conn(), &put).await?;
        let removed: Vec<(WebhookId, Seq)> =
            changes.iter().filter(|(_, row)| row.is_none()).map(|(place, _)| *place).collect();
        held::remove(self.conn(), &removed).await?;
        let cursors: Vec<(WebhookId, Cursor)> = cursors.into_iter().collect();
        move_cursors(self.conn(), &cursors).await?;
        for settlement in settlements {
            let at = settlement.attempts.iter().map(|attempt| attempt.at).max();
            for progress in &settlement.replays {
                self.note_replay(progress, at).await?;
            }
        }
        Ok(())
    }

    /// Gives a webhook with one revision its cursor: everything up to and including `at` is none of its business.
    pub async fn put_cursor(
        &mut self,
        company: CompanyId,
        webhook: WebhookId,
        at: Seq,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO cursors (webhook, company, seq, revision) VALUES ($1, $2, $3, 1)",
        )
            .bind(webhook.0)
            .bind(company.0)
            .bind(at.0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }
}

async fn move_cursors(conn: Conn<'_>, cursors: &[(WebhookId, Cursor)]) -> Result<(), StoreError> {
    let _ = bulk!(conn, Nothing,
        "UPDATE cursors SET revision = v.column2, seq = v.column3 FROM ({rows}) AS v \
         WHERE cursors.webhook = v.column1 AND (cursors.revision, cursors.seq) < (v.column2, v.column3)",
        cursors, cursor => {
            cursor.0.0 => i64, "bigint";
            cursor.1.revision => i32, "integer";
            cursor.1.seq.0 => i64, "bigint";
        }
    );
    Ok(())
}

impl Store {
    /// Everything up to and including this seq is settled, by the revisions that hold there: also by one of which the
    /// courier had not heard when it wrote its cursor. `None` when there is no such webhook (any more).
    pub async fn cursor(&self, webhook: WebhookId) -> Result<Option<Seq>, StoreError> {
        let row: Option<(i64,)> = on!(self.read().await?.conn(), db =>
            sqlx::query_as("SELECT seq FROM settled WHERE webhook = $1")
                .bind(webhook.0)
                .fetch_optional(&mut *db)
                .await?);
        Ok(row.map(|(seq,)| Seq(seq)))
    }

    /// The same for each webhook of a company.
    pub async fn cursors(&self, company: CompanyId) -> Result<Vec<(WebhookId, Seq)>, StoreError> {
        let rows: Vec<(i64, i64)> = on!(self.read().await?.conn(), db =>
            sqlx::query_as("SELECT webhook, seq FROM settled WHERE company = $1 ORDER BY webhook")
                .bind(company.0)
                .fetch_all(&mut *db)
                .await?);
        Ok(rows.into_iter().map(|(webhook, seq)| (WebhookId(webhook), Seq(seq))).collect())
    }
}
