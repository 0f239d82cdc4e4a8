//! `sources`: accounts at providers; and the state of their lines as rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::engine::{Conn, Nothing, bulk, from_row, on, reads};
use super::keys::{open_sealed, put_sealed};
use super::text::{maybe, text};
use super::{Store, StoreError, Tx};
use crate::domain::{CompanyId, Provider, SessionId, SourceId, Timestamp};
use crate::secrets::{Binding, Secret};

/// One account of a company at a provider. Deleted ones are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub id: SourceId,
    pub company: CompanyId,
    pub provider: Provider,
    /// The last part of its own path, `/in/<key>`; `None` for a source that nobody posts to.
    pub path_key: Option<String>,
    /// What the provider calls the account: the company's id there.
    pub account: Option<String>,
    /// JSON, of a shape of its provider's: the socket URL, further query keys.
    pub config: String,
    /// The secret as people may see it; empty when there is none.
    pub secret_mask: String,
    /// Its secrets beside that, by name, as people may see them.
    pub secret_masks: BTreeMap<String, String>,
    /// Whether a request is matched to it by its secret alone.
    pub found_by_secret: bool,
    /// Whether it should be connected.
    pub connect: bool,
    pub provisioned: bool,
    pub version: i64,
    pub created_at: Timestamp,
}

from_row!(Source, row => Ok(Source {
    id: SourceId(row.try_get(0)?),
    company: CompanyId(row.try_get(1)?),
    provider: row.try_get::<String, _>(2)?.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?,
    path_key: row.try_get(3)?,
    account: row.try_get(4)?,
    config: row.try_get(5)?,
    secret_mask: row.try_get(6)?,
    found_by_secret: row.try_get(7)?,
    connect: row.try_get(8)?,
    provisioned: row.try_get(9)?,
    version: row.try_get(10)?,
    created_at: Timestamp(row.try_get(11)?),
    secret_masks: serde_json::from_str(&row.try_get::<String, _>(12)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))?,
}));

/// What is saved of a source; its provider and path stay as they were made.
#[derive(Debug, Clone, Copy)]
pub struct SaveSource<'a> {
    pub account: Option<&'a str>,
    pub config: &'a str,
    /// `None` keeps the stored one, an empty one takes it away.
    pub secret: Option<&'a Secret>,
    /// Those beside it that change, in the same way.
    pub secrets: &'a [(&'static str, Secret)],
    /// What the secret is called where requests show it, if the source is to be found by it.
    pub token_name: Option<&'a str>,
    pub connect: bool,
    pub provisioned: bool,
}

/// Where a source's line stood when that was last written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSource {
    pub source: SourceId,
    pub company: CompanyId,
    /// `stopped`, `connecting`, `connected`, `waiting` or `refused`; another word is `Rejected`.
    pub state: Cow<'static, str>,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
    pub attempt: i32,
    pub reason: Option<String>,
    pub session: Option<SessionId>,
    pub last_event_at: Option<Timestamp>,
    pub foreign_company: Option<i64>,
}

from_row!(LiveSource, row => Ok(LiveSource {
    source: SourceId(row.try_get(0)?),
    company: CompanyId(row.try_get(1)?),
    state: Cow::Owned(row.try_get(2)?),
    since: Timestamp(row.try_get(3)?),
    until: row.try_get::<Option<i64>, _>(4)?.map(Timestamp),
    attempt: row.try_get(5)?,
    reason: row.try_get(6)?,
    session: row.try_get::<Option<i64>, _>(7)?.map(SessionId),
    last_event_at: row.try_get::<Option<i64>, _>(8)?.map(Timestamp),
    foreign_company: row.try_get(9)?,
}));

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, company, provider, path_key, account, config, secret_mask, lookup IS NOT NULL, connect, \
             provisioned, version, created_at, secret_masks FROM sources WHERE deleted_at IS NULL ",
            $rest
        )
    };
}

macro_rules! select_live {
    ($rest:literal) => {
        concat!(
            "SELECT source, company, state, since, until, attempt, reason, session, last_event_at, foreign_company \
             FROM source_live ",
            $rest
        )
    };
}

reads! {
    /// Every source there is, by id.
    all_sources() -> Vec<Source>;
    /// A company's sources, by id.
    sources(company: CompanyId) -> Vec<Source>;
    /// One source.
    source(id: SourceId) -> Option<Source>;
    /// The source whose own path this is.
    source_by_path(path_key: &str) -> Option<Source>;
    /// The source with this hash of its secret ([`Store::lookup_hash`]).
    source_by_lookup(lookup: &[u8; 32]) -> Option<Source>;
    /// Where every line stood, by source.
    live_sources() -> Vec<LiveSource>;
    /// Where one line stood.
    live_source(source: SourceId) -> Option<LiveSource>;
}

pub(super) async fn all_sources(conn: Conn<'_>) -> Result<Vec<Source>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("ORDER BY id")).fetch_all(&mut *db).await?))
}

async fn sources(conn: Conn<'_>, company: CompanyId) -> Result<Vec<Source>, StoreError> {
    let sql = select!("AND company = $1 ORDER BY id");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).fetch_all(&mut *db).await?))
}

async fn source(conn: Conn<'_>, id: SourceId) -> Result<Option<Source>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select!("AND id = $1")).bind(id.0).fetch_optional(&mut *db).await?))
}

async fn source_by_path(conn: Conn<'_>, path_key: &str) -> Result<Option<Source>, StoreError> {
    let sql = select!("AND path_key = $1");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(text(path_key)).fetch_optional(&mut *db).await?))
}

async fn source_by_lookup(conn: Conn<'_>, lookup: &[u8; 32]) -> Result<Option<Source>, StoreError> {
    let sql = select!("AND lookup = $1");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(&lookup[..]).fetch_optional(&mut *db).await?))
}

async fn live_sources(conn: Conn<'_>) -> Result<Vec<LiveSource>, StoreError> {
    Ok(on!(conn, db => sqlx::query_as(select_live!("ORDER BY source")).fetch_all(&mut *db).await?))
}

async fn live_source(conn: Conn<'_>, source: SourceId) -> Result<Option<LiveSource>, StoreError> {
    let sql = select_live!("WHERE source = $1");
    Ok(on!(conn, db => sqlx::query_as(sql).bind(source.0).fetch_optional(&mut *db).await?))
}

fn place(id: SourceId) -> Binding<'static> {
    Binding { table: "sources", id: id.0, column: "secret" }
}

impl Store {
    /// A source's secret itself; `None` when it has none.
    pub async fn source_secret(&self, id: SourceId) -> Result<Option<Secret>, StoreError> {
        let mut pooled = self.read().await?;
        let row: Option<(Option<Vec<u8>>,)> = on!(pooled.conn(), db =>
            sqlx::query_as("SELECT secret FROM sources WHERE id = $1").bind(id.0).fetch_optional(&mut *db).await?);
        let Some(sealed) = row.and_then(|(sealed,)| sealed) else { return Ok(None) };
        let opened = open_sealed(self.keys(), pooled.conn(), &sealed, &place(id)).await?;
        let text = std::str::from_utf8(&opened);
        let text = text.map_err(|error| StoreError::unreadable("sources", "secret", &error))?;
        Ok(Some(Secret::new(text)))
    }
}

impl Tx<'_> {
    /// Creates a source. A secret that another source is found by already is stored, but this one is not found by it
    /// (`found_by_secret`): it works on the source's own path only.
    pub async fn create_source(
        &mut self,
        company: CompanyId,
        provider: Provider,
        path_key: Option<&str>,
        save: &SaveSource<'_>,
        now: Timestamp,
    ) -> Result<Source, StoreError> {
        if self.company(company).await?.is_none() {
            return Err(StoreError::Missing { what: "company", id: company.0 });
        }
        let (id,): (i64,) = on!(self.conn(), db => sqlx::query_as(
            "INSERT INTO sources (company, provider, path_key, config, secret_mask, connect, provisioned, version, \
             created_at) VALUES ($1, $2, $3, '', '', $4, $4, 0, $5) RETURNING id",
        )
        .bind(company.0)
        .bind(provider.as_str())
        .bind(maybe(path_key))
        .bind(false)
        .bind(now.0)
        .fetch_one(&mut *db)
        .await?);
        self.save_source(SourceId(id), 0, save).await
    }

    /// Saves a source; `Stale` unless `version` is still the stored one: what is saved was made of that one.
    pub async fn save_source(
        &mut self,
        id: SourceId,
        version: i64,
        save: &SaveSource<'_>,
    ) -> Result<Source, StoreError> {
        let stored = self.source(id).await?.ok_or(StoreError::Missing { what: "source", id: id.0 })?;
        if version != stored.version {
            return Err(StoreError::Stale { what: "source", id: id.0 });
        }
        on!(self.conn(), db => sqlx::query(
            "UPDATE sources SET account = $2, config = $3, connect = $4, provisioned = $5, version = version + 1 \
             WHERE id = $1",
        )
        .bind(id.0)
        .bind(maybe(save.account))
        .bind(save.config)
        .bind(save.connect)
        .bind(save.provisioned)
        .execute(&mut *db)
        .await
        .map(drop))?;
        match save.secret {
            Some(secret) if secret.expose().is_empty() => self.clear_source_secret(id).await?,
            Some(secret) => self.put_source_secret(&stored, secret, save.token_name).await?,
            None => {}
        }
        if !save.secrets.is_empty() {
            self.change_source_secrets(id, save.secrets).await?;
        }
        self.source(id).await?.ok_or(StoreError::Missing { what: "source", id: id.0 })
    }

    async fn clear_source_secret(&mut self, id: SourceId) -> Result<(), StoreError> {
        let sql = "UPDATE sources SET secret = NULL, secret_mask = '', lookup = NULL WHERE id = $1";
        on!(self.conn(), db => sqlx::query(sql).bind(id.0).execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    async fn put_source_secret(
        &mut self,
        source: &Source,
        secret: &Secret,
        token_name: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut lookup = token_name.map(|name| self.keys.lookup(source.provider.as_str(), name, secret));
        if let Some(hash) = &lookup
            && self.source_by_lookup(hash).await?.is_some_and(|other| other.id != source.id)
        {
            lookup = None;
        }
        on!(self.conn(), db => sqlx::query("UPDATE sources SET secret_mask = $2, lookup = $3 WHERE id = $1")
            .bind(source.id.0)
            .bind(secret.mask())
            .bind(lookup.as_ref().map(|hash| &hash[..]))
            .execute(&mut *db)
            .await
            .map(drop))?;
        put_sealed(self, &place(source.id), secret.expose().as_bytes()).await
    }

    /// Says whether a source should be connected. No saved version changes by it.
    pub async fn want_connection(&mut self, id: SourceId, connect: bool) -> Result<(), StoreError> {
        let changed = on!(self.conn(), db =>
            sqlx::query("UPDATE sources SET connect = $2 WHERE id = $1 AND deleted_at IS NULL")
                .bind(id.0)
                .bind(connect)
                .execute(&mut *db)
                .await?
                .rows_affected());
        if changed == 0 { Err(StoreError::Missing { what: "source", id: id.0 }) } else { Ok(()) }
    }

    /// Deletes a source with its secret. Its events, sessions and gaps stay.
    pub async fn delete_source(&mut self, id: SourceId, now: Timestamp) -> Result<(), StoreError> {
        let deleted = on!(self.conn(), db => {
            sqlx::query("DELETE FROM source_live WHERE source = $1").bind(id.0).execute(&mut *db).await?;
            sqlx::query(
                "UPDATE sources SET deleted_at = $2, secret = NULL, secret_mask = '', secrets = NULL, \
                 secret_masks = '{}', lookup = NULL, path_key = NULL, connect = $3 WHERE id = $1 AND deleted_at IS NULL",
            )
            .bind(id.0)
            .bind(now.0)
            .bind(false)
            .execute(&mut *db)
            .await?
            .rows_affected()
        });
        if deleted == 0 { Err(StoreError::Missing { what: "source", id: id.0 }) } else { Ok(()) }
    }

    /// Writes down where lines stand. Sources that have been deleted meanwhile are passed over.
    pub async fn put_live_sources(&mut self, live: &[LiveSource]) -> Result<(), StoreError> {
        let _ = bulk!(self.conn(), Nothing,
            "INSERT INTO source_live (source, company, state, since, until, attempt, reason, session, last_event_at, \
             foreign_company) SELECT * FROM ({rows}) AS v WHERE EXISTS (\
             SELECT 1 FROM sources WHERE sources.id = v.column1 AND deleted_at IS NULL) \
             ON CONFLICT (source) DO UPDATE SET \
             state = excluded.state, since = excluded.since, until = excluded.until, attempt = excluded.attempt, \
             reason = excluded.reason, session = excluded.session, last_event_at = excluded.last_event_at, \
             foreign_company = excluded.foreign_company",
            live, one => {
                one.source.0 => i64, "bigint";
                one.company.0 => i64, "bigint";
                one.state.as_ref() => &str, "text";
                one.since.0 => i64, "bigint";
                one.until.map(|until| until.0) => Option<i64>, "bigint";
                one.attempt => i32, "integer";
                maybe(one.reason.as_deref()) => Option<Cow<'_, str>>, "text";
                one.session.map(|session| session.0) => Option<i64>, "bigint";
                one.last_event_at.map(|at| at.0) => Option<i64>, "bigint";
                one.foreign_company => Option<i64>, "bigint";
            }
        );
        Ok(())
    }
}
