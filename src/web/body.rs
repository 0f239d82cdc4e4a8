//! Reading what a caller sent: JSON bodies whose errors name the field, and the caller's language.

use std::convert::Infallible;
use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request};
use axum::http::Uri;
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::admin::{AdminError, Fault};
use crate::domain::Lang;

/// The language to answer in.
pub struct Language(pub Lang);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Language(Lang::from_accept_language(header.unwrap_or_default())))
    }
}

/// The address that the request came from.
pub struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Peer(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}

/// A JSON body of type `T`; an error names the field by its path.
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = Lang::from_accept_language(header.unwrap_or_default());
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            Problem::field(lang, "body", Fault::Malformed { detail: rejection.body_text() })
        })?;
        let empty_is_no_fields = if bytes.is_empty() { &b"{}"[..] } else { &bytes[..] };
        parse(empty_is_no_fields).map(Json).map_err(|error| Problem { error, lang })
    }
}

/// The one id in a route's path: `Id(company): Id<CompanyId>`. A text that is no id is not found.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Language(lang)) = Language::from_request_parts(parts, state).await;
        let raw = match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(raw)) => raw,
            Err(_) => String::new(),
        };
        let not_found = |_| Problem { error: AdminError::not_found("resource", &raw), lang };
        raw.parse().map(Id).map_err(not_found)
    }
}

/// A query of type `T`; an error names the parameter.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Language(lang)) = Language::from_request_parts(parts, state).await;
        parse_query(&parts.uri).map(Query).map_err(|error| Problem { error, lang })
    }
}

fn parse_query<T: DeserializeOwned>(uri: &Uri) -> Result<T, AdminError> {
    let rejection = match axum::extract::Query::<T>::try_from_uri(uri) {
        Ok(axum::extract::Query(query)) => return Ok(query),
        Err(rejection) => rejection,
    };
    // The rejection wraps the error that knows the parameter.
    let mut cause = rejection.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<serde_path_to_error::Error<serde::de::value::Error>>() {
            return Err(refused(&error.path().to_string(), "query", &error.inner().to_string()));
        }
        cause = error.source();
    }
    Err(AdminError::invalid("query", Fault::Malformed { detail: rejection.body_text() }))
}

/// What serde says of a value at `path`, as a fault of one field; of the `whole` when it names none. serde tells the
/// key that is unknown or missing in its text only, and no stable type carries it.
fn refused(path: &str, whole: &str, said: &str) -> AdminError {
    let here = (path != ".").then_some(path);
    let named = |prefix: &str| said.strip_prefix(prefix)?.split('`').next();
    if let Some(key) = named("unknown field `") {
        return AdminError::invalid(here.unwrap_or(key), Fault::Unknown);
    }
    if let Some(key) = named("missing field `") {
        let field = here.map_or_else(|| key.to_owned(), |path| format!("{path}.{key}"));
        return AdminError::invalid(&field, Fault::Missing);
    }
    AdminError::invalid(here.unwrap_or(whole), Fault::Malformed { detail: said.to_owned() })
}

/// Parses JSON; the error names the path of the field that does not fit.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AdminError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        // Text that is no JSON at all is nobody's field.
        let path = if inner.is_data() { path.as_str() } else { "." };
        refused(path, "body", &inner.to_string())
    })?;
    deserializer
        .end()
        .map_err(|error| AdminError::invalid("body", Fault::Malformed { detail: error.to_string() }))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "n")]
        _n: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "list")]
        _list: Vec<Inner>,
    }

    fn field_of(text: &str) -> String {
        match parse::<Outer>(text.as_bytes()) {
            Err(AdminError::Invalid(faults)) => faults[0].field.clone(),
            other => panic!("{text} gave {other:?}"),
        }
    }

    #[test]
    fn errors_name_the_field() {
        assert_eq!(field_of(r#"{"list":[{"n":1},{"n":"x"}]}"#), "list[1].n");
        assert_eq!(field_of(r#"{"list":[],"lost":1}"#), "lost");
        assert_eq!(field_of(r#"{"list":[]} x"#), "body");
        assert_eq!(field_of("["), "body");
        assert_eq!(field_of(r#"{"list":[{"n":1},{"#), "body");
    }

    #[test]
    fn what_is_missing_is_named() {
        let faults = |text: &str| match parse::<Outer>(text.as_bytes()) {
            Err(AdminError::Invalid(faults)) => (faults[0].field.clone(), faults[0].fault.clone()),
            other => panic!("{text} gave {other:?}"),
        };
        assert_eq!(faults("{}"), ("list".to_owned(), Fault::Missing));
        assert_eq!(faults(r#"{"list":[{}]}"#), ("list[0].n".to_owned(), Fault::Missing));
    }

    #[test]
    fn a_query_names_the_parameter() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            #[serde(rename = "limit")]
            _limit: Option<u32>,
        }
        let field = |query: &str| match parse_query::<Asked>(&format!("/x?{query}").parse().unwrap()) {
            Err(AdminError::Invalid(faults)) => (faults[0].field.clone(), faults[0].fault.code()),
            other => panic!("{query} gave {other:?}"),
        };
        assert_eq!(field("limit=x"), ("limit".to_owned(), "malformed"));
        assert_eq!(field("lost=1"), ("lost".to_owned(), "unknown_field"));
        assert!(parse_query::<Asked>(&"/x".parse().unwrap()).is_ok());
    }
}
