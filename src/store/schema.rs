//! The schema and its version. Migrations add first and remove one release later, so that a program may run on a
//! schema newer than itself as long as the schema's `compatible_from` allows it.

use sqlx::{Connection as _, Row as _};

use super::StoreError;
use super::engine::{Conn, Open, on};
use super::server::run;
use super::session::Session;

struct Migration {
    version: i64,
    /// The oldest program, by the newest version it knows, that can work with the schema after this migration.
    compatible_from: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        compatible_from: 1,
        sqlite: include_str!("../../migrations/sqlite/0001_ramal.sql"),
        postgres: include_str!("../../migrations/postgres/0001_ramal.sql"),
    },
    Migration {
        version: 2,
        compatible_from: 1,
        sqlite: include_str!("../../migrations/sqlite/0002_users.sql"),
        postgres: include_str!("../../migrations/postgres/0002_users.sql"),
    },
    Migration {
        version: 3,
        compatible_from: 1,
        sqlite: include_str!("../../migrations/sqlite/0003_series.sql"),
        postgres: include_str!("../../migrations/postgres/0003_series.sql"),
    },
    // A program that knows no disabled users would let them in.
    Migration {
        version: 4,
        compatible_from: 4,
        sqlite: include_str!("../../migrations/sqlite/0004_disabled_users.sql"),
        postgres: include_str!("../../migrations/postgres/0004_disabled_users.sql"),
    },
    Migration {
        version: 5,
        compatible_from: 4,
        sqlite: include_str!("../../migrations/sqlite/0005_chores.sql"),
        postgres: include_str!("../../migrations/postgres/0005_chores.sql"),
    },
    Migration {
        version: 6,
        compatible_from: 4,
        sqlite: include_str!("../../migrations/sqlite/0006_history.sql"),
        postgres: include_str!("../../migrations/postgres/0006_history.sql"),
    },
    Migration {
        version: 7,
        compatible_from: 4,
        sqlite: include_str!("../../migrations/sqlite/0007_held_lane.sql"),
        postgres: include_str!("../../migrations/postgres/0007_held_lane.sql"),
    },
    // Until there are rows of a provider that it does not know, an older program reads them as before.
    Migration {
        version: 8,
        compatible_from: 4,
        sqlite: include_str!("../../migrations/sqlite/0008_providers.sql"),
        postgres: include_str!("../../migrations/postgres/0008_providers.sql"),
    },
    // A program that knows cursors of webhooks only would find none.
    Migration {
        version: 9,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0009_cursors.sql"),
        postgres: include_str!("../../migrations/postgres/0009_cursors.sql"),
    },
    Migration {
        version: 10,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0010_calls.sql"),
        postgres: include_str!("../../migrations/postgres/0010_calls.sql"),
    },
    Migration {
        version: 11,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0011_contacts.sql"),
        postgres: include_str!("../../migrations/postgres/0011_contacts.sql"),
    },
    // An older program keeps what it does not read.
    Migration {
        version: 12,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0012_source_secrets.sql"),
        postgres: include_str!("../../migrations/postgres/0012_source_secrets.sql"),
    },
    Migration {
        version: 13,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0013_decisions.sql"),
        postgres: include_str!("../../migrations/postgres/0013_decisions.sql"),
    },
    // Rows of calls that an older program writes are of its version, and made anew by this one.
    Migration {
        version: 14,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0014_call_stages.sql"),
        postgres: include_str!("../../migrations/postgres/0014_call_stages.sql"),
    },
    Migration {
        version: 15,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0015_boards.sql"),
        postgres: include_str!("../../migrations/postgres/0015_boards.sql"),
    },
    Migration {
        version: 16,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0016_actions.sql"),
        postgres: include_str!("../../migrations/postgres/0016_actions.sql"),
    },
    Migration {
        version: 17,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0017_attempts_by_time.sql"),
        postgres: include_str!("../../migrations/postgres/0017_attempts_by_time.sql"),
    },
    Migration {
        version: 18,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0018_incidents.sql"),
        postgres: include_str!("../../migrations/postgres/0018_incidents.sql"),
    },
    Migration {
        version: 19,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0019_contact_points.sql"),
        postgres: include_str!("../../migrations/postgres/0019_contact_points.sql"),
    },
    Migration {
        version: 20,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0020_alerting.sql"),
        postgres: include_str!("../../migrations/postgres/0020_alerting.sql"),
    },
    Migration {
        version: 21,
        compatible_from: 9,
        sqlite: include_str!("../../migrations/sqlite/0021_silence_alarms.sql"),
        postgres: include_str!("../../migrations/postgres/0021_silence_alarms.sql"),
    },
];

/// From here on the address of a webhook may be sealed; what is shown of it is no place to send to.
const SEALED_ADDRESSES: i64 = 5;

/// The newest schema version that this program knows.
pub const KNOWN_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema (\
     one BIGINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL, compatible_from BIGINT NOT NULL)";

/// Brings the schema up to [`KNOWN_VERSION`], each migration in a transaction of its own together with its number.
pub(super) async fn migrate(mut conn: Conn<'_>) -> Result<(), StoreError> {
    let mut found = version(&mut conn).await?;
    for migration in MIGRATIONS {
        if found >= migration.version {
            continue;
        }
        let mut tx = begin(&mut conn).await?;
        // Another node may have been faster: look again, now under the lock.
        found = version(&mut tx.conn()).await?;
        if found >= migration.version {
            continue;
        }
        match &mut tx {
            Open::Sqlite(db) => sqlx::raw_sql(migration.sqlite).execute(&mut **db).await.map(drop),
            Open::Postgres { tx, .. } => sqlx::raw_sql(migration.postgres).execute(&mut **tx).await.map(drop),
        }?;
        on!(tx.conn(), db => sqlx::query(
            "INSERT INTO schema (one, version, compatible_from) VALUES (1, $1, $2) \
             ON CONFLICT (one) DO UPDATE SET version = excluded.version, \
             compatible_from = CASE WHEN excluded.compatible_from > schema.compatible_from \
             THEN excluded.compatible_from ELSE schema.compatible_from END",
        )
        .bind(migration.version)
        .bind(migration.compatible_from)
        .execute(&mut *db)
        .await
        .map(drop))?;
        tx.commit().await?;
        found = migration.version;
    }
    Ok(())
}

/// Makes the schema where there is none. One that is there is left as it is, and refused when it is older.
pub(super) async fn make_or_find(mut conn: Conn<'_>) -> Result<(), StoreError> {
    match version(&mut conn).await? {
        0 => migrate(conn).await,
        KNOWN_VERSION.. => Ok(()),
        found => Err(StoreError::Older { found, known: KNOWN_VERSION }),
    }
}

/// The schema's version, 0 for an empty database; refuses one that is too new for this program.
async fn version(conn: &mut Conn<'_>) -> Result<i64, StoreError> {
    // As text: a prepared one would need a transaction where sessions are lent.
    on!(conn.again(), db => sqlx::raw_sql(VERSION_TABLE).execute(&mut *db).await.map(drop))?;
    recorded(conn).await
}

/// The version that is written down, where there is a table for it.
pub(super) async fn recorded(conn: &mut Conn<'_>) -> Result<i64, StoreError> {
    let row: Option<(i64, i64)> = on!(conn.again(), db => {
        let row = sqlx::raw_sql("SELECT version, compatible_from FROM schema").fetch_optional(&mut *db).await?;
        row.map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?
    });
    match row {
        Some((found, compatible_from)) if compatible_from > KNOWN_VERSION => {
            Err(StoreError::Newer { found, compatible_from, known: KNOWN_VERSION })
        }
        Some((found, _)) => Ok(found),
        None => Ok(0),
    }
}

/// From now on no program may run that would send to an address as it is shown. Not before there is one: until then an older
/// program may be started again.
pub(super) async fn addresses_are_sealed(conn: Conn<'_>) -> Result<(), StoreError> {
    on!(conn, db => sqlx::query("UPDATE schema SET compatible_from = $1 WHERE compatible_from < $1")
        .bind(SEALED_ADDRESSES)
        .execute(&mut *db)
        .await
        .map(drop))?;
    Ok(())
}

/// Begins a transaction of the start, in which nodes that start together take turns.
pub(super) async fn begin<'c>(conn: &'c mut Conn<'_>) -> Result<Open<'c>, StoreError> {
    Ok(match conn {
        Conn::Sqlite(db) => Open::Sqlite(db.begin_with("BEGIN IMMEDIATE").await?),
        Conn::Postgres(Session { db, lent, row_within }) => {
            let mut tx = db.begin().await?;
            // The number only has to be ours: "ramal" as bytes.
            run(&mut tx, "SELECT pg_advisory_xact_lock(491328397676)").await?;
            Open::Postgres { tx, lent: *lent, row_within: *row_within }
        }
    })
}
