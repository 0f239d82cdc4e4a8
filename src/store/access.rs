//! `api_keys` and `audit`: who may call, and what they did.

use super::engine::{Conn, Nothing, bulk, from_row, on, reads};
use super::{StoreError, Tx};
use crate::domain::{CompanyId, Timestamp};

/// A key of the API. The key itself is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: i64,
    pub name: String,
    /// The key's beginning, by which people tell keys apart.
    pub prefix: String,
    /// `reader`, `operator` or `administrator`.
    pub role: String,
    /// The companies it may see and touch; `None` is all.
    pub companies: Option<Vec<CompanyId>>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// A key to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewApiKey<'a> {
    pub name: &'a str,
    /// SHA-256 of the whole key.
    pub hash: &'a [u8; 32],
    pub prefix: &'a str,
    pub role: &'a str,
    pub companies: Option<&'a [CompanyId]>,
    pub created_by: &'a str,
    pub expires_at: Option<Timestamp>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// 0 when it is to be written.
    pub id: i64,
    pub at: Timestamp,
    /// `api-key:3 CRM`, `provisioning`, …
    pub actor: String,
    /// The caller's network address.
    pub address: Option<String>,
    /// `webhook.pause`, …
    pub action: String,
    pub company: Option<CompanyId>,
    /// What it was done to, by its shown id.
    pub target: Option<String>,
    /// JSON; never a secret.
    pub detail: Option<String>,
}

from_row!(ApiKey, row => {
    let companies: Option<String> = row.try_get(4)?;
    let ids = |text: String| {
        let ids = text.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().map(CompanyId));
        ids.collect::<Result<Vec<_>, _>>().map_err(|error| sqlx::Error::Decode(error.into()))
    };
    Ok(ApiKey {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        prefix: row.try_get(2)?,
        role: row.try_get(3)?,
        companies: companies.map(ids).transpose()?,
        created_by: row.try_get(5)?,
        created_at: Timestamp(row.try_get(6)?),
        expires_at: row.try_get::<Option<i64>, _>(7)?.map(Timestamp),
        last_used_at: row.try_get::<Option<i64>, _>(8)?.map(Timestamp),
        revoked_at: row.try_get::<Option<i64>, _>(9)?.map(Timestamp),
    })
});

from_row!(AuditEntry, row => Ok(AuditEntry {
    id: row.try_get(0)?,
    at: Timestamp(row.try_get(1)?),
    actor: row.try_get(2)?,
    address: row.try_get(3)?,
    action: row.try_get(4)?,
    company: row.try_get::<Option<i64>, _>(5)?.map(CompanyId),
    target: row.try_get(6)?,
    detail: row.try_get(7)?,
}));

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, prefix, role, companies, created_by, created_at, expires_at, last_used_at, revoked_at \
             FROM api_keys ",
            $rest
        )
    };
}

reads! {
    /// The key with this hash, unless it has been revoked. Whether it has expired is the caller's to say.
    api_key_by_hash(hash: &[u8; 32]) -> Option<ApiKey>;
    /// Keys after the id of the last one seen (0 begins), revoked ones included.
    api_keys(after: i64, limit: u32) -> Vec<ApiKey>;
    /// The audit log before the id of the last one seen (`i64::MAX` begins), newest first; of one company, or all.
    audit_log(company: Option<CompanyId>, before: i64, limit: u32) -> Vec<AuditEntry>;
}

async fn api_key_by_hash(conn: Conn<'_>, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
    let sql = select!("WHERE hash = $1 AND revoked_at IS NULL");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(&hash[..]).fetch_optional(&mut *db).await?))
}

async fn api_keys(conn: Conn<'_>, after: i64, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
    let sql = select!("WHERE id > $1 ORDER BY id LIMIT $2");
    Ok(on!(conn, db =>
        sqlx::query_as(sql).bind(after).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

async fn audit_log(
    conn: Conn<'_>,
    company: Option<CompanyId>,
    before: i64,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    // Two texts, for each has its own index.
    let sql = if company.is_some() {
        "SELECT id, at, actor, address, action, company, target, detail FROM audit \
         WHERE company = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    } else {
        "SELECT id, at, actor, address, action, company, target, detail FROM audit \
         WHERE $1 = 0 AND id < $2 ORDER BY id DESC LIMIT $3"
    };
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(company.map_or(0, |company| company.0))
        .bind(before)
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?))
}

impl Tx<'_> {
    /// Writes a new key down; returns its id.
    pub async fn create_api_key(&mut self, new: &NewApiKey<'_>, now: Timestamp) -> Result<i64, StoreError> {
        let companies = new.companies.map(|companies| {
            companies.iter().map(|company| company.0.to_string()).collect::<Vec<_>>().join(",")
        });
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO api_keys (name, hash, prefix, role, companies, created_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(new.name)
        .bind(&new.hash[..])
        .bind(new.prefix)
        .bind(new.role)
        .bind(companies)
        .bind(new.created_by)
        .bind(now.0)
        .bind(new.expires_at.map(|at| at.0))
        .fetch_one(&mut *db)
        .await?);
        Ok(id)
    }

    /// Writes down when keys were last used; to be gathered and called once in a while.
    pub async fn note_api_key_uses(&mut self, uses: &[(i64, Timestamp)]) -> Result<(), StoreError> {
        let _ = bulk!(self.conn(), Nothing,
            "UPDATE api_keys SET last_used_at = v.column2 FROM ({rows}) AS v WHERE api_keys.id = v.column1",
            uses, one => {
                one.0 => i64, "bigint";
                one.1.0 => i64, "bigint";
            }
        );
        Ok(())
    }

    /// Revokes a key. One that is revoked already stays as it is.
    pub async fn revoke_api_key(&mut self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let found = on!(self.conn(), db =>
            sqlx::query("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
                .bind(id)
                .bind(now.0)
                .execute(&mut *db)
                .await?
                .rows_affected());
        if found == 0 { Err(StoreError::Missing { what: "API key", id }) } else { Ok(()) }
    }

    /// Adds a line to the audit log, in the transaction of what it tells of.
    pub async fn audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO audit (at, actor, address, action, company, target, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(entry.at.0)
        .bind(&*entry.actor)
        .bind(entry.address.as_deref())
        .bind(&*entry.action)
        .bind(entry.company.map(|company| company.0))
        .bind(entry.target.as_deref())
        .bind(entry.detail.as_deref())
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }
}
