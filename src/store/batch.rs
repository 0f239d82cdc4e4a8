//! The transaction of a batch: what the recorder writes with one commit.

use std::time::Duration;

use rusqlite::Connection;

use super::direct;
use super::engine::{BatchConn, Open};
use super::place::Place;
use super::writer::Connected;
use super::{StoreError, Writer};

/// One transaction that writes events, their duplicates' keys, and what couriers report: the only way to write these.
/// Dropped without a commit it is undone.
pub struct BatchTx<'c> {
    open: OpenBatch<'c>,
    /// The writer's note that all is well, made when this ends in order.
    settled: &'c mut bool,
    place: Option<&'c Place>,
}

enum OpenBatch<'c> {
    Direct(Undone<'c>),
    Server(Open<'c>),
}

/// Undoes what was begun on the connection and not ended.
struct Undone<'c>(&'c mut Connection);

impl Drop for Undone<'_> {
    fn drop(&mut self) {
        // An error that ends the transaction by itself has left nothing to undo.
        if !self.0.is_autocommit() {
            let _ = direct::run(self.0, "ROLLBACK");
        }
    }
}

impl Writer {
    /// Begins the transaction of a batch. With SQLite every step of it keeps the calling thread until it is done; the commit
    /// waits for the disk.
    pub async fn begin_batch(&mut self) -> Result<BatchTx<'_>, StoreError> {
        self.begin_batch_within(Duration::ZERO).await
    }

    /// As [`Writer::begin_batch`], for a batch that carries so much that a slow line to a server takes this long for one
    /// statement.
    pub async fn begin_batch_within(&mut self, statement: Duration) -> Result<BatchTx<'_>, StoreError> {
        self.make_ready().await?;
        let place = self.target.place();
        let Some(conn) = &mut self.conn else { return Err(StoreError::gone(&"there is no session")) };
        let open = match conn {
            Connected::Sqlite { batches, .. } => {
                direct::run(batches, "BEGIN IMMEDIATE")?;
                OpenBatch::Direct(Undone(batches))
            }
            Connected::Postgres { db, server } => OpenBatch::Server(server.open(db, statement).await?),
        };
        Ok(BatchTx { open, settled: &mut self.settled, place })
    }
}

impl BatchTx<'_> {
    pub(super) fn conn(&mut self) -> BatchConn<'_> {
        match &mut self.open {
            OpenBatch::Direct(undone) => BatchConn::Direct(undone.0),
            OpenBatch::Server(open) => BatchConn::Other(open.conn()),
        }
    }

    /// Ends the transaction; `Ok` means that it is on disk. After `Gone` it may be there or not: a file that has lost its
    /// name has it, and may get the name back.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.open {
            OpenBatch::Direct(undone) => {
                direct::run(undone.0, "COMMIT").map_err(StoreError::of_commit)?;
            }
            OpenBatch::Server(open) => open.commit().await?,
        }
        *self.settled = true;
        self.place.map_or(Ok(()), Place::look).map_err(StoreError::with_unknown_outcome)
    }

    /// Undoes the transaction and waits until it is undone.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.open {
            OpenBatch::Direct(undone) => drop(undone),
            OpenBatch::Server(open) => open.rollback().await?,
        }
        *self.settled = true;
        Ok(())
    }
}
