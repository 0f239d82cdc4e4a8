//! A test of a contact point: a message that says only that it arrives, sent now, with the whole exchange to look at. What comes of it
//! is what the point is remembered by, as of any message.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::sources::random_text;
use super::{Actor, Admin, AdminError, Role, audit, turns};
use crate::alerting::{ContactPoint, Failure, Message, Outcome, last_message, send};
use crate::domain::{ContactPointId, Lang, Timestamp};
use crate::texts::sentence;

/// The whole exchange.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactPointTestView {
    /// Whether the service took the message.
    pub taken: bool,
    /// Where it went, as it may be shown.
    pub to: String,
    /// What was sent; secrets masked.
    pub request_headers: BTreeMap<String, String>,
    pub request_body: String,
    /// What HTTP, or the mail server, answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_body: Option<String>,
    /// Why it was not taken, or not by all: a stable word and a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    pub total_us: u32,
}

impl Admin {
    pub async fn test_contact_point(
        &self,
        actor: &Actor,
        lang: Lang,
        id: ContactPointId,
    ) -> Result<ContactPointTestView, AdminError> {
        actor.require(Role::Operator)?;
        let stored = self.stored_point(actor, id).await?;
        let _place = turns::place(&self.access.turns.reaches, actor)?;
        let credentials = self.store.contact_point_credentials(id).await?;
        let (by, company) = (actor.clone(), stored.company);
        let point = ContactPoint::of(stored, &credentials);
        let written = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.audit(&audit(&by, "contact_point.test", company, id.to_string(), &json!({}))).await
            })
        });
        written.await?;
        let now = Timestamp::now();
        let message = Message::test(format!("test_{}", random_text(16)), now, self.senders.panel_url());
        let sent = send(&self.senders, &point, &message).await;
        let last = last_message(&sent, now);
        self.journal
            .control(move |tx| Box::pin(async move { tx.note_last_message(id, &last).await }))
            .await?;
        let why = match &sent.outcome {
            Outcome::Taken => sent.note.as_ref(),
            Outcome::Again { why, .. } | Outcome::Refused { why } => Some(why),
        };
        Ok(ContactPointTestView {
            taken: sent.outcome == Outcome::Taken,
            error: why.map(Failure::word),
            message: why.map(|why| sentence(&why.message().text(lang))),
            to: sent.exchange.to,
            request_headers: sent.exchange.request_headers,
            request_body: sent.exchange.request,
            status: sent.exchange.status,
            answer_body: sent.exchange.answer,
            total_us: u32::try_from(sent.took.as_micros()).unwrap_or(u32::MAX),
        })
    }
}
