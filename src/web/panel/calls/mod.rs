//! Chamadas: the calls of all companies or of one, searched and live, and one of them as a line of its states with the events that
//! it consists of.
//!
//! What must hold here: a search is wholly in the address; what is shown as the present is of the moment that the page says.

mod list;
mod page;
mod search;
mod strip;
mod words;

use axum::Router;
use axum::routing::get;

use super::Panel;

pub use words::{direction, in_words, phone};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/calls", get(list::everywhere))
        .route("/calls/choose", get(list::choose))
        .route("/calls/live", get(list::live_everywhere))
        .route("/companies/{company}/calls", get(list::list))
        .route("/companies/{company}/calls/live", get(list::live_in_company))
        .route("/calls/{call}", get(page::one))
}
