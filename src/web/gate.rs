//! What a listener serves before there is anything to serve, and after.
//!
//! What must hold here: whoever asks is answered from the moment in which the program listens. Until it is ready that is the
//! truth about it: it lives, it is not ready, and one should come again.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tower::ServiceExt as _;

use crate::domain::Lang;
use crate::texts::say;

/// One listener's gate. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub struct Gate {
    router: Arc<RwLock<Option<Router>>>,
}

impl Gate {
    /// What the listener is given once and for all.
    pub fn service(&self) -> Router {
        let gate = self.clone();
        Router::new().fallback(move |request: Request| {
            let now = gate.router.read().unwrap_or_else(PoisonError::into_inner).clone();
            async move {
                match now {
                    Some(router) => match router.oneshot(request).await {
                        Ok(response) => response,
                        Err(never) => match never {},
                    },
                    None => not_yet(&request),
                }
            }
        })
    }

    /// From now on this is served.
    pub fn open(&self, router: Router) {
        *self.router.write().unwrap_or_else(PoisonError::into_inner) = Some(router);
    }
}

fn not_yet(request: &Request) -> Response {
    match request.uri().path() {
        "/healthz" => return "ok\n".into_response(),
        "/readyz" => return (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response(),
        _ => {}
    }
    let languages = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::from_accept_language(languages.unwrap_or_default());
    let text = say(lang, "door-starting").text();
    let later = [(header::RETRY_AFTER, HeaderValue::from_static("2"))];
    (StatusCode::SERVICE_UNAVAILABLE, later, axum::Json(json!({ "error": text }))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;

    use super::*;

    async fn asked(gate: &Gate, path: &str) -> (StatusCode, Option<String>) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = gate.service().oneshot(request).await.expect("infallible");
        let later =
            response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().expect("digits").into());
        (response.status(), later)
    }

    #[tokio::test]
    async fn who_asks_before_it_is_ready_is_told_so_and_served_afterwards() {
        let gate = Gate::default();
        assert_eq!(asked(&gate, "/healthz").await, (StatusCode::OK, None));
        assert_eq!(asked(&gate, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        let posted = asked(&gate, "/eventTellicon").await;
        assert_eq!(posted, (StatusCode::SERVICE_UNAVAILABLE, Some("2".into())));
        gate.open(Router::new().route("/here", get(|| async { "yes" })));
        assert_eq!(asked(&gate, "/here").await.0, StatusCode::OK);
        assert_eq!(asked(&gate, "/there").await.0, StatusCode::NOT_FOUND);
    }
}
