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
mod choose;
mod companies;
mod company_forms;
mod company_page;
mod connection;
mod contacts;
mod cookies;
mod demonstration;
mod diagnosis;
mod drawing;
mod events;
mod fields;
mod first_hour;
mod flow;
mod frame;
mod home;
mod incidents;
mod lanes;
mod left;
mod line_day;
mod line_past;
mod lines;
mod live;
mod multipart;
mod once;
mod outages;
mod pages;
mod pairs;
pub(super) mod parts;
mod safety;
mod scope;
mod search;
mod setup;
mod sign_in;
mod silence;
mod source_fields;
mod source_forms;
mod spark;
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
use axum::middleware::{from_fn, from_fn_with_state};

use crate::admin::Admin;

pub use auth::{Administrator, InCompany, Operator, Reader};
pub use cookies::over_tls;
pub use demonstration::{Act, Demonstration, Played, Stands};
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
    pub left: left::Left,
    pub diagnoses: diagnosis::Runs,
    /// Of a demonstration: who plays the other sides.
    pub played: Played,
}

impl Panel {
    fn new(admin: Arc<Admin>, hub: Hub, played: Played) -> Self {
        Self {
            admin,
            hub,
            once: once::Waiting::default(),
            left: left::Left::default(),
            diagnoses: diagnosis::Runs::default(),
            played,
        }
    }
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
        .merge(incidents::routes())
        .merge(companies::routes())
        .merge(search::routes())
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
        .merge(silence::routes())
        .merge(system::routes())
        .merge(users::routes())
        .merge(user_access::routes())
}

/// What a browser is shown for an address that is no page: within the frame, where somebody is signed in.
pub fn strays(admin: Arc<Admin>, hub: Hub, played: Played) -> Router {
    let panel = Panel::new(admin, hub, played);
    Router::new().fallback(visit::stray).layer(from_fn(safety::headers)).with_state(panel)
}

/// The panel's pages and its static files.
pub fn router(admin: Arc<Admin>, hub: Hub, played: Played) -> Router {
    let of_demonstration = demonstration::routes(&played);
    let panel = Panel::new(admin, hub, played);
    pages()
        .merge(of_demonstration)
        .layer(from_fn_with_state(panel.clone(), visit::recognise))
        .merge(sign_in::routes())
        .merge(setup::routes())
        .layer(from_fn_with_state(panel.clone(), safety::check_origin_and_token))
        .merge(assets::routes())
        .layer(from_fn(safety::headers))
        .with_state(panel)
}
