//! Browsers that came over TLS come over TLS again.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use url::Url;

use super::panel;

/// A year, as browsers' own lists want it. Nothing is said of other names below this one: they are not ours.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether people come over TLS the settings say (`public_url`), or the proxy that ends it. Said to a browser that came
/// without it, the header means nothing.
pub fn strict(router: Router, public_url: Option<&Url>) -> Router {
    let always = public_url.is_some_and(|url| url.scheme() == "https");
    router.layer(from_fn_with_state(always, mark))
}

async fn mark(State(always): State<bool>, request: Request, next: Next) -> Response {
    let is_strict = always || panel::over_tls(request.headers());
    let mut response = next.run(request).await;
    if is_strict {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    }
    response
}
