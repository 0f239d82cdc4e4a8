use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::decode::decode;
use super::*;
use crate::domain::call::{Call, Times, Warning, WithAgent};
use crate::sources::telling::{Essence, assert_order_does_not_matter, essence, only, told, without_each};

const ID: &str = "1463669263.30033";
/// 2017-01-01T00:00:00Z
const BEGUN: i64 = 1_483_228_800;

fn at(seconds: i64) -> Timestamp {
    Timestamp((BEGUN + seconds) * 1_000_000)
}

/// An event as the source makes it, half a second after it happened.
fn posted(body: &Value, seconds: i64) -> Event {
    let body = Bytes::from(body.to_string());
    let decoded = decode(&body, false, true).unwrap_or_else(|refusal| panic!("{refusal:?}: {body:?}"));
    let first = decoded.into_iter().next().expect("an event");
    let payload = std::str::from_utf8(&first.payload).expect("a text");
    let received_at = at(seconds).plus(Duration::from_millis(500));
    crate::sources::telling::event(&first.name, payload, first.keys, first.lane, received_at)
}

/// So many seconds after the call began.
fn event(kind: &str, seconds: i64, more: &Value) -> Event {
    let mut body =
        json!({"type": kind, "call_id": ID, "code": "123456", "timestamp": at(seconds).to_string()});
    if kind.starts_with("call") {
        let call = json!({"direction": "inbound", "our_number": "0800000000", "their_number": "11999990000"});
        body.as_object_mut().expect("an object").extend(call.as_object().expect("an object").clone());
    }
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    posted(&body, seconds)
}

fn call(kind: &str, seconds: i64) -> Event {
    event(&format!("call.{kind}"), seconds, &json!({}))
}

fn waiting(seconds: i64, queue: &str) -> Event {
    event("call.waiting", seconds, &json!({"queue": queue}))
}

fn actor(kind: &str, seconds: i64, name: &str) -> Event {
    let actor = json!({"actor": format!("{name}@example.com"), "number": "200", "queue": "900"});
    event(&format!("actor.{kind}"), seconds, &actor)
}

/// As the documents list a call that comes in.
fn inbound() -> Vec<Event> {
    vec![
        call("new", 0),
        call("standby", 1),
        waiting(2, "900"),
        actor("ringing", 3, "ana"),
        actor("entered", 8, "ana"),
        call("ongoing", 9),
        actor("left", 60, "ana"),
        call("finished", 61),
    ]
}

fn times(call: &Call) -> [Option<i64>; 4] {
    let Times { new, ringing, answered, ended } = call.times;
    [new, ringing, answered, ended].map(|time| time.map(|time| time.unix_seconds() - BEGUN))
}

fn warnings(call: &Call) -> Vec<&'static str> {
    call.warnings.iter().map(Warning::as_str).collect()
}

#[test]
fn a_call_goes_through_its_five_states() {
    let life = inbound();
    let state_after = |count: usize| only(&Calls, &life[..count]).state;
    let states: Vec<&str> = (1..=life.len()).map(|count| state_after(count).as_str()).collect();
    assert_eq!(states, ["new", "standby", "waiting", "waiting", "waiting", "ongoing", "ongoing", "finished"]);
    let call = only(&Calls, &life);
    assert_eq!(
        (call.outcome, times(&call)),
        (Some(Outcome::Answered), [Some(0), Some(3), Some(8), Some(61)])
    );
    let agent = call.agent.as_ref().map(|agent| (agent.id.as_str(), agent.extension.as_deref()));
    assert_eq!(agent, Some(("ana@example.com", Some("200"))));
    assert_eq!((call.queue.as_deref(), call.direction), (Some("900"), Some(Direction::Inbound)));
    assert_eq!(
        (call.our_number.as_deref(), call.their_number.as_deref()),
        (Some("0800000000"), Some("11999990000"))
    );
    assert_eq!((&*call.last_event, warnings(&call)), ("call.finished", vec![]));
}

#[test]
fn what_the_agent_does_is_told_beside_the_state() {
    let life = inbound();
    let with_agent = |count: usize| only(&Calls, &life[..count]).with_agent;
    assert_eq!(
        [3, 4, 5, 6, 7].map(with_agent),
        [WithAgent::Nothing, WithAgent::Ringing, WithAgent::Talking, WithAgent::Talking, WithAgent::Nothing,]
    );
    let in_vain = only(&Calls, &[call("new", 0), actor("ringing", 3, "ana"), actor("noanswer", 9, "ana")]);
    assert_eq!((in_vain.state, in_vain.with_agent), (CallState::New, WithAgent::Nothing));
}

#[test]
fn the_samples_of_one_time_are_told_by_their_place_in_a_calls_life() {
    let now = |event: Event| {
        let mut body: Value = serde_json::from_slice(&event.payload).expect("JSON");
        body["timestamp"] = json!("2017-01-01T00:00:00Z");
        Event { payload: body.to_string().into(), ..event }
    };
    let life: Vec<Event> = inbound().into_iter().map(now).collect();
    assert_eq!(warnings(&only(&Calls, &life)), [""; 0]);
    assert_order_does_not_matter(&Calls, &life);
}

#[test]
fn times_are_texts_of_iso_8601_or_seconds() {
    for time in [
        json!("2017-01-01T00:00:07Z"),
        json!("2017-01-01T00:00:07"),
        json!("1483228807"),
        json!(1_483_228_807),
    ] {
        let body = json!({"type": "call.new", "call_id": ID, "timestamp": time});
        assert_eq!(times(&only(&Calls, &[posted(&body, 20)]))[0], Some(7), "{time}");
    }
    for time in [json!(null), json!(""), json!("ontem"), json!([7]), json!("2199-01-01T00:00:00Z")] {
        let body = json!({"type": "call.new", "call_id": ID, "timestamp": time});
        assert_eq!(times(&only(&Calls, &[posted(&body, 20)]))[0], Some(20), "{time}: when it came");
    }
}

#[test]
fn types_with_a_hyphen_are_the_same() {
    let hyphens = |event: Event| {
        let name = event.name.replacen('.', "-", 1);
        let payload = String::from_utf8_lossy(&event.payload).replace(&*event.name, &name);
        Event { name: name.into(), payload: payload.into(), ..event }
    };
    let life: Vec<Event> = inbound().into_iter().map(hyphens).collect();
    assert_eq!(&*life[0].name, "call-new");
    assert_eq!(essence(&only(&Calls, &life)), essence(&only(&Calls, &inbound())));
    let gone = hyphens(call("queue-abandon", 5));
    assert_eq!(
        (&*gone.name, Calls.read(&gone).and_then(|said| said.outcome)),
        ("call-queue-abandon", Some(Outcome::Abandoned))
    );
}

#[test]
fn what_became_of_a_call_follows_from_who_came_and_went() {
    let of = |events: &[Event]| only(&Calls, events).outcome;
    let begun = [call("new", 0), call("standby", 1), waiting(2, "900")];
    let and = |more: &[Event]| [&begun[..], more].concat();
    assert_eq!(of(&and(&[call("queue-abandon", 30), call("finished", 31)])), Some(Outcome::Abandoned));
    assert_eq!(of(&and(&[call("finished", 31)])), Some(Outcome::Missed));
    assert_eq!(of(&and(&[actor("entered", 5, "ana"), call("finished", 31)])), Some(Outcome::Answered));
    assert_eq!(of(&and(&[actor("left", 30, "ana"), call("finished", 31)])), Some(Outcome::Answered));
    let outbound = |kind: &str, seconds| event(kind, seconds, &json!({"direction": "outbound"}));
    assert_eq!(of(&[outbound("call.new", 0), outbound("call.finished", 9)]), Some(Outcome::NotAnswered));
}

#[test]
fn who_is_transferred_waits_again() {
    let mut life = inbound()[..6].to_vec();
    life.extend([actor("left", 30, "ana"), waiting(31, "901")]);
    let waits = only(&Calls, &life);
    assert_eq!(
        (waits.state, waits.queue.as_deref(), warnings(&waits)),
        (CallState::Waiting, Some("901"), vec![])
    );
    life.extend([
        actor("entered", 40, "bia"),
        call("ongoing", 41),
        actor("left", 60, "bia"),
        call("finished", 61),
    ]);
    let call = only(&Calls, &life);
    assert_eq!(call.agent.as_ref().map(|agent| agent.id.as_str()), Some("bia@example.com"));
    assert_eq!((times(&call)[2], warnings(&call)), (Some(8), vec![]));
    assert_order_does_not_matter(&Calls, &life);
}

#[test]
fn what_may_follow_is_what_the_documents_say() {
    let unexpected = |kinds: &[&str]| {
        let events: Vec<Event> = (0..).zip(kinds).map(|(seconds, kind)| call(kind, seconds)).collect();
        warnings(&only(&Calls, &events)).contains(&"unexpected")
    };
    for fine in [
        &["new", "standby", "waiting", "ongoing", "finished"][..],
        &["new", "waiting", "waiting", "ongoing", "waiting", "finished"],
        &["new", "finished"],
        &["standby", "finished"],
        &["new", "standby", "overflow", "follow-me", "finished", "recording-available"],
    ] {
        assert!(!unexpected(fine), "{fine:?}");
    }
    for odd in [
        &["new", "ongoing"][..],
        &["standby", "new"],
        &["new", "waiting", "standby"],
        &["new", "finished", "waiting"],
    ] {
        assert!(unexpected(odd), "{odd:?}");
    }
    assert_eq!(warnings(&only(&Calls, &[call("ongoing", 0)])), ["gap"]);
}

#[test]
fn what_comes_beside_a_call_changes_no_state() {
    for kind in [
        "overflow",
        "follow-me",
        "recording-available",
        "data-provided",
        "cpf-provided",
        "cnpj-provided",
        "later",
    ] {
        let told = only(&Calls, &[call("new", 0), call(kind, 3)]);
        assert_eq!(
            (told.state, told.events_total, &*told.last_event),
            (CallState::New, 2, &*format!("call.{kind}"))
        );
    }
    let peer = only(&Calls, &[call("new", 0), event("peer.ringing", 3, &json!({"number": "207"}))]);
    let agent = peer.agent.map(|agent| agent.id);
    assert_eq!(
        (peer.state, peer.with_agent, agent.as_deref()),
        (CallState::New, WithAgent::Ringing, Some("207"))
    );
    let finished = only(&Calls, &[call("new", 0), call("finished", 3), call("recording-available", 9)]);
    assert_eq!((finished.state, finished.events_total), (CallState::Finished, 3));
}

#[test]
fn agents_and_numbers_without_a_call_are_none() {
    let paused = json!({"type": "actor.paused", "actor": "ana@example.com", "number": "200", "queue": "900"});
    let attempt = json!({"type": "dialer.attempt", "number": "5511999998888", "code": "c7"});
    assert_eq!(told(&Calls, &[posted(&paused, 0), posted(&attempt, 1)]), []);
    let success = json!({"number": "5511999998888", "amd_status": "machine"});
    let events = [
        event("call.new", 0, &json!({"direction": "outbound"})),
        event("dialer.success", 2, &success),
        call("finished", 9),
    ];
    let call = only(&Calls, &events);
    assert_eq!((call.outcome, call.direction), (Some(Outcome::Machine), Some(Direction::Outbound)));
}

/// As set-ups with a backend of their own are sent: the call in a section, and nobody says who the agent is.
#[test]
fn the_envelope_tells_the_same_without_its_agents() {
    let envelope = |kind: &str, seconds: i64| {
        let call = json!({"call_id": ID, "code": "", "type": kind, "direction": "inbound", "our_number": "0800000000",
            "their_number": "11999990000", "timestamp": at(seconds).to_string()});
        let typed = json!({"call_id": ID, "type": "call.cpf-provided", "cpf": "", "timestamp": at(seconds).to_string()});
        posted(&json!({"chamada": call, "dados": typed, "atendente": {}, "dialer": {}}), seconds)
    };
    let kinds = [
        ("call.new", 0),
        ("call.standby", 1),
        ("call.waiting", 2),
        ("actor.entered", 8),
        ("call.ongoing", 9),
        ("actor.left", 60),
        ("call.finished", 61),
    ];
    let life = kinds.map(|(kind, seconds)| envelope(kind, seconds));
    let call = only(&Calls, &life);
    assert_eq!((call.outcome, times(&call)), (Some(Outcome::Answered), [Some(0), None, Some(8), Some(61)]));
    assert_eq!((&call.agent, call.our_number.as_deref()), (&None, Some("0800000000")));
    let without_talk = [&life[..3], &life[5..]].concat();
    assert_eq!(only(&Calls, &without_talk).outcome, Some(Outcome::Answered), "somebody left");
}

/// A section that is an event of its own, read from the whole body or from itself.
#[test]
fn a_section_is_read_by_its_type() {
    let call = json!({"call_id": ID, "type": "call.ongoing", "timestamp": at(9).to_string(), "queue": "901"});
    let agent = json!({"type": "actor.entered", "actor": "ana@example.com", "number": "200", "queue": "900"});
    let body = json!({"chamada": call, "atendente": agent, "dados": {}, "dialer": []});
    let whole = Event { name: "actor.entered".into(), ..posted(&body, 9) };
    let said = Calls.read(&whole).expect("of a call");
    assert!(matches!(&said.agent, Some(Speaks::Talks(agent)) if agent.id == "ana@example.com"), "{said:?}");
    assert_eq!((said.at, said.queue.as_deref()), (at(9), Some("900")));
    let first = Calls.read(&posted(&body, 9)).expect("of a call");
    assert_eq!(
        (first.state, first.agent, first.queue.as_deref()),
        (Some(CallState::Ongoing), None, Some("901"))
    );
}

#[test]
fn a_silent_call_is_over_in_time() {
    let call = only(&Calls, &inbound()[..6]);
    let (before, after) = (at(4 * 3600), at(4 * 3600 + 10));
    assert_eq!([before, after].map(|now| call.state_at(now)), [CallState::Ongoing, CallState::Finished]);
    assert_eq!(call.outcome_at(after), None, "nobody knows");
}

fn lives() -> Vec<Vec<Event>> {
    let outbound = |kind: &str, seconds, more: &Value| {
        let mut fields = json!({"direction": "outbound"});
        fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event(kind, seconds, &fields)
    };
    vec![
        inbound(),
        // The documents' shortest.
        vec![call("standby", 0), actor("entered", 1, "ana"), actor("left", 2, "ana"), call("finished", 3)],
        vec![
            call("new", 0),
            call("standby", 1),
            waiting(2, "900"),
            call("queue-abandon", 30),
            call("finished", 31),
        ],
        vec![
            call("new", 0),
            waiting(2, "900"),
            actor("ringing", 3, "ana"),
            actor("noanswer", 9, "ana"),
            actor("ringing", 10, "bia"),
            actor("entered", 12, "bia"),
            call("ongoing", 12),
            actor("left", 30, "bia"),
            call("finished", 30),
            call("recording-available", 40),
        ],
        vec![
            outbound("call.new", 0, &json!({})),
            outbound("call.waiting", 1, &json!({"queue": "900"})),
            actor("entered", 5, "ana"),
            outbound("call.ongoing", 6, &json!({})),
            actor("left", 30, "ana"),
            outbound("call.finished", 31, &json!({})),
        ],
    ]
}

#[test]
fn in_whatever_order_and_however_often_it_is_the_same_call() {
    for life in lives() {
        assert_order_does_not_matter(&Calls, &life);
    }
}

/// Whichever event is missing, the end and its outcome are known; without the end itself the call is over in time.
#[test]
fn without_any_one_of_its_events_the_end_is_the_same() {
    for life in lives() {
        let right = essence(&only(&Calls, &life));
        for (missing, without) in without_each(&Calls, &life) {
            let Essence { state, outcome, .. } = without;
            match &*missing {
                "call.finished" => assert_ne!(state, CallState::Finished),
                // Who gives up is told by nothing else.
                "call.queue-abandon" => assert_eq!(outcome, Some(Outcome::Missed)),
                _ => assert_eq!((state, outcome), (right.state, right.outcome), "without {missing}"),
            }
        }
        for count in 1..=life.len() {
            let call = only(&Calls, &life[..count]);
            assert_eq!(call.state_at(at(1_000_000)), CallState::Finished);
        }
    }
}

proptest! {
    #[test]
    fn every_history_ends_alike(
        order in (0..5_usize).prop_flat_map(|which| Just(lives().swap_remove(which)).prop_shuffle()),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut in_order = order.clone();
        in_order.sort_by_key(|event| event.received_at);
        let again: Vec<Event> = again.iter().map(|index| order[index.index(order.len())].clone()).collect();
        let call = only(&Calls, order.iter().chain(&again));
        prop_assert_eq!(essence(&call), essence(&only(&Calls, &in_order)));
        prop_assert_eq!(call, only(&Calls, order.iter().chain(&again)), "told again");
    }

    #[test]
    fn no_payload_is_too_odd(index: prop::sample::Index, byte: u8, which in 0..8_usize) {
        let event = inbound().swap_remove(which);
        let mut payload = event.payload.to_vec();
        let index = index.index(payload.len());
        payload[index] = byte;
        let odd = Event { payload: payload.into(), ..event.clone() };
        let cut = Event { payload: event.payload.slice(..index), ..event };
        prop_assert_eq!(told(&Calls, &[odd, cut]).len(), 1);
    }
}
