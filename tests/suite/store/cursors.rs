//! Cursors of those who follow a journal: of webhooks, and of builds of a consumer's rows.

use ramal::domain::{CompanyId, Seq, WebhookId};
use ramal::store::{Build, Floor, StoreError};

use super::{Db, NOW, commit, commit_batch, contract, draft};

contract! {
    a_build_moves_on_from_where_it_is,
    builds_begin_where_they_are_wanted,
    the_floor_is_the_lowest_cursor_of_all,
    no_cursor_is_made_for_a_company_that_is_no_more,
}

fn build(company: CompanyId, number: i32, seq: i64) -> Build {
    Build { company, number, version: 1, seq: Seq(seq) }
}

async fn put(db: &mut Db, consumer: &str, one: Build) -> bool {
    commit!(db, tx => tx.put_build(consumer, &one).await.expect("puts"))
}

async fn a_build_moves_on_from_where_it_is(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    for one in [build(b, 0, 7), build(a, 1, 2)] {
        assert!(put(&mut db, "calls", one).await);
    }
    assert!(put(&mut db, "other", build(a, 0, 1)).await);
    assert!(!put(&mut db, "calls", build(b, 0, 9)).await, "there is one");
    // With either connection.
    let mut tx = db.writer.begin().await.expect("begins");
    assert!(tx.move_build("calls", &build(a, 0, 0), Seq(3)).await.expect("the first stretch"));
    assert!(tx.move_build("calls", &build(a, 0, 3), Seq(4)).await.expect("the next"));
    let elsewhere = [build(a, 0, 3), build(a, 0, 0), build(b, 0, 8)];
    for one in &elsewhere {
        let moved = tx.move_build("calls", one, Seq(9)).await;
        assert!(matches!(moved, Err(StoreError::Stale { what: "cursor", .. })), "{one:?}: {moved:?}");
    }
    tx.commit().await.expect("commits");
    let mut tx = db.writer.begin_batch().await.expect("begins");
    assert!(tx.move_build("third", &build(a, 0, 0), Seq(5)).await.expect("the first stretch"));
    assert!(tx.move_build("calls", &build(a, 0, 4), Seq(6)).await.expect("the next"));
    for one in &elsewhere {
        let moved = tx.move_build("calls", one, Seq(9)).await;
        assert!(matches!(moved, Err(StoreError::Stale { what: "cursor", .. })), "{one:?}: {moved:?}");
    }
    tx.commit().await.expect("commits");
    assert_eq!(db.store.builds("third").await.expect("reads"), [build(a, 0, 5)]);
    let builds = db.store.builds("calls").await.expect("reads");
    assert_eq!(builds, [build(a, 0, 6), build(a, 1, 2), build(b, 0, 7)]);
    commit!(db, tx => tx.end_builds_before("calls", a, 1).await.expect("ends"));
    assert_eq!(db.store.builds("calls").await.expect("reads"), [build(a, 1, 2), build(b, 0, 7)]);
}

/// Once for each company, whose newest rows are of another version; or for all that have but one.
async fn builds_begin_where_they_are_wanted(mut db: Db) {
    let (a, b, c) = (db.company("A").await, db.company("B").await, db.company("C").await);
    for one in [build(a, 0, 5), build(b, 3, 6), build(c, 0, 7), build(c, 1, 1)] {
        put(&mut db, "calls", one).await;
    }
    let begin = async |db: &mut Db, version, all| commit!(db, tx => tx.begin_builds("calls", version, all).await.expect("begins"));
    let last = async |db: &Db| {
        let builds = db.store.builds("calls").await.expect("reads");
        builds
            .chunk_by(|one, next| one.company == next.company)
            .map(|own| own[own.len() - 1])
            .collect::<Vec<_>>()
    };
    assert_eq!(begin(&mut db, 1, false).await, 0, "all are of this version");
    assert_eq!(begin(&mut db, 1, true).await, 2);
    assert_eq!(last(&db).await, [build(a, 1, 0), build(b, 4, 0), build(c, 1, 1)]);
    assert_eq!(begin(&mut db, 1, true).await, 0, "it is under way");
    assert_eq!(begin(&mut db, 2, false).await, 3, "what is under way is of another version");
    let anew = |company, number| Build { version: 2, ..build(company, number, 0) };
    assert_eq!(last(&db).await, [anew(a, 2), anew(b, 5), anew(c, 2)]);
}

async fn the_floor_is_the_lowest_cursor_of_all(mut db: Db) {
    let (company, other) = (db.company("A").await, db.company("B").await);
    db.append(company, 1, &vec![draft("{}"); 9], 0).await;
    let floor = async |db: &Db, known: &[&str]| db.store.floor(company, known).await.expect("reads");
    let nobody = Floor { oldest: Some((Seq(1), NOW)), cursor: None, held: None };
    assert_eq!(floor(&db, &[]).await, nobody);
    assert_eq!(floor(&db, &["calls"]).await.cursor, Some(Seq::ZERO), "it has read nothing yet");
    commit!(db, tx => tx.put_cursor(company, WebhookId(7), Seq(4)).await.expect("a cursor"));
    put(&mut db, "calls", build(other, 0, 1)).await;
    assert_eq!(floor(&db, &[]).await.cursor, Some(Seq(4)));
    put(&mut db, "calls", build(company, 0, 8)).await;
    assert_eq!(floor(&db, &["calls"]).await.cursor, Some(Seq(4)));
    put(&mut db, "calls", build(company, 1, 3)).await;
    assert_eq!(floor(&db, &["calls"]).await.cursor, Some(Seq(3)), "rows that are made anew count too");
    assert_eq!(floor(&db, &[]).await.cursor, Some(Seq(4)), "nothing waits for whom nobody knows");
}

async fn no_cursor_is_made_for_a_company_that_is_no_more(mut db: Db) {
    let (gone, stays) = (db.company("A").await, db.company("B").await);
    put(&mut db, "calls", build(gone, 0, 1)).await;
    commit!(db, tx => tx.delete_company(gone, NOW).await.expect("deletes"));
    assert!(!put(&mut db, "calls", build(gone, 0, 2)).await);
    let moved = commit!(db, tx => tx.move_build("calls", &build(gone, 0, 1), Seq(2)).await.expect("asks"));
    assert!(!moved);
    let moved =
        commit_batch!(db, tx => tx.move_build("calls", &build(gone, 0, 0), Seq(2)).await.expect("asks"));
    assert!(!moved && put(&mut db, "calls", build(stays, 0, 2)).await);
    assert_eq!(db.store.builds("calls").await.expect("reads"), [build(stays, 0, 2)]);
}
