//! The answers that operations share: one problem document for each way to be refused.

use axum::http::StatusCode;
use utoipa::ToSchema as _;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Header, Ref, Response, ResponseBuilder};

use crate::web::problem::{PROBLEM, ProblemBody};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unauthenticated,
    Forbidden,
    NotFound,
    TooSlow,
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    Internal,
    Unavailable,
}

impl Refusal {
    pub const ALL: [Refusal; 10] = [
        Refusal::Unauthenticated,
        Refusal::Forbidden,
        Refusal::NotFound,
        Refusal::TooSlow,
        Refusal::Conflict,
        Refusal::TooLarge,
        Refusal::UnsupportedMediaType,
        Refusal::Invalid,
        Refusal::Internal,
        Refusal::Unavailable,
    ];

    pub fn status(self) -> StatusCode {
        match self {
            Refusal::Unauthenticated => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Conflict => StatusCode::CONFLICT,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// As the document calls it.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Unauthenticated => "Unauthenticated",
            Refusal::Forbidden => "Forbidden",
            Refusal::NotFound => "NotFound",
            Refusal::TooSlow => "TooSlow",
            Refusal::Conflict => "Conflict",
            Refusal::TooLarge => "TooLarge",
            Refusal::UnsupportedMediaType => "UnsupportedMediaType",
            Refusal::Invalid => "Invalid",
            Refusal::Internal => "Internal",
            Refusal::Unavailable => "Unavailable",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Refusal::Unauthenticated => "The key is missing, unknown, expired or revoked.",
            Refusal::Forbidden => "The key's role does not reach that far.",
            Refusal::NotFound => "There is no such thing, or the key may not see it.",
            Refusal::TooSlow => "The body did not arrive in time.",
            Refusal::Conflict => {
                "Right in itself, but not as things are: a name or a secret is taken (the field is named), someone else \
                 changed it meanwhile, or its state does not allow it."
            }
            Refusal::TooLarge => "The body is longer than 2 MiB.",
            Refusal::UnsupportedMediaType => "The body calls itself something other than JSON.",
            Refusal::Invalid => "Some fields are wrong; each is named.",
            Refusal::Internal => "An error of the program's own; its log says more.",
            Refusal::Unavailable => {
                "The database cannot be used just now, another process has the company, or there is no room for the body."
            }
        }
    }

    fn header(self) -> Option<(&'static str, Header)> {
        let (name, kind, meaning) = match self {
            Refusal::Unauthenticated => ("WWW-Authenticate", Type::String, "`Bearer`."),
            Refusal::Unavailable => ("Retry-After", Type::Integer, "When to try again, in seconds."),
            _ => return None,
        };
        let value = ObjectBuilder::new().schema_type(kind);
        Some((name, HeaderBuilder::new().schema(Some(value)).description(Some(meaning)).build()))
    }

    pub fn described(self) -> Response {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name())));
        let answer = ResponseBuilder::new().description(self.meaning()).content(PROBLEM, problem.build());
        match self.header() {
            Some((name, header)) => answer.header(name, header).build(),
            None => answer.build(),
        }
    }
}
