//! Companies: create, read, rename, delete.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::afresh::afresh;
use super::bounds::Version;
use super::fault::{Fault, Faults, name};
use super::names::Names;
use super::needed::Needs;
use super::{Actor, Admin, AdminError, CompanyView, Page, Role, after, audit, refused};
use crate::domain::bounds::Name;
use crate::domain::{CompanyId, Sought, Timestamp, ValueFault, plain};
use crate::store::Company;

/// Companies that are read at once where some of them are looked for.
const LOOKED_THROUGH: u32 = 1_000;

/// The fields of a company.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyInput {
    /// At most 120 characters, not used by another company.
    #[schema(value_type = Option<Name>, inline)]
    pub name: Option<String>,
    /// Which saved state the caller edited.
    #[schema(value_type = Option<Version>, inline)]
    pub version: Option<i64>,
}

impl Needs for CompanyInput {
    const FIELDS: &'static [&'static str] = &["name"];

    fn has(&self, field: &str) -> bool {
        match field {
            "name" => self.name.is_some(),
            _ => true,
        }
    }
}

impl Admin {
    pub async fn companies(
        &self,
        actor: &Actor,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<CompanyView>, AdminError> {
        self.companies_called(actor, None, cursor, limit).await
    }

    /// Those whose name, or id, has what is looked for in it.
    pub async fn companies_called(
        &self,
        actor: &Actor,
        sought: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<CompanyView>, AdminError> {
        let mut after = after(cursor, 0)?;
        let sought = sought.map(Sought::check).transpose();
        let sought = sought.map_err(|fault| AdminError::invalid("q", fault.into()))?;
        let is_wanted = |row: &Company| {
            actor.sees(row.id)
                && sought.as_ref().is_none_or(|sought| sought.is_in(&[&row.name, &row.id.to_string()]))
        };
        let (wanted, mut seen) = (limit as usize + 1, Vec::new());
        let at_once = if sought.is_some() { limit.max(LOOKED_THROUGH) } else { limit } + 1;
        // A caller who sees, or looks for, few of many companies gets full pages all the same.
        loop {
            let rows = self.store.companies(CompanyId(after), at_once).await?;
            let (read, last) = (rows.len(), rows.last().map(|row| row.id.0));
            seen.extend(rows.into_iter().filter(is_wanted));
            match last {
                Some(last) if read == at_once as usize && seen.len() < wanted => after = last,
                _ => break,
            }
        }
        Ok(Page::of(seen, limit, |row| row.id.0.to_string(), view))
    }

    /// Companies by name, those first that begin with what is looked for: so many from a place on, and how many there are.
    pub async fn companies_by_name(
        &self,
        actor: &Actor,
        sought: Option<&Sought>,
        from: usize,
        limit: usize,
    ) -> Result<(Vec<CompanyView>, usize), AdminError> {
        let mut rows = self.store.companies(CompanyId(0), u32::MAX).await?;
        rows.retain(|row| {
            actor.sees(row.id) && sought.is_none_or(|sought| sought.is_in(&[&row.name, &row.id.to_string()]))
        });
        rows.sort_by_cached_key(|row| {
            (sought.is_some_and(|sought| !sought.begins(&row.name)), plain(&row.name), row.id)
        });
        let found = rows.len();
        Ok((rows.into_iter().skip(from).take(limit).map(view).collect(), found))
    }

    pub async fn company(&self, actor: &Actor, id: CompanyId) -> Result<CompanyView, AdminError> {
        actor.require_company(id)?;
        self.store.company(id).await?.map(view).ok_or_else(|| AdminError::not_found("company", id))
    }

    pub async fn create_company(
        &self,
        actor: &Actor,
        input: &CompanyInput,
    ) -> Result<CompanyView, AdminError> {
        actor.require(Role::Administrator)?;
        let name = checked_name(input.name.as_deref())?;
        let ids = self.add_companies(actor, vec![name], false).await?;
        let id = ids.first().copied().ok_or_else(|| AdminError::Internal("no company was made".into()))?;
        self.company(actor, id).await
    }

    /// Makes companies with these names in one transaction; their ids ascend.
    pub(super) async fn add_companies(
        &self,
        actor: &Actor,
        names: Vec<String>,
        provisioned: bool,
    ) -> Result<Vec<CompanyId>, AdminError> {
        actor.require(Role::Administrator)?;
        if actor.companies.is_some() {
            // A key for some companies could not see the one it makes.
            return Err(AdminError::Forbidden { needed: Role::Administrator });
        }
        let by = actor.clone();
        let created = self.journal.control(move |tx| {
            Box::pin(async move {
                let mut used = Names::of_companies(tx, None).await?;
                if let Err(taken) = names.iter().try_for_each(|name| used.take(name)) {
                    return Ok(Err(taken));
                }
                let mut ids = Vec::with_capacity(names.len());
                for name in names {
                    let id = tx.create_company(&name, provisioned, Timestamp::now()).await?;
                    let detail = json!({ "name": name });
                    tx.audit(&audit(&by, "company.create", Some(id), id.to_string(), &detail)).await?;
                    ids.push(id);
                }
                Ok(Ok(ids))
            })
        });
        let created = created.await;
        self.made(created.as_ref().ok().and_then(|ids| ids.as_deref().ok()));
        Ok(created.map_err(refused("name"))??)
    }

    pub async fn update_company(
        &self,
        actor: &Actor,
        id: CompanyId,
        input: &CompanyInput,
    ) -> Result<CompanyView, AdminError> {
        afresh(input.version, || self.change_company_as_read(actor, id, input)).await
    }

    async fn change_company_as_read(
        &self,
        actor: &Actor,
        id: CompanyId,
        input: &CompanyInput,
    ) -> Result<CompanyView, AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.company(actor, id).await?;
        let name = checked_name(Some(input.name.as_deref().unwrap_or(&before.name)))?;
        let (by, version) = (actor.clone(), input.version.unwrap_or(before.version));
        if name == before.name && version == before.version {
            return Ok(before);
        }
        let saved = self.change(id, move |tx| {
            Box::pin(async move {
                if name != before.name
                    && let Err(taken) = Names::of_companies(tx, Some(id)).await?.take(&name)
                {
                    return Ok(Err(taken));
                }
                tx.save_company(id, version, &name, before.provisioned).await?;
                let detail = json!({ "before": before.name, "after": name });
                tx.audit(&audit(&by, "company.update", Some(id), id.to_string(), &detail)).await?;
                Ok(Ok(()))
            })
        });
        saved.await.map_err(refused("name"))??;
        self.company(actor, id).await
    }

    /// Its tokens and secrets are gone when this returns; its rows go in the background.
    pub async fn delete_company(&self, actor: &Actor, id: CompanyId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.company(actor, id).await?;
        // What waits for it is seen for the last time: what is wrong with it is over with it.
        self.incidents.look_again().await;
        let by = actor.clone();
        let deleted = self.change(id, move |tx| {
            Box::pin(async move {
                tx.delete_company(id, Timestamp::now()).await?;
                let detail = json!({ "name": before.name });
                tx.audit(&audit(&by, "company.delete", Some(id), id.to_string(), &detail)).await
            })
        });
        deleted.await?;
        self.runtime.gone(id);
        self.settled().await;
        Ok(())
    }

    /// The runtime looks at what was made: at these companies, or at everything when the answer was lost.
    pub(super) fn made(&self, companies: Option<&[CompanyId]>) {
        match companies {
            Some(companies) => companies.iter().for_each(|company| self.runtime.changed(*company)),
            None => self.runtime.look(),
        }
    }
}

pub(super) fn checked_name(raw: Option<&str>) -> Result<String, AdminError> {
    let mut faults = Faults::default();
    let name = faults.check("name", raw.map_or(Err(Fault::Value(ValueFault::Missing)), name));
    faults.done().map_err(AdminError::Invalid)?;
    Ok(name.unwrap_or_default())
}

fn view(company: Company) -> CompanyView {
    CompanyView {
        id: company.id.to_string(),
        name: company.name,
        provisioned: company.provisioned,
        version: company.version,
        created_at: company.created_at.to_string(),
    }
}
