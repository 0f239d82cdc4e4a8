//! A company and its first source in one step, as the form of the panel has them: both are there afterwards, or
//! neither.

use serde_json::json;

use super::companies::checked_name;
use super::fault::Fault;
use super::names::Names;
use super::sources::{check, described};
use super::{Actor, Admin, AdminError, CompanyInput, FieldFault, Role, SourceInput, audit, refused};
use crate::domain::{CompanyId, Timestamp, ValueFault};
use crate::sources::settings::{Days, TOKEN};
use crate::sources::{Endpoint, named};

impl Admin {
    /// Creates both. Every wrong field of either is told at once; the source's are those of its provider.
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
        let provider = source.provider.as_deref().and_then(named);
        let provider =
            provider.ok_or_else(|| AdminError::invalid("provider", Fault::Value(ValueFault::Missing)))?;
        let wanted = noted(check(provider, source, None, Days::Current), &mut faults)?;
        // One that is made here could not be told to anybody: this way answers with the company alone.
        let may_be_open = provider.way_in().endpoint().is_some_and(Endpoint::may_be_open);
        if source.given.get(TOKEN).is_none() && !may_be_open {
            faults.push(FieldFault::new(TOKEN, Fault::Value(ValueFault::Missing)));
        }
        let (Some(name), Some(wanted), true) = (name, wanted, faults.is_empty()) else {
            return Err(AdminError::Invalid(faults));
        };
        self.check_server(&wanted).await?;
        let path_key = wanted.path_key();
        let by = actor.clone();
        let created = self.journal.control(move |tx| {
            Box::pin(async move {
                if let Err(taken) = Names::of_companies(tx, None).await?.take(&name) {
                    return Ok(Err(taken));
                }
                let now = Timestamp::now();
                let id = tx.create_company(&name, false, now).await?;
                tx.audit(&audit(&by, "company.create", Some(id), id.to_string(), &json!({ "name": name })))
                    .await?;
                let (provider, save) = (wanted.provider.identity().id, wanted.save(false));
                let source = tx.create_source(id, provider, path_key.as_deref(), &save, now).await?;
                let target = source.id.to_string();
                tx.audit(&audit(&by, "source.create", Some(id), target, &described(&source))).await?;
                Ok(Ok(id))
            })
        });
        let created = created.await;
        self.made(created.as_ref().ok().and_then(|id| id.as_ref().ok()).map(std::slice::from_ref));
        let id = created.map_err(refused("name"))??;
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
