//! The headers of a request.

use std::collections::BTreeMap;

use http::HeaderValue;

use crate::domain::ValueFault;
use crate::domain::webhook::header_faults;
use crate::net::{HeaderName, Headers};
use crate::secrets::{BearerToken, Secret};
use crate::store::Credentials;

pub const CONTENT_TYPE: HeaderName = HeaderName::from_static("Content-Type");
/// Of the request of a test, and of no other.
pub const TEST: HeaderName = HeaderName::from_static("X-Ramal-Test");
const USER_AGENT: HeaderName = HeaderName::from_static("User-Agent");
const AUTHORIZATION: HeaderName = HeaderName::from_static("Authorization");

/// Unless the person sets another.
pub const OUR_USER_AGENT: &str = concat!("ramal/", env!("CARGO_PKG_VERSION"));

/// Why a header cannot be added. Names the header, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("the header `{name}` cannot be added ({})", fault.code())]
    Header { name: String, fault: ValueFault },
    #[error("the headers cannot be added ({})", .0.code())]
    All(ValueFault),
    #[error("the bearer token has characters that a header cannot carry")]
    Bearer,
}

/// The headers every request of a webhook begins with, made once: `begin` (the target's own), `User-Agent`,
/// `Authorization`, and those a person added.
pub fn common(begin: Headers, credentials: &Credentials) -> Result<Headers, HeaderError> {
    let mut headers = begin;
    headers.set(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.set(USER_AGENT, HeaderValue::from_static(OUR_USER_AGENT));
    for (name, value) in added(&credentials.headers)? {
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

/// The headers a person wants added, where all of them may be.
fn added(headers: &BTreeMap<String, Secret>) -> Result<Vec<(HeaderName, HeaderValue)>, HeaderError> {
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.expose()));
    if let Some((name, fault)) = header_faults(given).into_iter().next() {
        return Err(match name {
            Some(name) => HeaderError::Header { name: name.chars().take(80).collect(), fault },
            None => HeaderError::All(fault),
        });
    }
    let header = |(given, secret): (&String, &Secret)| {
        let mut value = HeaderValue::from_str(secret.expose().trim()).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::parse(given.trim())?, value))
    };
    // What was judged above is a header.
    Ok(headers.iter().filter_map(header).collect())
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
    fn a_header_that_may_not_be_added_is_named() {
        let refused = |name: &str| {
            let headers = [(name.to_owned(), Secret::new("1"))].into();
            common(Headers::new(), &Credentials { headers, ..Credentials::default() }).err()
        };
        assert_eq!(refused("X-Api-Key"), None);
        let fault = ValueFault::HeaderReserved { given: "Host".into() };
        assert_eq!(refused("Host"), Some(HeaderError::Header { name: "Host".into(), fault }));
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
