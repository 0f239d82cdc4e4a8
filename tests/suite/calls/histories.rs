//! What providers say of calls, in the order in which it happens, and otherwise.

use bytes::Bytes;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use ramal::domain::{Draft, EventFlags, Keys, Provider};
use ramal::sources::threecplus::extract;

use super::source;
use crate::store::NOW;

/// The source of each has its place here as number.
pub const PROVIDERS: [Provider; 3] =
    [Provider::new("threecplus"), Provider::new("tellicon"), Provider::new("teravoz")];

fn draft(provider: usize, name: &str, payload: &Value, keys: Keys) -> Draft {
    Draft {
        source: source(provider),
        provider: PROVIDERS[provider],
        session: None,
        name: name.into(),
        lane: None,
        received_at: NOW,
        payload: Bytes::from(payload.to_string()),
        keys,
        flags: EventFlags::default(),
        extra: None,
        dedupe: None,
    }
}

pub mod teravoz {
    use super::*;

    /// Of somebody in no call, or who leaves one.
    pub fn actor(kind: &str, of: &Value) -> Draft {
        let mut payload = json!({ "type": kind, "timestamp": "2023-12-31T23:59:00Z" });
        payload.as_object_mut().expect("an object").extend(of.as_object().expect("members").clone());
        draft(2, kind, &payload, Keys::default())
    }

    fn event(id: &str, second: usize, kind: &str, more: &Value) -> Draft {
        let mut payload = json!({ "type": kind, "call_id": id, "code": "", "timestamp": format!("2023-12-31T23:59:{second:02}Z") });
        let members = more.as_object().expect("members").clone();
        payload.as_object_mut().expect("an object").extend(members);
        draft(2, kind, &payload, Keys { call: Some(id.into()), ..Keys::default() })
    }

    /// The seven events of a call that came in and was answered.
    pub fn whole_call(id: &str, phone: &str) -> Vec<Draft> {
        let of_call = json!({ "direction": "inbound", "our_number": "0800000000", "their_number": phone });
        let of_agent = json!({ "actor": "ana@example.com", "number": "200", "queue": "900" });
        let kinds = [
            ("call.new", &of_call),
            ("call.standby", &of_call),
            ("call.waiting", &of_call),
            ("actor.entered", &of_agent),
            ("call.ongoing", &of_call),
            ("actor.left", &of_agent),
            ("call.finished", &of_call),
        ];
        kinds.iter().enumerate().map(|(second, (kind, more))| event(id, second, kind, more)).collect()
    }

    pub fn call(random: &mut StdRng, n: usize) -> Vec<Draft> {
        let id = format!("1700000000.{n}");
        let mut events = whole_call(&id, &format!("1190000{:04}", random.random_range(0..50)));
        if random.random_bool(0.3) {
            // Nobody answers.
            events.truncate(3);
            events.push(event(
                &id,
                30,
                "actor.ringing",
                &json!({ "actor": "bia@example.com", "number": "201", "queue": "901" }),
            ));
            events.push(event(&id, 40, "call.queue-abandon", &json!({ "queue": "901" })));
            events.push(event(&id, 41, "call.finished", &json!({ "direction": "inbound" })));
        }
        events
    }
}

pub mod tellicon {
    use super::*;

    fn event(unit: usize, begun: i64, kind: &str, more: &Value) -> Draft {
        let mut event = json!({ "type": kind, "src": "9001", "client": 1, "building": 2, "apt": unit, "eventDateTime": begun });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("members").clone());
        let call = (kind != "dtmfCommand").then(|| format!("1/2/{unit}/9001@{begun}").as_str().into());
        let mut made = draft(1, kind, &json!({ "eventTellicon": event }), Keys { call, ..Keys::default() });
        made.lane = Some(format!("1/2/{unit}/9001").into());
        made
    }

    pub fn push(begun: i64) -> Draft {
        event(101, begun, "pushCall", &json!({}))
    }

    /// Who was rung at `begun` answered, and talked for a minute.
    pub fn answer(begun: i64) -> Draft {
        event(101, begun, "answerCall", &answered(begun))
    }

    fn answered(begun: i64) -> Value {
        json!({ "dst": "018988776655", "answerDateTime": begun + 8, "hangupDateTime": begun + 68, "callDurationTime": 60 })
    }

    pub fn call(random: &mut StdRng, n: usize) -> Vec<Draft> {
        let begun = 1_703_980_000 + 300 * i64::try_from(n).expect("few") + random.random_range(0..100);
        let unit = random.random_range(101..105);
        let mut events = vec![event(unit, begun, "pushCall", &json!({}))];
        if random.random_bool(0.6) {
            let pressed = json!({ "src": "018988776655", "dst": "9001", "dtmfCommand": "*2" });
            let mut pressed = event(unit, begun + 20, "dtmfCommand", &pressed);
            pressed.keys.call = None;
            events.push(pressed);
        }
        if random.random_bool(0.7) {
            events.push(event(unit, begun, "answerCall", &answered(begun)));
        }
        events
    }
}

pub mod threecplus {
    use super::*;

    pub fn agent(name: &str, payload: &Value) -> Draft {
        draft(0, name, payload, Keys::default())
    }

    fn event(id: &str, name: &str, more: &Value) -> Draft {
        let mut call = json!({ "id": format!("call:9:7:{id}"), "telephony_id": id, "company_id": 9, "campaign_id": 7,
            "phone": "5511900001234", "call_mode": "dialer" });
        call.as_object_mut()
            .expect("an object")
            .extend(more["call"].as_object().cloned().unwrap_or_default());
        let mut payload = json!({ "call": call });
        for (key, value) in more.as_object().expect("members").iter().filter(|(key, _)| *key != "call") {
            payload[key] = value.clone();
        }
        let text = payload.to_string();
        draft(0, name, &payload, extract(name, text.as_bytes()).keys)
    }

    pub fn call(random: &mut StdRng, n: usize) -> Vec<Draft> {
        let id = format!("K{n:09}");
        let boot = |second: usize| json!({ "bootTime": format!("2023-12-31T23:5{}:{second:02}.000000+00:00", n % 10) });
        let dialed = |name: &str, second: usize| event(&id, name, &boot(second));
        let mut events = vec![dialed("call-is-trying", 1), dialed("call-was-created", 1)];
        match random.random_range(0..4) {
            0 => events.push(dialed("call-was-not-answered", 20)),
            1 => events.push(dialed("call-was-failed", 3)),
            2 => events.extend([dialed("call-was-answered", 8), dialed("call-was-abandoned", 15)]),
            _ => {
                events.push(dialed("call-was-answered", 8));
                let mut connected = boot(10);
                connected["agent"] =
                    json!({ "id": 17, "name": "Ana", "extension": { "extension_number": 1017 } });
                connected["call"] = json!({ "agent": "17" });
                events.push(event(&id, "call-was-connected", &connected));
                events.push(dialed("call-was-ended", 40));
                events.push(dialed("call-was-finished", 41));
            }
        }
        events
    }
}

/// So many calls of all providers, one after the other; of some an event is missing, of some one is there twice, and between them
/// stands what is of no call.
pub fn history(random: &mut StdRng, calls: usize) -> Vec<Draft> {
    let mut events = Vec::new();
    for n in 0..calls {
        let mut call = match random.random_range(0..3) {
            0 => threecplus::call(random, n),
            1 => tellicon::call(random, n),
            _ => teravoz::call(random, n),
        };
        if random.random_bool(0.2) {
            call.remove(random.random_range(0..call.len()));
        }
        if random.random_bool(0.2) && !call.is_empty() {
            let again = call[random.random_range(0..call.len())].clone();
            call.insert(random.random_range(0..=call.len()), again);
        }
        events.extend(call);
        if random.random_bool(0.3) {
            events.push(draft(0, "agent-is-idle", &json!({ "agent": { "id": 17 } }), Keys::default()));
        }
    }
    events
}
