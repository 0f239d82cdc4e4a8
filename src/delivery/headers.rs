//! The headers of a request, and which ones a person may add.

use std::collections::BTreeMap;

use http::HeaderValue;

use crate::net::{HeaderName, Headers};
use crate::secrets::{BearerToken, Secret};
use crate::store::Credentials;

/// How many headers a webhook may add, and how long a value may be.
pub const MAX_HEADERS: usize = 20;
pub const MAX_VALUE_BYTES: usize = 4_096;

pub const CONTENT_TYPE: HeaderName = HeaderName::from_static("Content-Type");
const USER_AGENT: HeaderName = HeaderName::from_static("User-Agent");
const AUTHORIZATION: HeaderName = HeaderName::from_static("Authorization");

/// Unless the person sets another.
pub const OUR_USER_AGENT: &str = concat!("ramal/", env!("CARGO_PKG_VERSION"));

/// They concern one connection, not the message.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// They are ours to set.
const RESERVED: &[&str] = &[
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-signature-sha256",
    "x-signature-sha256-previous",
];

/// Why a header cannot be added. Names the header, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("`{0}` is not a header name")]
    Name(String),
    #[error("the header `{0}` concerns the connection and cannot be set")]
    HopByHop(String),
    #[error("the header `{0}` is set by Ramal itself")]
    Reserved(String),
    #[error(
        "the value of the header `{0}` has characters that a header cannot carry, or more than 4096 bytes"
    )]
    Value(String),
    #[error("the header `{0}` stands there twice")]
    Twice(String),
    #[error("a webhook can have at most 20 headers")]
    TooMany,
    #[error("the bearer token has characters that a header cannot carry")]
    Bearer,
}

/// The headers every request of a webhook begins with, made once: `begin` (the target's own), `User-Agent`,
/// `Authorization`, and those a person added.
pub fn common(begin: Headers, credentials: &Credentials) -> Result<Headers, HeaderError> {
    let mut headers = begin;
    headers.set(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.set(USER_AGENT, HeaderValue::from_static(OUR_USER_AGENT));
    for (name, value) in check(&credentials.headers)? {
        headers.set(name, value);
    }
    if let Some(bearer) = &credentials.bearer {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", BearerToken::bare(bearer.expose())))
            .map_err(|_| HeaderError::Bearer)?;
        value.set_sensitive(true);
        headers.set(AUTHORIZATION, value);
    }
    Ok(headers)
}

/// Checks the headers a person wants added.
pub fn check(headers: &BTreeMap<String, Secret>) -> Result<Vec<(HeaderName, HeaderValue)>, HeaderError> {
    if headers.len() > MAX_HEADERS {
        return Err(HeaderError::TooMany);
    }
    let mut checked: Vec<(HeaderName, HeaderValue)> = Vec::with_capacity(headers.len());
    for (given, secret) in headers {
        let shown: String = given.chars().take(80).collect();
        let name = HeaderName::parse(given.trim()).ok_or_else(|| HeaderError::Name(shown.clone()))?;
        if HOP_BY_HOP.iter().any(|known| name.is(known)) {
            return Err(HeaderError::HopByHop(shown));
        }
        if RESERVED.iter().any(|known| name.is(known)) {
            return Err(HeaderError::Reserved(shown));
        }
        if checked.iter().any(|(known, _)| known.is(name.as_str())) {
            return Err(HeaderError::Twice(shown));
        }
        let text = secret.expose().trim();
        let value = HeaderValue::from_str(text).ok().filter(|_| text.len() <= MAX_VALUE_BYTES);
        let mut value = value.ok_or(HeaderError::Value(shown))?;
        value.set_sensitive(true);
        checked.push((name, value));
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_bearer(token: &str) -> String {
        let credentials = Credentials { bearer: Some(Secret::new(token)), ..Credentials::default() };
        let headers = common(Headers::new(), &credentials).expect("a token");
        headers.get("authorization").expect("it is set").to_str().expect("text").to_owned()
    }

    #[test]
    fn a_pasted_bearer_is_not_doubled() {
        for pasted in ["abc", "Bearer abc", "bearer  abc", " Bearer abc ", "Authorization: Bearer abc"] {
            assert_eq!(with_bearer(pasted), "Bearer abc", "{pasted:?}");
        }
    }

    #[test]
    fn headers_that_are_not_a_persons_to_set_are_refused_by_name() {
        let refused = |name: &str, value: &str| check(&[(name.to_owned(), Secret::new(value))].into()).err();
        assert_eq!(refused("X-Api-Key", "1"), None);
        assert_eq!(refused("Host", "a"), Some(HeaderError::Reserved("Host".into())));
        assert_eq!(refused("webhook-id", "a"), Some(HeaderError::Reserved("webhook-id".into())));
        assert_eq!(
            refused("Transfer-Encoding", "a"),
            Some(HeaderError::HopByHop("Transfer-Encoding".into()))
        );
        assert_eq!(refused("a b", "a"), Some(HeaderError::Name("a b".into())));
        assert_eq!(refused("X-A", "a\r\nb: c"), Some(HeaderError::Value("X-A".into())));
        let twice = [("X-A".to_owned(), Secret::new("1")), ("x-a".to_owned(), Secret::new("2"))];
        assert_eq!(check(&twice.into()).err(), Some(HeaderError::Twice("x-a".into())));
    }

    #[test]
    fn names_go_out_in_the_letters_they_were_given_in() {
        let credentials = Credentials {
            bearer: Some(Secret::new("abc")),
            headers: [("X-Team-NAME", "1"), ("user-AGENT", "MinhaEmpresa/1.0")]
                .map(|(name, value)| (name.to_owned(), Secret::new(value)))
                .into(),
            ..Credentials::default()
        };
        let headers = common(Headers::new(), &credentials).expect("fine");
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Content-Type", "user-AGENT", "X-Team-NAME", "Authorization"]);
        assert_eq!(headers.get("User-Agent").expect("set"), "MinhaEmpresa/1.0", "a person's own comes first");
        for ours in [CONTENT_TYPE, USER_AGENT, AUTHORIZATION] {
            assert_eq!(HeaderName::parse(ours.as_str()), Some(ours));
        }
    }

    #[test]
    fn values_are_not_printed() {
        let credentials = Credentials {
            bearer: Some(Secret::new("s3cret-s3cret-s3cret")),
            headers: [("X-Key".to_owned(), Secret::new("s3cret-too-s3cret"))].into(),
            ..Credentials::default()
        };
        let headers = common(Headers::new(), &credentials).expect("fine");
        assert!(!format!("{headers:?}").contains("s3cret"));
    }
}
