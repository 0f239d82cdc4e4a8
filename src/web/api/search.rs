//! One search for everything.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, EverywhereView};
use crate::domain::Sought;
use crate::web::auth::{Answer, Reader};
use crate::web::body::Query;

pub fn routes() -> OpenApiRouter<Arc<Admin>> {
    OpenApiRouter::new().routes(routes!(find))
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Words of a name, however they are accented; a phone in any spelling, with its area code; or an id, ours or a provider's.
    #[param(value_type = Sought, inline)]
    q: String,
}

/// Finds companies, webhooks, agents, calls and events of the companies that the key may see: by words of a name or a URL, by a phone, or
/// by an id. Of each kind up to six, the likeliest first.
#[utoipa::path(get, path = "/search", tag = "search", params(Asked), responses((status = 200, body = EverywhereView)))]
async fn find(
    Reader(caller): Reader,
    State(admin): State<Arc<Admin>>,
    Query(asked): Query<Asked>,
) -> Answer<EverywhereView> {
    caller.answer(admin.find(&caller.actor, &asked.q).await)
}
