//! `cursors`: how far everybody has come who follows a journal.
//!
//! What must hold: a cursor passes an event only in the transaction that holds what was made of it; it never moves back.
//!
//! A webhook has one cursor, which counts by its revisions ([`Cursor`]). Any other consumer has one for each company and for
//! each [`Build`] of its rows: a build is made from the first event on, beside the one that is read, and is read itself when
//! it has caught up.

use super::engine::{BatchConn, Conn, Nothing, batch, from_row, on, reads};
use super::{BatchTx, Store, StoreError, Tx, heads};
use crate::domain::{CompanyId, Seq, WebhookId};

/// How far a courier has come: everything up to and including `seq` is settled as the revisions up to `revision` decide.
/// Of two cursors the one that knows more revisions is the later one, even where its `seq` is lower: it vouches for what
/// the other could not know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub revision: i32,
    pub seq: Seq,
}

/// What one consumer has made of one company's journal, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    pub company: CompanyId,
    /// 0, 1, 2, …: of several, the first is the one that is read.
    pub number: i32,
    /// Of the consumer, which says how rows are made.
    pub version: i32,
    /// Everything up to and including this is in its rows.
    pub seq: Seq,
}

from_row!(Build, row => Ok(Build {
    company: CompanyId(row.try_get(0)?),
    number: row.try_get(1)?,
    version: row.try_get(2)?,
    seq: Seq(row.try_get(3)?),
}));

reads! {
    /// Every build of a consumer, by company and number.
    builds(consumer: &str) -> Vec<Build>;
    /// The number of the build of a company's rows that is read; `None` before there is one.
    build_read(consumer: &str, company: CompanyId) -> Option<i32>;
    /// How far each consumer of a company has come that is no webhook, the least of its builds.
    consumed(company: CompanyId) -> Vec<(String, Seq)>;
}

async fn builds(conn: Conn<'_>, consumer: &str) -> Result<Vec<Build>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT company, build, version, seq FROM cursors WHERE consumer = $1 ORDER BY company, build",
    )
    .bind(consumer)
    .fetch_all(&mut *db)
    .await?))
}

pub(super) async fn build_read(
    conn: Conn<'_>,
    consumer: &str,
    company: CompanyId,
) -> Result<Option<i32>, StoreError> {
    let (number,): (Option<i32>,) = on!(conn, db => sqlx::query_as("SELECT MIN(build) FROM cursors WHERE consumer = $1 AND id = $2")
            .bind(consumer)
            .bind(company.0)
            .fetch_one(&mut *db)
            .await?);
    Ok(number)
}

pub(super) async fn consumed(conn: Conn<'_>, company: CompanyId) -> Result<Vec<(String, Seq)>, StoreError> {
    let rows: Vec<(String, i64)> = on!(conn, db => sqlx::query_as(
        "SELECT consumer, MIN(seq) FROM cursors WHERE company = $1 AND consumer <> 'webhook' GROUP BY consumer",
    )
    .bind(company.0)
    .fetch_all(&mut *db)
    .await?);
    Ok(rows.into_iter().map(|(consumer, seq)| (consumer, Seq(seq))).collect())
}

impl Tx<'_> {
    /// Gives a webhook with one revision its cursor: everything up to and including `at` is none of its business.
    pub async fn put_cursor(
        &mut self,
        company: CompanyId,
        webhook: WebhookId,
        at: Seq,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO cursors (consumer, id, build, company, version, seq) VALUES ('webhook', $1, 0, $2, 1, $3)",
        )
            .bind(webhook.0)
            .bind(company.0)
            .bind(at.0)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// As [`BatchTx::move_build`].
    pub async fn move_build(&mut self, consumer: &str, from: &Build, to: Seq) -> Result<bool, StoreError> {
        if move_build(self.conn().into(), consumer, from, to).await? {
            return Ok(true);
        }
        if from.seq == Seq::ZERO && self.put_build(consumer, &Build { seq: to, ..*from }).await? {
            return Ok(true);
        }
        is_stale(self.conn().into(), from.company).await
    }

    /// Writes the cursor of a build of which there is none, if its company is there; whether it did.
    pub async fn put_build(&mut self, consumer: &str, build: &Build) -> Result<bool, StoreError> {
        put_build(self.conn().into(), consumer, build).await
    }

    /// Begins the next build of each company whose newest is of another version; and with `all` of those too that have only
    /// one. Returns how many were begun.
    pub async fn begin_builds(&mut self, consumer: &str, version: i32, all: bool) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "INSERT INTO cursors (consumer, id, build, company, version, seq) \
             SELECT consumer, id, build + 1, company, $2, 0 FROM cursors AS newest WHERE consumer = $1 \
             AND NOT EXISTS (SELECT 1 FROM cursors AS newer WHERE newer.consumer = newest.consumer \
             AND newer.id = newest.id AND newer.build > newest.build) \
             AND (version <> $2 OR ($3 = 1 AND NOT EXISTS (SELECT 1 FROM cursors AS older \
             WHERE older.consumer = newest.consumer AND older.id = newest.id AND older.build < newest.build)))",
        )
            .bind(consumer)
            .bind(version)
            .bind(i32::from(all))
            .execute(&mut *db)
            .await?
            .rows_affected()))
    }

    /// From now on the build of this number is read: the cursors of those before it go.
    pub async fn end_builds_before(
        &mut self,
        consumer: &str,
        company: CompanyId,
        number: i32,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query("DELETE FROM cursors WHERE consumer = $1 AND id = $2 AND build < $3")
            .bind(consumer)
            .bind(company.0)
            .bind(number)
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }
}

impl BatchTx<'_> {
    /// Moves the cursor of a build from where it is to `to`; at the first event there need be none. False when its company is no
    /// more. `Stale` when it is elsewhere: what is to be written with it was made of another stretch.
    pub async fn move_build(&mut self, consumer: &str, from: &Build, to: Seq) -> Result<bool, StoreError> {
        if move_build(self.conn(), consumer, from, to).await? {
            return Ok(true);
        }
        if from.seq == Seq::ZERO && put_build(self.conn(), consumer, &Build { seq: to, ..*from }).await? {
            return Ok(true);
        }
        is_stale(self.conn(), from.company).await
    }
}

async fn move_build(conn: BatchConn<'_>, consumer: &str, from: &Build, to: Seq) -> Result<bool, StoreError> {
    let moved = batch!(conn, (i64,),
        "UPDATE cursors SET seq = v.column5 FROM ({rows}) AS v WHERE cursors.consumer = v.column1 \
         AND cursors.id = v.column2 AND cursors.build = v.column3 AND cursors.seq = v.column4 RETURNING cursors.id",
        &[from][..], from => {
            consumer => &str, "text";
            from.company.0 => i64, "bigint";
            from.number => i32, "integer";
            from.seq.0 => i64, "bigint";
            to.0 => i64, "bigint";
        }
    );
    Ok(!moved.is_empty())
}

/// Why a cursor did not move: its company is no more, which is no error, or it is elsewhere.
async fn is_stale(conn: BatchConn<'_>, company: CompanyId) -> Result<bool, StoreError> {
    if heads::holds(conn, company).await? {
        return Err(StoreError::Stale { what: "cursor", id: company.0 });
    }
    Ok(false)
}

async fn put_build(conn: BatchConn<'_>, consumer: &str, build: &Build) -> Result<bool, StoreError> {
    let put = batch!(conn, (i64,),
        "INSERT INTO cursors (consumer, id, build, company, version, seq) \
         SELECT v.column1, heads.company, v.column3, heads.company, v.column4, v.column5 \
         FROM heads JOIN ({rows}) AS v ON heads.company = v.column2 WHERE true ON CONFLICT DO NOTHING RETURNING id",
        &[build][..], build => {
            consumer => &str, "text";
            build.company.0 => i64, "bigint";
            build.number => i32, "integer";
            build.version => i32, "integer";
            build.seq.0 => i64, "bigint";
        }
    );
    Ok(!put.is_empty())
}

/// Moves the cursors of webhooks on, each that is still there.
pub(super) async fn move_on(conn: BatchConn<'_>, cursors: &[(WebhookId, Cursor)]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "UPDATE cursors SET version = v.column2, seq = v.column3 FROM ({rows}) AS v \
         WHERE cursors.consumer = 'webhook' AND cursors.id = v.column1 AND cursors.build = 0 \
         AND (cursors.version, cursors.seq) < (v.column2, v.column3)",
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
