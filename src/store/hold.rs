//! One process has a database, and how it knows that it still does.
//!
//! What must hold here: two processes never both believe that they have one. On SQLite the file itself is locked
//! ([`Place`]). On PostgreSQL it is a lock of the server's, in a transaction that stays open for it, because a session may be
//! lent to others between two: whoever has the lock says so every second, and the server frees it ten seconds after the
//! last word, so that a machine that is gone does not keep the next one waiting. (What decides about a write is the lease's
//! epoch all the same, in the writing transaction: a process that slept for longer finds out there.)

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use super::StoreError;
use super::place::Place;
use super::server::{ANSWERS_WITHIN, Server, in_time, run, value};
use crate::duties::OneLook;

/// Between two tries to get the lock from somebody who is about to give it up.
const TRY_EVERY: Duration = Duration::from_millis(50);

/// Another program may have another schema of the same database.
const LOCK: &str =
    "SELECT CAST(pg_try_advisory_xact_lock(hashtextextended('ramal ' || current_schema(), 0)) AS TEXT)";
/// Newer servers may bound the length of a transaction.
const UNBOUNDED: &str =
    "SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'";
const READ_ONLY: &str = "SELECT current_setting('transaction_read_only')";
const NUMBER: &str = "SELECT CAST(pg_backend_pid() AS TEXT)";
/// The number of the session that has the lock; nothing when nobody does.
const HOLDER: &str = "SELECT COALESCE(MAX(CAST(pid AS TEXT)), '') FROM pg_locks WHERE locktype = 'advisory' AND granted \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND ((CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT)) = hashtextextended('ramal ' || current_schema(), 0)";
/// How long the lock is tried for while nobody has it any more, or a session of ours that was just ended.
const TAKEN_WITHIN: Duration = Duration::from_secs(2);
/// How many sessions of its own that may have the lock are remembered. Each is one that could not be asked any more; the
/// server frees what they hold a minute later.
const MOST_GHOSTS: usize = 4;
/// The word that is said every second.
const STILL_HERE: &str = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// The same, before the lock is asked for: the first look may come after the opening of a store that is used for one thing
/// only.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '60s'";
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a look at it has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// As ever.
    Still,
    /// It was lost, and has just been taken again: somebody else may have had it.
    Again,
    /// Somebody else has it.
    ByAnother,
}

/// The hold on a database.
pub struct Hold(Of);

enum Of {
    File(Arc<Place>, OneLook<Result<(), StoreError>>),
    Lock(Box<Locked>),
}

struct Locked {
    server: Server,
    session: Option<PgConnection>,
    /// The server's own numbers of the sessions of this process that have the lock, or may have it: its answer to one that
    /// asked for it may be lost.
    ours: Vec<String>,
}

impl Hold {
    pub(super) fn of_file(place: Arc<Place>) -> Hold {
        Hold(Of::File(place, OneLook::default()))
    }

    /// Takes the server's lock, waiting for at most `wait`; `session` is used for nothing else from now on.
    pub(super) async fn of_server(
        server: Server,
        mut session: PgConnection,
        wait: Duration,
    ) -> Result<Hold, StoreError> {
        let (began, mut ours) = (Instant::now(), Vec::new());
        while !lock(&mut session, &mut ours).await? {
            if began.elapsed() >= wait {
                return Err(StoreError::InUse { database: server.name() });
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
        Ok(Hold(Of::Lock(Box::new(Locked { server, session: Some(session), ours }))))
    }

    /// Looks whether the database is there and still this process's; takes a lost lock again if it is free. An error means
    /// that the database is out of reach, or takes no writes. To be called every second.
    pub async fn look(&mut self) -> Result<Held, StoreError> {
        let Locked { server, session, ours } = match &mut self.0 {
            Of::File(place, looks) => return look_at(Arc::clone(place), looks).await,
            Of::Lock(locked) => &mut **locked,
        };
        if let Some(mut db) = session.take() {
            match timeout(ANSWERS_WITHIN, run(&mut db, STILL_HERE)).await {
                Ok(Ok(())) => {
                    *session = Some(db);
                    return Ok(Held::Still);
                }
                // This session has ended; the server may be well.
                Ok(Err(_)) => {}
                Err(_) => return Err(StoreError::gone(&"the server does not answer")),
            }
        }
        let mut db = server.dial().await?;
        if !take(&mut db, ours).await? {
            in_time(db.close()).await?;
            return Ok(Held::ByAnother);
        }
        *session = Some(db);
        Ok(Held::Again)
    }

    /// Does something that may take long, and says meanwhile that it is still here. Only another process ends it early.
    pub(super) async fn during<T>(
        &mut self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if let Of::Lock(locked) = &self.0 {
                let database = locked.server.name();
                if matches!(self.look().await, Ok(Held::ByAnother)) {
                    return Err(StoreError::InUse { database });
                }
            }
        }
    }

    /// Gives it up, so that the next process need not wait.
    pub async fn release(self) {
        if let Of::Lock(locked) = self.0
            && let Some(db) = locked.session
            && let Err(error) = in_time(db.close()).await
        {
            tracing::warn!(%error, "the lock on the database was not given up in order");
        }
    }
}

/// Takes the lock again; false when another process has it. A session of this process to which the line was cut, and which the
/// server therefore still takes to be there, is ended. It may have ended by itself, between two questions: then nobody has the
/// lock, and it is asked for once more.
async fn take(db: &mut PgConnection, ours: &mut Vec<String>) -> Result<bool, StoreError> {
    let began = Instant::now();
    while began.elapsed() < TAKEN_WITHIN {
        if lock(db, ours).await? {
            return Ok(true);
        }
        let holder = in_time(value(db, HOLDER)).await?;
        if ours.contains(&holder) {
            end_ghost(db, &holder).await?;
        } else if !holder.is_empty() {
            return Ok(false);
        }
        tokio::time::sleep(TRY_EVERY).await;
    }
    Err(StoreError::gone(&"a session of before still has the lock on the database"))
}

async fn end_ghost(db: &mut PgConnection, number: &str) -> Result<(), StoreError> {
    // A number, as the server has said it.
    let number: i32 = number.parse().map_err(|_| StoreError::gone(&"a session has no number"))?;
    let ending = sqlx::AssertSqlSafe(format!("SELECT pg_terminate_backend({number})"));
    in_time(async { sqlx::raw_sql(ending).execute(&mut *db).await.map(drop) }).await
}

/// Beside the runtime's own threads: a disk that does not answer must not hold them up.
async fn look_at(place: Arc<Place>, looks: &mut OneLook<Result<(), StoreError>>) -> Result<Held, StoreError> {
    let found = looks.within(ANSWERS_WITHIN, move || place.look()).await;
    found.unwrap_or_else(|| Err(StoreError::gone(&"the disk does not answer"))).map(|()| Held::Still)
}

/// Begins the transaction that holds the lock; false, and none, when somebody else has it. Before the lock is asked for, the
/// server knows when to free it and `ours` whose it may be: no answer may come any more
/// (`a_lock_whose_answer_was_lost_is_nobody_elses`).
async fn lock(db: &mut PgConnection, ours: &mut Vec<String>) -> Result<bool, StoreError> {
    in_time(run(db, BEGIN)).await?;
    in_time(run(db, UNBOUNDED)).await?;
    if in_time(value(db, READ_ONLY)).await? == "on" {
        let detail = "its sessions may only read (a standby, or a setting of the role or the database)";
        return Err(StoreError::ReadOnly { detail: detail.to_owned() });
    }
    let number = in_time(value(db, NUMBER)).await?;
    ours.retain(|known| *known != number);
    ours.truncate(MOST_GHOSTS - 1);
    ours.insert(0, number);
    if in_time(value(db, LOCK)).await? == "true" {
        ours.truncate(1);
        return Ok(true);
    }
    ours.remove(0);
    in_time(run(db, "ROLLBACK")).await?;
    Ok(false)
}
