//! `actions`: what people have a provider do with a call.
//!
//! What must hold: of a call one person has what is for one person only. Whoever changes an action reads it in the same transaction.

use super::engine::{Conn, from_row, on, reads};
use super::text::text;
use super::{StoreError, Tx};
use crate::domain::action::{Action, ActionState, Came};
use crate::domain::decision::OfCall;
use crate::domain::{CompanyId, Key, Seq, SourceId, Timestamp};

from_row!(Action, row => {
    fn decoded<T, E: Into<Box<dyn std::error::Error + Send + Sync>>>(read: Result<T, E>) -> sqlx::Result<T> {
        read.map_err(|error| sqlx::Error::Decode(error.into()))
    }
    let state = ActionState::parse(&row.try_get::<String, _>(10)?);
    let came = row.try_get::<Option<String>, _>(11)?;
    let came = came.map(|came| decoded(serde_json::from_str::<Came>(&came))).transpose()?;
    Ok(Action {
        of: OfCall {
            company: CompanyId(row.try_get(0)?),
            source: SourceId(row.try_get(1)?),
            call: Key::from(row.try_get::<String, _>(2)?.as_str()),
        },
        number: row.try_get(3)?,
        provider: decoded(row.try_get::<String, _>(4)?.parse())?,
        call: Seq(row.try_get(5)?),
        name: row.try_get(6)?,
        exclusive: row.try_get::<i32, _>(7)? != 0,
        by: row.try_get(8)?,
        attempt: row.try_get(9)?,
        state: decoded(state.ok_or("a word of another version"))?,
        came,
        asked_at: Timestamp(row.try_get(12)?),
        until: Timestamp(row.try_get(13)?),
        told: row.try_get::<i32, _>(14)? != 0,
    })
});

macro_rules! columns {
    () => {
        "company, source, call_id, number, provider, seq, name, exclusive, by_whom, attempt, state, came, asked_at, until, told"
    };
}

reads! {
    /// The actions of a call, in the order in which they were asked for.
    actions(of: &OfCall) -> Vec<Action>;
    /// Those that have ended, or should have by `now`, and that the journal does not have; the oldest first.
    untold_actions(now: Timestamp, limit: u32) -> Vec<Action>;
}

async fn actions(conn: Conn<'_>, of: &OfCall) -> Result<Vec<Action>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM actions WHERE company = $1 AND source = $2 AND call_id = $3 ORDER BY number"
    );
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(of.company.0)
        .bind(of.source.0)
        .bind(&*of.call)
        .fetch_all(&mut *db)
        .await?))
}

async fn untold_actions(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<Action>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM actions WHERE told = 0 AND (state <> 'due' OR until <= $1) ORDER BY until LIMIT $2"
    );
    Ok(on!(conn, db => sqlx::query_as(sql).bind(now.0).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

fn came(action: &Action) -> Option<String> {
    action.came.as_ref().map(|came| serde_json::json!(came).to_string())
}

impl Tx<'_> {
    /// Writes a new action down.
    pub async fn put_action(&mut self, action: &Action) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(concat!(
            "INSERT INTO actions (", columns!(), ", held) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        ))
            .bind(action.of.company.0)
            .bind(action.of.source.0)
            .bind(&*action.of.call)
            .bind(action.number)
            .bind(action.provider.as_str())
            .bind(action.call.0)
            .bind(text(&action.name))
            .bind(i32::from(action.exclusive))
            .bind(text(&action.by))
            .bind(text(&action.attempt))
            .bind(action.state.as_str())
            .bind(came(action))
            .bind(action.asked_at.0)
            .bind(action.until.0)
            .bind(i32::from(action.told))
            .bind(i32::from(action.is_held()))
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Saves how far an action is.
    pub async fn save_action(&mut self, action: &Action) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "UPDATE actions SET state = $5, came = $6, until = $7, told = $8, held = $9 \
             WHERE company = $1 AND source = $2 AND call_id = $3 AND number = $4",
        )
            .bind(action.of.company.0)
            .bind(action.of.source.0)
            .bind(&*action.of.call)
            .bind(action.number)
            .bind(action.state.as_str())
            .bind(came(action))
            .bind(action.until.0)
            .bind(i32::from(action.told))
            .bind(i32::from(action.is_held()))
            .execute(&mut *db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes up to `limit` actions of calls whose first event is gone, the oldest one that there is being `oldest`; those stay that the
    /// journal does not have. Returns how many went.
    pub async fn forget_actions(
        &mut self,
        company: CompanyId,
        oldest: Seq,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(on!(self.conn(), db => sqlx::query(
            "DELETE FROM actions WHERE company = $1 AND (source, call_id, number) IN \
             (SELECT source, call_id, number FROM actions WHERE company = $1 AND seq < $2 AND told = 1 ORDER BY seq LIMIT $3)",
        )
            .bind(company.0)
            .bind(oldest.0)
            .bind(i64::from(limit))
            .execute(&mut *db)
            .await?
            .rows_affected()))
    }
}
