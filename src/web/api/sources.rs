//! Sources: accounts at providers, and their lines.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{Admin, GapView, New, Page, SessionView, SourceInput, SourceView, StatusView};
use crate::domain::{CompanyId, SourceId};
use crate::web::auth::{Administrator, Answer, Operator, Reader};
use crate::web::body::{Id, Json, Query};
use crate::web::problem::Problem;

type NewSource = New<SourceInput>;
type GapPage = Page<GapView>;
type SessionPage = Page<SessionView>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(connect))
        .routes(routes!(disconnect))
        .routes(routes!(status))
        .routes(routes!(gaps))
        .routes(routes!(sessions))
}

/// A company's sources.
#[utoipa::path(get, path = "/companies/{company}/sources", tag = "sources",
    params(("company" = CompanyId, Path)), responses((status = 200, body = Vec<SourceView>)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
) -> Answer<Vec<SourceView>> {
    caller.answer(admin.sources(&caller.actor, caller.lang, company).await)
}

/// Adds an account at a provider. A token that is made here, when none is given, is shown only in this answer.
#[utoipa::path(post, path = "/companies/{company}/sources", tag = "sources",
    security(("api_key" = ["administrator"])), params(("company" = CompanyId, Path)),
    request_body = NewSource, responses((status = 201, body = SourceView), (status = 409)))]
async fn create(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Json(input): Json<SourceInput>,
) -> Result<(StatusCode, axum::Json<SourceView>), Problem> {
    Ok((
        StatusCode::CREATED,
        caller.answer(admin.create_source(&caller.actor, caller.lang, company, &input).await)?,
    ))
}

/// One source.
#[utoipa::path(get, path = "/sources/{source}", tag = "sources", params(("source" = SourceId, Path)),
    responses((status = 200, body = SourceView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
) -> Answer<SourceView> {
    caller.answer(admin.source(&caller.actor, caller.lang, source).await)
}

/// Changes a source; absent fields stay. A changed token or URL connects anew at once.
#[utoipa::path(patch, path = "/sources/{source}", tag = "sources", security(("api_key" = ["administrator"])),
    params(("source" = SourceId, Path)), request_body = SourceInput,
    responses((status = 200, body = SourceView), (status = 409)))]
async fn update(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
    Json(input): Json<SourceInput>,
) -> Answer<SourceView> {
    caller.answer(admin.update_source(&caller.actor, caller.lang, source, &input).await)
}

/// Removes a source and its token; its events stay.
#[utoipa::path(delete, path = "/sources/{source}", tag = "sources", security(("api_key" = ["administrator"])),
    params(("source" = SourceId, Path)), responses((status = 204)))]
async fn delete(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
) -> Result<StatusCode, Problem> {
    caller.done(admin.delete_source(&caller.actor, source).await, StatusCode::NO_CONTENT)
}

/// Wants the source connected, and tries at once if it is waiting.
#[utoipa::path(post, path = "/sources/{source}/connect", tag = "sources", security(("api_key" = ["operator"])),
    params(("source" = SourceId, Path)), responses((status = 202, body = StatusView)))]
async fn connect(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
) -> Result<(StatusCode, axum::Json<StatusView>), Problem> {
    Ok((
        StatusCode::ACCEPTED,
        caller.answer(admin.want_connection(&caller.actor, caller.lang, source, true).await)?,
    ))
}

/// Wants the source disconnected; what is missed from now on is recorded as a gap.
#[utoipa::path(post, path = "/sources/{source}/disconnect", tag = "sources",
    security(("api_key" = ["operator"])), params(("source" = SourceId, Path)),
    responses((status = 202, body = StatusView)))]
async fn disconnect(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
) -> Result<(StatusCode, axum::Json<StatusView>), Problem> {
    Ok((
        StatusCode::ACCEPTED,
        caller.answer(admin.want_connection(&caller.actor, caller.lang, source, false).await)?,
    ))
}

/// Where the source's line stands now.
#[utoipa::path(get, path = "/sources/{source}/status", tag = "sources", params(("source" = SourceId, Path)),
    responses((status = 200, body = StatusView)))]
async fn status(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
) -> Answer<StatusView> {
    caller.answer(admin.source(&caller.actor, caller.lang, source).await.map(|view| view.status))
}

/// The stretches in which the source heard nothing, newest first.
#[utoipa::path(get, path = "/sources/{source}/gaps", tag = "sources",
    params(("source" = SourceId, Path), Paging), responses((status = 200, body = GapPage)))]
async fn gaps(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
    Query(paging): Query<Paging>,
) -> Answer<Page<GapView>> {
    caller.answer(admin.gaps(&caller.actor, source, paging.cursor.as_deref(), paging.limit(&caller)?).await)
}

/// The source's sessions, newest first.
#[utoipa::path(get, path = "/sources/{source}/sessions", tag = "sources",
    params(("source" = SourceId, Path), Paging), responses((status = 200, body = SessionPage)))]
async fn sessions(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(source): Id<SourceId>,
    Query(paging): Query<Paging>,
) -> Answer<Page<SessionView>> {
    caller
        .answer(admin.sessions(&caller.actor, source, paging.cursor.as_deref(), paging.limit(&caller)?).await)
}
