//! Companies kept as code: what the settings file says is created, or brought up to date, at start.
//!
//! Companies and webhooks are found by their names (the exact one, else one that differs in case or spaces only), sources by
//! their provider. What the file does not mention stays as
//! it is; nothing is deleted because it is no longer there.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use tracing::info;

use super::companies::checked_name;
use super::creation::{NewSource, NewWebhook};
use super::names::folded;
use super::{Actor, Admin, AdminError, SourceInput, WebhookInput};
use crate::domain::{CompanyId, Lang};
use crate::sources::named;
use crate::store::Webhook;

/// A company of the settings file.
pub struct CompanyProvision {
    pub name: String,
    pub sources: Vec<SourceInput>,
    pub webhooks: Vec<WebhookInput>,
}

/// Which part of the settings file was refused, and why.
#[derive(Debug, thiserror::Error)]
#[error("company `{company}`, {part}: {error}")]
pub struct ProvisionError {
    pub company: String,
    pub part: String,
    #[source]
    pub error: AdminError,
}

fn refused(company: &CompanyProvision, part: &str, error: AdminError) -> ProvisionError {
    ProvisionError { company: company.name.clone(), part: part.to_owned(), error }
}

/// Looked up and checked at the same time.
const AT_ONCE: usize = 16;
/// Being written at the same time: they share transactions.
const WRITTEN_AT_ONCE: usize = 64;

/// A source or a webhook of the settings file.
enum Part<'a> {
    Source(&'a SourceInput),
    Webhook(&'a WebhookInput),
}

impl Part<'_> {
    fn name(&self) -> String {
        match self {
            Part::Source(source) => source.provider.clone().unwrap_or_default(),
            Part::Webhook(webhook) => format!("webhook `{}`", webhook.name.as_deref().unwrap_or_default()),
        }
    }
}

/// What is still to be made of it.
enum New {
    Nothing,
    Source(NewSource),
    Webhook(NewWebhook),
}

impl CompanyProvision {
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.sources.iter().map(Part::Source).chain(self.webhooks.iter().map(Part::Webhook))
    }
}

impl Admin {
    /// Brings every company of the settings file up to date; stops at a refusal. What is made gets its id in the order
    /// of the file.
    pub async fn provision(&self, companies: &[CompanyProvision]) -> Result<(), ProvisionError> {
        let actor = Actor::provisioning();
        let ids = self.provision_companies(&actor, companies).await?;
        let parts = companies.iter().zip(ids);
        let parts = parts.flat_map(|(company, id)| company.parts().map(move |part| (company, id, part)));
        stream::iter(parts)
            .map(|(company, id, part)| self.provision_part(&actor, company, id, part))
            .buffered(AT_ONCE)
            .map_ok(|(company, part, new)| async move {
                let made = match new {
                    New::Nothing => Ok(()),
                    New::Source(new) => self.write_source(new).await.map(drop),
                    New::Webhook(new) => self.write_webhook(new).await.map(drop),
                };
                made.map_err(|error| refused(company, &part, error))
            })
            .try_buffered(WRITTEN_AT_ONCE)
            .try_collect::<()>()
            .await?;
        if !companies.is_empty() {
            info!(companies = companies.len(), "the companies of the settings file are up to date");
        }
        Ok(())
    }

    /// The ids of the companies; those that do not exist are made, all in one transaction.
    async fn provision_companies(
        &self,
        actor: &Actor,
        companies: &[CompanyProvision],
    ) -> Result<Vec<CompanyId>, ProvisionError> {
        let known: Vec<Option<CompanyId>> = stream::iter(companies)
            .map(|company| async {
                let stored = self.store.company_by_name(company.name.trim()).await;
                let id = stored.map(|stored| stored.map(|company| company.id));
                id.map_err(|error| refused(company, "name", error.into()))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let known = self.told_by_folded_names(companies, known).await?;
        let missing = companies.iter().zip(&known).filter(|(_, id)| id.is_none()).map(|(company, _)| company);
        let missing: Vec<&CompanyProvision> = missing.collect();
        let name_of = |company: &&CompanyProvision| {
            checked_name(Some(&company.name)).map_err(|error| refused(company, "name", error))
        };
        let names = missing.iter().map(name_of).collect::<Result<Vec<String>, _>>()?;
        let mut made = Vec::new().into_iter();
        if let Some(first) = missing.first() {
            let added = self.add_companies(actor, names, true).await;
            // The settings hold no name twice: two that fold to one are told of the second, all else is no single company's.
            let blamed = |error: &AdminError| match error {
                AdminError::NameTaken(taken) => {
                    let same =
                        |company: &&&CompanyProvision| folded(&company.name) == folded(&taken.existing);
                    missing.iter().rev().find(same).unwrap_or(first)
                }
                _ => first,
            };
            made = added.map_err(|error| refused(blamed(&error), "name", error))?.into_iter();
        }
        Ok(known.into_iter().filter_map(|id| id.or_else(|| made.next())).collect())
    }

    /// A company that was renamed to another spelling of its name is the same, unless the settings speak of both.
    async fn told_by_folded_names(
        &self,
        companies: &[CompanyProvision],
        mut known: Vec<Option<CompanyId>>,
    ) -> Result<Vec<Option<CompanyId>>, ProvisionError> {
        let Some(first) = known.iter().position(Option::is_none) else { return Ok(known) };
        let stored = self.store.companies(CompanyId(0), u32::MAX).await;
        let stored = stored.map_err(|error| refused(&companies[first], "name", error.into()))?;
        let mut claimed: HashSet<CompanyId> = known.iter().flatten().copied().collect();
        let mut by_name: HashMap<String, CompanyId> =
            stored.into_iter().map(|company| (folded(&company.name), company.id)).collect();
        for (company, id) in companies.iter().zip(&mut known).filter(|(_, id)| id.is_none()) {
            *id = by_name.remove(&folded(&company.name)).filter(|id| claimed.insert(*id));
        }
        Ok(known)
    }

    /// Changes what there is already; of what is new, says what to make.
    async fn provision_part<'a>(
        &self,
        actor: &Actor,
        company: &'a CompanyProvision,
        id: CompanyId,
        part: Part<'_>,
    ) -> Result<(&'a CompanyProvision, String, New), ProvisionError> {
        let name = part.name();
        let new = match part {
            Part::Source(source) => self.provision_source(actor, id, source).await,
            Part::Webhook(webhook) => self.provision_webhook(actor, company, id, webhook).await,
        };
        match new {
            Ok(new) => Ok((company, name, new)),
            Err(error) => Err(refused(company, &name, error)),
        }
    }

    async fn provision_source(
        &self,
        actor: &Actor,
        company: CompanyId,
        wanted: &SourceInput,
    ) -> Result<New, AdminError> {
        let provider = wanted.provider.as_deref().and_then(named).map(|provider| provider.identity().id);
        let stored = self.store.sources(company).await?;
        let Some(source) = stored.into_iter().find(|source| Some(source.provider) == provider) else {
            return self.check_new_source(actor, company, wanted, true).await.map(New::Source);
        };
        self.change_source(actor, Lang::default(), source.id, wanted, Some(true)).await?;
        Ok(New::Nothing)
    }

    async fn provision_webhook(
        &self,
        actor: &Actor,
        settings: &CompanyProvision,
        company: CompanyId,
        wanted: &WebhookInput,
    ) -> Result<New, AdminError> {
        self.warn_of_unknown_types(company, wanted).await?;
        let stored = self.store.webhooks(company).await?;
        let named = |webhook: &WebhookInput, name: &str| {
            webhook.name.as_deref().is_some_and(|wanted| wanted.trim() == name)
        };
        let exact = stored.iter().find(|webhook| named(wanted, webhook.settings.name.as_str()));
        // One that was renamed to another spelling is the same, unless the settings speak of both.
        let respelled = |webhook: &&Webhook| {
            let name = webhook.settings.name.as_str();
            folded(name) == folded(wanted.name.as_deref().unwrap_or_default())
                && !settings.webhooks.iter().any(|other| named(other, name))
        };
        let Some(webhook) = exact.or_else(|| stored.iter().find(respelled)) else {
            return self.check_new_webhook(actor, company, wanted, true).await.map(New::Webhook);
        };
        self.change_webhook(actor, webhook.id, wanted, Some(true)).await?;
        Ok(New::Nothing)
    }
}
