//! Companies kept as code: `[[company]]` with its sources and webhooks. They are created or updated by name at start.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Reason;
use super::kinds::{bounded, text, truth, word};
use super::section::Section;
use super::tree::{Node, Table, Value};
use super::values;
use crate::domain::bounds::{List, Name};
use crate::domain::webhook::{EventTypes, Pauses, Redacted, RuleAt, Rules, header_faults};
use crate::domain::{
    AddressError, Format, MaskedUrl, Pattern, Provider, Rule, WebhookSettings, WebhookUrl, Wishes,
};
use crate::secrets::{BearerToken, CredentialError, LONGEST_CREDENTIAL, Secret, SigningText};
use crate::sources::settings::{Given, InFile, Kind};
use crate::sources::{Definition, PROVIDERS};
use crate::texts::{Message, msg};

/// One `[[company]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanySettings {
    pub name: Name,
    /// In the order of the providers.
    pub sources: Vec<SourceSettings>,
    pub webhooks: Vec<WebhookProvision>,
}

/// `[company.<provider>]`: an account at a provider, with the settings that the provider describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSettings {
    pub provider: Provider,
    pub given: Given,
    /// Absent is what is usual for the provider.
    pub connect: Option<bool>,
}

/// One `[[company.webhook]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookProvision {
    pub settings: WebhookSettings,
    /// The whole of it.
    pub address: WebhookUrl,
    pub wishes: Wishes,
    pub bearer: Option<Secret>,
    pub secret: Option<Secret>,
    /// Their values are secrets.
    pub headers: BTreeMap<String, Secret>,
}

pub(super) fn companies(top: &mut Section<'_>) -> Vec<CompanySettings> {
    let mut taken = BTreeSet::new();
    let written = top.sections("company");
    let sections = if written.is_empty() { of_documents(top) } else { written };
    sections.into_iter().filter_map(|section| company(section, &mut taken)).collect()
}

/// Companies of the variables that providers' own documents are configured by, for a program that is started as they print.
fn of_documents<'c>(top: &Section<'c>) -> Vec<Section<'c>> {
    let mut sections = Vec::new();
    for provider in PROVIDERS {
        let Some(source) = top.of_variables(provider.variables()) else { continue };
        let (place, identity) = (source.place.clone(), provider.identity());
        let name = Node { place: place.clone(), value: Value::Text(identity.name.to_owned()) };
        let company = Table::from([("name".to_owned(), name), (identity.id.as_str().to_owned(), source)]);
        sections.push(top.child("company", Some(sections.len() + 1), company, place));
    }
    sections
}

fn company(mut section: Section<'_>, taken: &mut BTreeSet<Name>) -> Option<CompanySettings> {
    let name = free_name(&mut section, taken);
    let mut sources = Vec::new();
    for provider in PROVIDERS {
        let table = section.optional_section(provider.identity().id.as_str());
        sources.extend(table.map(|table| source(table, *provider)));
    }
    let mut names = BTreeSet::new();
    let webhooks =
        section.sections("webhook").into_iter().filter_map(|section| webhook(section, &mut names)).collect();
    section.done();
    Some(CompanySettings {
        name: name?,
        // One that was refused ends the reading anyway.
        sources: sources.into_iter().flatten().collect(),
        webhooks,
    })
}

/// The required `name`, which no table before this one has.
fn free_name(section: &mut Section<'_>, taken: &mut BTreeSet<Name>) -> Option<Name> {
    let (place, name) = section.required("name", text(values::name))?;
    if !taken.insert(name.clone()) {
        section.refuse(&place, "name", Reason::Taken(name.into()));
        return None;
    }
    Some(name)
}

/// An account, field by field as its provider describes them; `None` when something required is missing or wrong.
fn source(mut section: Section<'_>, provider: &dyn Definition) -> Option<SourceSettings> {
    let (mut given, mut connect, mut whole) = (Given::default(), None, true);
    for field in provider.fields() {
        let Some(InFile { key, key_of_file, required, expected }) = &field.file else { continue };
        let (key, key_of_file, required) = (*key, *key_of_file, *required);
        if matches!(field.kind, Kind::Switch) {
            connect = Some(section.optional(key, truth).unwrap_or(true));
            continue;
        }
        // A secret that came out empty was meant to be one: a file that was not there yet, a variable without a value.
        let is_secret = key_of_file.is_some();
        let judge = |raw: &str| {
            let judged = (field.judge)(raw).ok().filter(|value| !is_secret || !value.is_empty());
            judged.ok_or_else(|| expected.clone())
        };
        let value = match key_of_file {
            Some(key_of_file) => section.secret(key, key_of_file, judge),
            None if matches!(field.kind, Kind::Truth { .. }) => {
                section.given(key, truth).map(|truth| truth.map(|truth| truth.to_string()))
            }
            None => section.given(key, text(judge)),
        };
        if required && matches!(value, Ok(None)) {
            section.refuse(&section.place, key, Reason::Missing);
        }
        // What is not written is the usual address; any other setting that is not written stays as it is.
        let usual = || (field.judge)(field.presets().first()?.url).ok();
        let value = value.ok().flatten().or_else(usual);
        whole &= !required || value.is_some();
        if let Some(value) = value {
            given.set(field.name, value);
        }
    }
    section.done();
    whole.then_some(SourceSettings { provider: provider.identity().id, given, connect })
}

fn webhook(mut section: Section<'_>, taken: &mut BTreeSet<Name>) -> Option<WebhookProvision> {
    let name = free_name(&mut section, taken);
    let address = section.required("url", text(address));
    let wishes = wishes(&mut section);
    let bearer = section.secret("bearer", "bearer_file", bearer_token).ok().flatten();
    let secret = section.secret("secret", "secret_file", signing_secret).ok().flatten();
    let headers = headers(&mut section);
    let rate = section.optional("rate_per_second", bounded);
    let concurrency = section.optional("concurrency", bounded);
    let timeout = section.optional("timeout_seconds", bounded);
    let ordered = section.optional("ordered", truth);
    let (least, most) = (Pauses::FEWEST.to_string(), Pauses::MOST.to_string());
    let as_many = msg("setting-pauses").with("least", least).with("most", most);
    let pauses = list(&mut section, ("retry_seconds", as_many), bounded);
    section.done();
    let (name, (_, address)) = (name?, address?);
    let usual = WebhookSettings::new(name, MaskedUrl::of(address.expose()));
    let settings = WebhookSettings {
        rate_per_second: rate,
        concurrency: concurrency.unwrap_or(usual.concurrency),
        timeout_seconds: timeout.unwrap_or(usual.timeout_seconds),
        ordered: ordered.unwrap_or(usual.ordered),
        retry_seconds: pauses.unwrap_or(usual.retry_seconds),
        ..usual
    };
    Some(WebhookProvision { settings, address, wishes, bearer, secret, headers })
}

/// What is absent is as of a webhook that is made in the panel.
fn wishes(section: &mut Section<'_>) -> Wishes {
    let usual = Wishes::default();
    let (least, most) = (EventTypes::FEWEST.to_string(), EventTypes::MOST.to_string());
    let types = msg("setting-event-types").with("least", least).with("most", most);
    let redacted = msg("setting-redacted").with("most", Redacted::MOST.to_string());
    Wishes {
        events: list(section, ("events", types), text(pattern)).unwrap_or(usual.events),
        rules: rules(section),
        format: section.optional("format", word(Format::WORDS, Format::parse)).unwrap_or(usual.format),
        redact: list(section, ("redact", redacted), text(values::name)).unwrap_or(usual.redact),
    }
}

/// A list of a length that its type allows; `None` when it is absent or not.
fn list<T, const MIN: usize, const MAX: usize>(
    section: &mut Section<'_>,
    (key, expected): (&'static str, Message),
    parse: impl Fn(&Value) -> Result<T, Message>,
) -> Option<List<T, MIN, MAX>> {
    let (place, items) = section.list(key, parse)?;
    let list = List::new(items);
    if list.is_err() {
        section.refuse(&place, key, Reason::Not { given: None, expected });
    }
    list.ok()
}

fn address(raw: &str) -> Result<WebhookUrl, Message> {
    match WebhookUrl::parse(raw, None) {
        Ok(url) => Ok(url),
        Err(AddressError::UserInfo) => Err(msg("setting-url-plain")),
        Err(AddressError::Hidden { .. }) => Err(msg("setting-url-whole")),
        Err(_) => Err(msg("setting-url")),
    }
}

fn pattern(raw: &str) -> Result<Pattern, Message> {
    raw.trim().parse().map_err(|_| msg("setting-event-type"))
}

fn headers(section: &mut Section<'_>) -> BTreeMap<String, Secret> {
    let (mut headers, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (name, node) in section.free_table("headers").unwrap_or_default() {
        match text(|raw| Ok(Secret::new(raw)))(&node.value) {
            Ok(value) => {
                headers.insert(name.clone(), value);
            }
            Err(expected) => {
                let reason = Reason::Not { given: None, expected };
                section.refuse(&node.place, &format!("headers.{name}"), reason);
            }
        }
        places.insert(name, node.place);
    }
    let given = headers.iter().map(|(name, value)| (name.as_str(), value.expose()));
    for (name, fault) in header_faults(given) {
        let place = name.and_then(|name| places.get(name)).or_else(|| places.values().next());
        let key = name.map_or_else(|| "headers".to_owned(), |name| format!("headers.{name}"));
        section.refuse(place.unwrap_or(&section.place), &key, Reason::Fault(fault));
    }
    headers
}

/// `[company.webhook.rules]`: by event name (or `*`), a list of `{ path, operator, value }`.
fn rules(section: &mut Section<'_>) -> Rules {
    let not_rules = |given| Reason::Not { given, expected: msg("setting-rules") };
    let (mut rules, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (event, node) in section.free_table("rules").unwrap_or_default() {
        let Value::List(items) = node.value else {
            section.refuse(&node.place, &format!("rules.{event}"), not_rules(node.value.shown()));
            continue;
        };
        let mut read = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            match rule(&item.value) {
                Some(rule) => read.push(rule),
                None => section.refuse(&item.place, &format!("rules.{event}[{}]", at + 1), not_rules(None)),
            }
        }
        rules.insert(event.clone(), read);
        places.insert(event, node.place);
    }
    let faults = match Rules::new(&rules) {
        Ok(rules) => return rules,
        Err(faults) => faults,
    };
    for (at, fault) in faults {
        let (of, key) = match at {
            RuleAt::All => (None, "rules".to_owned()),
            RuleAt::Type(of) => (Some(of), format!("rules.{of}")),
            RuleAt::Part { of, index, part } => (Some(of), format!("rules.{of}[{}].{part}", index + 1)),
        };
        let place = of.and_then(|of| places.get(of)).or_else(|| places.values().next());
        section.refuse(place.unwrap_or(&section.place), &key, Reason::Fault(fault));
    }
    Rules::default()
}

/// What has the shape of a rule.
fn rule(value: &Value) -> Option<Rule> {
    let Value::Table(table) = value else { return None };
    serde_json::from_value(as_json(table)).ok()
}

/// A flat table as JSON, for types that read themselves. Numbers become texts: rules compare them as such.
fn as_json(table: &Table) -> serde_json::Value {
    let value = |node: &Node| match &node.value {
        Value::Text(text) | Value::Loose(text) | Value::Other(text) => text.clone().into(),
        Value::Whole(number) => number.to_string().into(),
        Value::Truth(truth) => truth.to_string().into(),
        Value::List(_) | Value::Table(_) => serde_json::Value::Null,
    };
    table.iter().map(|(key, node)| (key.clone(), value(node))).collect()
}

/// A key of signatures, by the rule of every door.
fn signing_secret(raw: &str) -> Result<Secret, Message> {
    SigningText::parse(raw).map(|text| text.secret().clone()).map_err(refused)
}

fn bearer_token(raw: &str) -> Result<Secret, Message> {
    BearerToken::parse(raw).map(|token| token.secret().clone()).map_err(refused)
}

/// What would be right, as a refusal says it: `the value is not …`.
fn refused(error: CredentialError) -> Message {
    match error {
        CredentialError::Empty | CredentialError::TooLong | CredentialError::Control => {
            msg("setting-header-value").with("most", LONGEST_CREDENTIAL.to_string())
        }
        error => msg("setting-signs").with("why", error.message()),
    }
}
