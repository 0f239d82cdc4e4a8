//! Whether a text is exactly one well-formed JSON value (RFC 8259), and if not, where it first goes wrong.

use super::scan::skip_space;

/// The first thing that keeps a text from being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON: {what} at byte {at}")]
pub struct Malformed {
    /// Byte offset of the fault.
    pub at: usize,
    pub what: &'static str,
}

fn fault<T>(at: usize, what: &'static str) -> Result<T, Malformed> {
    Err(Malformed { at, what })
}

/// Checks the whole text. Time is linear; memory is a bit for each open bracket.
pub fn validate(json: &[u8]) -> Result<(), Malformed> {
    let syntax = one_value(json);
    match std::str::from_utf8(json) {
        Err(error) if syntax.map_or_else(|malformed| error.valid_up_to() <= malformed.at, |()| true) => {
            fault(error.valid_up_to(), "invalid UTF-8")
        }
        _ => syntax,
    }
}

fn one_value(json: &[u8]) -> Result<(), Malformed> {
    let mut open = OpenBrackets::default();
    let mut at = skip_space(json, 0);
    loop {
        at = match json.get(at) {
            Some(b'{') => {
                open.push(true);
                at = skip_space(json, at + 1);
                if json.get(at) != Some(&b'}') {
                    at = key(json, at)?;
                    continue;
                }
                at
            }
            Some(b'[') => {
                open.push(false);
                at = skip_space(json, at + 1);
                if json.get(at) != Some(&b']') {
                    continue;
                }
                at
            }
            _ => skip_space(json, scalar(json, at)?),
        };
        // Behind a value, or before the bracket that closes an empty container.
        loop {
            let Some(in_object) = open.top() else {
                return if at == json.len() { Ok(()) } else { fault(at, "something after the value") };
            };
            match (json.get(at), in_object) {
                (Some(b'}'), true) | (Some(b']'), false) => {
                    open.pop();
                    at = skip_space(json, at + 1);
                }
                (Some(b','), true) => {
                    at = key(json, skip_space(json, at + 1))?;
                    break;
                }
                (Some(b','), false) => {
                    at = skip_space(json, at + 1);
                    break;
                }
                (None, _) => return fault(at, "the text ends inside a value"),
                (Some(_), true) => return fault(at, "expected `,` or `}`"),
                (Some(_), false) => return fault(at, "expected `,` or `]`"),
            }
        }
    }
}

/// Kinds of the open brackets, a bit each: a text may be nothing but brackets.
#[derive(Default)]
struct OpenBrackets {
    words: Vec<u64>,
    depth: usize,
}

impl OpenBrackets {
    fn push(&mut self, object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] = self.words[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
    }

    fn top(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        Some(self.words[last / 64] >> (last % 64) & 1 == 1)
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }
}

/// A member's key and colon; gives where its value begins.
fn key(json: &[u8], at: usize) -> Result<usize, Malformed> {
    match json.get(at) {
        Some(b'"') => {}
        None => return fault(at, "the text ends inside a value"),
        Some(_) => return fault(at, "expected a key in quotes"),
    }
    let at = skip_space(json, string(json, at)?);
    match json.get(at) {
        Some(b':') => Ok(skip_space(json, at + 1)),
        None => fault(at, "the text ends inside a value"),
        Some(_) => fault(at, "expected `:`"),
    }
}

fn scalar(json: &[u8], at: usize) -> Result<usize, Malformed> {
    let word = |word: &str| {
        if json[at..].starts_with(word.as_bytes()) {
            Ok(at + word.len())
        } else {
            fault(at, "expected a value")
        }
    };
    match json.get(at) {
        Some(b'"') => string(json, at),
        Some(b't') => word("true"),
        Some(b'f') => word("false"),
        Some(b'n') => word("null"),
        Some(b'-' | b'0'..=b'9') => number(json, at),
        Some(_) => fault(at, "expected a value"),
        None => fault(at, "the text ends where a value should be"),
    }
}

fn string(json: &[u8], open: usize) -> Result<usize, Malformed> {
    let mut at = open + 1;
    loop {
        match json.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match json.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => match json.get(at + 2..at + 6) {
                    Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => at += 6,
                    _ => return fault(at, "a bad \\u escape"),
                },
                _ => return fault(at, "an unknown escape"),
            },
            Some(0..=0x1f) => return fault(at, "a control character in a string"),
            Some(_) => at += 1,
            None => return fault(at, "the text ends inside a string"),
        }
    }
}

fn number(json: &[u8], start: usize) -> Result<usize, Malformed> {
    let digits = |from: usize| {
        let count = json[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 { fault(from, "expected a digit") } else { Ok(from + count) }
    };
    let mut at = start + usize::from(json[start] == b'-');
    at = if json.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if json.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = json.get(at) {
        let sign = matches!(json.get(at + 1), Some(b'+' | b'-'));
        at = digits(at + 1 + usize::from(sign))?;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_parsers_refuse_or_bend_is_well_formed() {
        for json in [
            r#""\ud83d""#,
            r#"{"a":1,"a":2}"#,
            "1e400",
            "-0.0",
            "123456789012345678901234567890.5E+7",
            " [ ] ",
            "{}",
            "[{},[],{\"\":[]}]",
            "\t\r\n null \n",
        ] {
            assert_eq!(validate(json.as_bytes()), Ok(()), "{json}");
        }
    }

    #[test]
    fn the_first_fault_is_named_with_its_place() {
        for (json, at) in [
            ("", 0),
            ("  ", 2),
            ("{\"a\":1,}", 7),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{\"a\" 1}", 5),
            ("{a:1}", 1),
            ("01", 1),
            ("1.", 2),
            ("-", 1),
            ("+1", 0),
            ("1e", 2),
            ("nul", 0),
            ("\"a", 2),
            ("\"\\x\"", 1),
            ("\"\\u12g4\"", 1),
            ("\"a\nb\"", 2),
            ("{} x", 3),
            ("[}", 1),
            ("{]", 1),
            ("\u{feff}{}", 0),
        ] {
            assert_eq!(validate(json.as_bytes()).map_err(|malformed| malformed.at), Err(at), "{json:?}");
        }
        assert_eq!(validate(b"[\"\xff\", x]"), Err(Malformed { at: 2, what: "invalid UTF-8" }));
        assert_eq!(validate(b"[x, \"\xff\"]").map_err(|malformed| malformed.at), Err(1));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(validate(deep.as_bytes()), Ok(()));
        assert!(validate(&deep.as_bytes()[..150_000]).is_err());
        let objects = "{\"a\":[".repeat(50_000) + &"]}".repeat(50_000);
        assert_eq!(validate(objects.as_bytes()), Ok(()));
    }

    proptest::proptest! {
        /// `RawValue` accepts what serde's grammar accepts, without its limits on numbers and surrogates.
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}",:.\\aeEu01\-tfnul ]{0,12}"#) {
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            proptest::prop_assert_eq!(validate(text.as_bytes()).is_ok(), theirs);
        }

        #[test]
        fn arbitrary_bytes_get_an_answer(bytes: Vec<u8>) {
            let ours = validate(&bytes).is_ok();
            proptest::prop_assert_eq!(ours, serde_json::from_slice::<&serde_json::value::RawValue>(&bytes).is_ok());
        }
    }
}
