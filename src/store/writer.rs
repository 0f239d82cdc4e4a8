//! The writing connection and its transactions.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::time::timeout;

use super::StoreError;
use super::direct::{self, DirectOptions};
use super::engine::{Conn, Open};
use super::hold::Hold;
use super::place::Place;
use super::server::{Server, in_time, ping};
use super::session::{ROW_WITHIN, Session};
use crate::secrets::KeyRing;

/// What writes: one transaction at a time. The recorder owns it.
pub struct Writer {
    /// None while PostgreSQL's next session is made.
    pub(super) conn: Option<Connected>,
    pub(super) target: Target,
    pub(super) keys: Arc<KeyRing>,
    /// Whether the last transaction ended by its own commit or rollback.
    pub(super) settled: bool,
    /// When the connection was last begun to be used.
    used_at: Instant,
    /// Whether the connection was made anew since that was last asked.
    renewed: bool,
    hold: Option<Hold>,
}

/// A connection that was not used for so long is asked whether it is still there: servers end idle ones.
const IDLE: Duration = Duration::from_millis(50);

/// What is given up gets this long to end in order.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

pub(super) enum Connected {
    Sqlite {
        db: SqliteConnection,
        /// For batches. Only one of the two is in a transaction at a time.
        batches: rusqlite::Connection,
    },
    Postgres {
        db: PgConnection,
        server: Box<Server>,
    },
}

/// Where to connect again.
pub(super) enum Target {
    /// `key` is where the master key is kept when none is given.
    Sqlite {
        options: SqliteConnectOptions,
        batches: DirectOptions,
        place: Arc<Place>,
        key: PathBuf,
    },
    Postgres(Server),
}

impl Target {
    /// Where the master key is kept when none is given.
    pub(super) fn key_file(&self) -> Option<PathBuf> {
        match self {
            Target::Sqlite { key, .. } => Some(key.clone()),
            Target::Postgres(_) => None,
        }
    }

    pub(super) async fn connect(&self) -> Result<Connected, StoreError> {
        match self {
            Target::Sqlite { options, batches, place, .. } => {
                place.look()?;
                let db = SqliteConnection::connect_with(options).await?;
                Ok(Connected::Sqlite { db, batches: direct::connect(place, *batches)? })
            }
            Target::Postgres(server) => {
                Ok(Connected::Postgres { db: server.connect().await?, server: Box::new(server.clone()) })
            }
        }
    }

    /// The file, if that is what it is.
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Target::Sqlite { place, .. } => Some(place),
            Target::Postgres(_) => None,
        }
    }
}

impl Connected {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        match self {
            Connected::Sqlite { db, .. } => Conn::Sqlite(db),
            Connected::Postgres { db, server } => {
                Conn::Postgres(Session { db, lent: server.lends(), row_within: ROW_WITHIN })
            }
        }
    }
}

impl Connected {
    async fn close(self) -> Result<(), StoreError> {
        match self {
            Connected::Sqlite { db, batches } => {
                batches.close().map_err(|(_, error)| StoreError::from(error))?;
                db.close().await.map_err(StoreError::from)
            }
            Connected::Postgres { db, .. } => in_time(db.close()).await,
        }
    }
}

impl Writer {
    pub(super) fn new(conn: Connected, target: Target, keys: Arc<KeyRing>, hold: Option<Hold>) -> Self {
        Self { conn: Some(conn), target, keys, settled: true, used_at: Instant::now(), renewed: false, hold }
    }

    /// The hold on the database, for whoever looks after it from now on; none when it was opened beside another process.
    pub fn take_hold(&mut self) -> Option<Hold> {
        self.hold.take()
    }

    /// Begins the only transaction there is (SQLite: `IMMEDIATE`, so that it cannot fail half-way for a lock).
    /// Dropped without a commit it is undone.
    pub async fn begin(&mut self) -> Result<Tx<'_>, StoreError> {
        self.make_ready().await?;
        let place = self.target.place();
        let Some(conn) = &mut self.conn else { return Err(StoreError::gone(&"there is no session")) };
        let open = match conn {
            Connected::Sqlite { db, .. } => Open::Sqlite(db.begin_with("BEGIN IMMEDIATE").await?),
            Connected::Postgres { db, server } => server.open(db, Duration::ZERO).await?,
        };
        Ok(Tx { open, settled: &mut self.settled, keys: &self.keys, place })
    }

    /// The connection as the next transaction needs it, which has not ended in order until it says so.
    pub(super) async fn make_ready(&mut self) -> Result<(), StoreError> {
        if !self.settled {
            self.recover().await?;
        }
        self.freshen().await?;
        self.settled = false;
        Ok(())
    }

    /// Whether the connection was made anew since this was last asked: it may lead to another server than the one before it.
    pub fn was_renewed(&mut self) -> bool {
        std::mem::take(&mut self.renewed)
    }

    /// Replaces a session that the server has ended while nothing was to be written.
    pub async fn freshen(&mut self) -> Result<(), StoreError> {
        if self.conn.is_none() || self.used_at.elapsed() > IDLE {
            self.ask().await?;
        }
        self.used_at = Instant::now();
        Ok(())
    }

    /// Asks PostgreSQL whether the session is still there, and makes another one if it is not. For what cannot be tried
    /// again; otherwise it is done where nothing was written for a moment.
    pub async fn ask(&mut self) -> Result<(), StoreError> {
        let is_there = match &mut self.conn {
            Some(Connected::Postgres { db, .. }) => in_time(ping(db)).await.is_ok(),
            Some(Connected::Sqlite { .. }) => true,
            None => false,
        };
        if !is_there {
            self.reopen().await?;
        }
        self.used_at = Instant::now();
        Ok(())
    }

    /// After a transaction that was not committed: a statement that fails for want of room ends the whole transaction
    /// within SQLite, which the driver goes on counting as open; only a new connection helps
    /// (`a_full_file_takes_results_again_once_there_is_room`).
    async fn recover(&mut self) -> Result<(), StoreError> {
        if let Some(Connected::Sqlite { db, .. }) = &mut self.conn {
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
        if matches!(self.target, Target::Postgres(_))
            && let Some(old) = self.conn.take()
        {
            // The role may have no session to spare (`a_session_is_given_up_before_the_next_is_made`).
            drop(timeout(ENDS_WITHIN, old.close()).await);
        }
        // Rarely, and large.
        self.conn = Some(Box::pin(self.target.connect()).await?);
        self.settled = true;
        self.used_at = Instant::now();
        self.renewed = true;
        Ok(())
    }

    /// Ends the connection in an orderly way, and gives the database up if that is still to be done.
    pub async fn close(self) -> Result<(), StoreError> {
        let closed = match self.conn {
            Some(conn) => conn.close().await,
            None => Ok(()),
        };
        if let Some(hold) = self.hold {
            hold.release().await;
        }
        closed
    }
}

/// One transaction: every write of the store but those of a batch ([`BatchTx`](super::BatchTx)) is a method of it, and a few
/// reads that must see what it wrote.
pub struct Tx<'c> {
    open: Open<'c>,
    /// The writer's note that all is well, made when this ends in order.
    settled: &'c mut bool,
    pub(super) keys: &'c KeyRing,
    place: Option<&'c Place>,
}

impl Tx<'_> {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        self.open.conn()
    }

    /// Ends the transaction; `Ok` means that it is on disk. After `Gone` it may be there or not: a file that has lost its
    /// name has it, and may get the name back.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.open.commit().await?;
        *self.settled = true;
        self.place.map_or(Ok(()), Place::look).map_err(StoreError::with_unknown_outcome)
    }

    /// Undoes the transaction and waits until it is undone (a drop does so on the connection's next use).
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.open.rollback().await?;
        *self.settled = true;
        Ok(())
    }
}
