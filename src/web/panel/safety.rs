//! Where a request comes from, and what a browser may do with our pages.
//!
//! What must hold here: nothing is changed by a request that another site made a browser send. A request that may change
//! something must not name another origin (`Sec-Fetch-Site`, `Origin`), and from a browser that is signed in it must
//! carry the token that only our pages know: in the form's field `_csrf`, or in the header `X-CSRF-Token`. Both are
//! checked here for every route, so that no handler can forget them.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::frame::plain_trouble;
use super::{Panel, cookies};
use crate::listener::Unread;
use crate::secrets::Secret;
use crate::texts::say;
use crate::web::body::Peer;

/// A form is never longer.
const LARGEST_FORM: usize = 1 << 20;
/// Nor one of who has not signed in: a login, a password and little else.
const LARGEST_OF_STRANGERS: usize = 16 << 10;
pub const FIELD: &str = "_csrf";
const HEADER: &str = "x-csrf-token";

/// Nothing from another host, no inline script or style, no frame, forms to us only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The token that pages of this browser carry.
pub fn token_of(browser: &Secret) -> String {
    hex::encode(&Sha256::digest(format!("csrf:{}", browser.expose()))[..16])
}

/// Headers of every answer of the panel.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect(response.headers_mut());
    response
}

pub fn protect(headers: &mut HeaderMap) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    // A page belongs to who is signed in, and shows what is so now.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Refuses what may change something and does not come from a page of ours.
pub async fn check_origin_and_token(
    State(panel): State<Panel>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match form(&panel, &peer, &parts.headers, body).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let with_token = match cookies::token(&parts.headers) {
        Some(browser) => carries(&parts.headers, &body, &token_of(&browser)),
        // Nobody is signed in, so there is nobody to act as.
        None => true,
    };
    if with_token && is_ours(&parts.headers) {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let lang = cookies::language(&parts.headers);
    plain_trouble(
        lang,
        StatusCode::FORBIDDEN,
        &say(lang, "trouble-origin"),
        &say(lang, "trouble-origin-advice"),
    )
}

/// Reads a form, whose length depends on who sends it: what strangers send is not kept by the megabyte.
async fn form(
    panel: &Panel,
    Peer(address): &Peer,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, StatusCode> {
    let announced = body.size_hint();
    let mut largest = LARGEST_OF_STRANGERS;
    if announced.upper().is_none_or(|upper| upper > largest as u64)
        && let Some(token) = cookies::token(headers)
        && panel.admin.visitor(&token, *address).await.is_ok()
    {
        largest = LARGEST_FORM;
    }
    if announced.lower() > largest as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    axum::body::to_bytes(body, largest).await.map_err(|error| match Unread::behind(&error) {
        Some(Unread::Late) => StatusCode::REQUEST_TIMEOUT,
        Some(Unread::NoRoom) => StatusCode::SERVICE_UNAVAILABLE,
        None => StatusCode::PAYLOAD_TOO_LARGE,
    })
}

/// Whether the browser says that a page of this origin made it ask. Without a word it is no browser of today: the token
/// alone counts.
fn is_ours(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return false;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) {
        // `null` is what a browser sends that hides where it comes from.
        Some("null") => site.is_some(),
        Some(origin) => origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host)),
        None => true,
    }
}

fn carries(headers: &HeaderMap, body: &Bytes, token: &str) -> bool {
    let in_header = headers.get(HEADER).is_some_and(|value| value.as_bytes() == token.as_bytes());
    in_header || url::form_urlencoded::parse(body).any(|(name, value)| name == FIELD && value == token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (header::HeaderName::from_static(name), value.parse().expect("a header"))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_our_own_pages_may_ask() {
        let ours: [&[(&str, &str)]; 4] = [
            &[("host", "ramal.local:8080"), ("origin", "http://ramal.local:8080")],
            &[("host", "ramal.local"), ("origin", "https://RAMAL.local"), ("sec-fetch-site", "same-origin")],
            &[("host", "ramal.local"), ("sec-fetch-site", "none")],
            &[("host", "ramal.local")],
        ];
        for headers in ours {
            assert!(is_ours(&asked(headers)), "{headers:?}");
        }
        let others: [&[(&str, &str)]; 5] = [
            &[("host", "ramal.local"), ("origin", "http://evil.example")],
            &[("host", "ramal.local"), ("origin", "http://ramal.local:81")],
            &[("host", "ramal.local"), ("origin", "null")],
            &[("host", "ramal.local"), ("sec-fetch-site", "cross-site")],
            &[("host", "ramal.local"), ("sec-fetch-site", "same-site")],
        ];
        for headers in others {
            assert!(!is_ours(&asked(headers)), "{headers:?}");
        }
    }

    #[test]
    fn the_token_is_in_the_form_or_in_the_header() {
        let token = token_of(&Secret::new("browser"));
        assert_eq!(token.len(), 32);
        let body = Bytes::from(format!("name=a&_csrf={token}"));
        assert!(carries(&HeaderMap::new(), &body, &token));
        assert!(carries(&asked(&[("x-csrf-token", &token)]), &Bytes::new(), &token));
        assert!(!carries(&HeaderMap::new(), &Bytes::from("_csrf="), &token));
        assert!(!carries(&asked(&[("x-csrf-token", "0")]), &Bytes::new(), &token));
    }
}
