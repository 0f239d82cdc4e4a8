//! `boards`: what people say of a company's board on the wall.

use std::time::Duration;

use super::engine::{Conn, from_row, on, reads};
use super::text::text;
use super::{StoreError, Tx};
use crate::domain::CompanyId;
use crate::domain::board::BoardSettings;

from_row!(BoardSettings, row => Ok(BoardSettings {
    commands: serde_json::from_str(&row.try_get::<String, _>(0)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))?,
    late_after: Duration::from_secs(u64::try_from(row.try_get::<i32, _>(1)?).unwrap_or(0)),
    version: row.try_get(2)?,
}));

reads! {
    /// What was said of a company's board, or what holds where nobody has said anything.
    board_settings(company: CompanyId) -> BoardSettings;
}

async fn board_settings(conn: Conn<'_>, company: CompanyId) -> Result<BoardSettings, StoreError> {
    let sql = "SELECT commands, late_after, version FROM boards WHERE company = $1";
    let found: Option<BoardSettings> =
        on!(conn, db => sqlx::query_as(sql).bind(company.0).fetch_optional(&mut *db).await?);
    Ok(found.unwrap_or_default())
}

impl Tx<'_> {
    /// Saves what was said; `Stale` unless its `version` is still the stored one. Returns the new version.
    pub async fn save_board_settings(
        &mut self,
        company: CompanyId,
        settings: &BoardSettings,
    ) -> Result<i64, StoreError> {
        let commands = serde_json::json!(settings.commands).to_string();
        let late_after = i32::try_from(settings.late_after.as_secs()).unwrap_or(i32::MAX);
        // The first to say anything makes the row, for whoever has seen none.
        let sql = "INSERT INTO boards (company, commands, late_after, version) SELECT $1, $2, $3, 1 WHERE $4 = 0 \
             ON CONFLICT DO NOTHING";
        let made = on!(self.conn(), db => sqlx::query(sql)
            .bind(company.0)
            .bind(text(&commands))
            .bind(late_after)
            .bind(settings.version)
            .execute(&mut *db)
            .await?
            .rows_affected());
        if made > 0 {
            return Ok(1);
        }
        let sql = "UPDATE boards SET commands = $2, late_after = $3, version = version + 1 \
             WHERE company = $1 AND version = $4 RETURNING version";
        let saved: Option<(i64,)> = on!(self.conn(), db => sqlx::query_as(sql)
            .bind(company.0)
            .bind(text(&commands))
            .bind(late_after)
            .bind(settings.version)
            .fetch_optional(&mut *db)
            .await?);
        saved.map(|(version,)| version).ok_or(StoreError::Stale { what: "board", id: company.0 })
    }
}
