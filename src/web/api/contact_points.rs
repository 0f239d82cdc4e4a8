//! Contact points: who is told of what is wrong, and over which service.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{
    Admin, ContactPointInput, ContactPointQuery, ContactPointTestView, ContactPointView, New, Page,
};
use crate::domain::ContactPointId;
use crate::web::auth::{Administrator, Answer, Operator, Reader};
use crate::web::body::{Id, Json, Query};
use crate::web::problem::Problem;

type ContactPointPage = Page<ContactPointView>;
type NewContactPoint = New<ContactPointInput>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(test))
}

/// Contact points by id: those of the companies that the caller sees, and, where those are all, of the installation.
#[utoipa::path(get, path = "/contact-points", tag = "contact_points", params(ContactPointQuery),
    responses((status = 200, body = ContactPointPage), (status = 404)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Query(query): Query<ContactPointQuery>,
) -> Answer<Page<ContactPointView>> {
    caller.answer(admin.contact_points(&caller.actor, caller.lang, &query).await)
}

/// Creates a contact point. One of the whole installation is made by who sees all companies.
#[utoipa::path(post, path = "/contact-points", tag = "contact_points", security(("api_key" = ["administrator"])),
    request_body = NewContactPoint, responses((status = 201, body = ContactPointView)))]
async fn create(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Json(input): Json<ContactPointInput>,
) -> Result<(StatusCode, axum::Json<ContactPointView>), Problem> {
    let created = admin.create_contact_point(&caller.actor, caller.lang, &input).await;
    Ok((StatusCode::CREATED, caller.answer(created)?))
}

/// One contact point.
#[utoipa::path(get, path = "/contact-points/{contact_point}", tag = "contact_points",
    params(("contact_point" = ContactPointId, Path)), responses((status = 200, body = ContactPointView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(point): Id<ContactPointId>,
) -> Answer<ContactPointView> {
    caller.answer(admin.contact_point(&caller.actor, caller.lang, point).await)
}

/// Changes a contact point; absent fields stay. Its service and its company never change.
#[utoipa::path(patch, path = "/contact-points/{contact_point}", tag = "contact_points",
    security(("api_key" = ["administrator"])), params(("contact_point" = ContactPointId, Path)),
    request_body = ContactPointInput, responses((status = 200, body = ContactPointView), (status = 409)))]
async fn update(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(point): Id<ContactPointId>,
    Json(input): Json<ContactPointInput>,
) -> Answer<ContactPointView> {
    caller.answer(admin.update_contact_point(&caller.actor, caller.lang, point, &input).await)
}

/// Deletes a contact point, and what is stored of it.
#[utoipa::path(delete, path = "/contact-points/{contact_point}", tag = "contact_points",
    security(("api_key" = ["administrator"])), params(("contact_point" = ContactPointId, Path)),
    responses((status = 204)))]
async fn delete(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(point): Id<ContactPointId>,
) -> Result<StatusCode, Problem> {
    caller.done(admin.delete_contact_point(&caller.actor, point).await, StatusCode::NO_CONTENT)
}

/// Sends a message that says only that it arrives, within ten seconds, and shows the whole exchange.
#[utoipa::path(post, path = "/contact-points/{contact_point}/test", tag = "contact_points",
    security(("api_key" = ["operator"])), params(("contact_point" = ContactPointId, Path)),
    responses((status = 200, body = ContactPointTestView)))]
async fn test(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(point): Id<ContactPointId>,
) -> Answer<ContactPointTestView> {
    caller.answer(admin.test_contact_point(&caller.actor, caller.lang, point).await)
}
