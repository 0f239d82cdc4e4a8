//! Events as people see them: searched, one by one, and the catalogue of known types.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::bounds::{Cursor, PageSize};
use super::fault::{Fault, Faults, time};
use super::undelivered::{NotTo, WebhookOrAny};
use super::{Actor, Admin, AdminError, Page, Role, audit, page_size};
use crate::domain::{
    CompanyId, Event, EventFlags, EventId, Key, Lang, Provider, Seq, SourceId, Timestamp, ValueFault,
    json as raw_json,
};
use crate::journal::{Found, KeyKind, SearchFilter};
use crate::sources::{self, Entry, Family, Frequency, Status};

/// Agents of a company whose names are known where their ids stand.
const NAMED: u32 = 2_000;

/// What to look for; all that is given must hold. At most one of `call`, `phone`, `agent` and `chat`.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    pub call: Option<String>,
    /// Other characters than digits are passed over. A Brazilian number with its area code is found with the country code
    /// or a leading zero before it as well, where none is found as it is given.
    pub phone: Option<String>,
    pub agent: Option<String>,
    pub chat: Option<String>,
    /// An event type, or a prefix such as `call-*`; several with commas.
    #[serde(rename = "type")]
    pub name: Option<String>,
    /// ISO 8601; received at this time or later.
    #[param(value_type = Option<Timestamp>)]
    pub from: Option<String>,
    /// ISO 8601; received before this time.
    #[param(value_type = Option<Timestamp>)]
    pub to: Option<String>,
    /// Somewhere in the payload.
    pub text: Option<String>,
    /// Only what this webhook, or `any` of the company's, was to get and has not got: it waits, was given up or was skipped.
    #[param(value_type = Option<WebhookOrAny>, inline)]
    pub not_delivered_to: Option<String>,
    #[param(value_type = Option<Cursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// `evt_7_1024`.
    #[schema(value_type = EventId)]
    pub id: String,
    pub seq: i64,
    #[schema(value_type = CompanyId)]
    pub company_id: String,
    #[schema(value_type = SourceId)]
    pub source_id: String,
    #[schema(value_type = Provider)]
    pub provider: &'static str,
    #[serde(rename = "type")]
    pub name: String,
    /// What order is kept by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    #[schema(value_type = Timestamp)]
    pub received_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_mask: Option<String>,
    /// Soft findings about the content.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// `repaired` when the body was no JSON until it was mended, `foreign_company` when it names another company.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<&'static str>,
    /// Of the payload as it came.
    pub bytes: usize,
    /// As the provider wrote it, but for the values of keys that look like secrets.
    #[schema(value_type = serde_json::Value)]
    pub payload: Box<RawValue>,
}

/// A known event type.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueView {
    pub name: &'static str,
    /// In the caller's language.
    pub description: String,
    pub family: Family,
    pub frequency: Frequency,
    pub aliases: &'static [String],
}

/// An event type that a company's events have.
#[derive(Debug)]
pub struct TypeView {
    pub name: String,
    /// As documented, in the caller's language; `None` for a type that is not known.
    pub description: Option<String>,
    pub count: u64,
}

impl Admin {
    pub async fn search(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &EventQuery,
    ) -> Result<Page<EventView>, AdminError> {
        let found = self.found(actor, company, query).await?;
        Ok(Page {
            items: found.events.iter().map(|event| view(event)).collect(),
            next: found.next.map(|seq| seq.0.to_string()),
        })
    }

    /// A page of events as they are stored, and where it goes on.
    pub(super) async fn found(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &EventQuery,
    ) -> Result<Found, AdminError> {
        self.company(actor, company).await?;
        let filter = filter(query)?;
        let not_to = query.not_delivered_to.as_deref().map(NotTo::parse).transpose()?;
        let before = super::after(query.cursor.as_deref(), i64::MAX)?;
        let before = (before != i64::MAX).then_some(Seq(before));
        let limit = page_size(query.limit)? as usize;
        let look = async |filter: &SearchFilter| match not_to {
            None => Ok(self.journal.search(company, filter.clone(), before, limit).await?),
            Some(to) => self.undelivered(company, filter, to, before, limit).await,
        };
        let mut found = look(&filter).await?;
        if let Some((KeyKind::Phone, phone)) = &filter.key {
            for phone in other_forms(phone) {
                if found.next.is_some() || !found.events.is_empty() {
                    break;
                }
                found = look(&SearchFilter { key: Some((KeyKind::Phone, phone)), ..filter.clone() }).await?;
            }
        }
        Ok(found)
    }

    /// The types that the company's newest events have, most frequent first, and how many events were counted: all of
    /// those in no block yet and in the newest blocks.
    pub async fn types_seen(
        &self,
        actor: &Actor,
        company: CompanyId,
        lang: Lang,
    ) -> Result<(Vec<TypeView>, u64), AdminError> {
        self.company(actor, company).await?;
        let names = self.journal.newest_names(company).await?;
        let counted = names.values().sum();
        let mut types: Vec<_> = names
            .into_iter()
            .map(|(name, count)| TypeView { description: description(&name, lang), name: name.into(), count })
            .collect();
        types.sort_by_key(|seen| std::cmp::Reverse(seen.count));
        Ok((types, counted))
    }

    /// The event types that are offered to a company for choosing: those of its sources' providers; of every provider, while it
    /// has no source.
    pub async fn types_known(
        &self,
        actor: &Actor,
        company: CompanyId,
        lang: Lang,
    ) -> Result<Vec<CatalogueView>, AdminError> {
        self.company(actor, company).await?;
        let rows = self.store.sources(company).await?;
        let is_its = |id: Provider| rows.is_empty() || rows.iter().any(|source| source.provider == id);
        let identities = sources::PROVIDERS.iter().map(|provider| provider.identity());
        let entries = identities.filter(|identity| is_its(identity.id)).flat_map(|its| (its.catalogue)());
        Ok(of_these(entries).map(|entry| CatalogueView::of(entry, lang)).collect())
    }

    /// The names of a company's agents by the ids that events have, of those who were told of last.
    pub async fn agent_names(
        &self,
        actor: &Actor,
        company: CompanyId,
    ) -> Result<HashMap<String, String>, AdminError> {
        self.company(actor, company).await?;
        Ok(self.store.agent_names(company, NAMED).await?.into_iter().rev().collect())
    }

    pub async fn event(&self, actor: &Actor, id: EventId) -> Result<EventView, AdminError> {
        self.stored_event(actor, id).await.map(|event| view(&event))
    }

    /// The payload as it came, secrets included; that someone looked is written down first.
    pub async fn raw_payload(&self, actor: &Actor, id: EventId) -> Result<Bytes, AdminError> {
        actor.require(Role::Administrator)?;
        let event = self.stored_event(actor, id).await?;
        let by = actor.clone();
        let written = self.journal.control(move |tx| {
            Box::pin(async move {
                let entry = audit(&by, "event.payload", Some(id.company), id.to_string(), &json!({}));
                tx.audit(&entry).await
            })
        });
        written.await?;
        Ok(event.payload.clone())
    }

    pub(super) async fn stored_event(&self, actor: &Actor, id: EventId) -> Result<Arc<Event>, AdminError> {
        // The newest events are in memory for a while after their company was deleted.
        if !actor.sees(id.company) || self.store.company(id.company).await?.is_none() {
            return Err(AdminError::not_found("event", id));
        }
        let event = self.journal.event(id.company, id.seq).await?;
        event.ok_or_else(|| AdminError::not_found("event", id))
    }
}

/// The other ways in which providers write a Brazilian number: with the country code, with a zero before the area code,
/// with neither.
pub(super) fn other_forms(digits: &str) -> Vec<String> {
    let national = match digits.len() {
        12 | 13 => digits.strip_prefix("55"),
        _ => None,
    };
    let national = national.unwrap_or(digits);
    let national = national.strip_prefix('0').unwrap_or(national);
    if !matches!(national.len(), 10 | 11) {
        return Vec::new();
    }
    let forms = [format!("55{national}"), format!("0{national}"), national.to_owned()];
    forms.into_iter().filter(|form| form != digits).collect()
}

pub(super) fn filter(query: &EventQuery) -> Result<SearchFilter, AdminError> {
    let mut faults = Faults::default();
    let digits = |phone: &String| phone.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut keys = [
        query.call.clone().map(|key| (KeyKind::Call, key)),
        query.phone.as_ref().map(|phone| (KeyKind::Phone, digits(phone))),
        query.agent.clone().map(|key| (KeyKind::Agent, key)),
        query.chat.clone().map(|key| (KeyKind::Chat, key)),
    ]
    .into_iter()
    .flatten();
    let key = keys.next();
    if keys.next().is_some() {
        faults.add("call", Fault::Value(ValueFault::NotOne { allowed: "call, phone, agent, chat".into() }));
    }
    let names =
        query.name.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let pattern = |name: &str| {
        name.parse()
            .map_err(|_| Fault::Value(ValueFault::EventPattern { given: name.chars().take(80).collect() }))
    };
    let names = names.filter_map(|name| faults.check("type", pattern(name))).collect();
    let from = query.from.as_deref().and_then(|text| faults.check("from", time(text)));
    let to = query.to.as_deref().and_then(|text| faults.check("to", time(text)));
    faults.done().map_err(AdminError::Invalid)?;
    Ok(SearchFilter { key, names, from, to, text: query.text.clone().filter(|text| !text.is_empty()) })
}

pub(super) fn view(event: &Event) -> EventView {
    let text = |key: &Option<Key>| key.as_deref().map(str::to_owned);
    let session = event.session.as_deref();
    EventView {
        id: event.id().to_string(),
        seq: event.seq.0,
        company_id: event.company.to_string(),
        source_id: event.source.to_string(),
        provider: event.provider.as_str(),
        name: event.name.to_string(),
        lane: event.lane.as_deref().map(str::to_owned),
        received_at: event.received_at.to_string(),
        call: text(&event.keys.call),
        phones: event.keys.phones.iter().map(|phone| (**phone).to_owned()).collect(),
        agent: text(&event.keys.agent),
        chat: text(&event.keys.chat),
        socket_id: session.map(|session| session.socket_id.clone()),
        token_mask: session.map(|session| session.token_mask.clone()),
        warnings: event.extra.as_deref().map(|extra| extra.warnings.clone()).unwrap_or_default(),
        flags: flags(event.flags),
        bytes: event.payload.len(),
        payload: shown(event.provider, &event.payload),
    }
}

fn flags(flags: EventFlags) -> Vec<&'static str> {
    let known = [
        (EventFlags::REPAIRED, "repaired"),
        (EventFlags::FOREIGN_COMPANY, "foreign_company"),
        (EventFlags::RESPELLED, "respelled"),
    ];
    known.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| name).collect()
}

/// The payload with secret-looking values masked. What is not JSON text after all is shown as a JSON string.
fn shown(provider: Provider, payload: &Bytes) -> Box<RawValue> {
    let masked = raw_json::masked_for_display(payload, sources::secret_keys(provider.as_str()));
    let text = String::from_utf8_lossy(&masked).into_owned();
    RawValue::from_string(text.clone())
        .or_else(|_| serde_json::value::to_raw_value(&text))
        .unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// What a type means as documented.
pub fn description(name: &str, lang: Lang) -> Option<String> {
    sources::known_type(name).map(|entry| entry.description.text(lang))
}

fn offered() -> impl Iterator<Item = &'static Entry> {
    of_these(sources::known_types().iter().copied())
}

/// Those among these that are offered for choosing.
fn of_these<'e>(entries: impl Iterator<Item = &'e Entry>) -> impl Iterator<Item = &'e Entry> {
    entries.filter(|entry| entry.status != Status::Doubtful)
}

/// The event types that are offered for choosing.
pub fn catalogue(lang: Lang) -> Vec<CatalogueView> {
    offered().map(|entry| CatalogueView::of(entry, lang)).collect()
}

impl CatalogueView {
    fn of(entry: &'static Entry, lang: Lang) -> Self {
        Self {
            name: &entry.name,
            description: entry.description.text(lang),
            family: entry.family,
            frequency: entry.frequency,
            aliases: &entry.aliases,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brazilian_number_is_known_in_each_of_its_forms() {
        let (whole, trunk, bare) = ("5511900000384", "011900000384", "11900000384");
        assert_eq!(other_forms(bare), [whole, trunk]);
        assert_eq!(other_forms(whole), [trunk, bare]);
        assert_eq!(other_forms(trunk), [whole, bare]);
        assert_eq!(other_forms("1133334444"), ["551133334444", "01133334444"]);
        assert!(other_forms("900000384").is_empty() && other_forms("").is_empty());
    }
}
