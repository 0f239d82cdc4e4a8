//! `replays`: ranges of the journal that are sent again.

use super::engine::{BatchConn, Conn, Nothing, batch, from_row, on, reads};
use super::text::text;
use super::{ReplayProgress, StoreError, Tx};
use crate::domain::{CompanyId, Seq, Timestamp, WebhookId};

/// A job that sends a range of the journal to one webhook again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    pub id: i64,
    pub company: CompanyId,
    pub webhook: WebhookId,
    /// The first and the last event of the range.
    pub from: Seq,
    pub to: Seq,
    /// JSON, of a shape of the courier's: which events of the range.
    pub filter: String,
    /// The revision that decides, the newest at its start.
    pub revision: i32,
    /// Whether receivers are to take the events for new ones.
    pub as_new: bool,
    /// Requests a second at most.
    pub rate: Option<i32>,
    pub state: ReplayState,
    /// Everything up to and including this seq has been looked at.
    pub position: Seq,
    /// How many events it was to send, as counted at its start.
    pub total: Option<i64>,
    pub delivered: i64,
    pub failed: i64,
    pub skipped: i64,
    pub created_by: String,
    pub created_at: Timestamp,
    /// When it was cancelled, or the last request of a finished one was made.
    pub ended_at: Option<Timestamp>,
}

/// What a replay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ReplayState {
    Running,
    Paused,
    /// Came to the end of its range.
    Done,
    Cancelled,
}

impl ReplayState {
    pub const ALL: [ReplayState; 4] =
        [ReplayState::Running, ReplayState::Paused, ReplayState::Done, ReplayState::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            ReplayState::Running => "running",
            ReplayState::Paused => "paused",
            ReplayState::Done => "done",
            ReplayState::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it will do nothing more.
    pub fn has_ended(self) -> bool {
        matches!(self, ReplayState::Done | ReplayState::Cancelled)
    }
}

/// A replay to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewReplay<'a> {
    pub webhook: WebhookId,
    pub from: Seq,
    pub to: Seq,
    pub filter: &'a str,
    pub as_new: bool,
    pub rate: Option<i32>,
    pub total: Option<i64>,
    pub created_by: &'a str,
}

from_row!(Replay, row => {
    let state: String = row.try_get(9)?;
    let unknown = || sqlx::Error::Decode(format!("`{state}` is not a state").into());
    Ok(Replay {
        id: row.try_get(0)?,
        company: CompanyId(row.try_get(1)?),
        webhook: WebhookId(row.try_get(2)?),
        from: Seq(row.try_get(3)?),
        to: Seq(row.try_get(4)?),
        filter: row.try_get(5)?,
        revision: row.try_get(6)?,
        as_new: row.try_get(7)?,
        rate: row.try_get(8)?,
        state: ReplayState::parse(&state).ok_or_else(unknown)?,
        position: Seq(row.try_get(10)?),
        total: row.try_get(11)?,
        delivered: row.try_get(12)?,
        failed: row.try_get(13)?,
        skipped: row.try_get(14)?,
        created_by: row.try_get(15)?,
        created_at: Timestamp(row.try_get(16)?),
        ended_at: row.try_get::<Option<i64>, _>(17)?.map(Timestamp),
    })
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company, webhook, from_seq, to_seq, filter, revision, as_new, rate, state, position, total, \
             delivered, failed, skipped, created_by, created_at, ended_at FROM replays ",
            $rest
        )
    };
}

reads! {
    /// One replay.
    replay(id: i64) -> Option<Replay>;
    /// A webhook's replays before the id of the last one seen (`i64::MAX` begins), newest first.
    replays(webhook: WebhookId, before: i64, limit: u32) -> Vec<Replay>;
    /// A webhook's replays that have not ended, oldest first.
    open_replays(webhook: WebhookId) -> Vec<Replay>;
}

async fn replay(conn: Conn<'_>, id: i64) -> Result<Option<Replay>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(&mut *db).await?))
}

async fn replays(
    conn: Conn<'_>,
    webhook: WebhookId,
    before: i64,
    limit: u32,
) -> Result<Vec<Replay>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("WHERE webhook = $1 AND id < $2 ORDER BY id DESC LIMIT $3"))
        .bind(webhook.0)
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn open_replays(conn: Conn<'_>, webhook: WebhookId) -> Result<Vec<Replay>, StoreError> {
    let sql = select!("WHERE webhook = $1 AND state IN ('running', 'paused') ORDER BY id");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(webhook.0).fetch_all(&mut *db).await?))
}

impl Tx<'_> {
    /// Makes a running replay under the webhook's newest revision. Its range ends at the head at the latest.
    pub async fn create_replay(&mut self, new: &NewReplay<'_>, now: Timestamp) -> Result<Replay, StoreError> {
        let missing = || StoreError::Missing { what: "webhook", id: new.webhook.0 };
        let company = self.webhook(new.webhook).await?.ok_or_else(missing)?.company;
        let revision = self.newest_revision(new.webhook).await?.ok_or_else(missing)?.number;
        let head = self.lock_head(company).await?.seq;
        let from = new.from.max(Seq(1));
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO replays (company, webhook, from_seq, to_seq, filter, revision, as_new, rate, state, position, \
             total, delivered, failed, skipped, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10, 0, 0, 0, $11, $12) RETURNING id",
        )
        .bind(company.0)
        .bind(new.webhook.0)
        .bind(from.0)
        .bind(new.to.min(head).0)
        .bind(new.filter)
        .bind(revision)
        .bind(new.as_new)
        .bind(new.rate)
        .bind(from.0 - 1)
        .bind(new.total)
        .bind(text(new.created_by))
        .bind(now.0)
        .fetch_one(&mut *db)
        .await?);
        self.replay(id).await?.ok_or(StoreError::Missing { what: "replay", id })
    }

    /// Pauses, resumes or cancels a replay; one that has ended stays as it is. Returns how it stands now.
    pub async fn set_replay_state(
        &mut self,
        id: i64,
        state: ReplayState,
        now: Timestamp,
    ) -> Result<Replay, StoreError> {
        on!(self.conn(), db => sqlx::query(
            "UPDATE replays SET state = $2, ended_at = $3 WHERE id = $1 AND state IN ('running', 'paused')",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(state.has_ended().then_some(now.0))
        .execute(&mut *db)
        .await
        .map(drop))?;
        self.replay(id).await?.ok_or(StoreError::Missing { what: "replay", id })
    }
}

/// Moves a replay on. One that was cancelled in the meantime stays so; its counts go on, for those requests were
/// made. `at` is about now, if known.
pub(super) async fn note(
    conn: BatchConn<'_>,
    progress: &ReplayProgress,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "UPDATE replays SET position = v.column2, delivered = delivered + v.column3, failed = failed + v.column4, \
         skipped = skipped + v.column5, ended_at = COALESCE(ended_at, v.column7), \
         state = CASE WHEN v.column6 AND state = 'running' THEN 'done' ELSE state END \
         FROM ({rows}) AS v WHERE replays.id = v.column1",
        std::slice::from_ref(progress), progress => {
            progress.replay => i64, "bigint";
            progress.position.0 => i64, "bigint";
            i64::from(progress.delivered) => i64, "bigint";
            i64::from(progress.failed) => i64, "bigint";
            i64::from(progress.skipped) => i64, "bigint";
            progress.done => bool, "boolean";
            at.filter(|_| progress.done).map(|at| at.0) => Option<i64>, "bigint";
        }
    );
    Ok(())
}
