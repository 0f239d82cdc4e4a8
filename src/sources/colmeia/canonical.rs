//! A body's content, whatever its spacing and the order of its keys: what says the same is the same event.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::json::{decode, items, members};

/// What is nested deeper is compared as it stands.
const DEEPEST: u8 = 32;

/// Bytes that two well-formed texts share when they say the same. No two contents share them: each part is preceded by its kind and length.
pub fn canonical(json: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(json.len());
    write(json.trim_ascii(), 0, &mut whole);
    whole
}

fn write(json: &[u8], depth: u8, whole: &mut Vec<u8>) {
    match json.first() {
        Some(b'{') if depth < DEEPEST => {
            // Of equal keys the last counts.
            let by_key: BTreeMap<Cow<'_, [u8]>, &[u8]> = members(json).collect();
            head(b'{', by_key.len(), whole);
            for (key, value) in by_key {
                part(b'k', &key, whole);
                write(value.trim_ascii(), depth + 1, whole);
            }
        }
        Some(b'[') if depth < DEEPEST => {
            let all: Vec<&[u8]> = items(json).collect();
            head(b'[', all.len(), whole);
            for item in all {
                write(item.trim_ascii(), depth + 1, whole);
            }
        }
        // The same text may be written with or without escapes.
        Some(b'"') => part(b'"', decode(json).as_bytes(), whole),
        _ => part(b'=', json, whole),
    }
}

fn part(kind: u8, bytes: &[u8], whole: &mut Vec<u8>) {
    head(kind, bytes.len(), whole);
    whole.extend_from_slice(bytes);
}

fn head(kind: u8, length: usize, whole: &mut Vec<u8>) {
    whole.push(kind);
    whole.extend_from_slice(&u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_order_and_escapes_say_nothing() {
        let same = [
            r#"{"a":"x/y","b":[1,{"c":null,"d":true}]}"#,
            "{ \"b\" : [ 1 , { \"d\" : true , \"c\" : null } ] ,\n \"a\" : \"x\\/\\u0079\" }",
            r#"{"a":0,"b":[1,{"c":null,"d":true}],"a":"x/y"}"#,
        ];
        let wanted = canonical(same[0].as_bytes());
        for text in same {
            assert_eq!(canonical(text.as_bytes()), wanted, "{text}");
        }
    }

    #[test]
    fn what_says_something_else_is_something_else() {
        let all = [
            r#"{"a":"1"}"#,
            r#"{"a":1}"#,
            r#"{"a":[1]}"#,
            r#"{"a":[[1]]}"#,
            r#"{"a":[1,1]}"#,
            r#"{"b":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":{"b":1}}"#,
            r#"{"a":{"b":1},"c":2}"#,
            r#"{"a":{"b":1,"c":2}}"#,
            "{}",
            "[]",
            r#""""#,
            r#"{"a":""}"#,
        ];
        let different: std::collections::HashSet<_> =
            all.iter().map(|text| canonical(text.as_bytes())).collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn a_deep_text_costs_no_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(canonical(deep.as_bytes()).len() >= 199_000);
    }
}
