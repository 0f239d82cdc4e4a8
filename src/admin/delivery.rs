//! One event on its way to one webhook: what became of it, each attempt, and the request as it is made.

use std::collections::BTreeMap;

use super::fates::FateView;
use super::trial::{shown_headers, unusable};
use super::{Actor, Admin, AdminError};
use crate::delivery::subscription::Revisions;
use crate::delivery::{Outgoing, envelope};
use crate::domain::{Event, EventId, Timestamp, WebhookId};
use crate::store::Webhook;

/// A request: where to, with which headers and which body.
#[derive(Debug)]
pub struct RequestView {
    pub url: String,
    /// Secrets masked.
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
            fate: self.fate(&event, webhook).await?,
        })
    }

    async fn request(&self, event: &Event, webhook: &Webhook) -> Result<RequestView, AdminError> {
        let revisions = Revisions::new(self.store.revisions(webhook.id).await?);
        let revisions = revisions.ok_or_else(|| AdminError::not_found("webhook", webhook.id))?;
        let revision = revisions.at(event.seq).revision();
        let credentials = self.store.credentials(webhook.id).await?;
        let outgoing = Outgoing::new(&webhook.settings, &credentials, &self.guard).map_err(unusable)?;
        let body = envelope::body(event, webhook.id, revision, None);
        let headers = outgoing.headers(event, revision.format, None, &body, Timestamp::now());
        Ok(RequestView {
            url: outgoing.shown.to_string(),
            headers: shown_headers(&headers),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}
