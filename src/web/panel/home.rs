//! The first page: is everything all right? Five figures, what needs attention with its button, and the companies, worst
//! first. All of it is live.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::chart::Spark;
use super::charts::{percent, spark};
use super::parts::{Badge, Empty, Tone, icon};
use super::ui::Moment;
use super::webhooks::health;
use super::{Failed, Frame, Panel, Reader, Section, Shown, Ui, lines, show};
use crate::admin::{Actor, Admin, AdminError, AlertView, CompanyOverview, OverviewView, Role, Series, Span};
use crate::domain::{Point, Timestamp};
use crate::texts::Saying;
use crate::watch::attention::{Kind, Level};
use crate::watch::counted;

/// Companies that are listed; the others stand on their own page.
const COMPANIES: usize = 30;
/// Alerts that are listed.
const ALERTS: u32 = 12;

pub fn routes() -> Router<Panel> {
    Router::new().route("/", get(home)).route("/live", get(live))
}

#[derive(Template)]
#[template(path = "panel/home.html")]
struct Home {
    ui: Ui,
    frame: Frame,
    registers: bool,
    state: HomeState,
}

/// The live part.
#[derive(Template)]
#[template(path = "panel/home_state.html")]
struct HomeState {
    ui: Ui,
    figures: Vec<Figure>,
    alerts: Vec<Alert>,
    /// How many there are beyond those listed.
    more_alerts: usize,
    /// What is so although nothing is wrong: companies whose events do not arrive just now.
    quiet: Vec<String>,
    rows: Vec<Row>,
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

struct Alert {
    level: Badge,
    company: Option<String>,
    since: Option<Moment>,
    sentence: String,
    /// Where its button leads, and what it says.
    button: Option<(String, String)>,
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
    let registers = visit.actor.role == Role::Administrator && visit.actor.companies.is_none();
    show(&Home {
        frame: visit.frame(Section::Home),
        registers,
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
    let attention = admin.attention(actor, ui.lang, ALERTS).await?;
    let series = admin.series(actor, Span::Hour, Timestamp::default()).await?;
    let (figures, quiet) = (figures(ui, &overview, &series), quiet(ui, &overview));
    let mut rows = Vec::with_capacity(overview.companies.len());
    for company in overview.companies {
        let today = admin.events_since(actor, company.id, ui.midnight()).await?;
        rows.push(row(ui, company, today));
    }
    let more_alerts = attention.total - attention.items.len();
    let mut empty = Empty::new(icon("building-2"), &ui.say("companies-none"), &ui.say("companies-none-text"));
    if actor.role == Role::Administrator && actor.companies.is_none() {
        empty = empty.step("/companies/new", &ui.say("company-new"));
    }
    Ok(HomeState {
        figures,
        alerts: attention.items.into_iter().map(|alert| alert_of(ui, actor, alert)).collect(),
        more_alerts,
        quiet,
        rows,
        total: overview.total,
        empty,
        ui: ui.clone(),
    })
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

fn alert_of(ui: &Ui, actor: &Actor, alert: AlertView) -> Alert {
    let level = match alert.level {
        Level::Critical => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("home-critical")),
        Level::Warning => Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("home-warning")),
        Level::Notice => Badge::new(Tone::Info, icon("info"), &ui.say("home-notice")),
    };
    let company = alert.company_id.as_deref().map(|id| format!("/companies/{id}"));
    let source = || Some(format!("{}/sources/{}", company.as_deref()?, alert.source_id.as_deref()?));
    let webhook = || Some(format!("{}/webhooks/{}", company.as_deref()?, alert.webhook_id.as_deref()?));
    let button = match alert.kind {
        Kind::TokenRefused | Kind::TokenExpired | Kind::TokenExpires if actor.role == Role::Administrator => {
            source().map(|path| (path, ui.say("home-change-token").text()))
        }
        Kind::TokenRefused
        | Kind::TokenExpired
        | Kind::TokenExpires
        | Kind::GapOpen
        | Kind::NotConnected
        | Kind::Silence
        | Kind::NotServed
        | Kind::EventsRefused
        | Kind::EventsLost => company.map(|path| (path, ui.say("home-see-connection").text())),
        Kind::CallsNotRouted => {
            company.map(|path| (format!("{path}/calls"), ui.say("home-see-calls").text()))
        }
        // Nothing to press: the sentence says what to do on the machine.
        Kind::NotWriting | Kind::NotOurs | Kind::DiskLow => None,
        Kind::DutyFailing => (actor.role == Role::Administrator)
            .then(|| ("/account/system".to_owned(), ui.say("home-see-system").text())),
        // Its page says what to do and has the button that does it: the failures, or going on.
        Kind::WebhookFailing => webhook()
            .map(|path| (format!("{path}?outcome=failed#attempts"), ui.say("webhook-see-failures").text())),
        Kind::EventsDead | Kind::EventsCrowdedOut => {
            webhook().map(|path| (format!("{path}/held?state=dead"), ui.say("webhook-see-dead").text()))
        }
        Kind::EventsExpired
        | Kind::EventFailing
        | Kind::WebhookNotStarted
        | Kind::WebhookGone
        | Kind::WebhookPaused => webhook().map(|path| (path, ui.say("home-see-webhook").text())),
    };
    Alert {
        level,
        company: match (alert.company_name, alert.webhook_name) {
            (Some(company), Some(webhook)) => Some(format!("{company} · {webhook}")),
            (company, _) => company,
        },
        since: lines::moment(Some(&alert.since)).map(|at| ui.ago(at)),
        sentence: match health::next_try(ui, alert.next_try_at.as_deref()) {
            Some(next) if alert.kind == Kind::WebhookFailing => format!("{} {next}", alert.sentence),
            _ => alert.sentence,
        },
        button,
    }
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
