use super::*;
use crate::texts::Message;

/// As the provider's documents print them.
const NEW: &str = r#"{
  "code": "123456",
  "type": "call.new",
  "call_id": "1463669263.30033",
  "direction": "inbound",
  "timestamp": "2017-01-01T00:00:00Z",
  "our_number": "0800000000",
  "their_number": "11999990000",
  "their_number_type": "mobile"
}"#;
const ENTERED: &str = r#"{
  "code": "123456",
  "type": "actor.entered",
  "actor": "user.name@email.com",
  "queue": "900",
  "number": "200",
  "call_id": "1463669263.30033",
  "timestamp": "2017-01-01T00:00:00Z"
}"#;
const ENVELOPE: &str = r#"{
    "chamada": {
        "call_id": "0bc692b0-128a-11e8-807b-e3acc2b0c13d",
        "code": "",
        "type": "call.new",
        "direction": "inbound",
        "our_number": "0800111111",
        "their_number": "1199999999",
        "timestamp": "2018-02-15T20:07:32.562Z"
    },
    "dados": {
        "call_id": "0bc692b0-128a-11e8-807b-e3acc2b0c13d",
        "type": "call.cpf-provided",
        "cpf": "",
        "timestamp": "2018-02-15T20:07:32.562Z"
    },
    "atendente": {},
    "dialer": {}
}"#;

/// All events of a body.
fn events(body: &str) -> Vec<Decoded> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    decode(&body, false, false).unwrap_or_else(|refusal| panic!("{refusal:?}: {body:?}"))
}

/// The only one.
fn accepted(body: &str) -> Decoded {
    let [event] = events(body).try_into().expect("one event");
    event
}

/// The field that is told, and the text that it is told by.
fn refused(body: &str) -> (&'static str, Message) {
    let refusal = decode(&Bytes::copy_from_slice(body.as_bytes()), false, false).expect_err(body);
    (refusal.field, refusal.message)
}

fn lane(body: &str) -> Option<String> {
    accepted(body).lane.map(|lane| lane.to_string())
}

#[test]
fn the_printed_samples_are_accepted() {
    let (new, entered, envelope) = (accepted(NEW), accepted(ENTERED), accepted(ENVELOPE));
    assert_eq!([&*new.name, &*entered.name, &*envelope.name], ["call.new", "actor.entered", "call.new"]);
    assert_eq!(new.keys.call.as_deref(), Some("1463669263.30033"));
    assert_eq!(new.keys.phones, ["11999990000".into(), "0800000000".into()]);
    assert_eq!(entered.keys.agent.as_deref(), Some("user.name@email.com"));
    assert_eq!(entered.keys.phones, [], "an agent's number is an extension");
    assert_eq!(envelope.keys.call.as_deref(), Some("0bc692b0-128a-11e8-807b-e3acc2b0c13d"));
    assert_eq!(envelope.keys.phones, ["1199999999".into(), "0800111111".into()]);
}

#[test]
fn order_is_kept_by_the_call_else_by_the_agent_or_the_dialers_code() {
    assert_eq!(lane(NEW).as_deref(), Some("1463669263.30033"));
    assert_eq!(lane(ENTERED), lane(NEW));
    assert_eq!(lane(ENVELOPE).as_deref(), Some("0bc692b0-128a-11e8-807b-e3acc2b0c13d"));
    let paused = r#"{"type":"actor.paused","actor":"ana@example.com","number":"200","queue":"900"}"#;
    assert_eq!(lane(paused).as_deref(), Some("agent:ana@example.com"));
    let attempt = r#"{"type":"dialer.attempt","number":"5511999998888","code":"c7"}"#;
    assert_eq!(lane(attempt).as_deref(), Some("code:c7"));
    assert_eq!(accepted(attempt).keys.phones, ["5511999998888".into()]);
    assert_eq!(lane(r#"{"type":"dialer.expired","code":""}"#), None);
    let success = r#"{"type":"dialer.success","number":"5511999998888","code":"c7","call_id":"1.2"}"#;
    assert_eq!(lane(success).as_deref(), Some("1.2"), "from here on there is a call");
}

#[test]
fn a_refusal_names_the_field() {
    assert_eq!(refused(r#"{"call_id":"1.2"}"#), ("type", msg("body-missing")));
    assert_eq!(refused(r#"{"type":" ","call_id":"1.2"}"#), ("type", msg("body-empty")));
    assert_eq!(refused(r#"{"type":7,"call_id":"1.2"}"#), ("type", msg("body-not-a-string")));
    assert_eq!(refused(r#"{"type":"call.new"}"#), ("call_id", msg("body-missing")));
    assert_eq!(refused(r#"{"type":"call.new","call_id":""}"#), ("call_id", msg("body-empty")));
    assert_eq!(refused(r#"{"type":"call.new","call_id":null}"#), ("call_id", msg("body-not-a-string")));
    assert_eq!(refused(r#"{"type":"actor.paused","number":"200"}"#), ("actor", msg("body-missing")));
    assert_eq!(refused(r#"{"chamada":[]}"#), ("chamada", msg("body-not-an-object")));
    assert_eq!(refused(r#"{"chamada":{"call_id":"1.2"}}"#), ("type", msg("body-missing")));
    assert_eq!(refused(r#"{"chamada":null,"type":7}"#), ("type", msg("body-not-a-string")));
    assert_eq!(refused(r#"{"dados":{}}"#), ("chamada", msg("body-missing")));
    let asked = decode(&Bytes::from_static(b"{}"), true, false).expect_err("nothing is in it");
    assert_eq!((asked.field, asked.message), ("chamada", msg("body-missing")));
    let long = "1".repeat(129);
    let too_long = msg("teravoz-too-long").with("most", "128");
    assert_eq!(refused(&NEW.replace("1463669263.30033", &long)), ("call_id", too_long));
    accepted(&NEW.replace("1463669263.30033", &long[..128]));
    assert_eq!(refused("[]"), ("body", msg("body-not-an-object")));
    assert_eq!(refused("{").0, "body");
}

#[test]
fn what_nobody_documents_is_an_event_like_any_other() {
    assert_eq!(&*accepted(r#"{"type":"call.transferred"}"#).name, "call.transferred");
    assert_eq!(lane(r#"{"type":"call.transferred","call_id":"1.2"}"#).as_deref(), Some("1.2"));
    accepted(&NEW.replace("\"code\"", "\"novo\": {\"a\": [null]}, \"code\""));
}

#[test]
fn numbers_for_texts_are_taken_when_that_is_wanted() {
    let numbers = r#"{"type":"call.new","call_id":1463669263.30033,"their_number":11999990000}"#;
    assert_eq!(refused(numbers), ("call_id", msg("body-not-a-string")));
    let taken = &decode(&Bytes::from_static(numbers.as_bytes()), false, true).expect("it is lenient")[0];
    assert_eq!(taken.keys.call.as_deref(), Some("1463669263.30033"));
    assert_eq!(taken.keys.phones, ["11999990000".into()]);
}

#[test]
fn what_may_tell_two_events_apart_does() {
    let same = |one: &str, other: &str| accepted(one).dedupe == accepted(other).dedupe;
    let moved = |to: u8| {
        format!(
            r#"{{"type":"call.transferred","call_id":"1.2","timestamp":"2017-01-01T00:00:00Z","to_queue":"{to}"}}"#
        )
    };
    assert!(
        same(&moved(1), &moved(1)) && !same(&moved(1), &moved(2)),
        "nobody documents what tells these apart"
    );
    let with = |data: &str| {
        format!(
            r#"{{"chamada":{{"type":"call.standby","call_id":"1.2","timestamp":"2017-01-01T00:00:00Z"}},"dados":{data}}}"#
        )
    };
    let (nothing, said) = (with("{}"), with(r#"{"cpf":"12345678909"}"#));
    assert!(same(&said, &said) && !same(&nothing, &said), "what the caller typed in is not lost");
    let flat = r#"{"type":"call.standby","call_id":"1.2","timestamp":"2017-01-01T00:00:00Z"}"#;
    assert!(same(&nothing, flat), "in either dialect");
}

#[test]
fn a_time_that_is_a_number_is_none_and_said_to_be() {
    let event = accepted(r#"{"type":"call.new","call_id":"1.2","timestamp":1539855333}"#);
    assert_eq!((event.dedupe, event.warnings), (None, vec!["timestamp is no time".to_owned()]));
    for nothing in ["null", "\"\""] {
        let body = format!(r#"{{"type":"call.new","call_id":"1.2","timestamp":{nothing}}}"#);
        assert_eq!(accepted(&body).warnings, [""; 0], "{nothing}");
    }
}

#[test]
fn of_equal_keys_the_last_counts() {
    let twice = r#"{"type":"call.new","call_id":"1.1","call_id":"1.2"}"#;
    assert_eq!(lane(twice).as_deref(), Some("1.2"));
}

#[test]
fn a_section_that_says_something_is_an_event_of_its_own() {
    let body = r#"{"chamada":{"call_id":"1.2","type":"call.ongoing","timestamp":"2018-02-15T20:07:32Z"},
        "dados":{"call_id":"1.2","type":"call.cpf-provided","cpf":"12345678909","timestamp":"2018-02-15T20:07:33Z"},
        "atendente": {"type":"actor.entered", "actor":"ana@example.com","number":"200","call_id":""}, "dialer":{"code":"c7"}}"#;
    let events = events(body);
    let names: Vec<&str> = events.iter().map(|event| &*event.name).collect();
    assert_eq!(names, ["call.ongoing", "actor.entered", "call.cpf-provided"]);
    assert_eq!(events[0].payload, body, "the first carries the body");
    let whole = r#"{"call_id":"1.2","type":"call.cpf-provided","cpf":"12345678909","timestamp":"2018-02-15T20:07:33Z"}"#;
    assert_eq!(events[2].payload, whole, "a whole section is its bytes");
    let added = r#"{"type":"actor.entered", "actor":"ana@example.com","number":"200","call_id":"","call_id":"1.2","timestamp":"2018-02-15T20:07:32Z"}"#;
    assert_eq!(events[1].payload, added, "what it lacks its call says");
    assert!(events.iter().all(|event| event.lane.as_deref() == Some("1.2") && event.warnings.is_empty()));
    assert_eq!(events[1].keys.agent.as_deref(), Some("ana@example.com"));
}

#[test]
fn the_first_is_the_call_else_the_body_else_a_section() {
    let first = |body: &str| events(body)[0].name.to_string();
    let both = r#"{"type":"actor.left","actor":"a@b","call_id":"1.2","chamada":{"type":"call.new","call_id":"1.2"},"dados":{}}"#;
    assert_eq!(first(both), "call.new");
    let flat = r#"{"type":"call.new","call_id":"1.2","dialer":{"type":"dialer.success"},"dados":{}}"#;
    assert_eq!(first(flat), "call.new");
    assert_eq!(&*events(flat)[1].name, "dialer.success");
    assert_eq!(events(flat)[1].payload, r#"{"type":"dialer.success","call_id":"1.2"}"#);
    let agent = r#"{"chamada":{"call_id":"1.2"},"atendente":{"type":"actor.left","actor":"a@b"},"dados":{"type":"call.cpf-provided","cpf":""}}"#;
    assert_eq!((first(agent).as_str(), events(agent).len()), ("actor.left", 1));
    assert_eq!(events(agent)[0].payload, agent);
    let typed = r#"{"dados":{"type":"call.cpf-provided","call_id":"1.2","cpf":""}}"#;
    assert_eq!((first(typed).as_str(), events(typed).len()), ("call.cpf-provided", 1));
}

#[test]
fn what_is_odd_is_taken_with_a_warning() {
    let warned = |body: &str| events(body)[0].warnings.join("; ");
    let call = r#""chamada":{"type":"call.new","call_id":"1.2"}"#;
    assert_eq!(warned(&format!("{{{call}}}")), "dados is missing");
    assert_eq!(warned(&format!(r#"{{{call},"dados":{{}},"atendente":null,"dialer":{{}}}}"#)), "");
    assert_eq!(warned(&format!(r#"{{{call},"dados":{{}},"atendente":7}}"#)), "atendente is not an object");
    let untyped = format!(r#"{{{call},"dados":{{"cpf":"12345678909"}}}}"#);
    assert_eq!(warned(&untyped), "dados has no type, so it is no event of its own");
    let nobody = format!(r#"{{{call},"dados":{{}},"atendente":{{"type":"actor.paused"}}}}"#);
    assert_eq!(warned(&nobody), "actor.paused is no event of its own: actor");
    assert_eq!(warned(&NEW.replace("2017-01-01T00:00:00Z", "ontem")), "timestamp is no time");
    assert_eq!(warned(&NEW.replace("2017-01-01T00:00:00Z", "1539855333")), "");
}

#[test]
fn a_name_with_a_hyphen_stays_and_is_judged_alike() {
    assert_eq!(&*accepted(&NEW.replace("call.new", "call-standby")).name, "call-standby");
    assert_eq!(refused(r#"{"type":"call-standby"}"#), ("call_id", msg("body-missing")));
    let dialled = r#"{"type":"dialer-attempt","number":"5511999998888","code":"c7"}"#;
    assert_eq!(accepted(dialled).keys.phones, ["5511999998888".into()]);
}

#[test]
fn what_says_the_same_of_the_same_time_is_one_event() {
    let key = |body: &str| events(body)[0].dedupe;
    assert!(key(NEW).is_some());
    let flat = ENVELOPE.split("\"chamada\": ").nth(1).and_then(|rest| rest.split_inclusive('}').next());
    let respelled =
        NEW.replace("\n  ", "").replace("call.new", "call-new").replace("00:00:00Z", "00:00:00.000Z");
    let same = [(NEW, respelled.as_str()), (ENVELOPE, flat.expect("the call"))];
    for (one, other) in same {
        assert_eq!(key(one), key(other), "{other}");
    }
    let told =
        [("call.new", "call.standby"), ("30033", "30034"), ("00:00:00Z", "00:00:01Z"), ("123456", "123457")];
    for (here, there) in told {
        assert_ne!(key(NEW), key(&NEW.replace(here, there)), "{there}");
    }
    for (here, there) in [("user.name", "other"), ("\"200\"", "\"201\""), ("900", "901")] {
        assert_ne!(key(ENTERED), key(&ENTERED.replace(here, there)), "{there}");
    }
    assert_eq!(key(&NEW.replace("timestamp", "when")), None, "it may be the same happening again");
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_get_an_answer(bytes: Vec<u8>, asks_call: bool, lenient: bool) {
        let _ = decode(&bytes.into(), asks_call, lenient);
    }

    #[test]
    fn a_changed_byte_gets_an_answer(at: proptest::sample::Index, byte: u8, which in 0..3_usize) {
        let mut body = [NEW, ENTERED, ENVELOPE][which].as_bytes().to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = decode(&body.into(), false, true);
    }
}
