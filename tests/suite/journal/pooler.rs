//! PostgreSQL behind something that lends its sessions to whoever is in a transaction.

use std::time::Duration;

use ramal::domain::Seq;
use ramal::store::{Store, StoreError, StoreOptions};
use tokio::task::JoinSet;

use super::{EVERYTHING, House, draft, payloads};
use crate::store::{Db, options};
use crate::support::pgbouncer::PgBouncer;
use crate::support::postgres;

async fn behind(pooler: &PgBouncer) -> (House, String) {
    let database = postgres::database().await;
    let (_, name) = database.url.rsplit_once('/').expect("a name");
    let url = postgres::url(pooler.port, name.split('?').next().expect("a name"));
    (House::new(Db::open(url.clone(), None, options()).await).await, url)
}

async fn start(pool_mode: &'static str, sessions: u32) -> PgBouncer {
    tokio::task::spawn_blocking(move || PgBouncer::start(pool_mode, sessions)).await.expect("starts")
}

/// Everything at once, so that every session of the server serves everybody.
async fn works_beside_itself(pool_mode: &'static str, sessions: u32) {
    let pooler = start(pool_mode, sessions).await;
    let (house, url) = behind(&pooler).await;
    let company = house.company("A").await;
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let (journal, owned) = (house.journal.clone(), house.owned(company).await);
        tasks.spawn(async move {
            for n in 0..25 {
                let receipt = journal.append(&owned, vec![draft(format!("{task}-{n}"))]).await.expect("room");
                let placed = receipt.await.expect("written");
                let stored = journal.store().events(company, placed[0].seq, 1, 1 << 20).await.expect("read");
                assert_eq!(stored[0].payload, format!("{task}-{n}").as_bytes());
                journal.store().heads().await.expect("read");
                journal.control(move |tx| Box::pin(tx.lock_head(company))).await.expect("changed");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no task fails");
    }
    let all = house.journal.read(company, Seq(1), EVERYTHING).await.expect("reads");
    let mut texts = payloads(&all);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 200);
    let impatient = StoreOptions { lock_wait: Duration::from_millis(100), ..options() };
    let error = Store::open(&url, impatient).await.map(drop).expect_err("it is in use");
    assert!(matches!(error, StoreError::InUse { .. }), "the hold is one here too: {error:?}");
    let house = house.stopped().await;
    assert_eq!(house.journal.head(company), Seq(200));
}

#[tokio::test]
async fn a_pooler_that_lends_sessions_is_found_out_and_served() {
    works_beside_itself("transaction", 8).await;
}

#[tokio::test]
async fn a_pooler_that_keeps_sessions_is_served() {
    // The house has six, who opens its database beside it two; the rest are being closed, or reset.
    works_beside_itself("session", 16).await;
}
