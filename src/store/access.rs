//! `api_keys` and `audit`: who may call, and what they did.

use super::engine::{Conn, Nothing, bulk, from_row, on, reads};
use super::text::{maybe, text};
use super::{StoreError, Tx};
use crate::domain::{ApiKeyId, CompanyId, Timestamp};

/// A key of the API. The key itself is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
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

/// Which lines of the audit log; an empty text asks for nothing.
#[derive(Debug, Clone, Copy)]
pub struct AuditFilter<'a> {
    /// Only what was done to this company; `None` is every line, those of no company included.
    pub company: Option<CompanyId>,
    /// The whole name, its first word (`api-key:3`), or a part of what stands after that (`CRM`).
    pub actor: &'a str,
    /// The whole action, or its family (`webhook`).
    pub action: &'a str,
    /// `webhook_4`.
    pub target: &'a str,
    /// At this time or later.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
}

impl AuditFilter<'_> {
    /// Every line there is.
    pub const ALL: AuditFilter<'static> = AuditFilter {
        company: None,
        actor: "",
        action: "",
        target: "",
        from: Timestamp(i64::MIN),
        to: Timestamp(i64::MAX),
    };
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
        id: ApiKeyId(row.try_get(0)?),
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
    /// Keys after the last one seen (`ApiKeyId(0)` begins), revoked ones included.
    api_keys(after: ApiKeyId, limit: u32) -> Vec<ApiKey>;
    /// One key, revoked or not.
    api_key(id: ApiKeyId) -> Option<ApiKey>;
    /// The lines of the audit log that the filter lets through, before the id of the last one seen (`i64::MAX`
    /// begins), newest first.
    audit_log(filter: &AuditFilter<'_>, before: i64, limit: u32) -> Vec<AuditEntry>;
}

async fn api_key_by_hash(conn: Conn<'_>, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
    let sql = select!("WHERE hash = $1 AND revoked_at IS NULL");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(&hash[..]).fetch_optional(&mut *db).await?))
}

async fn api_keys(conn: Conn<'_>, after: ApiKeyId, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
    let sql = select!("WHERE id > $1 ORDER BY id LIMIT $2");
    Ok(on!(conn, db =>
        sqlx::query_as(sql).bind(after.0).bind(i64::from(limit)).fetch_all(&mut *db).await?))
}

async fn api_key(conn: Conn<'_>, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("WHERE id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

/// The start of a query of the audit log; the first condition decides which index serves it.
macro_rules! lines_where {
    ($company:literal) => {
        concat!(
            "SELECT id, at, actor, address, action, company, target, detail FROM audit WHERE ",
            $company,
            " AND id < $2 AND at >= $4 AND at < $5 \
             AND ($6 = '' OR actor = $6 OR substr(actor, 1, length($6) + 1) = $6 || ' ' \
                  OR lower(actor) LIKE '% %' || lower($9) || '%' ESCAPE '!') \
             AND ($7 = '' OR action = $7 OR substr(action, 1, length($7) + 1) = $7 || '.') \
             AND ($8 = '' OR target = $8) ORDER BY id DESC LIMIT $3"
        )
    };
}

/// For a pattern of `LIKE` that escapes with `!`.
fn literally(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

async fn audit_log(
    conn: Conn<'_>,
    filter: &AuditFilter<'_>,
    before: i64,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    let sql = if filter.company.is_some() { lines_where!("company = $1") } else { lines_where!("$1 = 0") };
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(filter.company.map_or(0, |company| company.0))
        .bind(before)
        .bind(i64::from(limit))
        .bind(filter.from.0)
        .bind(filter.to.0)
        .bind(text(filter.actor))
        .bind(text(filter.action))
        .bind(text(filter.target))
        .bind(literally(&text(filter.actor)))
        .fetch_all(&mut *db)
        .await?))
}

impl Tx<'_> {
    /// Writes a new key down; returns its id.
    pub async fn create_api_key(
        &mut self,
        new: &NewApiKey<'_>,
        now: Timestamp,
    ) -> Result<ApiKeyId, StoreError> {
        let companies = new.companies.map(|companies| {
            companies.iter().map(|company| company.0.to_string()).collect::<Vec<_>>().join(",")
        });
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO api_keys (name, hash, prefix, role, companies, created_by, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        )
        .bind(text(new.name))
        .bind(&new.hash[..])
        .bind(new.prefix)
        .bind(new.role)
        .bind(companies)
        .bind(text(new.created_by))
        .bind(now.0)
        .bind(new.expires_at.map(|at| at.0))
        .fetch_one(&mut *db)
        .await?);
        Ok(ApiKeyId(id))
    }

    /// Writes down when keys were last used; to be gathered and called once in a while.
    pub async fn note_api_key_uses(&mut self, uses: &[(ApiKeyId, Timestamp)]) -> Result<(), StoreError> {
        let _ = bulk!(self.conn(), Nothing,
            "UPDATE api_keys SET last_used_at = v.column2 FROM ({rows}) AS v WHERE api_keys.id = v.column1",
            uses, one => {
                one.0.0 => i64, "bigint";
                one.1.0 => i64, "bigint";
            }
        );
        Ok(())
    }

    /// Revokes a key. One that is revoked already stays as it is.
    pub async fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<(), StoreError> {
        let found = on!(self.conn(), db =>
            sqlx::query("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
                .bind(id.0)
                .bind(now.0)
                .execute(&mut *db)
                .await?
                .rows_affected());
        if found == 0 { Err(StoreError::Missing { what: "API key", id: id.0 }) } else { Ok(()) }
    }

    /// Adds a line to the audit log, in the transaction of what it tells of.
    pub async fn audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "INSERT INTO audit (at, actor, address, action, company, target, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(entry.at.0)
        .bind(text(&entry.actor))
        .bind(maybe(entry.address.as_deref()))
        .bind(&*entry.action)
        .bind(entry.company.map(|company| company.0))
        .bind(maybe(entry.target.as_deref()))
        .bind(entry.detail.as_deref())
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }
}
