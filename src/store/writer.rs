//! The writing connection and its transactions.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::StoreError;
use super::engine::{Conn, Open};
use crate::secrets::KeyRing;

/// The one connection that writes; the recorder owns it.
pub struct Writer {
    pub(super) conn: Connected,
    pub(super) target: Target,
    pub(super) keys: Arc<KeyRing>,
    /// Whether the last transaction ended by its own commit or rollback.
    settled: bool,
}

pub(super) enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Where to connect again.
pub(super) enum Target {
    Sqlite { options: SqliteConnectOptions, path: PathBuf, _lock: Option<File> },
    Postgres(PgConnectOptions),
}

impl Target {
    /// Where the master key is kept when none is given.
    pub(super) fn key_file(&self) -> Option<PathBuf> {
        match self {
            Target::Sqlite { path, .. } => Some(path.with_extension("key")),
            Target::Postgres(_) => None,
        }
    }

    pub(super) async fn connect(&self) -> Result<Connected, StoreError> {
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

impl Connected {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        match self {
            Connected::Sqlite(db) => Conn::Sqlite(db),
            Connected::Postgres(db) => Conn::Postgres(db),
        }
    }
}

impl Writer {
    pub(super) fn new(conn: Connected, mut target: Target, keys: Arc<KeyRing>) -> Self {
        if let Target::Sqlite { options, .. } = &mut target {
            *options = options.clone().create_if_missing(false);
        }
        Self { conn, target, keys, settled: true }
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
        Ok(Tx { open, settled: &mut self.settled, keys: &self.keys })
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
    /// A database file that has been moved away is `Gone`, never made anew.
    pub async fn reopen(&mut self) -> Result<(), StoreError> {
        self.conn = self.target.connect().await?;
        self.settled = true;
        Ok(())
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
    settled: &'c mut bool,
    pub(super) keys: &'c KeyRing,
}

impl Tx<'_> {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        self.open.conn()
    }

    /// Begins a part that can be undone by itself. It ends with [`Tx::keep_part`] or [`Tx::undo_part`].
    pub async fn begin_part(&mut self) -> Result<(), StoreError> {
        self.part("SAVEPOINT part").await
    }

    pub async fn keep_part(&mut self) -> Result<(), StoreError> {
        self.part("RELEASE SAVEPOINT part").await
    }

    /// Undoes what was written since [`Tx::begin_part`]. An error means that the whole transaction is lost.
    pub async fn undo_part(&mut self) -> Result<(), StoreError> {
        self.part("ROLLBACK TO SAVEPOINT part").await?;
        self.keep_part().await
    }

    async fn part(&mut self, statement: &'static str) -> Result<(), StoreError> {
        match self.conn() {
            Conn::Sqlite(db) => sqlx::query(statement).execute(db).await.map(|_| ())?,
            Conn::Postgres(db) => sqlx::query(statement).execute(db).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Ends the transaction; `Ok` means that it is on disk. After `Gone` it may be there or not.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.open.commit().await?;
        *self.settled = true;
        Ok(())
    }

    /// Undoes the transaction and waits until it is undone (a drop does so on the connection's next use).
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.open {
            Open::Sqlite(tx) => tx.rollback().await?,
            Open::Postgres(tx) => tx.rollback().await?,
        }
        *self.settled = true;
        Ok(())
    }
}
