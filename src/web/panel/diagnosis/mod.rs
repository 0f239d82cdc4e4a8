//! The documented troubleshooting of one company, as checks that run when somebody presses the button: each is shown as it ends,
//! and without JavaScript all of them when the last has ended.

mod rows;
mod runs;

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;

use super::company_page::{CompanyHead, Tab};
use super::frame::describe;
use super::parts::{Notice, Tone};
use super::{Asked, Frame, InCompany, Operator, Panel, Section, Shown, Ui, Visit, show};
use crate::admin::{CompanyView, Finding};
use crate::domain::CompanyId;
use rows::{Check, Row};
use runs::Run;

pub(super) use rows::unanswered;
pub use runs::Runs;

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
    found: Option<Found>,
    /// What was asked for is not kept any more.
    forgotten: bool,
}

/// What was found so far. `{{ found }}` in a template.
#[derive(Template)]
#[template(path = "panel/diagnosis_found.html")]
struct Found {
    ui: Ui,
    /// Where it is asked for again, while it goes on.
    again: Option<String>,
    tone: Tone,
    summary: String,
    trouble: Option<Notice>,
    checks: Vec<Check>,
}

impl HtmlSafe for Found {}

/// Of which company, and who looks.
struct At<'a> {
    ui: &'a Ui,
    company: CompanyId,
    administers: bool,
}

fn path(company: CompanyId) -> String {
    format!("/companies/{company}/diagnosis")
}

fn framed(visit: &Visit, id: CompanyId, company: CompanyView, found: Option<Found>, forgotten: bool) -> Page {
    Page {
        frame: visit.frame(Section::Companies).of_company(id),
        action: path(id),
        head: CompanyHead::new(visit, id, &company.name, Tab::Diagnosis),
        company: company.name,
        found,
        forgotten,
        ui: visit.ui.clone(),
    }
}

/// The page; with `run` what that run has found, as a part of it where htmx asks.
async fn page(
    Operator(visit): Operator,
    State(panel): State<Panel>,
    InCompany { id, company }: InCompany,
    Asked(asked): Asked,
) -> Shown {
    let Some(name) = asked.given("run") else {
        return show(&framed(&visit, id, company, None, false));
    };
    match panel.diagnoses.get(name, visit.user_id(), id) {
        Some(run) if visit.wants_part() => show(&found(&visit, id, &run)),
        Some(run) => {
            let found = found(&visit, id, &run);
            show(&framed(&visit, id, company, Some(found), false))
        }
        None => show(&framed(&visit, id, company, None, true)),
    }
}

async fn run(
    Operator(visit): Operator,
    State(panel): State<Panel>,
    InCompany { id, company }: InCompany,
) -> Shown {
    let run = panel.diagnoses.begin(visit.user_id(), id);
    if let Some(run) = &run.fresh {
        let going = go(&panel, &visit, id, run.clone());
        if visit.wants_part() {
            tokio::spawn(going);
        } else {
            going.await;
        }
    }
    let run = run.run;
    let found = found(&visit, id, &run);
    if visit.wants_part() {
        let address = format!("{}?run={}", path(id), run.name);
        return show(&found).map(|part| ([("hx-push-url", address)], part).into_response());
    }
    show(&framed(&visit, id, company, Some(found), false))
}

/// Looks at the company to the end, whoever waits for it.
fn go(panel: &Panel, visit: &Visit, id: CompanyId, run: Arc<Run>) -> impl Future<Output = ()> + Send + use<> {
    let (admin, actor, lang) = (panel.admin.clone(), visit.actor.clone(), visit.ui.lang);
    async move {
        let ended = admin.diagnose(&actor, lang, id, &run.found).await;
        run.ends(ended.err());
    }
}

fn found(visit: &Visit, company: CompanyId, run: &Run) -> Found {
    let (ui, over) = (&visit.ui, run.is_over());
    let at = At { ui, company, administers: visit.actor.role == crate::admin::Role::Administrator };
    let found = run.found();
    let checks = rows::checks(&at, &found);
    let all = || checks.iter().flat_map(|check: &Check| &check.rows);
    let count = |finding| all().filter(|row: &&Row| row.finding == Some(finding)).count();
    let (bad, notice) = (count(Finding::Bad), count(Finding::Notice));
    let summary = if over {
        let checks = ui.say("diagnosis-checks").with("n", all().count());
        ui.say("diagnosis-summary").with("bad", bad).with("notice", notice).with("checks", checks)
    } else if checks.is_empty() {
        ui.say("diagnosis-awaited")
    } else {
        let ended = all().filter(|row| row.finding.is_some()).count();
        ui.say("diagnosis-goes-on").with("ended", ended).with("all", all().count())
    };
    Found {
        again: (!over).then(|| format!("{}?run={}", path(company), run.name)),
        tone: match (over, bad, notice) {
            (false, ..) => Tone::Info,
            (_, 0, 0) => Tone::Ok,
            (_, 0, _) => Tone::Warn,
            _ => Tone::Bad,
        },
        summary: summary.text(),
        trouble: run.trouble(|error| {
            let (_, title, advice) = describe(ui, error);
            Notice::new(ui, Tone::Bad, title).advice(advice)
        }),
        checks,
        ui: ui.clone(),
    }
}
