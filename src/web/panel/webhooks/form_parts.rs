//! The parts of a webhook's form, each with its faults.

use super::typed::{ANYWAY, RULES, in_seconds};
use crate::admin::{Fault, WebhookView};
use crate::domain::{Format, Operator, ValueFault, WebhookSettings};
use crate::sources::PROVIDERS;
use crate::web::panel::{Choice, Errors, Field, Pairs, Ui};

/// A row of the rules.
pub struct RuleRow {
    pub n: usize,
    pub event: String,
    pub path: String,
    pub value: String,
    pub operators: Vec<Choice>,
    pub error: Option<String>,
    /// The error's field: `event`, `path` or `value`; empty where there is none.
    wrong: &'static str,
    focused: bool,
}

impl RuleRow {
    /// What the field of this name is besides its value; its id is the rule's where the fault is, so that one gets there.
    pub fn marks(&self, name: &str) -> String {
        if self.wrong != name {
            return String::new();
        }
        let n = self.n;
        let focus = if self.focused { " autofocus" } else { "" };
        format!(r#" id="rule-{n}" aria-invalid="true" aria-describedby="rule-{n}-error"{focus}"#)
    }
}

/// What was written and is no type, in one sentence; and each that nobody knows, in its own.
pub fn no_types(ui: &Ui, errors: &Errors) -> Option<String> {
    let wrong: Vec<_> = errors
        .of_field("events")
        .filter_map(|fault| match fault {
            Fault::Value(ValueFault::EventPattern { given }) => Some(format!("“{given}”")),
            _ => None,
        })
        .collect();
    let said = ui.say("webhook-more-wrong").with("n", wrong.len()).with("types", wrong.join(", "));
    let said = (!wrong.is_empty()).then(|| said.text());
    let sentences: Vec<_> = said.into_iter().chain(unknown(ui, errors)).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// What is said of each type that nobody knows.
fn unknown(ui: &Ui, errors: &Errors) -> Vec<String> {
    let faults = errors.of_field("events").filter(|fault| matches!(fault, Fault::UnknownType { .. }));
    faults.map(|fault| fault.text(ui.lang)).collect()
}

/// The box that saves such types all the same, for who was asked about them; ticked, it stays.
pub fn anyway(ui: &Ui, typed: &Pairs, errors: &Errors) -> Option<Field> {
    let ticked = typed.has(ANYWAY);
    let asked = ticked || !unknown(ui, errors).is_empty();
    let field =
        || Field::checkbox(ANYWAY, &ui.say("webhook-anyway"), ticked).hint(&ui.say("webhook-anyway-hint"));
    asked.then(field)
}

/// What is wrong with the choice as a whole.
pub fn events_error(ui: &Ui, errors: &Errors) -> Option<String> {
    let is_one_types = |fault: &Fault| {
        matches!(fault, Fault::Value(ValueFault::EventPattern { .. }) | Fault::UnknownType { .. })
    };
    let of_all = |fault: &&Fault| !is_one_types(fault);
    let error = errors.of_field("events").find(of_all).map(|fault| match fault {
        Fault::Value(ValueFault::Missing) => ui.say("webhook-events-none").text(),
        fault => fault.text(ui.lang),
    });
    if let Some(error) = &error {
        errors.tell("all-types", &ui.say("webhook-events").text(), error);
    }
    error
}

/// The rules that were typed, and some empty rows.
pub fn rules(ui: &Ui, typed: &Pairs, errors: &Errors) -> Vec<RuleRow> {
    let mut rows = super::typed::rules(typed);
    // Room for two more.
    rows.resize_with((rows.len() + 2).min(RULES.max(rows.len())), Default::default);
    let mut counts = std::collections::HashMap::<String, usize>::new();
    let row = |(n, (event, rule)): (usize, (String, super::typed::TypedRule))| {
        let kind = if event.is_empty() { "*" } else { event.as_str() };
        let nth = counts.entry(kind.to_owned()).or_default();
        let place = format!("rules.{kind}[{nth}]");
        let error = errors.at(ui.lang, &place).filter(|_| !event.is_empty() || !rule.is_empty());
        let part = |part: &str| errors.at(ui.lang, &format!("{place}.{part}")).is_some();
        let wrong = match &error {
            None => "",
            Some(_) if part("value") => "value",
            Some(_) if part("path") => "path",
            Some(_) => "event",
        };
        *nth += 1;
        let label = ui.say("webhook-rule").with("n", n + 1);
        let focused =
            error.as_ref().is_some_and(|error| errors.tell(format!("rule-{}", n + 1), &label.text(), error));
        let operators = Operator::ALL.iter().map(|operator| {
            let word = operator.as_str();
            Choice::new(word, &ui.say("rule-operator").with("operator", word), word == rule.operator)
        });
        RuleRow {
            n: n + 1,
            operators: operators.collect(),
            path: rule.path,
            value: rule.value,
            event,
            error,
            wrong,
            focused,
        }
    };
    rows.into_iter().enumerate().map(row).collect()
}

/// The stored headers with their masks, each with whether it stays.
pub fn kept_headers(webhook: Option<&WebhookView>, typed: &Pairs) -> Vec<(String, String, bool)> {
    let stored = webhook.into_iter().flat_map(|webhook| webhook.headers.iter());
    let is_kept = |name: &str| typed.all("keep_header").any(|kept| kept == name);
    stored.map(|(name, mask)| (name.clone(), mask.clone(), is_kept(name))).collect()
}

/// A format, as people choose it.
pub fn format_name(ui: &Ui, format: Format) -> String {
    let mut identities = PROVIDERS.iter().map(|provider| provider.identity());
    let native = identities.find(|identity| identity.native).map_or("", |identity| identity.name);
    // The catalogue's cases cannot begin with a digit, as `3c-native` does.
    let case = if format == Format::Native { "native" } else { format.as_str() };
    ui.say("webhook-format-of").with("format", case).with("provider", native).text()
}

pub fn format(ui: &Ui, typed: &Pairs) -> Field {
    let chosen = typed.given("format").unwrap_or("ramal");
    let choice = |format: &Format| {
        let word = format.as_str();
        Choice::new(word, &format_name(ui, *format), word == chosen)
    };
    Field::radios("format", &ui.say("webhook-format"), Format::ALL.iter().map(choice).collect())
}

/// How fast requests go out, and how often one is tried.
pub fn pace(ui: &Ui, typed: &Pairs, errors: &Errors) -> [Field; 3] {
    let or = |name: &str, usual: &str| typed.given(name).unwrap_or(usual).to_owned();
    [
        Field::text("rate_per_second", &ui.say("webhook-rate"), typed.text("rate_per_second"))
            .optional(ui)
            .hint(&ui.say("webhook-rate-hint")),
        Field::text("concurrency", &ui.say("webhook-concurrency"), or("concurrency", "32"))
            .hint(&ui.say("webhook-concurrency-hint")),
        Field::text("timeout_seconds", &ui.say("webhook-timeout"), or("timeout_seconds", "15"))
            .hint(&ui.say("webhook-timeout-hint")),
    ]
    .map(|field| field.error(ui, errors))
}

/// Whether order is kept, and when what failed is tried again.
pub fn order(ui: &Ui, typed: &Pairs, errors: &Errors) -> [Field; 2] {
    let usual = WebhookSettings::pauses();
    let usual = in_seconds(&usual.iter().map(|pause| pause.u32()).collect::<Vec<_>>());
    let pauses = if typed.has("retry_seconds") { typed.text("retry_seconds") } else { &usual };
    [
        Field::checkbox("ordered", &ui.say("webhook-ordered"), typed.has("ordered"))
            .hint(&ui.say("webhook-ordered-hint")),
        Field::text("retry_seconds", &ui.say("webhook-retry"), pauses)
            .mono()
            .placeholder(usual.as_str())
            .hint(&ui.say("webhook-retry-hint")),
    ]
    .map(|field| field.error(ui, errors))
}

/// What of a payload is not sent.
pub fn redact(ui: &Ui, typed: &Pairs, errors: &Errors) -> Field {
    Field::area("redact", &ui.say("webhook-redact"), typed.text("redact"))
        .mono()
        .optional(ui)
        .hint(&ui.say("webhook-redact-hint"))
        .error(ui, errors)
}
