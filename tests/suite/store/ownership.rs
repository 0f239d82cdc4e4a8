//! Whose a database is: one process's, by whatever name it is called.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ramal::store::{Store, StoreError, StoreOptions};

use super::{Db, contract, options};

contract! {
    a_database_in_use_is_refused_and_free_again_afterwards,
    who_writes_a_row_beside_a_running_program_is_let_in,
}

fn impatient() -> StoreOptions {
    StoreOptions { lock_wait: Duration::from_millis(100), ..options() }
}

async fn is_refused(url: &str) {
    let error = Store::open(url, impatient()).await.map(drop).expect_err("somebody has it");
    assert!(matches!(error, StoreError::InUse { .. }), "{url}: {error:?}");
    assert!(error.is_passing(), "the other may end");
}

async fn a_database_in_use_is_refused_and_free_again_afterwards(db: Db) {
    is_refused(&db.url).await;
    let db = db.reopened().await;
    is_refused(&db.url).await;
    db.reopened().await;
}

async fn who_writes_a_row_beside_a_running_program_is_let_in(db: Db) {
    let beside = StoreOptions { exclusive: false, ..options() };
    let (store, mut writer) = Store::open(&db.url, beside).await.expect("let in");
    let mut tx = writer.begin().await.expect("begins");
    tx.create_company("Beside", false, super::NOW).await.expect("a company");
    tx.commit().await.expect("commits");
    store.close().await;
    writer.close().await.expect("closes");
    assert_eq!(db.store.heads().await.expect("reads").len(), 1);
    is_refused(&db.url).await;
}

#[tokio::test]
async fn one_file_is_one_database_by_whatever_name() {
    let db = Db::sqlite().await;
    let file = Path::new(db.url.trim_start_matches("sqlite://")).to_owned();
    let (folder, elsewhere) = (file.parent().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let names = ["link.db", "hard.db", "folder"].map(|name| elsewhere.path().join(name));
    std::os::unix::fs::symlink(&file, &names[0]).expect("a link");
    fs::hard_link(&file, &names[1]).expect("another name");
    std::os::unix::fs::symlink(folder, &names[2]).expect("a link");
    // What earlier versions locked, and anybody may clear away.
    let _ = fs::remove_file(file.with_extension("db.lock"));
    for name in [&names[0], &names[1], &names[2].join("ramal.db"), &file] {
        is_refused(&format!("sqlite://{}", name.display())).await;
    }
    let linked = format!("sqlite://{}", names[0].display());
    db.store.close().await;
    db.writer.close().await.expect("closes");
    drop(db.store);
    let (store, writer) = Store::open(&linked, options()).await.expect("it is free");
    is_refused(&db.url).await;
    assert!(folder.join("ramal.db-wal").exists(), "its log is beside the file, not beside the link");
    drop((store, writer));
}

#[tokio::test]
async fn a_program_of_an_earlier_version_is_noticed() {
    let db = Db::sqlite().await;
    let (url, _folder) = (db.url.clone(), db.folder);
    db.store.close().await;
    db.writer.close().await.expect("closes");
    drop(db.store);
    let lock = fs::File::create(format!("{}.lock", url.trim_start_matches("sqlite://"))).expect("a file");
    lock.lock().expect("locks");
    is_refused(&url).await;
    drop(lock);
    Store::open(&url, options()).await.expect("it has ended");
}
