//! A company and its 3C Plus source in one step, as the form of the panel has them: both are there afterwards, or
//! neither.

use serde_json::json;

use super::companies::checked_name;
use super::fault::Fault;
use super::names::Names;
use super::sources::{Days, check, described, save};
use super::{Actor, Admin, AdminError, CompanyInput, FieldFault, Role, SourceInput, audit, refused};
use crate::domain::{CompanyId, Provider, Timestamp};

impl Admin {
    /// Creates both. Every wrong field of either is told at once; the source's are `account`, `token`, `socket_url`,
    /// `agent_id` and `token_expires_on`.
    pub async fn register_company(
        &self,
        actor: &Actor,
        company: &CompanyInput,
        source: &SourceInput,
    ) -> Result<CompanyId, AdminError> {
        actor.require(Role::Administrator)?;
        if actor.companies.is_some() {
            return Err(AdminError::Forbidden { needed: Role::Administrator });
        }
        let mut faults = Vec::new();
        let name = noted(checked_name(company.name.as_deref()), &mut faults)?;
        let checked = noted(check(Provider::Threecplus, source, None, Days::Current), &mut faults)?;
        if source.token.is_none() {
            faults.push(FieldFault::new("token", Fault::Missing));
        }
        let (Some(name), Some(checked), true) = (name, checked, faults.is_empty()) else {
            return Err(AdminError::Invalid(faults));
        };
        self.check_socket(Provider::Threecplus, &checked).await?;
        let by = actor.clone();
        let created = self.change(move |tx| {
            Box::pin(async move {
                if let Err(taken) = Names::of_companies(tx, None).await?.take(&name) {
                    return Ok(Err(taken));
                }
                let now = Timestamp::now();
                let id = tx.create_company(&name, false, now).await?;
                tx.audit(&audit(&by, "company.create", Some(id), id.to_string(), &json!({ "name": name })))
                    .await?;
                let config = json!(checked.config).to_string();
                let save = save(Provider::Threecplus, &checked, &config, false);
                let source = tx.create_source(id, Provider::Threecplus, None, &save, now).await?;
                let target = source.id.to_string();
                tx.audit(&audit(&by, "source.create", Some(id), target, &described(&source))).await?;
                Ok(Ok(id))
            })
        });
        let id = created.await.map_err(refused("name"))??;
        self.settled().await;
        Ok(id)
    }
}

/// What was right; what was wrong is noted, so that the other half is heard of too.
fn noted<T>(checked: Result<T, AdminError>, faults: &mut Vec<FieldFault>) -> Result<Option<T>, AdminError> {
    match checked {
        Ok(checked) => Ok(Some(checked)),
        Err(AdminError::Invalid(found)) => {
            faults.extend(found);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
