//! One who takes all that they can of what couriers share, and others who are well.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ramal::delivery::flights::{Bounds, Flights};
use ramal::domain::webhook::{Concurrency, Timeout};
use ramal::domain::{CompanyId, Seq};
use tokio::task::LocalSet;

use super::endpoint::Endpoint;
use super::{Hook, Running, Shares, hook, hook_with, named, numbered, start_sharing};
use crate::journal::House;
use crate::store::Db;
use crate::support::settings::settings;

/// As many webhooks as asked for, each with `at_once` requests that are never answered.
async fn silent(
    house: &House,
    company: CompanyId,
    webhooks: usize,
    at_once: u16,
    endpoint: &Endpoint,
) -> Vec<Hook> {
    let mut hooks = Vec::new();
    for n in 0..webhooks {
        let mut settings = settings(&format!("Surdo {n}"), &endpoint.url());
        settings.timeout_seconds = Timeout::of::<60>();
        settings.concurrency = Concurrency::new(at_once).expect("as many as there may be");
        hooks.push(hook_with(house, company, settings, &["*"]).await);
    }
    hooks
}

fn in_flight(running: &[Running]) -> usize {
    running.iter().map(|courier| courier.status.read().in_flight).sum()
}

/// Waits until what hangs has not grown for a while, and answers how much it is.
async fn settled(running: &[Running]) -> usize {
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = in_flight(running);
        if now > 0 && now == before {
            return now;
        }
        before = now;
    }
}

async fn arrives_soon(running: &Running, house: &House, company: CompanyId, head: i64) {
    let began = Instant::now();
    house.append(company, numbered(head, 1, 1)).await;
    running.until("another's event arrives", |status| status.cursor == Some(Seq(head))).await;
    assert!(began.elapsed() < Duration::from_secs(2), "it took {:?}", began.elapsed());
}

/// Sixteen webhooks that could each take every place, and take what they can: a webhook of another company, and one of
/// the same, deliver at once, again and again.
#[tokio::test]
async fn receivers_that_never_answer_delay_no_other_company_and_no_other_webhook() {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(Db::sqlite().await).await;
            let (one, other) = (house.company("A").await, house.company("B").await);
            let hangs = Endpoint::answering(|_, _| (200, Duration::from_mins(10))).await;
            let (near, far) = (Endpoint::start().await, Endpoint::start().await);
            let shares = Shares::of(64);
            let mut deaf = Vec::new();
            for hook in silent(&house, one, 16, 64, &hangs).await {
                deaf.push(start_sharing(&local, &house, &hook, &shares).await);
            }
            house.append(one, numbered(1, 200, 200)).await;
            let taken = settled(&deaf).await;
            assert!((16..48).contains(&taken), "{taken} of 64 places are taken by who hangs");

            let near =
                start_sharing(&local, &house, &hook(&house, one, near.url(), &["*"]).await, &shares).await;
            let far =
                start_sharing(&local, &house, &hook(&house, other, far.url(), &["*"]).await, &shares).await;
            near.until("the neighbour catches up", |status| status.cursor == Some(Seq(200))).await;
            for n in 1..=5 {
                arrives_soon(&far, &house, other, n).await;
                arrives_soon(&near, &house, one, 200 + n).await;
            }
            assert!(in_flight(&deaf) >= 16, "who hangs goes on hanging");
            for running in deaf.into_iter().chain([near, far]) {
                running.stop.at_once.cancel();
            }
        })
        .await;
}

/// Bodies of 500 KB to receivers that never answer, with room for eight of them: no more are held at a time, while small
/// events of the same webhooks, and large ones of another company, go out at once.
#[tokio::test]
async fn large_bodies_take_turns_and_nothing_else_waits_for_them() {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(Db::sqlite().await).await;
            let (one, other) = (house.company("A").await, house.company("B").await);
            let came = Arc::new(Mutex::new(Vec::new()));
            let noted = came.clone();
            let hangs = Endpoint::answering(move |seq, _| {
                noted.lock().expect("no panic inside").push(seq);
                (200, Duration::from_mins(10))
            })
            .await;
            let far = Endpoint::start().await;
            let flights = Flights::new(Bounds { large_bytes: 4 << 20, ..Bounds::of(1_024) });
            let shares = Shares { flights, ..Shares::of(1) };
            let mut deaf = Vec::new();
            for hook in silent(&house, one, 8, 32, &hangs).await {
                deaf.push(start_sharing(&local, &house, &hook, &shares).await);
            }
            let large = format!("\"{}\"", "x".repeat(500_000));
            house.append(one, vec![named("call-was-connected", None, &large)]).await;
            let heard =
                |seq: i64| came.lock().expect("no panic inside").iter().filter(|came| **came == seq).count();
            until("large ones are under way", || heard(1) > 0).await;
            house.append(one, numbered(2, 1, 1)).await;
            until("small ones arrive", || heard(2) == 8).await;
            assert!((1..=2).contains(&heard(1)), "{} are held for who hangs", heard(1));

            let far =
                start_sharing(&local, &house, &hook(&house, other, far.url(), &["*"]).await, &shares).await;
            for n in 1..=3 {
                let began = Instant::now();
                house.append(other, vec![named("call-was-connected", None, &large)]).await;
                far.until("another's large one", |status| status.cursor == Some(Seq(n))).await;
                assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
            }
            for running in deaf.into_iter().chain([far]) {
                running.stop.at_once.cancel();
            }
        })
        .await;
}

async fn until(what: &str, reached: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if reached() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}");
}

/// Twelve companies whose receivers hang leave something for the thirteenth.
#[tokio::test]
async fn many_companies_whose_receivers_hang_delay_no_further_one() {
    let local = LocalSet::new();
    local
        .run_until(async {
            let house = House::new(Db::sqlite().await).await;
            let hangs = Endpoint::answering(|_, _| (200, Duration::from_mins(10))).await;
            let far = Endpoint::start().await;
            let shares = Shares::of(64);
            let mut deaf = Vec::new();
            for name in ["A", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M"] {
                let company = house.company(name).await;
                for hook in silent(&house, company, 2, 64, &hangs).await {
                    deaf.push(start_sharing(&local, &house, &hook, &shares).await);
                }
                house.append(company, numbered(1, 64, 64)).await;
            }
            let taken = settled(&deaf).await;
            assert!((40..=88).contains(&taken), "{taken}");
            let other = house.company("B").await;
            let far =
                start_sharing(&local, &house, &hook(&house, other, far.url(), &["*"]).await, &shares).await;
            for n in 1..=5 {
                arrives_soon(&far, &house, other, n).await;
            }
            for running in deaf.into_iter().chain([far]) {
                running.stop.at_once.cancel();
            }
        })
        .await;
}
