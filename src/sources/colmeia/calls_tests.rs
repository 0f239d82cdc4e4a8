use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::super::decode::decode;
use super::*;
use crate::domain::Timestamp;
use crate::domain::call::{Call, Warning, WithAgent};
use crate::sources::telling::{only, told, without_each};

const SECOND: i64 = 1_000_000;

/// An event as the source makes it, so many seconds after the first.
fn posted(kind: &str, seconds: i64) -> Event {
    let body = json!({"event": kind, "idCall": "c1", "idConversation": "d1", "from": "5511999990000", "to": "551130000000"});
    let decoded = decode(&Bytes::from(body.to_string()), false).expect("it is taken");
    let payload = std::str::from_utf8(&decoded.payload).expect("a text").to_owned();
    crate::sources::telling::event(
        &decoded.name,
        &payload,
        decoded.keys,
        decoded.lane,
        Timestamp(seconds * SECOND),
    )
}

/// What this side notes of what it told the provider.
fn noted(kind: &str, seconds: i64, by: &str) -> Event {
    let body = json!({"event": kind, "idCall": "c1", "by": by}).to_string();
    let keys = Keys { call: Some("c1".into()), ..Keys::default() };
    crate::sources::telling::event(
        kind,
        &body,
        keys,
        Some("c1".to_owned().into()),
        Timestamp(seconds * SECOND),
    )
}

fn answered() -> Vec<Event> {
    vec![
        posted("bot_req_call", 0),
        posted("connect", 10),
        noted("accept.sent", 14, "ana"),
        posted("accept", 15),
        posted("hangup", 75),
    ]
}

fn warnings(call: &Call) -> Vec<Warning> {
    call.warnings.iter().collect()
}

#[test]
fn a_call_is_asked_for_rings_is_answered_and_ends() {
    use CallState::{Finished, New, Ongoing, Ringing};

    let states = |count: usize| {
        let events = answered();
        let call = only(&Calls, &events[..count]);
        (call.state, call.outcome)
    };
    let wanted =
        [(New, None), (Ringing, None), (Ongoing, None), (Ongoing, None), (Finished, Some(Outcome::Answered))];
    assert_eq!([1, 2, 3, 4, 5].map(states), wanted);
    let call = only(&Calls, &answered());
    assert_eq!(call.agent.map(|agent| agent.id).as_deref(), Some("ana"));
    assert_eq!(
        (call.their_number.as_deref(), call.our_number.as_deref()),
        (Some("5511999990000"), Some("551130000000"))
    );
    let times = [call.times.new, call.times.ringing, call.times.answered, call.times.ended];
    assert_eq!(times, [0, 10, 14, 75].map(|seconds| Some(Timestamp(seconds * SECOND))));
    assert_eq!(call.with_agent, WithAgent::Nothing);
}

#[test]
fn what_nobody_answers_was_missed_and_what_is_refused_was_refused() {
    let missed = only(&Calls, &[posted("connect", 0), posted("hangup", 20)]);
    assert_eq!((missed.state, missed.outcome), (CallState::Finished, Some(Outcome::Missed)));
    for refused in [posted("reject", 5), noted("reject.sent", 5, "ana")] {
        let call = only(&Calls, &[posted("connect", 0), refused, posted("hangup", 6)]);
        assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Rejected)));
        assert_eq!(warnings(&call), []);
    }
}

#[test]
fn a_call_of_which_no_end_is_told_does_not_ring_for_ever() {
    let rings = only(&Calls, &[posted("connect", 0)]);
    let now = |seconds: i64| Timestamp(seconds * SECOND);
    assert_eq!(rings.state_at(now(59)), CallState::Ringing);
    assert_eq!(
        (rings.state_at(now(60)), rings.outcome_at(now(60))),
        (CallState::Finished, Some(Outcome::Missed))
    );
    let talks = only(&Calls, &answered()[..4]);
    assert!(talks.is_open(now(4 * 3_600)) && !talks.is_open(now(5 * 3_600)));
}

/// Its events bring no time, so one that is sent again comes later than what has happened since.
#[test]
fn what_comes_again_or_too_late_brings_nothing_back() {
    let mut again = posted("connect", 20);
    again.payload = Bytes::from_static(br#"{"event":"connect","idCall":"c1","from":"5511999990000"}"#);
    let talks = only(&Calls, &[posted("connect", 10), posted("accept", 15), again]);
    assert_eq!((talks.state, warnings(&talks)), (CallState::Ongoing, vec![Warning::Late]));
    assert!(talks.is_open(Timestamp(3_600 * SECOND)), "nor is it over when it would have stopped to ring");
    assert_eq!(&*talks.last_event, "accept");
    for late in ["bot_req_call", "connect", "ringing", "accept", "accept.failed"] {
        let ended = only(&Calls, &[posted("hangup", 5), noted(late, 9, "ana")]);
        assert_eq!(ended.state, CallState::Finished, "{late}");
    }
    let tombstone = only(&Calls, &[posted("hangup", 5)]);
    assert_eq!((tombstone.state, warnings(&tombstone)), (CallState::Finished, vec![Warning::Gap]));
}

#[test]
fn whichever_is_missing_the_rest_makes_a_call() {
    for (missing, call) in without_each(&Calls, &answered()) {
        let ended = if missing == "hangup" { CallState::Ongoing } else { CallState::Finished };
        let outcome = (missing != "hangup").then_some(Outcome::Answered);
        assert_eq!((call.state, call.outcome), (ended, outcome), "without {missing}");
    }
}

#[test]
fn what_is_about_no_call_is_none() {
    assert_eq!(told(&Calls, &[posted("connect", 0), noted("transfer", 1, "ana")]).len(), 1);
}

proptest! {
    #[test]
    fn in_whatever_order_it_is_told_it_ends_the_same(order in Just(answered()).prop_shuffle()) {
        let right = only(&Calls, &answered());
        let call = only(&Calls, &order);
        prop_assert_eq!((call.state, call.outcome, call.times), (right.state, right.outcome, right.times));
        prop_assert_eq!(call.agent, right.agent);
    }
}
