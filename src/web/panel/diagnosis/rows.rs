//! The checks in words: what was found, what to do about it, and the button that leads there.

use super::super::parts::{Badge, Tone, icon};
use super::super::webhooks::{health, rules};
use super::super::{Ui, lines};
use super::At;
use crate::admin::{
    Came, Diagnosis, Finding, LineCheck, Look, Outcome, SourceView, TestView, TokenVerdict, WebhookCheck,
    WebhookView,
};
use crate::sources;
use crate::texts::{Saying, sentence};
use crate::watch::attention::door_advice;

/// Types that a check names.
const NAMED: usize = 8;

/// One of the three documented troubles.
pub struct Check {
    pub title: String,
    pub text: String,
    pub rows: Vec<Row>,
    /// What is said where there is nothing to look at.
    pub nothing: String,
}

pub struct Row {
    /// `None` while it is looked at.
    pub finding: Option<Finding>,
    pub badge: Badge,
    pub subject: String,
    /// Where the subject is shown.
    pub path: Option<String>,
    pub text: String,
    pub advice: Option<String>,
    /// What else is so, and what about that.
    pub more: Vec<String>,
    /// The steps of an exchange, with how long each took.
    pub steps: Vec<(String, String)>,
    /// The button that helps: where it leads, and what it says.
    pub fix: Option<(String, String)>,
}

pub fn checks(at: &At<'_>, found: &Diagnosis) -> Vec<Check> {
    if !found.planned {
        return Vec::new();
    }
    let ui = at.ui;
    let check = |title: Saying, text: Saying, rows| Check {
        title: title.text(),
        text: text.text(),
        rows,
        nothing: ui.say("diagnosis-no-webhook").text(),
    };
    vec![
        check(ui.say("diagnosis-token"), ui.say("diagnosis-token-text"), self::lines(at, found)),
        check(
            ui.say("diagnosis-url"),
            ui.say("diagnosis-url-text"),
            found.webhooks.iter().map(|look| webhook(at, look, found.any_came())).collect(),
        ),
        check(ui.say("diagnosis-events"), ui.say("diagnosis-events-text"), vec![came(at, found)]),
    ]
}

fn row(ui: &Ui, finding: Finding, subject: impl Into<String>, text: impl Into<String>) -> Row {
    Row {
        finding: Some(finding),
        badge: badge(ui, finding),
        subject: subject.into(),
        path: None,
        text: text.into(),
        advice: None,
        more: Vec::new(),
        steps: Vec::new(),
        fix: None,
    }
}

fn badge(ui: &Ui, finding: Finding) -> Badge {
    match finding {
        Finding::Good => Badge::new(Tone::Ok, icon("circle-check"), &ui.say("diagnosis-good")),
        Finding::Notice => Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("diagnosis-notice")),
        Finding::Bad => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("diagnosis-bad")),
    }
}

/// What is still being looked at.
fn awaited(ui: &Ui, subject: impl Into<String>) -> Row {
    let badge = Badge::new(Tone::Info, icon("loader-circle"), &ui.say("diagnosis-awaited")).spinning();
    Row { finding: None, badge, ..row(ui, Finding::Good, subject, "") }
}

impl Row {
    fn advice(self, advice: &Saying) -> Self {
        self.told(advice.text())
    }

    fn told(mut self, advice: String) -> Self {
        self.advice = Some(advice);
        self
    }

    fn at(self, path: String) -> Self {
        Self { path: Some(path), ..self }
    }

    /// The button that leads to what helps.
    fn fix(self, ui: &Ui, path: String, kind: &'static str) -> Self {
        Self { fix: Some((path, ui.say("diagnosis-fix").with("kind", kind).text())), ..self }
    }
}

fn lines(at: &At<'_>, found: &Diagnosis) -> Vec<Row> {
    let ui = at.ui;
    if found.lines.is_empty() {
        let advice = ui.say("diagnosis-no-source").with("providers", providers(ui));
        let none = row(ui, Finding::Bad, ui.say("line-none").text(), advice.text());
        let new = format!("/companies/{}/sources/new", at.company);
        return vec![if at.administers { none.fix(ui, new, "source") } else { none }];
    }
    let rows = |look: &Look<SourceView, LineCheck>| match look {
        Look::Awaited(source) => {
            vec![awaited(ui, sources::name(source.provider)).at(format!("/companies/{}", at.company))]
        }
        Look::Done(line) => std::iter::once(connection(at, line)).chain(api(ui, line)).collect(),
    };
    found.lines.iter().flat_map(rows).collect()
}

fn connection(at: &At<'_>, line: &LineCheck) -> Row {
    let (ui, source, status) = (at.ui, &line.source, &line.source.status);
    let provider = sources::name(source.provider).to_owned();
    let said = |text: &String| {
        row(ui, line.finding(), provider.clone(), text.clone()).at(format!("/companies/{}", at.company))
    };
    let advice = ui.say("diagnosis-line-advice").with("state", status.state);
    let row = match (&line.trial, status.state) {
        _ if !line.is_served() => return said(&status.sentence),
        _ if let Some((n, answered)) = line.refusing => {
            let advice = door_advice(answered, sources::name(source.provider));
            said(&ui.say("attention-door-refuses").with("n", n).with("advice", advice).text())
        }
        (_, "connected") | (None, "refused") => said(&status.sentence),
        (None, _) => said(&status.sentence).advice(&advice),
        (Some(trial), _) => {
            let step = ui.say("diagnosis-step").with("step", "handshake").text();
            let took = ui.say("attempt-ms").with("ms", ui.number(trial.milliseconds)).text();
            let row = Row { steps: vec![(step, took)], ..said(&trial.sentence) };
            if trial.connected { row.advice(&advice) } else { row }
        }
    };
    let edit = format!("/companies/{}/sources/{}", at.company, source.id);
    let takes_token = line.trial.as_ref().is_none_or(|trial| trial.connected);
    match line.finding() {
        Finding::Bad if at.administers && lines::has_token(source) => row.fix(ui, edit, "token"),
        Finding::Notice if status.state == "stopped" && takes_token => {
            row.fix(ui, format!("/companies/{}", at.company), "connect")
        }
        _ => row,
    }
}

/// What people call the providers, as a choice.
fn providers(ui: &Ui) -> String {
    let names = sources::PROVIDERS.iter().map(|provider| provider.identity().name.to_owned());
    let choice =
        |some: String, other: String| ui.say("diagnosis-or").with("some", some).with("other", other).text();
    names.reduce(choice).unwrap_or_default()
}

/// What the provider's API says of the token.
fn api(ui: &Ui, line: &LineCheck) -> Option<Row> {
    let verdict = line.api.as_ref()?;
    let provider = sources::name(line.source.provider);
    let subject = ui.say("diagnosis-api").with("provider", provider).text();
    let said = |text: &Saying| row(ui, line.api_finding(verdict), subject.clone(), text.text());
    let advice = |verdict| ui.say("diagnosis-api-advice").with("provider", provider).with("verdict", verdict);
    Some(match verdict {
        TokenVerdict::Valid => said(&ui.say("diagnosis-api-valid")),
        TokenVerdict::Refused { said: words } => {
            let refused = match words {
                Some(words) => ui.say("diagnosis-api-refused").with("said", words.clone()),
                None => ui.say("diagnosis-api-refused-silently"),
            };
            said(&refused).advice(&advice("refused"))
        }
        TokenVerdict::AgentRole => said(&ui.say("diagnosis-api-agent")).advice(&advice("agent")),
        TokenVerdict::Unclear { status } => {
            let unclear = ui.say("diagnosis-api-unclear").with("status", status.to_string());
            said(&unclear).advice(&advice("unclear"))
        }
        TokenVerdict::Unreached { word } => {
            said(&ui.say("diagnosis-api-unreached").with("why", *word)).advice(&advice("unclear"))
        }
    })
}

/// A webhook: what became of its test, and whether what comes goes on to it.
fn webhook(at: &At<'_>, look: &Look<WebhookView, WebhookCheck>, any: bool) -> Row {
    let ui = at.ui;
    let page = |webhook: &WebhookView| format!("/companies/{}/webhooks/{}", at.company, webhook.id);
    let check = match look {
        Look::Awaited(webhook) => return awaited(ui, webhook.name.clone()).at(page(webhook)),
        Look::Done(check) => check,
    };
    let path = page(&check.webhook);
    let finding = check.outcome.finding().max(check.arrives(any));
    let said = |text: String| row(ui, finding, check.webhook.name.clone(), text).at(path.clone());
    let row = match &check.outcome {
        Outcome::Tested(test) => tested(ui, test, said),
        Outcome::Paused => said(ui.say("diagnosis-paused").text()),
        Outcome::NotTested => said(ui.say("diagnosis-not-tested").text()),
        Outcome::Unended => said(ui.say("diagnosis-unended").text()),
        Outcome::Refused(why) => said(why.clone()),
    };
    let row = Row { more: arrival(ui, check, any), ..row };
    let edit = format!("{path}/edit");
    match (&check.outcome, finding) {
        (_, Finding::Good) => row,
        (Outcome::Paused, _) => row.fix(ui, path, "resume"),
        _ if any && check.wanted == 0 && at.administers => row.fix(ui, edit, "events"),
        (Outcome::Tested(test), _) if test.delivered => row.fix(ui, path, "open"),
        (Outcome::Tested(test), _) if test.status.is_some_and(|status| status >= 500) || !at.administers => {
            row.fix(ui, format!("{path}?outcome=failed#attempts"), "failures")
        }
        (Outcome::NotTested, _) => row.fix(ui, format!("{path}/test"), "test"),
        _ if at.administers => row.fix(ui, edit, "edit"),
        _ => row.fix(ui, path, "open"),
    }
}

/// What is to be said of what comes and goes on to it.
fn arrival(ui: &Ui, check: &WebhookCheck, any: bool) -> Vec<String> {
    let mut said = Vec::new();
    if check.returned {
        let waiting = health::waiting(&check.status);
        said.push(ui.say("diagnosis-returned").with("waiting", waiting).text());
        return said;
    }
    // Of a paused one that has been said.
    if check.arrives(any) != Finding::Good && check.status.health != "paused" && (!any || check.wanted > 0) {
        said.push(sentence(&check.status.sentence));
    }
    if any && check.wanted == 0 {
        said.push(ui.say("diagnosis-unwanted").text());
    } else if check.filtered {
        let rules = rules::in_one(ui, &check.webhook.rules);
        said.push(ui.say("diagnosis-filtered").with("rules", rules).text());
    }
    if check.status.backlog > 0 {
        said.push(sentence(&health::waiting(&check.status).text(ui.lang)));
    }
    said
}

fn tested(ui: &Ui, test: &TestView, said: impl Fn(String) -> Row) -> Row {
    let steps = [
        ("dns", test.dns_us),
        ("connect", test.connect_us),
        ("tls", test.tls_us),
        ("answer", test.first_byte_us),
        ("total", Some(test.total_us)),
    ];
    let step = |(step, micros): (&'static str, Option<u32>)| {
        let took = ui.decimal(f64::from(micros?) / 1_000.0, 1);
        Some((ui.say("diagnosis-step").with("step", step).text(), format!("{took} ms")))
    };
    let row = match (test.status, &test.message) {
        (Some(status), None) => {
            let answered = ui.say("diagnosis-answered").with("status", status.to_string());
            let kind = match status {
                200..=299 => "good",
                300..=399 => "redirect",
                401 | 403 => "denied",
                404 | 405 => "path",
                410 => "gone",
                500.. => "server",
                _ => "refused",
            };
            said(answered.text()).advice(&ui.say("diagnosis-status-advice").with("kind", kind))
        }
        (_, message) => {
            let advice = unanswered(ui, test);
            said(sentence(message.as_deref().unwrap_or_default())).advice(&advice)
        }
    };
    Row { steps: steps.into_iter().filter_map(step).collect(), ..row }
}

/// What to do where a test had no answer.
pub(in super::super) fn unanswered(ui: &Ui, test: &TestView) -> Saying {
    let cause = test.error.unwrap_or_default().split('_').next().unwrap_or_default();
    ui.say("diagnosis-error-advice").with("cause", cause)
}

fn came(at: &At<'_>, found: &Diagnosis) -> Row {
    let ui = at.ui;
    let (subject, path) = (ui.say("diagnosis-coming").text(), format!("/companies/{}/events", at.company));
    let Some(Came { newest, seen }) = &found.came else { return awaited(ui, subject).at(path) };
    let Some(newest) = newest else {
        // Where a company has no source yet, the first provider is as good as any.
        let source = found.lines.first().map(|look| match look {
            Look::Awaited(source) => source,
            Look::Done(line) => &line.source,
        });
        let usual = sources::PROVIDERS[0].identity().name;
        let provider = source.map_or(usual, |source| sources::name(source.provider));
        let way = if source.is_some_and(|source| source.path.is_some()) { "door" } else { "line" };
        return row(ui, Finding::Bad, subject, ui.say("diagnosis-no-event").text())
            .advice(&ui.say("diagnosis-no-event-advice").with("provider", provider).with("way", way))
            .at(path);
    };
    let ago = newest.received_at.parse().map_or_else(|_| String::new(), |at| ui.span(ui.now.since(at)));
    let mut types: Vec<_> = seen.keys().take(NAMED).map(String::as_str).collect();
    if seen.len() > NAMED {
        types.push("…");
    }
    let text = ui.say("diagnosis-newest").with("type", newest.name.clone()).with("span", ago);
    let seen = ui.say("diagnosis-seen").with("count", seen.len()).with("types", types.join(", "));
    row(ui, Finding::Good, subject, text.text()).advice(&seen).at(path)
}
