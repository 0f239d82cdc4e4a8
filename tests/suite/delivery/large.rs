//! Events larger than a courier's window, over the real journal and real sockets.

use std::time::Duration;

use ramal::domain::{HeldReason, HeldState, Seq};
use tokio::task::LocalSet;

use super::endpoint::Endpoint;
use super::{held, hook, hook_with, named, numbered, start};
use crate::journal::House;
use crate::store::{Db, contract};
use crate::support::settings::{pauses, settings};

contract! {
    a_large_event_that_is_always_refused_does_not_stop_others,
    after_a_restart_large_events_that_are_refused_do_not_stop_others,
}

/// A payload of so many bytes.
fn large(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes))
}

/// Refused with 413 and with 500, while nothing has succeeded before and after something has: the small ones behind it
/// arrive, it is named meanwhile, and it is given up.
async fn a_large_event_that_is_always_refused_does_not_stop_others(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            for (name, status, warm) in [("A", 413, false), ("B", 500, true)] {
                let company = house.company(name).await;
                let first = if warm { 2 } else { 1 };
                let endpoint = Endpoint::answering(move |seq, _| {
                    (if seq == first { status } else { 200 }, Duration::ZERO)
                })
                .await;
                let hook = hook(&house, company, endpoint.url(), &["*"]).await;
                let running = start(&local, &house, &hook).await;
                if warm {
                    house.append(company, numbered(1, 1, 20)).await;
                    running.until("it is warm", |status| status.counters.delivered == 1).await;
                }
                house.append(company, vec![named("call-large", Some("call:large"), &large(1_500_000))]).await;
                let named = running
                    .until("it is named", |status| status.troubled.is_some())
                    .await
                    .troubled
                    .expect("it is");
                assert_eq!((named.seq, named.last.map(|last| last.result)), (Seq(first), Some(Ok(status))));
                assert!(named.bytes > 1_500_000);
                house.append(company, numbered(first + 1, 20, 20)).await;
                running.until("the small ones", |status| status.counters.delivered >= 20).await;
                house.append(company, numbered(first + 21, 1, 20)).await;
                running.until("all but the large one", |status| status.cursor == Some(Seq(first + 21))).await;
                let reason = if status == 413 { HeldReason::Rejected } else { HeldReason::Failed };
                let waits = if status == 413 { HeldState::Dead } else { HeldState::Alone };
                for _ in 0..6_000 {
                    let row =
                        held(&house.store, &hook).await.first().map(|row| (row.seq, row.state, row.reason));
                    if row == Some((Seq(first), waits, reason)) {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                let rows = held(&house.store, &hook).await;
                let state: Vec<_> = rows.iter().map(|row| (row.seq, row.state, row.reason)).collect();
                assert_eq!(state, [(Seq(first), waits, reason)]);
                running.stopped().await;
            }
        })
        .await;
}

/// Several of them, in lanes of their own and without, with a process that ends meanwhile.
async fn after_a_restart_large_events_that_are_refused_do_not_stop_others(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let endpoint =
                Endpoint::answering(|seq, _| (if seq <= 3 { 413 } else { 200 }, Duration::ZERO)).await;
            let mut settings = settings("Principal", &endpoint.url());
            // The first tries fail for longer than this test lasts.
            settings.retry_seconds = pauses(&[3_600; 5]);
            let hook = hook_with(&house, company, settings, &["*"]).await;
            let running = start(&local, &house, &hook).await;
            for lane in [Some("call:large"), Some("call:larger"), None] {
                house.append(company, vec![named("call-large", lane, &large(1_200_000))]).await;
            }
            running.until("all are refused", |status| status.counters.failures >= 3).await;
            running.killed().await;
            let running = start(&local, &house, &hook).await;
            house.append(company, numbered(4, 20, 20)).await;
            running.until("the small ones", |status| status.counters.delivered >= 20).await;
            running.stopped().await;
            let taken = endpoint.taken();
            assert_eq!(taken.len(), 20);
        })
        .await;
}
