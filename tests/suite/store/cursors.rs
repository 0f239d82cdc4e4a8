//! Cursors of those who follow a journal: of webhooks, and of builds of a consumer's rows.

use ramal::domain::{CompanyId, Seq, WebhookId};
use ramal::store::{Build, Floor};

use super::{Db, NOW, commit, contract, draft};

contract! {
    a_build_moves_on_and_never_back,
    the_floor_is_the_lowest_cursor_of_all,
    no_cursor_is_made_for_a_company_that_is_no_more,
    a_consumer_is_forgotten_and_a_webhook_is_not,
}

fn build(company: CompanyId, number: i32, seq: i64) -> Build {
    Build { company, number, version: 1, seq: Seq(seq) }
}

async fn put(db: &mut Db, consumer: &str, one: Build) -> bool {
    commit!(db, tx => tx.put_build(consumer, &one).await.expect("puts"))
}

async fn a_build_moves_on_and_never_back(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    for one in [build(b, 0, 7), build(a, 0, 5), build(a, 1, 2), build(a, 0, 3), build(a, 1, 4)] {
        assert!(put(&mut db, "calls", one).await);
    }
    assert!(put(&mut db, "other", build(a, 0, 1)).await);
    let builds = db.store.builds("calls").await.expect("reads");
    assert_eq!(builds, [build(a, 0, 5), build(a, 1, 4), build(b, 0, 7)]);
    commit!(db, tx => tx.end_builds_before("calls", a, 1).await.expect("ends"));
    assert_eq!(db.store.builds("calls").await.expect("reads"), [build(a, 1, 4), build(b, 0, 7)]);
    assert_eq!(db.store.consumers().await.expect("reads"), ["calls", "other"]);
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
    assert_eq!(floor(&db, &[]).await.cursor, Some(Seq(3)), "whoever knows of them");
}

async fn no_cursor_is_made_for_a_company_that_is_no_more(mut db: Db) {
    let (gone, stays) = (db.company("A").await, db.company("B").await);
    put(&mut db, "calls", build(gone, 0, 1)).await;
    commit!(db, tx => tx.delete_company(gone, NOW).await.expect("deletes"));
    assert!(!put(&mut db, "calls", build(gone, 0, 2)).await);
    assert!(put(&mut db, "calls", build(stays, 0, 2)).await);
    assert_eq!(db.store.builds("calls").await.expect("reads"), [build(stays, 0, 2)]);
}

async fn a_consumer_is_forgotten_and_a_webhook_is_not(mut db: Db) {
    let company = db.company("A").await;
    put(&mut db, "calls", build(company, 0, 1)).await;
    commit!(db, tx => {
        tx.put_cursor(company, WebhookId(7), Seq(4)).await.expect("a cursor");
        tx.forget_consumer("calls").await.expect("forgets");
        tx.forget_consumer("webhook").await.expect("does not");
    });
    assert_eq!(db.store.consumers().await.expect("reads"), [""; 0]);
    assert_eq!(db.store.cursors(company).await.expect("reads"), [(WebhookId(7), Seq(4))]);
}
