//! A text that must not be seen.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A token, password or key as text. Printing and serializing it give its [`mask`]; the text itself is asked for by
/// name, with [`Secret::expose`], and is wiped from memory on drop.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself. Every call is a place to look at in review.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The form that people and logs may see.
    pub fn mask(&self) -> String {
        mask(self.expose())
    }

    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

/// The first four characters, `…`, the last four: `rRrX…3x4c`. A secret shorter than 16 characters is hidden whole:
/// eight shown characters would be most of it. Control characters are shown as `?`, so that a mask stays on its line.
pub fn mask(secret: &str) -> String {
    const ELLIPSIS: char = '\u{2026}';
    let count = secret.chars().count();
    if count < 16 {
        return ELLIPSIS.to_string();
    }
    let printable = |c: char| if c.is_control() { '?' } else { c };
    let first = secret.chars().take(4).map(printable);
    let last = secret.chars().skip(count - 4).map(printable);
    first.chain([ELLIPSIS]).chain(last).collect()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.mask())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mask())
    }
}

/// Compares digests, so that the time it takes says nothing about where two secrets differ.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        Sha256::digest(self.expose()) == Sha256::digest(other.expose())
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Writes the mask. What is to be stored is sealed from [`Secret::expose`] instead.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.mask())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_secrets_show_four_and_four() {
        assert_eq!(mask("rRrXabcdefghijklmnop3x4c"), "rRrX…3x4c");
        assert_eq!(mask("0123456789abcdef"), "0123…cdef");
        assert_eq!(mask("çãéõ56789abcdçãé"), "çãéõ…dçãé");
        assert_eq!(mask("a\nbc56789abcdef\r"), "a?bc…def?");
    }

    #[test]
    fn short_secrets_show_nothing() {
        for short in ["", "x", "0123456789abcde"] {
            assert_eq!(mask(short), "…");
        }
    }

    #[test]
    fn equal_means_the_same_text() {
        assert_eq!(Secret::new("a"), Secret::new("a"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }

    proptest::proptest! {
        #[test]
        fn printing_and_serializing_leak_nothing(text in "[a-z0-9]{9,80}") {
            let secret: Secret = serde_json::from_value(text.clone().into()).expect("a string");
            proptest::prop_assert_eq!(secret.expose(), text.as_str());
            let shown = [format!("{secret:?}"), secret.to_string(), serde_json::to_string(&secret).expect("a string")];
            for shown in shown {
                proptest::prop_assert!(!shown.contains(&text));
                proptest::prop_assert!(!shown.contains(&text[4..text.len() - 4]) || text.len() < 14);
            }
        }
    }
}
