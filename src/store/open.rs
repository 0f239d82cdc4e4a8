//! Opening the database, and the read pool.

use std::fmt;
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, PgPool, SqlitePool};

use super::engine::{Lent, Pooled};
use super::events::SessionCache;
use super::space::Readers;
use super::wal;
use super::writer::Target;
use super::{StoreError, Writer, keys, rights, schema};
use crate::secrets::{KeyRing, MasterKey, keep_private};

/// SQLite's page. Smaller ones mean less written for a batch that touches a row here and there.
pub(super) const PAGE_BYTES: u32 = 4_096;

/// How to open the database; what is not said has a default.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    pub master: MasterSource,
    /// Connections that read at the same time.
    pub readers: u32,
    /// The SQLite file may not grow beyond this many bytes; the store is `Full` there. `None`: the disk is the limit.
    pub max_bytes: Option<u64>,
    /// How long to wait for somebody else's lock (another program that reads or copies the file).
    pub lock_wait: Duration,
    /// Refuse an SQLite file that another process has. Off for a short write beside a running program.
    pub exclusive: bool,
}

/// Where the key comes from that the data keys are wrapped with.
#[derive(Debug, Clone)]
pub enum MasterSource {
    Given(MasterKey),
    /// In a file beside the SQLite file, its extension `key`, made at the first start with mode 0600. PostgreSQL has
    /// no such place: the key must be given.
    BesideDatabase,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            master: MasterSource::BesideDatabase,
            readers: 4,
            max_bytes: None,
            lock_wait: Duration::from_secs(5),
            exclusive: true,
        }
    }
}

/// The database for reading. Cheap to clone; all clones share one pool.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    pool: Pool,
    sessions: SessionCache,
    keys: Arc<KeyRing>,
    readers: Arc<Readers>,
    /// SQLite's write-ahead log.
    wal: Option<PathBuf>,
    made_key: Option<PathBuf>,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Store {
    /// Opens `sqlite://path` (made if absent, with its folder) or `postgres://…`, and brings its schema up to date.
    ///
    /// Refuses, each with its own error: a URL that is neither, a file that another process has, a schema that is too
    /// new, a file that is no database, a master key that is missing or wrong.
    pub async fn open(url: &str, options: StoreOptions) -> Result<(Store, Writer), StoreError> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let (target, pool) = match scheme {
            Some("sqlite") => Self::sqlite(url, &options)?,
            Some("postgres" | "postgresql") => Self::postgres(url, &options)?,
            _ => {
                return Err(StoreError::Url { reason: "expected sqlite://… or postgres://…".to_owned() });
            }
        };
        let mut conn = target.connect().await?;
        schema::migrate(conn.conn()).await?;
        let opened = keys::open_ring(&mut conn, &options.master, target.key_file()).await?;
        let keys = Arc::new(opened.ring);
        let sessions = SessionCache::default();
        let shared = Shared {
            pool,
            sessions,
            keys: Arc::clone(&keys),
            readers: Arc::default(),
            wal: target.wal(),
            made_key: opened.made,
        };
        Ok((Store { shared: Arc::new(shared) }, Writer::new(conn, target, keys)))
    }

    fn sqlite(url: &str, options: &StoreOptions) -> Result<(Target, Pool), StoreError> {
        let parsed = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Url { reason: error.to_string() })?;
        let path = parsed.get_filename().to_owned();
        if url.contains(":memory:") || url.contains("mode=memory") || path.as_os_str().is_empty() {
            let reason = "SQLite needs a file: what is accepted must be on disk".to_owned();
            return Err(StoreError::Url { reason });
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| of_file(&error, folder))?;
        }
        let lock = options.exclusive.then(|| lock_file(&path)).transpose()?;
        let creates = !url.contains("mode=ro");
        if creates {
            // For its owner only, or its folder's group: it holds what callers said and their numbers.
            rights::prepare(&path)?;
        }
        let common = parsed
            .busy_timeout(options.lock_wait)
            .foreign_keys(false)
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let mut writing = common
            .clone()
            .create_if_missing(creates)
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Copied between two commits and beside the writer (`wal`), never within a commit.
            .pragma("wal_autocheckpoint", "0")
            .pragma("journal_size_limit", wal::KEPT_BYTES.to_string())
            .pragma("cache_size", "-4096")
            .thread_name(|_| "store-writer".to_owned());
        if let Some(bytes) = options.max_bytes {
            writing = writing.pragma("max_page_count", (bytes / u64::from(PAGE_BYTES)).max(1).to_string());
        }
        let reading = common
            .read_only(true)
            .pragma("cache_size", "-512")
            .row_buffer_size(64)
            .thread_name(|n| format!("store-reader-{n}"));
        let pool = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .test_before_acquire(false)
            .connect_lazy_with(reading);
        Ok((Target::Sqlite { options: writing, path, _lock: lock }, Pool::Sqlite(pool)))
    }

    fn postgres(url: &str, options: &StoreOptions) -> Result<(Target, Pool), StoreError> {
        let parsed = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Url { reason: error.to_string() })?
            .application_name("ramal")
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(options.readers)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(parsed.clone());
        Ok((Target::Postgres(parsed), Pool::Postgres(pool)))
    }

    pub(super) async fn read(&self) -> Result<Pooled, StoreError> {
        let lent = match &self.shared.pool {
            Pool::Sqlite(pool) => Lent::Sqlite(pool.acquire().await?),
            Pool::Postgres(pool) => Lent::Postgres(pool.acquire().await?),
        };
        Ok(Pooled { lent, _since: self.shared.readers.begin(Instant::now()) })
    }

    pub(super) fn session_cache(&self) -> &SessionCache {
        &self.shared.sessions
    }

    pub(super) fn readers(&self) -> &Readers {
        &self.shared.readers
    }

    pub(super) fn wal(&self) -> Option<&Path> {
        self.shared.wal.as_deref()
    }

    pub(super) fn keys(&self) -> &KeyRing {
        &self.shared.keys
    }

    /// The master key's file, when it was made just now: the operator should hear that it needs a backup.
    pub fn made_master_key(&self) -> Option<&Path> {
        self.shared.made_key.as_deref()
    }

    /// `sqlite` or `postgres`, for logs and the panel.
    pub fn engine(&self) -> &'static str {
        match &self.shared.pool {
            Pool::Sqlite(_) => "sqlite",
            Pool::Postgres(_) => "postgres",
        }
    }

    /// Closes the read connections and waits for those in use; later reads are answered with `Gone`.
    pub async fn close(&self) {
        match &self.shared.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.engine()).finish()
    }
}

/// Takes `<file>.lock` for this process, or says that another one has it. The lock ends with the process.
fn lock_file(database: &Path) -> Result<File, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = file.map_err(|error| of_file(&error, &path))?;
    // Whoever can open it can keep us out.
    keep_private(&path).map_err(|error| of_file(&error, &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(error)) => Err(of_file(&error, &path)),
    }
}

fn of_file(error: &std::io::Error, path: &Path) -> StoreError {
    use std::io::ErrorKind;
    let detail = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { detail },
        ErrorKind::PermissionDenied => StoreError::gone(&rights::denied(error, path)),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { detail },
        _ => StoreError::gone(&detail),
    }
}
