//! What a form or an address says: names and values, as they were typed.
//!
//! They are read without a shape that could refuse them: what is missing is empty, what is too much is ignored, and what
//! is wrong is said by the operation, beside the field. So nothing that was typed is ever lost.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::convert::Infallible;

use crate::secrets::Secret;

/// No form of ours has as many fields.
const MOST_PAIRS: usize = 10_000;

/// Names and values in their order.
#[derive(Clone, Default)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().take(MOST_PAIRS).collect())
    }

    /// What a form of something stored begins with.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Every name with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// With one more at the end.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this value in the place of what stands under the name, where something does.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs = self.clone();
        if let Some((_, there)) = pairs.0.iter_mut().find(|(found, _)| found == name) {
            value.clone_into(there);
        }
        pairs
    }

    /// The value as it was typed; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The value without spaces around it, unless it is empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name).trim()).filter(|value| !value.is_empty())
    }

    /// A secret that was typed.
    pub fn secret(&self, name: &str) -> Option<Secret> {
        Some(self.text(name)).filter(|value| !value.is_empty()).map(Secret::new)
    }

    /// Every value of boxes that share a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Which of these words was chosen, if one was.
    pub fn one_of<T: Copy>(&self, name: &str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
        all.iter().copied().find(|one| word(*one) == self.text(name))
    }

    /// All but these as they stand in an address, where more follows: empty, or with `&` at its end.
    pub fn but(&self, name: &str) -> String {
        let others = self.0.iter().filter(|(found, value)| found != name && !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
        if query.is_empty() { query } else { format!("{query}&") }
    }

    /// Whether a box is ticked, or a button was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }
}

/// A page with what its address asks for; what is empty is left out.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The body of a form.
pub struct Sent(pub Pairs);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = StatusCode;

    async fn from_request(request: Request, state: &S) -> Result<Self, StatusCode> {
        // Read already, and bounded, where its token was looked for (`safety`).
        let body = Bytes::from_request(request, state).await.map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Sent(Pairs::parse(&body)))
    }
}

/// The query of the address.
pub struct Asked(pub Pairs);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Asked(Pairs::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_they_were_typed() {
        let pairs = Pairs::parse("name=+A%C3%A7%C3%A3o+&company=1&company=2&on=on&secret=".as_bytes());
        assert_eq!((pairs.text("name"), pairs.given("name")), (" Ação ", Some("Ação")));
        assert_eq!(pairs.all("company").collect::<Vec<_>>(), ["1", "2"]);
        assert!(pairs.has("on") && pairs.has("secret") && !pairs.has("off"));
        assert!(pairs.secret("secret").is_none());
    }

    #[test]
    fn an_address_holds_what_is_asked_for_and_nothing_else() {
        assert_eq!(address("/companies", &[("q", ""), ("sort", "")]), "/companies");
        assert_eq!(
            address("/companies", &[("q", "São & Cia"), ("sort", "")]),
            "/companies?q=S%C3%A3o+%26+Cia"
        );
        let pairs = Pairs::parse(b"sort=name&line=gone");
        let word = |word: &'static str| word;
        assert_eq!(pairs.one_of("sort", &["state", "name"], word), Some("name"));
        assert_eq!(pairs.one_of("line", &["stopped"], word), None);
        assert_eq!(
            (pairs.but("sort").as_str(), Pairs::parse(b"sort=name").but("sort")),
            ("line=gone&", String::new())
        );
    }
}
