//! Companies that are kept as code, on their way to the operations.

use crate::admin::{CompanyProvision, SourceInput, WebhookInput};
use crate::config::{CompanySettings, Settings, SourceSettings, WebhookProvision};
use crate::domain::webhook::Rate;

/// The companies of the settings file as input of the one door there is.
pub fn provisions(settings: &Settings) -> Vec<CompanyProvision> {
    let company = |company: &CompanySettings| {
        let source = |source: &SourceSettings| SourceInput {
            provider: Some(source.provider.to_string()),
            given: source.given.clone(),
            connect: source.connect,
            version: None,
        };
        CompanyProvision {
            name: company.name.to_string(),
            sources: company.sources.iter().map(source).collect(),
            webhooks: company.webhooks.iter().map(webhook).collect(),
        }
    };
    settings.companies.iter().map(company).collect()
}

fn webhook(wanted: &WebhookProvision) -> WebhookInput {
    let (settings, wishes) = (&wanted.settings, &wanted.wishes);
    WebhookInput {
        name: Some(settings.name.to_string()),
        url: Some(wanted.address.expose().to_owned()),
        events: Some(wishes.events.iter().map(ToString::to_string).collect()),
        rules: Some(wishes.rules.clone().into()),
        format: Some(wishes.format.as_str().to_owned()),
        redact: Some(wishes.redact.iter().map(ToString::to_string).collect()),
        rate_per_second: Some(settings.rate_per_second.map(Rate::u32)),
        concurrency: Some(settings.concurrency.u16()),
        timeout_seconds: Some(settings.timeout_seconds.u16()),
        ordered: Some(settings.ordered),
        retry_seconds: Some(settings.retry_seconds.iter().map(|pause| pause.u32()).collect()),
        bearer: Some(wanted.bearer.clone()),
        secret: Some(wanted.secret.clone()),
        headers: Some(wanted.headers.clone()),
        ..WebhookInput::default()
    }
}
