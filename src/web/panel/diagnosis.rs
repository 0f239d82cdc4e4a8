//! The documented troubleshooting of one company, as checks that run when somebody presses the button.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::company_page::{CompanyHead, Tab};
use super::parts::{Badge, Tone, icon};
use super::webhooks::{health, rules};
use super::{Frame, InCompany, Operator, Panel, Section, Shown, Ui, Visit, show};
use crate::admin::{
    CompanyView, Diagnosis, Finding, LineCheck, Outcome, TestView, TokenVerdict, WebhookCheck,
};
use crate::domain::CompanyId;
use crate::sources;
use crate::texts::{Saying, sentence};

/// Types that a check names.
const NAMED: usize = 8;

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/diagnosis", get(page).post(run))
}

#[derive(Template)]
#[template(path = "panel/diagnosis.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    company: String,
    head: CompanyHead,
    action: String,
    checks: Option<[Check; 3]>,
}

/// One of the three documented troubles.
struct Check {
    title: String,
    text: String,
    rows: Vec<Row>,
}

struct Row {
    badge: Badge,
    subject: String,
    text: String,
    advice: Option<String>,
    /// The steps of an exchange, with how long each took.
    steps: Vec<(String, String)>,
}

fn frame(visit: &Visit, id: CompanyId, company: CompanyView, checks: Option<[Check; 3]>) -> Page {
    Page {
        frame: visit.frame(Section::Companies).of_company(id),
        action: format!("/companies/{id}/diagnosis"),
        head: CompanyHead::new(visit, id, &company.name, Tab::Diagnosis),
        company: company.name,
        checks,
        ui: visit.ui.clone(),
    }
}

async fn page(Operator(visit): Operator, InCompany { id, company }: InCompany) -> Shown {
    show(&frame(&visit, id, company, None))
}

async fn run(
    Operator(visit): Operator,
    State(panel): State<Panel>,
    InCompany { id, company }: InCompany,
) -> Shown {
    let ui = &visit.ui;
    let found = panel.admin.diagnose(&visit.actor, ui.lang, id).await?;
    let checks = [
        Check {
            title: ui.say("diagnosis-token").text(),
            text: ui.say("diagnosis-token-text").text(),
            rows: lines(ui, &found),
        },
        Check {
            title: ui.say("diagnosis-url").text(),
            text: ui.say("diagnosis-url-text").text(),
            rows: found.webhooks.iter().map(|webhook| url(ui, webhook)).collect(),
        },
        Check {
            title: ui.say("diagnosis-events").text(),
            text: ui.say("diagnosis-events-text").text(),
            rows: events(ui, &found),
        },
    ];
    show(&frame(&visit, id, company, Some(checks)))
}

fn row(ui: &Ui, finding: Finding, subject: impl Into<String>, text: impl Into<String>) -> Row {
    let badge = match finding {
        Finding::Good => Badge::new(Tone::Ok, icon("circle-check"), &ui.say("diagnosis-good")),
        Finding::Notice => Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("diagnosis-notice")),
        Finding::Bad => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("diagnosis-bad")),
    };
    Row { badge, subject: subject.into(), text: text.into(), advice: None, steps: Vec::new() }
}

impl Row {
    fn advice(self, advice: &Saying) -> Self {
        self.told(advice.text())
    }

    fn told(mut self, advice: String) -> Self {
        self.advice = Some(advice);
        self
    }
}

fn lines(ui: &Ui, found: &Diagnosis) -> Vec<Row> {
    let one = |line: &LineCheck| {
        let (source, status) = (&line.source, &line.source.status);
        let provider = sources::name(source.provider).to_owned();
        let said = |text: &String| row(ui, line.finding(), provider.clone(), text.clone());
        let advice = ui.say("diagnosis-line-advice").with("state", status.state);
        match (&line.trial, status.state) {
            _ if !line.is_served() => said(&status.sentence),
            (_, "connected") | (None, "refused") => said(&status.sentence),
            (None, _) => said(&status.sentence).advice(&advice),
            (Some(trial), _) => {
                let step = ui.say("diagnosis-step").with("step", "handshake").text();
                let took = ui.say("attempt-ms").with("ms", ui.number(trial.milliseconds)).text();
                let row = Row { steps: vec![(step, took)], ..said(&trial.sentence) };
                if trial.connected { row.advice(&advice) } else { row }
            }
        }
    };
    if found.lines.is_empty() {
        let advice = ui.say("diagnosis-no-source").with("providers", providers(ui));
        return vec![row(ui, Finding::Bad, ui.say("line-none").text(), advice.text())];
    }
    let rows = |line| std::iter::once(one(line)).chain(api(ui, line));
    found.lines.iter().flat_map(rows).collect()
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

fn url(ui: &Ui, check: &WebhookCheck) -> Row {
    let finding = check.outcome.finding();
    let said = |text: String| row(ui, finding, check.webhook.name.clone(), text);
    match &check.outcome {
        Outcome::Tested(test) => tested(ui, test, said),
        Outcome::Paused => said(ui.say("diagnosis-paused").text()),
        Outcome::NotTested => said(ui.say("diagnosis-not-tested").text()),
        Outcome::Unended => said(ui.say("diagnosis-unended").text()),
        Outcome::Refused(why) => said(why.clone()),
    }
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
pub(super) fn unanswered(ui: &Ui, test: &TestView) -> Saying {
    let cause = test.error.unwrap_or_default().split('_').next().unwrap_or_default();
    ui.say("diagnosis-error-advice").with("cause", cause)
}

fn events(ui: &Ui, found: &Diagnosis) -> Vec<Row> {
    // Where a company has no source yet, the first provider is as good as any.
    let usual = sources::PROVIDERS[0].identity().name;
    let provider = found.lines.first().map_or(usual, |line| sources::name(line.source.provider));
    let came = match &found.newest {
        None => row(ui, Finding::Bad, ui.say("diagnosis-coming").text(), ui.say("diagnosis-no-event").text())
            .advice(&ui.say("diagnosis-no-event-advice").with("provider", provider)),
        Some(newest) => {
            let ago =
                newest.received_at.parse().map_or_else(|_| String::new(), |at| ui.span(ui.now.since(at)));
            let mut types: Vec<_> = found.seen.keys().take(NAMED).map(String::as_str).collect();
            if found.seen.len() > NAMED {
                types.push("…");
            }
            let text = ui.say("diagnosis-newest").with("type", newest.name.clone()).with("span", ago);
            let seen =
                ui.say("diagnosis-seen").with("count", found.seen.len()).with("types", types.join(", "));
            row(ui, Finding::Good, ui.say("diagnosis-coming").text(), text.text()).advice(&seen)
        }
    };
    let any = found.newest.is_some();
    let one = |check: &WebhookCheck| {
        let finding = check.arrives(any);
        if check.returned {
            let back = ui.say("diagnosis-returned").with("waiting", health::waiting(&check.status));
            return row(ui, finding, check.webhook.name.clone(), back.text());
        }
        let health = &check.status.sentence;
        let row = row(ui, finding, check.webhook.name.clone(), sentence(health));
        match (any && check.wanted == 0, check.filtered) {
            (true, _) => row.advice(&ui.say("diagnosis-unwanted")),
            (false, true) => {
                let rules = rules::in_one(ui, &check.webhook.rules);
                row.advice(&ui.say("diagnosis-filtered").with("rules", rules))
            }
            (false, false) if check.status.backlog > 0 => {
                row.told(sentence(&health::waiting(&check.status).text(ui.lang)))
            }
            (false, false) => row,
        }
    };
    std::iter::once(came).chain(found.webhooks.iter().map(one)).collect()
}
