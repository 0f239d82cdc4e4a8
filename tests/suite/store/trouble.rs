//! What goes wrong with databases, and how the store says so.

use std::os::unix::fs::FileExt;
use std::time::Duration;

use ramal::domain::{Draft, Seq};
use ramal::store::{Head, KNOWN_VERSION, Store, StoreError, StoreOptions, WalState};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{Db, contract, draft, options, placed};

contract! {
    a_database_survives_its_process,
    a_newer_schema_is_refused_unless_it_allows_it,
}

async fn a_database_survives_its_process(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 3], 0).await;
    let db = db.reopened().await;
    assert_eq!(db.store.events(company, Seq(1), 9, 999).await.expect("reads").len(), 3);
}

pub async fn execute(url: &str, sql: &'static str) {
    if url.starts_with("sqlite") {
        let mut conn = SqliteConnection::connect(url).await.expect("a connection");
        sqlx::query(sql).execute(&mut conn).await.expect("executes");
        conn.close().await.expect("closes");
    } else {
        let mut conn = PgConnection::connect(url).await.expect("a connection");
        sqlx::query(sql).execute(&mut conn).await.expect("executes");
    }
}

async fn a_newer_schema_is_refused_unless_it_allows_it(db: Db) {
    execute(&db.url, "UPDATE schema SET version = version + 5").await;
    let db = db.reopened().await;
    execute(&db.url, "UPDATE schema SET compatible_from = version").await;
    let (url, folder) = (db.url.clone(), db.folder);
    db.store.close().await;
    db.writer.close().await.expect("closes");
    drop(db.store);
    let error = Store::open(&url, options()).await.map(drop).expect_err("refused");
    assert!(
        matches!(error, StoreError::Newer { found, known: KNOWN_VERSION, .. } if found == KNOWN_VERSION + 5),
        "{error:?}"
    );
    drop(folder);
}

#[tokio::test]
async fn a_file_in_use_is_refused() {
    let db = Db::sqlite().await;
    let error = Store::open(&db.url, options()).await.map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    db.reopened().await;
}

#[tokio::test]
async fn a_file_that_another_program_locks_is_busy() {
    let db = Db::sqlite().await;
    let (url, folder) = (db.url.clone(), db.folder);
    db.store.close().await;
    db.writer.close().await.expect("closes");
    drop(db.store);
    let mut other = SqliteConnection::connect(&url).await.expect("a connection");
    let held = other.begin_with("BEGIN IMMEDIATE").await.expect("begins");
    let impatient = || StoreOptions { lock_wait: Duration::from_millis(20), ..options() };
    let error = Store::open(&url, impatient()).await.map(drop).expect_err("locked");
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert!(error.is_passing());
    held.rollback().await.expect("gives up");
    Db::open(url, folder, impatient()).await;
}

#[tokio::test]
async fn urls_that_are_no_database_are_refused() {
    for url in ["", "mysql://x", "ramal.db", "sqlite::memory:", "sqlite://x.db?mode=memory", "sqlite://x?y=z"]
    {
        let error = Store::open(url, options()).await.map(drop).expect_err("refused");
        assert!(matches!(error, StoreError::Url { .. }), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_full_file_takes_results_again_once_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let options = StoreOptions { max_bytes: Some(1 << 20), ..options() };
    let mut db = Db::open(url, Some(folder), options).await;
    let company = db.company("A").await;
    let mut large = draft("{}");
    large.payload = vec![b' '; 100_000].into();
    let mut seq = 1;
    let error = loop {
        let mut tx = db.writer.begin_batch().await.expect("begins");
        let events = placed(company, seq, std::slice::from_ref(&large));
        if let Err(error) = tx.append(&events).await {
            break error;
        }
        tx.set_heads(&[Head { company, seq: Seq(seq), epoch: 0, batch: seq }]).await.expect("heads");
        tx.commit().await.expect("commits");
        seq += 1;
        assert!(seq < 100, "the limit was not applied");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.is_passing() && !error.outcome_unknown());
    // What was committed before is all there, and small writes still find room.
    let events = db.store.events(company, Seq(1), 100, usize::MAX).await.expect("reads");
    assert_eq!(events.len(), usize::try_from(seq - 1).expect("few"));
    db.append(company, seq, &[draft("{}")], 0).await;
}

#[tokio::test]
async fn what_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ramal.db");
    std::fs::write(&path, vec![0x55; 20_000]).expect("writes");
    let url = format!("sqlite://{}", path.display());
    let error = Store::open(&url, options()).await.map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).expect("reads"), vec![0x55; 20_000], "the file is left as it is");
}

#[tokio::test]
async fn a_damaged_page_is_corrupt() {
    let mut db = Db::sqlite().await;
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft(r#"{"some":"payload"}"#); 2_000], 0).await;
    let db = db.reopened().await;
    let path = db.url.strip_prefix("sqlite://").expect("a path").to_owned();
    let file = std::fs::File::options().write(true).open(&path).expect("opens");
    let bytes = file.metadata().expect("a length").len();
    // Everything behind the first pages (the schema and its table) becomes noise.
    let noise = vec![0xa5; usize::try_from(bytes - bytes / 2).expect("small")];
    file.write_all_at(&noise, bytes / 2).expect("writes");
    let error = db.store.events(company, Seq(1), 10_000, usize::MAX).await.expect_err("noticed");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_only_database_is_read_but_not_written() {
    let mut db = Db::sqlite().await;
    let company = db.company("A").await;
    db.append(company, 1, &vec![draft("{}"); 3], 0).await;
    db.store.close().await;
    db.writer.close().await.expect("closes");
    drop(db.store);
    let url = format!("{}?mode=ro", db.url);
    let (store, mut writer) = Store::open(&url, options()).await.expect("opens");
    assert_eq!(store.events(company, Seq(1), 9, 999).await.expect("reads").len(), 3);
    let error = match writer.begin_batch().await {
        Ok(mut tx) => tx.append(&placed(company, 4, &[draft("{}")])).await.expect_err("refused"),
        Err(error) => error,
    };
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}

#[tokio::test]
async fn a_large_write_ahead_log_is_written_over() {
    let mut db = Db::sqlite().await;
    let mut copier = db.writer.wal_copier().expect("SQLite has such a log");
    let mut asked = Vec::new();
    let company = db.company("A").await;
    for seq in 1..=40 {
        db.append(company, seq, &[four_mebibytes()], 0).await;
        if db.writer.look_at_wal().await.expect("looks") == WalState::Large {
            asked.push(seq);
            copier.copy().await.expect("copies");
        }
    }
    assert_eq!(asked.len(), 2, "once for every 64 MiB: {asked:?}");
    assert!(db.store.wal_bytes() < 80 << 20, "{} bytes", db.store.wal_bytes());
    assert_eq!(db.store.events(company, Seq(1), 99, usize::MAX).await.expect("reads").len(), 40);
}

#[tokio::test]
async fn a_write_ahead_log_that_nobody_copies_is_copied_by_the_writer() {
    let mut db = Db::sqlite().await;
    let company = db.company("A").await;
    let mut emptied = Vec::new();
    for seq in 1..=70 {
        db.append(company, seq, &[four_mebibytes()], 0).await;
        if db.writer.look_at_wal().await.expect("looks") == WalState::Emptied {
            emptied.push(seq);
        }
    }
    assert_eq!(emptied.len(), 1, "once for every 256 MiB: {emptied:?}");
    assert!(db.store.wal_bytes() < 272 << 20, "{} bytes", db.store.wal_bytes());
}

fn four_mebibytes() -> Draft {
    let mut large = draft("{}");
    large.payload = vec![b' '; 4 << 20].into();
    large
}
