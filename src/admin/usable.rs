//! Whether a webhook can be used, asked of the very type that couriers send with: what is saved can start, and where something
//! stored cannot, people are told which field it is.

use super::fault::Fault;
use super::wanted::Wanted;
use super::webhook_input::header_place;
use super::{Admin, AdminError, webhook_health};
use crate::delivery::courier::{FailingReason, Health};
use crate::delivery::headers::HeaderError;
use crate::delivery::{Outgoing, OutgoingError, Status};
use crate::domain::{Lang, ValueFault};
use crate::secrets::{CredentialError, HmacKeyError};
use crate::store::Webhook;
use crate::texts::say;

impl Admin {
    /// What is about to be saved.
    pub(super) fn check_usable(&self, wanted: &Wanted) -> Result<(), AdminError> {
        let made = Outgoing::new(&wanted.settings, &wanted.credentials, &self.guard);
        made.map(drop).map_err(unusable)
    }

    /// How a webhook is doing, as a sentence; where it could not be started, with the field that keeps it from it.
    pub(super) async fn webhook_sentence(&self, webhook: &Webhook, live: &Status, lang: Lang) -> String {
        if live.health == (Health::Failing { reason: FailingReason::NotStarted })
            && let Some(why) = self.why_unusable(webhook, lang).await
        {
            return say(lang, "unusable-nothing").with("why", why).text();
        }
        webhook_health::sentence(live, webhook.company, lang)
    }

    /// Which stored field cannot be used, and why; `None` when all can, and when that cannot be read.
    pub(super) async fn why_unusable(&self, webhook: &Webhook, lang: Lang) -> Option<String> {
        let Ok(credentials) = self.store.credentials(webhook.id).await else { return None };
        let made = Outgoing::new(&webhook.settings, &credentials, &self.guard);
        let Err(AdminError::Invalid(faults)) = made.map(drop).map_err(unusable) else { return None };
        faults.first().map(|fault| {
            let (field, why) = (&fault.field, fault.fault.text(lang));
            let why = why.trim_end_matches('.');
            say(lang, "unusable-field").with("field", field).with("why", why).text()
        })
    }
}

/// Which field it is. What is stored was checked when it was saved; what the guard permits may have changed since.
pub(super) fn unusable(error: OutgoingError) -> AdminError {
    match error {
        OutgoingError::Url(error) => AdminError::invalid("url", Fault::Address { refusal: error.refusal }),
        OutgoingError::Header(HeaderError::Header { name, fault }) => {
            AdminError::invalid(header_place(Some(&name)), fault.into())
        }
        OutgoingError::Header(HeaderError::All(fault)) => {
            AdminError::invalid(header_place(None), fault.into())
        }
        OutgoingError::Header(HeaderError::Bearer) => {
            AdminError::invalid("bearer", ValueFault::ControlCharacters.into())
        }
        OutgoingError::Secret(HmacKeyError::Empty) => {
            AdminError::invalid("secret", CredentialError::NothingBehind.into())
        }
        OutgoingError::Secret(HmacKeyError::NotBase64) => {
            AdminError::invalid("secret", CredentialError::NotBase64.into())
        }
    }
}
