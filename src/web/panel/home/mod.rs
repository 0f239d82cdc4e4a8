//! The first page: is everything all right? A sentence that says so, five figures, the incidents, then the companies: a row for each
//! that is out of order, worst first, and a cell for each that is not. Of one company alone, the picture of its line.
//!
//! All of it is live. Each part is sent when it has changed, so that names that stay as they are cost nothing while figures move.

mod companies;
mod figures;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use self::companies::{Cells, Rows};
use self::figures::Figures;
use super::first_hour::Checklist;
use super::flow::Picture;
use super::incidents::{Group, groups, heading};
use super::live::MOVED;
use super::parts::{Empty, icon};
use super::{Failed, Frame, Panel, Reader, Section, Shown, Ui, show};
use crate::admin::{
    Actor, Admin, AdminError, IncidentCounts, IncidentQuery, OverviewSize, OverviewView, Role, Span,
};
use crate::domain::{CompanyId, Timestamp};

/// Companies that have a row, and others that have a cell: the page is to stay below 100,000 bytes.
const SIZE: OverviewSize = OverviewSize { rows: 20, cells: 240 };
/// Incidents that are listed; the others stand on their own page.
const INCIDENTS: u32 = 12;

pub fn routes() -> Router<Panel> {
    Router::new().route("/", get(home)).route("/live", get(live))
}

#[derive(Template)]
#[template(path = "panel/home/page.html")]
struct Home {
    ui: Ui,
    frame: Frame,
    parts: Parts,
    first_hour: Option<Checklist>,
    empty: Option<Empty>,
}

/// What is live, by the names that the page has for it.
struct Parts {
    head: Head,
    figures: Figures,
    incidents: Incidents,
    rows: Rows,
    cells: Cells,
    /// Of the only company there is.
    line: Option<(CompanyId, Picture)>,
}

/// Is everything all right?
#[derive(Template)]
#[template(path = "panel/home/head.html")]
struct Head {
    ui: Ui,
    heading: String,
    lead: Option<String>,
    /// The reader may add a company.
    registers: bool,
}

#[derive(Template)]
#[template(path = "panel/home/incidents.html")]
struct Incidents {
    ui: Ui,
    groups: Vec<Group>,
    open: usize,
    /// How many there are in all, if more than are listed.
    all: Option<usize>,
    /// What is so although nothing is wrong: companies whose events do not arrive just now.
    quiet: Vec<String>,
}

impl HtmlSafe for Head {}
impl HtmlSafe for Incidents {}

async fn home(Reader(visit): Reader, State(panel): State<Panel>) -> Shown {
    let (ui, actor) = (&visit.ui, &visit.actor);
    let parts = parts(&panel.admin, actor, ui).await?;
    let first_hour = match &parts.line {
        Some((company, _)) => Checklist::of(&panel, &visit, *company).await?,
        None => None,
    };
    show(&Home {
        frame: visit.frame(Section::Home),
        empty: (parts.rows.total == 0).then(|| nothing(ui, parts.head.registers)),
        first_hour,
        parts,
        ui: ui.clone(),
    })
}

fn nothing(ui: &Ui, registers: bool) -> Empty {
    let empty = Empty::new(icon("building-2"), &ui.say("companies-none"), &ui.say("companies-none-text"));
    if registers { empty.step("/companies/new", &ui.say("company-new")) } else { empty }
}

async fn live(Reader(visit): Reader, State(panel): State<Panel>) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    Ok(panel.hub.stream(&visit, "home", move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move {
            let parts = parts(&admin, &actor, &ui).await?;
            let mut fragments = Vec::new();
            let mut add = |name: &str, html: Result<String, askama::Error>| {
                let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
                fragments.push((name.to_owned(), html));
                Ok::<_, AdminError>(())
            };
            add("head", parts.head.render())?;
            add("figures", parts.figures.render())?;
            add("incidents", parts.incidents.render())?;
            add("rows", parts.rows.render())?;
            add("cells", parts.cells.render())?;
            if let Some((company, picture)) = &parts.line {
                add("flow", picture.render())?;
                // What is done of its first hour is asked for again.
                let hour = admin.first_hour(&actor, *company).await?;
                fragments.push((MOVED.to_owned(), format!("{hour:?}")));
            }
            Ok(fragments)
        }
    }))
}

async fn parts(admin: &Admin, actor: &Actor, ui: &Ui) -> Result<Parts, AdminError> {
    let overview = admin.overview(actor, ui.lang, SIZE).await?;
    let query = IncidentQuery { limit: Some(INCIDENTS), ..IncidentQuery::default() };
    let incidents = admin.incidents(actor, ui.lang, &query).await?;
    let series = admin.series(actor, Span::Hour, Timestamp::default()).await?;
    let (counts, quiet) = (admin.incident_counts(actor), quiet(ui, &overview));
    let line = match overview.only {
        Some(company) => {
            Some((company, Picture::new(ui, company, admin.line_picture(actor, ui.lang, company).await?)))
        }
        None => None,
    };
    Ok(Parts {
        head: Head {
            heading: heading(ui, &counts).unwrap_or_else(|| calm(ui, &overview, quiet.is_empty())),
            lead: (overview.total > 0).then(|| lead(ui, overview.total, &counts)),
            registers: actor.role == Role::Administrator && actor.companies.is_none(),
            ui: ui.clone(),
        },
        figures: Figures::new(ui, &overview, &series),
        incidents: Incidents {
            open: counts.all(),
            all: (counts.all() > incidents.items.len()).then_some(counts.all()),
            groups: groups(ui, actor, incidents.items),
            quiet,
            ui: ui.clone(),
        },
        cells: Cells::new(ui, &overview),
        rows: Rows::new(admin, actor, ui, overview).await?,
        line,
    })
}

/// The heading while nothing is wrong.
fn calm(ui: &Ui, overview: &OverviewView, well: bool) -> String {
    let saying = match (overview.total, overview.cells.first()) {
        (0, _) => ui.say("home-title"),
        _ if !well => ui.say("incidents-none"),
        (1, Some(only)) => ui.say("home-all-well-with").with("name", &only.name),
        _ => ui.say("home-all-well"),
    };
    saying.text()
}

/// In how many companies there is nothing to do.
fn lead(ui: &Ui, total: usize, counts: &IncidentCounts) -> String {
    let well = total.saturating_sub(counts.companies);
    ui.say("home-lead").with("well", well).with("total", total).text()
}

fn quiet(ui: &Ui, overview: &OverviewView) -> Vec<String> {
    let counts = [
        (overview.connecting, ui.say("home-connecting").with("count", overview.connecting)),
        (overview.stopped, ui.say("home-stopped").with("count", overview.stopped)),
        (overview.without, ui.say("home-without").with("count", overview.without)),
        (overview.unserved, ui.say("home-unserved").with("count", overview.unserved)),
        (overview.elsewhere, ui.say("home-elsewhere").with("count", overview.elsewhere)),
    ];
    counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, saying)| saying.text()).collect()
}
