//! Databases of older programs, with rows in them.

use ramal::domain::{CompanyId, Provider, Seq, SourceId, WebhookId};
use ramal::store::{Build, Cursor, SaveSource, Settlement, Store, StoreError, StoreOptions};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{Db, NOW, commit, commit_batch, contract, options};
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

/// Four sources, of which one was deleted, and the last is gone: its id is not to be given again. Two webhooks, the first of which
/// has not heard of its newest revision; three blocks, one of a company that is gone.
const ROWS: &str = "INSERT INTO companies (name, state, provisioned, version, created_at) VALUES ('A', 'active', $no, 1, 1); \
     INSERT INTO sources (company, provider, path_key, account, config, secret_mask, connect, provisioned, version, created_at) \
     VALUES (1, 'threecplus', NULL, '12345', '{\"query\":{}}', 'rRrX…3x4c', $yes, $no, 3, 7), \
     (1, 'tellicon', 'k', NULL, '{}', '', $no, $no, 1, 8), (1, 'tellicon', NULL, NULL, '{}', '', $no, $no, 2, 9), \
     (1, 'tellicon', 'l', NULL, '{}', '', $no, $no, 1, 9); \
     UPDATE sources SET deleted_at = 10 WHERE id = 3; DELETE FROM sources WHERE id = 4; \
     INSERT INTO heads VALUES (1, 3000, 2, 77); \
     INSERT INTO cursors (webhook, company, seq, revision) VALUES (7, 1, 2900, 1), (8, 1, 2950, 3); \
     INSERT INTO revisions VALUES (7, 1, 1, '{\"events\":[]}', 1), (7, 2, 2500, '{\"events\":[]}', 1), (8, 3, 10, '{\"events\":[]}', 1); \
     INSERT INTO blocks VALUES (1, 1, 1024, 1, 2, 1024, 9, '{}'), (1, 1025, 2048, 3, 4, 1024, 9, '{}'), (2, 1, 9, 1, 2, 9, 9, '{}')";

fn rows(no: &str, yes: &str) -> String {
    ROWS.replace("$no", no).replace("$yes", yes)
}

#[tokio::test]
async fn rows_of_an_older_sqlite_database_are_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let mut conn = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("a connection");
    let text = format!("{}{}", older!("sqlite"), rows("0", "1"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut conn).await.expect("an older database");
    conn.close().await.expect("closes");
    are_as_before(Db::open(url, Some(folder), options()).await).await;
}

#[tokio::test]
async fn rows_of_an_older_postgres_database_are_taken_over() {
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
        secrets: &[],
        token_name: None,
        connect: false,
        provisioned: false,
    };
    let another = Provider::new("another");
    let made = commit!(db, tx =>
        tx.create_source(CompanyId(1), another, Some("m"), &save, NOW).await.expect("of any provider"));
    assert_eq!((made.id, made.provider), (SourceId(5), another), "no id is given twice");
    let mut tx = db.writer.begin().await.expect("begins");
    let taken = tx.create_source(CompanyId(1), another, Some("m"), &save, NOW).await;
    assert!(taken.is_err(), "a path is one source's");
    drop(tx);
    let cursors = db.store.cursors(CompanyId(1)).await.expect("reads");
    assert_eq!(
        cursors,
        [(WebhookId(7), Seq(2_499)), (WebhookId(8), Seq(2_950))],
        "a revision not heard of counts"
    );
    let sealed = Build { company: CompanyId(1), number: 0, version: 1, seq: Seq(2_048) };
    assert_eq!(db.store.builds("indexer").await.expect("reads"), [sealed]);
    let cursor = Some(Cursor { revision: 2, seq: Seq(2_700) });
    let (company, webhook) = (CompanyId(1), WebhookId(7));
    let heard = Settlement { company, webhook, cursor, attempts: vec![], held: vec![], replays: vec![] };
    commit_batch!(db, tx => tx.settle(&[heard]).await.expect("settles"));
    assert_eq!(db.store.cursor(webhook).await.expect("reads"), Some(Seq(2_700)), "it goes on");
}

contract! {
    a_row_of_a_provider_that_is_not_known_is_read,
    what_is_opened_beside_another_program_leaves_its_schema_alone,
}

async fn what_is_opened_beside_another_program_leaves_its_schema_alone(db: Db) {
    let beside = || StoreOptions { exclusive: false, ..options() };
    // As if the program that runs were an older one.
    super::execute(&db.url, "UPDATE schema SET version = version - 1").await;
    let refused = Store::open(&db.url, beside()).await;
    assert!(matches!(refused, Err(StoreError::Older { .. })), "{:?}", refused.err());
    super::execute(&db.url, "UPDATE schema SET version = version + 1").await;
    Store::open(&db.url, beside()).await.expect("of the same schema");
}

async fn a_row_of_a_provider_that_is_not_known_is_read(mut db: Db) {
    let company = db.company("A").await;
    let save = SaveSource {
        account: None,
        config: r#"{"what":"ever"}"#,
        secret: None,
        secrets: &[],
        token_name: None,
        connect: true,
        provisioned: false,
    };
    let of = Provider::new("of-tomorrow");
    let made = commit!(db, tx => tx.create_source(company, of, None, &save, NOW).await.expect("a source"));
    let db = db.reopened().await;
    assert_eq!(db.store.all_sources().await.expect("reads"), [made]);
}
