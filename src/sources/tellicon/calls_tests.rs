use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::decode::decode;
use super::*;
use crate::domain::call::{Call, Times, Warning, WithAgent};
use crate::sources::telling::{assert_order_does_not_matter, essence, only, told};

const PUSHED: i64 = 1_705_338_959;

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000)
}

/// An event as the source makes it.
fn event(body: &Value, received_at: i64) -> Event {
    let body = json!({ "eventTellicon": body }).to_string();
    let decoded =
        decode(body.as_bytes(), true, at(received_at)).unwrap_or_else(|refusal| panic!("{refusal}: {body}"));
    crate::sources::telling::event(decoded.name, &body, decoded.keys, Some(decoded.lane), at(received_at))
}

fn push() -> Event {
    let body = json!({"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1001,
        "eventDateTime": PUSHED});
    event(&body, PUSHED + 1)
}

/// Keys pressed so many seconds after the push.
fn dtmf(after: i64) -> Event {
    let body = json!({"type": "dtmfCommand", "src": "018988776655", "dst": "9001", "client": 505, "building": 121,
        "apt": 1001, "dtmfCommand": "*2", "eventDateTime": PUSHED + after});
    event(&body, PUSHED + after + 1)
}

fn answer_body() -> Value {
    json!({"type": "answerCall", "src": "9001", "dst": "018988776655", "client": 505, "building": 121, "apt": 1001,
        "eventDateTime": PUSHED, "answerDateTime": PUSHED + 6, "hangupDateTime": PUSHED + 36, "callDurationTime": 30})
}

fn answer() -> Event {
    event(&answer_body(), PUSHED + 37)
}

fn times(call: &Call) -> [Option<i64>; 4] {
    let Times { new, ringing, answered, ended } = call.times;
    [new, ringing, answered, ended].map(|time| time.map(|time| time.unix_seconds() - PUSHED))
}

fn warnings(call: &Call) -> Vec<&'static str> {
    call.warnings.iter().map(Warning::as_str).collect()
}

#[test]
fn a_call_rings_and_is_answered() {
    let rings = only(&Calls, &[push()]);
    assert_eq!(&*rings.id, "505/121/1001/9001@1705338959");
    assert_eq!((rings.state, rings.group.as_deref()), (CallState::Ringing, Some("505/121/1001/9001")));
    let call = only(&Calls, &[push(), dtmf(20), answer()]);
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Answered)));
    assert_eq!(times(&call), [Some(0), Some(0), Some(6), Some(36)]);
    assert_eq!(
        (call.our_number.as_deref(), call.their_number.as_deref()),
        (Some("9001"), Some("018988776655"))
    );
    assert_eq!(
        (call.direction, &call.agent, call.with_agent),
        (Some(Direction::Inbound), &None, WithAgent::Nothing)
    );
    assert_eq!((warnings(&call), call.events_total), (vec![], 3));
    let pressed: Vec<_> =
        call.pressed.iter().map(|one| (one.at.unix_seconds() - PUSHED, &*one.keys)).collect();
    assert_eq!(pressed, [(20, "*2")]);
}

#[test]
fn a_call_that_nobody_answers_is_missed_in_time() {
    let call = only(&Calls, &[push()]);
    let (before, after) = (at(PUSHED + 90), at(PUSHED + 91));
    assert_eq!((call.state_at(before), call.outcome_at(before)), (CallState::Ringing, None));
    assert_eq!((call.state_at(after), call.outcome_at(after)), (CallState::Finished, Some(Outcome::Missed)));
}

/// The answer is told when the call is over, long after it was taken for missed.
#[test]
fn an_answer_comes_hours_later() {
    let mut late = answer_body();
    late["hangupDateTime"] = json!(PUSHED + 10_000);
    late["callDurationTime"] = json!(9_994);
    let call = only(&Calls, &[push(), event(&late, PUSHED + 10_001)]);
    assert_eq!((call.state, call.outcome), (CallState::Finished, Some(Outcome::Answered)));
    assert_eq!(times(&call), [Some(0), Some(0), Some(6), Some(10_000)]);
}

#[test]
fn who_presses_a_key_talks_for_hours() {
    let call = only(&Calls, &[push(), dtmf(20)]);
    assert_eq!((call.state, call.times.answered), (CallState::Ongoing, Some(at(PUSHED + 20))));
    assert_eq!(call.state_at(at(PUSHED + 10_000)), CallState::Ongoing);
    let over = at(PUSHED + 30_000);
    assert_eq!((call.state_at(over), call.outcome_at(over)), (CallState::Finished, Some(Outcome::Answered)));
    let long_after = only(&Calls, &[push(), dtmf(300)]);
    assert_eq!(long_after.state, CallState::Ongoing, "it was taken for missed, and was not");
}

#[test]
fn an_answer_alone_is_a_whole_call() {
    let call = only(&Calls, &[answer()]);
    assert_eq!(times(&call), [Some(0), Some(0), Some(6), Some(36)]);
    assert_eq!((call.outcome, warnings(&call)), (Some(Outcome::Answered), vec![]));
}

#[test]
fn a_pressed_key_alone_is_a_call_without_its_beginning() {
    let call = only(&Calls, &[dtmf(20)]);
    assert_eq!((&*call.id, call.state), ("505/121/1001/9001@1705338979", CallState::Ongoing));
    assert_eq!(warnings(&call), ["gap"]);
}

#[test]
fn a_key_belongs_to_the_newest_call_of_its_door_that_goes_on() {
    let calls = told(&Calls, &[push(), answer(), dtmf(20), dtmf(40)]);
    assert_eq!(calls.iter().map(|call| call.events_total).collect::<Vec<_>>(), [3, 1], "one after its end");
    let yesterday = told(&Calls, &[push(), dtmf(80_000)]);
    assert_eq!(yesterday.len(), 2, "nobody answered the first");
    let other_door = Event { lane: Some("505/121/1001/9002".into()), ..dtmf(20) };
    assert_eq!(told(&Calls, &[push(), other_door]).len(), 2);
}

/// A key that overtakes its push stays a call of its own: nothing in it says whose it is.
#[test]
fn in_whatever_order_and_however_often_it_is_the_same_call() {
    assert_order_does_not_matter(&Calls, &[push(), answer()]);
    let right = essence(&only(&Calls, &[push(), answer()]));
    for order in [[push(), dtmf(20), answer()], [push(), answer(), dtmf(20)], [answer(), dtmf(20), push()]] {
        assert_eq!(essence(&only(&Calls, &order)), right);
    }
    let early = told(&Calls, &[dtmf(20), push(), answer()]);
    assert_eq!(early.len(), 2);
    assert_eq!(essence(&early[1]), right);
}

#[test]
fn without_any_one_of_its_events_no_call_goes_on_for_ever() {
    let over = at(PUSHED + 100_000);
    let without_key = essence(&only(&Calls, &[push(), answer()]));
    assert_eq!(without_key, essence(&only(&Calls, &[push(), dtmf(20), answer()])));
    // Without the push, the key and the answer are two calls: only the push says that both are of one.
    assert_eq!(told(&Calls, &[dtmf(20), answer()]).last().map(essence), Some(without_key));
    for events in [vec![push()], vec![dtmf(20)], vec![push(), dtmf(20)], vec![dtmf(20), push()]] {
        for call in told(&Calls, &events) {
            assert_eq!(call.state_at(over), CallState::Finished);
        }
    }
}

#[test]
fn every_dialect_tells_the_same() {
    let right = only(&Calls, &[push(), dtmf(20), answer()]);
    let v0 = json!({"type": "pushCall", "src": "9001", "client": 505, "building": 121, "apt": 1001, "dateTime": PUSHED});
    assert_eq!(only(&Calls, &[event(&v0, PUSHED + 1), dtmf(20), answer()]), right);
    let mut v2 = answer_body();
    v2["company"] = json!(77);
    assert_eq!(only(&Calls, &[push(), dtmf(20), event(&v2, PUSHED + 37)]), right);
    let v3 = |own: Value| {
        let mut body = json!({"parceiro": 1, "contrato": 77, "licenca": 505, "bloco": 121, "unidade": 1001, "ramal": "9001"});
        body.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
        body
    };
    let push = v3(json!({"tipo": "pushCall", "dataHoraEvento": PUSHED}));
    let dtmf = v3(json!({"type": "dtmfCommand", "telefone": "018988776655", "dataHoraEvento": PUSHED + 20,
        "dtmfComando": "*2"}));
    let answer = v3(json!({"tipo": "answerCall", "telefone": "018988776655", "dataHoraEvento": PUSHED,
        "dataHoraAtendido": PUSHED + 6, "dataHoraEncerrado": PUSHED + 36, "tempoEspera": 6, "tempoConversa": 30}));
    let events = [event(&push, PUSHED + 1), event(&dtmf, PUSHED + 21), event(&answer, PUSHED + 37)];
    assert_eq!(only(&Calls, &events), right);
}

#[test]
fn times_that_cannot_be_are_left_out() {
    let with = |field: &str, value: Value| {
        let mut body = answer_body();
        body[field] = value;
        only(&Calls, &[event(&body, PUSHED + 37)])
    };
    // As the provider's own sample has it: a digit too many.
    let call = with("hangupDateTime", json!(17_053_389_625_i64));
    assert_eq!((call.outcome, times(&call)[3]), (Some(Outcome::Answered), Some(36)), "by how long it took");
    let call = with("answerDateTime", json!(i64::MAX));
    assert_eq!(
        (call.outcome, call.state, times(&call)[2]),
        (Some(Outcome::Answered), CallState::Finished, None)
    );
    let call = with("hangupDateTime", json!(0));
    assert_eq!((call.state, times(&call)[3]), (CallState::Finished, Some(36)));
    let call = with("hangupDateTime", json!(PUSHED - 60));
    assert_eq!((call.state, times(&call)[3]), (CallState::Finished, Some(-60)), "as it was told");
}

proptest! {
    #[test]
    fn no_payload_is_too_odd(index: prop::sample::Index, byte: u8, which in 0..3_usize) {
        let event = vec![push(), dtmf(20), answer()].swap_remove(which);
        let mut payload = event.payload.to_vec();
        let index = index.index(payload.len());
        payload[index] = byte;
        let odd = Event { payload: payload.into(), ..event.clone() };
        let cut = Event { payload: event.payload.slice(..index), ..event };
        prop_assert_eq!(told(&Calls, &[odd, cut]).is_empty(), false);
    }
}

#[test]
fn a_door_is_where_it_rings() {
    let of = |group: Option<&str>| {
        let call = Call { group: group.map(Key::from), ..only(&Calls, &[push()]) };
        door(&call).map(|door| {
            let building = door.building.map_or_else(String::new, |building| building.to_string());
            [door.client.to_string(), building, door.unit.to_string(), door.extension.to_string()]
        })
    };
    let parts = |client: &str, building: &str| [client, building, "1001", "9001"].map(str::to_owned);
    assert_eq!(of(Some("505/121/1001/9001")), Some(parts("505", "121")));
    assert_eq!(of(Some("505/0/1001/9001")), Some(parts("505", "")), "a house without blocks");
    assert_eq!(of(Some("505/121")), None);
    assert_eq!(of(None), None);
}
