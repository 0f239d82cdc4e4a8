//! One webhook: how it is doing, and its latest attempts.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::attempts::Attempts;
use super::health::{self, Step};
use super::identity::Identity;
use super::reach::Reach;
use super::{InWebhook, to_list};
use crate::admin::{AdminError, LastChange, Role, Series, WebhookStatusView, WebhookView};
use crate::web::panel::charts::{self, Charts};
use crate::web::panel::parts::{Badge, Crumbs, Tone};
use crate::web::panel::ui::Moment;
use crate::web::panel::who::who;
use crate::web::panel::{
    Asked, Failed, Frame, Pairs, Panel, Reader, Section, Shown, Ui, Visit, lines, live, show,
};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/webhooks/{webhook}", get(page))
        .route("/companies/{company}/webhooks/{webhook}/live", get(live_parts))
        .route("/companies/{company}/webhooks/{webhook}/charts", get(charts_alone))
}

#[derive(Template)]
#[template(path = "panel/webhooks/page.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    /// Of this page.
    path: String,
    webhook: WebhookView,
    status: WebhookStatusView,
    state: Badge,
    tone: Tone,
    sentence: String,
    /// Who paused it, and when.
    paused_by: Option<String>,
    step: Step,
    /// Events that nobody will send by themselves.
    dead: i64,
    /// Of those, the ones that can be sent again and that nobody has put away; 0 for who may not.
    undelivered: i64,
    operates: bool,
    administers: bool,
    /// Whether its URL can be reached, for who has just saved it.
    reach: Option<Reach>,
    /// Since when it fails.
    since: Option<Moment>,
    figures: Figures,
    attempts: Attempts,
    charts: Charts,
    identity: Identity,
}

/// The numbers over the list; live.
#[derive(Template)]
#[template(path = "panel/webhooks/figures.html")]
struct Figures {
    ui: Ui,
    /// Of the webhook's page.
    path: String,
    oldest: Option<Moment>,
    backlog: String,
    /// Empty for none.
    held: String,
    dead: String,
    last_success: Option<Moment>,
    last_failure: Option<Moment>,
    /// Whether something is in the queue that could be skipped.
    skips: bool,
}

impl HtmlSafe for Figures {}

async fn page(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let (ui, admin, actor) = (&visit.ui, &panel.admin, &visit.actor);
    let path = at.path();
    let charts = if asked.has("span") {
        drawn(&panel, &visit, &at, &asked).await?
    } else {
        let company = format!("/companies/{}", at.company);
        Charts::awaited(ui, &path, &asked, charts::of_webhook(ui, &Series::none(), &[], &company))
    };
    let status = admin.webhook_status(actor, ui.lang, at.id).await?;
    let attempts = Attempts::asked(&panel, &visit, &at, &asked, &status).await?;
    let paused =
        if status.health == "paused" { admin.paused_by(actor, at.company, at.id).await? } else { None };
    let by = |last: LastChange| {
        ui.say("webhook-paused-by").with("who", who(ui, &last.actor)).with("when", ui.exact(last.at)).text()
    };
    let (paused_by, administers) = (paused.map(by), actor.require(Role::Administrator).is_ok());
    let operates = actor.require(Role::Operator).is_ok();
    let dead = health::count(&status, "dead");
    let undelivered = if operates && dead > 0 { admin.undelivered_count(actor, at.id).await? } else { 0 };
    let reach = if operates { Reach::asked(&panel, &visit, &at, &asked).await? } else { None };
    show(&Page {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: to_list(ui, at.company, &at.company_name),
        state: health::badge(ui, &status),
        tone: health::tone(&status),
        sentence: health::sentence(ui, &status),
        step: health::step(&status),
        operates,
        reach,
        since: (status.health == "failing")
            .then(|| lines::moment(status.since.as_deref()))
            .flatten()
            .map(|at| ui.clock(at)),
        figures: figures(ui, &path, &status, administers),
        identity: Identity::of(ui, &path, &at.webhook, administers),
        attempts,
        dead,
        undelivered,
        paused_by,
        administers,
        charts,
        webhook: at.webhook,
        path,
        status,
        ui: ui.clone(),
    })
}

/// The figures; the sentence with its button, the charts and the list follow the state and the minute.
async fn live_parts(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    let (id, path) = (at.id, at.path());
    Ok(panel.hub.stream(&visit, &id.to_string(), move || {
        let (admin, actor, ui, path) = (admin.clone(), actor.clone(), ui.afresh(), path.clone());
        async move {
            let webhook = admin.webhook(&actor, id).await?;
            let status = admin.webhook_status(&actor, ui.lang, id).await?;
            let administers = actor.require(Role::Administrator).is_ok();
            let html = figures(&ui, &path, &status, administers).render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            let (minute, dead) = (charts::minute(&ui), health::count(&status, "dead") > 0);
            let moved = format!("{minute} {} {dead} {}|{}", status.health, webhook.version, tried(&status));
            Ok(vec![("figures".to_owned(), html), (live::MOVED.to_owned(), moved)])
        }
    }))
}

/// When there was an attempt last, to ten seconds: so often the list of them follows.
fn tried(status: &WebhookStatusView) -> i64 {
    let at = |text: &Option<String>| lines::moment(text.as_deref()).map_or(0, |at| at.0 / 10_000_000);
    at(&status.last_success_at).max(at(&status.last_failure_at))
}

async fn charts_alone(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    show(&drawn(&panel, &visit, &at, &asked).await?)
}

async fn drawn(panel: &Panel, visit: &Visit, at: &InWebhook, asked: &Pairs) -> Result<Charts, Failed> {
    let (ui, span) = (&visit.ui, charts::asked(asked)?);
    let series = panel.admin.series_of_webhook(&visit.actor, at.id, span, ui.midnight()).await?;
    let gaps = panel.admin.line_gaps(&visit.actor, at.company, series.reach()).await?;
    let company = format!("/companies/{}", at.company);
    Ok(Charts::drawn(ui, &at.path(), asked, span, charts::of_webhook(ui, &series, &gaps, &company)))
}

fn figures(ui: &Ui, path: &str, status: &WebhookStatusView, administers: bool) -> Figures {
    let moment = |text: &Option<String>| lines::moment(text.as_deref()).map(|at| ui.ago(at));
    let some = |count: i64| if count > 0 { ui.number(count) } else { String::new() };
    Figures {
        oldest: moment(&status.oldest_pending_at),
        backlog: health::backlog(ui, status),
        held: some(health::held(status)),
        dead: some(health::count(status, "dead")),
        last_success: moment(&status.last_success_at),
        last_failure: moment(&status.last_failure_at),
        skips: administers && status.backlog > 0,
        path: path.to_owned(),
        ui: ui.clone(),
    }
}
