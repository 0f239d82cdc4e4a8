//! Contacts: the phones that a company knows; one by one, and as a list.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, ContactInput, ContactQuery, ContactView, ImportView, ListFor, New, Page};
use crate::domain::{CompanyId, ContactId};
use crate::web::auth::{Administrator, Answer, Operator, Reader};
use crate::web::body::{Id, Json, Query, Text};
use crate::web::problem::Problem;

type ContactPage = Page<ContactView>;
type NewContact = New<ContactInput>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(export, import))
        .routes(routes!(read, update, delete))
}

/// A company's contacts, by id.
#[utoipa::path(get, path = "/companies/{company}/contacts", tag = "contacts",
    params(("company" = CompanyId, Path), ContactQuery), responses((status = 200, body = ContactPage)))]
async fn list(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Query(query): Query<ContactQuery>,
) -> Answer<Page<ContactView>> {
    caller.answer(admin.contacts(&caller.actor, company, &query).await)
}

/// Makes a phone known.
#[utoipa::path(post, path = "/companies/{company}/contacts", tag = "contacts", security(("api_key" = ["operator"])),
    params(("company" = CompanyId, Path)), request_body = NewContact, responses((status = 201, body = ContactView), (status = 409)))]
async fn create(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Json(input): Json<ContactInput>,
) -> Result<(StatusCode, axum::Json<ContactView>), Problem> {
    Ok((StatusCode::CREATED, caller.answer(admin.create_contact(&caller.actor, company, &input).await)?))
}

/// Every contact of a company as CSV, whole CPFs included: `phone,cpf,first_name,last_name`.
#[utoipa::path(get, path = "/companies/{company}/contacts.csv", tag = "contacts",
    security(("api_key" = ["administrator"])), params(("company" = CompanyId, Path)),
    responses((status = 200, content_type = "text/csv")))]
async fn export(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
) -> Result<Response<Body>, Problem> {
    let list = admin.export_contacts(&caller.actor, company, ListFor::Programs).await;
    let axum::Json(list) = caller.answer(list)?;
    let mut response = Response::new(Body::from(list));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = HeaderValue::from_static("attachment; filename=\"contacts.csv\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Takes a list in, if nothing is wrong with any of it: CSV with a line of names, in any order, parted by commas or semicolons; at
/// most 20,000 contacts. It goes in in parts: one that was broken off can be sent again. Phones that are known are changed; what the list does not say of them stays.
#[utoipa::path(put, path = "/companies/{company}/contacts.csv", tag = "contacts",
    security(("api_key" = ["operator"])), params(("company" = CompanyId, Path)),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = ImportView)))]
async fn import(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(company): Id<CompanyId>,
    Text(list): Text,
) -> Answer<ImportView> {
    caller.answer(admin.import_contacts(&caller.actor, company, &list).await)
}

/// One contact.
#[utoipa::path(get, path = "/contacts/{contact}", tag = "contacts", params(("contact" = ContactId, Path)),
    responses((status = 200, body = ContactView)))]
async fn read(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Id(contact): Id<ContactId>,
) -> Answer<ContactView> {
    caller.answer(admin.contact(&caller.actor, contact).await)
}

/// Changes a contact; absent fields stay, an empty text clears one.
#[utoipa::path(patch, path = "/contacts/{contact}", tag = "contacts", security(("api_key" = ["operator"])),
    params(("contact" = ContactId, Path)), request_body = ContactInput,
    responses((status = 200, body = ContactView), (status = 409)))]
async fn update(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(contact): Id<ContactId>,
    Json(input): Json<ContactInput>,
) -> Answer<ContactView> {
    caller.answer(admin.update_contact(&caller.actor, contact, &input).await)
}

/// Forgets a phone.
#[utoipa::path(delete, path = "/contacts/{contact}", tag = "contacts", security(("api_key" = ["operator"])),
    params(("contact" = ContactId, Path)), responses((status = 204)))]
async fn delete(
    Operator(caller): Operator,
    State(admin): State<Arc<Admin>>,
    Id(contact): Id<ContactId>,
) -> Result<StatusCode, Problem> {
    caller.done(admin.delete_contact(&caller.actor, contact).await, StatusCode::NO_CONTENT)
}
