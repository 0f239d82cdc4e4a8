//! Companies kept as code: `[[company]]` with its sources and webhooks. They are created or updated by name at start.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderName;

use super::error::Reason;
use super::kinds::{text, truth, whole, word};
use super::section::Section;
use super::tree::{Node, Table, Value};
use super::values;
use crate::domain::{Format, Pattern, Provider, Rule, WebhookSettings, Wishes};
use crate::secrets::{BearerToken, CredentialError, HeaderText, Secret, SigningText};
use crate::sources::settings::{Given, InFile, Kind};
use crate::sources::{Definition, PROVIDERS};
use crate::texts::{Message, msg};

/// One `[[company]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanySettings {
    pub name: String,
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
    pub events: Vec<Pattern>,
    pub rules: BTreeMap<String, Vec<Rule>>,
    pub format: Format,
    pub redact: Vec<String>,
    pub bearer: Option<Secret>,
    pub secret: Option<Secret>,
    /// Their values are secrets.
    pub headers: BTreeMap<String, Secret>,
}

const FORMATS: [&str; 4] = ["ramal", "3c-native", "socket2webhook", "cloudevents"];

pub(super) fn companies(top: &mut Section<'_>) -> Vec<CompanySettings> {
    let mut taken = BTreeSet::new();
    top.sections("company").into_iter().filter_map(|section| company(section, &mut taken)).collect()
}

fn company(mut section: Section<'_>, taken: &mut BTreeSet<String>) -> Option<CompanySettings> {
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
fn free_name(section: &mut Section<'_>, taken: &mut BTreeSet<String>) -> Option<String> {
    let (place, name) = section.required("name", text(values::name))?;
    if !taken.insert(name.clone()) {
        section.refuse(&place, "name", Reason::Taken(name));
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
        let judge = |raw: &str| (field.judge)(raw).map_err(|_| expected.clone());
        let value = match key_of_file {
            Some(key_of_file) => section.secret(key, key_of_file, judge),
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

fn webhook(mut section: Section<'_>, taken: &mut BTreeSet<String>) -> Option<WebhookProvision> {
    let name = free_name(&mut section, taken);
    let url = section.required("url", text(|raw| values::url(raw).map(|_| raw.trim().to_owned())));
    let events = section.list("events", text(pattern));
    match &events {
        Some((place, events)) if events.is_empty() || events.len() > Wishes::MOST_EVENTS => {
            let expected = msg("setting-event-types");
            section.refuse(place, "events", Reason::Not { given: None, expected });
        }
        _ => {}
    }
    let rules = rules(&mut section);
    let format = |raw: &str| serde_json::from_value(serde_json::Value::String(raw.to_owned())).ok();
    let format = section.optional("format", word(&FORMATS, format));
    let redact = redacted(&mut section);
    let bearer = section.secret("bearer", "bearer_file", bearer_token).ok().flatten();
    let secret = section.secret("secret", "secret_file", signing_secret).ok().flatten();
    let headers = headers(&mut section);
    let mut settings = WebhookSettings::new(name.clone().unwrap_or_default(), "");
    settings.rate_per_second = section.optional("rate_per_second", whole(1..=100_000));
    section.set(&mut settings.concurrency, "concurrency", whole(1..=512));
    section.set(&mut settings.timeout_seconds, "timeout_seconds", whole(1..=60));
    section.set(&mut settings.ordered, "ordered", truth);
    retries(&mut section, &mut settings);
    section.done();
    settings.name = name?;
    settings.url = url?.1;
    Some(WebhookProvision {
        settings,
        // Absent means all, as a webhook made in the panel begins.
        events: events.map_or_else(|| vec![Pattern::All], |(_, events)| events),
        rules,
        format: format.unwrap_or_default(),
        redact,
        bearer,
        secret,
        headers,
    })
}

fn redacted(section: &mut Section<'_>) -> Vec<String> {
    let Some((place, keys)) = section.list("redact", text(values::name)) else { return Vec::new() };
    if keys.len() > Wishes::MOST_REDACTED {
        let expected = msg("setting-redacted");
        section.refuse(&place, "redact", Reason::Not { given: None, expected });
    }
    keys
}

fn retries(section: &mut Section<'_>, settings: &mut WebhookSettings) {
    let Some((place, pauses)) = section.list("retry_seconds", whole(1..=86_400)) else { return };
    if (1..=20).contains(&pauses.len()) {
        settings.retry_seconds = pauses;
    } else {
        let expected = msg("setting-pauses");
        section.refuse(&place, "retry_seconds", Reason::Not { given: None, expected });
    }
}

fn pattern(raw: &str) -> Result<Pattern, Message> {
    raw.trim().parse().map_err(|_| msg("setting-event-type"))
}

fn headers(section: &mut Section<'_>) -> BTreeMap<String, Secret> {
    let mut headers = BTreeMap::new();
    for (name, node) in section.free_table("headers").unwrap_or_default() {
        let key = format!("headers.{name}");
        if name.parse::<HeaderName>().is_err() {
            let expected = msg("setting-header");
            section.refuse(&node.place, &key, Reason::Not { given: Some(format!("\"{name}\"")), expected });
            continue;
        }
        match text(header_secret)(&node.value) {
            Ok(value) => {
                headers.insert(name, value);
            }
            Err(expected) => section.refuse(&node.place, &key, Reason::Not { given: None, expected }),
        }
    }
    headers
}

/// `[company.webhook.rules]`: by event name (or `*`), a list of `{ path, operator, value }`.
fn rules(section: &mut Section<'_>) -> BTreeMap<String, Vec<Rule>> {
    let expected = || msg("setting-rules");
    let (mut rules, mut many) = (BTreeMap::new(), 0);
    for (event, node) in section.free_table("rules").unwrap_or_default() {
        let key = format!("rules.{event}");
        let Value::List(items) = node.value else {
            section.refuse(
                &node.place,
                &key,
                Reason::Not { given: node.value.shown(), expected: expected() },
            );
            continue;
        };
        many += items.len();
        if many > Wishes::MOST_RULES {
            let expected = msg("setting-rules-all");
            section.refuse(&node.place, &key, Reason::Not { given: None, expected });
            break;
        }
        let mut read = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            match rule(&item.value) {
                Some(rule) => read.push(rule),
                None => section.refuse(
                    &item.place,
                    &format!("{key}[{}]", at + 1),
                    Reason::Not { given: None, expected: expected() },
                ),
            }
        }
        rules.insert(event, read);
    }
    rules
}

fn rule(value: &Value) -> Option<Rule> {
    let Value::Table(table) = value else { return None };
    let rule: Rule = serde_json::from_value(as_json(table)).ok()?;
    rule.path.parse::<crate::domain::json::JsonPath>().ok()?;
    (rule.value.chars().count() <= Rule::LONGEST_VALUE).then_some(())?;
    Some(rule)
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

fn header_secret(raw: &str) -> Result<Secret, Message> {
    HeaderText::parse(raw).map(|text| text.secret().clone()).map_err(refused)
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
            msg("setting-header-value")
        }
        error => msg("setting-signs").with("why", error.message()),
    }
}
