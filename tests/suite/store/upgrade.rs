//! Databases of older programs, with rows in them.

use ramal::domain::{CompanyId, Provider, SourceId};
use ramal::store::SaveSource;
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{Db, NOW, commit, contract, options};
use crate::support::postgres;

macro_rules! older {
    ($engine:literal) => {
        concat!(
            include_str!(concat!("../../../migrations/", $engine, "/0001_ramal.sql")),
            include_str!(concat!("../../../migrations/", $engine, "/0002_users.sql")),
            include_str!(concat!("../../../migrations/", $engine, "/0003_series.sql")),
            include_str!(concat!("../../../migrations/", $engine, "/0004_disabled_users.sql")),
            include_str!(concat!("../../../migrations/", $engine, "/0005_chores.sql")),
            include_str!(concat!("../../../migrations/", $engine, "/0006_history.sql")),
            "CREATE TABLE schema (one BIGINT PRIMARY KEY CHECK (one = 1), version BIGINT NOT NULL, \
             compatible_from BIGINT NOT NULL); INSERT INTO schema VALUES (1, 6, 4);",
        )
    };
}

/// Three sources, the last of which is gone: its id is not to be given again.
const ROWS: &str = "INSERT INTO companies (name, state, provisioned, version, created_at) VALUES ('A', 'active', $no, 1, 1); \
     INSERT INTO sources (company, provider, path_key, account, config, secret_mask, connect, provisioned, version, created_at) \
     VALUES (1, 'threecplus', NULL, '12345', '{\"query\":{}}', 'rRrX…3x4c', $yes, $no, 3, 7), \
     (1, 'tellicon', 'k', NULL, '{}', '', $no, $no, 1, 8), (1, 'tellicon', 'l', NULL, '{}', '', $no, $no, 1, 9); \
     DELETE FROM sources WHERE id = 3";

fn rows(no: &str, yes: &str) -> String {
    ROWS.replace("$no", no).replace("$yes", yes)
}

#[tokio::test]
async fn sources_of_an_older_sqlite_database_stay_and_may_be_of_any_provider() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let mut conn = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("a connection");
    let text = format!("{}{}", older!("sqlite"), rows("0", "1"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut conn).await.expect("an older database");
    conn.close().await.expect("closes");
    are_as_before(Db::open(url, Some(folder), options()).await).await;
}

#[tokio::test]
async fn sources_of_an_older_postgres_database_stay_and_may_be_of_any_provider() {
    let url = postgres::database().await.url;
    let mut conn = PgConnection::connect(&url).await.expect("a connection");
    let text = format!("{}{}", older!("postgres"), rows("false", "true"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut conn).await.expect("an older database");
    conn.close().await.expect("closes");
    are_as_before(Db::open(url, None, options()).await).await;
}

async fn are_as_before(mut db: Db) {
    let sources = db.store.all_sources().await.expect("reads");
    let seen: Vec<_> = sources
        .iter()
        .map(|source| {
            (
                source.id.0,
                source.provider.as_str(),
                source.path_key.as_deref(),
                source.version,
                source.connect,
            )
        })
        .collect();
    assert_eq!(seen, [(1, "threecplus", None, 3, true), (2, "tellicon", Some("k"), 1, false)]);
    assert_eq!(
        (sources[0].account.as_deref(), sources[0].secret_mask.as_str()),
        (Some("12345"), "rRrX…3x4c")
    );
    let save = SaveSource {
        account: None,
        config: "{}",
        secret: None,
        header: None,
        connect: false,
        provisioned: false,
    };
    let another = Provider::new("another");
    let made = commit!(db, tx =>
        tx.create_source(CompanyId(1), another, Some("m"), &save, NOW).await.expect("of any provider"));
    assert_eq!((made.id, made.provider), (SourceId(4), another), "no id is given twice");
    let mut tx = db.writer.begin().await.expect("begins");
    let taken = tx.create_source(CompanyId(1), another, Some("m"), &save, NOW).await;
    assert!(taken.is_err(), "a path is one source's");
}

contract! { a_row_of_a_provider_that_is_not_known_is_read, }

async fn a_row_of_a_provider_that_is_not_known_is_read(mut db: Db) {
    let company = db.company("A").await;
    let save = SaveSource {
        account: None,
        config: r#"{"what":"ever"}"#,
        secret: None,
        header: None,
        connect: true,
        provisioned: false,
    };
    let of = Provider::new("of-tomorrow");
    let made = commit!(db, tx => tx.create_source(company, of, None, &save, NOW).await.expect("a source"));
    let db = db.reopened().await;
    assert_eq!(db.store.all_sources().await.expect("reads"), [made]);
}
