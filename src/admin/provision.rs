//! Companies kept as code: what the settings file says is created, or brought up to date, at start.
//!
//! Companies and webhooks are found by their names, sources by their provider. What the file does not mention stays as
//! it is; nothing is deleted because it is no longer there.

use tracing::info;

use super::{Actor, Admin, AdminError, CompanyInput, SourceInput, WebhookInput};
use crate::domain::{CompanyId, Lang, Provider};
use crate::store::Company;

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

impl Admin {
    /// Brings every company of the settings file up to date; stops at the first refusal.
    pub async fn provision(&self, companies: &[CompanyProvision]) -> Result<(), ProvisionError> {
        let actor = Actor::provisioning();
        for company in companies {
            let failed = |part: String| {
                let company = company.name.clone();
                move |error| ProvisionError { company, part, error }
            };
            let id = self.provision_company(&actor, company).await.map_err(failed("name".into()))?;
            for source in &company.sources {
                let part = source.provider.clone().unwrap_or_default();
                self.provision_source(&actor, id, source).await.map_err(failed(part))?;
            }
            for webhook in &company.webhooks {
                let part = format!("webhook `{}`", webhook.name.as_deref().unwrap_or_default());
                self.provision_webhook(&actor, id, webhook).await.map_err(failed(part))?;
            }
        }
        if !companies.is_empty() {
            info!(companies = companies.len(), "the companies of the settings file are up to date");
        }
        Ok(())
    }

    async fn provision_company(
        &self,
        actor: &Actor,
        wanted: &CompanyProvision,
    ) -> Result<CompanyId, AdminError> {
        match self.store.company_by_name(wanted.name.trim()).await? {
            Some(Company { id, .. }) => Ok(id),
            None => {
                let input = CompanyInput { name: Some(wanted.name.clone()), version: None };
                self.add_company(actor, &input, true).await
            }
        }
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
