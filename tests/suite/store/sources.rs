//! Sources, their secrets and the states of their lines.

use ramal::domain::{CompanyId, Provider, SessionId, SourceId, Timestamp};
use ramal::secrets::Secret;
use ramal::store::{LiveSource, SaveSource, StoreError};

use super::{Db, NOW, commit, contract};

contract! {
    a_source_is_saved_with_its_secret,
    a_source_has_secrets_beside_its_token,
    a_source_is_found_by_its_secret_or_its_path,
    a_deleted_source_is_found_by_nothing,
    live_states_replace_each_other,
}

const HEADER: &str = "authTokenTellicon";

fn save(secret: Option<&Secret>) -> SaveSource<'_> {
    SaveSource {
        account: Some("12345"),
        config: r#"{"socket_url":"https://socket.3c.plus"}"#,
        secret,
        secrets: &[],
        token_name: None,
        connect: true,
        provisioned: true,
    }
}

async fn a_source_is_saved_with_its_secret(mut db: Db) {
    let company = db.company("A").await;
    let token = Secret::new("rRrX0123456789abcdef3x4c");
    let made = commit!(db, tx =>
        tx.create_source(company, Provider::new("threecplus"), None, &save(Some(&token)), NOW).await.expect("a source"));
    assert_eq!((made.version, made.secret_mask.as_str(), made.found_by_secret), (1, "rRrX…3x4c", false));
    assert_eq!(db.store.sources(company).await.expect("reads"), std::slice::from_ref(&made));
    assert_eq!(db.store.source_secret(made.id).await.expect("opens"), Some(token.clone()));

    let change = SaveSource { account: None, connect: false, ..save(None) };
    let saved = commit!(db, tx => tx.save_source(made.id, 1, &change).await.expect("saves"));
    assert_eq!((saved.version, saved.account.as_deref(), saved.connect), (2, None, false));
    assert_eq!(db.store.source_secret(made.id).await.expect("opens"), Some(token), "kept");
    commit!(db, tx => tx.want_connection(made.id, true).await.expect("saves"));
    assert!(db.store.source(made.id).await.expect("reads").expect("is there").connect);

    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_source(made.id, 1, &change).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let missing = tx.save_source(SourceId(99), 1, &change).await;
    assert!(matches!(missing, Err(StoreError::Missing { id: 99, .. })), "{missing:?}");
    let missing = tx.create_source(CompanyId(99), Provider::new("tellicon"), None, &change, NOW).await;
    assert!(matches!(missing, Err(StoreError::Missing { id: 99, .. })), "{missing:?}");
}

async fn a_source_has_secrets_beside_its_token(mut db: Db) {
    let company = db.company("A").await;
    let both = [
        ("password", Secret::new("s3nh4-do-pabx-da-casa")),
        ("token_of_api", Secret::new("rRrX0123456789abcdef3x4c")),
    ];
    let save_both = SaveSource { secrets: &both, ..save(None) };
    let made = commit!(db, tx =>
        tx.create_source(company, Provider::new("teravoz"), Some("k1"), &save_both, NOW).await.expect("a source"));
    let masks: Vec<_> = made.secret_masks.iter().map(|(name, mask)| (name.as_str(), mask.as_str())).collect();
    assert_eq!(masks, [("password", "s3nh…casa"), ("token_of_api", "rRrX…3x4c")]);
    let stored = db.store.source_secrets(made.id).await.expect("opens");
    assert!(both.iter().all(|(name, secret)| stored.get(*name) == Some(secret)) && stored.len() == 2);

    let changed = [("password", Secret::new("")), ("another", Secret::new("0123456789"))];
    let save_changed = SaveSource { secrets: &changed, ..save(None) };
    let saved = commit!(db, tx => tx.save_source(made.id, 1, &save_changed).await.expect("saves"));
    assert_eq!(saved.secret_masks.keys().collect::<Vec<_>>(), ["another", "token_of_api"]);
    assert_eq!(
        db.writer.rotate_keys().await.expect("rotates"),
        1,
        "they are sealed together, and sealed again"
    );
    let stored = db.store.source_secrets(made.id).await.expect("opens");
    assert_eq!(stored.get("token_of_api"), Some(&both[1].1));

    let token = SaveSource { token_name: Some("key"), ..save(Some(&both[0].1)) };
    let saved = commit!(db, tx => tx.save_source(made.id, 2, &token).await.expect("saves"));
    assert!(saved.found_by_secret && saved.secret_masks.len() == 2, "{saved:?}");
    let none = Secret::new("");
    let without = SaveSource { token_name: Some("key"), ..save(Some(&none)) };
    let saved = commit!(db, tx => tx.save_source(made.id, 3, &without).await.expect("saves"));
    assert_eq!((saved.found_by_secret, saved.secret_mask.as_str(), saved.secret_masks.len()), (false, "", 2));
    assert_eq!(db.store.source_secret(made.id).await.expect("reads"), None);
    commit!(db, tx => tx.delete_source(made.id, NOW).await.expect("deletes"));
    assert!(db.store.source_secrets(made.id).await.expect("reads").is_empty());
}

async fn a_source_is_found_by_its_secret_or_its_path(mut db: Db) {
    let company = db.company("A").await;
    let token = Secret::new("abcdefghijklmnopqrstuvwx");
    let by_secret = SaveSource { token_name: Some(HEADER), ..save(Some(&token)) };
    let (first, second) = commit!(db, tx => (
        tx.create_source(company, Provider::new("tellicon"), Some("k1"), &by_secret, NOW).await.expect("a source"),
        tx.create_source(company, Provider::new("tellicon"), Some("k2"), &by_secret, NOW).await.expect("a source"),
    ));
    assert!(first.found_by_secret && !second.found_by_secret, "a taken secret works on the own path only");
    let hash = db.store.lookup_hash("tellicon", HEADER, &token);
    let found = db.store.source_by_lookup(&hash).await.expect("reads").map(|source| source.id);
    assert_eq!(found, Some(first.id));
    let other = db.store.lookup_hash("tellicon", "x-other", &token);
    assert_eq!(db.store.source_by_lookup(&other).await.expect("reads"), None);
    assert_eq!(db.store.source_by_path("k2").await.expect("reads"), Some(second.clone()));
    assert_eq!(db.store.source_secret(second.id).await.expect("opens"), Some(token.clone()));
    // Saving the same secret again leaves the first one found by it.
    let again = commit!(db, tx => tx.save_source(first.id, first.version, &by_secret).await.expect("saves"));
    assert!(again.found_by_secret);

    let mut tx = db.writer.begin().await.expect("begins");
    let again = tx.create_source(company, Provider::new("tellicon"), Some("k1"), &by_secret, NOW).await;
    assert!(matches!(again, Err(StoreError::Taken { .. })), "{again:?}");
}

async fn a_deleted_source_is_found_by_nothing(mut db: Db) {
    let company = db.company("A").await;
    let token = Secret::new("abcdefghijklmnopqrstuvwx");
    let by_secret = SaveSource { token_name: Some(HEADER), ..save(Some(&token)) };
    let made = commit!(db, tx =>
        tx.create_source(company, Provider::new("tellicon"), Some("k1"), &by_secret, NOW).await.expect("a source"));
    commit!(db, tx => tx.delete_source(made.id, NOW).await.expect("deletes"));
    let hash = db.store.lookup_hash("tellicon", HEADER, &token);
    assert_eq!(db.store.source_by_lookup(&hash).await.expect("reads"), None);
    assert_eq!(db.store.source_by_path("k1").await.expect("reads"), None);
    assert_eq!(db.store.source_secret(made.id).await.expect("reads"), None);
    assert_eq!(db.store.source(made.id).await.expect("reads"), None);
    // Both are free for another source, whose id is a new one.
    let next = commit!(db, tx =>
        tx.create_source(company, Provider::new("tellicon"), Some("k1"), &by_secret, NOW).await.expect("a source"));
    assert!(next.found_by_secret && next.id > made.id);
    let mut tx = db.writer.begin().await.expect("begins");
    let again = tx.delete_source(made.id, NOW).await;
    assert!(matches!(again, Err(StoreError::Missing { .. })), "{again:?}");
}

async fn live_states_replace_each_other(mut db: Db) {
    let company = db.company("A").await;
    let save = SaveSource {
        account: None,
        config: "{}",
        secret: None,
        secrets: &[],
        token_name: None,
        connect: true,
        provisioned: false,
    };
    let source = commit!(db, tx => tx.create_source(company, Provider::new("threecplus"), None, &save, NOW).await.expect("a source"));
    let mut live = LiveSource {
        source: source.id,
        company,
        state: "waiting".into(),
        since: NOW,
        until: Some(Timestamp(NOW.0 + 5)),
        attempt: 3,
        reason: Some("ping_timeout".to_owned()),
        session: None,
        last_event_at: None,
        foreign_company: None,
    };
    let gone = LiveSource { source: SourceId(99), ..live.clone() };
    commit!(db, tx => tx.put_live_sources(&[gone, live.clone()]).await.expect("writes"));
    live = LiveSource {
        state: "connected".into(),
        until: None,
        attempt: 0,
        reason: None,
        session: Some(SessionId(9)),
        last_event_at: Some(NOW),
        foreign_company: Some(77),
        ..live
    };
    commit!(db, tx => tx.put_live_sources(std::slice::from_ref(&live)).await.expect("writes"));
    assert_eq!(
        db.store.live_sources().await.expect("reads"),
        [live.clone()],
        "none of a source that is not there"
    );
    live.state = "asleep".into();
    let mut tx = db.writer.begin().await.expect("begins");
    let error = tx.put_live_sources(&[live]).await.expect_err("not a state");
    assert!(error.is_content(), "{error:?}");
}
