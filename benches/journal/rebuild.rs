//! What it costs those who deliver that rows are made anew: the time from `append` until a reader has the event, at 1,000
//! events a second, without and while a consumer's rows of a long journal are made anew; and how fast that goes.

use std::time::{Duration, Instant};

use ramal::domain::{CompanyId, Draft, Seq, Timestamp};
use ramal::journal::{Journal, Kind};
use ramal::ownership::Owned;

use crate::{House, PAGE, calls, draft, house};

const PER_SECOND: u32 = 1_000;
const SECONDS: u32 = 15;
const WINDOWS: usize = 3;

pub async fn measure(consumer: &str, events: u64) {
    let house = house().await;
    let journal = &house.journal;
    let kind = *journal.consumers().iter().find(|kind| kind.name == consumer).expect("it is in the list");
    let event = if consumer == "calls" { calls::draft } else { draft };
    let started = Instant::now();
    fill(&house, &kind, event, events).await;
    println!("{events} events written and read after {:.0} s", started.elapsed().as_secs_f64());
    for _ in 0..WINDOWS {
        told("nothing else", &window(journal, &house.companies[0], event).await, None);
    }
    journal.control(move |tx| Box::pin(async move { kind.rebuild(tx).await })).await.expect("begins");
    journal.rebuild_now(&kind);
    for _ in 0..WINDOWS {
        let before = left(journal, &kind).await;
        let times = window(journal, &house.companies[0], event).await;
        told("rows are made anew", &times, Some(before.saturating_sub(left(journal, &kind).await)));
    }
    let (started, before) = (Instant::now(), left(journal, &kind).await);
    while left(journal, &kind).await > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = started.elapsed().as_secs_f64();
    println!("the other {before}, while nothing comes: {:.0} events/s", before as f64 / took);
    if consumer == "calls" {
        calls::lists(journal.store(), house.companies[0].id()).await;
    }
    house.tasks.stop().await;
}

type Draw = fn(usize) -> Draft;

/// Each company gets a journal of its own, a thousand events at a time.
async fn fill(house: &House, kind: &Kind, event: Draw, events: u64) {
    let mut written = vec![0; house.companies.len()];
    for from in (0..events).step_by(1_000) {
        let place = (from / 1_000) as usize % house.companies.len();
        let count = usize::try_from(1_000.min(events - from)).expect("small");
        let drafts = (written[place]..written[place] + count).map(event).collect();
        written[place] += count;
        let company = &house.companies[place];
        drop(house.journal.append(company, drafts).await.expect("room"));
    }
    while kind.status(house.journal.store()).await.expect("reads").behind
        >= 1_024 * house.companies.len() as u64
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn left(journal: &Journal, kind: &Kind) -> u64 {
    kind.status(journal.store()).await.expect("reads").rebuild.map_or(0, |left| left.events)
}

/// The times of one window, sorted.
async fn window(journal: &Journal, owned: &Owned<CompanyId>, event: Draw) -> Vec<Duration> {
    let (count, company) = ((PER_SECOND * SECONDS) as usize, owned.id());
    let first = journal.head(company).0 + 1;
    let reader = tokio::spawn({
        let journal = journal.clone();
        async move {
            let mut head = journal.watch(company);
            let mut times = Vec::with_capacity(count);
            while times.len() < count {
                let next = Seq(first + i64::try_from(times.len()).expect("small"));
                head.wait_for(|head| *head >= next).await.expect("open");
                let now = Timestamp::now();
                let events = journal.read(company, next, PAGE).await.expect("reads");
                times.extend(events.iter().map(|event| now.since(event.received_at)));
            }
            times
        }
    });
    let started = Instant::now();
    for n in 0..count {
        tokio::time::sleep_until((started + Duration::from_secs(1) / PER_SECOND * n as u32).into()).await;
        let mut one = event(n);
        one.received_at = Timestamp::now();
        drop(journal.append(owned, vec![one]).await.expect("room"));
    }
    let mut times = reader.await.expect("reads");
    times.sort_unstable();
    times
}

fn told(beside: &str, times: &[Duration], made: Option<u64>) {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let made =
        made.map_or_else(String::new, |made| format!("   {} events/s made anew", made / u64::from(SECONDS)));
    println!(
        "append → reader at {PER_SECOND}/s, {beside:18}  p50 {:.2} ms   p99 {:.2} ms   max {:.1} ms{made}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
