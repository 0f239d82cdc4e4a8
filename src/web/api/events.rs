//! Events: search, one event, its exact bytes, and the catalogue of known types.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, CatalogueView, EventCountQuery, EventCountView, EventQuery, EventView, Page};
use crate::domain::{CompanyId, EventId};
use crate::web::auth::{Administrator, Answer, Reader};
use crate::web::body::{Id, Query};
use crate::web::problem::Problem;

type EventPage = Page<EventView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(count))
        .routes(routes!(read))
        .routes(routes!(payload))
        .routes(routes!(catalogue))
}

/// A company's events, newest first, by call, phone, agent, chat, type, time and free text.
#[utoipa::path(get, path = "/companies/{company}/events", tag = "events",
    params(("company" = CompanyId, Path), EventQuery), responses((status = 200, body = EventPage)))]
async fn search(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Query(query): Query<EventQuery>,
) -> Answer<Page<EventView>> {
    caller.answer(admin.search(&caller.actor, company, &query).await)
}

/// How many events of a company came in the last minutes.
#[utoipa::path(get, path = "/companies/{company}/events/count", tag = "events",
    params(("company" = CompanyId, Path), EventCountQuery), responses((status = 200, body = EventCountView)))]
async fn count(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Query(query): Query<EventCountQuery>,
) -> Answer<EventCountView> {
    caller.answer(admin.count_events(&caller.actor, company, &query).await)
}

/// One event with its payload; values of keys that look like secrets are masked.
#[utoipa::path(get, path = "/events/{event}", tag = "events", params(("event" = EventId, Path)),
    responses((status = 200, body = EventView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(event): Id<EventId>,
) -> Answer<EventView> {
    caller.answer(admin.event(&caller.actor, event).await)
}

/// The payload's exact bytes as the provider wrote them, secrets included; reading them is audited.
#[utoipa::path(get, path = "/events/{event}/payload", tag = "events", security(("api_key" = ["administrator"])),
    params(("event" = EventId, Path)), responses((status = 200, content_type = "application/json")))]
async fn payload(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(event): Id<EventId>,
) -> Result<Response<Body>, Problem> {
    let axum::Json(bytes) = caller.answer(admin.raw_payload(&caller.actor, event).await)?;
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The known event types of the providers, with their descriptions and aliases. Others arrive too.
#[utoipa::path(get, path = "/catalogue", tag = "events", responses((status = 200, body = Vec<CatalogueView>)))]
async fn catalogue(Reader(caller): Reader) -> Answer<Vec<CatalogueView>> {
    caller.answer(Ok(crate::admin::catalogue(caller.lang)))
}
