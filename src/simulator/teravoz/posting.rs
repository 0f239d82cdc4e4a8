//! The exchange's clock, and its posts.

use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use tokio::task::JoinSet;

use super::event::Event;
use super::{MOST_HELD, Pbx};
use crate::domain::Timestamp;

/// For one answer. A post is not sent again: nothing says that the provider does.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often the clock is looked at when nothing is due.
const IDLE: Duration = Duration::from_mins(1);
/// A clock that stands is looked at again this soon.
const STANDS: Duration = Duration::from_millis(20);
/// Events that the clock may tell at one look.
const MOST_TOLD: usize = 2_000;

/// Ends when all that the script asks for is told and answered.
pub(super) async fn run(pbx: &Pbx) {
    let mut flights = JoinSet::new();
    loop {
        let Some(wait) = look(pbx, &mut flights) else { return };
        tokio::select! {
            () = pbx.0.told.notified() => {}
            () = tokio::time::sleep(wait) => {}
            Some(landed) = flights.join_next(), if !flights.is_empty() => {
                // A flight does not panic, and nobody aborts it.
                if let Ok(landed) = landed {
                    count(pbx, landed);
                }
                while let Some(Ok(landed)) = flights.try_join_next() {
                    count(pbx, landed);
                }
            }
        }
    }
}

/// Lets happen what is due, and sends what may go; says how long nothing is due. `None` at the end.
fn look(pbx: &Pbx, flights: &mut JoinSet<(Arc<str>, String)>) -> Option<Duration> {
    let mut state = pbx.lock();
    let now = Timestamp::now();
    let stands = state.lanes.held() >= MOST_HELD;
    if !stands {
        state.exchange.advance(now, MOST_TOLD);
        state.take_told();
    }
    while flights.len() < pbx.0.config.parallel.max(1)
        && let Some(event) = state.lanes.next()
    {
        flights.spawn(post(pbx.clone(), event));
    }
    state.under_way = flights.len();
    if flights.is_empty() && state.exchange.is_over() {
        return None;
    }
    let until_next = state.exchange.next_at().map_or(IDLE, |at| at.since(now));
    Some(if stands { STANDS } else { until_next.min(IDLE) })
}

async fn post(pbx: Pbx, Event { lane, body }: Event) -> (Arc<str>, String) {
    let request = pbx.0.client.post(pbx.0.url.clone()).timeout(TIMEOUT);
    let answer = request.header(CONTENT_TYPE, "application/json").body(body).send().await;
    let answer = match answer {
        // Read to its end, the connection serves the next one.
        Ok(answer) => {
            let status = answer.status().as_u16().to_string();
            answer.bytes().await.map_or_else(|_| "error".to_owned(), |_| status)
        }
        Err(_) => "error".to_owned(),
    };
    (lane, answer)
}

fn count(pbx: &Pbx, (lane, answer): (Arc<str>, String)) {
    let mut state = pbx.lock();
    state.report.sent += 1;
    *state.report.answers.entry(answer).or_default() += 1;
    state.lanes.answered(lane);
}
