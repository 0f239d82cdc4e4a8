//! A test delivery: a made event of a chosen type, sent now, with the whole exchange to look at. It is no event of the
//! journal and no attempt of the courier; but where it is accepted, a courier that waits for the server is told so.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::usable::unusable;
use super::{Actor, Admin, AdminError, Role, audit};
use crate::delivery::courier::Command;
use crate::delivery::envelope;
use crate::delivery::{Echoes, Outgoing};
use crate::domain::bounds::Name;
use crate::domain::{
    Event, EventFlags, Keys, Lang, Pattern, Seq, SessionId, SessionInfo, SourceId, Timestamp, WebhookId,
};
use crate::net::{Headers, Phases};
use crate::sources;

/// The event to make.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestInput {
    /// The event type; absent is the first exact name that the webhook wants, else `agent-is-idle`.
    #[schema(value_type = Option<Name>, inline)]
    pub event: Option<String>,
    /// The payload; absent is a small example.
    #[schema(value_type = serde_json::Value, required = false)]
    pub payload: Option<Box<serde_json::value::RawValue>>,
}

/// The whole exchange.
#[derive(Debug, Serialize, ToSchema, Default)]
pub struct TestView {
    /// Whether it was answered with 2xx.
    pub delivered: bool,
    pub url: String,
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
        let name = match &input.event {
            Some(name) => super::fault::name(name).map_err(|fault| AdminError::invalid("event", fault))?,
            None => wanted_name(&revision.events),
        };
        let event = made_event(webhook.company, &name, input);
        let (body, now) =
            (envelope::body(&event, id, &revision, None, sources::meta_source), Timestamp::now());
        let headers = outgoing.headers(&event, revision.format, None, &body, now);
        if logged {
            let detail = json!({ "event": name });
            let entry = audit(actor, "webhook.test", Some(webhook.company), id.to_string(), &detail);
            self.journal.control(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
        }
        let mut view = TestView {
            url: outgoing.shown.to_string(),
            request_headers: sent_headers(&headers),
            request_body: String::from_utf8_lossy(&body).into_owned(),
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

fn wanted_name(events: &[Pattern]) -> String {
    let exact = events.iter().find_map(|pattern| match pattern {
        Pattern::Exact(name) => Some(name.clone()),
        Pattern::All | Pattern::Prefix(_) => None,
    });
    exact.unwrap_or_else(|| "agent-is-idle".to_owned())
}

/// An event that was never received: seq 0, and a session that says so.
pub(super) fn made_event(company: crate::domain::CompanyId, name: &str, input: &TestInput) -> Event {
    let payload = match &input.payload {
        Some(payload) => Bytes::copy_from_slice(payload.get().as_bytes()),
        None => Bytes::from_static(br#"{"test":true,"message":"Teste do Ramal"}"#),
    };
    let session = SessionInfo { id: SessionId(0), socket_id: "test".into(), token_mask: "…".into() };
    Event {
        company,
        seq: Seq::ZERO,
        source: SourceId(0),
        provider: sources::PROVIDERS[0].identity().id,
        session: Some(Arc::new(session)),
        name: name.into(),
        lane: None,
        received_at: Timestamp::now(),
        payload,
        keys: Keys::default(),
        flags: EventFlags::default(),
        extra: None,
    }
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
