//! Which companies have calls that are looked for among those of all of them.
//!
//! What must hold here: each company costs a look or two into an index, whatever calls it has.

use crate::domain::{CallId, CompanyId, Seq, Timestamp};
use crate::store::StoreError;
use crate::store::engine::{Conn, on, reads};
use crate::store::text::text;

reads! {
    /// The companies that have a call whose other side has this number, each with the newest one's moment, newest first.
    companies_with_caller(phone: &str) -> Vec<(CompanyId, Timestamp)>;
    /// The same of their own numbers.
    companies_with_number(phone: &str) -> Vec<(CompanyId, Timestamp)>;
    /// The calls that a provider calls by this id: at most `limit`.
    calls_called(call_id: &str, limit: u32) -> Vec<CallId>;
}

macro_rules! with {
    ($column:literal) => {
        concat!(
            "SELECT id, newest FROM (SELECT companies.id AS id, (SELECT calls.heard_at FROM calls \
             WHERE calls.company = companies.id \
             AND calls.build = (SELECT MIN(cursors.build) FROM cursors WHERE cursors.consumer = 'calls' AND cursors.id = companies.id) \
             AND calls.",
            $column,
            " = $1 ORDER BY calls.heard_at DESC, calls.seq DESC LIMIT 1) AS newest \
             FROM companies WHERE companies.state = 'active') AS found \
             WHERE newest IS NOT NULL ORDER BY newest DESC, id"
        )
    };
}

pub(in crate::store) const WITH_CALLER: &str = with!("their_number");
pub(in crate::store) const WITH_NUMBER: &str = with!("our_number");
pub(in crate::store) const CALLED: &str = "SELECT company, seq FROM calls WHERE call_id = $1 AND (company, build, source) IN (\
     SELECT sources.company, (SELECT MIN(cursors.build) FROM cursors WHERE cursors.consumer = 'calls' AND cursors.id = sources.company), \
     sources.id FROM sources WHERE sources.deleted_at IS NULL) ORDER BY heard_at DESC LIMIT $2";

async fn companies_with_caller(
    conn: Conn<'_>,
    phone: &str,
) -> Result<Vec<(CompanyId, Timestamp)>, StoreError> {
    with(conn, WITH_CALLER, phone).await
}

async fn companies_with_number(
    conn: Conn<'_>,
    phone: &str,
) -> Result<Vec<(CompanyId, Timestamp)>, StoreError> {
    with(conn, WITH_NUMBER, phone).await
}

async fn with(
    conn: Conn<'_>,
    sql: &'static str,
    phone: &str,
) -> Result<Vec<(CompanyId, Timestamp)>, StoreError> {
    let rows: Vec<(i64, i64)> =
        on!(conn, db => sqlx::query_as(sql).bind(text(phone)).fetch_all(&mut *db).await?);
    Ok(rows.into_iter().map(|(company, at)| (CompanyId(company), Timestamp(at))).collect())
}

async fn calls_called(conn: Conn<'_>, call_id: &str, limit: u32) -> Result<Vec<CallId>, StoreError> {
    let rows: Vec<(i64, i64)> = on!(conn, db => sqlx::query_as(CALLED)
        .bind(text(call_id))
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?);
    let id = |(company, seq)| CallId { company: CompanyId(company), seq: Seq(seq) };
    Ok(rows.into_iter().map(id).collect())
}
