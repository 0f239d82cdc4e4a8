//! The journal on real databases. Cases named in `contract!` run on SQLite and on PostgreSQL.

pub mod authority;
mod blocks;
mod bounds;
mod consumers;
mod duties;
mod hold;
mod invariants;
mod lossy_proxy;
mod memory;
mod pooler;
mod trouble;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use ramal::domain::{CompanyId, Draft, Event, Seq, SourceId};
use ramal::journal::{Journal, JournalOptions, JournalTasks, ReadLimit, Receipt};
use ramal::ownership::{Leaser, Owned, StaticLeaser};
use ramal::store::{Settlement, Store};

use crate::store::{Db, NOW, options};

/// A running journal on a database of its own.
pub struct House {
    pub journal: Journal,
    pub store: Store,
    leaser: StaticLeaser<Journal>,
    /// The leases that were taken, also those that are gone.
    owned: Mutex<HashMap<CompanyId, Owned<CompanyId>>>,
    tasks: JournalTasks,
    url: String,
    folder: Option<tempfile::TempDir>,
}

/// Blocks are sealed and old events removed only where a test says so.
pub fn by_hand() -> JournalOptions {
    JournalOptions { upkeep: false, ..JournalOptions::default() }
}

pub const EVERYTHING: ReadLimit = ReadLimit { items: usize::MAX, bytes: usize::MAX };

impl House {
    pub async fn new(db: Db) -> House {
        House::with(db, by_hand()).await
    }

    pub async fn with(db: Db, options: JournalOptions) -> House {
        let Db { store, writer, url, folder } = db;
        let starting = Box::pin(Journal::start(store.clone(), writer, options));
        let (journal, tasks) = starting.await.expect("starts");
        let leaser = StaticLeaser::new(journal.clone());
        House { journal, store, leaser, owned: Mutex::default(), tasks, url, folder }
    }

    pub async fn company(&self, name: &'static str) -> CompanyId {
        let made = self.journal.control(move |tx| Box::pin(tx.create_company(name, false, NOW)));
        let company = made.await.expect("a company");
        self.take(company).await;
        company
    }

    /// Takes the lease of a company, again if it was taken before.
    pub async fn take(&self, company: CompanyId) -> Owned<CompanyId> {
        let taken = self.leaser.acquire(vec![company]).await.expect("a lease");
        let owned = taken.into_iter().next().expect("one of each");
        self.owned.lock().expect("no panic inside").insert(company, owned.clone());
        owned
    }

    /// The lease that was taken last, be it held or not; taken now if none was.
    pub async fn owned(&self, company: CompanyId) -> Owned<CompanyId> {
        let known = self.owned.lock().expect("no panic inside").get(&company).cloned();
        match known {
            Some(owned) => owned,
            None => self.take(company).await,
        }
    }

    /// As after a crash: whatever was under way is broken off, and the same database is opened again.
    pub async fn crashed(self) -> House {
        self.crashed_with(by_hand()).await
    }

    pub async fn crashed_with(self, wanted: JournalOptions) -> House {
        self.tasks.abort().await;
        self.store.close().await;
        drop((self.journal, self.store));
        House::with(Db::open(self.url, self.folder, options()).await, wanted).await
    }

    pub async fn stopped(self) -> House {
        self.stopped_with(by_hand()).await
    }

    pub async fn stopped_with(self, wanted: JournalOptions) -> House {
        self.tasks.stop().await;
        self.store.close().await;
        drop((self.journal, self.store));
        House::with(Db::open(self.url, self.folder, options()).await, wanted).await
    }

    pub async fn append(&self, company: CompanyId, drafts: Vec<Draft>) -> Vec<Seq> {
        let receipt = self.journal.append(&self.owned(company).await, drafts).await.expect("room");
        receipt.await.expect("written").into_iter().map(|placed| placed.seq).collect()
    }

    pub async fn settle(&self, settlement: Settlement) -> Receipt<()> {
        self.journal.settle(&self.owned(settlement.company).await, settlement)
    }

    /// Everything in the database, read page by page.
    pub async fn stored(&self, company: CompanyId) -> Vec<Event> {
        let mut all: Vec<Event> = Vec::new();
        loop {
            let from = all.last().map_or(Seq(1), |event| event.seq.next());
            let page = self.store.events(company, from, 1_000, 4 << 20).await.expect("reads");
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }
}

pub fn draft(payload: impl Into<String>) -> Draft {
    Draft { payload: Bytes::from(payload.into()), ..crate::store::draft("") }
}

pub fn keyed(payload: impl Into<String>, key: u8) -> Draft {
    Draft { dedupe: Some([key; 32]), source: SourceId(1), ..draft(payload) }
}

pub fn payloads(events: &[impl AsRef<Event>]) -> Vec<String> {
    events.iter().map(|event| String::from_utf8_lossy(&event.as_ref().payload).into_owned()).collect()
}

/// Waits until the head of a company is at `seq`.
pub async fn head_reaches(journal: &Journal, company: CompanyId, seq: i64) {
    let mut head = journal.watch(company);
    let reached = head.wait_for(|head| head.0 >= seq);
    tokio::time::timeout(Duration::from_secs(20), reached).await.expect("in time").expect("open");
}

pub async fn read(journal: &Journal, company: CompanyId, from: i64) -> Vec<Arc<Event>> {
    journal.read(company, Seq(from), EVERYTHING).await.expect("reads")
}
