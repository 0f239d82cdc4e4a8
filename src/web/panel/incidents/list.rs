//! All incidents: those that are open, live, and those that are closed, page by page.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::rows::{Group, Loss, groups, lasted, who};
use crate::admin::{Actor, Admin, AdminError, IncidentQuery, IncidentView};
use crate::texts::Saying;
use crate::web::panel::parts::{Empty, Pager, icon};
use crate::web::panel::{Asked, Failed, Frame, Panel, Reader, Section, Shown, Ui, show};

/// Open ones on the page; there are more only where a whole network is away.
const OPEN: u32 = 200;
const CLOSED: u32 = 50;

pub fn routes() -> Router<Panel> {
    Router::new().route("/incidents", get(list)).route("/incidents/live", get(live))
}

#[derive(Template)]
#[template(path = "panel/incidents/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    closed: bool,
    open: OpenOnes,
    past: Vec<Past>,
    empty: Empty,
    pager: Pager,
}

/// The live part.
#[derive(Template)]
#[template(path = "panel/incidents/open.html")]
struct OpenOnes {
    ui: Ui,
    lead: String,
    groups: Vec<Group>,
    /// How many there are in all, if more than are listed.
    of: Option<usize>,
    empty: Empty,
}

impl HtmlSafe for OpenOnes {}

/// One that is over.
struct Past {
    path: String,
    title: String,
    who: String,
    lasted: Option<String>,
    sentence: String,
    taken: Option<String>,
}

async fn list(Reader(visit): Reader, Asked(asked): Asked, State(panel): State<Panel>) -> Shown {
    let ui = &visit.ui;
    let closed = asked.given("state") == Some("closed");
    let cursor = asked.given("cursor");
    let mut past = crate::admin::Page { items: Vec::new(), next: None };
    if closed {
        let query = IncidentQuery {
            state: Some("closed".to_owned()),
            cursor: cursor.map(str::to_owned),
            limit: Some(CLOSED),
            ..IncidentQuery::default()
        };
        past = panel.admin.incidents(&visit.actor, ui.lang, &query).await?;
    }
    show(&List {
        closed,
        open: open(&panel.admin, &visit.actor, ui).await?,
        pager: Pager::new(ui, "/incidents?state=closed", cursor, past.next.as_deref()),
        past: past.items.into_iter().map(|incident| over(ui, incident)).collect(),
        empty: nothing(ui, &ui.say("incidents-closed-none")),
        frame: visit.frame(Section::Home),
        ui: ui.clone(),
    })
}

fn nothing(ui: &Ui, what: &Saying) -> Empty {
    Empty::new(icon("circle-check"), what, &ui.say("incidents-none-text"))
}

async fn live(Reader(visit): Reader, State(panel): State<Panel>) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    Ok(panel.hub.stream(&visit, "incidents", move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move {
            let html = open(&admin, &actor, &ui).await?.render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            Ok(vec![("open".to_owned(), html)])
        }
    }))
}

async fn open(admin: &Admin, actor: &Actor, ui: &Ui) -> Result<OpenOnes, AdminError> {
    let query = IncidentQuery { limit: Some(OPEN), ..IncidentQuery::default() };
    let page = admin.incidents(actor, ui.lang, &query).await?;
    let counts = admin.incident_counts(actor);
    let mut lead = ui.say("incidents-lead-open").with("n", counts.all()).text();
    if counts.silent > 0 {
        lead = format!("{lead} {}.", ui.say("incidents-silent").with("n", counts.silent));
    }
    Ok(OpenOnes {
        lead,
        of: page.next.is_some().then(|| counts.all()),
        groups: groups(ui, actor, page.items),
        empty: nothing(ui, &ui.say("incidents-none")),
        ui: ui.clone(),
    })
}

fn over(ui: &Ui, incident: IncidentView) -> Past {
    Past {
        path: format!("/incidents/{}", incident.id.as_deref().unwrap_or_default()),
        who: who(ui, &incident),
        lasted: lasted(ui, &incident),
        sentence: match Loss::of(ui, &incident) {
            Some(loss) => format!("{} {}.", incident.sentence, loss.sentence).trim_start().to_owned(),
            None => incident.sentence,
        },
        taken: incident.acknowledged_by,
        title: incident.title,
    }
}
