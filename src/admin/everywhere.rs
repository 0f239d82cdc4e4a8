//! One search for whatever somebody has in hand: the name of a company or a webhook, a phone, an agent, an id of ours or of a provider.
//!
//! What must hold here: it is asked while somebody types, so that it costs a bounded number of statements, each with an index for
//! what grows; nothing is found that the caller may not see.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use super::events::other_forms;
use super::{Actor, Admin, AdminError, CallQuery, CallView, EventView};
use crate::domain::{CallId, CompanyId, EventId, Sought, Timestamp, WebhookId, plain, shown};
use crate::store::{Company, Webhook};

/// Of each kind so many are found.
pub const OF_A_KIND: usize = 6;
/// Agents that are looked at.
const AGENTS: u32 = 200;
/// Digits of a phone at least: a Brazilian one has ten with its area code.
const PHONE: std::ops::RangeInclusive<usize> = 8..=15;
/// Letters of an id that a provider gives at least.
const PROVIDERS_ID: usize = 6;

/// What was found, of each kind the likeliest first.
#[derive(Default)]
pub struct Everywhere {
    pub companies: Vec<FoundCompany>,
    pub webhooks: Vec<FoundWebhook>,
    pub agents: Vec<FoundAgent>,
    /// With the name of its company.
    pub calls: Vec<(CallView, String)>,
    /// The companies that have calls with the phone that was typed, the one with the newest first.
    pub phone_at: Vec<FoundCompany>,
    /// The event of the id that was typed, with the name of its company.
    pub event: Option<(EventView, String)>,
}

pub struct FoundCompany {
    pub id: CompanyId,
    pub name: String,
}

pub struct FoundWebhook {
    pub id: WebhookId,
    pub name: String,
    /// As it is shown.
    pub url: String,
    pub company: FoundCompany,
}

pub struct FoundAgent {
    /// The provider's.
    pub id: String,
    pub name: Option<String>,
    pub company: FoundCompany,
}

/// What something is that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundKind {
    Company,
    Webhook,
    Agent,
    Call,
    Event,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundView {
    pub kind: FoundKind,
    /// Ours; of an agent the provider's.
    pub id: String,
    /// What it is called: of a call the other side's number, of an event its type. Absent of what has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[schema(value_type = CompanyId)]
    pub company_id: String,
    pub company_name: String,
    /// When a call was first heard of, or an event received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub at: Option<String>,
}

/// What was found: an event and calls, then companies, webhooks and agents, up to six of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct EverywhereView {
    pub items: Vec<FoundView>,
}

impl Everywhere {
    fn view(self) -> EverywhereView {
        let mut items = Vec::new();
        let of = |kind, id: String, name, company: FoundCompany, at| FoundView {
            kind,
            id,
            name,
            company_id: company.id.to_string(),
            company_name: company.name,
            at,
        };
        items.extend(self.event.map(|(event, company_name)| FoundView {
            kind: FoundKind::Event,
            id: event.id,
            name: Some(event.name),
            company_id: event.company_id,
            company_name,
            at: Some(event.received_at),
        }));
        items.extend(self.calls.into_iter().map(|(call, company_name)| FoundView {
            kind: FoundKind::Call,
            id: call.id,
            name: call.their_number,
            company_id: call.company_id,
            company_name,
            at: Some(call.heard_at),
        }));
        items.extend(self.companies.into_iter().map(|company| {
            of(FoundKind::Company, company.id.to_string(), Some(company.name.clone()), company, None)
        }));
        items.extend(self.webhooks.into_iter().map(|webhook| {
            of(FoundKind::Webhook, webhook.id.to_string(), Some(webhook.name), webhook.company, None)
        }));
        items.extend(
            self.agents
                .into_iter()
                .map(|agent| of(FoundKind::Agent, agent.id, agent.name, agent.company, None)),
        );
        EverywhereView { items }
    }
}

impl Admin {
    /// As [`Admin::everywhere`], as the API says it.
    pub async fn find(&self, actor: &Actor, q: &str) -> Result<EverywhereView, AdminError> {
        let sought = Sought::check(q).map_err(|fault| AdminError::invalid("q", fault.into()))?;
        Ok(self.everywhere(actor, &sought).await?.view())
    }

    /// What somebody may mean by what they typed, among what they see.
    pub async fn everywhere(&self, actor: &Actor, sought: &Sought) -> Result<Everywhere, AdminError> {
        let mut companies = self.store.companies(CompanyId(0), u32::MAX).await?;
        companies.retain(|company| actor.sees(company.id));
        let names: HashMap<CompanyId, &str> =
            companies.iter().map(|company| (company.id, company.name.as_str())).collect();
        let phone = phone(sought.as_str());
        let phone_at = match &phone {
            Some(digits) => self.companies_with(digits, &names).await?,
            None => Vec::new(),
        };
        let mut calls = self.calls_with(&phone_at, sought, &names).await?;
        if calls.is_empty() {
            calls = self.calls_named(actor, sought, &names).await?;
        }
        Ok(Everywhere {
            event: self.event_named(actor, sought, &names).await?,
            calls,
            phone_at,
            webhooks: self.webhooks_called(sought, &names).await?,
            agents: self.agents_called(sought, &names).await?,
            companies: companies_called(sought, &companies),
        })
    }

    /// Who has calls with this phone, in whichever of its forms it was told.
    async fn companies_with(
        &self,
        digits: &str,
        names: &HashMap<CompanyId, &str>,
    ) -> Result<Vec<FoundCompany>, AdminError> {
        let forms: Vec<String> = std::iter::once(digits.to_owned()).chain(other_forms(digits)).collect();
        let mut found: Vec<(CompanyId, Timestamp)> = Vec::new();
        for form in &forms {
            found.extend(self.store.companies_with_caller(form).await?);
        }
        if found.is_empty() {
            for form in &forms {
                found.extend(self.store.companies_with_number(form).await?);
            }
        }
        found.sort_unstable_by_key(|(company, at)| (std::cmp::Reverse(*at), *company));
        let mut once = BTreeSet::new();
        found.retain(|(company, _)| names.contains_key(company) && once.insert(*company));
        found.truncate(OF_A_KIND);
        Ok(found.into_iter().filter_map(|(id, _)| company_of(names, id)).collect())
    }

    /// The newest calls with a phone, of companies that have some.
    async fn calls_with(
        &self,
        companies: &[FoundCompany],
        sought: &Sought,
        names: &HashMap<CompanyId, &str>,
    ) -> Result<Vec<(CallView, String)>, AdminError> {
        let query = CallQuery {
            phone: Some(sought.as_str().to_owned()),
            limit: u32::try_from(OF_A_KIND).ok(),
            ..CallQuery::default()
        };
        let mut calls = Vec::new();
        for company in companies {
            calls.extend(self.found_calls(company.id, &query).await?.0);
        }
        calls.sort_unstable_by_key(|stored| std::cmp::Reverse(stored.place()));
        calls.truncate(OF_A_KIND);
        let now = Timestamp::now();
        let told = |stored: &crate::store::StoredCall| {
            let name = names.get(&stored.company).copied().unwrap_or_default();
            (super::calls::view(stored, now), name.to_owned())
        };
        Ok(calls.iter().map(told).collect())
    }

    /// The calls that have this id, ours or a provider's.
    async fn calls_named(
        &self,
        actor: &Actor,
        sought: &Sought,
        names: &HashMap<CompanyId, &str>,
    ) -> Result<Vec<(CallView, String)>, AdminError> {
        let typed = sought.as_str();
        let ids = match typed.parse::<CallId>() {
            Ok(id) => vec![id],
            Err(_) if typed.len() < PROVIDERS_ID || typed.contains(' ') => Vec::new(),
            Err(_) => self.store.calls_called(typed, AGENTS).await?,
        };
        let mut calls = Vec::new();
        for id in ids.into_iter().filter(|id| actor.sees(id.company)).take(OF_A_KIND) {
            let Some(name) = names.get(&id.company) else { continue };
            let found = self.store.call(id.company, id.seq).await?;
            calls.extend(
                found.map(|stored| (super::calls::view(&stored, Timestamp::now()), (*name).to_owned())),
            );
        }
        Ok(calls)
    }

    async fn event_named(
        &self,
        actor: &Actor,
        sought: &Sought,
        names: &HashMap<CompanyId, &str>,
    ) -> Result<Option<(EventView, String)>, AdminError> {
        let Ok(id) = sought.as_str().parse::<EventId>() else { return Ok(None) };
        match self.event(actor, id).await {
            Ok(event) => Ok(names.get(&id.company).map(|name| (event, (*name).to_owned()))),
            Err(AdminError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn webhooks_called(
        &self,
        sought: &Sought,
        names: &HashMap<CompanyId, &str>,
    ) -> Result<Vec<FoundWebhook>, AdminError> {
        let mut found: Vec<(Webhook, String)> =
            self.store.all_webhooks().await?.into_iter().map(with_url).collect();
        found.retain(|(webhook, url)| {
            let (name, id) = (webhook.settings.name.as_str(), webhook.id.to_string());
            names.contains_key(&webhook.company) && sought.is_in(&[name, url, &id])
        });
        found.sort_by_cached_key(|(webhook, _)| {
            let name = webhook.settings.name.as_str();
            (!sought.begins(name), plain(name), webhook.id)
        });
        let view = |(webhook, url): (Webhook, String)| {
            let company = company_of(names, webhook.company)?;
            Some(FoundWebhook { id: webhook.id, name: webhook.settings.name.into(), url, company })
        };
        Ok(found.into_iter().take(OF_A_KIND).filter_map(view).collect())
    }

    async fn agents_called(
        &self,
        sought: &Sought,
        names: &HashMap<CompanyId, &str>,
    ) -> Result<Vec<FoundAgent>, AdminError> {
        let found = self.store.agents_like(&like(sought.as_str()), sought.as_str(), AGENTS).await?;
        let mut agents: Vec<FoundAgent> = Vec::new();
        for (company, agent) in found {
            let is_meant = agent.id == sought.as_str()
                || agent.name.as_deref().is_some_and(|name| sought.is_in(&[name]));
            let is_there = agents.iter().any(|one| one.company.id == company && one.id == agent.id);
            if let (true, false, Some(company)) = (is_meant, is_there, company_of(names, company)) {
                agents.push(FoundAgent { id: agent.id, name: agent.name, company });
            }
        }
        agents.sort_by_cached_key(|agent| {
            let name = agent.name.as_deref().unwrap_or_default();
            (!sought.begins(name), plain(name), agent.company.id)
        });
        agents.truncate(OF_A_KIND);
        Ok(agents)
    }
}

fn with_url(webhook: Webhook) -> (Webhook, String) {
    let url = shown(webhook.settings.url.as_str());
    (webhook, url)
}

fn company_of(names: &HashMap<CompanyId, &str>, id: CompanyId) -> Option<FoundCompany> {
    names.get(&id).map(|name| FoundCompany { id, name: (*name).to_owned() })
}

fn companies_called(sought: &Sought, companies: &[Company]) -> Vec<FoundCompany> {
    let is_meant = |company: &&Company| sought.is_in(&[&company.name, &company.id.to_string()]);
    let mut found: Vec<&Company> = companies.iter().filter(is_meant).collect();
    found.sort_by_cached_key(|company| {
        let exactly = company.id.to_string() == sought.as_str();
        (!exactly, !sought.begins(&company.name), plain(&company.name), company.id)
    });
    let view = |company: &Company| FoundCompany { id: company.id, name: company.name.clone() };
    found.into_iter().take(OF_A_KIND).map(view).collect()
}

/// The digits of what looks like a phone.
fn phone(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let is_one = PHONE.contains(&digits.len())
        && typed.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "()+-./".contains(c));
    is_one.then_some(digits)
}

/// A pattern for the longest of the words: what is found by it is looked at once more. Databases differ in whether they know letters
/// with accents from those without, so that each letter that may have one is any.
fn like(typed: &str) -> String {
    let word = typed.split_whitespace().max_by_key(|word| word.chars().count()).unwrap_or_default();
    let letter = |c: char| match c {
        'a' | 'c' | 'e' | 'i' | 'n' | 'o' | 'u' | 'y' => "_".to_owned(),
        '%' | '_' | '!' => format!("!{c}"),
        c if c.is_ascii() => c.to_string(),
        _ => "_".to_owned(),
    };
    format!("%{}%", plain(word).chars().map(letter).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_one_in_whatever_spelling() {
        for typed in ["(85) 90000-4900", "+55 85 90000.4900", "85900004900", "085 90000 4900"] {
            assert!(phone(typed).is_some_and(|digits| digits.ends_with("85900004900")), "{typed}");
        }
        for other in ["company_12345678", "1234", "evt_7_10245555", "1234567890123456", "Rua 85900004900"] {
            assert_eq!(phone(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_finds_letters_with_accents_and_no_others_than_were_typed() {
        assert_eq!(like("João"), "%j___%");
        assert_eq!(like("da Silva"), "%s_lv_%");
        assert_eq!(like("50%"), "%50!%%");
    }
}
