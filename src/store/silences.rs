//! `silence_alarms`: when the silence of a company is told.

use std::time::Duration;

use super::engine::{Conn, from_row, on, reads};
use super::text::text;
use super::{StoreError, Tx};
use crate::domain::CompanyId;
use crate::domain::silence::SilenceAlarm;

struct Row(CompanyId, SilenceAlarm);

from_row!(Row, row => {
    let parsed = |error: serde_json::Error| sqlx::Error::Decode(error.into());
    let minutes = u64::try_from(row.try_get::<i32, _>(2)?).unwrap_or(0);
    Ok(Row(CompanyId(row.try_get(0)?), SilenceAlarm {
        enabled: row.try_get::<i32, _>(1)? != 0,
        after: Duration::from_mins(minutes),
        types: serde_json::from_str(&row.try_get::<String, _>(3)?).map_err(parsed)?,
        hours: serde_json::from_str(&row.try_get::<String, _>(4)?).map_err(parsed)?,
        version: row.try_get(5)?,
    }))
});

reads! {
    /// Those that are on.
    silence_alarms() -> Vec<(CompanyId, SilenceAlarm)>;
    /// A company's, or what a form begins with.
    silence_alarm(company: CompanyId) -> SilenceAlarm;
}

async fn silence_alarms(conn: Conn<'_>) -> Result<Vec<(CompanyId, SilenceAlarm)>, StoreError> {
    let sql = "SELECT company, enabled, minutes, types, hours, version FROM silence_alarms WHERE enabled = 1 \
               ORDER BY company";
    let rows: Vec<Row> = on!(conn, db => sqlx::query_as(sql).fetch_all(&mut *db).await?);
    Ok(rows.into_iter().map(|Row(company, alarm)| (company, alarm)).collect())
}

async fn silence_alarm(conn: Conn<'_>, company: CompanyId) -> Result<SilenceAlarm, StoreError> {
    let sql =
        "SELECT company, enabled, minutes, types, hours, version FROM silence_alarms WHERE company = $1";
    let row: Option<Row> =
        on!(conn, db => sqlx::query_as(sql).bind(company.0).fetch_optional(&mut *db).await?);
    Ok(row.map(|Row(_, alarm)| alarm).unwrap_or_default())
}

impl Tx<'_> {
    /// Saves a company's; `Stale` unless its `version` is still the stored one.
    pub async fn save_silence_alarm(
        &mut self,
        company: CompanyId,
        alarm: &SilenceAlarm,
    ) -> Result<(), StoreError> {
        let json = |value: serde_json::Value| value.to_string();
        let (types, hours) = (json(serde_json::json!(alarm.types)), json(serde_json::json!(alarm.hours)));
        let minutes = i32::try_from(alarm.after.as_secs() / 60).unwrap_or(i32::MAX);
        // The first to say anything makes the row, for whoever has seen none.
        let sql = "INSERT INTO silence_alarms (company, enabled, minutes, types, hours, version) \
                   SELECT $1, $2, $3, $4, $5, 1 WHERE $6 = 0 ON CONFLICT DO NOTHING";
        let update = "UPDATE silence_alarms SET enabled = $2, minutes = $3, types = $4, hours = $5, \
                      version = version + 1 WHERE company = $1 AND version = $6";
        for sql in [sql, update] {
            let saved = on!(self.conn(), db => sqlx::query(sql)
                .bind(company.0)
                .bind(i32::from(alarm.enabled))
                .bind(minutes)
                .bind(text(&types))
                .bind(text(&hours))
                .bind(alarm.version)
                .execute(&mut *db)
                .await?
                .rows_affected());
            if saved > 0 {
                return Ok(());
            }
        }
        Err(StoreError::Stale { what: "silence alarm", id: company.0 })
    }
}
