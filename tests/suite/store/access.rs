//! API keys and the audit log.

use ramal::domain::{ApiKeyId, CompanyId, Timestamp};
use ramal::store::{AuditEntry, AuditFilter, NewApiKey, StoreError};

use super::{Db, NOW, commit, contract};

contract! {
    an_api_key_is_found_until_it_is_revoked,
    the_audit_log_is_read_newest_first,
    a_page_of_the_audit_log_is_written_again_at_a_time,
}

async fn an_api_key_is_found_until_it_is_revoked(mut db: Db) {
    let new = NewApiKey {
        name: "CRM",
        hash: &[7; 32],
        prefix: "rml_abcd",
        role: "operator",
        companies: Some(&[CompanyId(3), CompanyId(9)]),
        created_by: "ana",
        expires_at: Some(NOW),
    };
    let id = commit!(db, tx => tx.create_api_key(&new, NOW).await.expect("a key"));
    let everywhere = NewApiKey { hash: &[8; 32], companies: None, expires_at: None, ..new };
    commit!(db, tx => tx.create_api_key(&everywhere, NOW).await.expect("a key"));
    let used = Timestamp(NOW.0 + 5);
    commit!(db, tx => tx.note_api_key_uses(&[(id, used), (ApiKeyId(99), used)]).await.expect("writes"));
    let found = db.store.api_key_by_hash(&[7; 32]).await.expect("reads").expect("is there");
    assert_eq!((found.id, found.role.as_str(), found.last_used_at), (id, "operator", Some(used)));
    assert_eq!(found.companies, Some(vec![CompanyId(3), CompanyId(9)]));
    let listed = db.store.api_keys(id, 10).await.expect("reads");
    assert_eq!((listed.len(), &listed[0].companies), (1, &None));

    assert_eq!(db.store.api_key(id).await.expect("reads"), Some(found));
    assert_eq!(db.store.api_key(ApiKeyId(99)).await.expect("reads"), None);

    commit!(db, tx => {
        tx.revoke_api_key(id, NOW).await.expect("revokes");
        tx.revoke_api_key(id, used).await.expect("revokes");
    });
    assert_eq!(db.store.api_key_by_hash(&[7; 32]).await.expect("reads"), None);
    assert_eq!(db.store.api_keys(ApiKeyId(0), 10).await.expect("reads")[0].revoked_at, Some(NOW));
    let mut tx = db.writer.begin().await.expect("begins");
    let missing = tx.revoke_api_key(ApiKeyId(99), NOW).await;
    assert!(matches!(missing, Err(StoreError::Missing { id: 99, .. })), "{missing:?}");
    let taken = tx.create_api_key(&new, NOW).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
}

async fn the_audit_log_is_read_newest_first(mut db: Db) {
    let entry = |n: i64, company| AuditEntry {
        id: 0,
        at: Timestamp(NOW.0 + n),
        actor: "api-key:3 CRM".to_owned(),
        address: Some("192.0.2.1".to_owned()),
        action: "webhook.pause".to_owned(),
        company,
        target: Some("webhook_4".to_owned()),
        detail: Some(format!(r#"{{"n":{n}}}"#)),
    };
    commit!(db, tx => for n in 0..6 {
        let company = (n % 2 == 0).then_some(CompanyId(1));
        tx.audit(&entry(n, company)).await.expect("writes");
    });
    let all = db.store.audit_log(&AuditFilter::ALL, i64::MAX, 10).await.expect("reads");
    assert_eq!(all.iter().map(|entry| entry.at.0 - NOW.0).collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(AuditEntry { id: 0, ..all[1].clone() }, entry(4, Some(CompanyId(1))));
    let first = AuditFilter { company: Some(CompanyId(1)), ..AuditFilter::ALL };
    let ours = db.store.audit_log(&first, all[1].id, 10).await.expect("reads");
    assert_eq!(ours.iter().map(|entry| entry.at.0 - NOW.0).collect::<Vec<_>>(), [2, 0]);
    for (filter, found) in [
        (AuditFilter { actor: "api-key:3", ..AuditFilter::ALL }, 6),
        (AuditFilter { actor: "api-key:3 CRM", ..first }, 3),
        (AuditFilter { actor: "api-key", ..AuditFilter::ALL }, 0),
        (AuditFilter { actor: "crm", ..AuditFilter::ALL }, 6),
        (AuditFilter { actor: "C%M", ..AuditFilter::ALL }, 0),
        (AuditFilter { action: "webhook.pause", ..AuditFilter::ALL }, 6),
        (AuditFilter { action: "webhook", ..AuditFilter::ALL }, 6),
        (AuditFilter { action: "webhook.pau", ..AuditFilter::ALL }, 0),
        (AuditFilter { target: "webhook_4", ..AuditFilter::ALL }, 6),
        (AuditFilter { target: "webhook_", ..AuditFilter::ALL }, 0),
        (AuditFilter { from: Timestamp(NOW.0 + 2), to: Timestamp(NOW.0 + 5), ..AuditFilter::ALL }, 3),
    ] {
        let lines = db.store.audit_log(&filter, i64::MAX, 10).await.expect("reads");
        assert_eq!(lines.len(), found, "{filter:?}");
    }
    let gone = commit!(db, tx => tx.delete_audit(Timestamp(NOW.0 + 3), 2).await.expect("deletes"));
    assert_eq!(gone, 2);
    assert_eq!(db.store.audit_log(&AuditFilter::ALL, i64::MAX, 10).await.expect("reads").len(), 4);
}

async fn a_page_of_the_audit_log_is_written_again_at_a_time(mut db: Db) {
    for page in 0..3 {
        commit!(db, tx => for n in 0..100 {
            let line = AuditEntry {
                id: 0,
                at: Timestamp(NOW.0 + page * 100 + n),
                actor: "ana".to_owned(),
                address: None,
                action: "webhook.update".to_owned(),
                company: None,
                target: None,
                detail: Some("old".to_owned()),
            };
            tx.audit(&line).await.expect("writes");
        });
    }
    let new = |_: &str| Some("new".to_owned());
    let (mut next, mut pages) = (Some(0), 0);
    while let Some(after) = next {
        next = commit!(db, tx => tx.rewrite_webhook_audit(after, new).await.expect("writes"));
        pages += 1;
    }
    assert_eq!(pages, 3, "two of two hundred lines at most, and the one that finds none");
    let lines = db.store.audit_log(&AuditFilter::ALL, i64::MAX, 1_000).await.expect("reads");
    assert!(lines.len() == 300 && lines.iter().all(|line| line.detail.as_deref() == Some("new")));
}
