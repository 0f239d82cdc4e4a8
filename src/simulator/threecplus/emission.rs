//! The stream of events, at the rate asked for: due events are sent in batches, so that a fast stream needs no timer
//! for each.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::script::Crowd;
use super::{Config, Control};
use crate::domain::Timestamp;

/// How often a fast stream is served.
const TURN: Duration = Duration::from_millis(2);
/// Events sent before other tasks of the runtime get their turn.
const BATCH: u64 = 256;

/// Never ends by itself.
pub(super) async fn run(control: Control, config: &Config) {
    let mut stream = Stream { crowds: HashMap::new(), seed: config.seed, next_company: 0 };
    let mut pace = control.pace();
    let mut connected = control.sockets().watch();
    let mut owed = 0.0_f64;
    let mut last = Instant::now();
    let mut rate = *pace.borrow_and_update();
    loop {
        // What has come due, at the rate that held since the last look.
        let now = Instant::now();
        owed += rate * (now - last).as_secs_f64();
        last = now;
        rate = *pace.borrow_and_update();
        let companies = control.sockets().companies();
        let burst = control.take_burst();
        if companies.is_empty() || (rate <= 0.0 && burst == 0) {
            if burst > 0 {
                control.add_burst(burst);
            }
            // Whatever changes, look again. Neither sender is dropped while this borrows the control.
            tokio::select! {
                _ = pace.changed() => {}
                _ = connected.changed() => {}
            }
            owed = 0.0;
            last = Instant::now();
            continue;
        }
        // After a stall at most one second is made up for.
        owed = owed.min(rate.max(1.0));
        let due = whole(owed);
        owed -= fraction_free(due);
        for sent in 0..due.saturating_add(burst) {
            stream.send_one(&control, &companies);
            if sent % BATCH == BATCH - 1 {
                tokio::task::yield_now().await;
            }
        }
        let until_next =
            if rate > 0.0 { Duration::from_secs_f64(((1.0 - owed) / rate).min(3_600.0)) } else { TURN };
        tokio::select! {
            () = tokio::time::sleep(until_next.max(TURN)) => {}
            _ = pace.changed() => {}
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "owed lies between 0 and the rate"
)]
fn whole(owed: f64) -> u64 {
    owed as u64
}

#[expect(clippy::cast_precision_loss, reason = "a second's events are far below 2^52")]
fn fraction_free(events: u64) -> f64 {
    events as f64
}

struct Stream {
    crowds: HashMap<i64, Crowd>,
    seed: u64,
    next_company: usize,
}

impl Stream {
    /// One event to the next of the connected companies, in turn.
    fn send_one(&mut self, control: &Control, companies: &[i64]) {
        self.next_company = (self.next_company + 1) % companies.len();
        let company = companies[self.next_company];
        let crowd = self.crowds.entry(company).or_insert_with(|| Crowd::new(company, self.seed));
        let (name, payload) = crowd.next(Timestamp::now());
        let payload = RawValue::from_string(payload).expect("templates give JSON: tested");
        control.sockets().emit(Some(company), name, true, &[payload]);
    }
}
