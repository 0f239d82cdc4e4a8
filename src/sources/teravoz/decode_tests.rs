use super::*;

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

fn accepted(body: &str) -> Decoded {
    decode(body.as_bytes(), false).unwrap_or_else(|refusal| panic!("{refusal:?}: {body}"))
}

/// The field that is told, and the text that it is told by.
fn refused(body: &str) -> (&'static str, Message) {
    let refusal = decode(body.as_bytes(), false).expect_err(body);
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
    let taken = decode(numbers.as_bytes(), true).expect("it is lenient");
    assert_eq!(taken.keys.call.as_deref(), Some("1463669263.30033"));
    assert_eq!(taken.keys.phones, ["11999990000".into()]);
}

#[test]
fn of_equal_keys_the_last_counts() {
    let twice = r#"{"type":"call.new","call_id":"1.1","call_id":"1.2"}"#;
    assert_eq!(lane(twice).as_deref(), Some("1.2"));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_get_an_answer(bytes: Vec<u8>, lenient: bool) {
        let _ = decode(&bytes, lenient);
    }

    #[test]
    fn a_changed_byte_gets_an_answer(at: proptest::sample::Index, byte: u8, which in 0..3_usize) {
        let mut body = [NEW, ENTERED, ENVELOPE][which].as_bytes().to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = decode(&body, true);
    }
}
