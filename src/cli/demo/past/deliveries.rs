//! What became of an invented day's events at a webhook.

use std::ops::Range;
use std::time::Duration;

use ramal::domain::webhook::Pattern;
use ramal::domain::{AttemptOrigin, Draft, Seq, Timestamp, WebhookId};
use ramal::store::{AttemptRow, Phases};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How an endpoint took what it was sent.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub webhook: WebhookId,
    /// What the webhook wants; nothing is everything.
    pub wants: Vec<Pattern>,
    /// It was down.
    pub down: Option<Range<Timestamp>>,
    /// It refuses this part of the requests at first.
    pub refuses: f64,
}

/// An event that was wanted, and when its delivery had succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    pub came: Timestamp,
    pub arrived: Timestamp,
}

/// Of the events that came while an endpoint was down, one in so many was tried.
const TRIED_ONE_IN: usize = 4;
/// Between two deliveries of what had waited.
const CATCHING_UP: Duration = Duration::from_millis(120);
/// Until what was refused is sent again.
const AGAIN: Duration = Duration::from_secs(1);

/// Every request, in the order of events, and when each event arrived. All of them did.
pub fn deliveries(endpoint: &Endpoint, drafts: &[Draft]) -> (Vec<AttemptRow>, Vec<Arrived>) {
    let mut random = StdRng::seed_from_u64(endpoint.webhook.0.unsigned_abs());
    let (mut attempts, mut arrivals, mut waited) = (Vec::new(), Vec::new(), 0);
    let is_wanted = |draft: &Draft| {
        endpoint.wants.is_empty() || endpoint.wants.iter().any(|one| one.matches(&draft.name))
    };
    for (seq, draft) in (1..).map(Seq).zip(drafts).filter(|(_, draft)| is_wanted(draft)) {
        let came = draft.received_at;
        let mut row = |at: Timestamp, n: i32, status: u16| {
            // Mostly quick, and now and then not.
            let slow: f64 = random.random_range(0.0..1.0);
            let micros = 14_000.0 + 30_000.0 * slow + 260_000.0 * slow.powi(24);
            attempts.push(attempt(endpoint.webhook, seq, (at, n), status, micros));
        };
        let down = endpoint.down.as_ref().filter(|down| down.contains(&came));
        let (first, n) = match down {
            Some(down) => {
                waited += 1;
                let tried = waited % TRIED_ONE_IN == 1;
                if tried {
                    row(came, 1, 503);
                }
                let turn = CATCHING_UP * u32::try_from(waited).unwrap_or(u32::MAX);
                (down.end.plus(turn), 1 + i32::from(tried))
            }
            None => (came, 1),
        };
        // Who comes while others still wait comes after them.
        let first = arrivals.last().map_or(first, |last: &Arrived| first.max(last.arrived));
        let arrived = if endpoint.refuses > 0.0 && lot(seq) < endpoint.refuses {
            row(first, n, 503);
            row(first.plus(AGAIN), n + 1, 200);
            first.plus(AGAIN)
        } else {
            row(first, n, 200);
            first
        };
        arrivals.push(Arrived { came, arrived });
    }
    (attempts, arrivals)
}

/// Evenly from 0 to 1, the same for an event at every start.
fn lot(seq: Seq) -> f64 {
    StdRng::seed_from_u64(seq.0.unsigned_abs()).random_range(0.0..1.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred thousand at most")]
fn attempt(webhook: WebhookId, seq: Seq, (at, n): (Timestamp, i32), status: u16, micros: f64) -> AttemptRow {
    let total = micros as u32;
    AttemptRow {
        webhook,
        seq,
        origin: AttemptOrigin::Live,
        n,
        at,
        revision: 1,
        phases: Phases { first_byte_us: Some(total - 400), total_us: Some(total), ..Phases::default() },
        status: Some(status),
        error: (status >= 300).then_some("status".into()),
        answer: None,
        charged: true,
    }
}
