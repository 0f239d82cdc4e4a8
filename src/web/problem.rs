//! Errors as RFC 9457 problem documents that name the field, in the caller's language.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use crate::admin::{AdminError, Fault, FaultBody, FieldFault};
use crate::domain::Lang;
use crate::texts::{Message, msg};

/// An error on its way to a caller: what happened, and the language to say it in.
#[derive(Debug)]
pub struct Problem {
    pub error: AdminError,
    pub lang: Lang,
}

/// Its media type.
pub const PROBLEM: &str = "application/problem+json";

/// The document (`application/problem+json`).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// A stable word for the kind of problem, as a relative reference.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/invalid")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What is wrong with which field; absent when it is about none.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FaultBody>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let lang = self.lang;
        let described = describe(&self.error);
        let status = described.0;
        let errors = match &self.error {
            AdminError::Invalid(faults) => faults.iter().map(|fault| fault.body(lang)).collect(),
            AdminError::NameTaken(taken) => {
                let fault = FieldFault::new("name", Fault::Taken).body(lang);
                vec![FaultBody { message: taken.text(lang), ..fault }]
            }
            _ => Vec::new(),
        };
        if status.is_server_error() {
            error!(error = %self.error, "a request could not be served");
        }
        let mut response = document(lang, described, errors);
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What HTTP itself refuses, before an operation is asked.
#[derive(Debug, Clone, Copy)]
pub enum Misuse {
    /// The path is there, for other methods.
    Method,
    /// The body is longer than is read.
    TooLarge,
    /// The body came too slowly.
    Late,
    /// There is no room for the body now.
    NoRoom,
    /// The body says of itself that it is something else than JSON, or packed.
    MediaType,
}

impl Misuse {
    pub fn response(self, lang: Lang) -> Response {
        let (status, slug, title, detail) = match self {
            Misuse::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                msg("problem-method"),
                msg("problem-method-detail"),
            ),
            Misuse::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                msg("problem-too-large"),
                // As `BODY_MAX` says.
                msg("problem-too-large-detail"),
            ),
            Misuse::Late => (
                StatusCode::REQUEST_TIMEOUT,
                "too-slow",
                msg("problem-too-slow"),
                msg("problem-too-slow-detail"),
            ),
            Misuse::NoRoom => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                msg("problem-no-room"),
                msg("problem-no-room-detail"),
            ),
            Misuse::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                msg("problem-media-type"),
                msg("problem-media-type-detail"),
            ),
        };
        let mut response = document(lang, (status, slug, title, Some(detail)), Vec::new());
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Status, slug, title and detail of a problem.
type Described = (StatusCode, &'static str, Message, Option<Message>);

fn document(lang: Lang, described: Described, errors: Vec<FaultBody>) -> Response {
    let (status, slug, title, detail) = described;
    let (kind, detail) = (format!("/problems/{slug}"), detail.map(|detail| detail.text(lang)));
    let body = ProblemBody { kind, title: title.text(lang), status: status.as_u16(), detail, errors };
    let mut response = (status, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    response
}

/// What a company is answered with that is another process's, or nobody's yet.
fn elsewhere() -> Described {
    let detail = Some(msg("problem-not-ours-detail"));
    (StatusCode::SERVICE_UNAVAILABLE, "not-ours", msg("problem-not-ours"), detail)
}

/// Right in itself, and somebody else's already.
fn taken() -> Described {
    (StatusCode::CONFLICT, "taken", msg("problem-taken"), None)
}

/// What each kind is.
fn describe(error: &AdminError) -> Described {
    match error {
        AdminError::NameTaken(_) => taken(),
        AdminError::Invalid(faults) if faults.iter().all(|one| one.fault == Fault::Taken) => taken(),
        AdminError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", msg("problem-invalid"), None),
        AdminError::NotFound { kind, id } => {
            // The catalogue's cases have no spaces.
            let detail = msg("problem-not-found-detail").with("kind", kind.replace(' ', "-")).with("id", id);
            (StatusCode::NOT_FOUND, "not-found", msg("problem-not-found"), Some(detail))
        }
        AdminError::NotOffered(why) => {
            (StatusCode::NOT_FOUND, "not-found", msg("problem-not-found"), Some(why.clone()))
        }
        AdminError::Stale => {
            (StatusCode::CONFLICT, "stale", msg("problem-stale"), Some(msg("problem-stale-detail")))
        }
        AdminError::Conflict(why) => {
            (StatusCode::CONFLICT, "conflict", msg("problem-conflict"), Some(why.clone()))
        }
        AdminError::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            msg("problem-unauthenticated"),
            Some(msg("problem-unauthenticated-detail")),
        ),
        AdminError::TooManyTries { wait } => (
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-tries",
            msg("problem-tries"),
            Some(msg("problem-tries-detail").with("seconds", (wait.as_secs() + 1).to_string())),
        ),
        AdminError::Forbidden { needed } => (
            StatusCode::FORBIDDEN,
            "forbidden",
            msg("problem-forbidden"),
            Some(msg("problem-forbidden-detail").with("role", needed.as_str())),
        ),
        AdminError::Unavailable { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            msg("problem-unavailable"),
            Some(msg("problem-unavailable-detail")),
        ),
        AdminError::Elsewhere => elsewhere(),
        AdminError::Internal(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal", msg("problem-internal"), None)
        }
    }
}
