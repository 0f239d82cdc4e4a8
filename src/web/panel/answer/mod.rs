//! Atender: what rings, answered in the browser.
//!
//! What must hold here: who may not operate has no part in it; nothing is told of a call but what is so, by the messages of the
//! [`socket`]; the page works on with what it has while the socket is away, and is told everything anew when it is back.
//!
//! The voice goes from the browser to the provider and never comes here. What the page does stands in `static/ringing.js` (every page: it
//! rings), `static/phone.js` (the voice) and `static/answer.js` (this page).

mod deeds;
mod page;
mod socket;
mod words;

use axum::Router;
use axum::routing::{get, post};

use super::{Panel, Ui};
use crate::admin::ActionView;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/answer", get(page::show_page))
        .route("/answer/socket", get(socket::open))
        .route("/answer/calls/{call}", get(page::context))
        .route("/answer/calls/{call}/unmasked", post(deeds::unmasked))
        .route("/answer/calls/{call}/{action}", post(deeds::act))
}

/// Why an action was not taken, in words.
fn untaken(ui: &Ui, view: &ActionView) -> String {
    let why = match (view.status, view.error.as_deref()) {
        (Some(404), _) => "gone",
        (Some(_), _) => "refused",
        (None, Some("timeout")) => "timeout",
        (None, Some("interrupted")) => "interrupted",
        (None, _) => "unreached",
    };
    let said =
        ui.say("answer-untaken").with("why", why).with("status", view.status.unwrap_or_default().to_string());
    let own = view.error.clone().filter(|_| view.status.is_some());
    own.map_or_else(|| said.text(), |own| format!("{} ({own})", said.text()))
}
