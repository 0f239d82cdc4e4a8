//! Teravoz's side: posts the calls of an exchange to the address that it was given.
//!
//! A call that comes in is created, waits for a decision, waits in a queue, is taken by an agent and ends; some callers hang
//! up before. A call that goes out has no decision to wait for. Posts go out one after the other, a call at a time.

mod command;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::posts::{PostingError, Posts, Report};
use crate::domain::Timestamp;

pub use command::Simulation;

/// What is posted where.
#[derive(Debug, Clone)]
pub struct Config {
    /// The whole address, with the key if there is one: `http(s)://…/webhook?key=…`.
    pub url: String,
    pub events_per_second: f64,
    /// Ends after so many posts; `None` goes on until stopped.
    pub events: Option<u64>,
    /// The share of calls, 0 to 1, that are posted in the envelope of older set-ups.
    pub envelopes: f64,
    pub seed: u64,
}

/// Posts until `stop` is cancelled or the configured number is reached.
pub async fn run(config: Config, stop: CancellationToken) -> Result<Report, PostingError> {
    let mut exchange = Exchange {
        random: StdRng::seed_from_u64(config.seed),
        envelopes: config.envelopes.clamp(0.0, 1.0),
        calls: 0,
        rest: Vec::new(),
    };
    let posts =
        Posts { url: config.url, header: None, per_second: config.events_per_second, most: config.events };
    posts.send(|| exchange.next(Timestamp::now()), stop).await
}

/// The bodies, in order.
struct Exchange {
    random: StdRng,
    envelopes: f64,
    calls: u32,
    /// What is still to be sent of the call under way, the next one last.
    rest: Vec<Value>,
}

impl Exchange {
    fn next(&mut self, now: Timestamp) -> String {
        if self.rest.is_empty() {
            self.rest = self.call(now.unix_seconds());
            self.rest.reverse();
        }
        let mut event = self.rest.pop().expect("a call has events");
        let of_envelope = event.get("chamada").is_some();
        let said = if of_envelope { &mut event["chamada"] } else { &mut event };
        said["timestamp"] = json!(now.to_string());
        event.to_string()
    }

    /// The events of one call, still without their times.
    fn call(&mut self, now: i64) -> Vec<Value> {
        self.calls += 1;
        let random = &mut self.random;
        let queue = ["900", "901"][random.random_range(0..2)];
        let call = Call {
            id: format!("{now}.{}", 30_000 + self.calls),
            direction: if random.random_bool(0.8) { "inbound" } else { "outbound" },
            phone: format!("1190000{:04}", random.random_range(0..10_000)),
            queue,
            extension: format!("2{:02}", random.random_range(0..30)),
        };
        let mut events = call.events(random.random_bool(0.8));
        if random.random_bool(self.envelopes) {
            events = events.into_iter().map(enveloped).collect();
        }
        events
    }
}

/// The envelope has one place for the call's latest event; who the agent is does not stand in it.
fn enveloped(mut event: Value) -> Value {
    if let Some(members) = event.as_object_mut() {
        members.retain(|key, _| !matches!(key.as_str(), "actor" | "queue" | "number"));
    }
    json!({ "chamada": event, "dados": {}, "atendente": {}, "dialer": {} })
}

struct Call {
    id: String,
    direction: &'static str,
    phone: String,
    queue: &'static str,
    extension: String,
}

impl Call {
    fn events(&self, answered: bool) -> Vec<Value> {
        let mut events = vec![self.of_call("call.new")];
        if self.direction == "inbound" {
            events.push(self.of_call("call.standby"));
        }
        let mut waiting = self.of_call("call.waiting");
        waiting["queue"] = json!(self.queue);
        events.push(waiting);
        if answered {
            events.push(self.of_actor("actor.entered"));
            events.push(self.of_call("call.ongoing"));
            events.push(self.of_actor("actor.left"));
        } else {
            events.push(
                json!({ "type": "call.queue-abandon", "call_id": self.id, "code": "", "queue": self.queue }),
            );
        }
        events.push(self.of_call("call.finished"));
        events
    }

    fn of_call(&self, kind: &str) -> Value {
        json!({ "type": kind, "call_id": self.id, "code": "", "direction": self.direction,
            "our_number": "0800000000", "their_number": self.phone })
    }

    fn of_actor(&self, kind: &str) -> Value {
        json!({ "type": kind, "call_id": self.id, "code": "", "actor": format!("agente{}@example.com", self.extension),
            "number": self.extension, "queue": self.queue })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(envelopes: f64, count: usize) -> Vec<Value> {
        let random = StdRng::seed_from_u64(7);
        let mut exchange = Exchange { random, envelopes, calls: 0, rest: Vec::new() };
        let body = |_| serde_json::from_str(&exchange.next(Timestamp(1_700_000_000_000_000))).expect("JSON");
        (0..count).map(body).collect()
    }

    #[test]
    fn calls_are_told_one_after_the_other_from_beginning_to_end() {
        let mut open: Option<String> = None;
        for body in bodies(0.0, 200) {
            let id = body["call_id"].as_str().expect("an id").to_owned();
            assert!(body["timestamp"].is_string(), "{body}");
            match body["type"].as_str() {
                Some("call.new") => assert_eq!(open.replace(id), None),
                Some("call.finished") => assert_eq!(open.take(), Some(id)),
                _ => assert_eq!(open.as_ref(), Some(&id)),
            }
        }
    }

    #[test]
    fn an_envelope_holds_the_call_without_its_agent() {
        for body in bodies(1.0, 50) {
            let call = &body["chamada"];
            assert!(call["type"].is_string() && call["timestamp"].is_string(), "{body}");
            assert!(call.get("actor").is_none() && body["atendente"] == json!({}), "{body}");
        }
    }
}
