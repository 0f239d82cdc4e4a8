//! An object of a body, looked at without being changed.

use std::borrow::Cow;

use crate::domain::json::{decode, members};
use crate::sources::Refusal;
use crate::texts::msg;

/// The members of an object, as they stand in it.
#[derive(Clone)]
pub struct Members<'a> {
    /// The object.
    pub bytes: &'a [u8],
    pairs: Vec<(Cow<'a, [u8]>, &'a [u8])>,
    /// Numbers are taken where texts are documented.
    lenient: bool,
}

impl<'a> Members<'a> {
    /// Of a JSON text that is well-formed; `None` for one that is no object.
    pub fn of(json: &'a [u8], lenient: bool) -> Option<Self> {
        let is_object = json.trim_ascii_start().first() == Some(&b'{');
        is_object.then(|| Self { bytes: json, pairs: members(json).collect(), lenient })
    }

    /// A member as it stands; of those with the same key the last, as in JavaScript.
    pub fn raw(&self, field: &str) -> Option<&'a [u8]> {
        self.pairs.iter().rfind(|(key, _)| **key == *field.as_bytes()).map(|(_, raw)| *raw)
    }

    /// What a field says, if it says anything.
    pub fn said(&self, field: &str) -> Option<Cow<'a, str>> {
        self.text(self.raw(field)?).filter(|text| !text.trim().is_empty())
    }

    pub fn needed(&self, field: &'static str) -> Result<Cow<'a, str>, Refusal> {
        let refused = |message| Refusal { field, message };
        let raw = self.raw(field).ok_or_else(|| refused(msg("body-missing")))?;
        let text = self.text(raw).ok_or_else(|| refused(msg("body-not-a-string")))?;
        if text.trim().is_empty() { Err(refused(msg("body-empty"))) } else { Ok(text) }
    }

    /// Whether a member besides these says anything.
    pub fn says_more_than(&self, fields: &[&str]) -> bool {
        let is_other = |key: &[u8]| !fields.iter().any(|field| *key == *field.as_bytes());
        self.pairs.iter().any(|(key, raw)| is_other(key) && says_anything(raw))
    }

    /// A text, or a number where that is taken.
    fn text(&self, raw: &'a [u8]) -> Option<Cow<'a, str>> {
        match raw[0] {
            b'"' => Some(decode(raw)),
            b'0'..=b'9' if self.lenient => Some(String::from_utf8_lossy(raw)),
            _ => None,
        }
    }
}

fn says_anything(raw: &[u8]) -> bool {
    match raw[0] {
        b'"' => !decode(raw).trim().is_empty(),
        b'{' | b'[' => raw.iter().filter(|byte| !byte.is_ascii_whitespace()).count() > 2,
        _ => raw != b"null",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_says_nothing() {
        let says =
            |json: &str| Members::of(json.as_bytes(), false).expect("an object").says_more_than(&["a"]);
        for silent in ["{}", r#"{"a":"x"}"#, r#"{"a":1,"b":" ","c":null,"d":{ },"e":[]}"#] {
            assert!(!says(silent), "{silent}");
        }
        for telling in [r#"{"b":"0"}"#, r#"{"b":0}"#, r#"{"b":false}"#, r#"{"b":[""]}"#] {
            assert!(says(telling), "{telling}");
        }
    }
}
