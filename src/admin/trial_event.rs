//! What a test sends: the newest event that its webhook would be sent, else an example.
//!
//! What must hold here: a test takes no event to a server that its webhook does not send there; what is no event of the journal
//! has seq 0.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::trial::TestInput;
use super::{Admin, AdminError};
use crate::delivery::subscription::Subscription;
use crate::domain::{
    CompanyId, Event, EventFlags, Keys, Pattern, Provider, Seq, SessionId, SessionInfo, SourceId, Timestamp,
};
use crate::journal::SearchFilter;
use crate::sources;

/// Events of a type that are looked at for one that the rules let through.
const LOOKED_AT: usize = 50;
/// What an agent does between two calls: hardly anything comes more often.
pub(super) const USUAL: &str = "agent-is-idle";
/// Where nobody has printed an example.
const PLACEHOLDER: &str = r#"{"test":true,"message":"Teste do Ramal"}"#;

/// What the event of a test is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MadeOf {
    /// An event of the company, as it came.
    Event,
    /// An example from the provider's documents.
    Example,
    /// A few bytes of our own: there is no example of this type.
    #[default]
    Placeholder,
    /// What was given with the test.
    Payload,
}

impl MadeOf {
    pub fn as_str(self) -> &'static str {
        match self {
            MadeOf::Event => "event",
            MadeOf::Example => "example",
            MadeOf::Placeholder => "placeholder",
            MadeOf::Payload => "payload",
        }
    }
}

impl Admin {
    /// The event of a test, and what it is made of. `name` is a type that was asked for.
    pub(super) async fn event_to_test(
        &self,
        company: CompanyId,
        wanted: &Subscription,
        name: Option<&str>,
        input: &TestInput,
    ) -> Result<(Arc<Event>, MadeOf), AdminError> {
        let chosen = || name.map_or_else(|| named(wanted.patterns()), str::to_owned);
        if let Some(payload) = &input.payload {
            let payload = Bytes::copy_from_slice(payload.get().as_bytes());
            let event = made(company, self.provider_of(company, &chosen()).await?, &chosen(), payload);
            return Ok((Arc::new(event), MadeOf::Payload));
        }
        if let Some(event) = self.newest_wanted(company, wanted, name).await? {
            return Ok((event, MadeOf::Event));
        }
        let (event, made_of) = self.example(company, &chosen()).await?;
        Ok((Arc::new(event), made_of))
    }

    /// The newest event, of this type if one is named, that the webhook would be sent.
    async fn newest_wanted(
        &self,
        company: CompanyId,
        wanted: &Subscription,
        name: Option<&str>,
    ) -> Result<Option<Arc<Event>>, AdminError> {
        let names = match name {
            Some(name) if !wanted.names(name) => return Ok(None),
            Some(name) => vec![Pattern::Exact(name.to_owned())],
            None => wanted.patterns().to_vec(),
        };
        let filter = SearchFilter { names, ..SearchFilter::default() };
        let found = self.journal.search(company, filter, None, LOOKED_AT).await?;
        Ok(found.events.into_iter().find(|event| wanted.wants(event).is_ok()))
    }

    /// An event of this type that was never received.
    pub(super) async fn example(
        &self,
        company: CompanyId,
        name: &str,
    ) -> Result<(Event, MadeOf), AdminError> {
        let provider = self.provider_of(company, name).await?;
        let printed = sources::find(provider).and_then(|its| its.example(name));
        let (payload, made_of) = match printed {
            Some(printed) => (printed, MadeOf::Example),
            None => (PLACEHOLDER, MadeOf::Placeholder),
        };
        Ok((made(company, provider, name, Bytes::from_static(payload.as_bytes())), made_of))
    }

    /// Whose event of this type it would be: of the company's provider that lists it, else of its first.
    async fn provider_of(&self, company: CompanyId, name: &str) -> Result<Provider, AdminError> {
        let its: Vec<Provider> =
            self.store.sources(company).await?.into_iter().map(|source| source.provider).collect();
        let identities = || sources::PROVIDERS.iter().map(|provider| provider.identity());
        let lists = |id: Provider| {
            let mut found = identities().filter(|identity| identity.id == id);
            found.any(|identity| (identity.catalogue)().iter().any(|entry| entry.name == name))
        };
        // While a company has no source, any provider may be meant.
        let asked = if its.is_empty() { identities().map(|identity| identity.id).collect() } else { its };
        let known = asked.iter().copied().find(|id| lists(*id));
        Ok(known.or(asked.first().copied()).unwrap_or(sources::PROVIDERS[0].identity().id))
    }
}

/// A payload that is nobody's event.
pub(super) fn placeholder() -> Box<RawValue> {
    RawValue::from_string(PLACEHOLDER.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// The first type that is wanted by its name, else one that comes often.
fn named(events: &[Pattern]) -> String {
    let exact = events.iter().find_map(|pattern| match pattern {
        Pattern::Exact(name) => Some(name.clone()),
        Pattern::All | Pattern::Prefix(_) => None,
    });
    exact.unwrap_or_else(|| USUAL.to_owned())
}

/// Seq 0, and a session that says that it is none.
fn made(company: CompanyId, provider: Provider, name: &str, payload: Bytes) -> Event {
    let session = SessionInfo { id: SessionId(0), socket_id: "test".into(), token_mask: "…".into() };
    Event {
        company,
        seq: Seq::ZERO,
        source: SourceId(0),
        provider,
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
