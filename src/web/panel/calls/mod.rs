//! Chamadas: a company's calls, searched and live, and one of them as a line of its states with the events that it consists of.
//!
//! What must hold here: a search is wholly in the address; what is shown as the present is of the moment that the page says.

mod list;
mod page;
mod strip;
mod words;

use axum::Router;
use axum::routing::get;

use super::Panel;

pub use words::phone;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/calls", get(list::list))
        .route("/companies/{company}/calls/rows", get(list::rows))
        .route("/calls/{call}", get(page::one))
}
