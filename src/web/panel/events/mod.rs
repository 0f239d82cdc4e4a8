//! Eventos: what a company's providers said, searched and one by one, and what became of each at every webhook.
//!
//! What must hold here: a search is wholly in the address, so it can be sent to a colleague; no page grows with what it
//! shows (rows, the nodes of a tree and the bytes of a payload are bounded, and the rest is a download).

mod fates;
mod list;
mod page;
mod search;
mod tail;
pub(super) mod tree;

use axum::Router;
use axum::routing::{get, post};

use super::Panel;

pub(super) use fates::{badge, key, why};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/events", get(list::choose))
        .route("/companies/{company}/events", get(list::list))
        .route("/companies/{company}/events/live", get(tail::live))
        .route("/companies/{company}/events/outcomes", get(list::outcomes))
        .route("/events/{event}", get(page::one))
        .route("/events/{event}/fates", get(page::fates_alone))
        .route("/events/{event}/payload", get(page::masked))
        .route("/events/{event}/original", get(page::original))
        .route("/events/{event}/resend", post(page::resend))
}

/// A search for one value, as a link.
fn search_for(company: &str, field: &str, value: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(field, value).finish();
    format!("/companies/{company}/events?{query}")
}
