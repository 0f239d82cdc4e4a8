//! Who asks at an address of a provider's, and for which source; and how such a request is answered.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tracing::warn;
use url::form_urlencoded;

use super::body::{Language, Peer};
use crate::domain::{Lang, Provider};
use crate::runtime::{Doors, Found};
use crate::sources::{Account, Answer, Declined, Endpoint, Shown, TokenIn};

/// What a request is taken by, beside its body.
#[derive(Clone)]
pub struct Caller {
    headers: HeaderMap,
    uri: Uri,
    pub peer: Option<IpAddr>,
    pub lang: Lang,
}

/// What it is asked at.
#[derive(Clone, Copy)]
pub struct Asked {
    pub provider: Provider,
    pub endpoint: &'static dyn Endpoint,
    /// As [`Declined::Several`] tells it.
    pub path: &'static str,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Peer(peer) = Peer::from_request_parts(parts, state).await?;
        let Language(lang) = Language::from_request_parts(parts, state).await?;
        Ok(Self { headers: parts.headers.clone(), uri: parts.uri.clone(), peer, lang })
    }
}

impl Caller {
    /// The source that is meant: that of its own path, whose token must fit; else that of the token; without one the only source
    /// that is open.
    pub fn account(&self, doors: &Doors, asked: &Asked, own_path: Option<&str>) -> Result<Account, Declined> {
        let Asked { provider, endpoint, path } = *asked;
        let known = doors.are_known();
        let shown = |token_in: &TokenIn| self.shown(endpoint, token_in);
        let found = match own_path {
            Some(key) => doors.by_path(key, provider, shown),
            None => doors.by_token(provider, shown),
        };
        let peer = self.peer;
        match found {
            Found::Account(account) => Ok(account),
            // To a provider a 401 is final; what it says now is not to be lost because we have just started, or another
            // process has the database.
            _ if !known => Err(Declined::NotYet),
            Found::Nobody => {
                warn!(%provider, ?peer, path, "a request with a missing or unknown token was refused");
                Err(Declined::UnknownToken(endpoint.unknown_token()))
            }
            Found::Several => {
                warn!(%provider, ?peer, path, "a request without a token was refused: several sources are open");
                Err(Declined::Several { path })
            }
        }
    }

    /// What a request shows there.
    fn shown(&self, endpoint: &dyn Endpoint, token_in: &TokenIn) -> Shown {
        match token_in {
            TokenIn::Header(name) => endpoint.shown(self.headers.get(&**name).map(HeaderValue::as_bytes)),
            TokenIn::Query(name) => {
                let query = self.uri.query().unwrap_or_default();
                let raw = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
                endpoint.shown(raw.as_ref().map(|(_, raw)| raw.as_bytes()))
            }
        }
    }
}

pub fn answered(answer: Answer) -> Response {
    match answer.body {
        Some(body) => json(answer.status, body),
        None => answer.status.into_response(),
    }
}

/// An answer to what is not taken, with this body.
pub fn declined(why: &Declined, body: String) -> Response {
    let mut response = json(why.status(), body);
    if why.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

fn json(status: StatusCode, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, kind, body).into_response()
}
