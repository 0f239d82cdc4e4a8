//! SQLite on the recorder's own thread: the connection that batches are written with.
//!
//! The other driver has a thread for each connection, and every statement crosses to it and back: seven times for one event.
//! Of a commit that costs more than what SQLite does for it. Here a statement is a call, which keeps the thread of whoever makes it until the disk has
//! answered; so only the recorder has such a connection, and nothing else runs on its thread.
//!
//! What must hold: it is in no transaction while the writer's other connection is in one. Both belong to one
//! [`Writer`](super::Writer), which begins one transaction at a time.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::place::Place;

/// Statements that stay prepared: those of a batch are some ten.
const PREPARED: usize = 32;

/// How such a connection is opened; the file and its schema are there.
#[derive(Debug, Clone, Copy)]
pub(super) struct DirectOptions {
    pub lock_wait: Duration,
    pub read_only: bool,
    pub max_pages: Option<u64>,
}

pub(super) fn connect(place: &Place, options: DirectOptions) -> Result<Connection, StoreError> {
    let access =
        if options.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(place.path(), flags)?;
    db.busy_timeout(options.lock_wait)?;
    db.set_prepared_statement_cache_capacity(PREPARED);
    db.pragma_update(None, "synchronous", "FULL")?;
    // Copied between two commits and beside the writer (`wal`), never within a commit.
    db.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    db.pragma_update_and_check(None, "journal_size_limit", super::wal::KEPT_BYTES.cast_signed(), |_| Ok(()))?;
    db.pragma_update(None, "cache_size", -2_048)?;
    // What may have to be undone within a transaction is kept in memory: a few MB of pages at most, and no file for each.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    if let Some(pages) = options.max_pages {
        db.pragma_update_and_check(None, "max_page_count", pages.cast_signed(), |_| Ok(()))?;
    }
    Ok(db)
}

/// Runs a statement without rows.
pub(super) fn run(db: &Connection, statement: &str) -> Result<(), rusqlite::Error> {
    db.prepare_cached(statement)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.cargo/config.toml` says how; a build that has not read it waits for more than it has to with every commit.
    #[test]
    fn sqlite_is_compiled_as_the_checkout_says() {
        let db = Connection::open_in_memory().expect("opens");
        let mut asked = db.prepare("PRAGMA compile_options").expect("a pragma");
        let options = asked.query_map([], |row| row.get::<_, String>(0)).expect("options");
        let options: Vec<String> = options.map(|option| option.expect("a text")).collect();
        assert!(options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"), "{options:?}");
        assert!(!options.iter().any(|option| option == "ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
    }
}
