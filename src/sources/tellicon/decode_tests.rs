use super::*;

const NOW: Timestamp = Timestamp(1_705_339_000_000_000);

/// The three samples printed in the provider's manual, verbatim.
const PUSH: &str = r#"{
  "eventTellicon": {
    "type": "pushCall",
    "src": "9001",
    "client": 505,
    "building": 121,
    "apt": 1001,
    "eventDateTime": 1705338959
  }
}"#;
const ANSWER: &str = r#"{
  "eventTellicon": {
    "type": "answerCall",
    "src": "9001",
    "dst": "018988776655",
    "client": 505,
    "building": 121,
    "apt": 1001,
    "eventDateTime": 1705338959,
    "answerDateTime": 1705338959,
    "hangupDateTime": 1705338969,
    "callDurationTime": 10
  }
}"#;
const DTMF: &str = r#"{
  "eventTellicon": {
    "type": "dtmfCommand",
    "src": "018988776655",
    "dst": "9001",
    "client": 505,
    "building": 121,
    "apt": 1001,
    "dtmfCommand": "*2",
    "eventDateTime": 1705338965
  }
}"#;

fn accepted(body: &str) -> Decoded {
    decode(body.as_bytes(), false, NOW).unwrap_or_else(|refusal| panic!("{refusal}: {body}"))
}

fn refused(body: &str) -> (&'static str, Fault) {
    let refusal = decode(body.as_bytes(), false, NOW).expect_err(body);
    (refusal.field, refusal.fault)
}

#[test]
fn the_printed_samples_are_accepted() {
    let (push, answer, dtmf) = (accepted(PUSH), accepted(ANSWER), accepted(DTMF));
    assert_eq!([push.name, answer.name, dtmf.name], ["pushCall", "answerCall", "dtmfCommand"]);
    for decoded in [&push, &answer, &dtmf] {
        assert_eq!(&*decoded.lane, "505/121/1001/9001");
        assert_eq!(decoded.dialect, Dialect::V1);
        assert_eq!(decoded.warnings, [""; 0]);
    }
    assert_eq!(push.keys.call.as_deref(), Some("505/121/1001/9001@1705338959"));
    assert_eq!(answer.keys.call, push.keys.call);
    assert_eq!(dtmf.keys.call, None);
    assert_eq!(push.keys.phones, []);
    assert_eq!(answer.keys.phones, ["018988776655".into()]);
    assert_eq!(dtmf.keys.phones, ["018988776655".into()]);
}

#[test]
fn later_and_earlier_dialects_are_the_same_event() {
    let v0 = PUSH.replace("eventDateTime", "dateTime").replace("121", "0");
    assert_eq!((accepted(&v0).dialect, &*accepted(&v0).lane), (Dialect::V0, "505/0/1001/9001"));
    let v2 =
        ANSWER.replace(r#""client""#, r#""company": 77, "client""#).replace("018988776655", "12233334444440");
    assert_eq!(accepted(&v2).dialect, Dialect::V2);
    assert_eq!(accepted(&v2).keys.phones, ["12233334444440".into()]);
    let common = r#""parceiro":1,"contrato":77,"licenca":505,"bloco":121,"unidade":1001,"ramal":"9001""#;
    let push = format!(r#"{{"eventTellicon":{{"tipo":"pushCall",{common},"dataHoraEvento":1705338959}}}}"#);
    let answer = format!(
        r#"{{"eventTellicon":{{"tipo":"answerCall",{common},"telefone":"018988776655","dataHoraEvento":1705338959,
        "dataHoraAtendido":1705338965,"dataHoraEncerrado":17053389625,"tempoEspera":6,"tempoConversa":10}}}}"#
    );
    let dtmf = format!(
        r#"{{"eventTellicon":{{"type":"dtmfCommand",{common},"telefone":"018988776655","dataHoraEvento":1705338965,"dtmfComando":"*2"}}}}"#
    );
    let (push, answer, dtmf) = (accepted(&push), accepted(&answer), accepted(&dtmf));
    for decoded in [&push, &answer, &dtmf] {
        assert_eq!((decoded.dialect, &*decoded.lane), (Dialect::V3, "505/121/1001/9001"));
    }
    assert_eq!(push.keys, accepted(PUSH).keys);
    assert_eq!(answer.keys, accepted(ANSWER).keys);
    assert_eq!(dtmf.keys, accepted(DTMF).keys);
    assert_eq!(answer.warnings.len(), 2, "{:?}", answer.warnings);
}

#[test]
fn refusals_name_the_field() {
    assert_eq!(refused("").0, "body");
    assert_eq!(refused("{\"eventTellicon\":{},}").0, "body");
    assert_eq!(refused("[]"), ("body", Fault::NotAnObject));
    assert_eq!(refused("{}"), ("eventTellicon", Fault::Missing));
    assert_eq!(refused(r#"{"eventTellicon":[]}"#), ("eventTellicon", Fault::NotAnObject));
    assert_eq!(refused(r#"{"eventTellicon":{}}"#), ("type", Fault::Missing));
    assert_eq!(refused(&PUSH.replace("pushCall", "pushcall")), ("type", Fault::UnknownType));
    assert_eq!(refused(&PUSH.replace("\"pushCall\"", "1")), ("type", Fault::NotAString));
    assert_eq!(refused(&PUSH.replace("1001", "\"1001\"")), ("apt", Fault::NotAnInteger));
    assert_eq!(refused(&PUSH.replace("1001", "10.5")), ("apt", Fault::NotAnInteger));
    assert_eq!(refused(&PUSH.replace("1001", "1e3")), ("apt", Fault::NotAnInteger));
    assert_eq!(refused(&PUSH.replace("1001", "null")), ("apt", Fault::NotAnInteger));
    assert_eq!(refused(&PUSH.replace("1001", "99999999999999999999")), ("apt", Fault::NotAnInteger));
    assert_eq!(refused(&PUSH.replace("1001", "-1")), ("apt", Fault::Negative));
    assert_eq!(refused(&PUSH.replace("\"9001\"", "9001")), ("src", Fault::NotAString));
    assert_eq!(refused(&PUSH.replace("\"9001\"", "\" \"")), ("src", Fault::Empty));
    assert_eq!(refused(&DTMF.replace("\"*2\"", "2")), ("dtmfCommand", Fault::NotAString));
    assert_eq!(refused(&DTMF.replace("9001", "")), ("dst", Fault::Empty));
    let v2 = PUSH.replace(r#""client""#, r#""company":"x","client""#);
    assert_eq!(refused(&v2), ("company", Fault::NotAnInteger));
}

#[test]
fn a_text_where_an_integer_is_documented_is_refused_by_name() {
    let common = ["client", "building", "apt", "eventDateTime"];
    let of_answers = ["answerDateTime", "hangupDateTime", "callDurationTime"];
    for (body, own) in [(PUSH, &[][..]), (ANSWER, &of_answers), (DTMF, &[])] {
        for field in common.iter().chain(own) {
            let mut said: serde_json::Value = serde_json::from_str(body).expect("JSON");
            let number = &mut said["eventTellicon"][field];
            *number = number.to_string().into();
            assert_eq!(refused(&said.to_string()), (*field, Fault::NotAnInteger), "{said}");
        }
    }
}

#[test]
fn every_documented_field_is_required() {
    for (body, fields) in [
        (PUSH, &["type", "src", "client", "building", "apt", "eventDateTime"][..]),
        (
            ANSWER,
            &[
                "type",
                "src",
                "dst",
                "client",
                "building",
                "apt",
                "eventDateTime",
                "answerDateTime",
                "hangupDateTime",
                "callDurationTime",
            ][..],
        ),
        (DTMF, &["type", "src", "dst", "client", "building", "apt", "dtmfCommand", "eventDateTime"][..]),
    ] {
        for field in fields {
            let without = body.replace(&format!("\"{field}\":"), "\"other\":");
            assert_eq!(refused(&without), (*field, Fault::Missing));
        }
    }
}

#[test]
fn lenient_takes_numbers_in_quotes_and_digits_without() {
    let odd = PUSH.replace("1001", "\"1001\"").replace("\"9001\"", "9001");
    assert_eq!(decode(odd.as_bytes(), true, NOW).map(|decoded| decoded.lane), Ok("505/121/1001/9001".into()));
    let wrong = PUSH.replace("1001", "\"101-A\"");
    assert_eq!(decode(wrong.as_bytes(), true, NOW).expect_err("a word").field, "apt");
}

#[test]
fn odd_times_and_commands_are_warnings() {
    let warnings = |body: String| accepted(&body).warnings;
    let first = |body: String| warnings(body).remove(0);
    assert_eq!(
        first(ANSWER.replace("\"hangupDateTime\": 1705338969", "\"hangupDateTime\": 1705338900")),
        "hangupDateTime is before answerDateTime"
    );
    assert_eq!(
        first(ANSWER.replace("\"answerDateTime\": 1705338959", "\"answerDateTime\": 1705338950")),
        "answerDateTime is before eventDateTime"
    );
    assert_eq!(first(ANSWER.replace(": 10\n", ": 15\n")), "callDurationTime is 15, the times say 10");
    assert_eq!(warnings(ANSWER.replace(": 10\n", ": 11\n")), [""; 0]);
    assert_eq!(first(PUSH.replace("1705338959", "1705338959000")), "eventDateTime is not in seconds");
    assert_eq!(first(PUSH.replace("1705338959", "1705238959")), "eventDateTime is more than a day from now");
    assert_eq!(warnings(DTMF.replace("*2", "*x")).len(), 1);
}

#[test]
fn equal_content_is_one_event_whatever_its_spelling() {
    let spelt = r#"{"eventTellicon":{"apt":1001,"building":121,"client":505,"eventDateTime":1705338959,"src":"\u0039001","type":"pushCall","apt":1001}}"#;
    assert_eq!(accepted(spelt).dedupe, accepted(PUSH).dedupe);
    for other in [PUSH.replace("1001", "1002"), PUSH.replace("\"apt\"", "\"x\": [ 1 ], \"apt\"")] {
        assert_ne!(accepted(&other).dedupe, accepted(PUSH).dedupe);
    }
    let nested = |text: &str| accepted(&PUSH.replace("\"apt\"", text)).dedupe;
    assert_eq!(nested(r#""x":[1,"a b\" "],"apt""#), nested(r#""x" : [ 1 , "a b\" " ], "apt""#));
    assert_ne!(nested(r#""x":["a b"],"apt""#), nested(r#""x":["ab"],"apt""#));
}

#[test]
fn unknown_keys_beside_and_inside_are_kept_out_of_the_judgement() {
    accepted(&PUSH.replace("\"eventTellicon\"", "\"other\": 1, \"eventTellicon\""));
    accepted(&PUSH.replace("\"apt\"", "\"novo\": {\"a\": null}, \"apt\""));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_get_an_answer(bytes: Vec<u8>, lenient: bool) {
        let _ = decode(&bytes, lenient, NOW);
    }

    #[test]
    fn a_changed_byte_gets_an_answer(at: proptest::sample::Index, byte: u8, which in 0..3_usize) {
        let mut body = [PUSH, ANSWER, DTMF][which].as_bytes().to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = decode(&body, true, NOW);
    }
}
