//! What the dialer does with a number: it tries, gets through or not, tries again, and gives up when its time is over.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};

use super::timers::{Due, Step};
use super::{Call, Exchange, Stage};
use crate::domain::Timestamp;
use crate::simulator::teravoz::event;

/// Why nobody was reached, as the provider says it.
const REASONS: [&str; 6] = ["machine", "notsure", "noanswer", "busy", "unavailable", "invalid"];
/// Numbers that are dialled at once; more are refused.
const MOST_DIALLED: usize = 10_000;

/// A `dialer` action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator::teravoz) struct Order {
    pub numbers: Vec<String>,
    pub destination: String,
    /// `peer`, `queue`, `conference` or `custom`.
    pub destination_type: String,
    pub code: String,
    pub retries: u32,
    pub retry_gap: Duration,
    pub ttl: Duration,
}

/// A number that is being dialled.
pub(super) struct Dialing {
    number: String,
    order: Arc<Order>,
    /// Tries that are left after the present one.
    left: u32,
    until: Timestamp,
    rings: bool,
}

impl Exchange {
    /// Takes an order; `false` when too many numbers are dialled already.
    pub(in crate::simulator::teravoz) fn order(&mut self, order: Order, now: Timestamp) -> bool {
        if self.dialing.len() + order.numbers.len() > MOST_DIALLED {
            return false;
        }
        let order = Arc::new(order);
        let until = now.plus(self.script.scaled(order.ttl));
        for number in &order.numbers {
            let number = number.clone();
            self.begun += 1;
            let dialing = Dialing { number, order: order.clone(), left: order.retries, until, rings: false };
            self.dialing.insert(self.begun, dialing);
            self.timers.plan(now, Due::Dial(self.begun));
        }
        true
    }

    /// The next try begins, or the present one ends.
    pub(super) fn dial(&mut self, at: Timestamp, number: u64) {
        let Some(dialing) = self.dialing.get_mut(&number) else { return };
        if !dialing.rings && at > dialing.until {
            return self.give_up(at, number, "dialer.expired");
        }
        let said = json!({ "number": dialing.number, "code": dialing.order.code });
        dialing.rings = !dialing.rings;
        if dialing.rings {
            self.tell_of_dialing(number, "dialer.attempt", at, &said);
            let rings = self.script.between(2.0..10.0, &mut self.random);
            return self.timers.plan(at.plus(rings), Due::Dial(number));
        }
        if self.random.random_bool(0.6) {
            return self.got_through(at, number);
        }
        let reason = REASONS[self.random.random_range(0..REASONS.len())];
        let gap = self.script.scaled(dialing.order.retry_gap);
        let again = dialing.left > 0;
        dialing.left = dialing.left.saturating_sub(1);
        let mut failed = said;
        failed["reason"] = json!(reason);
        self.tell_of_dialing(number, "dialer.failure", at, &failed);
        if again {
            self.timers.plan(at.plus(gap), Due::Dial(number));
        } else {
            self.give_up(at, number, "dialer.exceeded");
        }
    }

    fn give_up(&mut self, at: Timestamp, number: u64, kind: &'static str) {
        if let Some(dialing) = self.dialing.get(&number) {
            let said = json!({ "code": dialing.order.code });
            self.tell_of_dialing(number, kind, at, &said);
            self.dialing.remove(&number);
        }
    }

    /// From here on it is a call.
    fn got_through(&mut self, at: Timestamp, number: u64) {
        let Some(Dialing { number: dialled, order, .. }) = self.dialing.remove(&number) else { return };
        let flat = self.random.random_bool(self.script.flat);
        let call = self.blank(flat, "outbound", dialled.clone(), at);
        let peer = (order.destination_type == "peer").then(|| order.destination.clone());
        let is_peer = peer.is_some();
        let call = Call { code: order.code.clone(), peer, ..call };
        let id = call.id.clone();
        let Ok(call) = self.begin(call) else { return };
        if self.script.flat > 0.0 {
            let said =
                json!({ "number": dialled, "code": order.code, "call_id": *id, "amd_status": "human" });
            self.told.push(event::without_call("dialer.success", id.clone(), at, &said));
        }
        self.tell(call, "call.new", at, &json!({}));
        if is_peer {
            self.to(call, Stage::Ringing);
            if flat {
                let said = json!({ "call_id": *id, "number": order.destination });
                self.told.push(event::without_call("peer.ringing", id, at, &said));
            }
            self.plan(at, call, 1.0..6.0, Step::Answer { rang: None });
        } else {
            self.wait_in(call, &order.destination, at);
        }
    }

    /// The envelope has no place for what has no call.
    fn tell_of_dialing(&mut self, number: u64, kind: &'static str, at: Timestamp, said: &Value) {
        let Some(dialing) = self.dialing.get(&number).filter(|_| self.script.flat > 0.0) else { return };
        // Numbers of one order do not wait for each other.
        let lane = format!("{}:{}", dialing.order.code, dialing.number).into();
        self.told.push(event::without_call(kind, lane, at, said));
    }
}
