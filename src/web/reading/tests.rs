//! What is read, what is refused, and where the refusal says it is.

use crate::domain::ValueFault;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::admin::Expected;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    n: u8,
    colour: Option<Colour>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    list: Vec<Inner>,
    name: Option<String>,
    on: Option<bool>,
    map: Option<BTreeMap<String, String>>,
    raw: Option<Box<RawValue>>,
}

fn fault(text: &str) -> (String, String, Fault) {
    let FieldFault { field, pointer, fault } = json::<Outer>(text.as_bytes()).expect_err(text);
    (field, pointer, fault)
}

#[test]
fn what_fits_is_read() {
    let text = r#"{"list":[{"n":1,"colour":"green"},{"n":255,"colour":null}],"name":"\u00e9",
        "on":true,"map":{"a":"b"},"raw":{"x": 1.0}}"#;
    let read: Outer = json(text.as_bytes()).expect("it fits");
    assert_eq!(read.list[0], Inner { n: 1, colour: Some(Colour::Green) });
    assert_eq!(read.list[1], Inner { n: 255, colour: None });
    assert_eq!((read.name.as_deref(), read.on), (Some("é"), Some(true)));
    assert_eq!(read.map.expect("there")["a"], "b");
    assert_eq!(read.raw.expect("there").get(), r#"{"x": 1.0}"#, "a raw value keeps its bytes");
    let whole: Outer = json(br#"{"list":[{"n":1.0},{"n":2.5e1},{"n":-0.0}]}"#).expect("they are whole");
    assert_eq!(whole.list.iter().map(|inner| inner.n).collect::<Vec<_>>(), [1, 25, 0]);
    assert_eq!(json::<Outer>(br#"{"list":[]}"#).expect("it fits").list, []);
}

#[test]
fn what_does_not_fit_is_named_with_what_was_expected() {
    let malformed = |expected| Fault::Malformed { expected };
    let byte = malformed(Expected::Whole { min: 0, max: 255 });
    let cases = [
        (r#"{"list":[{"n":1},{"n":"x"}]}"#, "list[1].n", "/list/1/n", byte.clone()),
        (r#"{"list":[{"n":256}]}"#, "list[0].n", "/list/0/n", byte.clone()),
        (r#"{"list":[{"n":1.5}]}"#, "list[0].n", "/list/0/n", byte.clone()),
        (r#"{"list":[{"n":1e3}]}"#, "list[0].n", "/list/0/n", byte.clone()),
        (r#"{"list":[{"n":"1"}]}"#, "list[0].n", "/list/0/n", byte.clone()),
        (r#"{"list":[{"n":null}]}"#, "list[0].n", "/list/0/n", byte),
        (r#"{"list":[7]}"#, "list[0]", "/list/0", malformed(Expected::Object)),
        (r#"{"list":{}}"#, "list", "/list", malformed(Expected::List)),
        (r#"{"list":[],"name":7}"#, "name", "/name", malformed(Expected::Text)),
        (r#"{"list":[],"name":"\ud800"}"#, "name", "/name", malformed(Expected::Text)),
        (r#"{"list":[],"on":"true"}"#, "on", "/on", malformed(Expected::Truth)),
        (r#"{"list":[],"map":{"a/b":1}}"#, "map.a/b", "/map/a~1b", malformed(Expected::Text)),
        (r#"{"list":[],"map":{"a":"","a":""}}"#, "map.a", "/map/a", Fault::Value(ValueFault::Twice)),
        (r#"{"list":[],"list":[]}"#, "list", "/list", Fault::Value(ValueFault::Twice)),
        (r#"{"list":[],"lost":1}"#, "lost", "/lost", Fault::Unknown),
        (r#"{"list":[{}]}"#, "list[0].n", "/list/0/n", Fault::Value(ValueFault::Missing)),
        ("{}", "list", "/list", Fault::Value(ValueFault::Missing)),
        ("7", "body", "", malformed(Expected::Object)),
        (
            r#"{"list":[{"n":1,"colour":"blue"}]}"#,
            "list[0].colour",
            "/list/0/colour",
            Fault::Value(ValueFault::NotOne { allowed: "red, green".to_owned() }),
        ),
    ];
    for (text, field, pointer, expected) in cases {
        assert_eq!(fault(text), (field.to_owned(), pointer.to_owned(), expected), "{text}");
    }
}

#[test]
fn what_is_no_json_says_where() {
    for (text, line, column) in [("[", 1, 1), ("{\"list\":[]} x", 1, 13), ("{\n  \"list\": }", 2, 11)] {
        let expected = ("body".to_owned(), String::new(), Fault::NotJson { line, column });
        assert_eq!(fault(text), expected, "{text}");
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    limit: Option<u32>,
    text: Option<String>,
}

#[test]
fn a_query_is_an_object_of_texts() {
    let read: Asked = query("limit=7&text=a%20b+c").expect("it fits");
    assert_eq!(read, Asked { limit: Some(7), text: Some("a b c".to_owned()) });
    assert_eq!(query::<Asked>("").expect("it fits"), Asked { limit: None, text: None });
    let field = |text: &str| {
        let fault = query::<Asked>(text).expect_err(text);
        (fault.pointer, fault.fault.code())
    };
    assert_eq!(field("limit=x"), ("/limit".to_owned(), "malformed"));
    assert_eq!(field("limit=1&limit=2"), ("/limit".to_owned(), "twice"));
    assert_eq!(field("lost=1"), ("/lost".to_owned(), "unknown_field"));
}

#[test]
fn however_many_parts_a_text_has_it_is_read_in_passes_or_refused_in_one() {
    #[derive(Debug, Deserialize)]
    struct Whole {
        map: BTreeMap<String, u32>,
    }
    let of = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!("\"k{n}\":{n}")).collect();
        format!("{{\"map\":{{{}}}}}", members.join(","))
    };
    assert_eq!(json::<Whole>(of(90_000).as_bytes()).expect("it fits").map.len(), 90_000);
    let refused = |text: &str| json::<Whole>(text.as_bytes()).expect_err("too much").fault;
    assert_eq!(refused(&of(150_000)), Fault::TooManyParts { max: 100_000 });
    assert_eq!(refused(&format!("[{}]", "[],".repeat(60_000))), Fault::TooManyParts { max: 100_000 });
    assert_eq!(refused(&"[".repeat(1_000_000)), Fault::TooDeep { max: 128 });
    assert_eq!(refused(&"{\"a\":".repeat(200)), Fault::TooDeep { max: 128 });
    let quoted = format!("{{\"map\":{{\"{}\\\"[\":1}}}}", ",{".repeat(30_000));
    assert_eq!(json::<Whole>(quoted.as_bytes()).expect("brackets in a text are none").map.len(), 1);
}
