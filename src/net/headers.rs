//! The headers of a request: in their order, each name in the letters that it was given in.
//!
//! Names are equal whatever their letters (RFC 9110, 5.1), but many receivers look them up in a map that tells `X-Team`
//! from `x-team`; so they go out as the documents and the person wrote them.

use std::fmt;

use ::http::{HeaderName as Lowered, HeaderValue};
use bytes::Bytes;

/// A header's name in the letters that it goes out in.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderName(Bytes);

impl HeaderName {
    /// One of ours; a test holds each to [`HeaderName::parse`].
    pub const fn from_static(name: &'static str) -> Self {
        Self(Bytes::from_static(name.as_bytes()))
    }

    /// `None` if it cannot be a header's name.
    pub fn parse(text: &str) -> Option<Self> {
        Lowered::from_bytes(text.as_bytes()).ok()?;
        Some(Self(Bytes::copy_from_slice(text.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        // What was parsed, and what is ours, is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it is the same header, in whatever letters.
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other.as_bytes())
    }
}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// See the module. Each name stands there once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// For one webhook: what it carries always, and room for what each request adds.
    pub fn new() -> Self {
        Self(Vec::with_capacity(12))
    }

    /// Sets a header; one that stands there keeps its place and takes the new letters.
    pub fn set(&mut self, name: HeaderName, value: HeaderValue) {
        match self.0.iter_mut().find(|(known, _)| known.is(name.as_str())) {
            Some(header) => *header = (name, value),
            None => self.0.push((name, value)),
        }
    }

    pub fn get(&self, name: &str) -> Option<&HeaderValue> {
        self.iter().find(|(known, _)| known.is(name)).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

/// Values that are marked as sensitive are not printed.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_the_letters_given_last() {
        let mut headers = Headers::new();
        let mut set =
            |name, value| headers.set(HeaderName::from_static(name), HeaderValue::from_static(value));
        set("X-Team", "a");
        set("Other", "b");
        set("x-TEAM", "c");
        let all: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(all, [("x-TEAM", &b"c"[..]), ("Other", b"b")]);
        assert_eq!(headers.get("X-Team"), Some(&HeaderValue::from_static("c")));
    }

    #[test]
    fn a_name_is_a_token() {
        assert_eq!(
            HeaderName::parse("X-Team_1").map(|name| name.as_str().to_owned()),
            Some("X-Team_1".into())
        );
        for bad in ["", "a b", "a:", "é", "a\r\nb"] {
            assert_eq!(HeaderName::parse(bad), None, "{bad:?}");
        }
    }
}
