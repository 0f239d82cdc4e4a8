//! The two engines behind one face: connections, and the macros that write an operation once for both.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite, SqliteConnection, Transaction};

use super::StoreError;
use super::session::{ROW_WITHIN, Session};
use super::space::Reading;

/// A connection to run one operation on, borrowed from a pool or from a transaction.
pub(super) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(Session<'c>),
}

impl Conn<'_> {
    /// The same connection for one operation more.
    pub(super) fn again(&mut self) -> Conn<'_> {
        match self {
            Conn::Sqlite(db) => Conn::Sqlite(db),
            Conn::Postgres(Session { db, lent, row_within }) => {
                Conn::Postgres(Session { db, lent: *lent, row_within: *row_within })
            }
        }
    }
}

/// Runs one body for whichever engine it is; inside, `$db` is that engine's connection. Where both take the same SQL
/// (`$1`, `RETURNING`, `ON CONFLICT`), the text stands once.
macro_rules! on {
    ($conn:expr, $db:ident => $body:expr) => {
        match $conn {
            $crate::store::engine::Conn::Sqlite($db) => $body,
            $crate::store::engine::Conn::Postgres(session) => {
                let mut session = session;
                let $db = &mut session;
                $body
            }
        }
    };
}
pub(super) use on;

/// Reads a row type from both engines' rows.
macro_rules! from_row {
    ($name:ty, $row:ident => $body:expr) => {
        impl sqlx::FromRow<'_, sqlx::sqlite::SqliteRow> for $name {
            fn from_row($row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                $body
            }
        }

        impl sqlx::FromRow<'_, sqlx::postgres::PgRow> for $name {
            fn from_row($row: &sqlx::postgres::PgRow) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                $body
            }
        }
    };
}
pub(super) use from_row;

/// A connection of a read pool, for as long as one operation.
pub(super) struct Pooled {
    pub(super) lent: Lent,
    pub(super) _since: Reading,
}

pub(super) enum Lent {
    Sqlite(PoolConnection<Sqlite>),
    Postgres { db: PoolConnection<Postgres>, lent: bool },
}

impl Pooled {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        match &mut self.lent {
            Lent::Sqlite(db) => Conn::Sqlite(db),
            Lent::Postgres { db, lent } => {
                Conn::Postgres(Session { db, lent: *lent, row_within: ROW_WITHIN })
            }
        }
    }
}

/// An open transaction of either engine.
pub(super) enum Open<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Postgres { tx: Transaction<'c, Postgres>, lent: bool, row_within: Duration },
}

impl Open<'_> {
    pub(super) fn conn(&mut self) -> Conn<'_> {
        match self {
            Open::Sqlite(db) => Conn::Sqlite(db),
            Open::Postgres { tx, lent, row_within } => {
                Conn::Postgres(Session { db: tx, lent: *lent, row_within: *row_within })
            }
        }
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Open::Sqlite(tx) => tx.commit().await,
            Open::Postgres { tx, .. } => tx.commit().await,
        }
        .map_err(StoreError::of_commit)
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Open::Sqlite(tx) => tx.rollback().await?,
            Open::Postgres { tx, .. } => tx.rollback().await?,
        }
        Ok(())
    }
}

/// What a batch is written with: SQLite on the thread of whoever calls ([`super::direct`]), or any other connection.
pub(super) enum BatchConn<'c> {
    Direct(&'c mut rusqlite::Connection),
    Other(Conn<'c>),
}

impl<'c> From<Conn<'c>> for BatchConn<'c> {
    fn from(conn: Conn<'c>) -> Self {
        BatchConn::Other(conn)
    }
}

/// Offers operations that only read on both doors: on [`Store`](super::Store), from its pool, and on
/// [`Tx`](super::Tx), where they see what the transaction has written. Each is a function of the same name beside it.
macro_rules! reads {
    ($($(#[$doc:meta])+ $name:ident($($argument:ident: $kind:ty),* $(,)?) -> $out:ty;)+) => {
        impl $crate::store::Store {
            $($(#[$doc])+
            pub async fn $name(&self, $($argument: $kind),*) -> Result<$out, $crate::store::StoreError> {
                $name(self.read().await?.conn(), $($argument),*).await
            })+
        }

        impl $crate::store::Tx<'_> {
            $($(#[$doc])+
            pub async fn $name(&mut self, $($argument: $kind),*) -> Result<$out, $crate::store::StoreError> {
                $name(self.conn(), $($argument),*).await
            })+
        }
    };
}
pub(super) use reads;

/// One statement over many rows. SQLite takes `VALUES` lists of a few fixed lengths, so that its prepared statements
/// are reused; PostgreSQL takes one array per column, so that one statement serves every length.
pub(super) struct Bulk {
    pub(super) sqlite: [SqlStr; CHUNKS.len()],
    pub(super) postgres: SqlStr,
}

/// Rows per statement on SQLite, largest first. Powers of two: each statement is a trip to the connection's thread and
/// back, and a hundred rows are three of them (64, 32, 4).
const CHUNKS: [usize; 10] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];
/// Rows per statement on PostgreSQL: bounds one message.
pub(super) const POSTGRES_CHUNK: usize = 4_096;

/// A text whose clones share it. (It is built of templates in this room only, never of input.)
fn shared(text: &str) -> SqlStr {
    AssertSqlSafe(Arc::<str>::from(text)).into_sql_str()
}

impl Bulk {
    /// `template` has `{rows}` where the rows stand; their columns are called `column1`, `column2`, … in both engines.
    pub(super) fn new(template: &str, types: &[&str]) -> Bulk {
        // Plain `?`: SQLite looks numbered parameters up by a scan of all of them, which a long list pays for squared.
        let row = format!("({})", vec!["?"; types.len()].join(","));
        let sqlite = CHUNKS.map(|rows| {
            let values = format!("VALUES {}", vec![row.as_str(); rows].join(","));
            shared(&template.replace("{rows}", &values))
        });
        let numbered = |prefix: &str| (1..=types.len()).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>();
        let arrays: Vec<String> =
            numbered("$").iter().zip(types).map(|(name, kind)| format!("{name}::{kind}[]")).collect();
        let rows =
            format!("SELECT * FROM unnest({}) AS u({})", arrays.join(","), numbered("column").join(","));
        Bulk { sqlite, postgres: shared(&template.replace("{rows}", &rows)) }
    }

    /// The largest fixed length that `remaining` rows fill, with its place among the texts.
    pub(super) fn chunk(remaining: usize) -> (usize, usize) {
        let fits = CHUNKS.iter().position(|rows| *rows <= remaining).unwrap_or(CHUNKS.len() - 1);
        (fits, CHUNKS[fits])
    }
}

pub(super) type LazyBulk = LazyLock<Bulk>;

/// Runs a [`Bulk`] statement over a slice; each column is described once: its value, the type that is bound, and
/// PostgreSQL's name for it. The result is every row that the statement returned, as `$out`.
macro_rules! bulk {
    ($conn:expr, $out:ty, $template:literal, $rows:expr, $row:ident => {
        $($value:expr => $bound:ty, $kind:literal);+ $(;)?
    }) => {{
        static BULK: $crate::store::engine::LazyBulk =
            std::sync::LazyLock::new(|| $crate::store::engine::Bulk::new($template, &[$($kind),+]));
        let mut found: Vec<$out> = Vec::new();
        match $conn {
            $crate::store::engine::Conn::Sqlite(db) => {
                let mut rest = $rows;
                while !rest.is_empty() {
                    let (text, length) = $crate::store::engine::Bulk::chunk(rest.len());
                    let (chunk, after) = rest.split_at(length);
                    let mut query = sqlx::query_as::<_, $out>(BULK.sqlite[text].clone());
                    for $row in chunk {
                        query = query$(.bind::<$bound>($value))+;
                    }
                    found.extend(query.fetch_all(&mut *db).await?);
                    rest = after;
                }
            }
            $crate::store::engine::Conn::Postgres(mut db) => {
                for chunk in $rows.chunks($crate::store::engine::POSTGRES_CHUNK) {
                    let query = sqlx::query_as::<_, $out>(BULK.postgres.clone())
                        $(.bind(chunk.iter().map(|$row| -> $bound { let _ = $row; $value }).collect::<Vec<$bound>>()))+;
                    found.extend(query.fetch_all(&mut db).await?);
                }
            }
        }
        found
    }};
}
pub(super) use bulk;

/// As [`bulk!`], for what goes with a batch. On SQLite's direct connection a row is a statement of its own: a step there is
/// a call, and a list of rows would only have to be taken apart again.
macro_rules! batch {
    ($conn:expr, $out:ty, $template:literal, $rows:expr, $row:ident => {
        $($value:expr => $bound:ty, $kind:literal);+ $(;)?
    }) => {
        match $conn {
            $crate::store::engine::BatchConn::Direct(db) => {
                static ROW: std::sync::LazyLock<String> =
                    std::sync::LazyLock::new(|| $crate::store::engine::of_one_row($template, [$($kind),+].len()));
                let mut found: Vec<$out> = Vec::new();
                if !$rows.is_empty() {
                    let mut statement = db.prepare_cached(&ROW)?;
                    for $row in $rows {
                        let mut place = 0;
                        $(
                            place += 1;
                            let value: $bound = $value;
                            statement.raw_bind_parameter(place, value)?;
                        )+
                        let mut rows = statement.raw_query();
                        while let Some(row) = rows.next()? {
                            found.push(row.try_into()?);
                        }
                    }
                }
                found
            }
            $crate::store::engine::BatchConn::Other(conn) => {
                $crate::store::engine::bulk!(conn, $out, $template, $rows, $row => { $($value => $bound, $kind);+ })
            }
        }
    };
}
pub(super) use batch;

/// The text of a [`batch!`] for one row.
pub(super) fn of_one_row(template: &str, columns: usize) -> String {
    template.replace("{rows}", &format!("VALUES ({})", vec!["?"; columns].join(",")))
}

/// What statements that return nothing "return".
pub(super) type Nothing = (i64,);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_call_the_columns_alike() {
        let bulk = Bulk::new("DELETE FROM held WHERE (webhook, seq) IN ({rows})", &["bigint", "bigint"]);
        assert_eq!(
            bulk.sqlite[CHUNKS.len() - 1].as_str(),
            "DELETE FROM held WHERE (webhook, seq) IN (VALUES (?,?))"
        );
        assert_eq!(
            bulk.postgres.as_str(),
            "DELETE FROM held WHERE (webhook, seq) IN \
             (SELECT * FROM unnest($1::bigint[],$2::bigint[]) AS u(column1,column2))"
        );
    }

    #[test]
    fn chunks_fill_any_length() {
        for length in [1usize, 7, 8, 100, 511, 512, 1_300] {
            let mut rest = length;
            while rest > 0 {
                rest -= Bulk::chunk(rest).1;
            }
        }
        assert_eq!(Bulk::chunk(100).1, 64);
        assert_eq!(Bulk::chunk(1).1, 1);
    }
}
