//! `companies`: the tenants, and the clearing away of what has been deleted.

use super::engine::{Conn, from_row, on, reads};
use super::text::text;
use super::{StoreError, Tx};
use crate::domain::{CompanyId, Timestamp};

/// A tenant. Deleted ones are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    pub id: CompanyId,
    pub name: String,
    /// Kept by the settings file.
    pub provisioned: bool,
    /// Goes up with every saved change.
    pub version: i64,
    pub created_at: Timestamp,
}

from_row!(Company, row => Ok(Company {
    id: CompanyId(row.try_get(0)?),
    name: row.try_get(1)?,
    provisioned: row.try_get(2)?,
    version: row.try_get(3)?,
    created_at: Timestamp(row.try_get(4)?),
}));

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, provisioned, version, created_at FROM companies WHERE state = 'active' ",
            $rest
        )
    };
}

reads! {
    /// Companies by id, after the last one seen (`CompanyId(0)` begins).
    companies(after: CompanyId, limit: u32) -> Vec<Company>;
    /// One company.
    company(id: CompanyId) -> Option<Company>;
    /// The company of this name.
    company_by_name(name: &str) -> Option<Company>;
}

pub(super) async fn companies(
    conn: Conn<'_>,
    after: CompanyId,
    limit: u32,
) -> Result<Vec<Company>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("AND id > $1 ORDER BY id LIMIT $2"))
        .bind(after.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

async fn company(conn: Conn<'_>, id: CompanyId) -> Result<Option<Company>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("AND id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

async fn company_by_name(conn: Conn<'_>, name: &str) -> Result<Option<Company>, StoreError> {
    Ok(
        on!(conn, db => sqlx::query_as(select!("AND name = $1")).bind(text(name)).fetch_optional(&mut *db).await?),
    )
}

impl Tx<'_> {
    /// Creates a company, with an empty journal. Its id has never been used before; its name is `Taken` if another
    /// company has it.
    pub async fn create_company(
        &mut self,
        name: &str,
        provisioned: bool,
        now: Timestamp,
    ) -> Result<CompanyId, StoreError> {
        let (id,): (i64,) = on!(self.conn(), db => {
            let row: (i64,) = sqlx::query_as(
                "INSERT INTO companies (name, state, provisioned, version, created_at) \
                 VALUES ($1, 'active', $2, 1, $3) RETURNING id",
            )
            .bind(text(name))
            .bind(provisioned)
            .bind(now.0)
            .fetch_one(&mut *db)
            .await?;
            sqlx::query("INSERT INTO heads (company, seq, epoch, batch) VALUES ($1, 0, 0, 0)")
                .bind(row.0)
                .execute(&mut *db)
                .await?;
            row
        });
        Ok(CompanyId(id))
    }

    /// Saves a company's name; `Stale` unless `version` is still the stored one. Returns the new version.
    pub async fn save_company(
        &mut self,
        id: CompanyId,
        version: i64,
        name: &str,
        provisioned: bool,
    ) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = on!(self.conn(), db => sqlx::query_as(
            "UPDATE companies SET name = $2, provisioned = $3, version = version + 1 \
             WHERE id = $1 AND state = 'active' AND version = $4 RETURNING version",
        )
        .bind(id.0)
        .bind(text(name))
        .bind(provisioned)
        .bind(version)
        .fetch_optional(&mut *db)
        .await?);
        match row {
            Some((version,)) => Ok(version),
            None if self.company(id).await?.is_some() => Err(StoreError::Stale { what: "company", id: id.0 }),
            None => Err(StoreError::Missing { what: "company", id: id.0 }),
        }
    }

    /// Deletes a company: its secrets go at once, and its head, so that no batch can append to it any more; the rest
    /// goes with [`Tx::clear_deleted`].
    pub async fn delete_company(&mut self, id: CompanyId, now: Timestamp) -> Result<(), StoreError> {
        let deleted = on!(self.conn(), db => {
            let deleted = sqlx::query(
                "UPDATE companies SET state = 'deleted', deleted_at = $2 WHERE id = $1 AND state = 'active'",
            )
            .bind(id.0)
            .bind(now.0)
            .execute(&mut *db)
            .await?
            .rows_affected();
            for wipe in [
                "UPDATE sources SET secret = NULL, secret_mask = '', secrets = NULL, secret_masks = '{}', \
                 lookup = NULL, path_key = NULL, deleted_at = COALESCE(deleted_at, $2) WHERE company = $1",
                "UPDATE webhooks SET credentials = NULL, state = 'deleted', \
                 deleted_at = COALESCE(deleted_at, $2) WHERE company = $1",
            ] {
                sqlx::query(wipe).bind(id.0).bind(now.0).execute(&mut *db).await?;
            }
            for remove in [
                "DELETE FROM heads WHERE company = $1",
                "DELETE FROM cursors WHERE company = $1",
                "DELETE FROM contact_points WHERE company = $1",
            ] {
                sqlx::query(remove).bind(id.0).execute(&mut *db).await?;
            }
            deleted
        });
        if deleted == 0 { Err(StoreError::Missing { what: "company", id: id.0 }) } else { Ok(()) }
    }

    /// Removes up to `limit` rows that belong to companies and webhooks deleted before `before`; returns how many, so
    /// that 0 means that nothing is left. `before` is a few minutes ago, so that what was still on its way to the
    /// recorder when they were deleted is cleared too.
    pub async fn clear_deleted(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let limit = u64::from(limit);
        let mut removed = 0;
        for (sql, keeps) in CLEARING {
            if removed >= limit {
                break;
            }
            if *keeps && removed > 0 {
                // The row that names the deleted thing goes last, when nothing refers to it any more.
                break;
            }
            let room = i64::try_from(limit - removed).unwrap_or(i64::MAX);
            removed += on!(self.conn(), db =>
                sqlx::query(*sql).bind(before.0).bind(room).execute(&mut *db).await?.rows_affected());
        }
        Ok(removed)
    }
}

/// Removes rows of a table, found through its deleted company or webhook, a limited number at a time.
macro_rules! clear {
    ($table:literal by company, $key:literal) => {
        (concat!(
            "DELETE FROM ", $table, " WHERE (", $key, ") IN (SELECT ", $key, " FROM ", $table,
            " WHERE company IN (SELECT id FROM companies WHERE state = 'deleted' AND deleted_at < $1) LIMIT $2)"
        ), false)
    };
    ($table:literal by webhook, $key:literal) => {
        (concat!(
            "DELETE FROM ", $table, " WHERE (", $key, ") IN (SELECT ", $key, " FROM ", $table,
            " WHERE webhook IN (SELECT id FROM webhooks WHERE state = 'deleted' AND deleted_at < $1) LIMIT $2)"
        ), false)
    };
    ($table:literal by incident, $key:literal) => {
        (concat!(
            "DELETE FROM ", $table, " WHERE (", $key, ") IN (SELECT ", $key, " FROM ", $table,
            " WHERE incident IN (SELECT id FROM incidents WHERE company IN (",
            "SELECT id FROM companies WHERE state = 'deleted' AND deleted_at < $1)) LIMIT $2)"
        ), false)
    };
}

/// In this order, each with whether it may run only when nothing else was left to remove.
const CLEARING: &[(&str, bool)] = &[
    clear!("attempts" by webhook, "webhook, seq, at, origin, n"),
    clear!("held" by webhook, "webhook, seq"),
    clear!("revisions" by webhook, "webhook, number"),
    clear!("skips" by webhook, "id"),
    clear!("replays" by webhook, "id"),
    clear!("actions" by company, "company, source, call_id, number"),
    clear!("agents" by company, "company, build, source, agent"),
    clear!("boards" by company, "company"),
    clear!("contact_points" by company, "id"),
    clear!("contacts" by company, "id"),
    clear!("calls" by company, "company, build, seq"),
    clear!("decisions" by company, "company, source, call_id"),
    clear!("events" by company, "company, seq"),
    clear!("block_keys" by company, "company, kind, key, block"),
    clear!("blocks" by company, "company, block"),
    (
        "DELETE FROM seen WHERE (source, key) IN (SELECT source, key FROM seen WHERE source IN (\
         SELECT id FROM sources WHERE company IN (\
         SELECT id FROM companies WHERE state = 'deleted' AND deleted_at < $1)) LIMIT $2)",
        false,
    ),
    clear!("incident_log" by incident, "id"),
    clear!("notices" by incident, "id"),
    clear!("incidents" by company, "id"),
    clear!("alert_rules" by company, "id"),
    clear!("silence_alarms" by company, "company"),
    clear!("sessions" by company, "id"),
    clear!("gaps" by company, "id"),
    clear!("source_live" by company, "source"),
    (
        "DELETE FROM webhooks WHERE id IN (SELECT id FROM webhooks WHERE state = 'deleted' AND deleted_at < $1 LIMIT $2)",
        true,
    ),
    clear!("sources" by company, "id"),
    (
        "DELETE FROM companies WHERE id IN (SELECT id FROM companies WHERE state = 'deleted' AND deleted_at < $1 LIMIT $2)",
        true,
    ),
];
