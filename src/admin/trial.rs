//! A test delivery: the newest event of a type, or an example of it, sent now, with the whole exchange to look at. It is no
//! attempt of the courier; but where it is accepted, a courier that waits for the server is told so.
//!
//! What must hold here: but for its `webhook-id`, which no other test has, and the header that says that it is a test, the request
//! is the one that the event itself is delivered by.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::delivery::masked;
use super::trial_event::MadeOf;
use super::usable::unusable;
use super::{Actor, Admin, AdminError, Role, audit};
use crate::delivery::courier::Command;
use crate::delivery::envelope::{self, Occasion};
use crate::delivery::subscription::Subscription;
use crate::delivery::{Echoes, Outgoing};
use crate::domain::bounds::Name;
use crate::domain::{Event, EventId, Lang, Timestamp, WebhookId, requested};
use crate::net::{Headers, Phases};
use crate::sources;

/// The event to send.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestInput {
    /// The event type; absent is that of the newest event that the webhook would be sent.
    #[schema(value_type = Option<Name>, inline)]
    pub event: Option<String>,
    /// The payload. Absent is the newest event of this type that the webhook would be sent, as it came; where there is none, an
    /// example.
    #[schema(value_type = serde_json::Value, required = false)]
    pub payload: Option<Box<serde_json::value::RawValue>>,
}

/// The whole exchange.
#[derive(Debug, Serialize, ToSchema, Default)]
pub struct TestView {
    /// Whether it was answered with 2xx.
    pub delivered: bool,
    /// Whole, with each value of its query masked where it stands: `?token=***`.
    pub url: String,
    pub made_of: MadeOf,
    pub event_type: String,
    /// The event that was sent, and when it was received: of one that the company has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<EventId>)]
    pub event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub received_at: Option<String>,
    /// What was sent; secrets masked.
    pub request_headers: BTreeMap<String, String>,
    pub request_body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub answer_headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_body: Option<String>,
    /// Why there is no answer: a stable word and a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was remarkable about the answer, which counts all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Microseconds of each phase; absent when it did not come to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_us: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_us: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_us: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_us: Option<u32>,
    pub total_us: u32,
}

impl Admin {
    pub async fn test_webhook(
        &self,
        actor: &Actor,
        lang: Lang,
        id: WebhookId,
        input: &TestInput,
    ) -> Result<TestView, AdminError> {
        self.tested(actor, lang, id, input, true).await
    }

    /// As [`Admin::test_webhook`]; what is a part of something that is in the audit log already is not `logged` by itself.
    pub(super) async fn tested(
        &self,
        actor: &Actor,
        lang: Lang,
        id: WebhookId,
        input: &TestInput,
        logged: bool,
    ) -> Result<TestView, AdminError> {
        actor.require(Role::Operator)?;
        let webhook = self.stored_webhook(actor, id).await?;
        let revision = self.newest_revision(id).await?;
        let credentials = self.store.credentials(id).await?;
        let guard = Arc::new(self.guard.asking_for(webhook.company));
        let outgoing = Outgoing::new(&webhook.settings, &credentials, &guard).map_err(unusable)?;
        let name = input.event.as_deref().map(super::fault::name).transpose();
        let name = name.map_err(|fault| AdminError::invalid("event", fault))?;
        let wanted = Subscription::new(revision);
        let (event, made_of) = self.event_to_test(webhook.company, &wanted, name.as_deref(), input).await?;
        let (occasion, format, now) =
            (Occasion::Test(rand::random()), wanted.revision().format, Timestamp::now());
        let body = envelope::body(&event, id, wanted.revision(), occasion, sources::meta_source);
        let headers = outgoing.headers(&event, format, occasion, &body, now);
        if logged {
            let detail = json!({ "event": event.name.to_string(), "made_of": made_of, "id": is_real(made_of, &event) });
            let entry = audit(actor, "webhook.test", Some(webhook.company), id.to_string(), &detail);
            self.journal.control(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
        }
        let mut view = TestView {
            url: requested(credentials.address(webhook.settings.url.as_str())),
            request_headers: sent_headers(&headers),
            request_body: masked(event.provider, &body),
            made_of,
            event_type: event.name.to_string(),
            event_id: is_real(made_of, &event),
            received_at: is_real(made_of, &event).map(|_| event.received_at.to_string()),
            ..TestView::default()
        };
        match self.http.send(&outgoing.target, &headers, body, outgoing.timeout).await {
            Ok(answer) => {
                view.delivered = answer.status.is_success();
                view.status = Some(answer.status.as_u16());
                view.answer_headers = shown_headers(&answer.headers, &outgoing.echoes);
                view.answer_body = Some(text(&outgoing.echoes.hidden_in(answer.body.into())));
                view.note = answer.note.map(|note| note.message().text(lang));
                view.time(answer.phases);
            }
            Err(error) => {
                view.error = Some(error.kind.as_str());
                view.message = Some(error.kind.message().text(lang));
                view.time(error.phases);
            }
        }
        if view.delivered
            && let Ok(owned) = self.runtime.directory().owned(webhook.company)
        {
            self.runtime.couriers().command(&owned, id, Command::ServerAnswers).await;
        }
        Ok(view)
    }
}

impl TestView {
    fn time(&mut self, phases: Phases) {
        self.dns_us = phases.dns_us;
        self.connect_us = phases.connect_us;
        self.tls_us = phases.tls_us;
        self.first_byte_us = phases.first_byte_us;
        self.total_us = phases.total_us;
    }
}

/// The id of an event that is one of the journal's.
fn is_real(made_of: MadeOf, event: &Event) -> Option<String> {
    (made_of == MadeOf::Event).then(|| event.id().to_string())
}

/// The headers of a request, secrets masked.
pub(super) fn sent_headers(headers: &Headers) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), shown(value))).collect()
}

/// The headers of an answer.
fn shown_headers(headers: &http::HeaderMap, echoes: &Echoes) -> BTreeMap<String, String> {
    let shown = |value: &http::HeaderValue| text(&echoes.hidden_in(Bytes::copy_from_slice(value.as_bytes())));
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), shown(value))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn shown(value: &http::HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    if value.is_sensitive() { crate::secrets::mask(&text) } else { text }
}
