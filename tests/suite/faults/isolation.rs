//! Of a hundred webhooks of one company one is dead, one trickles and one takes twenty seconds: the others notice nothing.

use std::time::Duration;

use axum::Router;
use tokio::time::sleep;

use super::misbehaviour::{Misbehaving, Misbehaviour};
use super::traffic::{GUARD, Traffic, company, door};
use super::witness::{Witness, delays, judge};
use super::{Count, Story, is_long, times};
use crate::support::daemon::Home;

const WEBHOOKS: u32 = 100;
const CALLS: u32 = 4;

/// Takes everything, after twenty seconds.
async fn slow() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let app = Router::new().fallback(|| sleep(Duration::from_secs(20)));
    tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    url
}

/// What the webhooks that are well count together beside these, and the 99th of a hundred delays.
async fn run(others: &[String], events: u32) -> (Count, Duration) {
    let witness = Witness::start().await;
    let well = WEBHOOKS - 3;
    let urls: Vec<String> =
        (1..=well).map(|number| witness.url(number)).chain(others.iter().cloned()).collect();
    let webhooks: Vec<(&str, &str)> = urls.iter().map(|url| (url.as_str(), "timeout_seconds = 30")).collect();
    let home = Home::new(&format!("{GUARD}{}", company(1, &webhooks))).await;
    let daemon = home.start().await;
    let traffic = Traffic::of(door(&daemon), [1], CALLS, events, Duration::from_millis(200));
    let posted = traffic.all().await;
    // Every webhook gets all of it.
    let accepted: Vec<_> = (1..=well)
        .flat_map(|webhook| posted.iter().map(move |((_, lane, n), at)| ((webhook, *lane, *n), *at)))
        .collect();
    let count = witness.judge(&accepted).await;
    let delays = delays(&accepted, &witness.came());
    daemon.stop().await;
    assert_eq!(count, judge(&accepted, &witness.came()), "nothing came behind");
    (count, delays[delays.len() * 99 / 100])
}

#[tokio::test(flavor = "multi_thread")]
async fn three_webhooks_that_misbehave_delay_none_of_a_hundred() {
    let events = u32::try_from(times(3, 200)).expect("few");
    let trickling = Misbehaving::start(Misbehaviour::TricklesItsHead).await;
    let bad = ["http://127.0.0.1:9/".to_owned(), trickling.url.clone(), slow().await];
    // Beside three that are well, each of which counts for nobody.
    let beside = Witness::start().await;
    let good = [1, 2, 3].map(|number| beside.url(number));
    let (mut count, mut pairs) = (Count::default(), Vec::new());
    for _ in 0..if is_long() { 5 } else { 1 } {
        let (_, without) = run(&good, events).await;
        let (found, with) = run(&bad, events).await;
        count.add(found);
        pairs.push((with.as_secs_f64() * 1e3, without.as_secs_f64() * 1e3));
    }
    // The pair in the middle, by its ratio.
    pairs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (with, without) = pairs[pairs.len() / 2];
    let story = Story {
        fault: "of a hundred webhooks one is dead, one trickles, one takes 20 s",
        promised: "the others get everything, in order, and their p99 is within a fifth of what it is without them",
        made: "twice the same posts to a hundred webhooks of one company: all of them well, and three of them not",
    };
    let note = format!("p99 {without:.1} ms without them, {with:.1} ms with them");
    story.tell(u64::try_from(pairs.len()).expect("few"), count, &note);
    assert!(!is_long() || with < without * 1.2, "{note}");
}
