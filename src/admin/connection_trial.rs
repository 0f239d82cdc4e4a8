//! A trial of a token and an address, before they are saved or when somebody asks whether the stored ones are good: a real
//! handshake, ended as soon as it is answered. It is no session of the source; nothing that it hears is kept.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::fault::Fault;
use super::sources::{Wanted, check, served};
use super::{Actor, Admin, AdminError, Role, SourceInput, audit, line_status, turns};
use crate::domain::{CompanyId, Lang, SourceId, SourceState, ValueFault};
use crate::runtime::NoHandshake;
use crate::secrets::Secret;
use crate::sources::settings::{Days, Given, TOKEN};
use crate::sources::{Definition, Line, named};
use crate::store::Source;
use crate::texts::say;

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionTrialView {
    pub connected: bool,
    /// `connected`, `refused`, or why there was no connection: `dial`, `upgrade`, `handshake_timeout`, …
    pub outcome: String,
    /// What that means and what to do, in the caller's language.
    pub sentence: String,
    pub milliseconds: u64,
}

/// Who tries what.
struct On<'a> {
    actor: &'a Actor,
    company: Option<CompanyId>,
    /// `None` for one that is not saved yet.
    source: Option<SourceId>,
}

/// What is tried: settings of a provider that is connected to.
struct Tried<'a> {
    provider: &'static dyn Definition,
    line: &'static dyn Line,
    config: &'a str,
    token: Option<&'a Secret>,
}

impl Admin {
    /// Tries a source as it would be saved: on top of the stored one, if there is one.
    pub async fn try_connection(
        &self,
        actor: &Actor,
        lang: Lang,
        stored: Option<SourceId>,
        input: &SourceInput,
    ) -> Result<ConnectionTrialView, AdminError> {
        actor.require(Role::Administrator)?;
        let before = match stored {
            Some(id) => Some(self.stored_source(actor, id).await?),
            None => None,
        };
        let provider = match &before {
            Some(source) => served(source)?,
            None => input
                .provider
                .as_deref()
                .and_then(named)
                .ok_or_else(|| AdminError::invalid("provider", Fault::Value(ValueFault::Missing)))?,
        };
        let line = line_of(provider)?;
        let Wanted { checked, .. } = check(provider, input, before.as_ref(), Days::Any)?;
        let kept = match &before {
            Some(source) => self.store.source_secret(source.id).await?,
            None => None,
        };
        let same = before.as_ref().is_some_and(|source| config_of(provider, source) == checked.config)
            && checked.token.as_ref().is_none_or(|token| Some(token) == kept.as_ref());
        if same
            && let Some(source) = &before
            && self.is_connected(source).await?
        {
            return Ok(told(provider.identity().name, Ok(()), Duration::ZERO, lang));
        }
        let token = checked.token.or(kept);
        let on = On { actor, company: before.as_ref().map(|source| source.company), source: stored };
        let tried = Tried { provider, line, config: &checked.config, token: token.as_ref() };
        self.shake_hands(&on, &tried, lang).await
    }

    /// Tries a source as it is stored.
    pub async fn try_source(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
    ) -> Result<ConnectionTrialView, AdminError> {
        actor.require(Role::Operator)?;
        let source = self.stored_source(actor, id).await?;
        let provider = served(&source)?;
        let line = line_of(provider)?;
        if self.is_connected(&source).await? {
            return Ok(told(provider.identity().name, Ok(()), Duration::ZERO, lang));
        }
        let token = self.store.source_secret(id).await?;
        let on = On { actor, company: Some(source.company), source: Some(id) };
        let tried = Tried { provider, line, config: &source.config, token: token.as_ref() };
        self.shake_hands(&on, &tried, lang).await
    }

    /// What is connected with just this needs no second socket, which would say nothing new.
    async fn is_connected(&self, source: &Source) -> Result<bool, AdminError> {
        Ok(self.runtime.directory().source(source).await?.status.state == SourceState::Connected)
    }

    /// What was tried is written down before anything is sent: a trial shows a token to whoever answers there.
    async fn shake_hands(
        &self,
        on: &On<'_>,
        tried: &Tried<'_>,
        lang: Lang,
    ) -> Result<ConnectionTrialView, AdminError> {
        let Tried { provider, line, config, token } = tried;
        let token = token.ok_or_else(|| AdminError::invalid(TOKEN, Fault::Value(ValueFault::Missing)))?;
        let _place = turns::place(&self.access.turns.trials, on.actor)?;
        let target = on.source.map(|source| source.to_string()).unwrap_or_default();
        let mut detail = json!({ "token": token.mask() });
        if let Some(server) = provider.server(config) {
            detail[server.field] = json!(server.url);
        }
        let mut entry = audit(on.actor, "source.try", on.company, target, &detail);
        entry.target = entry.target.filter(|target| !target.is_empty());
        self.journal.control(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
        let begun = Instant::now();
        let outcome = self.runtime.shake_hands(*line, config, token).await;
        Ok(told(provider.identity().name, outcome, begun.elapsed(), lang))
    }
}

/// How a provider is connected to; nothing can be tried of one that comes to us.
fn line_of(provider: &dyn Definition) -> Result<&'static dyn Line, AdminError> {
    let line = provider.way_in().line();
    line.ok_or_else(|| AdminError::not_found("connection", provider.identity().id))
}

/// What is stored of a source's settings, as this version writes it.
fn config_of(provider: &dyn Definition, source: &Source) -> String {
    let stored = provider.check(&Given::default(), Some(source), Days::Any);
    stored.map_or_else(|_| source.config.clone(), |checked| checked.config)
}

fn told(provider: &str, outcome: Result<(), NoHandshake>, took: Duration, lang: Lang) -> ConnectionTrialView {
    let (outcome, sentence) = match outcome {
        Ok(()) => ("connected", say(lang, "connection-works").text()),
        Err(NoHandshake { word: word @ "refused", refusal }) => {
            let said = refusal.map(|said| format!("refused: {said}"));
            (word, line_status::refused(provider, said.as_deref(), lang))
        }
        // The setting that it names is what helps.
        Err(NoHandshake { word: word @ "not_permitted", .. }) => {
            let cause = line_status::cause(Some(word), lang);
            (word, say(lang, "connection-not-permitted").with("cause", cause).text())
        }
        Err(NoHandshake { word, .. }) => {
            let cause = line_status::cause(Some(word), lang);
            (word, say(lang, "connection-failed").with("cause", cause).text())
        }
    };
    ConnectionTrialView {
        connected: outcome == "connected",
        outcome: outcome.to_owned(),
        sentence,
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}
