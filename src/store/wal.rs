//! SQLite's write-ahead log: when it begins anew, and who copies it into the file before that.
//!
//! SQLite writes over the log from its beginning once all of it has been copied into the file. Copying 64 MiB takes
//! longer than an event should wait, so it is done in two parts: most of it by a connection of its own beside the
//! writer ([`WalCopier`]), and what was written meanwhile by the writer between two commits, a millisecond's work. The
//! writer does all of it when nobody copies beside it.
//!
//! The log keeps its size when it is written over, which spares the disk the making of room with every commit.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

use super::open::PAGE_BYTES;
use super::place::Place;
use super::space::file_bytes;
use super::writer::{Connected, Target};
use super::{StoreError, Writer};

/// With this much in it the log is to begin anew.
const LIMIT_BYTES: u64 = 64 << 20;
/// What the writer copies at once.
const REST_BYTES: u64 = LIMIT_BYTES / 8;
/// With this much in it nobody seems to copy beside the writer, which then does it all. Under full load the copier
/// needs three turns, each for what was written during the one before, and the log reaches half of this.
const ALONE_BYTES: u64 = 4 * LIMIT_BYTES;
/// With this much in it the writer waits for the readers that keep it from beginning anew.
const WAITS_BYTES: u64 = 2 * ALONE_BYTES;
/// A log that became larger is cut to this when it begins anew. Above what it reaches in peace, because cutting costs
/// the commit that does it, and those that make the room again, several milliseconds.
pub(super) const KEPT_BYTES: u64 = ALONE_BYTES;

/// What the writer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalState {
    /// Nothing to do yet.
    Small,
    /// Large: [`WalCopier::copy`] is due.
    Large,
    /// All of it was copied just now; the next commit writes over it.
    Emptied,
}

impl Target {
    /// The write-ahead log beside an SQLite file.
    pub(super) fn wal(&self) -> Option<PathBuf> {
        self.place().map(|place| place.wal().to_owned())
    }
}

impl Writer {
    /// Looks at the size of the log, and empties it when that is quickly done or cannot wait any longer. Readers are
    /// not waited for before the log has grown to eight times its size; one that is in the middle of an old page puts
    /// the new beginning off.
    pub async fn look_at_wal(&mut self) -> Result<WalState, StoreError> {
        // The file alone does not tell: it keeps its size when it is written over.
        if self.target.wal().is_none_or(|wal| file_bytes(&wal) < LIMIT_BYTES) {
            return Ok(WalState::Small);
        }
        let Some(Connected::Sqlite { db, .. }) = &mut self.conn else { return Ok(WalState::Small) };
        let (_, pages, copied): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(NOOP)").fetch_one(&mut *db).await?;
        let bytes = |pages: i64| u64::try_from(pages).unwrap_or(0) * u64::from(PAGE_BYTES);
        let (all, rest) = (bytes(pages), bytes(pages - copied));
        let checkpoint = match () {
            () if all < LIMIT_BYTES || rest == 0 => return Ok(WalState::Small),
            () if all >= WAITS_BYTES => "PRAGMA wal_checkpoint(RESTART)",
            () if rest <= REST_BYTES || all >= ALONE_BYTES => "PRAGMA wal_checkpoint(PASSIVE)",
            () => return Ok(WalState::Large),
        };
        let (busy, pages, copied): (i64, i64, i64) = sqlx::query_as(checkpoint).fetch_one(&mut *db).await?;
        Ok(if busy == 0 && pages == copied { WalState::Emptied } else { WalState::Large })
    }

    /// Copies the log into the file if that is still there: a log that has lost its name goes with the process, and with it
    /// what was committed last (`a_write_ahead_log_that_is_deleted_takes_nothing_with_it`).
    pub async fn save_log(&mut self) -> Result<(), StoreError> {
        let there = self.target.place().is_some_and(Place::has_file);
        if let (Some(Connected::Sqlite { db, .. }), true) = (&mut self.conn, there) {
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *db).await?;
        }
        Ok(())
    }

    /// The one who copies beside this writer; `None` on PostgreSQL, which looks after its own log.
    pub fn wal_copier(&self) -> Option<WalCopier> {
        let Target::Sqlite { options, place, .. } = &self.target else { return None };
        let place = Arc::clone(place);
        let options = options.clone().pragma("cache_size", "-64").thread_name(|_| "store-copier".to_owned());
        Some(WalCopier { options, place, db: None, in_file: 0 })
    }
}

/// Copies the write-ahead log into the file without keeping the writer from writing.
pub struct WalCopier {
    options: SqliteConnectOptions,
    place: Arc<Place>,
    db: Option<SqliteConnection>,
    /// Pages of the log that are in the file since the last copy.
    in_file: u64,
}

impl WalCopier {
    /// Copies what is in the log now, as far as no reader stands in an older state. Connects at its first use and
    /// after an error. Returns how many pages of the log came into the file.
    pub async fn copy(&mut self) -> Result<u64, StoreError> {
        // A new connection to a file whose log was taken away would begin another log.
        self.place.look()?;
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.options.connect().await?,
        };
        let (_, _, copied): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut db).await?;
        self.db = Some(db);
        // SQLite says -1 of a file that has no such log, and else how many of the whole log are in the file; a log that was
        // begun anew begins at nothing.
        let in_file = u64::try_from(copied).unwrap_or(0);
        let before = std::mem::replace(&mut self.in_file, in_file);
        Ok(in_file.checked_sub(before).unwrap_or(in_file))
    }
}
