//! Companies kept as code: what the settings file says is created, or brought up to date, at start.
//!
//! Companies and webhooks are found by their names, sources by their provider. What the file does not mention stays as
//! it is; nothing is deleted because it is no longer there.

use futures_util::{StreamExt, TryStreamExt, stream};
use tracing::info;

use super::companies::checked_name;
use super::{Actor, Admin, AdminError, SourceInput, WebhookInput};
use crate::domain::{CompanyId, Lang, Provider};

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

/// Companies looked up at the same time. What is made is made in the order of the file, so that ids follow it.
const AT_ONCE: usize = 16;

impl Admin {
    /// Brings every company of the settings file up to date; stops at a refusal. New companies get their ids in the
    /// order of the file.
    pub async fn provision(&self, companies: &[CompanyProvision]) -> Result<(), ProvisionError> {
        let actor = Actor::provisioning();
        let ids = self.provision_companies(&actor, companies).await?;
        stream::iter(companies.iter().zip(ids).map(Ok))
            .try_for_each(|(company, id)| self.provision_parts(&actor, company, id))
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
        let missing = companies.iter().zip(&known).filter(|(_, id)| id.is_none()).map(|(company, _)| company);
        let missing: Vec<&CompanyProvision> = missing.collect();
        let name_of = |company: &&CompanyProvision| {
            checked_name(Some(&company.name)).map_err(|error| refused(company, "name", error))
        };
        let names = missing.iter().map(name_of).collect::<Result<Vec<String>, _>>()?;
        let mut made = Vec::new().into_iter();
        if let Some(first) = missing.first() {
            // The settings hold no name twice, so that a refusal is the database's and no single company's.
            let added = self.add_companies(actor, names, true).await;
            made = added.map_err(|error| refused(first, "name", error))?.into_iter();
        }
        Ok(known.into_iter().filter_map(|id| id.or_else(|| made.next())).collect())
    }

    async fn provision_parts(
        &self,
        actor: &Actor,
        company: &CompanyProvision,
        id: CompanyId,
    ) -> Result<(), ProvisionError> {
        for source in &company.sources {
            let part = source.provider.as_deref().unwrap_or_default();
            let done = self.provision_source(actor, id, source).await;
            done.map_err(|error| refused(company, part, error))?;
        }
        for webhook in &company.webhooks {
            let part = format!("webhook `{}`", webhook.name.as_deref().unwrap_or_default());
            let done = self.provision_webhook(actor, id, webhook).await;
            done.map_err(|error| refused(company, &part, error))?;
        }
        Ok(())
    }

    async fn provision_source(
        &self,
        actor: &Actor,
        company: CompanyId,
        wanted: &SourceInput,
    ) -> Result<(), AdminError> {
        let provider = wanted.provider.as_deref().and_then(|provider| provider.parse::<Provider>().ok());
        let stored = self.store.sources(company).await?;
        match stored.into_iter().find(|source| Some(source.provider) == provider) {
            Some(source) => {
                self.change_source(actor, Lang::default(), source.id, wanted, Some(true)).await.map(drop)
            }
            None => self.add_source(actor, Lang::default(), company, wanted, true).await.map(drop),
        }
    }

    async fn provision_webhook(
        &self,
        actor: &Actor,
        company: CompanyId,
        wanted: &WebhookInput,
    ) -> Result<(), AdminError> {
        let stored = self.store.webhooks(company).await?;
        let same_name = |name: &str| wanted.name.as_deref().is_some_and(|wanted| wanted.trim() == name);
        match stored.into_iter().find(|webhook| same_name(&webhook.settings.name)) {
            Some(webhook) => self.change_webhook(actor, webhook.id, wanted, Some(true)).await.map(drop),
            None => self.add_webhook(actor, company, wanted, true).await.map(drop),
        }
    }
}
