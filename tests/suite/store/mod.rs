//! The store's contract: what both engines must do alike. Each case runs on SQLite and on PostgreSQL.

mod access;
mod actions;
mod agents;
mod alerts;
mod became;
mod blocks;
mod boards;
pub mod calls;
mod companies;
mod contact_points;
mod contacts;
mod cursors;
mod decisions;
mod journal;
mod keys;
mod outcome;
mod ownership;
mod results;
mod series;
mod sessions;
mod sources;
mod trouble;
mod upgrade;
mod users;
mod webhooks;

use bytes::Bytes;
use ramal::domain::{CompanyId, Draft, EventFlags, Keys, Provider, Seq, SourceId, Timestamp};
use ramal::secrets::MasterKey;
use ramal::store::{Head, MasterSource, NewEvent, Store, StoreOptions, Writer};
use tempfile::TempDir;

pub use trouble::execute;

use crate::support::postgres;

/// An open store on a database of its own.
pub struct Db {
    pub store: Store,
    pub writer: Writer,
    pub url: String,
    pub folder: Option<TempDir>,
}

impl Db {
    pub async fn sqlite() -> Db {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("data/ramal.db").display());
        Db::open(url, Some(folder), options()).await
    }

    pub async fn postgres() -> Db {
        Db::open(postgres::database().await.url, None, options()).await
    }

    pub async fn open(url: String, folder: Option<TempDir>, options: StoreOptions) -> Db {
        let (store, writer) = Store::open(&url, options).await.expect("the store opens");
        Db { store, writer, url, folder }
    }

    /// Closes everything in an orderly way and opens the same database again.
    pub async fn reopened(self) -> Db {
        self.store.close().await;
        self.writer.close().await.expect("closes");
        drop(self.store);
        Db::open(self.url, self.folder, options()).await
    }

    pub async fn company(&mut self, name: &str) -> CompanyId {
        commit!(self, tx => tx.create_company(name, false, NOW).await.expect("a company"))
    }

    /// Appends events in one batch as the recorder does.
    pub async fn append(&mut self, company: CompanyId, from: i64, drafts: &[Draft], epoch: i64) {
        let mut tx = self.writer.begin_batch().await.expect("begins");
        let events = placed(company, from, drafts);
        tx.append(&events).await.expect("appends");
        let seq = Seq(from + i64::try_from(drafts.len()).expect("few") - 1);
        let refused = tx.set_heads(&[Head { company, seq, epoch, batch: 1 }]).await.expect("heads");
        assert_eq!(refused, []);
        tx.commit().await.expect("commits");
    }
}

pub const NOW: Timestamp = Timestamp(1_704_067_200_000_000);

pub fn options() -> StoreOptions {
    StoreOptions {
        master: MasterSource::Given(MasterKey::from_bytes(*b"0123456789abcdef0123456789ABCDEF")),
        ..StoreOptions::default()
    }
}

/// Runs operations in a transaction of their own and commits it.
macro_rules! commit {
    ($db:expr, $tx:ident => $body:expr) => {{
        let mut $tx = $db.writer.begin().await.expect("begins");
        let done = $body;
        $tx.commit().await.expect("commits");
        done
    }};
}
pub(crate) use commit;

/// The same of a batch's operations.
macro_rules! commit_batch {
    ($db:expr, $tx:ident => $body:expr) => {{
        let mut $tx = $db.writer.begin_batch().await.expect("begins");
        let done = $body;
        $tx.commit().await.expect("commits");
        done
    }};
}
pub(crate) use commit_batch;

/// Makes a test per engine of each function named.
macro_rules! contract {
    ($($case:ident),+ $(,)?) => { $(
        mod $case {
            #[tokio::test]
            async fn sqlite() {
                super::$case($crate::store::Db::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$case($crate::store::Db::postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use contract;

pub fn placed(company: CompanyId, from: i64, drafts: &[Draft]) -> Vec<NewEvent<'_>> {
    (from..).zip(drafts).map(|(seq, draft)| NewEvent { company, seq: Seq(seq), draft }).collect()
}

pub fn draft(payload: &'static str) -> Draft {
    Draft {
        source: SourceId(1),
        provider: Provider::new("threecplus"),
        session: None,
        name: "call-was-created".into(),
        lane: Some("call:k7".into()),
        received_at: NOW,
        payload: Bytes::from_static(payload.as_bytes()),
        keys: Keys { call: Some("k7".into()), ..Keys::default() },
        flags: EventFlags::default(),
        extra: None,
        dedupe: None,
    }
}
