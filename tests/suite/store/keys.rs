//! Keys: at the start, in a rotation, under another master key.

use std::os::unix::fs::PermissionsExt;

use ramal::domain::{Provider, SourceId, Wishes};
use ramal::secrets::{MasterKey, MasterKeyError, SealError, Secret};
use ramal::store::{
    Credentials, MasterSource, SaveSource, SaveWebhook, StartAt, Store, StoreError, StoreOptions,
};

use super::{Db, NOW, commit, contract};
use crate::support::settings::settings;

contract! {
    a_wrong_master_key_is_refused,
    a_rotation_seals_everything_again,
    another_master_key_takes_over,
    a_ciphertext_opens_only_in_its_row,
}

const TOKEN: &str = "rRrX0123456789abcdef3x4c";

async fn with_secrets(db: &mut Db, count: usize) -> Vec<SourceId> {
    let company = db.company("A").await;
    commit!(db, tx => {
        let mut sources = Vec::new();
        for n in 0..count {
            let secret = Secret::new(format!("{TOKEN}{n}"));
            let save = SaveSource {
                account: None,
                config: "{}",
                secret: Some(&secret),
                secrets: &[],
                token_name: None,
                connect: false,
                provisioned: false,
            };
            let made = tx.create_source(company, Provider::new("threecplus"), None, &save, NOW).await;
            sources.push(made.expect("a source").id);
        }
        let settings = settings("w", "https://a.example/");
        let wishes = Wishes::default();
        let credentials = Credentials { bearer: Some(TOKEN.into()), ..Credentials::default() };
        let save = SaveWebhook {
            settings: &settings,
            wishes: &wishes,
            credentials: Some(&credentials),
            provisioned: false,
        };
        tx.create_webhook(company, &save, StartAt::Head, NOW).await.expect("a webhook");
        sources
    })
}

fn given(byte: u8) -> StoreOptions {
    let mut bytes = [byte; 32];
    bytes[0] = 0;
    StoreOptions { master: MasterSource::Given(MasterKey::from_bytes(bytes)), ..StoreOptions::default() }
}

async fn closed(db: Db) -> (String, Option<tempfile::TempDir>) {
    db.store.close().await;
    db.writer.close().await.expect("closes");
    (db.url, db.folder)
}

async fn a_wrong_master_key_is_refused(db: Db) {
    let (url, folder) = closed(db).await;
    let error = Store::open(&url, given(9)).await.map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::Seal(SealError::WrongMaster(_))), "{error:?}");
    assert!(error.to_string().contains("master key"), "{error}");
    drop(folder);
}

async fn a_rotation_seals_everything_again(mut db: Db) {
    let sources = with_secrets(&mut db, 300).await;
    assert_eq!(db.writer.rotate_keys().await.expect("rotates"), 301);
    assert_eq!(db.writer.rotate_keys().await.expect("rotates"), 301, "each time with a new key");
    let check = async |db: &Db| {
        for (n, source) in [(0, sources[0]), (299, sources[299])] {
            let secret = db.store.source_secret(source).await.expect("opens");
            assert_eq!(secret, Some(Secret::new(format!("{TOKEN}{n}"))));
        }
        let webhook = db.store.all_webhooks().await.expect("reads").remove(0).id;
        let bearer = db.store.credentials(webhook).await.expect("opens").bearer;
        assert_eq!(bearer, Some(TOKEN.into()));
    };
    check(&db).await;
    check(&db.reopened().await).await;
}

async fn another_master_key_takes_over(mut db: Db) {
    let sources = with_secrets(&mut db, 1).await;
    let StoreOptions { master: MasterSource::Given(new), .. } = given(9) else { unreachable!() };
    commit!(db, tx => tx.rewrap_keys(&new).await.expect("wraps"));
    let (url, folder) = closed(db).await;
    let error = Store::open(&url, super::options()).await.map(drop).expect_err("the old key is void");
    assert!(matches!(error, StoreError::Seal(SealError::WrongMaster(_))), "{error:?}");
    let db = Db::open(url, folder, given(9)).await;
    let secret = db.store.source_secret(sources[0]).await.expect("opens");
    assert_eq!(secret, Some(Secret::new(format!("{TOKEN}0"))));
}

async fn a_ciphertext_opens_only_in_its_row(mut db: Db) {
    let sources = with_secrets(&mut db, 2).await;
    let swap = "UPDATE sources SET secret = (SELECT other.secret FROM sources AS other WHERE other.id <> sources.id)";
    super::trouble::execute(&db.url, swap).await;
    let error = db.store.source_secret(sources[0]).await.expect_err("noticed");
    assert!(matches!(error, StoreError::Seal(SealError::Tampered { .. })), "{error:?}");
    assert!(!format!("{error} {error:?}").contains(TOKEN));
}

#[tokio::test]
async fn what_sqlite_makes_at_the_first_start_is_for_its_owner_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("ramal.db").display());
    let key = folder.path().join("ramal.key");
    let db = Db::open(url, None, StoreOptions::default()).await;
    assert_eq!(db.store.made_master_key(), Some(key.as_path()));
    for made in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
        let mode = made.metadata().expect("is there").permissions().mode() & 0o777;
        let lock = made.path().extension().is_some_and(|extension| extension == "lock");
        assert!(mode == 0o600 || lock, "{}: {mode:o}", made.path().display());
    }
    let (url, _) = closed(db).await;
    let again = Db::open(url, None, StoreOptions::default()).await;
    assert_eq!(again.store.made_master_key(), None);
    let (url, _) = closed(again).await;
    std::fs::remove_file(&key).expect("removes");
    let error = Store::open(&url, StoreOptions::default()).await.map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::MasterKey(MasterKeyError::Missing { .. })), "{error:?}");
}

#[tokio::test]
async fn postgres_demands_a_master_key() {
    let url = crate::support::postgres::database().await.url;
    let error = Store::open(&url, StoreOptions::default()).await.map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::NoMasterKey), "{error:?}");
}
