//! The phones that a company knows.

use ramal::domain::{CompanyId, ContactId, SourceId};
use ramal::store::{Met, SaveContact, StoreError};

use super::{Db, NOW, commit, contract};

contract! {
    a_phone_is_known_once_and_by_whom_it_was_told_first,
    contacts_are_found_by_a_part_of_what_is_known,
    who_saves_an_older_copy_is_told,
}

fn phone(phone: &str) -> SaveContact<'_> {
    SaveContact { phone, ..SaveContact::default() }
}

async fn put(db: &mut Db, company: CompanyId, save: SaveContact<'_>, met: Option<&Met>) -> Option<ContactId> {
    commit!(db, tx => tx.create_contact(company, &save, met, NOW).await.expect("writes"))
}

async fn a_phone_is_known_once_and_by_whom_it_was_told_first(mut db: Db) {
    let (a, b) = (db.company("A").await, db.company("B").await);
    let met = |call: &str| Met { source: SourceId(1), call: call.to_owned() };
    let first = put(&mut db, a, phone("11999990000"), Some(&met("call-1"))).await.expect("it is new");
    assert_eq!(put(&mut db, a, phone("11999990000"), Some(&met("call-2"))).await, None);
    let other = put(&mut db, b, phone("11999990000"), None).await.expect("another company's");
    let found = db.store.contact_of_phone(a, "11999990000").await.expect("reads").expect("it is there");
    assert_eq!((found.id, found.met), (first, Some(met("call-1"))));
    assert_eq!(db.store.contact(other).await.expect("reads").expect("it is there").met, None);
    assert_eq!(db.store.contact_of_phone(a, "1\0").await.expect("reads"), None);
    assert_eq!(db.store.count_contacts(a).await.expect("counts"), 1);
    let of_phones = async |phones: &[&str]| {
        let found = db.store.contacts_of_phones(a, phones).await.expect("reads");
        found.into_iter().map(|contact| contact.id).collect::<Vec<_>>()
    };
    assert_eq!(of_phones(&["1", "11999990000", "2"]).await, [first], "and no other company's");
    assert_eq!(of_phones(&[]).await, []);
    assert!(commit!(db, tx => tx.delete_contact(first).await.expect("deletes")));
    assert!(!commit!(db, tx => tx.delete_contact(first).await.expect("deletes")), "it is gone already");
    let again = put(&mut db, a, phone("11999990000"), None).await.expect("it is new again");
    assert!(again > first, "ids are never reused");
}

async fn contacts_are_found_by_a_part_of_what_is_known(mut db: Db) {
    let company = db.company("A").await;
    let ana = SaveContact {
        phone: "85900004900",
        cpf: Some("52998224725"),
        first_name: Some("Ana_Luz"),
        last_name: Some("Souza"),
    };
    put(&mut db, company, ana, None).await;
    put(&mut db, company, SaveContact { first_name: Some("Ágata Bia"), ..phone("11988776655") }, None).await;
    put(&mut db, company, phone("1133334444"), None).await;
    let found = async |part: &str, after, limit| {
        let found = db.store.contacts(company, part, true, ContactId(after), limit).await.expect("lists");
        found.into_iter().map(|contact| contact.phone).collect::<Vec<_>>()
    };
    assert_eq!(found("", 0, 10).await, ["85900004900", "11988776655", "1133334444"]);
    assert_eq!(found("", 1, 1).await, ["11988776655"]);
    assert_eq!(found("0000", 0, 10).await, ["85900004900"]);
    assert_eq!(found("529982", 0, 10).await, ["85900004900"]);
    assert_eq!(found("ana_luz so", 0, 10).await, ["85900004900"]);
    assert_eq!(found("ÁGATA", 0, 10).await, ["11988776655"], "small and large letters, also with accents");
    assert_eq!(found("BIA", 0, 10).await, ["11988776655"]);
    let blind = db.store.contacts(company, "529982", false, ContactId(0), 10).await.expect("lists");
    assert_eq!(blind, [], "a CPF is told to nobody who may not see it");
    for none in ["a%a", "x", "\\", "%", "n_a"] {
        assert_eq!(found(none, 0, 10).await, [""; 0], "{none}");
    }
}

async fn who_saves_an_older_copy_is_told(mut db: Db) {
    let company = db.company("A").await;
    let id = put(&mut db, company, phone("11999990000"), None).await.expect("it is new");
    let save = SaveContact { first_name: Some("Ana"), ..phone("11999990001") };
    commit!(db, tx => tx.save_contact(id, 1, &save, NOW).await.expect("saves"));
    let saved = db.store.contact(id).await.expect("reads").expect("it is there");
    assert_eq!(
        (saved.phone.as_str(), saved.first_name.as_deref(), saved.version),
        ("11999990001", Some("Ana"), 2)
    );
    let mut tx = db.writer.begin().await.expect("begins");
    let stale = tx.save_contact(id, 1, &save, NOW).await;
    assert!(matches!(stale, Err(StoreError::Stale { what: "contact", .. })), "{stale:?}");
    let missing = tx.save_contact(ContactId(99), 1, &save, NOW).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "contact", .. })), "{missing:?}");
}
