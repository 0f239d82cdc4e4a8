//! Live pages over HTTP: what many viewers of one page cost.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::{SETTINGS, Visitor};
use crate::support::daemon::Home;

/// What a stream begins with.
const COMMENT: &[u8] = b":\n\n";
const VIEWERS: usize = 200;
/// Messages that each viewer waits for.
const MESSAGES: usize = 4;
/// Time between two messages.
const TICK: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_mins(2);

/// One figure of `/metrics`.
async fn figure(visitor: &Visitor, name: &str) -> usize {
    let text = visitor.get("/metrics").await.body;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
}

/// The next whole message of a stream; the comment at its beginning is none.
async fn message(stream: &mut reqwest::Response) -> Vec<u8> {
    let mut message = Vec::new();
    while message == COMMENT || !message.ends_with(b"\n\n") {
        message.extend(stream.chunk().await.expect("a stream").expect("it goes on"));
    }
    message.strip_prefix(COMMENT).map(<[u8]>::to_vec).unwrap_or(message)
}

/// Behind a proxy that gathers what passes it (nginx as it comes) a page would hear nothing for minutes.
#[tokio::test]
async fn a_stream_asks_to_be_passed_on_as_it_comes_and_begins_at_once() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let mut stream = visitor.stream("/live").await;
    let header =
        |name: &str| stream.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(header("x-accel-buffering"), "no");
    assert_eq!(header("cache-control"), "no-cache, no-transform");
    assert_eq!(header("content-type"), "text/event-stream");
    let first = stream.chunk().await.expect("a stream").expect("it goes on");
    assert!(first.starts_with(COMMENT), "{first:?}");
    daemon.stop().await;
}

/// The counts tell it, not the time: however slow the machine is, viewers share what is read and written for them.
#[tokio::test]
async fn many_viewers_of_a_page_cost_one_look_a_tick() {
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let visitor = Visitor::first(&daemon).await;
    let (status, _) = daemon.call("POST", "/api/v1/companies", Some(json!({ "name": "Uma" }))).await;
    assert_eq!(status, 201);
    let path = "/live";
    let begun = Instant::now();
    let mut streams = join_all((0..VIEWERS).map(|_| visitor.stream(path))).await;
    assert_eq!(figure(&visitor, "ramal_live_viewers").await, VIEWERS);

    let reading = streams.iter_mut().map(async |stream| {
        let mut seen = Vec::new();
        for _ in 0..MESSAGES {
            seen.push(message(stream).await);
        }
        seen
    });
    let seen = tokio::time::timeout(PATIENCE, join_all(reading)).await.expect("messages in time");
    let looks = figure(&visitor, "ramal_live_looks_total").await;
    let ticks = usize::try_from(begun.elapsed().as_millis() / TICK.as_millis()).expect("a small number") + 1;
    assert!(looks >= MESSAGES, "{looks} looks");
    assert!(looks <= ticks + 1, "{looks} looks in {ticks} ticks, for {VIEWERS} viewers");
    let distinct: HashSet<_> = seen.iter().flatten().collect();
    // Of each look there are two: all of it, and what has changed.
    assert!(distinct.len() <= 2 * looks, "{} texts of {looks} looks", distinct.len());

    drop(streams);
    let deadline = Instant::now() + PATIENCE;
    while figure(&visitor, "ramal_live_viewers").await > 0 {
        assert!(Instant::now() < deadline, "who has left is still counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    daemon.stop().await;
}
