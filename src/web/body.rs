//! Reading what a caller sent: JSON bodies and queries whose errors name the field, and the caller's language.

use std::convert::Infallible;
use std::net::IpAddr;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::client::Client;
use super::problem::{Misuse, Problem};
use super::reading;
use crate::admin::{AdminError, Fault, Place};
use crate::domain::Lang;
use crate::listener::Unread;

/// Bytes of a body that are read.
pub const BODY_MAX: usize = 2 << 20;

/// The language to answer in.
pub struct Language(pub Lang);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Language(Lang::from_accept_language(header.unwrap_or_default())))
    }
}

/// The client's address, as far as it is known.
pub struct Peer(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Peer(parts.extensions.get::<Client>().and_then(|client| client.address)))
    }
}

/// A JSON body of type `T`; an error names the field by its path.
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = Lang::from_accept_language(header.unwrap_or_default());
        if !is_json(request.headers()) {
            return Err(Misuse::MediaType.response(lang));
        }
        let bytes = whole(request, state, lang).await?;
        let empty_is_no_fields = if bytes.is_empty() { &b"{}"[..] } else { &bytes[..] };
        reading::json(empty_is_no_fields)
            .map(Json)
            .map_err(|fault| Problem { error: AdminError::Invalid(vec![fault]), lang }.into_response())
    }
}

/// A body that is no JSON, whole.
pub struct Text(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = Lang::from_accept_language(header.unwrap_or_default());
        whole(request, state, lang).await.map(Text)
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S, lang: Lang) -> Result<Bytes, Response> {
    Bytes::from_request(request, state).await.map_err(|refused| {
        if refused.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Misuse::TooLarge.response(lang);
        }
        match Unread::behind(&refused) {
            Some(Unread::Late) => return Misuse::Late.response(lang),
            Some(Unread::NoRoom) => return Misuse::NoRoom.response(lang),
            None => {}
        }
        let error = AdminError::invalid(Place::whole("body"), Fault::Unread);
        Problem { error, lang }.into_response()
    })
}

/// Whether a body may be JSON by what its headers say. One that says nothing of itself is looked at.
fn is_json(headers: &HeaderMap) -> bool {
    let text =
        |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim().to_ascii_lowercase());
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let packed = text(header::CONTENT_ENCODING).is_some_and(|coding| !matches!(&*coding, "" | "identity"));
    let is_json = matches!(essence, "" | "application/json" | "text/json") || essence.ends_with("+json");
    is_json && !packed
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

/// A path's id, and the word that follows it.
pub struct IdAndWord<T>(pub T, pub String);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for IdAndWord<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Language(lang)) = Language::from_request_parts(parts, state).await;
        let both = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (raw, word) = both.map(|Path(both)| both).unwrap_or_default();
        let not_found = |_| Problem { error: AdminError::not_found("resource", &raw), lang };
        raw.parse().map(|id| IdAndWord(id, word)).map_err(not_found)
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
        reading::query(parts.uri.query().unwrap_or_default())
            .map(Query)
            .map_err(|fault| Problem { error: AdminError::Invalid(vec![fault]), lang })
    }
}
