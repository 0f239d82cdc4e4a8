//! Who is told of what is wrong, and the secrets that this takes.

use ramal::domain::contact_point::{ChannelSettings, SecretUrl};
use ramal::domain::{CompanyId, ContactPointId, Lang, Timestamp};
use ramal::secrets::Secret;
use ramal::store::{Credentials, LastMessage, SaveContactPoint, StoreError};

use super::{Db, NOW, commit, contract};

contract! {
    a_contact_point_is_kept_with_its_secrets_apart,
    only_the_newest_message_is_remembered,
    a_rotation_seals_them_again_and_a_company_takes_them_along,
}

const URL: &str = "https://hooks.slack.com/services/T/B/of-twenty-chars";

fn slack() -> ChannelSettings {
    ChannelSettings::Slack { url: SecretUrl::of(URL) }
}

fn credentials() -> Credentials {
    Credentials { url: Some(Secret::new(URL)), ..Credentials::default() }
}

async fn made(db: &mut Db, company: Option<CompanyId>, name: &str) -> ContactPointId {
    let (channel, credentials) = (slack(), credentials());
    let save = SaveContactPoint { name, lang: Lang::En, channel: &channel, credentials: Some(&credentials) };
    commit!(db, tx => tx.create_contact_point(company, &save, NOW).await.expect("a contact point"))
}

async fn a_contact_point_is_kept_with_its_secrets_apart(mut db: Db) {
    let company = db.company("A").await;
    let (all, one) = (made(&mut db, None, "#geral").await, made(&mut db, Some(company), "#a\0").await);
    let stored = db.store.contact_point(all).await.expect("reads").expect("there");
    assert_eq!((&*stored.name, stored.lang, stored.version, stored.company), ("#geral", Lang::En, 1, None));
    assert_eq!((&stored.channel, &stored.last), (&slack(), &None));
    assert!(!format!("{stored:?}").contains("of-twenty"));
    assert_eq!(db.store.contact_point_credentials(all).await.expect("opens"), credentials());
    let ids: Vec<_> = db.store.all_contact_points().await.expect("reads").iter().map(|it| it.id).collect();
    assert_eq!(ids, [all, one]);

    // Saved without credentials it keeps those it has; an older copy is refused.
    let channel = slack();
    let save = SaveContactPoint { name: "b", lang: Lang::Pt, channel: &channel, credentials: None };
    commit!(db, tx => tx.save_contact_point(all, 1, &save, Timestamp(NOW.0 + 1)).await.expect("saves"));
    let stored = db.store.contact_point(all).await.expect("reads").expect("there");
    assert_eq!((&*stored.name, stored.lang, stored.version), ("b", Lang::Pt, 2));
    assert_eq!((stored.created_at, stored.updated_at), (NOW, Timestamp(NOW.0 + 1)));
    assert_eq!(db.store.contact_point_credentials(all).await.expect("opens"), credentials());
    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_contact_point(all, 1, &save, NOW).await.expect_err("an older copy");
    assert!(matches!(stale, StoreError::Stale { what: "contact_point", .. }), "{stale:?}");
    let missing = tx.save_contact_point(ContactPointId(99), 1, &save, NOW).await.expect_err("none");
    assert!(matches!(missing, StoreError::Missing { what: "contact_point", id: 99 }), "{missing:?}");
    drop(tx);

    assert!(commit!(db, tx => tx.delete_contact_point(all).await.expect("deletes")));
    assert!(!commit!(db, tx => tx.delete_contact_point(all).await.expect("deletes")));
    assert_eq!(db.store.contact_point(all).await.expect("reads"), None);
    assert_eq!(db.store.contact_point_credentials(all).await.expect("reads"), Credentials::default());
    // An id is never another's.
    let next = made(&mut db, None, "c").await;
    assert!(next.0 > one.0);
}

async fn only_the_newest_message_is_remembered(mut db: Db) {
    let id = made(&mut db, None, "a").await;
    let at = |micros| Timestamp(NOW.0 + micros);
    let failed = LastMessage { at: at(5), taken: false, why: Some("http:404".into()) };
    let older = LastMessage { at: at(4), taken: true, why: None };
    commit!(db, tx => {
        tx.note_last_message(id, &failed).await.expect("notes");
        tx.note_last_message(id, &older).await.expect("notes");
        tx.note_last_message(ContactPointId(99), &older).await.expect("nothing");
    });
    let stored = db.store.contact_point(id).await.expect("reads").expect("there");
    assert_eq!((stored.last, stored.version), (Some(failed), 1));
    let newer = LastMessage { at: at(6), taken: true, why: None };
    commit!(db, tx => tx.note_last_message(id, &newer).await.expect("notes"));
    assert_eq!(db.store.contact_point(id).await.expect("reads").expect("there").last, Some(newer));
}

async fn a_rotation_seals_them_again_and_a_company_takes_them_along(mut db: Db) {
    let company = db.company("A").await;
    let (all, one) = (made(&mut db, None, "a").await, made(&mut db, Some(company), "b").await);
    assert_eq!(db.writer.rotate_keys().await.expect("rotates"), 2);
    for id in [all, one] {
        assert_eq!(db.store.contact_point_credentials(id).await.expect("opens"), credentials());
    }
    commit!(db, tx => tx.delete_company(company, NOW).await.expect("deletes"));
    assert_eq!(db.store.contact_point(one).await.expect("reads"), None);
    assert!(db.store.contact_point(all).await.expect("reads").is_some());
}
