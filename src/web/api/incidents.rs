//! Incidents: what is wrong, what was, and who has taken it.

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, IncidentQuery, IncidentView, NoteInput, OneIncident, Page, SilenceInput};
use crate::domain::IncidentId;
use crate::web::auth::{Answer, Operator, Reader};
use crate::web::body::{Id, Json, Query};

type IncidentPage = Page<IncidentView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(acknowledge))
        .routes(routes!(silence))
        .routes(routes!(unsilence))
        .routes(routes!(note))
}

/// Incidents of the companies that the key may see, and of the installation for a key of all companies. Open ones as of a look
/// some seconds ago, what costs most first (`losing`, `waiting`, `coming`); closed ones, kept for 90 days, newest first.
#[utoipa::path(get, path = "/incidents", tag = "incidents", params(IncidentQuery),
    responses((status = 200, body = IncidentPage)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Query(query): Query<IncidentQuery>,
) -> Answer<Page<IncidentView>> {
    caller.answer(admin.incidents(&caller.actor, caller.lang, &query).await)
}

/// One incident with its history.
#[utoipa::path(get, path = "/incidents/{incident}", tag = "incidents", params(("incident" = IncidentId, Path)),
    responses((status = 200, body = OneIncident)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(incident): Id<IncidentId>,
) -> Answer<OneIncident> {
    caller.answer(admin.incident(&caller.actor, caller.lang, incident).await)
}

/// Says that the caller has it. Who said so first stays.
#[utoipa::path(post, path = "/incidents/{incident}/acknowledge", tag = "incidents",
    security(("api_key" = ["operator"])), params(("incident" = IncidentId, Path)),
    responses((status = 200, body = OneIncident), (status = 409)))]
async fn acknowledge(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(incident): Id<IncidentId>,
) -> Answer<OneIncident> {
    caller.answer(admin.take_incident(&caller.actor, caller.lang, incident).await)
}

/// Has nobody told of it until a time, or until it is over.
#[utoipa::path(post, path = "/incidents/{incident}/silence", tag = "incidents",
    security(("api_key" = ["operator"])), params(("incident" = IncidentId, Path)),
    request_body = SilenceInput, responses((status = 200, body = OneIncident), (status = 409)))]
async fn silence(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(incident): Id<IncidentId>,
    Json(input): Json<SilenceInput>,
) -> Answer<OneIncident> {
    caller.answer(admin.silence_incident(&caller.actor, caller.lang, incident, &input).await)
}

/// Ends the silence.
#[utoipa::path(post, path = "/incidents/{incident}/unsilence", tag = "incidents",
    security(("api_key" = ["operator"])), params(("incident" = IncidentId, Path)),
    responses((status = 200, body = OneIncident), (status = 409)))]
async fn unsilence(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(incident): Id<IncidentId>,
) -> Answer<OneIncident> {
    caller.answer(admin.hear_incident(&caller.actor, caller.lang, incident).await)
}

/// Writes a line into its history.
#[utoipa::path(post, path = "/incidents/{incident}/notes", tag = "incidents",
    security(("api_key" = ["operator"])), params(("incident" = IncidentId, Path)),
    request_body = NoteInput, responses((status = 200, body = OneIncident)))]
async fn note(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(incident): Id<IncidentId>,
    Json(input): Json<NoteInput>,
) -> Answer<OneIncident> {
    caller.answer(admin.note_incident(&caller.actor, caller.lang, incident, &input).await)
}
