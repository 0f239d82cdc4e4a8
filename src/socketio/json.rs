//! Where a JSON value ends: a scan that checks the grammar (RFC 8259) and interprets nothing.
//!
//! It never recurses, so nesting is limited by the message alone, and it judges only form: lone surrogates, numbers of
//! any size and repeated keys are as valid here as they are in the grammar.

use super::packet::Malformed;

/// `0x01` in every byte of a word.
const ONES: u64 = u64::MAX / 255;
/// The top bit of every byte of a word.
const TOPS: u64 = ONES * 0x80;

/// The first position at or after `at` that is not white space.
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The position after the JSON value that begins at `at` (no white space before it).
pub(super) fn value_end(text: &[u8], mut at: usize) -> Result<usize, Malformed> {
    let mut open = Open::default();
    loop {
        at = match text.get(at) {
            Some(b'"') => string_end(text, at)?,
            Some(b'{') => {
                let inside = skip_space(text, at + 1);
                if text.get(inside) != Some(&b'}') {
                    open.push(Container::Object);
                    at = key_end(text, inside)?;
                    continue;
                }
                inside + 1
            }
            Some(b'[') => {
                let inside = skip_space(text, at + 1);
                if text.get(inside) != Some(&b']') {
                    open.push(Container::Array);
                    at = inside;
                    continue;
                }
                inside + 1
            }
            Some(b'-' | b'0'..=b'9') => number_end(text, at)?,
            Some(b't') => literal_end(text, at, b"true")?,
            Some(b'f') => literal_end(text, at, b"false")?,
            Some(b'n') => literal_end(text, at, b"null")?,
            _ => return Err(Malformed::Json { at }),
        };
        // A value is complete; close what ends here, or go on to the next member.
        loop {
            let Some(container) = open.last() else { return Ok(at) };
            at = skip_space(text, at);
            match (text.get(at), container) {
                (Some(b','), Container::Object) => {
                    at = key_end(text, skip_space(text, at + 1))?;
                    break;
                }
                (Some(b','), Container::Array) => {
                    at = skip_space(text, at + 1);
                    break;
                }
                (Some(b'}'), Container::Object) | (Some(b']'), Container::Array) => {
                    open.pop();
                    at += 1;
                }
                _ => return Err(Malformed::Json { at }),
            }
        }
    }
}

/// The position of the value that follows the key at `at` and its colon.
fn key_end(text: &[u8], at: usize) -> Result<usize, Malformed> {
    if text.get(at) != Some(&b'"') {
        return Err(Malformed::Json { at });
    }
    let colon = skip_space(text, string_end(text, at)?);
    if text.get(colon) != Some(&b':') {
        return Err(Malformed::Json { at: colon });
    }
    Ok(skip_space(text, colon + 1))
}

/// The position after the closing quote of the string whose opening quote is at `at`.
pub(super) fn string_end(text: &[u8], at: usize) -> Result<usize, Malformed> {
    let mut at = at + 1;
    loop {
        at = plain_end(text, at);
        match text.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match text.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    let digits = text.get(at + 2..at + 6).ok_or(Malformed::Json { at })?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(Malformed::Json { at });
                    }
                    at += 6;
                }
                _ => return Err(Malformed::Json { at }),
            },
            _ => return Err(Malformed::Json { at }),
        }
    }
}

/// The first position at or after `at` that holds a quote, a backslash or a control character: eight bytes a step,
/// because most of a payload is the inside of strings.
fn plain_end(text: &[u8], mut at: usize) -> usize {
    let holds = |word: u64, byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference & TOPS
    };
    while let Some(chunk) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("the chunk has eight bytes"));
        let control = word.wrapping_sub(ONES * 0x20) & !word & TOPS;
        // A false mark can only stand above a true one (a borrow travels upwards), and the lowest is the one used.
        let marks = control | holds(word, b'"') | holds(word, b'\\');
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while text.get(at).is_some_and(|byte| *byte >= 0x20 && !matches!(byte, b'"' | b'\\')) {
        at += 1;
    }
    at
}

fn number_end(text: &[u8], start: usize) -> Result<usize, Malformed> {
    let digits_end = |mut at: usize| {
        let first = at;
        while text.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == first { Err(Malformed::Json { at }) } else { Ok(at) }
    };
    let mut at = start + usize::from(text[start] == b'-');
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits_end(at)? };
    if text.get(at) == Some(&b'.') {
        at = digits_end(at + 1)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at = digits_end(at)?;
    }
    Ok(at)
}

fn literal_end(text: &[u8], at: usize, literal: &[u8]) -> Result<usize, Malformed> {
    if text[at..].starts_with(literal) { Ok(at + literal.len()) } else { Err(Malformed::Json { at }) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// The containers that are open, one bit each; the first 64 cost no memory of their own.
#[derive(Default)]
struct Open {
    depth: usize,
    innermost: u64,
    outer: Vec<u64>,
}

impl Open {
    fn push(&mut self, container: Container) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.innermost);
        }
        self.innermost = self.innermost << 1 | u64::from(container == Container::Object);
        self.depth += 1;
    }

    fn last(&self) -> Option<Container> {
        match (self.depth, self.innermost & 1) {
            (0, _) => None,
            (_, 1) => Some(Container::Object),
            _ => Some(Container::Array),
        }
    }

    fn pop(&mut self) {
        self.depth -= 1;
        self.innermost >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.innermost = self.outer.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> bool {
        value_end(text.as_bytes(), 0) == Ok(text.len())
    }

    #[test]
    fn takes_what_the_grammar_takes() {
        for text in [
            "null",
            "true",
            "false",
            "0",
            "-0",
            "1.0",
            "1e400",
            "-1.5E-3",
            "123456789012345678901234567890",
            "\"\"",
            r#""\ud83d""#,
            r#""\u00e9\n\/""#,
            "[]",
            "{}",
            "[ ]",
            "{ }",
            "[1 , 2]",
            r#"{"a":1,"a":2}"#,
            r#"{ "a" : [ {} , [] ] }"#,
            "\"12345678\"",
            "\"1234567\u{e9}\u{1f600}\"",
        ] {
            assert!(whole(text), "{text}");
        }
    }

    #[test]
    fn refuses_what_the_grammar_refuses() {
        for text in [
            "",
            "nul",
            "01",
            "1.",
            ".5",
            "-",
            "1e",
            "+1",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12",
            "\"a\nb\"",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "{",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{\"a\":1]",
            "[1}",
            "]",
            "\"1234567\t\"",
            "NaN",
        ] {
            assert!(!whole(text), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded_by_the_text_alone() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 10_000, 1_000_000] {
            let text = "[{\"a\":".repeat(depth) + "1" + &"}]".repeat(depth);
            assert!(whole(&text), "{depth}");
            assert!(!whole(&text[..text.len() - 1]), "{depth}");
            let crossed = "[".repeat(depth) + &"}".repeat(depth);
            assert!(!whole(&crossed), "{depth}");
        }
    }

    proptest! {
        /// The same judgement as `serde_json`'s raw values, which is how the rest of the program reads JSON.
        #[test]
        fn agrees_with_serde_json(text in r#"([\[\]{},: "\\a0-2.eE+tfn-]|true|null|"a"|"a":|\\u00e9){0,24}"#) {
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            let start = skip_space(text.as_bytes(), 0);
            let ours = value_end(text.as_bytes(), start).map(|end| skip_space(text.as_bytes(), end)) == Ok(text.len());
            prop_assert_eq!(ours, theirs, "{}", text);
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = value_end(&bytes, 0);
        }
    }
}
