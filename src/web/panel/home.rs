//! The first page: is everything all right? A sentence that says so, the incidents, five figures, and the companies, worst
//! first. All of it is live.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::charts::{percent, spark};
use super::incidents::{Group, groups, heading};
use super::parts::{Badge, Empty, Tone, icon};
use super::spark::Spark;
use super::ui::Moment;
use super::{Failed, Frame, Panel, Reader, Section, Shown, Ui, lines, show};
use crate::admin::{
    Actor, Admin, AdminError, CompanyOverview, IncidentCounts, IncidentQuery, OverviewView, Role, Series,
    Span,
};
use crate::domain::{Point, Timestamp};
use crate::texts::Saying;
use crate::watch::counted;

/// Companies that are listed; the others stand on their own page.
const COMPANIES: usize = 30;
/// Incidents that are listed; the others stand on their own page.
const INCIDENTS: u32 = 20;

pub fn routes() -> Router<Panel> {
    Router::new().route("/", get(home)).route("/live", get(live))
}

#[derive(Template)]
#[template(path = "panel/home.html")]
struct Home {
    ui: Ui,
    frame: Frame,
    state: HomeState,
}

/// The live part.
#[derive(Template)]
#[template(path = "panel/home_state.html")]
struct HomeState {
    ui: Ui,
    figures: Vec<Figure>,
    /// Is everything all right?
    heading: String,
    lead: String,
    incidents: Vec<Group>,
    /// How many incidents there are in all, if more than are listed.
    all_incidents: Option<usize>,
    /// What is so although nothing is wrong: companies whose events do not arrive just now.
    quiet: Vec<String>,
    rows: Vec<Row>,
    /// The reader may add a company.
    registers: bool,
    /// How many companies there are in all.
    total: usize,
    empty: Empty,
}

impl HtmlSafe for HomeState {}

struct Figure {
    label: String,
    value: String,
    small: Option<String>,
    /// Its last hour.
    spark: Spark,
}

struct Row {
    path: String,
    name: String,
    state: Badge,
    last_event: Option<Moment>,
    today: String,
    backlog: String,
}

async fn home(Reader(visit): Reader, State(panel): State<Panel>) -> Shown {
    show(&Home {
        frame: visit.frame(Section::Home),
        state: state(&panel.admin, &visit.actor, &visit.ui).await?,
        ui: visit.ui.clone(),
    })
}

async fn live(Reader(visit): Reader, State(panel): State<Panel>) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    Ok(panel.hub.stream(&visit, "home", move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move {
            let html = state(&admin, &actor, &ui).await?.render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            Ok(vec![("state".to_owned(), html)])
        }
    }))
}

async fn state(admin: &Admin, actor: &Actor, ui: &Ui) -> Result<HomeState, AdminError> {
    let overview = admin.overview(actor, ui.lang, COMPANIES).await?;
    let query = IncidentQuery { limit: Some(INCIDENTS), ..IncidentQuery::default() };
    let incidents = admin.incidents(actor, ui.lang, &query).await?;
    let series = admin.series(actor, Span::Hour, Timestamp::default()).await?;
    let (figures, quiet) = (figures(ui, &overview, &series), quiet(ui, &overview));
    let mut rows = Vec::with_capacity(overview.companies.len());
    for company in overview.companies {
        let today = admin.events_since(actor, company.id, ui.midnight()).await?;
        rows.push(row(ui, company, today));
    }
    let counts = admin.incident_counts(actor);
    let mut empty = Empty::new(icon("building-2"), &ui.say("companies-none"), &ui.say("companies-none-text"));
    let registers = actor.role == Role::Administrator && actor.companies.is_none();
    if registers {
        empty = empty.step("/companies/new", &ui.say("company-new"));
    }
    Ok(HomeState {
        figures,
        heading: heading(ui, &counts).unwrap_or_else(|| {
            let none = match (overview.total, quiet.is_empty()) {
                (0, _) => ui.say("home-title"),
                (_, true) => ui.say("home-all-well"),
                (_, false) => ui.say("incidents-none"),
            };
            none.text()
        }),
        lead: lead(ui, overview.total, &counts),
        all_incidents: (counts.all() > incidents.items.len()).then_some(counts.all()),
        incidents: groups(ui, actor, incidents.items),
        quiet,
        rows,
        registers,
        total: overview.total,
        empty,
        ui: ui.clone(),
    })
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
    ];
    counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, saying)| saying.text()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "figures of a minute are far below 2^53")]
fn figures(ui: &Ui, overview: &OverviewView, series: &Series) -> Vec<Figure> {
    let whole = |value| ui.decimal(value, 0);
    let figure = |label: Saying, value: String, small: Option<String>, spark| Figure {
        label: label.text(),
        value,
        small,
        spark,
    };
    let (oldest, waits_for) = match &overview.oldest {
        Some((at, webhook)) => (ui.span(ui.now.since(*at)), Some(webhook.clone())),
        None => (ui.say("home-none").text(), None),
    };
    let success = match overview.success {
        Some(share) => format!("{}%", percent(ui, share)),
        None => "–".to_owned(),
    };
    vec![
        figure(
            ui.say("home-connected"),
            ui.number(overview.connected),
            Some(ui.say("home-of").with("total", overview.total).text()),
            spark(ui, series, None, |point| Some(point.connected_mean()), whole),
        ),
        figure(
            ui.say("home-events"),
            ui.number(overview.events_a_minute),
            None,
            spark(ui, series, None, |point| Some(point.events as f64), whole),
        ),
        figure(
            ui.say("home-deliveries"),
            ui.number(overview.deliveries_a_minute),
            None,
            spark(ui, series, None, |point| Some(point.delivered as f64), whole),
        ),
        figure(
            ui.say("home-success"),
            success,
            None,
            spark(ui, series, Some(1.0), Point::success, |share| format!("{}%", percent(ui, share))),
        ),
        figure(
            ui.say("home-oldest"),
            oldest,
            waits_for,
            spark(
                ui,
                series,
                None,
                |point| Some(point.waiting_ms as f64 / 1_000.0),
                |seconds| ui.span(Duration::from_secs_f64(seconds)),
            ),
        ),
    ]
}

fn row(ui: &Ui, company: CompanyOverview, today: i64) -> Row {
    Row {
        path: format!("/companies/{}", company.id),
        name: company.name,
        state: company.worst.as_ref().map_or_else(
            || Badge::new(Tone::Off, icon("unplug"), &ui.say("line-none")),
            |source| lines::badge(ui, &source.status),
        ),
        last_event: company.last_event_at.map(|at| ui.ago(at)),
        today: ui.number(today),
        backlog: counted(company.backlog).text(ui.lang),
    }
}
