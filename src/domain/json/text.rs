//! What a raw value says as text, and comparisons that look through the provider's habit of turning numbers into strings.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::cursor::{items, members};
use super::number::Number;

/// The text of a raw string (with its quotes). Lone surrogates and invalid UTF-8 become U+FFFD: the result is for
/// comparing, searching and showing, never for sending.
pub fn decode(raw: &[u8]) -> Cow<'_, str> {
    let inner = raw.strip_prefix(b"\"").unwrap_or(raw);
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    if !inner.contains(&b'\\') {
        return String::from_utf8_lossy(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        text.push_str(&String::from_utf8_lossy(&rest[..at]));
        let (character, length) = escape(&rest[at..]);
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(text)
}

/// The character an escape stands for and the escape's length; `escaped` begins with the backslash.
fn escape(escaped: &[u8]) -> (char, usize) {
    let character = match escaped.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(escaped),
        Some(byte) if byte.is_ascii() => char::from(*byte),
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (character, 2)
}

fn unicode_escape(escaped: &[u8]) -> (char, usize) {
    let unit = |from: usize| {
        let digits = escaped.get(from..from + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(2) else { return (char::REPLACEMENT_CHARACTER, 2) };
    let second = if escaped.get(6..8) == Some(b"\\u") { unit(8) } else { None };
    match (char::decode_utf16([first]).next(), second) {
        (Some(Ok(character)), _) => (character, 6),
        (_, Some(second)) => match char::decode_utf16([first, second]).next() {
            Some(Ok(character)) => (character, 12),
            _ => (char::REPLACEMENT_CHARACTER, 6),
        },
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// A scalar as text: a string's characters, or a number, `true`, `false`, `null` as it is spelt. `None` for containers.
pub fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
    match raw.first()? {
        b'"' => Some(decode(raw)),
        b'{' | b'[' => None,
        _ => Some(String::from_utf8_lossy(raw)),
    }
}

/// Whether a raw value and a wanted text mean the same: `"3"`, `3` and `3.0` all equal `3`; `"true"` and `true` equal
/// `true`; `null` and `"null"` equal `null`. Digits with a leading zero are text. A container equals its own spelling.
pub fn equals_loosely(raw: &[u8], wanted: &str) -> bool {
    let Some(text) = text(raw) else { return raw == wanted.trim().as_bytes() };
    text == wanted
        || match (Number::parse(&text), Number::parse(wanted)) {
            (Some(left), Some(right)) => left.compare(&right) == Ordering::Equal,
            _ => false,
        }
}

/// How a raw value stands to a wanted text: numbers (also in quotes) by size, two texts that are not numbers by their
/// characters (which orders ISO dates). `None` when they cannot be compared: a number with a word, a container, `null`.
pub fn compare_loosely(raw: &[u8], wanted: &str) -> Option<Ordering> {
    let text = text(raw)?;
    match (Number::parse(&text), Number::parse(wanted)) {
        (Some(left), Some(right)) => Some(left.compare(&right)),
        (None, None) if raw.first() == Some(&b'"') => Some((*text).cmp(wanted)),
        _ => None,
    }
}

/// Whether a scalar's text has `wanted` in it, an array an item that equals it loosely, an object it as a key.
pub fn contains_loosely(raw: &[u8], wanted: &str) -> bool {
    match raw.first() {
        Some(b'[') => items(raw).any(|item| equals_loosely(item, wanted)),
        Some(b'{') => members(raw).any(|(key, _)| *key == *wanted.as_bytes()),
        _ => text(raw).is_some_and(|text| text.contains(wanted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_decoded() {
        for (raw, expected) in [
            (r#""plain""#, "plain"),
            (r#""S\u00e3o \"Paulo\" \/ \\ \n""#, "São \"Paulo\" / \\ \n"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\u12""#, "\u{fffd}12"),
            (r#""\"#, "\u{fffd}"),
            ("", ""),
        ] {
            assert_eq!(decode(raw.as_bytes()), expected, "{raw}");
        }
    }

    #[test]
    fn equality_looks_through_types() {
        for (raw, wanted) in [
            ("3", "3"),
            ("\"3\"", "3"),
            ("\"3\"", "3.0"),
            ("3.50", "3.5"),
            ("1e2", "100"),
            ("true", "true"),
            ("\"true\"", "true"),
            ("null", "null"),
            ("\"null\"", "null"),
            ("[]", "[]"),
        ] {
            assert!(equals_loosely(raw.as_bytes(), wanted), "{raw} {wanted}");
        }
        for (raw, wanted) in [
            ("\"018\"", "18"),
            ("9007199254740993", "9007199254740992"),
            ("true", "1"),
            ("\"\"", "0"),
            ("[]", ""),
            ("\"3 \"", "3"),
        ] {
            assert!(!equals_loosely(raw.as_bytes(), wanted), "{raw} {wanted}");
        }
    }

    #[test]
    fn order_is_by_size_or_by_characters() {
        assert_eq!(compare_loosely(b"\"10\"", "9"), Some(Ordering::Greater));
        assert_eq!(compare_loosely(b"\"2026-01-02\"", "2026-01-10"), Some(Ordering::Less));
        assert_eq!(compare_loosely(b"\"abc\"", "9"), None);
        assert_eq!(compare_loosely(b"null", "9"), None);
        assert_eq!(compare_loosely(b"{}", "9"), None);
    }

    #[test]
    fn contains_looks_into_texts_arrays_and_objects() {
        assert!(contains_loosely(b"\"Promessa de pagamento\"", "pagamento"));
        assert!(contains_loosely(b"[1,\"2\"]", "2"));
        assert!(!contains_loosely(b"[12]", "2"));
        assert!(contains_loosely(b"{\"a\":1}", "a"));
        assert!(contains_loosely(b"5511900001234", "9000"));
    }

    proptest::proptest! {
        #[test]
        fn decoding_agrees_with_serde_json(original: String) {
            let raw = serde_json::to_string(&original).expect("a string");
            proptest::prop_assert_eq!(decode(raw.as_bytes()), original);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, wanted: String) {
            let _ = (decode(&bytes), equals_loosely(&bytes, &wanted));
            let _ = (compare_loosely(&bytes, &wanted), contains_loosely(&bytes, &wanted));
        }

        #[test]
        fn arbitrary_escapes_never_panic(text in r#""[\\ud83cde0-9a"]{0,30}"#) {
            let _ = decode(text.as_bytes());
        }
    }
}
