//! Extractors as permissions: a handler's signature says who may call it.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::collections::HashMap;

use super::Panel;
use super::visit::{Failed, Visit};
use crate::admin::{AdminError, CompanyView, Role};
use crate::domain::CompanyId;

/// Anyone who is signed in.
pub struct Reader(pub Visit);
/// May connect, pause, resend, replay and test.
pub struct Operator(pub Visit);
/// May create, change and delete.
pub struct Administrator(pub Visit);

fn visit(parts: &Parts, role: Role) -> Result<Visit, Failed> {
    // The router puts it there for every page of `pages`; elsewhere nobody has been recognised.
    let visit = parts.extensions.get::<Visit>().cloned().ok_or(AdminError::Unauthenticated)?;
    visit.actor.require(role)?;
    Ok(visit)
}

macro_rules! permission {
    ($extractor:ident, $role:expr) => {
        impl<S: Send + Sync> FromRequestParts<S> for $extractor {
            type Rejection = Failed;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
                visit(parts, $role).map($extractor)
            }
        }
    };
}

permission!(Reader, Role::Reader);
permission!(Operator, Role::Operator);
permission!(Administrator, Role::Administrator);

/// The company that `{company}` in the path names; one outside the person's scope is not found.
pub struct InCompany {
    pub id: CompanyId,
    pub company: CompanyView,
}

impl FromRequestParts<Panel> for InCompany {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, panel: &Panel) -> Result<Self, Failed> {
        let visit = visit(parts, Role::Reader)?;
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, panel).await;
        let raw = named.ok().and_then(|Path(named)| named.get("company").cloned()).unwrap_or_default();
        let id: CompanyId = raw.parse().map_err(|_| AdminError::not_found("company", &raw))?;
        let company = panel.admin.company(&visit.actor, id).await?;
        Ok(Self { id, company })
    }
}
