use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{catalogue, extract};
use super::lives::{boot, connected, history_of, manual, receptive, transferred};
use super::*;
use crate::domain::call::{Agent, Call, Times, Warning, WithAgent};
use crate::sources::telling::{only, told};

static EXAMPLES: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/3cplus_events.json"));
    let all: Vec<Value> = serde_json::from_str(text).expect("the examples are JSON");
    let name = |example: &Value| example["name"].as_str().expect("a name").to_owned();
    all.iter().map(|example| (name(example), example["example_payload"].clone())).collect()
});

/// 2026-11-20T14:30:00Z, when the call of the examples begins.
const BEGUN: i64 = 1_795_185_000;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp((BEGUN + seconds) * 1_000_000)
}

fn payload(name: &str) -> Value {
    let example = EXAMPLES.iter().find(|(example, _)| example == name);
    example.unwrap_or_else(|| panic!("there is no {name}")).1.clone()
}

/// An event as the source makes it, that came so many seconds after the call began.
fn event(name: &str, payload: &Value, seconds: i64) -> Event {
    let payload = payload.to_string();
    let extracted = extract(name, payload.as_bytes());
    crate::sources::telling::event(name, &payload, extracted.keys, extracted.lane, at(seconds))
}

pub(in crate::sources::threecplus) fn example(name: &str, seconds: i64) -> Event {
    event(name, &payload(name), seconds)
}

/// An example with other values, by their places.
pub(super) fn changed(name: &str, seconds: i64, changes: &[(&str, Value)]) -> Event {
    let mut payload = payload(name);
    for (place, value) in changes {
        let (parent, key) = place.rsplit_once('/').expect("a pointer");
        let parent = payload.pointer_mut(parent).unwrap_or_else(|| panic!("{name}: no {parent}"));
        parent.as_object_mut().expect("an object").insert(key.to_owned(), value.clone());
    }
    event(name, &payload, seconds)
}

fn times(call: &Call) -> [Option<i64>; 4] {
    let Times { new, ringing, answered, ended } = call.times;
    [new, ringing, answered, ended].map(|time| time.map(|time| time.unix_seconds() - BEGUN))
}

fn warnings(call: &Call) -> Vec<&'static str> {
    call.warnings.iter().map(Warning::as_str).collect()
}

/// State, outcome and agent in words.
fn in_words(said: &Said) -> String {
    let state = said.state.map_or("–", CallState::as_str);
    let outcome = said.outcome.map(|outcome| format!(" {}", outcome.as_str())).unwrap_or_default();
    let agent = match &said.agent {
        None => String::new(),
        Some(Speaks::Rings(agent)) => format!(", {} rings", agent.id),
        Some(Speaks::Talks(agent)) => format!(", {} talks", agent.id),
        Some(Speaks::Left(agent)) => format!(", {} left", agent.id),
        Some(Speaks::RangInVain) => ", in vain".to_owned(),
    };
    format!("{state}{outcome}{agent}")
}

/// Every example: those that are not listed are about no call.
#[test]
fn each_of_the_66_examples_says_what_it_says() {
    let expected = [
        ("call-was-created", "new"),
        ("call-is-trying", "new"),
        ("call-was-answered", "waiting"),
        ("call-was-amd", "–"),
        ("call-was-connected", "ongoing, 150321 talks"),
        ("call-was-ended", "finished, 150321 left"),
        ("call-was-hung-up", "finished, 150321 left"),
        ("call-was-finished", "finished, 150321 left"),
        ("call-was-abandoned", "finished abandoned"),
        ("call-was-abandoned-due-amd", "finished machine"),
        ("call-was-not-answered", "finished not_answered"),
        ("call-was-failed", "finished failed"),
        ("call-history-was-created", "finished answered, 150321 left"),
        ("manual-call-was-answered", "ongoing, 150321 talks"),
        ("manual-call-was-updated", "finished answered, 150321 left"),
        ("manual-call-was-created", "new"),
        ("manual-call-was-connected", "ringing, 150321 rings"),
        ("manual-call-was-finished", "finished, 150321 rings"),
        ("manual-call-was-not-answered", "finished not_answered, 150321 rings"),
        ("manual-call-was-failed", "finished failed, 150321 rings"),
        ("manual-call-acw-connected", "ongoing, 150321 talks"),
        ("manual-call-acw-disconnected", "finished, 150321 rings"),
        ("hold-call", "ongoing, 150321 talks"),
        ("agent-in-acw", "finished, 150321 left"),
        ("consult-hold", "ongoing, 150321 talks"),
        ("consult-connected", "ongoing, 150321 talks"),
        ("consult-cancel-hold", "–"),
        ("consult-exit", "–"),
        ("consult-transfer", "ongoing, 150322 talks"),
        ("consult-failed", "–"),
        ("consult-transfer-failed", "–"),
        ("receptive-entered-queue", "waiting"),
        ("receptive-was-connected", "ongoing"),
        ("receptive-was-abandoned", "finished abandoned"),
        ("receptive-was-finished", "finished"),
    ];
    let wanted = Calls.wants();
    let mut said = Vec::new();
    for (name, payload) in EXAMPLES.iter() {
        let is_wanted = wanted.iter().any(|pattern| pattern.matches(name));
        if let Some(is) = Calls.read(&event(name, payload, 600)).filter(|_| is_wanted) {
            assert_eq!(is.their_number.as_deref(), Some("5511900001234"), "{name}");
            said.push((name.as_str(), in_words(&is)));
        }
    }
    let said: Vec<(&str, &str)> = said.iter().map(|(name, words)| (*name, words.as_str())).collect();
    assert_eq!(said, expected);
    assert_eq!(EXAMPLES.len(), 66);
}

#[test]
fn other_names_for_an_event_say_the_same() {
    for entry in catalogue::entries() {
        for alias in &entry.aliases {
            assert_eq!(What::of(alias), What::of(&entry.name), "{alias}");
        }
    }
}

#[test]
fn a_dialer_call_waits_for_an_agent_and_is_connected() {
    let life = connected();
    let states: Vec<_> = (1..=life.len()).map(|count| only(&Calls, &life[..count]).state.as_str()).collect();
    assert_eq!(states[..7], ["new", "new", "waiting", "waiting", "ongoing", "ongoing", "finished"]);
    let call = only(&Calls, &life);
    assert_eq!((&*call.id, call.outcome), ("k7QmZp3RtW", Some(Outcome::Answered)));
    assert_eq!(times(&call), [Some(0), None, Some(14), Some(62)]);
    let agent =
        Agent { id: "150321".into(), name: Some("Ana Exemplo".into()), extension: Some("1007".into()) };
    assert_eq!((call.agent.as_ref(), call.direction), (Some(&agent), Some(Direction::Outbound)));
    assert_eq!(
        (call.queue.as_deref(), call.our_number.as_deref()),
        (Some("Cobrança Manhã"), Some("1100000000"))
    );
    assert_eq!((&*call.last_event, warnings(&call)), ("call-history-was-created", vec!["late"]), "the amd");
}

#[test]
fn the_two_events_that_begin_a_call_come_in_either_order() {
    for order in [["call-was-created", "call-is-trying"], ["call-is-trying", "call-was-created"]] {
        assert_eq!(warnings(&only(&Calls, &order.map(|name| example(name, 1)))), [""; 0]);
    }
}

#[test]
fn in_a_manual_call_the_agent_is_there_first() {
    let life = manual();
    let rings = only(&Calls, &life[..3]);
    assert_eq!((rings.state, rings.with_agent), (CallState::Ringing, WithAgent::Ringing));
    let talks = only(&Calls, &life[..4]);
    assert_eq!(
        (talks.state, talks.with_agent, times(&talks)[2]),
        (CallState::Ongoing, WithAgent::Talking, Some(312))
    );
    let call = only(&Calls, &life);
    assert_eq!(
        (call.outcome, times(&call)),
        (Some(Outcome::Answered), [Some(300), Some(302), Some(312), Some(360)])
    );
    let refused =
        only(&Calls, &[life[1].clone(), life[2].clone(), example("manual-call-was-not-answered", 330)]);
    let agent = refused.agent.as_ref().map(|agent| agent.id.as_str());
    assert_eq!((refused.outcome, agent), (Some(Outcome::NotAnswered), Some("150321")), "who called");
}

#[test]
fn a_manual_call_may_come_as_any_other() {
    let as_manual =
        |name: &str, seconds| changed(name, seconds, &[("/call/call_mode", json!("manual")), boot(seconds)]);
    let connected = only(
        &Calls,
        &[as_manual("call-was-created", 1), {
            let mut payload = payload("call-was-connected");
            payload["call"]["call_mode"] = json!("manual");
            payload["call"].as_object_mut().expect("an object").remove("answered_time");
            event("call-was-connected", &payload, 3)
        }],
    );
    assert_eq!((connected.state, connected.times.answered), (CallState::Ringing, None));
    let answered = only(&Calls, &[as_manual("call-was-created", 1), as_manual("call-was-answered", 11)]);
    assert_eq!((answered.state, times(&answered)[2]), (CallState::Ongoing, Some(11)));
}

#[test]
fn a_call_that_comes_in_has_the_queue_that_it_waits_in() {
    let life = receptive();
    let waits = only(&Calls, &life[..1]);
    assert_eq!(
        (waits.state, waits.direction, warnings(&waits)),
        (CallState::Waiting, Some(Direction::Inbound), vec![])
    );
    let call = only(&Calls, &life);
    assert_eq!(
        (call.queue.as_deref(), call.our_number.as_deref()),
        (Some("Fila Suporte"), Some("1130000000"))
    );
    assert_eq!((call.outcome, times(&call)), (Some(Outcome::Answered), [Some(0), None, Some(20), Some(68)]));
    let gone = only(&Calls, &[life[0].clone(), example("receptive-was-abandoned", 700)]);
    assert_eq!(gone.outcome, Some(Outcome::Abandoned));
    let unanswered = history_of(5, 40, 20);
    let payload = String::from_utf8_lossy(&unanswered.payload).replace("\"dialer\"", "\"receptive\"");
    let missed = only(&Calls, &[Event { payload: payload.into(), ..unanswered }]);
    assert_eq!(missed.outcome, Some(Outcome::Missed));
}

#[test]
fn a_transfer_changes_the_agent_and_a_consultation_does_not() {
    let life = transferred();
    let agent = |count: usize| only(&Calls, &life[..count]).agent.map(|agent| agent.id);
    assert_eq!(agent(8).as_deref(), Some("150321"), "consults");
    assert_eq!(agent(9).as_deref(), Some("150322"));
    let call = only(&Calls, &life);
    assert_eq!(
        (call.agent.map(|agent| agent.id).as_deref(), call.outcome),
        (Some("150322"), Some(Outcome::Answered))
    );
    let to_queue =
        [("/consultant", json!(null)), ("/consultedQueue", json!({"id": 8810, "name": "Fila Suporte"}))];
    let mut waits = life[..7].to_vec();
    waits.push(changed("consult-transfer", 50, &to_queue));
    let waits = only(&Calls, &waits);
    assert_eq!((waits.state, waits.queue.as_deref()), (CallState::Waiting, Some("Fila Suporte")));
    assert_eq!((waits.with_agent, warnings(&waits)), (WithAgent::Nothing, vec!["late"]), "the amd");
}

#[test]
fn a_history_alone_is_a_whole_call() {
    let call = only(&Calls, &[example("call-history-was-created", 83)]);
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Answered)));
    assert_eq!((times(&call), warnings(&call)), ([Some(0), None, Some(14), Some(62)], vec!["gap"]));
    assert_eq!(call.agent.and_then(|agent| agent.name).as_deref(), Some("Ana Exemplo"));
    // Some accounts never say who the agent was.
    let nobody =
        changed("call-history-was-created", 83, &[("/callHistory/agent", json!({"id": 0, "name": null}))]);
    let nobody = only(&Calls, &[nobody]);
    assert_eq!((nobody.agent, nobody.outcome), (None, Some(Outcome::Answered)));
    let no_times = changed("call-history-was-created", 83, &[("/callHistory/call_date", json!("ontem"))]);
    assert_eq!(times(&only(&Calls, &[no_times])), [Some(82), None, None, Some(82)], "when it was written");
    for (status, outcome) in [
        (5, "not_answered"),
        (6, "abandoned"),
        (8, "failed"),
        (9, "machine"),
        (15, "machine"),
        (14, "not_answered"),
        (7, "not_answered"),
    ] {
        let call = only(&Calls, &[history_of(status, 40, 20)]);
        assert_eq!(
            (call.outcome.map(Outcome::as_str), times(&call)[3]),
            (Some(outcome), Some(20)),
            "{status}"
        );
    }
}

#[test]
fn the_clock_is_the_events_own_else_its_times_else_its_arrival() {
    let silent = |name: &str| changed(name, 700, &[("/bootTime", json!(null))]);
    let said_at = |event: &Event| Calls.read(event).map(|said| said.at);
    assert_eq!(said_at(&example("call-was-answered", 700)), Some(Timestamp(at(11).0 + 690_695)));
    assert_eq!(said_at(&silent("call-was-answered")), Some(at(11)));
    assert_eq!(said_at(&silent("call-was-connected")), Some(at(14)));
    assert_eq!(said_at(&silent("call-was-finished")), Some(at(62)));
    assert_eq!(said_at(&silent("call-history-was-created")), Some(Timestamp(at(82).0 + 43_000)));
    assert_eq!(said_at(&silent("call-was-amd")), Some(at(700)));
    assert_eq!(said_at(&example("consult-hold", 700)), Some(at(700)));
}

#[test]
fn what_names_no_call_says_nothing_of_one() {
    let none =
        changed("call-was-ended", 70, &[("/call/id", json!(null)), ("/call/telephony_id", json!(null))]);
    let no_history = changed("call-history-was-created", 70, &[("/callHistory/telephony_id", json!(""))]);
    let no_object =
        event("agent-in-acw", &json!({"agent": {"id": 7, "agent_status": {"call": "k7"}}, "call": []}), 70);
    assert_eq!(told(&Calls, &[none, no_history, no_object]), []);
}

#[test]
fn an_agent_that_writes_up_ends_a_call_that_is_said_to_be_over() {
    assert_eq!(
        only(&Calls, &[example("call-was-connected", 15), example("agent-in-acw", 64)]).state,
        CallState::Finished
    );
    let goes_on =
        changed("agent-in-acw", 64, &[("/call/status", json!("3")), ("/call/hangup_time", json!(null))]);
    assert_eq!(only(&Calls, &[example("call-was-connected", 15), goes_on]).state, CallState::Ongoing);
}

#[test]
fn an_event_of_a_later_day_is_heard_and_changes_no_state() {
    let later = event("call-was-parked", &payload("call-was-ended"), 20);
    let call = only(&Calls, &[example("call-was-connected", 15), later]);
    assert_eq!((call.state, &*call.last_event), (CallState::Ongoing, "call-was-parked"));
}

#[test]
fn a_silent_call_is_over_in_time() {
    let call = only(&Calls, &connected()[..6]);
    let (before, after) = (at(4 * 3600 + 40), at(4 * 3600 + 41));
    assert_eq!([before, after].map(|now| call.state_at(now)), [CallState::Ongoing, CallState::Finished]);
    assert_eq!(call.outcome_at(after), None, "nobody knows");
}

proptest! {
    #[test]
    fn no_payload_is_too_odd(index: prop::sample::Index, byte: u8, which in 0..66_usize) {
        let (name, payload) = &EXAMPLES[which];
        let event = event(name, payload, 90);
        let mut payload = event.payload.to_vec();
        let index = index.index(payload.len());
        payload[index] = byte;
        let odd = Event { payload: payload.into(), ..event.clone() };
        let cut = Event { payload: event.payload.slice(..index), ..event };
        prop_assert!(told(&Calls, &[odd, cut]).len() <= 1);
    }
}
