//! A company's webhooks: how each is doing, what became of its events, and what a person may do about it.
//!
//! What must hold here: every page of a webhook is found under its company, and a webhook of another company is not
//! found there; what is shown of a request has its secrets masked.

mod attempts;
mod deletion;
pub(super) mod delivery;
mod form;
mod form_parts;
pub(super) mod health;
mod held;
mod identity;
mod indented;
mod kinds;
mod list;
mod offer;
mod orders;
mod page;
mod reach;
mod replay;
mod replays;
pub(super) mod rules;
mod secret;
mod set;
mod skip;
mod trial;
mod typed;

use std::collections::HashMap;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

pub use typed::names_only;

use super::parts::Crumbs;
use super::{Failed, InCompany, Panel, Reader, Ui};
use crate::admin::{AdminError, CompanyView, WebhookView};
use crate::domain::{CompanyId, WebhookId};

pub fn routes() -> Router<Panel> {
    Router::new()
        .merge(list::routes())
        .merge(page::routes())
        .merge(reach::routes())
        .merge(orders::routes())
        .merge(skip::routes())
        .merge(held::routes())
        .merge(delivery::routes())
        .merge(offer::routes())
        .merge(form::routes())
        .merge(deletion::routes())
        .merge(replays::routes())
        .merge(replay::routes())
        .merge(secret::routes())
        .merge(trial::routes())
}

/// The webhook that `{webhook}` in the path names, within the company that `{company}` names.
pub struct InWebhook {
    pub id: WebhookId,
    pub company: CompanyId,
    pub company_name: String,
    pub webhook: WebhookView,
}

impl InWebhook {
    /// Where the webhook's page is.
    pub fn path(&self) -> String {
        format!("/companies/{}/webhooks/{}", self.company, self.id)
    }

    /// The way to a page under the webhook's.
    pub fn crumbs(&self, ui: &Ui) -> Crumbs {
        to_list(ui, self.company, &self.company_name).step(self.path(), &self.webhook.name)
    }
}

/// The way to a page under the list of a company's webhooks.
fn to_list(ui: &Ui, company: CompanyId, name: &str) -> Crumbs {
    Crumbs::new(&ui.say("crumbs"))
        .step("/companies", &ui.say("companies-title"))
        .step(format!("/companies/{company}"), name)
        .step(format!("/companies/{company}/webhooks"), &ui.say("webhooks-title"))
}

impl FromRequestParts<Panel> for InWebhook {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, Failed> {
        let Reader(visit) = Reader::from_request_parts(parts, panel).await?;
        let InCompany { id: company, company: CompanyView { name, .. } } =
            InCompany::from_request_parts(parts, panel).await?;
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, panel).await;
        let raw = named.ok().and_then(|Path(named)| named.get("webhook").cloned()).unwrap_or_default();
        let id: WebhookId = raw.parse().map_err(|_| AdminError::not_found("webhook", &raw))?;
        let webhook = panel.admin.webhook(&visit.actor, id).await?;
        if webhook.company_id != company.to_string() {
            return Err(AdminError::not_found("webhook", id).into());
        }
        Ok(Self { id, company, company_name: name, webhook })
    }
}
