//! What can go wrong with the database, told apart by its codes (SQLite's extended result codes, PostgreSQL's SQLSTATE)
//! and never by its words.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::secrets::{MasterKeyError, SealError};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is none of `sqlite://…` and `postgres://…`, or has an option that does not exist.
    #[error("database_url: {reason}")]
    Url { reason: String },
    /// Another process has this database.
    #[error("the database {database} is in use by another process")]
    InUse { database: String },
    /// The schema was written by a later version, which says that this one cannot read it.
    #[error(
        "the database is newer than this program: its schema is version {found} and needs a program that knows \
         version {compatible_from}; this one knows {known}"
    )]
    Newer { found: i64, compatible_from: i64, known: i64 },
    /// The schema is an earlier version's, and may not be brought up to date beside a program that runs on it.
    #[error(
        "the database is older than this program: its schema is version {found}, and this program's is {known}; \
         a start of the program brings it up to date"
    )]
    Older { found: i64, known: i64 },
    /// Somebody else holds a lock for longer than we wait, or has cancelled the statement.
    #[error("the database is locked: {detail}")]
    Busy { detail: String },
    /// No room on the disk, or the file has reached its limit.
    #[error("the database is full: {detail}")]
    Full { detail: String },
    #[error("the database is read-only: {detail}")]
    ReadOnly { detail: String },
    #[error("the database is damaged or is no database: {detail}")]
    Corrupt { detail: String },
    /// The connection was lost, the server is going away, or the disk failed to read or write.
    #[error("the database is out of reach: {detail}")]
    Gone {
        detail: String,
        /// A COMMIT was under way: it may have happened or not. Only the batch id in `heads` tells, read after
        /// [`Writer::reopen`](super::Writer::reopen) through [`Tx::lock_heads`](super::Tx::lock_heads).
        outcome_unknown: bool,
    },
    /// The content cannot be stored as it is (a NUL in a text, a value out of range); the transaction is lost, and
    /// would be lost again with the same content.
    #[error("the database does not take this content: {detail}")]
    Rejected { detail: String },
    /// Another row has this name or secret already.
    #[error("already taken: {constraint}")]
    Taken { constraint: String },
    #[error("there is no {what} {id}")]
    Missing { what: &'static str, id: i64 },
    /// Somebody else saved in between: the version that the change was based on is no longer the newest.
    #[error("{what} {id} was changed by somebody else in the meantime")]
    Stale { what: &'static str, id: i64 },
    /// A stored value that this program cannot read back.
    #[error("{table}.{column}: a stored value cannot be read: {detail}")]
    Unreadable { table: &'static str, column: &'static str, detail: String },
    #[error(
        "with PostgreSQL the master key must be set (`master_key`; make one with `openssl rand -base64 32`)"
    )]
    NoMasterKey,
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// A wrong master key, or a secret that does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Anything else: a defect of ours or of the server's set-up, and nobody's content.
    #[error("database: {0}")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// What another is told who waited for the same transaction.
    #[must_use]
    pub fn for_another(&self) -> Self {
        match self {
            StoreError::Busy { detail } => StoreError::Busy { detail: detail.clone() },
            StoreError::Full { detail } => StoreError::Full { detail: detail.clone() },
            StoreError::ReadOnly { detail } => StoreError::ReadOnly { detail: detail.clone() },
            StoreError::Corrupt { detail } => StoreError::Corrupt { detail: detail.clone() },
            StoreError::InUse { database } => StoreError::InUse { database: database.clone() },
            StoreError::Gone { detail, outcome_unknown } => {
                StoreError::Gone { detail: detail.clone(), outcome_unknown: *outcome_unknown }
            }
            other => StoreError::Rejected { detail: other.to_string() },
        }
    }

    /// Whether a COMMIT may have happened although it was answered with this error.
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, StoreError::Gone { outcome_unknown: true, .. })
    }

    /// Whether the same work may succeed later without anybody changing it: the writer waits and tries again.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            StoreError::Busy { .. }
                | StoreError::Full { .. }
                | StoreError::ReadOnly { .. }
                | StoreError::Gone { .. }
                | StoreError::InUse { .. }
        )
    }

    /// Whether the connection that met it is of no more use: it has ended, or can only read. PostgreSQL's leads to a server that
    /// is not the primary any more; SQLite opens a file that may not be written for reading, and asks for nothing more as long
    /// as it is open (`a_file_that_could_not_be_written_for_a_while_is_written_again`).
    pub fn spoils_the_session(&self) -> bool {
        !matches!(self, StoreError::Busy { .. } | StoreError::Full { .. })
    }

    /// Whether the content, not the database, is at fault, so that a batch may be split to find the culprit. (A seq
    /// that is `Taken` is no fault of the content: another writer has this journal.)
    pub fn is_content(&self) -> bool {
        matches!(self, StoreError::Rejected { .. })
    }

    /// The error of a COMMIT: what would otherwise be a lost connection is now an unknown outcome.
    pub(super) fn of_commit(error: impl Into<StoreError>) -> StoreError {
        match error.into() {
            StoreError::Gone { detail, .. } => StoreError::Gone { detail, outcome_unknown: true },
            other => other,
        }
    }

    /// What was done may be there in the end.
    pub(super) fn with_unknown_outcome(self) -> StoreError {
        match self {
            StoreError::Gone { detail, .. } => StoreError::Gone { detail, outcome_unknown: true },
            other => StoreError::Gone { detail: other.to_string(), outcome_unknown: true },
        }
    }

    pub(super) fn gone(detail: &dyn ToString) -> StoreError {
        StoreError::Gone { detail: detail.to_string(), outcome_unknown: false }
    }

    pub(super) fn unreadable(table: &'static str, column: &'static str, detail: &dyn ToString) -> StoreError {
        StoreError::Unreadable { table, column, detail: detail.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        match error {
            sqlx::Error::Database(error) => of_database(error),
            // A certificate that is not trusted is nothing that passes.
            error @ sqlx::Error::Tls(_) => StoreError::Other(error.into()),
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                StoreError::Other(error.into())
            }
            sqlx::Error::Io(error) => StoreError::gone(&error),
            // What is too large, or no value at all, for the way to the server.
            sqlx::Error::Encode(error) => StoreError::Rejected { detail: error.to_string() },
            error @ (sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed) => StoreError::gone(&error),
            sqlx::Error::ColumnDecode { index, source } => StoreError::Unreadable {
                table: "(result)",
                column: "(value)",
                detail: format!("{index}: {source}"),
            },
            other => StoreError::Other(other.into()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        let code = error.sqlite_error().map_or(0, |error| error.extended_code);
        of_sqlite(code, error.to_string()).unwrap_or(StoreError::Other(error.into()))
    }
}

fn of_database(error: Box<dyn DatabaseError>) -> StoreError {
    let detail = error.message().to_owned();
    let code = error.code().unwrap_or_default().into_owned();
    if error.try_downcast_ref::<SqliteError>().is_some() {
        return of_sqlite(code.parse().unwrap_or(0), detail).unwrap_or(StoreError::Other(error.into_error()));
    }
    let constraint = error.try_downcast_ref::<PgDatabaseError>().and_then(|error| error.constraint());
    let found = of_sqlstate(&code, &detail, constraint);
    found.unwrap_or(StoreError::Other(error.into_error()))
}

/// By SQLite's extended result code (<https://sqlite.org/rescode.html>): the primary code is its low byte.
fn of_sqlite(code: i32, detail: String) -> Option<StoreError> {
    const IOERR_SHMSIZE: i32 = 4874;
    const CONSTRAINT_PRIMARYKEY: i32 = 1555;
    const CONSTRAINT_UNIQUE: i32 = 2067;
    Some(match (code, code & 0xff) {
        // The shared memory beside the WAL could not grow: the disk is full.
        (IOERR_SHMSIZE, _) | (_, 13) => StoreError::Full { detail },
        (CONSTRAINT_PRIMARYKEY | CONSTRAINT_UNIQUE, _) => StoreError::Taken { constraint: detail },
        // A lock, an interruption, or another connection that begins the log anew at the same time.
        (_, 5 | 6 | 9 | 15) => StoreError::Busy { detail },
        (_, 3 | 8 | 23) => StoreError::ReadOnly { detail },
        // The memory is short, or the disk fails.
        (_, 7 | 10 | 14) => StoreError::gone(&detail),
        (_, 11 | 26) => StoreError::Corrupt { detail },
        (_, 18 | 19 | 20 | 25) => StoreError::Rejected { detail },
        _ => return None,
    })
}

/// By PostgreSQL's SQLSTATE (its manual, appendix A).
fn of_sqlstate(code: &str, detail: &str, constraint: Option<&str>) -> Option<StoreError> {
    let detail = format!("{detail} ({code})");
    let class = code.get(..2)?;
    Some(match (code, class) {
        ("53100", _) => StoreError::Full { detail },
        ("25006", _) => StoreError::ReadOnly { detail },
        // Shutting down, starting up, or ending this connection.
        // A statement that has another meaning here, or none, or exists already: this session was lent to somebody.
        ("57P01" | "57P02" | "57P03" | "57P05" | "26000" | "42P05", _) | (_, "08" | "53" | "58" | "25") => {
            StoreError::gone(&detail)
        }
        // 57014: somebody, or a bound of the server's, has cancelled the statement.
        ("40001" | "40P01" | "55P03" | "55006" | "57014", _) => StoreError::Busy { detail },
        ("23505", _) => StoreError::Taken { constraint: constraint.unwrap_or(&detail).to_owned() },
        (_, "XX") if code != "XX000" => StoreError::Corrupt { detail },
        // P0: a trigger has raised it; 21 and 44: rows that do not go together, or not through a view.
        (_, "21" | "22" | "23" | "44" | "54" | "P0") => StoreError::Rejected { detail },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_codes_are_told_apart() {
        let of = |code| of_sqlite(code, String::new());
        assert!(matches!(of(5), Some(StoreError::Busy { .. })));
        assert!(matches!(of(517), Some(StoreError::Busy { .. })), "SQLITE_BUSY_SNAPSHOT");
        assert!(matches!(of(13), Some(StoreError::Full { .. })));
        assert!(matches!(of(4874), Some(StoreError::Full { .. })));
        assert!(matches!(of(778), Some(StoreError::Gone { .. })), "SQLITE_IOERR_WRITE");
        assert!(matches!(of(1032), Some(StoreError::ReadOnly { .. })), "SQLITE_READONLY_DBMOVED");
        assert!(matches!(of(26), Some(StoreError::Corrupt { .. })));
        assert!(matches!(of(2067), Some(StoreError::Taken { .. })));
        assert!(matches!(of(275), Some(StoreError::Rejected { .. })), "SQLITE_CONSTRAINT_CHECK");
        assert!(matches!(of(7), Some(StoreError::Gone { .. })), "SQLITE_NOMEM");
        assert!(matches!(of(9), Some(StoreError::Busy { .. })), "SQLITE_INTERRUPT");
        assert!(matches!(of(15), Some(StoreError::Busy { .. })), "SQLITE_PROTOCOL");
        assert!(of(1).is_none());
    }

    #[test]
    fn sqlstates_are_told_apart() {
        let of = |code| of_sqlstate(code, "", Some("companies_name"));
        assert!(matches!(of("53100"), Some(StoreError::Full { .. })));
        assert!(matches!(of("53300"), Some(StoreError::Gone { .. })), "too many connections");
        assert!(matches!(of("57P01"), Some(StoreError::Gone { .. })));
        assert!(matches!(of("25006"), Some(StoreError::ReadOnly { .. })));
        assert!(matches!(of("22021"), Some(StoreError::Rejected { .. })), "a NUL in a text");
        assert!(matches!(of("23514"), Some(StoreError::Rejected { .. })));
        assert!(matches!(of("XX001"), Some(StoreError::Corrupt { .. })));
        assert!(
            matches!(of("23505"), Some(StoreError::Taken { constraint }) if constraint == "companies_name")
        );
        assert!(matches!(of("P0001"), Some(StoreError::Rejected { .. })), "a trigger of somebody's");
        assert!(matches!(of("57014"), Some(StoreError::Busy { .. })), "a statement that was cancelled");
        for neither_content_nor_passing in ["42601", "42501", "0A000", "XX000"] {
            assert!(of(neither_content_nor_passing).is_none());
        }
        assert!(of("").is_none());
    }

    #[test]
    fn only_a_commit_has_an_unknown_outcome() {
        let lost = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(StoreError::of_commit(lost()).outcome_unknown());
        assert!(!StoreError::from(lost()).outcome_unknown());
    }
}
