//! Parts of a transaction: what several share, each undone by itself.

use super::engine::{BatchConn, on};
use super::{BatchTx, StoreError, Tx, direct};

/// A transaction that operations of several share, each in a part that can be undone by itself.
pub(crate) trait InParts: Sized {
    /// One of those below.
    async fn part(&mut self, statement: &'static str) -> Result<(), StoreError>;

    async fn commit(self) -> Result<(), StoreError>;

    async fn rollback(self) -> Result<(), StoreError>;

    /// It ends with [`InParts::keep_part`] or [`InParts::undo_part`].
    async fn begin_part(&mut self) -> Result<(), StoreError> {
        self.part("SAVEPOINT part").await
    }

    async fn keep_part(&mut self) -> Result<(), StoreError> {
        self.part("RELEASE SAVEPOINT part").await
    }

    /// Undoes what was written since [`InParts::begin_part`]. An error means that the whole transaction is lost.
    async fn undo_part(&mut self) -> Result<(), StoreError> {
        self.part("ROLLBACK TO SAVEPOINT part").await?;
        self.keep_part().await
    }
}

impl InParts for Tx<'_> {
    async fn part(&mut self, statement: &'static str) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::raw_sql(statement).execute(&mut *db).await.map(drop))?;
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.commit().await
    }

    async fn rollback(self) -> Result<(), StoreError> {
        self.rollback().await
    }
}

impl InParts for BatchTx<'_> {
    async fn part(&mut self, statement: &'static str) -> Result<(), StoreError> {
        match self.conn() {
            BatchConn::Direct(db) => direct::run(db, statement)?,
            BatchConn::Other(conn) => {
                on!(conn, db => sqlx::raw_sql(statement).execute(&mut *db).await.map(drop))?;
            }
        }
        Ok(())
    }

    async fn commit(self) -> Result<(), StoreError> {
        self.commit().await
    }

    async fn rollback(self) -> Result<(), StoreError> {
        self.rollback().await
    }
}
