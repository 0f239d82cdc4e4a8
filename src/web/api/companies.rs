//! Companies.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{
    Admin, CompanyInput, CompanyView, Cursor, New, Page, PageSize, SilenceAlarmInput, SilenceAlarmView,
};
use crate::domain::{CompanyId, Sought};
use crate::web::auth::{Administrator, Answer, Reader};
use crate::web::body::{Id, Json, Query};
use crate::web::problem::Problem;

type CompanyPage = Page<CompanyView>;
type NewCompany = New<CompanyInput>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(silence_alarm, save_silence_alarm))
}

/// Which companies to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Words of the name, however they are accented and in capitals or not, or the id.
    #[param(value_type = Option<Sought>, inline)]
    q: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    limit: Option<u32>,
}

/// The companies that the key may see, by id.
#[utoipa::path(get, path = "/companies", tag = "companies", params(Asked),
    responses((status = 200, body = CompanyPage)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Query(Asked { q, cursor, limit }): Query<Asked>,
) -> Answer<Page<CompanyView>> {
    let limit = Paging { cursor: None, limit }.limit(&caller)?;
    caller.answer(admin.companies_called(&caller.actor, q.as_deref(), cursor.as_deref(), limit).await)
}

/// Creates a company.
#[utoipa::path(post, path = "/companies", tag = "companies", security(("api_key" = ["administrator"])),
    request_body = NewCompany, responses((status = 201, body = CompanyView), (status = 409)))]
async fn create(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Json(input): Json<CompanyInput>,
) -> Result<(StatusCode, axum::Json<CompanyView>), Problem> {
    Ok((StatusCode::CREATED, caller.answer(admin.create_company(&caller.actor, &input).await)?))
}

/// One company.
#[utoipa::path(get, path = "/companies/{company}", tag = "companies", params(("company" = CompanyId, Path)),
    responses((status = 200, body = CompanyView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
) -> Answer<CompanyView> {
    caller.answer(admin.company(&caller.actor, company).await)
}

/// Changes a company; absent fields stay.
#[utoipa::path(patch, path = "/companies/{company}", tag = "companies",
    security(("api_key" = ["administrator"])), params(("company" = CompanyId, Path)),
    request_body = CompanyInput, responses((status = 200, body = CompanyView), (status = 409)))]
async fn update(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Json(input): Json<CompanyInput>,
) -> Answer<CompanyView> {
    caller.answer(admin.update_company(&caller.actor, company, &input).await)
}

/// Deletes a company: its secrets at once, its events in the background.
#[utoipa::path(delete, path = "/companies/{company}", tag = "companies",
    security(("api_key" = ["administrator"])), params(("company" = CompanyId, Path)),
    responses((status = 204)))]
async fn delete(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
) -> Result<StatusCode, Problem> {
    caller.done(admin.delete_company(&caller.actor, company).await, StatusCode::NO_CONTENT)
}

/// When the silence of the company is told.
#[utoipa::path(get, path = "/companies/{company}/silence-alarm", tag = "companies",
    params(("company" = CompanyId, Path)), responses((status = 200, body = SilenceAlarmView)))]
async fn silence_alarm(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
) -> Answer<SilenceAlarmView> {
    caller.answer(admin.silence_alarm(&caller.actor, company).await)
}

/// Changes that; absent fields stay. While it is off, an hour without an event is told, as a notice.
#[utoipa::path(patch, path = "/companies/{company}/silence-alarm", tag = "companies",
    security(("api_key" = ["administrator"])), params(("company" = CompanyId, Path)),
    request_body = SilenceAlarmInput, responses((status = 200, body = SilenceAlarmView), (status = 409)))]
async fn save_silence_alarm(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Json(input): Json<SilenceAlarmInput>,
) -> Answer<SilenceAlarmView> {
    caller.answer(admin.save_silence_alarm(&caller.actor, company, &input).await)
}
