//! Receivers that take so many requests a second.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ramal::domain::Seq;
use tokio::task::LocalSet;

use super::endpoint::Endpoint;
use super::{hook, numbered, start};
use crate::journal::House;
use crate::store::{Db, contract};

contract! {
    a_receiver_that_takes_two_a_second_gets_everything_in_order_and_nothing_is_set_aside,
}

/// It answers 503 to what comes faster and says no more than that.
async fn a_receiver_that_takes_two_a_second_gets_everything_in_order_and_nothing_is_set_aside(db: Db) {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(db).await;
            let company = house.company("A").await;
            let taken: Mutex<VecDeque<Instant>> = Mutex::default();
            let endpoint = Endpoint::answering(move |_, _| {
                let (mut taken, now) = (taken.lock().expect("no panic inside"), Instant::now());
                taken.retain(|at| now.duration_since(*at) < Duration::from_secs(1));
                if taken.len() >= 2 {
                    return (503, Duration::ZERO);
                }
                taken.push_back(now);
                (200, Duration::ZERO)
            })
            .await;
            let hook = hook(&house, company, endpoint.url(), &["*"]).await;
            let running = start(&local, &house, &hook).await;
            house.append(company, numbered(1, 18, 6)).await;
            let status = running.until("all settled", |status| status.cursor == Some(Seq(18))).await;
            assert_eq!((status.counters.delivered, status.counters.set_aside, status.held), (18, 0, 0));
            running.stopped().await;
            let taken = endpoint.taken();
            assert_eq!(taken.len(), 18);
            for lane in 0..6 {
                let of_lane: Vec<i64> = taken.iter().copied().filter(|seq| seq % 6 == lane).collect();
                assert!(of_lane.is_sorted(), "lane {lane}: {of_lane:?}");
            }
        })
        .await;
}
