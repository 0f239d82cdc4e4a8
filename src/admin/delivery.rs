//! One event on its way to one webhook: what became of it, each attempt, and the request as it is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::fates::FateView;
use super::trial::sent_headers;
use super::trial_event::USUAL;
use super::usable::unusable;
use super::wanted::Wanted;
use super::{Actor, Admin, AdminError, WebhookInput};
use crate::delivery::Outgoing;
use crate::delivery::envelope::{self, Occasion};
use crate::delivery::subscription::Revisions;
use crate::domain::{CompanyId, Event, EventId, Lang, Provider, Timestamp, WebhookId, json, requested};
use crate::sources;
use crate::store::Webhook;

/// A request: where to, with which headers and which body.
#[derive(Debug)]
pub struct RequestView {
    /// Whole, with each value of its query masked where it stands.
    pub url: String,
    /// Secrets masked, as in the body.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// See the module.
#[derive(Debug)]
pub struct DeliveryView {
    pub event_type: String,
    pub received_at: Timestamp,
    pub fate: FateView,
    /// The body as the revision that held shapes it, with the address and the credentials of now.
    pub request: RequestView,
}

impl Admin {
    pub async fn delivery(
        &self,
        actor: &Actor,
        lang: Lang,
        id: WebhookId,
        event: EventId,
    ) -> Result<DeliveryView, AdminError> {
        let webhook = self.stored_webhook(actor, id).await?;
        if event.company != webhook.company {
            return Err(AdminError::not_found("event", event));
        }
        let event = self.stored_event(actor, event).await?;
        Ok(DeliveryView {
            event_type: event.name.to_string(),
            received_at: event.received_at,
            request: self.request(&event, &webhook).await?,
            fate: self.fate(&event, webhook, lang).await?,
        })
    }

    /// The request that a webhook with this input would make for the company's newest event; changes nothing. Tells
    /// the same faults as saving would, but those that only the stored webhooks show.
    pub async fn preview_webhook(
        &self,
        actor: &Actor,
        company: CompanyId,
        id: Option<WebhookId>,
        input: &WebhookInput,
    ) -> Result<RequestView, AdminError> {
        self.company(actor, company).await?;
        let stored = match id {
            Some(id) => {
                let settings = self.stored_webhook(actor, id).await?.settings;
                let (wishes, credentials) =
                    (self.newest_revision(id).await?.wishes(), self.store.credentials(id).await?);
                Some(Wanted { settings, wishes, credentials })
            }
            None => None,
        };
        let Wanted { settings, wishes, credentials } =
            Wanted::with(input, stored.as_ref()).map_err(AdminError::Invalid)?;
        let outgoing = Outgoing::new(&settings, &credentials, &self.guard).map_err(unusable)?;
        let newest = self.journal.event(company, self.journal.head(company)).await?;
        let event = match newest {
            Some(event) => event,
            None => Arc::new(self.example(company, USUAL).await?.0),
        };
        let revision = wishes.saved(1, event.seq, Timestamp::now());
        let body = envelope::body(
            &event,
            id.unwrap_or(WebhookId(0)),
            &revision,
            Occasion::Delivery,
            sources::meta_source,
        );
        let headers = outgoing.headers(&event, revision.format, Occasion::Delivery, &body, Timestamp::now());
        Ok(RequestView {
            url: requested(credentials.address(settings.url.as_str())),
            headers: sent_headers(&headers),
            body: masked(event.provider, &body),
        })
    }

    async fn request(&self, event: &Event, webhook: &Webhook) -> Result<RequestView, AdminError> {
        let revisions = Revisions::new(self.store.revisions(webhook.id).await?);
        let revisions = revisions.ok_or_else(|| AdminError::not_found("webhook", webhook.id))?;
        let revision = revisions.at(event.seq).revision();
        let credentials = self.store.credentials(webhook.id).await?;
        let outgoing = Outgoing::new(&webhook.settings, &credentials, &self.guard).map_err(unusable)?;
        let body = envelope::body(event, webhook.id, revision, Occasion::Delivery, sources::meta_source);
        let headers = outgoing.headers(event, revision.format, Occasion::Delivery, &body, Timestamp::now());
        Ok(RequestView {
            url: requested(credentials.address(webhook.settings.url.as_str())),
            headers: sent_headers(&headers),
            body: masked(event.provider, &body),
        })
    }
}

/// A body as people see it.
pub(super) fn masked(provider: Provider, body: &Bytes) -> String {
    let masked = json::masked_for_display(body, sources::secret_keys(provider.as_str()));
    String::from_utf8_lossy(&masked).into_owned()
}
