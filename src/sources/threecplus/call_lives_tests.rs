use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{at, changed, example};
use super::*;
use crate::domain::call::Times;
use crate::sources::telling::{Essence, assert_order_does_not_matter, essence, only, told, without_each};

pub(super) fn boot(seconds: i64) -> (&'static str, Value) {
    ("/bootTime", json!(at(seconds).to_string()))
}

/// A history of the call of the examples that ended with this status and nobody's talking.
pub(super) fn history_of(status: u8, seconds: i64, ended_after: i64) -> Event {
    changed(
        "call-history-was-created",
        seconds,
        &[
            ("/callHistory/status", json!(status)),
            ("/callHistory/agent", json!({"id": 0, "name": null})),
            ("/callHistory/calling_time", json!(ended_after)),
            ("/callHistory/amd_time", json!(0)),
            ("/callHistory/speaking_time", json!(0)),
            ("/callHistory/speaking_with_agent_time", json!(0)),
            boot(seconds),
        ],
    )
}

pub(super) fn connected() -> Vec<Event> {
    vec![
        example("call-is-trying", 1),
        example("call-was-created", 1),
        example("call-was-answered", 12),
        example("call-was-amd", 15),
        example("call-was-connected", 15),
        example("hold-call", 41),
        example("call-was-ended", 63),
        example("call-was-finished", 63),
        example("agent-in-acw", 64),
        example("call-history-was-created", 83),
    ]
}

fn begun_and(more: Vec<Event>) -> Vec<Event> {
    let mut life = vec![example("call-was-created", 1), example("call-is-trying", 1)];
    life.extend(more);
    life
}

/// The agent's leg connects, the customer answers after 12 seconds and hangs up after 60.
pub(super) fn manual() -> Vec<Event> {
    let history = [
        ("/callHistory/call_date", json!("2026-11-20T14:35:00.000000Z")),
        ("/callHistory/calling_time", json!(12)),
        ("/callHistory/amd_time", json!(0)),
        ("/callHistory/speaking_time", json!(48)),
        ("/callHistory/speaking_with_agent_time", json!(48)),
        ("/callHistory/updated_at", json!(at(380).to_string())),
    ];
    vec![
        example("agent-entered-manual", 290),
        example("manual-call-was-created", 302),
        example("manual-call-was-connected", 303),
        example("manual-call-was-answered", 313),
        changed("manual-call-was-finished", 361, &[boot(360), ("/call/hangup_time", json!("1795185360"))]),
        example("manual-call-was-qualified", 370),
        changed("manual-call-was-updated", 381, &history),
    ]
}

pub(super) fn receptive() -> Vec<Event> {
    let of_call = |more: &[(&'static str, Value)]| {
        let mut changes = vec![
            ("/callHistory/telephony_id", json!("Rc9WqT55Ab")),
            ("/callHistory/call_mode", json!("receptive")),
            ("/callHistory/queue", json!({"id": 8810, "name": "Fila Suporte"})),
            ("/callHistory/receptive_did", json!("1130000000")),
            ("/callHistory/calling_time", json!(0)),
            ("/callHistory/amd_time", json!(0)),
            ("/callHistory/waiting_time", json!(20)),
            boot(90),
        ];
        changes.extend_from_slice(more);
        changes
    };
    vec![
        changed("receptive-entered-queue", 1, &[boot(1)]),
        changed("receptive-was-connected", 21, &[boot(20), ("/call/connected_time", json!("1795185020"))]),
        changed("receptive-was-finished", 69, &[boot(68)]),
        changed("call-history-was-created", 91, &of_call(&[])),
    ]
}

/// A call that an agent hands over to another.
pub(super) fn transferred() -> Vec<Event> {
    let mut life = connected()[..5].to_vec();
    life.extend([
        example("consult-hold", 30),
        example("consult-connected", 35),
        example("consult-cancel-hold", 40),
        example("consult-transfer", 50),
        example("consult-exit", 51),
        example("call-was-finished", 63),
        example("call-history-was-created", 83),
    ]);
    life
}

/// Whole lives of calls in the order in which they are sent, and what becomes of each.
fn lives() -> Vec<(&'static str, Vec<Event>)> {
    let answered = || vec![example("call-was-answered", 12), example("call-was-amd", 15)];
    let then = |mut events: Vec<Event>, more: Vec<Event>| {
        events.extend(more);
        begun_and(events)
    };
    let abandoned = vec![example("call-was-abandoned", 27), history_of(6, 40, 26)];
    let machine = vec![example("call-was-abandoned-due-amd", 16), history_of(9, 40, 15)];
    vec![
        ("answered", connected()),
        ("not_answered", begun_and(vec![example("call-was-not-answered", 30), history_of(5, 40, 26)])),
        ("failed", begun_and(vec![example("call-was-failed", 4), history_of(8, 40, 2)])),
        ("abandoned", then(answered(), abandoned)),
        ("machine", then(answered(), machine)),
        ("answered", manual()),
        ("answered", receptive()),
        ("answered", transferred()),
    ]
}

#[test]
fn in_whatever_order_and_however_often_it_is_the_same_call() {
    for (outcome, life) in lives() {
        assert_eq!(only(&Calls, &life).outcome.map(Outcome::as_str), Some(outcome));
        assert_order_does_not_matter(&Calls, &life);
    }
}

/// Whichever event is missing, its end, its outcome and its times are known: every event repeats the times before it, and the
/// history all of them. Only a transfer, and the agent of a call that came in, are told by one alone.
#[test]
fn without_any_one_of_its_events_the_end_is_the_same() {
    for (_, life) in lives() {
        let right = essence(&only(&Calls, &life));
        for (missing, without) in without_each(&Calls, &life) {
            let agent = match (&*missing, &*right.id) {
                ("consult-transfer", _) => Some("150321".to_owned()),
                // Events of calls that come in name no agent.
                ("call-history-was-created", "Rc9WqT55Ab") => None,
                _ => right.agent.clone(),
            };
            // A campaign is named when an agent is connected and in the history, a queue by all that is about it.
            let names = |event: &&Event| {
                let named = ["call-was-connected", "call-history-was-created", "manual-call-was-updated"];
                named.contains(&&*event.name) || event.name.starts_with("receptive-")
            };
            let is_named = life.iter().filter(names).any(|event| *event.name != *missing);
            let queue = right.queue.clone().filter(|_| is_named);
            // That the telephone of a manual call rings is told once.
            let ringing = right.times.ringing.filter(|_| missing != "manual-call-was-connected");
            let times = Times { ringing, ..right.times };
            assert_eq!(without, Essence { agent, queue, times, ..right.clone() }, "without {missing}");
        }
    }
}

/// Without a history too, as on accounts that do not send it: what has no end is over in time.
#[test]
fn without_a_history_no_call_goes_on_for_ever() {
    for (outcome, life) in lives() {
        let heard: Vec<Event> =
            life.into_iter().filter(|event| !event.payload.starts_with(b"{\"callHistory\"")).collect();
        assert_eq!(only(&Calls, &heard).outcome.map(Outcome::as_str), Some(outcome));
        for count in 1..=heard.len() {
            for call in told(&Calls, &heard[..count]) {
                assert_eq!(call.state_at(at(1_000_000)), CallState::Finished);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_history_ends_alike(
        order in (0..8_usize).prop_flat_map(|which| Just(lives().swap_remove(which).1).prop_shuffle()),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut in_order = order.clone();
        in_order.sort_by_key(|event| event.received_at);
        let again: Vec<Event> = again.iter().map(|index| order[index.index(order.len())].clone()).collect();
        let call = only(&Calls, order.iter().chain(&again));
        prop_assert_eq!(essence(&call), essence(&only(&Calls, &in_order)));
        prop_assert_eq!(call, only(&Calls, order.iter().chain(&again)), "told again");
    }
}
