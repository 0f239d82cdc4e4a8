//! Opening the database; the writing connection and its transactions; the read pool.

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool, SqliteConnection, SqlitePool};

use super::engine::{Conn, Open, Pooled};
use super::events::SessionCache;
use super::{StoreError, schema};

/// SQLite's page: large enough that a row with a payload of 1.5 KB needs no overflow page.
const PAGE_BYTES: u32 = 8_192;
/// Above this the WAL is copied into the file and cut off.
const WAL_LIMIT_BYTES: u64 = 64 << 20;

/// How to open the database; what is not said has a default.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Connections that read at the same time.
    pub readers: u32,
    /// The SQLite file may not grow beyond this many bytes; the store is `Full` there. `None`: the disk is the limit.
    pub max_bytes: Option<u64>,
    /// How long to wait for somebody else's lock (another program that reads or copies the file).
    pub lock_wait: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { readers: 4, max_bytes: None, lock_wait: Duration::from_secs(5) }
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
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The one connection that writes; the recorder owns it.
pub struct Writer {
    conn: Connected,
    target: Target,
    /// Whether the last transaction ended by its own commit or rollback.
    settled: bool,
}

enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Where to connect again.
enum Target {
    Sqlite { options: SqliteConnectOptions, path: PathBuf, _lock: File },
    Postgres(PgConnectOptions),
}

impl Store {
    /// Opens `sqlite://path` (made if absent, with its folder) or `postgres://…`, and brings its schema up to date.
    ///
    /// Refuses, each with its own error: a URL that is neither, a file that another process has, a schema that is too
    /// new, a file that is no database.
    pub async fn open(url: &str, options: StoreOptions) -> Result<(Store, Writer), StoreError> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let (target, pool) = match scheme {
            Some("sqlite") => Self::sqlite(url, &options)?,
            Some("postgres" | "postgresql") => Self::postgres(url, &options)?,
            _ => {
                return Err(StoreError::Url { reason: "expected sqlite://… or postgres://…".to_owned() });
            }
        };
        let conn = target.connect().await?;
        let mut writer = Writer { conn, target, settled: true };
        schema::migrate(writer.conn()).await?;
        let store = Store { shared: Arc::new(Shared { pool, sessions: SessionCache::default() }) };
        Ok((store, writer))
    }

    fn sqlite(url: &str, options: &StoreOptions) -> Result<(Target, Pool), StoreError> {
        let parsed = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Url { reason: error.to_string() })?;
        let path = parsed.get_filename().to_owned();
        if url.contains(":memory:") || url.contains("mode=memory") || path.as_os_str().is_empty() {
            let reason = "SQLite needs a file: what is accepted must be on disk".to_owned();
            return Err(StoreError::Url { reason });
        }
        let lock = lock_file(&path)?;
        let common = parsed
            .busy_timeout(options.lock_wait)
            .foreign_keys(false)
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let mut writing = common
            .clone()
            .create_if_missing(!url.contains("mode=ro"))
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // The writer cuts the WAL between two batches (`checkpoint_if_large`), never within a commit.
            .pragma("wal_autocheckpoint", "0")
            .pragma("cache_size", "-8192")
            .thread_name(|_| "store-writer".to_owned());
        if let Some(bytes) = options.max_bytes {
            writing = writing.pragma("max_page_count", (bytes / u64::from(PAGE_BYTES)).max(1).to_string());
        }
        let reading = common
            .read_only(true)
            .pragma("cache_size", "-2048")
            .row_buffer_size(256)
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
        Ok(match &self.shared.pool {
            Pool::Sqlite(pool) => Pooled::Sqlite(pool.acquire().await?),
            Pool::Postgres(pool) => Pooled::Postgres(pool.acquire().await?),
        })
    }

    pub(super) fn session_cache(&self) -> &SessionCache {
        &self.shared.sessions
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
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| of_file(&error, folder))?;
    }
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| of_file(&error, &path))?;
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
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => StoreError::ReadOnly { detail },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { detail },
        _ => StoreError::gone(&detail),
    }
}

impl Target {
    async fn connect(&self) -> Result<Connected, StoreError> {
        match self {
            Target::Sqlite { options, .. } => {
                Ok(Connected::Sqlite(SqliteConnection::connect_with(options).await?))
            }
            Target::Postgres(options) => {
                let mut conn = PgConnection::connect_with(options).await?;
                // A server whose default is not to wait for the disk would break "accepted means on disk".
                sqlx::query(
                    "SELECT set_config('synchronous_commit', 'on', false) \
                     WHERE current_setting('synchronous_commit') = 'off'",
                )
                .execute(&mut conn)
                .await?;
                Ok(Connected::Postgres(conn))
            }
        }
    }
}

impl Writer {
    fn conn(&mut self) -> Conn<'_> {
        match &mut self.conn {
            Connected::Sqlite(db) => Conn::Sqlite(db),
            Connected::Postgres(db) => Conn::Postgres(db),
        }
    }

    /// Begins the only transaction there is (SQLite: `IMMEDIATE`, so that it cannot fail half-way for a lock).
    /// Dropped without a commit it is undone.
    pub async fn begin(&mut self) -> Result<Tx<'_>, StoreError> {
        if !self.settled {
            self.recover().await?;
        }
        self.settled = false;
        let open = match &mut self.conn {
            Connected::Sqlite(db) => Open::Sqlite(db.begin_with("BEGIN IMMEDIATE").await?),
            Connected::Postgres(db) => Open::Postgres(db.begin().await?),
        };
        Ok(Tx { open, settled: Some(&mut self.settled) })
    }

    /// After a transaction that was not committed: a statement that fails for want of room ends the whole transaction
    /// within SQLite, which the driver goes on counting as open; only a new connection helps
    /// (`a_full_file_takes_results_again_once_there_is_room`).
    async fn recover(&mut self) -> Result<(), StoreError> {
        if let Connected::Sqlite(db) = &mut self.conn {
            // The answer comes after the rollback that the dropped transaction has left in the connection's queue.
            db.ping().await?;
            if db.is_in_transaction() {
                self.reopen().await?;
            }
        }
        Ok(())
    }

    /// Gives the connection up and makes a new one: the way on after `Gone`, and the only one after an unknown outcome.
    pub async fn reopen(&mut self) -> Result<(), StoreError> {
        self.conn = self.target.connect().await?;
        self.settled = true;
        Ok(())
    }

    /// Bytes of the write-ahead log now; 0 on PostgreSQL, which looks after its own.
    pub fn wal_bytes(&self) -> u64 {
        let Target::Sqlite { path, .. } = &self.target else { return 0 };
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        std::fs::metadata(PathBuf::from(name)).map_or(0, |file| file.len())
    }

    /// Copies the WAL into the file and cuts it off when it is above 64 MiB; to be called between batches. Returns
    /// whether it did: a reader that is in the middle of an old page puts it off until the next call.
    pub async fn checkpoint_if_large(&mut self) -> Result<bool, StoreError> {
        if self.wal_bytes() < WAL_LIMIT_BYTES {
            return Ok(false);
        }
        let Connected::Sqlite(db) = &mut self.conn else { return Ok(false) };
        let (busy,): (i64,) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(db).await?;
        Ok(busy == 0)
    }

    /// Ends the connection in an orderly way.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.conn {
            Connected::Sqlite(db) => db.close().await?,
            Connected::Postgres(db) => db.close().await?,
        }
        Ok(())
    }
}

/// One transaction: every write of the store is a method of it, and a few reads that must see what it wrote.
pub struct Tx<'c> {
    open: Open<'c>,
    /// The writer's note that all is well, made when this ends in order.
    settled: Option<&'c mut bool>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(open: Open<'c>) -> Self {
        Self { open, settled: None }
    }

    pub(super) fn conn(&mut self) -> Conn<'_> {
        self.open.conn()
    }

    /// Ends the transaction; `Ok` means that it is on disk. After `Gone` it may be there or not.
    pub async fn commit(self) -> Result<(), StoreError> {
        let ended = match self.open {
            Open::Sqlite(tx) => tx.commit().await,
            Open::Postgres(tx) => tx.commit().await,
        };
        ended.map_err(StoreError::of_commit)?;
        if let Some(settled) = self.settled {
            *settled = true;
        }
        Ok(())
    }

    /// Undoes the transaction and waits until it is undone (a drop does so on the connection's next use).
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.open {
            Open::Sqlite(tx) => tx.rollback().await,
            Open::Postgres(tx) => tx.rollback().await,
        }
        .map_err(StoreError::from)
    }
}
