//! What a webhook's form says, as an operation's input; and a stored webhook as the form would say it.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use super::offer::Offer;
use crate::admin::{Expected, Fault, FieldFault, WebhookInput, WebhookView};
use crate::domain::webhook::{Concurrency, Pause, Rate, Timeout};
use crate::domain::{Operator, Rule, WebhookSettings};
use crate::secrets::Secret;
use crate::web::panel::Pairs;

/// Rows of rules that are read of a form: one more than are allowed, so that too many are refused and not cut.
pub const RULES: usize = Rule::MOST + 1;
/// The box that says that a type is to be saved although no known one fits it.
pub const ANYWAY: &str = "unknown_types";
/// Every type.
const ALL: &str = "*";
const RETRY: &str = "retry_seconds";

/// A row of the rules as it was typed.
#[derive(Default)]
pub struct TypedRule {
    pub path: String,
    pub operator: String,
    pub value: String,
}

impl TypedRule {
    pub fn is_empty(&self) -> bool {
        self.path.trim().is_empty() && self.value.trim().is_empty()
    }
}

/// The form as input; `stored` is the webhook that is changed. What cannot be read of it goes along as faults, so that whoever
/// judges the input tells all of them at once.
pub fn input(typed: &Pairs, stored: Option<&WebhookView>) -> WebhookInput {
    let mut unread = Vec::new();
    let mut number = |name: &str, range: RangeInclusive<i64>| {
        let read = typed.given(name)?.parse::<u32>();
        let expected = Expected::Whole { min: (*range.start()).into(), max: (*range.end()).into() };
        read.map_err(|_| unread.push(FieldFault::new(name, Fault::Malformed { expected }))).ok()
    };
    let rate_per_second = Some(number("rate_per_second", Rate::RANGE));
    // What is too large for the field is too large for its bound.
    let mut small = |name, range| number(name, range).map(|read| u16::try_from(read).unwrap_or(u16::MAX));
    let (concurrency, timeout_seconds) =
        (small("concurrency", Concurrency::RANGE), small("timeout_seconds", Timeout::RANGE));
    let retry_seconds = pauses(typed, &mut unread);
    let bearer = match typed.secret("bearer") {
        Some(secret) => Some(Some(secret)),
        None => typed.has("clear_bearer").then_some(None),
    };
    let added = headers(typed, &mut unread);
    let known = |name: &&str| stored.is_some_and(|stored| stored.headers.contains_key(*name));
    WebhookInput {
        name: Some(typed.text("name").to_owned()),
        url: Some(typed.text("url").to_owned()),
        events: Some(events(typed)),
        asked_about: asked_about(typed),
        rules: Some(rules_by_event(typed)),
        format: Some(typed.given("format").unwrap_or("ramal").to_owned()),
        rate_per_second,
        concurrency,
        timeout_seconds,
        ordered: Some(typed.has("ordered")),
        retry_seconds,
        redact: typed.has("redact").then(|| written(typed.text("redact")).map(str::to_owned).collect()),
        bearer,
        // A webhook that is there gets another one on a page of its own, with an overlap.
        secret: typed.secret("secret").filter(|_| stored.is_none()).map(Some),
        headers: Some(added),
        keep_headers: typed.all("keep_header").filter(known).map(str::to_owned).collect(),
        version: typed.given("version").and_then(|text| text.parse().ok()),
        unread,
    }
}

/// The pauses between tries, in seconds; the usual ones where the field is empty. A form without it changes nothing of them.
fn pauses(typed: &Pairs, unread: &mut Vec<FieldFault>) -> Option<Vec<u32>> {
    if !typed.has(RETRY) {
        return None;
    }
    let parts = typed.text(RETRY).split([',', ';', ' ', '\n', '\r', '\t']).filter(|part| !part.is_empty());
    let read: Result<Vec<u32>, _> = parts.map(str::parse).collect();
    match read {
        Ok(pauses) if pauses.is_empty() => {
            Some(WebhookSettings::pauses().iter().map(|pause| pause.u32()).collect())
        }
        Ok(pauses) => Some(pauses),
        Err(_) => {
            let expected =
                Expected::Whole { min: (*Pause::RANGE.start()).into(), max: (*Pause::RANGE.end()).into() };
            unread.push(FieldFault::new(RETRY, Fault::Malformed { expected }));
            None
        }
    }
}

/// Pauses as they are typed.
pub fn in_seconds(pauses: &[u32]) -> String {
    pauses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The event types of a text, one a line. A provider's names may have spaces in them.
pub fn written(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '\n', '\r', '\t']).map(str::trim).filter(|event| !event.is_empty())
}

fn hand_written(typed: &Pairs) -> impl Iterator<Item = &str> {
    written(typed.text("more"))
}

/// What was ticked and what was written, each once. Where all are ticked nothing else counts, and where all that begin alike are,
/// no box of theirs does.
fn events(typed: &Pairs) -> Vec<String> {
    if wants_all(typed) {
        return vec![ALL.to_owned()];
    }
    let heads = || typed.all("event").filter_map(|event| event.strip_suffix('*'));
    let is_within = |event: &str| !event.ends_with('*') && heads().any(|head| event.starts_with(head));
    let ticked = typed.all("event").filter(|event| !is_within(event));
    let mut known = HashSet::new();
    let all = ticked.chain(hand_written(typed)).filter(|event| !event.is_empty());
    all.filter(|event| known.insert(*event)).map(str::to_owned).collect()
}

/// Whether every type is ticked.
pub fn wants_all(typed: &Pairs) -> bool {
    typed.all("event").any(|event| event == ALL)
}

/// What was written by hand and is to be asked about where nobody knows it.
fn asked_about(typed: &Pairs) -> Vec<String> {
    let settled = typed.has(ANYWAY) || wants_all(typed);
    hand_written(typed).filter(|_| !settled).map(str::to_owned).collect()
}

/// The rows that hold something, with the event each is for.
pub fn rules(typed: &Pairs) -> Vec<(String, TypedRule)> {
    let column = |name| typed.all(name).map(str::to_owned);
    let rows =
        column("rule_event").zip(column("rule_path")).zip(column("rule_operator").zip(column("rule_value")));
    rows.map(|((event, path), (operator, value))| {
        (event.trim().to_owned(), TypedRule { path, operator, value })
    })
    .filter(|(event, rule)| !event.is_empty() || !rule.is_empty())
    .take(RULES)
    .collect()
}

fn rules_by_event(typed: &Pairs) -> BTreeMap<String, Vec<Rule>> {
    let mut by_event = BTreeMap::<String, Vec<Rule>>::new();
    for (event, rule) in rules(typed) {
        // A rule without a type is for all of them, as `*` is.
        let event = if event.is_empty() { "*".to_owned() } else { event };
        let operator = Operator::parse(&rule.operator).unwrap_or(Operator::Equals);
        let (path, value) = (rule.path.trim().to_owned(), rule.value.trim().to_owned());
        by_event.entry(event).or_default().push(Rule { path, operator, value });
    }
    by_event
}

/// The lines `Name: value`; of any other line its number is noted.
fn headers(typed: &Pairs, unread: &mut Vec<FieldFault>) -> BTreeMap<String, Secret> {
    let mut headers = BTreeMap::new();
    let lines = typed.text("headers").lines().enumerate();
    for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        match line.split_once(':') {
            Some((name, value)) => {
                headers.insert(name.trim().to_owned(), Secret::new(value.trim()));
            }
            None => unread.push(FieldFault::new("headers", Fault::HeaderLine { line: at + 1 })),
        }
    }
    headers
}

/// The same without the values, which are secrets. A line without a name, which may be a secret as a whole, is left
/// empty, so that the others keep their numbers.
pub fn names_only(typed: &Pairs) -> String {
    let name = |line: &str| line.split_once(':').map(|(name, _)| format!("{}: ", name.trim()));
    typed.text("headers").lines().map(|line| name(line).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// A stored webhook as the form would say it.
pub fn stored(webhook: &WebhookView, offer: &Offer) -> Pairs {
    let mut pairs = vec![
        ("name", webhook.name.clone()),
        ("url", webhook.url.clone()),
        ("format", webhook.format.to_string()),
        ("concurrency", webhook.concurrency.to_string()),
        ("timeout_seconds", webhook.timeout_seconds.to_string()),
        ("version", webhook.version.to_string()),
        (RETRY, in_seconds(&webhook.retry_seconds)),
        ("redact", webhook.redact.join("\n")),
    ];
    let mut add = |name: &'static str, value: String| pairs.push((name, value));
    if let Some(rate) = webhook.rate_per_second {
        add("rate_per_second", rate.to_string());
    }
    if webhook.ordered {
        add("ordered", "on".to_owned());
    }
    let mut more = Vec::new();
    for event in webhook.events.iter().map(ToString::to_string) {
        if event == "*" || offer.has(&event) {
            add("event", event);
        } else {
            more.push(event);
        }
    }
    add("more", more.join("\n"));
    for (event, rule) in
        webhook.rules.iter().flat_map(|(event, rules)| rules.iter().map(move |rule| (event, rule)))
    {
        add("rule_event", event.clone());
        add("rule_path", rule.path.clone());
        add("rule_operator", rule.operator.as_str().to_owned());
        add("rule_value", rule.value.clone());
    }
    for name in webhook.headers.keys() {
        add("keep_header", name.clone());
    }
    Pairs::of(pairs)
}
