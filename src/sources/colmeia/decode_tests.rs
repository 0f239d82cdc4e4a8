use super::*;

/// As the guide prints them (sections 3.3, 4.1 and 4.2).
const BOT_REQUEST: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/colmeia/bot_req_call.json"));
const CONNECT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/colmeia/connect.json"));
const CURL_BOT_REQUEST: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/colmeia/curl_bot_req_call.json"));
const CURL_CONNECT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/colmeia/curl_connect.json"));

fn decoded(body: &str) -> Decoded {
    decode(&Bytes::copy_from_slice(body.as_bytes()), false)
        .unwrap_or_else(|refusal| panic!("{body}: {refusal:?}"))
}

fn refused(body: &str) -> Refusal {
    decode(&Bytes::copy_from_slice(body.as_bytes()), false).expect_err(body)
}

fn body(decoded: &Decoded) -> Body<'_> {
    Body(Members::of(&decoded.payload, false).expect("an object"))
}

#[test]
fn what_the_guide_prints_is_taken() {
    let request = decoded(BOT_REQUEST);
    assert_eq!(
        (&*request.name, request.keys.call.as_deref(), request.keys.chat.as_deref()),
        ("bot_req_call", Some("xyz"), Some("xyz"))
    );
    assert_eq!(request.lane.as_deref(), Some("xyz"));
    assert_eq!(request.keys.phones, [Key::from("5582999999999")], "both ends may be the same");
    assert_eq!(
        request.original.as_deref(),
        Some(BOT_REQUEST.as_bytes()),
        "it is no JSON, and kept as it came"
    );
    assert_eq!(request.warnings.len(), 1);
    validate(&request.payload).expect("it is JSON now");
    let said = body(&request);
    assert_eq!(said.context().halt_id.as_deref(), Some("xyz"));
    assert_eq!(said.context().values.into_iter().collect::<Vec<_>>(), [("xyz".to_owned(), "foo".to_owned())]);
    let ids: Vec<_> = said.context().messages.into_iter().map(|message| message.id).collect();
    assert_eq!(ids, [Some("1231210913".to_owned())]);

    for (text, from_to) in
        [(CONNECT, &["5582999999999"][..]), (CURL_CONNECT, &["5511999999999", "5511888888888"])]
    {
        let connect = decoded(text);
        assert_eq!(
            (&*connect.name, &connect.payload[..], connect.original.is_none()),
            ("connect", text.as_bytes(), true)
        );
        assert_eq!(connect.warnings, Vec::<String>::new());
        assert_eq!(connect.keys.phones.iter().map(|phone| &**phone).collect::<Vec<_>>(), from_to);
        let said = body(&connect);
        let session = said.session().expect("an offer");
        assert_eq!((&*session.kind, &*session.sdp), ("offer", "v=0\r\no=- 123 2 IN IP4 127.0.0.1\r\n..."));
    }
    let request = decoded(CURL_BOT_REQUEST);
    assert_eq!((request.warnings.len(), body(&request).context().messages.len()), (0, 0));
}

#[test]
fn what_is_needed_is_named() {
    let without = |field: &str| {
        let mut body: serde_json::Value = serde_json::from_str(CURL_CONNECT).expect("JSON");
        body.as_object_mut().expect("an object").remove(field);
        body.to_string()
    };
    for field in ["event", "idCall", "idConversation", "from", "to"] {
        assert_eq!(refused(&without(field)), Refusal { field, message: msg("body-missing") });
    }
    decoded(&without("idBot"));
    assert_eq!(refused(r#"{"event":"connect","idCall":7}"#).field, "idCall");
    assert_eq!(
        refused(r#"{"event":"connect","idCall":" "}"#),
        Refusal { field: "idCall", message: msg("body-empty") }
    );
    let long =
        CURL_CONNECT.replacen("\"idCall\": \"xyz\"", &format!("\"idCall\": \"{}\"", "x".repeat(129)), 1);
    assert_eq!(refused(&long).field, "idCall");
    for no_object in ["[]", "\"x\"", "7", "null"] {
        assert_eq!(refused(no_object), Refusal { field: "body", message: msg("body-not-an-object") });
    }
    for no_json in ["", "{", "{\"event\": \"connect\",,}", "{'event': 'connect'}", "\u{0}"] {
        assert_eq!(refused(no_json).field, "body", "{no_json}");
    }
    let invalid = Bytes::from_static(b"{\"event\": \"connect\", \"idCall\": \"\xff\"}");
    assert_eq!(decode(&invalid, false).expect_err("no UTF-8").field, "body");
}

#[test]
fn who_withholds_the_number_calls_all_the_same() {
    let hidden = decoded(&CURL_CONNECT.replacen("\"from\": \"5511999999999\"", "\"from\": \"\"", 1));
    assert_eq!((hidden.warnings, hidden.keys.phones.len()), (vec!["from says nothing".to_owned()], 1));
    let user = decoded(&CURL_CONNECT.replacen("5511999999999", "user:ana-42", 1));
    assert_eq!(user.keys.phones.len(), 1, "a user is no phone");
}

#[test]
fn what_nobody_documents_is_kept() {
    let later = decoded(r#"{"event":"transfer","idCall":"c1"}"#);
    assert_eq!((&*later.name, later.keys.call.as_deref()), ("transfer", Some("c1")));
    assert_eq!(decoded(r#"{"event":"maintenance"}"#).lane, None);
}

#[test]
fn an_event_is_the_same_by_its_id_or_by_what_it_says() {
    let same = |one: &str, other: &str| decoded(one).dedupe == decoded(other).dedupe;
    let spaced = CURL_CONNECT.replace(": ", " :\t");
    assert!(same(CURL_CONNECT, &spaced), "spacing says nothing");
    assert!(!same(CURL_CONNECT, &CURL_CONNECT.replace("127.0.0.1", "127.0.0.2")));
    assert!(!same(CURL_CONNECT, CURL_BOT_REQUEST));
    let with = |id: &str, to: &str| {
        format!(
            r#"{{"event":"hangup","idCall":"c","idConversation":"d","from":"1","to":"{to}","idCallEvent":"{id}"}}"#
        )
    };
    assert!(same(&with("e1", "2"), &with("e1", "3")), "it has an id");
    assert!(!same(&with("e1", "2"), &with("e2", "2")));
    let other_call = with("e1", "2").replace("\"c\"", "\"c2\"");
    assert!(!same(&with("e1", "2"), &other_call), "an id is one of a call");
}

#[test]
fn the_spellings_of_all_documents_are_read() {
    let text = r#"{"event":"connect","idCall":"c","idConversation":"d","from":"1","to":"2","idHalt":"old","idHaltCallback":"new",
        "session":{"sdp_type":"offer","sdp":"v=0"},
        "botSession":{"vars":{"a":"1","b":"2"},"rtf":{"b":3,"c":{"d":[]}},"conversation":[{"interactionID":"i","content":"oi","type":"text","readableDate":"hoje","clockTick":4},7]}}"#;
    let connect = decoded(text);
    let said = body(&connect);
    assert_eq!(said.context().halt_id.as_deref(), Some("new"));
    let session = said.session().expect("an offer");
    assert_eq!((&*session.kind, &*session.sdp), ("offer", "v=0"));
    let values: Vec<_> = said.context().values.into_iter().collect();
    let wanted =
        [("a", "1"), ("b", "3"), ("c", r#"{"d":[]}"#)].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(values, wanted, "rtf overrules vars; what is no text is shown as it is written");
    let messages = said.context().messages;
    assert_eq!(messages.len(), 1, "what is no object is passed over");
    assert_eq!((messages[0].id.as_deref(), messages[0].content.as_deref()), (Some("i"), Some("oi")));
    let silent = decoded(
        r#"{"event":"connect","idCall":"c","idConversation":"d","from":"1","to":"2","rtcSession":{"type":"offer","sdp":""}}"#,
    );
    assert_eq!(silent.warnings.len(), 1, "it cannot be answered");
}
