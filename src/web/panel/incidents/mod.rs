//! What is wrong: the list of all, one with its history, and what people do about it.

mod list;
mod page;
mod rows;
mod steps;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::{Panel, Reader};

pub use rows::{Group, groups, heading};

pub fn routes() -> Router<Panel> {
    let count = Router::new().route("/incidents/count", get(count));
    count.merge(list::routes()).merge(page::routes()).merge(steps::routes())
}

/// What the rail and the tab's title show, for pages that stand open.
async fn count(Reader(visit): Reader, State(panel): State<Panel>) -> Response {
    let counts = panel.admin.incident_counts(&visit.actor);
    let words = visit.ui.say("incidents-count-means").with("n", counts.heard()).text();
    axum::Json(json!({ "n": counts.heard(), "losing": counts.losing, "words": words })).into_response()
}
