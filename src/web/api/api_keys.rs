//! Keys of this API.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Paging;
use crate::admin::{Admin, ApiKeyInput, ApiKeyView, New, Page};
use crate::domain::ApiKeyId;
use crate::web::auth::{Administrator, Answer};
use crate::web::body::{Id, Json, Query};
use crate::web::problem::Problem;

type ApiKeyPage = Page<ApiKeyView>;
type NewApiKey = New<ApiKeyInput>;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read)).routes(routes!(revoke))
}

/// The API keys that reach no further than the caller's own, by id; revoked ones included.
#[utoipa::path(get, path = "/api-keys", tag = "api_keys", security(("api_key" = ["administrator"])),
    params(Paging), responses((status = 200, body = ApiKeyPage)))]
async fn list(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Query(paging): Query<Paging>,
) -> Answer<Page<ApiKeyView>> {
    let limit = paging.limit(&caller)?;
    caller.answer(admin.api_keys(&caller.actor, paging.cursor.as_deref(), limit).await)
}

/// Makes a key; it is shown in this answer only.
#[utoipa::path(post, path = "/api-keys", tag = "api_keys", security(("api_key" = ["administrator"])),
    request_body = NewApiKey, responses((status = 201, body = ApiKeyView)))]
async fn create(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Json(input): Json<ApiKeyInput>,
) -> Result<(StatusCode, axum::Json<ApiKeyView>), Problem> {
    Ok((StatusCode::CREATED, caller.answer(admin.create_api_key(&caller.actor, &input).await)?))
}

/// One key, without the key itself.
#[utoipa::path(get, path = "/api-keys/{key}", tag = "api_keys", security(("api_key" = ["administrator"])),
    params(("key" = ApiKeyId, Path)), responses((status = 200, body = ApiKeyView)))]
async fn read(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(key): Id<ApiKeyId>,
) -> Answer<ApiKeyView> {
    caller.answer(admin.api_key(&caller.actor, key).await)
}

/// Revokes a key: from now on it opens nothing. It stays in the list.
#[utoipa::path(post, path = "/api-keys/{key}/revoke", tag = "api_keys", security(("api_key" = ["administrator"])),
    params(("key" = ApiKeyId, Path)), responses((status = 200, body = ApiKeyView)))]
async fn revoke(
    Administrator(caller): Administrator,
    State(admin): State<Arc<Admin>>,
    Id(key): Id<ApiKeyId>,
) -> Answer<ApiKeyView> {
    caller.answer(admin.revoke_api_key(&caller.actor, key).await)
}
