//! Opening the database, and the read pool.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, PgPool, SqlitePool};

use super::direct::DirectOptions;
use super::engine::{Lent, Pooled};
use super::events::SessionCache;
use super::hold::Hold;
use super::place::{Lock, Place};
use super::server::{BEGIN_READ, Server, in_time, run};
use super::space::Readers;
use super::wal;
use super::writer::{Connected, Target};
use super::{StoreError, Writer, keys, rights, schema};
use crate::secrets::{KeyRing, MasterKey};

/// SQLite's page. Smaller ones mean less written for a batch that touches a row here and there.
pub(super) const PAGE_BYTES: u32 = 4_096;

/// Reading sessions get this long to end.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);
/// So long a program that has the database is waited for by who would change its schema beside it.
const ALONE_WITHIN: Duration = Duration::from_secs(1);

/// How to open the database; what is not said has a default.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    pub master: MasterSource,
    /// Connections that read at the same time.
    pub readers: u32,
    /// The SQLite file may not grow beyond this many bytes; the store is `Full` there. `None`: the disk is the limit.
    pub max_bytes: Option<u64>,
    /// How long to wait for somebody else's lock (another program that reads or copies the file; on PostgreSQL a process
    /// that is about to end).
    pub lock_wait: Duration,
    /// Refuse a database that another process has. Off for a short write beside a running program.
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
    /// PostgreSQL's reading sessions that are older than this are not used any more.
    sessions_from: SessionsFrom,
    /// Of an SQLite file; given up when the last connection has ended.
    lock: Mutex<Option<Lock>>,
}

type SessionsFrom = Arc<Mutex<Instant>>;

/// What opening comes to before anything is read.
struct Reached {
    target: Target,
    conn: Connected,
    pool: Pool,
    hold: Option<Hold>,
    lock: Option<Lock>,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres { pool: PgPool, lent: bool },
}

impl Store {
    /// Opens `sqlite://path` (made if absent, with its folder) or `postgres://…`, and brings its schema up to date.
    ///
    /// Refuses, each with its own error: a URL that is neither, a file that another process has, a schema that is too
    /// new, a file that is no database, a master key that is missing or wrong.
    pub async fn open(url: &str, options: StoreOptions) -> Result<(Store, Writer), StoreError> {
        let opened = Self::open_as(url, options.clone()).await;
        let Err(StoreError::Older { found, known }) = opened else { return opened };
        // Beside nobody it may be brought up to date as at a start.
        let alone = StoreOptions { exclusive: true, lock_wait: ALONE_WITHIN, ..options };
        match Self::open_as(url, alone).await {
            Err(StoreError::InUse { .. }) => Err(StoreError::Older { found, known }),
            opened => opened,
        }
    }

    async fn open_as(url: &str, options: StoreOptions) -> Result<(Store, Writer), StoreError> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let sessions_from: SessionsFrom = Arc::new(Mutex::new(Instant::now()));
        let reached = match scheme {
            Some("sqlite") => Self::sqlite(url, &options).await?,
            Some("postgres" | "postgresql") => Self::postgres(url, &options, &sessions_from).await?,
            _ => {
                return Err(StoreError::Url { reason: "expected sqlite://… or postgres://…".to_owned() });
            }
        };
        let Reached { target, mut conn, pool, mut hold, lock } = reached;
        match &mut hold {
            Some(hold) => hold.during(Box::pin(schema::migrate(conn.conn()))).await?,
            // Another program may be running on it, which knows no other schema than that.
            None => Box::pin(schema::make_or_find(conn.conn())).await?,
        }
        let opened = keys::open_ring(&mut conn, &options.master, target.key_file()).await?;
        if let Some(place) = target.place() {
            place.know_wal();
        }
        let keys = Arc::new(opened.ring);
        let shared = Shared {
            pool,
            sessions: SessionCache::default(),
            keys: Arc::clone(&keys),
            readers: Arc::default(),
            wal: target.wal(),
            made_key: opened.made,
            sessions_from,
            lock: Mutex::new(lock),
        };
        Ok((Store { shared: Arc::new(shared) }, Writer::new(conn, target, keys, hold)))
    }

    async fn sqlite(url: &str, options: &StoreOptions) -> Result<Reached, StoreError> {
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
        let creates = !url.contains("mode=ro");
        if creates {
            // For its owner only, or its folder's group: it holds what callers said and their numbers.
            rights::prepare(&path)?;
        }
        let (place, lock) = Place::take(&path, options.exclusive)?;
        let place = Arc::new(place);
        let common = parsed
            .filename(place.path())
            .create_if_missing(false)
            .busy_timeout(options.lock_wait)
            .foreign_keys(false)
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let mut writing = common
            .clone()
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Copied between two commits and beside the writer (`wal`), never within a commit.
            .pragma("wal_autocheckpoint", "0")
            .pragma("journal_size_limit", wal::KEPT_BYTES.to_string())
            .pragma("cache_size", "-2048")
            // What may have to be undone within a transaction is kept in memory: a few MB of pages at most, and no file for each.
            .pragma("temp_store", "MEMORY")
            .thread_name(|_| "store-writer".to_owned());
        let max_pages = options.max_bytes.map(|bytes| (bytes / u64::from(PAGE_BYTES)).max(1));
        if let Some(pages) = max_pages {
            writing = writing.pragma("max_page_count", pages.to_string());
        }
        let reading = common
            .read_only(true)
            .pragma("cache_size", "-512")
            .row_buffer_size(64)
            .thread_name(|n| format!("store-reader-{n}"));
        let pool = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .test_before_acquire(false)
            .after_connect({
                let place = Arc::clone(&place);
                // A file that has taken the place of ours is another database. (Its log is the writer's to look at: without a
                // writer there is none.)
                move |_, _| {
                    let found =
                        place.look_at_file().map_err(|error| sqlx::Error::Io(std::io::Error::other(error)));
                    Box::pin(std::future::ready(found))
                }
            })
            .connect_lazy_with(reading);
        let hold = options.exclusive.then(|| Hold::of_file(Arc::clone(&place)));
        let batches = DirectOptions { lock_wait: options.lock_wait, read_only: !creates, max_pages };
        let target = Target::Sqlite { options: writing, batches, place, key: path.with_extension("key") };
        let conn = target.connect().await?;
        Ok(Reached { target, conn, pool: Pool::Sqlite(pool), hold, lock: Some(lock) })
    }

    async fn postgres(
        url: &str,
        options: &StoreOptions,
        sessions_from: &SessionsFrom,
    ) -> Result<Reached, StoreError> {
        let parsed = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Url { reason: error.to_string() })?
            .application_name("ramal")
            .statement_cache_capacity(256)
            // Nothing here is a floating-point number, and poolers do not know the setting.
            .extra_float_digits(None)
            .disable_statement_logging();
        let (server, [writing, holding]) = Server::find(parsed).await?;
        let hold = if options.exclusive {
            Some(Hold::of_server(server.clone(), holding, options.lock_wait).await?)
        } else {
            None
        };
        let from = Arc::clone(sessions_from);
        let pool = server.pool(options.readers, move |age| {
            let from = *from.lock().unwrap_or_else(PoisonError::into_inner);
            Instant::now().checked_sub(age).is_some_and(|made| made >= from)
        });
        let lent = server.lends();
        let conn = Connected::Postgres { db: writing, server: Box::new(server.clone()) };
        Ok(Reached {
            target: Target::Postgres(server),
            conn,
            pool: Pool::Postgres { pool, lent },
            hold,
            lock: None,
        })
    }

    pub(super) async fn read(&self) -> Result<Pooled, StoreError> {
        let lent = match &self.shared.pool {
            Pool::Sqlite(pool) => Lent::Sqlite(pool.acquire().await?),
            Pool::Postgres { pool, lent } => {
                let mut db = pool.acquire().await?;
                if *lent {
                    // Between preparing a statement and running it another session may come; it ends with the loan.
                    in_time(run(&mut db, BEGIN_READ)).await?;
                }
                Lent::Postgres { db, lent: *lent }
            }
        };
        Ok(Pooled { lent, _since: self.shared.readers.begin(Instant::now()) })
    }

    /// From now on no reading session of PostgreSQL is used that was made before: the server they lead to is gone, or is not
    /// the one that takes writes.
    pub fn renew_sessions(&self) {
        *self.shared.sessions_from.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
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
            Pool::Postgres { .. } => "postgres",
        }
    }

    /// Closes the read connections and waits for those in use; later reads are answered with `Gone`. To be called after the
    /// writer was closed: then the file is free.
    pub async fn close(&self) {
        let closing = async {
            match &self.shared.pool {
                Pool::Sqlite(pool) => pool.close().await,
                Pool::Postgres { pool, .. } => pool.close().await,
            }
        };
        // Sessions, and disks, that do not answer are not waited for. The file stays locked while one may still use it.
        let is_open = tokio::time::timeout(CLOSES_WITHIN, closing).await.is_err();
        if is_open && matches!(self.shared.pool, Pool::Sqlite(_)) {
            return;
        }
        *self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.engine()).finish()
    }
}

pub(super) fn of_file(error: &std::io::Error, path: &Path) -> StoreError {
    use std::io::ErrorKind;
    let detail = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { detail },
        ErrorKind::PermissionDenied => StoreError::gone(&rights::denied(error, path)),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { detail },
        _ => StoreError::gone(&detail),
    }
}
