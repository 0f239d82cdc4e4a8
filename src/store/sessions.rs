//! `sessions` and `gaps`: when a socket source was heard, and when not.

use super::engine::{Conn, Nothing, bulk, from_row, on, reads};
use super::text::{maybe, text};
use super::{StoreError, Tx};
use crate::domain::{CompanyId, SessionId, SourceId, Timestamp};

/// One connection of a socket source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub company: CompanyId,
    pub source: SourceId,
    /// The provider's socket id.
    pub socket_id: String,
    pub token_mask: String,
    pub started_at: Timestamp,
    /// When the other side was last heard, as of the last time that was written down.
    pub last_sign_at: Timestamp,
    /// `None` while it lasts, or after a kill until [`Tx::close_orphan_sessions`].
    pub ended_at: Option<Timestamp>,
    pub end_reason: Option<String>,
}

/// A stretch of time in which a source heard nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub id: i64,
    pub company: CompanyId,
    pub source: SourceId,
    pub started_at: Timestamp,
    /// `None` while it lasts.
    pub ended_at: Option<Timestamp>,
    /// A stable word: `ping_timeout`, `overload`, `stopped`, `shutdown`, `process_ended`, …
    pub reason: String,
    pub detail: Option<String>,
}

/// The reason of a gap whose beginning nobody was there to write down.
pub const PROCESS_ENDED: &str = "process_ended";
/// The reason of a gap in which events came that the database did not take in any form.
const REFUSED: &str = "refused_by_database";
/// The reason of a gap of which the database has forgotten events that it had written.
const LOST: &str = "lost_by_database";

from_row!(Session, row => {
    Ok(Session {
        id: SessionId(row.try_get(0)?),
        company: CompanyId(row.try_get(1)?),
        source: SourceId(row.try_get(2)?),
        socket_id: row.try_get(3)?,
        token_mask: row.try_get(4)?,
        started_at: Timestamp(row.try_get(5)?),
        last_sign_at: Timestamp(row.try_get(6)?),
        ended_at: row.try_get::<Option<i64>, _>(7)?.map(Timestamp),
        end_reason: row.try_get(8)?,
    })
});

from_row!(Gap, row => Ok(Gap {
    id: row.try_get(0)?,
    company: CompanyId(row.try_get(1)?),
    source: SourceId(row.try_get(2)?),
    started_at: Timestamp(row.try_get(3)?),
    ended_at: row.try_get::<Option<i64>, _>(4)?.map(Timestamp),
    reason: row.try_get(5)?,
    detail: row.try_get(6)?,
}));

reads! {
    /// A source's sessions before the last one seen (`SessionId(i64::MAX)` begins), newest first.
    sessions(source: SourceId, before: SessionId, limit: u32) -> Vec<Session>;
    /// A source's gaps before the id of the last one seen (`i64::MAX` begins), newest first.
    gaps(source: SourceId, before: i64, limit: u32) -> Vec<Gap>;
    /// Every gap that lasts, at most one of each source.
    open_gaps() -> Vec<Gap>;
    /// The gaps of events that the database refused which ended at this moment or later, newest first.
    refusals_since(at: Timestamp) -> Vec<Gap>;
    /// The same of events that it has lost.
    losses_since(at: Timestamp) -> Vec<Gap>;
}

async fn refusals_since(conn: Conn<'_>, at: Timestamp) -> Result<Vec<Gap>, StoreError> {
    gaps_since(conn, REFUSED, at).await
}

async fn losses_since(conn: Conn<'_>, at: Timestamp) -> Result<Vec<Gap>, StoreError> {
    gaps_since(conn, LOST, at).await
}

async fn gaps_since(conn: Conn<'_>, reason: &str, at: Timestamp) -> Result<Vec<Gap>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT id, company, source, started_at, ended_at, reason, detail FROM gaps \
         WHERE reason = $1 AND ended_at >= $2 ORDER BY id DESC LIMIT 1000",
    )
    .bind(reason)
    .bind(at.0)
    .fetch_all(&mut *db)
    .await?))
}

async fn open_gaps(conn: Conn<'_>) -> Result<Vec<Gap>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT id, company, source, started_at, ended_at, reason, detail FROM gaps \
         WHERE ended_at IS NULL ORDER BY source",
    )
    .fetch_all(&mut *db)
    .await?))
}

async fn sessions(
    conn: Conn<'_>,
    source: SourceId,
    before: SessionId,
    limit: u32,
) -> Result<Vec<Session>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT id, company, source, socket_id, token_mask, started_at, last_sign_at, ended_at, end_reason \
         FROM sessions WHERE source = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(source.0)
    .bind(before.0)
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await?))
}

async fn gaps(conn: Conn<'_>, source: SourceId, before: i64, limit: u32) -> Result<Vec<Gap>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(
        "SELECT id, company, source, started_at, ended_at, reason, detail FROM gaps \
         WHERE source = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(source.0)
    .bind(before)
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await?))
}

impl Tx<'_> {
    /// Writes a new session down, heard just now.
    pub async fn begin_session(
        &mut self,
        company: CompanyId,
        source: SourceId,
        socket_id: &str,
        token_mask: &str,
        now: Timestamp,
    ) -> Result<SessionId, StoreError> {
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO sessions (company, source, socket_id, token_mask, started_at, last_sign_at) \
             VALUES ($1, $2, $3, $4, $5, $5) RETURNING id",
        )
        .bind(company.0)
        .bind(source.0)
        .bind(text(socket_id))
        .bind(text(token_mask))
        .bind(now.0)
        .fetch_one(&mut *db)
        .await?);
        Ok(SessionId(id))
    }

    /// Writes down when sessions were last heard. An earlier time than the stored one, or an ended session, changes
    /// nothing.
    pub async fn note_signs(&mut self, signs: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let _ = bulk!(self.conn(), Nothing,
            "UPDATE sessions SET last_sign_at = v.column2 FROM ({rows}) AS v \
             WHERE sessions.id = v.column1 AND sessions.last_sign_at < v.column2 AND sessions.ended_at IS NULL",
            signs, sign => {
                sign.0.0 => i64, "bigint";
                sign.1.0 => i64, "bigint";
            }
        );
        Ok(())
    }

    /// Ends a session. One that has ended already stays as it is: false.
    pub async fn end_session(
        &mut self,
        id: SessionId,
        last_heard: Timestamp,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let ended = on!(self.conn(), db => sqlx::query(
            "UPDATE sessions SET ended_at = $2, last_sign_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL",
        )
        .bind(id.0)
        .bind(last_heard.0)
        .bind(text(reason))
        .execute(&mut *db)
        .await?
        .rows_affected());
        Ok(ended > 0)
    }

    /// Writes down that so many events which came between two moments of a session were refused. Close ones are one gap, whose
    /// detail begins with the number of all of them.
    pub async fn note_refused(
        &mut self,
        company: CompanyId,
        source: SourceId,
        (first, last): (Timestamp, Timestamp),
        events: usize,
        why: &str,
    ) -> Result<(), StoreError> {
        const CLOSE: i64 = 60_000_000;
        let close: Option<(i64, Option<String>)> = on!(self.conn(), db => sqlx::query_as(
            "SELECT id, detail FROM gaps WHERE source = $1 AND reason = $2 AND ended_at >= $3 AND ended_at <= $4 \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(source.0)
        .bind(REFUSED)
        .bind(first.0 - CLOSE)
        .bind(last.0)
        .fetch_optional(&mut *db)
        .await?);
        if let Some((id, detail)) = close {
            let detail = detail.unwrap_or_default();
            let (known, first_why) = detail.split_once(": ").unwrap_or(("", why));
            let events = events.saturating_add(known.parse().unwrap_or(0));
            on!(self.conn(), db => sqlx::query("UPDATE gaps SET ended_at = $2, detail = $3 WHERE id = $1")
                .bind(id)
                .bind(last.0)
                .bind(format!("{events}: {first_why}"))
                .execute(&mut *db)
                .await
                .map(drop))?;
            return Ok(());
        }
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO gaps (company, source, started_at, ended_at, reason, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(company.0)
        .bind(source.0)
        .bind(first.0)
        .bind(last.0)
        .bind(REFUSED)
        .bind(text(&format!("{events}: {why}")))
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Writes down that the database has lost this company's newest events. Whose they were is lost too: each of its sources has
    /// a gap from the last event that is left to now.
    pub async fn note_lost(
        &mut self,
        company: CompanyId,
        events: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO gaps (company, source, started_at, ended_at, reason, detail) \
             SELECT s.company, s.id, COALESCE((SELECT e.received_at FROM events e WHERE e.company = s.company \
             ORDER BY e.seq DESC LIMIT 1), s.created_at), $2, $3, $4 \
             FROM sources s WHERE s.company = $1 AND s.deleted_at IS NULL",
        )
        .bind(company.0)
        .bind(now.0)
        .bind(LOST)
        .bind(events.to_string())
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Opens a gap, and returns it. While one is open the source is in that one: its own beginning and reason stay.
    pub async fn open_gap(
        &mut self,
        company: CompanyId,
        source: SourceId,
        started_at: Timestamp,
        reason: &str,
        detail: Option<&str>,
    ) -> Result<Gap, StoreError> {
        let open: Option<Gap> = on!(self.conn(), db => sqlx::query_as(
            "SELECT id, company, source, started_at, ended_at, reason, detail FROM gaps \
             WHERE source = $1 AND ended_at IS NULL",
        )
        .bind(source.0)
        .fetch_optional(&mut *db)
        .await?);
        if let Some(open) = open {
            return Ok(open);
        }
        Ok(on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO gaps (company, source, started_at, reason, detail) VALUES ($1, $2, $3, $4, $5) \
             RETURNING id, company, source, started_at, ended_at, reason, detail",
        )
        .bind(company.0)
        .bind(source.0)
        .bind(started_at.0)
        .bind(text(reason))
        .bind(maybe(detail))
        .fetch_one(&mut *db)
        .await?))
    }

    /// Closes the source's open gap, if it is in one, and returns it.
    pub async fn close_gap(&mut self, source: SourceId, now: Timestamp) -> Result<Option<Gap>, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query_as(
            "UPDATE gaps SET ended_at = $2 WHERE source = $1 AND ended_at IS NULL \
             RETURNING id, company, source, started_at, ended_at, reason, detail",
        )
        .bind(source.0)
        .bind(now.0)
        .fetch_optional(&mut *db)
        .await?))
    }

    /// At a company's start: ends sessions that a killed process has left, at their last sign of life, and opens the
    /// gaps that began there. Returns those.
    pub async fn close_orphan_sessions(&mut self, company: CompanyId) -> Result<Vec<Gap>, StoreError> {
        let ended: Vec<(i64, i64)> = on!(self.conn(), db => sqlx::query_as(
            "UPDATE sessions SET ended_at = last_sign_at, end_reason = $2 \
             WHERE company = $1 AND ended_at IS NULL RETURNING source, last_sign_at",
        )
        .bind(company.0)
        .bind(PROCESS_ENDED)
        .fetch_all(&mut *db)
        .await?);
        let mut gaps: Vec<Gap> = Vec::new();
        for (source, last_sign_at) in ended {
            let started_at = Timestamp(last_sign_at);
            gaps.push(self.open_gap(company, SourceId(source), started_at, PROCESS_ENDED, None).await?);
        }
        gaps.sort_by_key(|gap| gap.id);
        gaps.dedup_by_key(|gap| gap.id);
        Ok(gaps)
    }

    /// Forgets up to `limit` sessions, and as many gaps, that ended before `before`. A session stays for as long as its
    /// company's journal reaches back to it, for events name their session. Returns how many went.
    pub async fn forget_sessions(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for sql in [
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at < $1 AND ended_at < COALESCE((\
             SELECT received_at FROM events WHERE events.company = sessions.company ORDER BY seq LIMIT 1), $1) \
             ORDER BY ended_at LIMIT $2)",
            "DELETE FROM gaps WHERE id IN (SELECT id FROM gaps WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)",
        ] {
            forgotten += on!(self.conn(), db => sqlx::query(sql)
                .bind(before.0)
                .bind(i64::from(limit))
                .execute(&mut *db)
                .await?
                .rows_affected());
        }
        Ok(forgotten)
    }
}
