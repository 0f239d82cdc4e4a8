//! Companies and their end.

use ramal::domain::{CompanyId, Provider, Seq, Timestamp, Wishes};
use ramal::store::{Head, SaveSource, SaveWebhook, StartAt, StoreError};

use super::{Db, NOW, commit, contract, draft, placed};
use crate::support::settings::settings;

contract! {
    companies_are_made_changed_and_listed,
    an_id_is_never_used_again,
    a_deleted_company_takes_nothing_more,
    what_was_deleted_is_cleared_in_small_steps,
}

async fn companies_are_made_changed_and_listed(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    let names = async |db: &Db, after| {
        let listed = db.store.companies(after, 10).await.expect("reads");
        listed.into_iter().map(|company| company.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&db, CompanyId(0)).await, ["A", "B"]);
    assert_eq!(names(&db, a).await, ["B"]);
    let version = commit!(db, tx => tx.save_company(a, 1, "Ação", true).await.expect("saves"));
    assert_eq!(version, 2);
    let company = db.store.company_by_name("Ação").await.expect("reads").expect("is there");
    assert_eq!((company.id, company.provisioned, company.version, company.created_at), (a, true, 2, NOW));

    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_company(a, 1, "X", true).await;
    assert!(matches!(stale, Err(StoreError::Stale { id, .. }) if id == a.0), "{stale:?}");
    let missing = tx.save_company(CompanyId(99), 1, "X", true).await;
    assert!(matches!(missing, Err(StoreError::Missing { id: 99, .. })), "{missing:?}");
    let taken = tx.save_company(b, 1, "Ação", false).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
    drop(tx);
    assert_eq!(names(&db, CompanyId(0)).await, ["Ação", "B"]);
}

async fn an_id_is_never_used_again(mut db: Db) {
    let first = db.company("A").await;
    commit!(db, tx => tx.delete_company(first, NOW).await.expect("deletes"));
    let later = Timestamp(NOW.0 + 1);
    while commit!(db, tx => tx.clear_deleted(later, 100).await.expect("clears")) > 0 {}
    // The name is free again, the id is not.
    let second = db.company("A").await;
    assert!(second > first, "{second} after {first}");
}

async fn a_deleted_company_takes_nothing_more(mut db: Db) {
    let company = db.company("A").await;
    db.append(company, 1, &[draft("{}")], 0).await;
    commit!(db, tx => tx.delete_company(company, NOW).await.expect("deletes"));
    assert_eq!(db.store.company(company).await.expect("reads"), None);
    let mut tx = db.writer.begin_batch().await.expect("begins");
    tx.append(&placed(company, 2, &[draft("{}")])).await.expect("appends");
    let head = Head { company, seq: Seq(2), epoch: 0, batch: 2 };
    assert_eq!(tx.set_heads(&[head]).await.expect("heads"), [company], "the batch is refused");
    tx.rollback().await.expect("undoes");
    let mut tx = db.writer.begin().await.expect("begins");
    let again = tx.delete_company(company, NOW).await;
    assert!(matches!(again, Err(StoreError::Missing { .. })), "{again:?}");
}

async fn what_was_deleted_is_cleared_in_small_steps(mut db: Db) {
    let (gone, stays) = (db.company("A").await, db.company("B").await);
    for company in [gone, stays] {
        db.append(company, 1, &vec![draft("{}"); 30], 0).await;
        commit!(db, tx => {
            let save = SaveSource {
                account: None,
                config: "{}",
                secret: Some(&format!("token-of-{company}-0123456789").into()),
                secrets: &[],
                token_name: Some("authTokenTellicon"),
                connect: true,
                provisioned: false,
            };
            let source = tx.create_source(company, Provider::new("tellicon"), None, &save, NOW).await.expect("a source");
            let session = tx.begin_session(company, source.id, "s", "m", NOW).await.expect("a session");
            tx.end_session(session, NOW, "stopped").await.expect("ends");
            tx.open_gap(company, source.id, NOW, "stopped", None).await.expect("a gap");
            let settings = settings("w", "https://a.example/");
            let wishes = Wishes::default();
            let save =
                SaveWebhook { settings: &settings, wishes: &wishes, credentials: None, provisioned: false };
            tx.create_webhook(company, &save, StartAt::Head, NOW).await.expect("a webhook");
        });
    }
    commit!(db, tx => tx.delete_company(gone, NOW).await.expect("deletes"));
    assert_eq!(commit!(db, tx => tx.clear_deleted(NOW, 7).await.expect("clears")), 0, "not yet");
    let later = Timestamp(NOW.0 + 1);
    let mut steps = 0;
    loop {
        let removed = commit!(db, tx => tx.clear_deleted(later, 7).await.expect("clears"));
        assert!(removed <= 7);
        if removed == 0 {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 6, "{steps} steps");
    assert!(db.store.events(gone, Seq(1), 100, usize::MAX).await.expect("reads").is_empty());
    assert_eq!(db.store.all_sources().await.expect("reads").len(), 1);
    assert_eq!(db.store.all_webhooks().await.expect("reads").len(), 1);
    assert_eq!(db.store.events(stays, Seq(1), 100, usize::MAX).await.expect("reads").len(), 30);
    assert_eq!(db.store.heads().await.expect("reads").len(), 1);
    assert_eq!(db.store.webhooks(stays).await.expect("reads").len(), 1);
}
