//! Texts that stand in columns of their own beside a payload: whatever came, every database takes them.
//!
//! What must hold here: none of these types can be made with a NUL (PostgreSQL has none in text) or too long for an index.

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What an event is called, or kept in order by. A NUL is spelled as JSON does, `\u0000`, and what is too long is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Label(Arc<str>);

/// What an event is looked up by. A NUL is left out, and what is too long is cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Key(Box<str>);

impl Label {
    pub const BYTES: usize = 512;

    pub fn into_arc(self) -> Arc<str> {
        self.0
    }
}

impl Key {
    pub const BYTES: usize = 256;
}

impl From<Arc<str>> for Label {
    fn from(raw: Arc<str>) -> Self {
        // Nearly every name, and this runs for every event.
        if raw.len() <= Self::BYTES && !raw.as_bytes().contains(&0) {
            return Self(raw);
        }
        let spelled = raw.replace('\0', r"\u0000");
        Self(spelled[..spelled.floor_char_boundary(Self::BYTES)].into())
    }
}

impl From<&str> for Label {
    fn from(raw: &str) -> Self {
        Self::from(Arc::from(raw))
    }
}

impl From<String> for Label {
    fn from(raw: String) -> Self {
        Self::from(Arc::from(raw))
    }
}

impl From<Key> for Label {
    fn from(key: Key) -> Self {
        Self(key.0.into())
    }
}

impl From<&str> for Key {
    fn from(raw: &str) -> Self {
        // Nearly every key, and this runs several times per event.
        if raw.len() <= Self::BYTES && !raw.as_bytes().contains(&0) {
            return Self(raw.into());
        }
        let cleaned: String = raw.chars().filter(|c| *c != '\0').collect();
        Self(cleaned[..cleaned.floor_char_boundary(Self::BYTES)].into())
    }
}

impl From<String> for Key {
    fn from(raw: String) -> Self {
        Self::from(raw.as_str())
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0.into()
    }
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Deref for Key {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A text in ASCII, everything else as JSON escapes it.
pub(super) fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            plain.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(plain, "\\u{unit:04x}").expect("writing to memory does not fail");
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_and_no_key_holds_a_nul_or_is_too_long() {
        assert_eq!(&*Label::from("a\0b"), r"a\u0000b");
        assert_eq!(&*Label::from("call-was-created"), "call-was-created");
        assert_eq!(Label::from("é".repeat(400)).len(), Label::BYTES);
        assert_eq!(Label::from("\0".repeat(400)).len(), Label::BYTES, "cut after it is spelled");
        assert_eq!(&*Key::from("a\0b"), "ab");
        assert_eq!(Key::from("é".repeat(400)).len(), Key::BYTES);
    }
}
