//! Where a request comes from, and what a browser may do with our pages.
//!
//! What must hold here: nothing is changed by a request that another site made a browser send. A request that may change
//! something must not come from another site, and from a browser that is signed in it must carry the token that only our
//! pages know: in the form's field `_csrf`, or in the header `X-CSRF-Token`. Both are checked here for every route, so that
//! no handler can forget them.
//!
//! Which site it comes from a browser says itself (`Sec-Fetch-Site`), and no page can make it lie. Where it does not, over plain
//! HTTP or because it is old, the `Origin` it names has to be the host that it asked for ([`Client::is_at`]), which a proxy may
//! have replaced: then the page and the log say which header and which setting it is about.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::frame::plain_trouble;
use super::{Panel, cookies, left, multipart};
use crate::admin::By;
use crate::domain::Lang;
use crate::listener::Unread;
use crate::log::lines;
use crate::secrets::Secret;
use crate::texts::{Saying, say};
use crate::web::body::{BODY_MAX, Peer};
use crate::web::client::{Client, Front};

/// A form is never longer: the longest holds a list, which may be as long as one that comes by the API.
const LARGEST_FORM: usize = BODY_MAX;
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
    // The microphone is for who answers calls; the browser asks them all the same.
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(self)"),
    );
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
        Err(StatusCode::PAYLOAD_TOO_LARGE) => return too_large(&parts.headers),
        Err(status) => return status.into_response(),
    };
    let with_token = match cookies::token(&parts.headers) {
        Some(browser) => carries(&parts.headers, &body, &token_of(&browser)),
        // Nobody is signed in, so there is nobody to act as.
        None => true,
    };
    let unplaced = Front::default().client(None, &parts.headers);
    let client = parts.extensions.get::<Client>().unwrap_or(&unplaced);
    let from = comes_from(&parts.headers, client);
    if with_token && from == From::Us {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let lang = cookies::language(&parts.headers);
    let advice = match from {
        From::Host(origin) => misplaced(lang, origin, client),
        From::Us | From::Elsewhere => say(lang, "trouble-origin-advice"),
    };
    plain_trouble(lang, StatusCode::FORBIDDEN, &say(lang, "trouble-origin"), &advice)
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
    {
        let _turn = panel.admin.access.turns.request(By::address(*address)).await;
        if panel.admin.visitor(&token, *address).await.is_ok() {
            largest = LARGEST_FORM;
        } else if panel.admin.whose(&token).await.is_some() {
            // Their sign-in has ended: what they typed is kept until they are in again.
            largest = left::LARGEST;
        }
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

fn too_large(headers: &HeaderMap) -> Response {
    let lang = cookies::language(headers);
    let advice = say(lang, "trouble-too-large-advice").with("mebibytes", LARGEST_FORM >> 20);
    plain_trouble(lang, StatusCode::PAYLOAD_TOO_LARGE, &say(lang, "trouble-too-large"), &advice)
}

/// Where a request comes from.
#[derive(Debug, PartialEq, Eq)]
enum From<'a> {
    Us,
    Elsewhere,
    /// The origin that it names is not the host that it asks for: another site's, or a proxy has replaced the host.
    Host(&'a str),
}

/// Says, on the page and in the log, what a proxy has to pass on.
fn misplaced(lang: Lang, origin: &str, client: &Client) -> Saying {
    let host = client.host.as_deref().unwrap_or_default();
    lines::foreign_origin(client.address, origin, host, client.unbelieved_host.as_deref());
    let told = match &client.unbelieved_host {
        Some(forwarded) => say(lang, "trouble-origin-proxy").with("forwarded", forwarded.clone()),
        None => say(lang, "trouble-origin-host"),
    };
    told.with("origin", origin.to_owned()).with("host", host.to_owned())
}

/// Where the browser says that the page is which made it ask. Without a word it is no browser of today: the token alone counts.
fn comes_from<'a>(headers: &'a HeaderMap, client: &Client) -> From<'a> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    match (site, headers.get(header::ORIGIN).map(HeaderValue::to_str)) {
        // Whatever a proxy has made of the host, `same-origin` is said of the address that the browser knows. `null` is the
        // origin of one that hides where it comes from.
        (Some(b"same-origin"), _) | (Some(b"none") | None, None) | (Some(b"none"), Some(Ok("null"))) => {
            From::Us
        }
        (Some(b"none") | None, Some(Ok(origin))) if client.is_at(origin) => From::Us,
        (None, Some(Ok(origin))) if origin != "null" => From::Host(origin),
        _ => From::Elsewhere,
    }
}

/// Whether a page of ours opens a connection on which things are asked for without the token: a browser says so of every one of them.
pub fn is_of_our_page(headers: &HeaderMap, client: &Client) -> bool {
    headers.contains_key(header::ORIGIN) && comes_from(headers, client) == From::Us
}

fn carries(headers: &HeaderMap, body: &Bytes, token: &str) -> bool {
    if headers.get(HEADER).is_some_and(|value| value.as_bytes() == token.as_bytes()) {
        return true;
    }
    match multipart::boundary(headers) {
        Some(boundary) => multipart::parts(body, &boundary)
            .iter()
            .any(|part| part.name == FIELD && part.value == token.as_bytes()),
        None => url::form_urlencoded::parse(body).any(|(name, value)| name == FIELD && value == token),
    }
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
        let ours: [&[(&str, &str)]; 5] = [
            // Behind a proxy that asks with its own host.
            &[
                ("host", "127.0.0.1:8080"),
                ("origin", "https://ramal.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            &[("host", "ramal.local:8080"), ("origin", "http://ramal.local:8080")],
            &[("host", "ramal.local"), ("origin", "https://RAMAL.local"), ("sec-fetch-site", "same-origin")],
            &[("host", "ramal.local"), ("sec-fetch-site", "none")],
            &[("host", "ramal.local")],
        ];
        let from = |headers: &HeaderMap| {
            let client = Front::default().client(None, headers);
            matches!(comes_from(headers, &client), From::Us)
        };
        for headers in ours {
            assert!(from(&asked(headers)), "{headers:?}");
        }
        let others: [&[(&str, &str)]; 6] = [
            &[("host", "ramal.local"), ("origin", "http://evil.example"), ("sec-fetch-site", "none")],
            &[("host", "ramal.local"), ("origin", "http://evil.example")],
            &[("host", "ramal.local"), ("origin", "http://ramal.local:81")],
            &[("host", "ramal.local"), ("origin", "null")],
            &[("host", "ramal.local"), ("sec-fetch-site", "cross-site")],
            &[("host", "ramal.local"), ("sec-fetch-site", "same-site")],
        ];
        for headers in others {
            assert!(!from(&asked(headers)), "{headers:?}");
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
        let with_file = asked(&[("content-type", "multipart/form-data; boundary=x")]);
        let part = |name: &str| {
            Bytes::from(format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{token}\r\n--x--\r\n"
            ))
        };
        assert!(carries(&with_file, &part("_csrf"), &token));
        assert!(!carries(&with_file, &part("name"), &token) && !carries(&with_file, &body, &token));
    }
}
