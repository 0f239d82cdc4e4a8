//! Errors as RFC 9457 problem documents that name the field, in the caller's language.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use crate::admin::{AdminError, Fault, FaultBody, FieldFault, Role};
use crate::domain::Lang;

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
        let (status, slug, title, detail) = describe(&self.error, lang);
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
        let mut response = document(lang, status, slug, title, detail, errors);
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
                lang.pick("Método não permitido", "Method not allowed"),
                lang.pick(
                    "O cabeçalho Allow diz quais métodos este endereço aceita.",
                    "The Allow header says which methods this address takes.",
                ),
            ),
            Misuse::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                lang.pick("Corpo grande demais", "Body too large"),
                // As `BODY_MAX` says.
                lang.pick("O corpo pode ter até 2 MiB.", "The body may have up to 2 MiB."),
            ),
            Misuse::Late => (
                StatusCode::REQUEST_TIMEOUT,
                "too-slow",
                lang.pick("Corpo lento demais", "Body too slow"),
                lang.pick("O corpo não chegou a tempo.", "The body did not arrive in time."),
            ),
            Misuse::NoRoom => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                lang.pick("Indisponível agora", "Not available now"),
                lang.pick(
                    "Não há espaço para o corpo agora; tente de novo.",
                    "There is no room for the body now; try again.",
                ),
            ),
            Misuse::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                lang.pick("Tipo de conteúdo não aceito", "Unsupported media type"),
                lang.pick(
                    "Envie JSON, com Content-Type: application/json e sem compressão.",
                    "Send JSON, with Content-Type: application/json and not compressed.",
                ),
            ),
        };
        let mut response = document(lang, status, slug, title, Some(detail.to_owned()), Vec::new());
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

fn document(
    lang: Lang,
    status: StatusCode,
    slug: &str,
    title: &str,
    detail: Option<String>,
    errors: Vec<FaultBody>,
) -> Response {
    let (kind, title) = (format!("/problems/{slug}"), title.to_owned());
    let body = ProblemBody { kind, title, status: status.as_u16(), detail, errors };
    let mut response = (status, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    response
}

/// A role as the panel calls it in Portuguese.
fn in_words(role: Role) -> &'static str {
    match role {
        Role::Reader => "leitura",
        Role::Operator => "operador",
        Role::Administrator => "administrador",
    }
}

type Described = (StatusCode, &'static str, &'static str, Option<String>);

/// What a company is answered with that is another process's, or nobody's yet.
fn elsewhere(lang: Lang) -> Described {
    let pt = "Este processo do Ramal não está com a empresa agora. Tente de novo em alguns segundos.";
    let en = "This process of Ramal does not have the company now. Try again in a few seconds.";
    let title = lang.pick("Empresa em outro processo", "Company of another process");
    (StatusCode::SERVICE_UNAVAILABLE, "not-ours", title, Some(lang.pick(pt, en).to_owned()))
}

/// Right in itself, and somebody else's already.
fn taken(lang: Lang) -> Described {
    (StatusCode::CONFLICT, "taken", lang.pick("Já está em uso", "Already in use"), None)
}

/// Status, slug, title and detail of each kind.
fn describe(error: &AdminError, lang: Lang) -> Described {
    match error {
        AdminError::NameTaken(_) => taken(lang),
        AdminError::Invalid(faults) if faults.iter().all(|one| one.fault == Fault::Taken) => taken(lang),
        AdminError::Invalid(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            lang.pick("Há campos inválidos", "Some fields are invalid"),
            None,
        ),
        AdminError::NotFound { kind, id } => (
            StatusCode::NOT_FOUND,
            "not-found",
            lang.pick("Não encontrado", "Not found"),
            Some(lang.pick(
                format!("{} {id} não existe.", in_portuguese(kind)),
                format!("{kind} {id} does not exist."),
            )),
        ),
        AdminError::Stale => (
            StatusCode::CONFLICT,
            "stale",
            lang.pick("Alterado por outra pessoa", "Changed by someone else"),
            Some(lang.pick("Recarregue e tente de novo.", "Reload and try again.").to_owned()),
        ),
        AdminError::Conflict { en, pt } => (
            StatusCode::CONFLICT,
            "conflict",
            lang.pick("Não é possível agora", "Not possible now"),
            Some(lang.pick(*pt, *en).to_owned()),
        ),
        AdminError::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            lang.pick("Chave de API ausente ou inválida", "Missing or invalid API key"),
            Some(
                lang.pick("Envie Authorization: Bearer rml_…", "Send Authorization: Bearer rml_…").to_owned(),
            ),
        ),
        AdminError::TooManyTries { wait } => (
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-tries",
            lang.pick("Tentativas demais", "Too many tries"),
            Some(lang.pick(
                format!("Tente de novo em {} s.", wait.as_secs() + 1),
                format!("Try again in {} s.", wait.as_secs() + 1),
            )),
        ),
        AdminError::Forbidden { needed } => (
            StatusCode::FORBIDDEN,
            "forbidden",
            lang.pick("Sem permissão", "Not permitted"),
            Some(lang.pick(
                format!("É preciso uma chave com o papel {} ou acima.", in_words(*needed)),
                format!("A key with the role {} or above is needed.", needed.as_str()),
            )),
        ),
        AdminError::Unavailable { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            lang.pick("Banco de dados indisponível", "Database unavailable"),
            Some(lang.pick("Tente de novo em alguns segundos.", "Try again in a few seconds.").to_owned()),
        ),
        AdminError::Elsewhere => elsewhere(lang),
        AdminError::Internal(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            lang.pick("Erro inesperado", "Unexpected error"),
            None,
        ),
    }
}

/// What something is called in Portuguese; a word without a translation is a name of its own (`webhook`).
fn in_portuguese(kind: &'static str) -> &'static str {
    match kind {
        "company" => "empresa",
        "source" => "fonte",
        "event" => "evento",
        "replay" => "repetição",
        "api key" => "chave de API",
        "page" => "página",
        "resource" => "recurso",
        kind => kind,
    }
}
