//! What is done of what a company needs before its first event is delivered.

use super::{Actor, Admin, AdminError};
use crate::domain::{CompanyId, Seq, SourceState};
use crate::sources::find;
use crate::store::{AuditFilter, Source};

/// The steps of a company's first hour, each with whether it is done. There are none after the first delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a step of a list, done or not")]
pub struct FirstHour {
    pub source: bool,
    /// It has connected, or something has come.
    pub connected: bool,
    pub heard: bool,
    /// A webhook, by its id and name.
    pub webhook: Option<(String, String)>,
    pub tested: bool,
    /// Somebody is told of its incidents.
    pub told: bool,
}

impl Admin {
    /// Nothing, once something was delivered.
    pub async fn first_hour(
        &self,
        actor: &Actor,
        company: CompanyId,
    ) -> Result<Option<FirstHour>, AdminError> {
        self.company(actor, company).await?;
        let webhooks = self.store.webhooks(company).await?;
        let stands = self.runtime.directory().webhooks(&webhooks).await?;
        if stands.values().any(|stand| stand.status.last_success_at.is_some()) {
            return Ok(None);
        }
        let sources = self.store.sources(company).await?;
        let lines = self.runtime.directory().sources(&sources).await?;
        let heard = self.journal.head(company) > Seq::ZERO;
        // A door that is open has connected to nobody: that it is used shows when something comes.
        let is_line = |source: &&Source| {
            find(source.provider).is_some_and(|provider| provider.way_in().endpoint().is_none())
        };
        let mut stands = sources.iter().filter(is_line).filter_map(|source| lines.get(&source.id));
        let stands = stands.any(|stand| stand.status.state == SourceState::Connected);
        let tests = AuditFilter { company: Some(company), action: "webhook.test", ..AuditFilter::ALL };
        Ok(Some(FirstHour {
            source: !sources.is_empty(),
            connected: heard || stands,
            heard,
            tested: !self.store.audit_log(&tests, i64::MAX, 1).await?.is_empty(),
            webhook: webhooks
                .first()
                .map(|webhook| (webhook.id.to_string(), webhook.settings.name.to_string())),
            told: {
                let rules = self.store.alert_rules().await?;
                rules
                    .iter()
                    .any(|rule| rule.enabled && (rule.company.is_none() || rule.company == Some(company)))
            },
        }))
    }
}
