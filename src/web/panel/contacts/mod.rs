//! Contatos: the phones that a company knows, and whose they are; one by one, and as a list that spreadsheets write and read.
//!
//! What must hold here: a list goes in only after what it would do was shown; a CPF is seen whole by administrators only.

mod edit;
mod import;
mod list;
mod words;

use std::collections::HashMap;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::{get, post};

use super::parts::Crumbs;
use super::{Failed, InCompany, Operator, Panel, Ui};
use crate::admin::{AdminError, ContactView};
use crate::domain::{CompanyId, ContactId};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/contacts", get(list::list))
        .route("/companies/{company}/contacts.csv", get(list::export))
        .route("/companies/{company}/contacts/new", get(edit::new).post(edit::create))
        .route("/companies/{company}/contacts/import", get(import::choose).post(import::preview))
        .route("/companies/{company}/contacts/import/done", post(import::import))
        .route("/companies/{company}/contacts/{contact}", get(edit::page).post(edit::save))
        .route("/companies/{company}/contacts/{contact}/delete", get(edit::ask).post(edit::delete))
}

/// The contact that `{contact}` in the path names, which has to be this company's.
struct InContact {
    id: ContactId,
    company: CompanyId,
    company_name: String,
    contact: ContactView,
}

impl InContact {
    fn path(&self) -> String {
        format!("{}/{}", list_of(self.company), self.id)
    }
}

impl FromRequestParts<Panel> for InContact {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, Failed> {
        let Operator(visit) = Operator::from_request_parts(parts, panel).await?;
        let InCompany { id: company, company: found } = InCompany::from_request_parts(parts, panel).await?;
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, panel).await;
        let raw = named.ok().and_then(|Path(named)| named.get("contact").cloned()).unwrap_or_default();
        let id: ContactId = raw.parse().map_err(|_| AdminError::not_found("contact", &raw))?;
        let contact = panel.admin.contact(&visit.actor, id).await?;
        if contact.company_id != company.to_string() {
            return Err(AdminError::not_found("contact", id).into());
        }
        Ok(Self { id, company, company_name: found.name, contact })
    }
}

/// Where a company's list is.
fn list_of(company: CompanyId) -> String {
    format!("/companies/{company}/contacts")
}

/// The way to a page under the list.
fn to_list(ui: &Ui, company: CompanyId, name: &str) -> Crumbs {
    Crumbs::new(&ui.say("crumbs"))
        .step("/companies", &ui.say("companies-title"))
        .step(format!("/companies/{company}"), name)
        .step(list_of(company), &ui.say("contacts-title"))
}
