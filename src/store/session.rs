//! A session of PostgreSQL, as the operations of the store use it: every statement has a deadline, and none has a name
//! where sessions are lent to others between two transactions.

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Either, Execute, Executor, PgConnection, Postgres, SqlStr};
use tokio::time::timeout;

/// A statement whose next row does not come within this time has lost its server. (One that waits for somebody's lock is
/// tried again.) A transaction that carries much has its own time.
pub(super) const ROW_WITHIN: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Session<'c> {
    pub(super) db: &'c mut PgConnection,
    /// Others have it between two transactions.
    pub(super) lent: bool,
    pub(super) row_within: Duration,
}

/// A query that is prepared without a name if the session is lent: a named one would be somebody else's next time.
struct Prepared<Q> {
    query: Q,
    lent: bool,
}

impl<'q, Q: Execute<'q, Postgres>> Execute<'q, Postgres> for Prepared<Q> {
    fn sql(self) -> SqlStr {
        self.query.sql()
    }

    fn statement(&self) -> Option<&PgStatement> {
        self.query.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        self.query.take_arguments()
    }

    fn persistent(&self) -> bool {
        !self.lent && self.query.persistent()
    }
}

impl<'c> Executor<'c> for &'c mut Session<'_> {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let query = Prepared { query, lent: self.lent };
        in_time((&mut *self.db).fetch_many(query), self.row_within)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let query = Prepared { query, lent: self.lent };
        let within = self.row_within;
        let row = (&mut *self.db).fetch_optional(query);
        async move { timeout(within, row).await.unwrap_or_else(|_| Err(too_late())) }.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        (&mut *self.db).prepare_with(sql, parameters)
    }
}

fn in_time<'e, T: Send + 'e>(
    rows: BoxStream<'e, Result<T, sqlx::Error>>,
    row_within: Duration,
) -> BoxStream<'e, Result<T, sqlx::Error>> {
    futures_util::stream::unfold(Some(rows), move |rows| async move {
        let mut rows = rows?;
        match timeout(row_within, rows.next()).await {
            Ok(Some(row)) => Some((row, Some(rows))),
            Ok(None) => None,
            Err(_) => Some((Err(too_late()), None)),
        }
    })
    .boxed()
}

fn too_late() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::TimedOut.into())
}
