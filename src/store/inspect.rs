//! Looking at a database without changing anything: no file, table, key or lock is made.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection, SqliteConnection};

use super::engine::{Conn, on};
use super::open::MasterSource;
use super::server::run;
use super::session::{ROW_WITHIN, Session};
use super::{Company, Source, StoreError, Webhook, companies, keys, schema, sources, webhooks};
use crate::domain::CompanyId;
use crate::secrets::{KeyRing, MasterKey};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// The schema's version; 0 when nothing was ever written there (or, with SQLite, there is no file).
    pub version: i64,
    /// Data keys there, each of which the master key opens.
    pub keys: usize,
    /// What stands there, if the schema is the one that this program knows.
    pub companies: Vec<Company>,
    pub sources: Vec<Source>,
    pub webhooks: Vec<Webhook>,
}

enum Looking {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Inspection {
    /// Connects, reads the schema's version, and opens the data keys with the master key. The errors are those that
    /// [`Store::open`](super::Store::open) would have, but for a file in use: others may read it.
    pub async fn of(url: &str, master: &MasterSource) -> Result<Inspection, StoreError> {
        let of_url = |error: sqlx::Error| StoreError::Url { reason: error.to_string() };
        let (mut looking, beside) = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).map_err(of_url)?;
            let file = options.get_filename().to_owned();
            if !file.exists() {
                return Ok(Inspection::default());
            }
            let options = options.read_only(true).create_if_missing(false);
            (Looking::Sqlite(options.connect().await?), Some(file.with_extension("key")))
        } else {
            let options = PgConnectOptions::from_str(url).map_err(of_url)?.extra_float_digits(None);
            let mut db = options.connect().await?;
            run(&mut db, "BEGIN READ ONLY").await?;
            (Looking::Postgres(db), None)
        };
        if !has_table(looking.conn(), "schema").await? {
            return Ok(Inspection::default());
        }
        let version = schema::recorded(&mut looking.conn()).await?;
        let rows = if version == 0 { Vec::new() } else { keys::load(looking.conn()).await? };
        if !rows.is_empty() {
            let master = match (master, beside) {
                (MasterSource::Given(key), _) => key.clone(),
                (MasterSource::BesideDatabase, Some(path)) => MasterKey::load(&path)?,
                (MasterSource::BesideDatabase, None) => return Err(StoreError::NoMasterKey),
            };
            KeyRing::load(master, &rows)?;
        }
        let mut found = Inspection { version, keys: rows.len(), ..Inspection::default() };
        if version == schema::KNOWN_VERSION {
            found.companies = companies::companies(looking.conn(), CompanyId(0), u32::MAX).await?;
            found.sources = sources::all_sources(looking.conn()).await?;
            found.webhooks = webhooks::all_webhooks(looking.conn()).await?;
        }
        Ok(found)
    }
}

impl Looking {
    fn conn(&mut self) -> Conn<'_> {
        match self {
            Looking::Sqlite(db) => Conn::Sqlite(db),
            // Whoever looks cannot know whether the session is lent to others, and need not.
            Looking::Postgres(db) => Conn::Postgres(Session { db, lent: true, row_within: ROW_WITHIN }),
        }
    }
}

/// Each engine has its own list of tables.
async fn has_table(conn: Conn<'_>, name: &str) -> Result<bool, StoreError> {
    let sql = match &conn {
        Conn::Sqlite(_) => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
        Conn::Postgres(_) => {
            "SELECT count(*) FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    let (count,): (i64,) = on!(conn, db => sqlx::query_as(sql).bind(name).fetch_one(&mut *db).await?);
    Ok(count > 0)
}
