//! A trial of a token and an address, before they are saved or when somebody asks whether the stored ones are good: a real
//! handshake, ended as soon as it is answered. It is no session of the source; nothing that it hears is kept.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::fault::Fault;
use super::sources::{Days, check, socket_settings};
use super::{Actor, Admin, AdminError, Role, SourceInput, audit, line_status, turns};
use crate::domain::{CompanyId, Lang, Provider, SourceId, SourceState};
use crate::runtime::NoHandshake;
use crate::secrets::Secret;
use crate::sources::threecplus::settings::SocketSettings;

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

impl Admin {
    /// Tries a 3C Plus source as it would be saved: on top of the stored one, if there is one.
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
        let checked = check(Provider::Threecplus, input, before.as_ref(), Days::Any)?;
        let kept = match &before {
            Some(source) => self.store.source_secret(source.id).await?,
            None => None,
        };
        let same = before.as_ref().is_some_and(|source| socket_settings(source) == checked.config)
            && checked.token.as_ref().is_none_or(|token| Some(token) == kept.as_ref());
        if let (true, Some(id)) = (same, stored)
            && self.is_connected(id)
        {
            return Ok(told(Ok(()), Duration::ZERO, lang));
        }
        let token = checked.token.or(kept);
        let on = On { actor, company: before.as_ref().map(|source| source.company), source: stored };
        self.shake_hands(&on, &checked.config, token.as_ref(), lang).await
    }

    /// Tries a 3C Plus source as it is stored.
    pub async fn try_source(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
    ) -> Result<ConnectionTrialView, AdminError> {
        actor.require(Role::Operator)?;
        let source = self.stored_source(actor, id).await?;
        if self.is_connected(id) {
            return Ok(told(Ok(()), Duration::ZERO, lang));
        }
        let token = self.store.source_secret(id).await?;
        let on = On { actor, company: Some(source.company), source: Some(id) };
        self.shake_hands(&on, &socket_settings(&source), token.as_ref(), lang).await
    }

    /// What is connected with just this needs no second socket, which would say nothing new.
    fn is_connected(&self, id: SourceId) -> bool {
        self.runtime.source_status(id).state == SourceState::Connected
    }

    /// What was tried is written down before anything is sent: a trial shows a token to whoever answers there.
    async fn shake_hands(
        &self,
        on: &On<'_>,
        settings: &SocketSettings,
        token: Option<&Secret>,
        lang: Lang,
    ) -> Result<ConnectionTrialView, AdminError> {
        let token = token.ok_or_else(|| AdminError::invalid("token", Fault::Missing))?;
        let _place = turns::place(&self.access.turns.trials, on.actor)?;
        let target = on.source.map(|source| source.to_string()).unwrap_or_default();
        let detail = json!({ "socket_url": settings.socket_url, "token": token.mask() });
        let mut entry = audit(on.actor, "source.try", on.company, target, &detail);
        entry.target = entry.target.filter(|target| !target.is_empty());
        self.journal.control(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
        let begun = Instant::now();
        let outcome = self.runtime.shake_hands(settings, token).await;
        Ok(told(outcome, begun.elapsed(), lang))
    }
}

fn told(outcome: Result<(), NoHandshake>, took: Duration, lang: Lang) -> ConnectionTrialView {
    let (outcome, sentence) = match outcome {
        Ok(()) => {
            let pt = "O token foi aceito e a conexão foi aberta.";
            ("connected", lang.pick(pt, "The token was accepted and the connection was opened.").to_owned())
        }
        Err(NoHandshake { word: word @ "refused", refusal }) => {
            let said = refusal.map(|said| format!("refused: {said}"));
            (word, line_status::refused(said.as_deref(), lang))
        }
        // The setting that it names is what helps.
        Err(NoHandshake { word: word @ "not_permitted", .. }) => {
            let cause = line_status::cause(Some(word), lang);
            (word, lang.pick(format!("Sem conexão: {cause}."), format!("Not connected: {cause}.")))
        }
        Err(NoHandshake { word, .. }) => {
            let cause = line_status::cause(Some(word), lang);
            let pt = format!("Sem conexão: {cause}. Confira o endereço e a rede.");
            (word, lang.pick(pt, format!("Not connected: {cause}. Check the address and the network.")))
        }
    };
    ConnectionTrialView {
        connected: outcome == "connected",
        outcome: outcome.to_owned(),
        sentence,
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}
