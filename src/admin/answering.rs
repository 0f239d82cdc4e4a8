//! Who may answer calls, and what they need for it.

use serde::Serialize;
use serde_json::json;

use super::{Actor, Admin, AdminError, Role, audit};
use crate::answering::ringing::Ringing;
pub use crate::answering::ringing::Told;
use crate::domain::{CallId, CompanyId};
use crate::sources::acting::Access;
use crate::sources::voice::Ice;
use crate::sources::{self, Definition};
use crate::store::StoredCall;
use crate::texts::msg;

/// What a call that rings offers, and how the one gets there who answers it.
#[derive(Debug, Serialize)]
pub struct OfferView {
    pub call: String,
    /// As the provider sent it.
    pub sdp: String,
    /// The action that answers it.
    pub action: &'static str,
    /// `RTCConfiguration` of WebRTC, with the credentials of its TURN servers.
    pub ice: Ice,
}

impl Admin {
    /// What rings; whom it is told to is decided by who asks.
    pub fn ringing(&self) -> &Ringing {
        self.runtime.ringing()
    }

    /// The companies whose calls this actor may answer here, with their names.
    pub async fn answers_for(&self, actor: &Actor) -> Result<Vec<(CompanyId, String)>, AdminError> {
        if actor.role < Role::Operator {
            return Ok(Vec::new());
        }
        let mut named = Vec::new();
        for company in self.runtime.answered().into_iter().filter(|company| actor.sees(*company)) {
            named.extend(self.store.company(company).await?.map(|found| (company, found.name)));
        }
        Ok(named)
    }

    /// Whether there is any such company.
    pub fn may_answer(&self, actor: &Actor) -> bool {
        actor.role >= Role::Operator && self.runtime.answered().iter().any(|company| actor.sees(*company))
    }

    /// Somebody looks at what a browser's log of a call masks.
    pub async fn note_unmasked_session(&self, actor: &Actor, id: CallId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        self.company(actor, id.company).await?;
        let line = audit(actor, "call.session_unmasked", Some(id.company), id.to_string(), &json!({}));
        Ok(self.journal.control(move |tx| Box::pin(async move { tx.audit(&line).await })).await?)
    }

    /// A call as it is now. What rings is told before its row is written.
    pub(super) async fn stored_call(&self, id: CallId) -> Result<StoredCall, AdminError> {
        let written = self.store.call(id.company, id.seq).await?;
        let newer =
            |live: &StoredCall| written.as_ref().is_none_or(|row| row.call.last_seq < live.call.last_seq);
        let live = self.ringing().call(id).filter(newer);
        live.or(written).ok_or_else(|| AdminError::not_found("call", id))
    }

    /// What a call offers that rings.
    pub async fn offer(&self, actor: &Actor, id: CallId) -> Result<OfferView, AdminError> {
        actor.require(Role::Operator)?;
        actor.require_company(id.company)?;
        let offered = self.ringing().offer(id).ok_or_else(|| AdminError::Conflict(msg("answer-no-offer")))?;
        let source = self.store.source(offered.of.source).await?;
        let source = source.ok_or_else(|| AdminError::not_found("source", offered.of.source))?;
        let voice = sources::find(source.provider).and_then(Definition::voice);
        let voice = voice.ok_or_else(|| AdminError::Conflict(msg("answer-no-offer")))?;
        let secrets = self.store.source_secrets(source.id).await?;
        let ice = voice.ice(&Access { config: &source.config, secrets: &secrets });
        Ok(OfferView { call: id.to_string(), sdp: offered.sdp.to_string(), action: voice.answers(), ice })
    }
}
