use serde_json::value::RawValue;

use super::*;

const EXAMPLES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/3cplus_events.json"));

#[derive(serde::Deserialize)]
struct Example {
    name: String,
    example_payload: Box<RawValue>,
}

fn examples() -> Vec<Example> {
    serde_json::from_str(EXAMPLES).expect("the examples are JSON")
}

fn of_example(name: &str) -> Extracted {
    let example = examples().into_iter().find(|example| example.name == name).expect(name);
    extract(name, example.example_payload.get().as_bytes())
}

/// Name, lane, company, agent: section 3 of the provider's facts, for every known event.
#[test]
fn every_example_has_the_lane_of_its_family() {
    const DIALED: &str = "k7QmZp3RtW";
    const MANUAL: &str = "Hx2BvN81Lq";
    let mut seen = 0;
    for Example { name, example_payload } in examples() {
        let extracted = extract(&name, example_payload.get().as_bytes());
        let lane = extracted.lane.as_deref();
        match Family::of(&name) {
            Family::Call | Family::Consult => assert_eq!(lane, Some(DIALED), "{name}"),
            Family::ManualCall if name == "manual-call-was-qualified" => {
                assert_eq!(lane, Some("agent:150321"), "{name}");
            }
            Family::ManualCall => assert_eq!(lane, Some(MANUAL), "{name}"),
            Family::Receptive => assert_eq!(lane, Some("Rc9WqT55Ab"), "{name}"),
            Family::Agent if name == "agent-in-acw" => assert_eq!(lane, Some(DIALED), "{name}"),
            Family::Agent | Family::Spy => assert_eq!(lane, Some("agent:150321"), "{name}"),
            Family::Chat => assert_eq!(lane, Some("chat:3900123"), "{name}"),
            Family::List => assert_eq!(lane, Some("list:3811022"), "{name}"),
            Family::Other => assert_eq!(lane, None, "{name}"),
        }
        let expected_company = if name == "agent-is-idle" { None } else { Some(9001) };
        assert_eq!(extracted.company_id, expected_company, "{name}");
        let has_phone = matches!(
            Family::of(&name),
            Family::Call | Family::Consult | Family::Receptive | Family::Chat | Family::ManualCall
        ) && name != "manual-call-was-qualified"
            || name == "agent-in-acw";
        let phones: Vec<&str> = extracted.keys.phones.iter().map(|phone| &**phone).collect();
        assert_eq!(phones, if has_phone { vec!["5511900001234"] } else { vec![] }, "{name}");
        assert_ne!(extracted.keys.call.as_deref(), Some("Ag0RamalXy"), "{name}: the agent's SIP user");
        seen += 1;
    }
    assert_eq!(seen, 66);
}

#[test]
fn history_joins_its_call_and_names_its_agent() {
    let history = of_example("call-history-was-created");
    assert_eq!(history.keys.call, of_example("call-was-created").keys.call);
    assert_eq!(history.keys.agent.as_deref(), Some("150321"));
    let none = extract("call-history-was-created", br#"{"callHistory":{"agent":{"id":0,"name":null}}}"#);
    assert_eq!(none, Extracted::default());
}

#[test]
fn the_call_is_found_in_its_long_id_too() {
    let short = extract("call-was-created", br#"{"call":{"id":"call:9001:210345:k7QmZp3RtW"}}"#);
    assert_eq!(short.lane.as_deref(), Some("k7QmZp3RtW"));
    assert_eq!(short.company_id, Some(9001));
    assert_eq!(extract("call-x", br#"{"call":{"id":77}}"#).lane.as_deref(), Some("77"));
}

#[test]
fn numbers_and_strings_are_the_same_chat() {
    let as_number = extract("message-ack-whatsapp", br#"{"message":{"chat_id":3900123}}"#);
    let as_string = extract("new-message-whatsapp", br#"{"message":{"chat_id":"3900123","agent":[]}}"#);
    assert_eq!(as_number, as_string);
    assert_eq!(as_number.lane.as_deref(), Some("chat:3900123"));
}

#[test]
fn an_agent_in_a_call_waits_in_the_calls_lane() {
    let payload = |call: &str| format!(r#"{{"agent":{{"id":7,"agent_status":{{"call":{call}}}}}}}"#);
    let lane = |call: &str| extract("agent-entered-manual", payload(call).as_bytes()).lane;
    assert_eq!(lane("\"k7\"").as_deref(), Some("k7"));
    assert_eq!(lane("\"call:1:2:k7\"").as_deref(), Some("k7"));
    assert_eq!(lane("\"\"").as_deref(), Some("agent:7"));
    assert_eq!(lane("null").as_deref(), Some("agent:7"));
}

/// The example printed in the guide that users of the program know.
#[test]
fn the_guides_own_example_has_an_agent() {
    let payload = br#"{"agent_id": "123", "timestamp": "2024-01-01T00:00:00.000Z"}"#;
    assert_eq!(extract("agent-is-idle", payload).lane.as_deref(), Some("agent:123"));
}

#[test]
fn unknown_events_have_no_lane_but_keep_what_search_can_use() {
    let extracted = extract("sms-sent", br#"{"call":{"telephony_id":"k7","phone":"+55 (11) 90000-1234"}}"#);
    assert_eq!(extracted.lane, None);
    assert_eq!(extracted.keys.call.as_deref(), Some("k7"));
    assert_eq!(extracted.keys.phones, ["5511900001234".into()]);
    assert_eq!(extract("connected", b"null"), Extracted::default());
}

#[test]
fn of_several_arguments_the_first_is_read() {
    let extracted = extract("call-was-created", br#"[{"call":{"telephony_id":"k7"}},{"call":{}}]"#);
    assert_eq!(extracted.lane.as_deref(), Some("k7"));
    assert_eq!(extract("call-was-created", b"[]"), Extracted::default());
}

#[test]
fn a_repeated_object_counts_the_last_time() {
    let payload = br#"{"call":{"telephony_id":"a","phone":"5511"},"\u0063all":{"telephony_id":"b"}}"#;
    let extracted = extract("call-was-created", payload);
    assert_eq!((extracted.lane.as_deref(), extracted.keys.phones.len()), (Some("b"), 0));
}

#[test]
fn keys_and_lanes_are_clean() {
    let long = format!(r#"{{"call":{{"telephony_id":"a\u0000{}"}}}}"#, "x".repeat(400));
    let lane = extract("call-was-created", long.as_bytes()).lane.expect("a lane");
    assert_eq!(lane.len(), 256);
    assert!(!lane.contains('\0'));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(name: String, payload: Vec<u8>) {
        extract(&name, &payload);
    }

    #[test]
    fn cut_payloads_never_panic(which in 0_usize..66, cut: proptest::sample::Index) {
        let Example { name, example_payload } = examples().swap_remove(which);
        let payload = example_payload.get().as_bytes();
        extract(&name, &payload[..cut.index(payload.len())]);
    }
}
