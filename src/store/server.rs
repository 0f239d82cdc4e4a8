//! PostgreSQL, and how it is reached: directly, or through something that lends its sessions to others between two
//! transactions (PgBouncer with `pool_mode = transaction`, and its like).
//!
//! What must hold here:
//! - Where sessions are lent, nothing is relied on that would have to outlive a transaction: no named statement, no
//!   setting, no lock (`a_pooler_that_lends_sessions_is_found_out_and_served`).
//! - A server that does not answer is found out by a deadline of ours. TCP's own is a quarter of an hour.
//! - A session that the server has ended is replaced before it is used.

use std::io;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Row as _, Transaction};
use tokio::time::timeout;

use super::StoreError;
use super::engine::Open;
use super::session::ROW_WITHIN;

/// A new session is there within this time, or the server is not.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
/// What asks for nothing is answered within this time.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_secs(3);
/// Who waits longer for one of the reading sessions is told that there is none.
const LENT_WITHIN: Duration = Duration::from_secs(5);

/// The server frees what a transaction of ours holds when nothing was heard of it for so long: the session's other end may
/// be a machine that is gone. A server whose default is not to wait for the disk would break "accepted means on disk". And a
/// role or database whose statements, waits or transactions (since version 17) are bounded would cut what is large again and
/// again: the deadlines are ours (`a_bound_on_statements_costs_no_event`).
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '15s'; \
    SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
    SELECT set_config('transaction_timeout', '0', true) WHERE current_setting('transaction_timeout', true) <> '0'; \
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";
/// What is said there.
const SILENCE: Duration = Duration::from_secs(15);
/// The same for as long as the session lasts.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '15s'; \
    SET statement_timeout = 0; SET lock_timeout = 0; \
    SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('transaction_timeout', true) <> '0'; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// A transaction of one read, where the session may be another the next time.
pub(super) const BEGIN_READ: &str =
    "BEGIN READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

/// Where the database is, and whether sessions are lent there.
#[derive(Clone)]
pub(super) struct Server {
    options: PgConnectOptions,
    lent: bool,
}

impl Server {
    /// Connects twice, which is what it takes to see whether sessions are lent; both are handed out.
    pub async fn find(options: PgConnectOptions) -> Result<(Server, [PgConnection; 2]), StoreError> {
        let mut server = Server { options, lent: false };
        let mut two = [server.dial().await?, server.dial().await?];
        server.lent = in_time(sessions_change_hands(&mut two)).await?;
        if !server.lent {
            in_time(run(&mut two[0], SETTINGS)).await?;
        }
        Ok((server, two))
    }

    pub fn lends(&self) -> bool {
        self.lent
    }

    /// Its name for people: without user and password.
    pub fn name(&self) -> String {
        let database = self.options.get_database().unwrap_or_else(|| self.options.get_username());
        format!("postgres://{}:{}/{database}", self.options.get_host(), self.options.get_port())
    }

    /// A session to write with.
    pub async fn connect(&self) -> Result<PgConnection, StoreError> {
        let mut db = self.dial().await?;
        if !self.lent {
            in_time(run(&mut db, SETTINGS)).await?;
        }
        Ok(db)
    }

    /// A session as it comes.
    pub async fn dial(&self) -> Result<PgConnection, StoreError> {
        match timeout(CONNECTS_WITHIN, PgConnection::connect_with(&self.options)).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(StoreError::gone(&"the server takes no connection")),
        }
    }

    /// Begins a transaction of which nothing may be heard for so long.
    pub async fn begin<'c>(
        &self,
        db: &'c mut PgConnection,
        silence: Duration,
    ) -> Result<Transaction<'c, Postgres>, StoreError> {
        let begin = if self.lent { BEGIN } else { "BEGIN" };
        Ok(if silence > SILENCE {
            let longer = silence.as_secs();
            let begin = format!("{begin}; SET LOCAL idle_in_transaction_session_timeout = '{longer}s'");
            // A number of ours.
            db.begin_with(sqlx::AssertSqlSafe(begin)).await?
        } else {
            db.begin_with(begin).await?
        })
    }

    /// A transaction of which one statement may take so long, if that is longer than it is for all. (A server frees what a
    /// transaction holds that says nothing, and to say something is to have said it.)
    pub async fn open<'c>(
        &self,
        db: &'c mut PgConnection,
        statement: Duration,
    ) -> Result<Open<'c>, StoreError> {
        let row_within = statement.max(ROW_WITHIN);
        Ok(Open::Postgres { tx: self.begin(db, row_within).await?, lent: self.lent, row_within })
    }

    /// Sessions to read with. One is asked whether it is still there before it is lent and when it comes back: what became
    /// of it in between, a deadline included, is nobody's else. `is_of_now` says whether one of this age may be used.
    pub fn pool(&self, readers: u32, is_of_now: impl Fn(Duration) -> bool + Send + Sync + 'static) -> PgPool {
        let lent = self.lent;
        PgPoolOptions::new()
            .max_connections(readers)
            .test_before_acquire(false)
            .acquire_timeout(LENT_WITHIN)
            .after_connect(move |db, _| {
                Box::pin(async move { if lent { Ok(()) } else { run(db, SETTINGS).await } })
            })
            .before_acquire(move |db, about| {
                let of_now = is_of_now(about.age);
                Box::pin(async move { Ok(of_now && in_time(ping(db)).await.is_ok()) })
            })
            .after_release(move |db, _| {
                Box::pin(async move {
                    let ended =
                        if lent { in_time(run(db, "ROLLBACK")).await } else { in_time(ping(db)).await };
                    Ok(ended.is_ok())
                })
            })
            .connect_lazy_with(self.options.clone())
    }
}

/// Runs something that should be answered at once.
pub(super) async fn in_time<T>(
    asking: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match timeout(ANSWERS_WITHIN, asking).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(StoreError::from(sqlx::Error::Io(io::ErrorKind::TimedOut.into()))),
    }
}

/// Statements without parameters, as text, several at once if need be: nothing is prepared.
pub(super) async fn run(db: &mut PgConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(db).await.map(drop)
}

pub(super) async fn ping(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    db.ping().await
}

/// The one value of a statement without parameters.
pub(super) async fn value(db: &mut PgConnection, sql: &'static str) -> Result<String, sqlx::Error> {
    sqlx::raw_sql(sql).fetch_one(db).await?.try_get(0)
}

/// Whether the same connection of ours is served by different sessions of the server. Both have one to themselves while
/// they are in a transaction; when they have given them back, whoever asks first gets the one that the pooler prefers, be
/// that the newest or the oldest, and the other the other: one of the two has changed, or both.
async fn sessions_change_hands(two: &mut [PgConnection; 2]) -> Result<bool, sqlx::Error> {
    const SESSION: &str = "SELECT CAST(pg_backend_pid() AS TEXT)";
    let [one, other] = two;
    run(one, "BEGIN").await?;
    let first = value(one, SESSION).await?;
    run(other, "BEGIN").await?;
    let second = value(other, SESSION).await?;
    run(one, "COMMIT").await?;
    run(other, "COMMIT").await?;
    let second_again = value(other, SESSION).await?;
    let first_again = value(one, SESSION).await?;
    Ok(first != first_again || second != second_again)
}
