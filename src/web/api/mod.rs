//! The JSON API under `/api/v1`: the operations of `admin`, over HTTP.
//!
//! What must hold here: a handler only reads the request, calls one operation and writes its answer; who may call it
//! stands in its signature; every route is in the OpenAPI document because both are made from the same lines.

mod alert_rules;
mod api_keys;
mod attention;
mod audit_log;
mod calls;
mod companies;
mod consumers;
mod contact_points;
mod contacts;
mod deliveries;
mod document;
mod duties;
mod events;
mod incidents;
mod refusals;
mod replays;
mod search;
mod series;
mod sources;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower::ServiceExt as _;
use utoipa::IntoParams;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::auth::Caller;
use super::body::{BODY_MAX, Language};
use super::plain::plain;
use super::problem::{Misuse, Problem, ProblemBody};
use crate::admin::{Admin, AdminError, Cursor, PageSize, page_size};

/// Where a list goes on, and how much of it to give.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The `next` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

impl Paging {
    /// The limit, which must be within its bounds.
    fn limit(&self, caller: &Caller) -> Result<u32, Problem> {
        page_size(self.limit).map_err(|error| Problem { error, lang: caller.lang })
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Ramal",
        description = "Call events from telephony services, written down and delivered. Errors are RFC 9457 problem \
            documents that name the field; lists page by cursor; times are ISO 8601 in UTC.",
        contact(name = "Ramal")
    ),
    servers((url = "/", description = "The program that serves this document.")),
    tags(
        (name = "companies", description = "The tenants; each owns its sources and webhooks."),
        (name = "sources", description = "Accounts at providers, and their lines."),
        (name = "webhooks", description = "What a company wants sent, and where."),
        (name = "deliveries", description = "What became of events on their way to a webhook."),
        (name = "replays", description = "Ranges of the past, sent again."),
        (name = "events", description = "What providers said."),
        (name = "calls", description = "What the events say about calls."),
        (name = "search", description = "Whatever somebody has in hand."),
        (name = "contacts", description = "The phones that a company knows."),
        (name = "contact_points", description = "Who is told of what is wrong, and over which service."),
        (name = "alerts", description = "Who is told of which incidents, when and how often."),
        (name = "attention", description = "What somebody should look at."),
        (name = "incidents", description = "What is wrong, and was, with what happened to it."),
        (name = "series", description = "What was counted, for charts."),
        (name = "consumers", description = "Who makes rows of the journal: what searches and charts are read from."),
        (name = "duties", description = "What the program does in the background."),
        (name = "api_keys", description = "Keys of this API."),
        (name = "audit", description = "Who changed what, and when."),
    ),
    components(schemas(ProblemBody)),
    security(("api_key" = []))
)]
struct Document;

/// The routes and the document that describes them.
fn routes() -> (Router<Arc<Admin>>, OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(<Document as utoipa::OpenApi>::openapi())
        .nest(
            "/api/v1",
            OpenApiRouter::new()
                .merge(companies::routes())
                .merge(sources::routes())
                .merge(webhooks::routes())
                .merge(deliveries::routes())
                .merge(replays::routes())
                .merge(events::routes())
                .merge(calls::routes())
                .merge(search::routes())
                .merge(contacts::routes())
                .merge(contact_points::routes())
                .merge(alert_rules::routes())
                .merge(attention::routes())
                .merge(incidents::routes())
                .merge(series::routes())
                .merge(consumers::routes())
                .merge(duties::routes())
                .merge(api_keys::routes())
                .merge(audit_log::routes()),
        )
        .split_for_parts();
    document::complete(&mut document);
    (router, document)
}

/// The API with its document at `/api/v1/openapi.json`. `strays` is what browsers are shown at an address that is nothing.
pub fn router(admin: Arc<Admin>, strays: Router) -> Router {
    let (router, document) = routes();
    let document: Arc<str> = document.to_json().unwrap_or_default().into();
    let serve = move |State(_): State<Arc<Admin>>| {
        let document = document.to_string();
        async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], document) }
    };
    let router = router
        .route("/api/v1/openapi.json", axum::routing::get(serve))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .fallback(move |language: Language, request: Request| nothing_here(strays.clone(), language, request))
        .with_state(admin);
    plain(router)
}

/// A route that has no such method; the router adds `Allow`.
async fn wrong_method(Language(lang): Language) -> Response {
    Misuse::Method.response(lang)
}

/// A path that is no route: a page for a browser, a problem document for a program.
async fn nothing_here(strays: Router, Language(lang): Language, request: Request) -> Response {
    let path = request.uri().path();
    let wants_page = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !wants_page || path.starts_with("/api/") {
        return Problem { error: AdminError::not_found("page", path), lang }.into_response();
    }
    match strays.oneshot(request).await {
        Ok(page) => page,
        Err(never) => match never {},
    }
}
