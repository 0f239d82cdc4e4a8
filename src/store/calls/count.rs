//! How many calls there are, and how far the rows of calls have come.

use std::collections::BTreeMap;

use crate::domain::{CompanyId, Seq, SourceId, Timestamp};
use crate::store::StoreError;
use crate::store::engine::{Conn, on, reads};

/// The calls of a source at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallCounts {
    pub total: i64,
    /// Those that go on, by their [stage](crate::domain::call::Call::stage).
    pub open: BTreeMap<Option<String>, i64>,
}

reads! {
    /// How many calls a source has, and how many of them go on at `now`.
    count_calls(company: CompanyId, source: SourceId, now: Timestamp) -> CallCounts;
    /// Everything up to and including this is in a company's rows of calls; nothing before there are any.
    calls_up_to(company: CompanyId) -> Seq;
    /// The same for every company that has any.
    calls_up_to_of_all() -> Vec<(CompanyId, Seq)>;
}

/// One statement, so that both counts are of one moment. All calls are counted in an index that nothing but their ids is in; of
/// those that go on, of which there are few, the rows are read. (That they were heard of after 1970 is said for SQLite, which
/// would go through all rows otherwise; `the_calls_that_go_on_are_counted_without_the_others`.)
pub(in crate::store) const COUNT: &str = "WITH read AS (SELECT MIN(build) AS build FROM cursors WHERE consumer = 'calls' AND id = $1) \
     SELECT 0, NULL, COUNT(*) FROM calls WHERE company = $1 AND build = (SELECT build FROM read) AND source = $2 \
     UNION ALL \
     SELECT 1, stage, COUNT(*) FROM calls WHERE company = $1 AND build = (SELECT build FROM read) AND is_open = 1 \
     AND heard_at >= 0 AND source = $2 AND (due_at IS NULL OR due_at > $3) GROUP BY stage";

async fn count_calls(
    conn: Conn<'_>,
    company: CompanyId,
    source: SourceId,
    now: Timestamp,
) -> Result<CallCounts, StoreError> {
    let rows: Vec<(i32, Option<String>, i64)> = on!(conn, db => sqlx::query_as(COUNT)
    .bind(company.0)
    .bind(source.0)
    .bind(now.0)
    .fetch_all(&mut *db)
    .await?);
    let mut counts = CallCounts::default();
    for (is_open, stage, count) in rows {
        if is_open == 0 {
            counts.total = count;
        } else {
            counts.open.insert(stage, count);
        }
    }
    Ok(counts)
}

async fn calls_up_to(conn: Conn<'_>, company: CompanyId) -> Result<Seq, StoreError> {
    let found: Option<(i64,)> = on!(conn, db => sqlx::query_as(
        "SELECT seq FROM cursors WHERE consumer = 'calls' AND id = $1 ORDER BY build LIMIT 1",
    )
    .bind(company.0)
    .fetch_optional(&mut *db)
    .await?);
    Ok(found.map_or(Seq::ZERO, |(seq,)| Seq(seq)))
}

async fn calls_up_to_of_all(conn: Conn<'_>) -> Result<Vec<(CompanyId, Seq)>, StoreError> {
    let sql = "SELECT id, seq FROM cursors WHERE consumer = 'calls' ORDER BY id, build";
    let mut rows: Vec<(i64, i64)> = on!(conn, db => sqlx::query_as(sql).fetch_all(&mut *db).await?);
    // The first build of each is the one that is read.
    rows.dedup_by_key(|(company, _)| *company);
    Ok(rows.into_iter().map(|(company, seq)| (CompanyId(company), Seq(seq))).collect())
}
