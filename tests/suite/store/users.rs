//! Users of the panel and their browsers.

use ramal::domain::{CompanyId, Timestamp, UserId};
use ramal::store::{NewSignIn, SaveUser, StoreError};

use super::{Db, NOW, commit, contract};

contract! {
    a_user_is_created_saved_and_deleted,
    a_browser_is_signed_in_until_it_ends,
    a_new_password_ends_the_other_browsers,
    a_disabled_user_is_signed_out_and_does_not_count,
}

const ANA: SaveUser<'_> = SaveUser {
    login: "ana@exemplo.com",
    name: "Ana",
    role: "operator",
    companies: Some(&[CompanyId(3), CompanyId(9)]),
    lang: None,
    zone: None,
};

fn later(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

async fn a_user_is_created_saved_and_deleted(mut db: Db) {
    let id = commit!(db, tx => tx.create_user(&ANA, "$argon2id$1", true, NOW).await.expect("a user"));
    let boss = SaveUser { login: "chefe", role: "administrator", companies: None, ..ANA };
    let other = commit!(db, tx => tx.create_user(&boss, "$argon2id$2", false, NOW).await.expect("a user"));
    let (found, password) =
        db.store.user_by_login("ana@exemplo.com").await.expect("reads").expect("is there");
    assert_eq!((found.id, found.temporary, found.version, password.as_str()), (id, true, 1, "$argon2id$1"));
    assert_eq!(found.companies.as_deref(), ANA.companies);
    assert_eq!(db.store.users(id, 10).await.expect("reads").len(), 1);
    assert_eq!(db.store.users_of_role("administrator").await.expect("reads"), 1);
    assert_eq!(db.store.users_of_role("operator").await.expect("reads"), 0, "she does not see all companies");

    let changed = SaveUser { lang: Some("en"), zone: Some("UTC"), companies: None, ..ANA };
    commit!(db, tx => tx.save_user(id, 1, &changed).await.expect("saves"));
    let saved = db.store.user(id).await.expect("reads").expect("is there");
    assert_eq!((saved.lang.as_deref(), saved.zone.as_deref(), saved.version), (Some("en"), Some("UTC"), 2));
    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_user(id, 1, &ANA).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let missing = tx.save_user(UserId(99), 1, &SaveUser { login: "x", ..ANA }).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
    let taken = tx.save_user(id, 2, &SaveUser { login: "chefe", ..ANA }).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
    tx.rollback().await.expect("undone");

    commit!(db, tx => tx.delete_user(other).await.expect("deletes"));
    let third = commit!(db, tx => tx.create_user(&boss, "x", false, NOW).await.expect("a user"));
    assert!(third > other, "an id is never used again");
    let mut tx = db.writer.begin().await.expect("begins");
    let gone = tx.delete_user(other).await;
    assert!(matches!(gone, Err(StoreError::Missing { .. })), "{gone:?}");
}

async fn signed_in(db: &mut Db, user: UserId, hash: [u8; 32], replaced: Option<[u8; 32]>) {
    let new = NewSignIn {
        hash: &hash,
        user,
        now: NOW,
        ends_at: later(600),
        address: Some("192.0.2.1"),
        agent: Some("Firefox"),
    };
    commit!(db, tx => tx.sign_in(&new, replaced.as_ref()).await.expect("signs in"));
}

async fn a_browser_is_signed_in_until_it_ends(mut db: Db) {
    let id = commit!(db, tx => tx.create_user(&ANA, "x", false, NOW).await.expect("a user"));
    signed_in(&mut db, id, [1; 32], None).await;
    let found = db.store.signed_in(&[1; 32]).await.expect("reads").expect("is there");
    assert_eq!((found.user.id, found.ends_at, found.seen_at), (id, later(600), NOW));
    assert_eq!(found.user.last_sign_in_at, Some(NOW));
    assert_eq!((found.address.as_deref(), found.agent.as_deref()), (Some("192.0.2.1"), Some("Firefox")));

    signed_in(&mut db, id, [2; 32], Some([1; 32])).await;
    assert_eq!(db.store.signed_in(&[1; 32]).await.expect("reads"), None, "a sign-in ends the one before it");
    commit!(db, tx => tx.note_seen(&[2; 32], later(60)).await.expect("notes"));
    assert_eq!(db.store.signed_in(&[2; 32]).await.expect("reads").expect("there").seen_at, later(60));
    let cleared = commit!(db, tx => tx.clear_signed_in(later(599), later(59)).await.expect("clears"));
    assert_eq!(cleared, 0);
    let cleared = commit!(db, tx => tx.clear_signed_in(later(600), NOW).await.expect("clears"));
    assert_eq!(cleared, 1);

    signed_in(&mut db, id, [3; 32], None).await;
    commit!(db, tx => tx.sign_out(&[3; 32]).await.expect("signs out"));
    assert_eq!(db.store.signed_in(&[3; 32]).await.expect("reads"), None);
    signed_in(&mut db, id, [4; 32], None).await;
    commit!(db, tx => tx.delete_user(id).await.expect("deletes"));
    assert_eq!(db.store.signed_in(&[4; 32]).await.expect("reads"), None, "who is deleted is signed out");
}

async fn a_new_password_ends_the_other_browsers(mut db: Db) {
    let id = commit!(db, tx => tx.create_user(&ANA, "old", true, NOW).await.expect("a user"));
    signed_in(&mut db, id, [1; 32], None).await;
    signed_in(&mut db, id, [2; 32], None).await;
    commit!(db, tx => tx.set_password(id, "new", false, Some(&[2; 32])).await.expect("sets"));
    assert_eq!(db.store.user_password(id).await.expect("reads").as_deref(), Some("new"));
    assert_eq!(db.store.signed_in(&[1; 32]).await.expect("reads"), None);
    let kept = db.store.signed_in(&[2; 32]).await.expect("reads").expect("the browser that asked");
    assert!(!kept.user.temporary);
    commit!(db, tx => tx.set_password(id, "reset", true, None).await.expect("sets"));
    assert_eq!(db.store.signed_in(&[2; 32]).await.expect("reads"), None);
}

async fn a_disabled_user_is_signed_out_and_does_not_count(mut db: Db) {
    let boss = SaveUser { role: "administrator", companies: None, ..ANA };
    let id = commit!(db, tx => tx.create_user(&boss, "x", false, NOW).await.expect("a user"));
    signed_in(&mut db, id, [1; 32], None).await;
    assert!(!db.store.user(id).await.expect("reads").expect("is there").disabled);
    commit!(db, tx => tx.set_disabled(id, true).await.expect("sets"));
    let disabled = db.store.user(id).await.expect("reads").expect("is there");
    assert_eq!((disabled.disabled, disabled.version), (true, 2));
    assert_eq!(db.store.signed_in(&[1; 32]).await.expect("reads"), None);
    assert_eq!(db.store.users_of_role("administrator").await.expect("reads"), 0);
    commit!(db, tx => tx.set_disabled(id, false).await.expect("sets"));
    assert!(!db.store.user(id).await.expect("reads").expect("is there").disabled);
    assert_eq!(db.store.users_of_role("administrator").await.expect("reads"), 1);
    let mut tx = db.writer.begin().await.expect("begins");
    let missing = tx.set_disabled(UserId(99), true).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
}
