//! Reading what a caller sent: JSON bodies whose errors name the field, and the caller's language.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Path, Request};
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

/// Parses JSON; the error names the path of the field that does not fit.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AdminError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "body".to_owned() } else { path };
        let inner = error.into_inner();
        let unknown = inner.to_string().strip_prefix("unknown field `").map(str::to_owned);
        match unknown.as_deref().and_then(|rest| rest.split_once('`')) {
            // serde reports the unknown key in its text only, and no stable type carries it.
            Some((key, _)) => {
                let field = if field == "body" || field == key { key.to_owned() } else { field };
                AdminError::invalid(&field, Fault::Unknown)
            }
            None => AdminError::invalid(&field, Fault::Malformed { detail: inner.to_string() }),
        }
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
    }
}
