//! Webhooks at one server learn from each other that it is back.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use super::endpoint::Endpoint;
use super::{Shares, hook, numbered, start_sharing};
use crate::journal::House;
use crate::store::Db;

/// After two failed probes the next one is due in 3.2 s at the earliest (4 s, less a fifth); word of a neighbour brings
/// it forward.
#[tokio::test]
async fn word_of_a_neighbour_ends_the_wait_for_the_next_probe() {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(Db::sqlite().await).await;
            let company = house.company("A").await;
            let came = Arc::new(Mutex::new(Vec::new()));
            let noted = came.clone();
            let endpoint = Endpoint::answering(move |_, _| {
                noted.lock().expect("no panic inside").push(Instant::now());
                (503, Duration::ZERO)
            })
            .await;
            let hook = hook(&house, company, endpoint.url(), &["*"]).await;
            let shares = Shares::of(64);
            let mut neighbour = shares.endpoints.join(&endpoint.url().parse().expect("a URL"));
            let waiting = start_sharing(&local, &house, &hook, &shares).await;
            house.append(company, numbered(1, 40, 40)).await;
            let gap = |came: &[Instant]| match came {
                [.., before, last] => last.duration_since(*before),
                _ => Duration::ZERO,
            };
            let seconds = Duration::from_secs;
            endpoint
                .until("a second probe", |_| gap(&came.lock().expect("no panic")) > seconds(1) * 3 / 2)
                .await;
            let last = Instant::now();

            endpoint.answer(|_, _| (200, Duration::ZERO));
            neighbour.tell();
            endpoint.until("an answer", |received| received.iter().any(|one| one.status == 200)).await;
            assert!(last.elapsed() < seconds(3), "asked again after {:?}", last.elapsed());
            waiting.until("all is delivered", |status| status.counters.delivered == 40).await;
            waiting.stop.at_once.cancel();
        })
        .await;
}
