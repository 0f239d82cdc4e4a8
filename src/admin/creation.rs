//! New sources and webhooks: checked first, written then.
//!
//! The two steps are apart so that the settings file can have hundreds checked side by side and still written in its
//! order, which is the order of their ids.

use super::fault::Fault;
use super::names::Names;
use super::sources::{self, check, random_text, served_ids};
use super::wanted::Wanted;
use super::{
    Actor, Admin, AdminError, Role, SourceInput, SourceView, WebhookInput, WebhookView, audit, refused,
    webhooks,
};
use crate::domain::{CompanyId, Lang, Timestamp, ValueFault, WebhookId};
use crate::secrets::Secret;
use crate::sources::settings::{Days, TOKEN};
use crate::sources::{Endpoint, named};
use crate::store::{SaveWebhook, Source, StartAt};

/// A source that may be made.
pub(super) struct NewSource {
    by: Actor,
    company: CompanyId,
    wanted: sources::Wanted,
    /// The token that was made here, for those who have to be told.
    issued: Option<Secret>,
    path_key: Option<String>,
    provisioned: bool,
}

/// A webhook that may be made.
pub(super) struct NewWebhook {
    by: Actor,
    company: CompanyId,
    wanted: Wanted,
    provisioned: bool,
}

impl sources::Wanted {
    /// Sees to a token of a new source; the one that was made here, if it was.
    fn issue_token(&mut self) -> Result<Option<Secret>, AdminError> {
        let may_be_open = self.provider.way_in().endpoint().is_some_and(Endpoint::may_be_open);
        if self.checked.token.is_some() || may_be_open {
            return Ok(None);
        }
        let made = self.provider.issue_token();
        self.checked.token =
            Some(made.clone().ok_or_else(|| AdminError::invalid(TOKEN, Fault::Value(ValueFault::Missing)))?);
        Ok(made)
    }

    /// The last part of a new source's own path, where its provider posts.
    pub(super) fn path_key(&self) -> Option<String> {
        self.provider.way_in().endpoint().map(|_| random_text(20))
    }
}

impl Admin {
    pub async fn create_source(
        &self,
        actor: &Actor,
        lang: Lang,
        company: CompanyId,
        input: &SourceInput,
    ) -> Result<SourceView, AdminError> {
        let new = self.check_new_source(actor, company, input, false).await?;
        let issued = new.issued.as_ref().map(|token| token.expose().to_owned());
        let source = self.write_source(new).await?;
        self.settled().await;
        Ok(SourceView { token: issued, ..self.seen_source(lang, source).await? })
    }

    /// `provisioned` is said of what the settings file makes.
    pub(super) async fn check_new_source(
        &self,
        actor: &Actor,
        company: CompanyId,
        input: &SourceInput,
        provisioned: bool,
    ) -> Result<NewSource, AdminError> {
        actor.require(Role::Administrator)?;
        self.company(actor, company).await?;
        let given = input
            .provider
            .as_deref()
            .ok_or_else(|| AdminError::invalid("provider", Fault::Value(ValueFault::Missing)))?;
        let provider = named(given).ok_or_else(|| {
            AdminError::invalid(
                "provider",
                Fault::Value(ValueFault::NotOne { allowed: served_ids().join(", ") }),
            )
        })?;
        let days = if provisioned { Days::Any } else { Days::Current };
        let mut wanted = check(provider, input, None, days)?;
        self.check_server(&wanted).await?;
        let issued = wanted.issue_token()?;
        let path_key = wanted.path_key();
        Ok(NewSource { by: actor.clone(), company, wanted, issued, path_key, provisioned })
    }

    /// Sources whose writing begins one after the other get ids in that order.
    pub(super) async fn write_source(&self, new: NewSource) -> Result<Source, AdminError> {
        let written = self.change(new.company, move |tx| {
            Box::pin(async move {
                let save = new.wanted.save(new.provisioned);
                let (company, path_key) = (new.company, new.path_key.as_deref());
                let provider = new.wanted.provider.identity().id;
                let source = tx.create_source(company, provider, path_key, &save, Timestamp::now()).await?;
                let (target, detail) = (source.id.to_string(), sources::described(&source));
                tx.audit(&audit(&new.by, "source.create", Some(company), target, &detail)).await?;
                Ok(source)
            })
        });
        written.await.map_err(refused("token"))
    }

    pub async fn create_webhook(
        &self,
        actor: &Actor,
        company: CompanyId,
        input: &WebhookInput,
    ) -> Result<WebhookView, AdminError> {
        let new = self.check_new_webhook(actor, company, input, false).await?;
        let id = self.write_webhook(new).await?;
        self.settled().await;
        self.webhook(actor, id).await
    }

    /// `provisioned` is said of what the settings file makes.
    pub(super) async fn check_new_webhook(
        &self,
        actor: &Actor,
        company: CompanyId,
        input: &WebhookInput,
        provisioned: bool,
    ) -> Result<NewWebhook, AdminError> {
        actor.require(Role::Administrator)?;
        self.company(actor, company).await?;
        let asked = self.unknown_types_to_ask_about(company, input, &[]).await?;
        let wanted = Wanted::unless_asked(Wanted::with(input, None), asked)?;
        self.check_address(company, wanted.address()).await?;
        self.check_usable(&wanted)?;
        Ok(NewWebhook { by: actor.clone(), company, wanted, provisioned })
    }

    /// Webhooks whose writing begins one after the other get ids in that order.
    pub(super) async fn write_webhook(&self, new: NewWebhook) -> Result<WebhookId, AdminError> {
        let written = self.change(new.company, move |tx| {
            Box::pin(async move {
                let Wanted { settings, wishes, credentials } = &new.wanted;
                let provisioned = new.provisioned;
                let save = SaveWebhook { settings, wishes, credentials: Some(credentials), provisioned };
                let mut used = Names::of_webhooks(tx, new.company, None).await?;
                if let Err(taken) = used.take(settings.name.as_str()) {
                    return Ok(Err(taken));
                }
                let (webhook, _) =
                    tx.create_webhook(new.company, &save, StartAt::Head, Timestamp::now()).await?;
                let detail = webhooks::described(settings, wishes, Some(credentials));
                let target = webhook.id.to_string();
                tx.audit(&audit(&new.by, "webhook.create", Some(new.company), target, &detail)).await?;
                Ok(Ok(webhook.id))
            })
        });
        Ok(written.await.map_err(refused("name"))??)
    }
}
