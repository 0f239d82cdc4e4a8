//! An object of a body, looked at without being changed.

use std::borrow::Cow;

use crate::domain::Timestamp;
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

/// A time as it is sent: ISO 8601, in UTC where it names no zone, or the seconds of Unix.
pub fn time(text: &str) -> Option<Timestamp> {
    /// The end of the year 9999.
    const LATEST_SECONDS: f64 = 253_402_300_800.0;
    let text = text.trim();
    let seconds = || text.parse::<f64>().ok().filter(|seconds| (0.0..LATEST_SECONDS).contains(seconds));
    let in_utc = || format!("{text}Z").parse().ok();
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds above")]
    let of_unix = |seconds: f64| Timestamp((seconds * 1e6).round() as i64);
    text.parse().ok().or_else(in_utc).or_else(|| seconds().map(of_unix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_iso_8601_or_the_seconds_of_unix() {
        let at = Timestamp(1_483_228_800_000_000);
        for text in [
            "2017-01-01T00:00:00Z",
            "2017-01-01T00:00:00.000Z",
            "2016-12-31T21:00:00-03:00",
            "2017-01-01T00:00:00",
            "1483228800",
            " 1483228800.0 ",
        ] {
            assert_eq!(time(text), Some(at), "{text}");
        }
        for text in ["", "ontem", "-1", "NaN", "inf", "99999999999999999999", "2017-13-01T00:00:00Z"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

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
