//! Headers of answers that are no pages.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;

/// What programs are answered belongs to who asked and is so now: nothing on the way keeps it, and nobody takes it for
/// something else than it says it is.
pub fn plain(router: Router) -> Router {
    router.layer(map_response(marked))
}

async fn marked(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
