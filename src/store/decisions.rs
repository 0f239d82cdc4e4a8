//! `decisions`: where calls go whose provider asked for that, and what came of telling it.
//!
//! What must hold: of a call of a source there is one decision. Whoever changes one reads it in the same transaction.

use super::engine::{Conn, from_row, on, reads};
use super::text::{maybe, text};
use super::{StoreError, Tx};
use crate::domain::decision::{Caller, Decision, DecisionState, OfCall, Report};
use crate::domain::{CompanyId, Key, Seq, SourceId, Timestamp};

from_row!(Decision, row => {
    fn word<T>(found: Option<T>) -> sqlx::Result<T> {
        found.ok_or_else(|| sqlx::Error::Decode("a word of another version".into()))
    }
    let reports: Vec<Report> = serde_json::from_str(&row.try_get::<String, _>(10)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Decision {
        of: OfCall {
            company: CompanyId(row.try_get(0)?),
            source: SourceId(row.try_get(1)?),
            call: Key::from(row.try_get::<String, _>(2)?.as_str()),
        },
        provider: row.try_get::<String, _>(3)?.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?,
        asked: Seq(row.try_get(4)?),
        asked_at: Timestamp(row.try_get(5)?),
        decided_at: Timestamp(row.try_get(6)?),
        phone: row.try_get(7)?,
        caller: word(Caller::parse(&row.try_get::<String, _>(8)?))?,
        destination: row.try_get(9)?,
        reports,
        state: word(DecisionState::parse(&row.try_get::<String, _>(11)?))?,
        told: usize::try_from(row.try_get::<i32, _>(12)?).unwrap_or(0),
    })
});

macro_rules! columns {
    () => {
        "company, source, call_id, provider, seq, asked_at, decided_at, phone, caller, destination, reports, state, told"
    };
}

reads! {
    /// The decision of a call.
    decision(of: &OfCall) -> Option<Decision>;
    /// Those of which the provider or the journal is to be told: of each company up to `of_each` of its oldest, companies in turn.
    open_decisions(of_each: u32, limit: u32) -> Vec<Decision>;
}

async fn decision(conn: Conn<'_>, of: &OfCall) -> Result<Option<Decision>, StoreError> {
    let sql =
        concat!("SELECT ", columns!(), " FROM decisions WHERE company = $1 AND source = $2 AND call_id = $3");
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(of.company.0)
        .bind(of.source.0)
        .bind(&*of.call)
        .fetch_optional(&mut *db)
        .await?))
}

async fn open_decisions(conn: Conn<'_>, of_each: u32, limit: u32) -> Result<Vec<Decision>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM (SELECT ",
        columns!(),
        ", ROW_NUMBER() OVER (PARTITION BY company ORDER BY asked_at, seq) AS place FROM decisions \
         WHERE is_open = 1) AS open WHERE place <= $1 ORDER BY place, asked_at LIMIT $2"
    );
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(i64::from(of_each))
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

fn json(reports: &[Report]) -> String {
    serde_json::json!(reports).to_string()
}

fn count(told: usize) -> i32 {
    i32::try_from(told).unwrap_or(i32::MAX)
}

impl Tx<'_> {
    /// Writes a decision down, unless there is one of the call already; whether it did.
    pub async fn put_decision(&mut self, decision: &Decision) -> Result<bool, StoreError> {
        let put = on!(self.conn(), db => sqlx::query(concat!(
            "INSERT INTO decisions (", columns!(), ", is_open) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
        ))
            .bind(decision.of.company.0)
            .bind(decision.of.source.0)
            .bind(&*decision.of.call)
            .bind(decision.provider.as_str())
            .bind(decision.asked.0)
            .bind(decision.asked_at.0)
            .bind(decision.decided_at.0)
            .bind(maybe(decision.phone.as_deref()))
            .bind(decision.caller.as_str())
            .bind(text(&decision.destination))
            .bind(json(&decision.reports))
            .bind(decision.state.as_str())
            .bind(count(decision.told))
            .bind(i32::from(decision.is_open()))
            .execute(&mut *db)
            .await?
            .rows_affected());
        Ok(put > 0)
    }

    /// Saves how far a decision is.
    pub async fn save_decision(&mut self, decision: &Decision) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "UPDATE decisions SET state = $4, reports = $5, told = $6, is_open = $7, destination = $8 \
             WHERE company = $1 AND source = $2 AND call_id = $3",
        )
            .bind(decision.of.company.0)
            .bind(decision.of.source.0)
            .bind(&*decision.of.call)
            .bind(decision.state.as_str())
            .bind(json(&decision.reports))
            .bind(count(decision.told))
            .bind(i32::from(decision.is_open()))
            .bind(text(&decision.destination))
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes up to `limit` decisions whose event is gone, the oldest one that there is being `oldest`; those stay of which
    /// somebody is still to be told. Returns how many went.
    pub async fn forget_decisions(
        &mut self,
        company: CompanyId,
        oldest: Seq,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM decisions WHERE company = $1 AND (source, call_id) IN (SELECT source, call_id FROM decisions \
             WHERE company = $1 AND seq < $2 AND is_open = 0 ORDER BY seq LIMIT $3)",
        )
            .bind(company.0)
            .bind(oldest.0)
            .bind(i64::from(limit))
            .execute(&mut *db)
            .await?
            .rows_affected()))
    }
}
