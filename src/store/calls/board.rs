//! What a board on the wall asks every other second: calls that go on, and what became of those of a day. Each is a range of an
//! index, however many calls a company has had (`what_a_board_asks_is_a_range_of_an_index`).

use super::{StoredCall, row};
use crate::domain::call::Outcome;
use crate::domain::{CompanyId, Provider, Timestamp};
use crate::store::StoreError;
use crate::store::engine::{Conn, from_row, on, reads};

/// The calls of which somebody answered, and how long these took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallLengths {
    /// Calls that came in and were answered, and how long they waited together: microseconds.
    pub waited: i64,
    pub waits: i64,
    /// Calls of which it is known how long two people talked, and how long that was together: microseconds.
    pub talked: i64,
    pub talks: i64,
}

from_row!(CallLengths, row => Ok(CallLengths {
    waited: row.try_get(0)?,
    waits: row.try_get(1)?,
    talked: row.try_get(2)?,
    talks: row.try_get(3)?,
}));

reads! {
    /// Calls that go on at `now` of those first heard of at `since` or later: at most `limit`, the newest first.
    open_calls(company: CompanyId, since: Timestamp, now: Timestamp, limit: u32) -> Vec<StoredCall>;
    /// Calls first heard of at `since` or later that are over at `now`, by what became of them.
    count_outcomes(company: CompanyId, since: Timestamp, now: Timestamp) -> Vec<(Option<Outcome>, i64)>;
    /// How long the calls took that were first heard of at `since` or later and are over, answered.
    call_lengths(company: CompanyId, since: Timestamp) -> CallLengths;
    /// A provider's calls first heard of at `since` or later.
    count_calls_since(company: CompanyId, provider: Provider, since: Timestamp) -> i64;
    /// Queues of calls first heard of at `since` or later, by name, at most `limit`.
    queues_since(company: CompanyId, since: Timestamp, limit: u32) -> Vec<String>;
}

/// The build that is read.
macro_rules! read {
    () => {
        "build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1)"
    };
}

const OPEN: &str = row::select!(
    " FROM calls WHERE company = $1 AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1) \
     AND is_open = 1 AND heard_at >= $2 AND (due_at IS NULL OR due_at > $3) ORDER BY heard_at DESC, seq DESC LIMIT $4"
);

/// Ends that were told, each a range of its own; then those that are over because nothing more was heard of them.
const OUTCOMES: &str = concat!(
    "SELECT column1, (SELECT COUNT(*) FROM calls WHERE company = $1 AND ",
    read!(),
    " AND outcome = column1 AND heard_at >= $2) FROM (VALUES ('answered'), ('abandoned'), ('missed'), ('not_answered'), ('machine'), \
     ('failed'), ('rejected')) AS words \
     UNION ALL SELECT due_outcome, COUNT(*) FROM calls WHERE company = $1 AND ",
    read!(),
    " AND is_open = 1 AND heard_at >= $2 AND due_at <= $3 GROUP BY due_outcome"
);

/// By the provider's clock, which is one within a call. What it tells the wrong way round has no length.
const LENGTHS: &str = concat!(
    "SELECT CAST(COALESCE(SUM(CASE WHEN is_wait THEN answered_at - new_at END), 0) AS BIGINT), \
     CAST(COALESCE(SUM(CASE WHEN is_wait THEN 1 END), 0) AS BIGINT), \
     CAST(COALESCE(SUM(CASE WHEN is_talk THEN ended_at - answered_at END), 0) AS BIGINT), \
     CAST(COALESCE(SUM(CASE WHEN is_talk THEN 1 END), 0) AS BIGINT) \
     FROM (SELECT new_at, answered_at, ended_at, direction = 'inbound' AND answered_at >= new_at AS is_wait, \
     ended_at >= answered_at AS is_talk FROM calls WHERE company = $1 AND ",
    read!(),
    " AND outcome = 'answered' AND heard_at >= $2) AS answered"
);

const SINCE: &str = concat!(
    "SELECT COUNT(*) FROM calls WHERE company = $1 AND ",
    read!(),
    " AND provider = $2 AND heard_at >= $3"
);

/// From one queue to the next, without the calls between them.
const QUEUES: &str = concat!(
    "WITH RECURSIVE queues (name) AS (SELECT MIN(queue) FROM calls WHERE company = $1 AND ",
    read!(),
    " AND queue IS NOT NULL UNION ALL SELECT (SELECT MIN(queue) FROM calls WHERE company = $1 AND ",
    read!(),
    " AND queue > name) FROM queues WHERE name IS NOT NULL) \
     SELECT name FROM queues WHERE name IS NOT NULL AND EXISTS (SELECT 1 FROM calls WHERE company = $1 AND ",
    read!(),
    " AND queue = name AND heard_at >= $2) LIMIT $3"
);

/// Each statement with the indexes that it has to use, for the test of plans.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: [(&str, &[&str]); 5] = [
    (OPEN, &["calls_open"]),
    (OUTCOMES, &["calls_outcome", "calls_open"]),
    (LENGTHS, &["calls_outcome"]),
    (SINCE, &["calls_heard"]),
    (QUEUES, &["calls_queue"]),
];

async fn open_calls(
    conn: Conn<'_>,
    company: CompanyId,
    since: Timestamp,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<StoredCall>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(OPEN)
        .bind(company.0)
        .bind(since.0)
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn count_outcomes(
    conn: Conn<'_>,
    company: CompanyId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(Option<Outcome>, i64)>, StoreError> {
    let rows: Vec<(Option<String>, i64)> = on!(conn, db => sqlx::query_as(OUTCOMES)
        .bind(company.0)
        .bind(since.0)
        .bind(now.0)
        .fetch_all(&mut *db)
        .await?);
    Ok(rows.into_iter().map(|(word, count)| (word.as_deref().and_then(Outcome::parse), count)).collect())
}

async fn call_lengths(
    conn: Conn<'_>,
    company: CompanyId,
    since: Timestamp,
) -> Result<CallLengths, StoreError> {
    Ok(on!(conn, db =>
        sqlx::query_as(LENGTHS).bind(company.0).bind(since.0).fetch_one(&mut *db).await?))
}

async fn count_calls_since(
    conn: Conn<'_>,
    company: CompanyId,
    provider: Provider,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let (count,): (i64,) = on!(conn, db => sqlx::query_as(SINCE)
        .bind(company.0)
        .bind(provider.as_str())
        .bind(since.0)
        .fetch_one(&mut *db)
        .await?);
    Ok(count)
}

async fn queues_since(
    conn: Conn<'_>,
    company: CompanyId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = on!(conn, db => sqlx::query_as(QUEUES)
        .bind(company.0)
        .bind(since.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?);
    Ok(rows.into_iter().map(|(name,)| name).collect())
}
