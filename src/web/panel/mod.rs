//! The panel: pages for people, over the operations of `admin`.
//!
//! What must hold here:
//!
//! - A handler reads the request, calls operations of `admin` and shows a page; it decides nothing. Who may call it stands
//!   in its signature ([`auth`]); no handler gets an [`Actor`](crate::admin::Actor) in another way.
//! - Every request that changes something has proven that it comes from a page of ours ([`safety`]), whoever wrote its
//!   handler. Forms and links work without JavaScript.
//! - No text stands in a handler or a template: all of it comes from the catalogue (`texts`).
//! - A form that is refused comes back with everything that was typed, but secrets, and each fault beside its field.
//! - Nothing is loaded from another host, and no page holds a script or a style.
//!
//! How it works: each page is a module here with its routes, its handlers and its templates in `templates/panel/`. The
//! router asks once per request who is there ([`visit`]); a handler's extractor gives it the [`Visit`], which holds the
//! person's language and zone ([`Ui`]) and makes the frame of the page. An operation's error is returned with `?` and
//! becomes a page of its own.

mod account;
mod alerts;
mod answer;
mod api_keys;
pub(super) mod assets;
mod audit;
mod auth;
mod board;
mod calls;
mod chart;
mod charts;
mod companies;
mod company_forms;
mod company_page;
mod connection;
mod contacts;
mod cookies;
mod diagnosis;
mod events;
mod fields;
mod frame;
mod home;
mod line_day;
mod lines;
mod live;
mod multipart;
mod once;
mod pairs;
pub(super) mod parts;
mod safety;
mod scope;
mod setup;
mod sign_in;
mod source_fields;
mod source_forms;
mod stale;
mod system;
mod ui;
mod user_access;
mod users;
mod visit;
mod webhooks;
mod who;
mod zones;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;

use crate::admin::{Admin, AdminError};

pub use auth::{Administrator, InCompany, Operator, Reader};
pub use cookies::over_tls;
pub use fields::{Choice, Errors, Field};
pub use frame::{Frame, Section};
pub use live::Hub;
pub use pairs::{Asked, Pairs, Sent};
pub use ui::Ui;
pub use visit::{Failed, Shown, Visit, refuse, show};

/// What every handler can ask for with `State`.
#[derive(Clone)]
pub struct Panel {
    pub admin: Arc<Admin>,
    pub hub: Hub,
    pub once: once::Waiting,
}

/// The pages for who has signed in. A new page adds a line here.
fn pages() -> Router<Panel> {
    Router::new()
        .merge(account::routes())
        .merge(alerts::routes())
        .merge(api_keys::routes())
        .merge(audit::routes())
        .merge(once::routes())
        .merge(home::routes())
        .merge(companies::routes())
        .merge(webhooks::routes())
        .merge(company_forms::routes())
        .merge(company_page::routes())
        .merge(connection::routes())
        .merge(source_forms::routes())
        .merge(diagnosis::routes())
        .merge(events::routes())
        .merge(calls::routes())
        .merge(answer::routes())
        .merge(contacts::routes())
        .merge(board::routes())
        .merge(sign_in::out())
        .merge(system::routes())
        .merge(users::routes())
        .merge(user_access::routes())
}

/// What a browser is shown for an address that is no page.
pub fn stray(request: &HeaderMap, error: &AdminError) -> Response {
    let mut response = frame::trouble_page(cookies::language(request), None, error);
    safety::protect(response.headers_mut());
    response
}

/// The panel's pages and its static files.
pub fn router(admin: Arc<Admin>, hub: Hub) -> Router {
    let panel = Panel { admin, hub, once: once::Waiting::default() };
    pages()
        .layer(from_fn_with_state(panel.clone(), visit::recognise))
        .merge(sign_in::routes())
        .merge(setup::routes())
        .layer(from_fn_with_state(panel.clone(), safety::check_origin_and_token))
        .merge(assets::routes())
        .layer(from_fn(safety::headers))
        .with_state(panel)
}
