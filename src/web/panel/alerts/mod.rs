//! Alertas: who is told of what is wrong, and over which service; one that is added, changed, deleted, tried.
//!
//! What must hold here: an address that is a secret, a token and a signing secret are never in a page, but once for a secret that was
//! made here.

mod form;
mod list;
mod rules;
mod trial;

use std::collections::HashMap;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::{get, post};

use super::parts::{Crumbs, Icon, icon};
use super::{Failed, Panel, Reader, Ui};
use crate::admin::{AdminError, ContactPointView};
use crate::domain::ContactPointId;

/// Where the list is.
const LIST: &str = "/alerts";

pub fn routes() -> Router<Panel> {
    Router::new()
        .route(LIST, get(list::page))
        .route("/alerts/quiet", post(rules::quiet))
        .route("/alerts/rules/new", get(rules::new).post(rules::create))
        .route("/alerts/rules/{rule}", get(rules::page).post(rules::save))
        .route("/alerts/rules/{rule}/delete", get(rules::ask).post(rules::delete))
        .route("/alerts/contacts/new", get(form::new).post(form::create))
        .route("/alerts/contacts/{point}", get(form::page).post(form::save))
        .route("/alerts/contacts/{point}/delete", get(form::ask).post(form::delete))
        .route("/alerts/contacts/{point}/test", get(trial::page).post(trial::send))
}

/// The contact point that `{point}` in the path names.
struct InPoint {
    id: ContactPointId,
    point: ContactPointView,
}

impl InPoint {
    fn path(&self) -> String {
        path_of(&self.point)
    }
}

impl FromRequestParts<Panel> for InPoint {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, Failed> {
        let Reader(visit) = Reader::from_request_parts(parts, panel).await?;
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, panel).await;
        let raw = named.ok().and_then(|Path(named)| named.get("point").cloned()).unwrap_or_default();
        let id: ContactPointId = raw.parse().map_err(|_| AdminError::not_found("contact point", &raw))?;
        let point = panel.admin.contact_point(&visit.actor, visit.ui.lang, id).await?;
        Ok(Self { id, point })
    }
}

fn path_of(point: &ContactPointView) -> String {
    format!("/alerts/contacts/{}", point.id)
}

/// The way to a page under the list.
fn to_list(ui: &Ui) -> Crumbs {
    Crumbs::new(&ui.say("crumbs")).step(LIST, &ui.say("alerts-title"))
}

/// A service's sign.
fn sign(kind: &str) -> Icon {
    match kind {
        "email" => icon("mail"),
        "telegram" => icon("send"),
        "slack" => icon("hash"),
        "teams" => icon("users"),
        "google_chat" => icon("messages-square"),
        "discord" => icon("headphones"),
        _ => icon("webhook"),
    }
}

/// A service's name.
fn service(ui: &Ui, kind: &str) -> String {
    ui.say("point-kind").with("kind", kind.to_owned()).text()
}
