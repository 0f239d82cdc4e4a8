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
use crate::web::panel::pairs::address;
use crate::web::panel::parts::{Empty, Pager, icon};
use crate::web::panel::{Asked, Failed, Frame, Panel, Reader, Section, Shown, Ui, show};

/// Open ones on a page, so that it stays below 100,000 bytes; there are more only where a whole network is away.
const OPEN: u32 = 40;
const CLOSED: u32 = 50;
const OPEN_ONES: &str = "/incidents";
const LIVE: &str = "/incidents/live";

pub fn routes() -> Router<Panel> {
    Router::new().route(OPEN_ONES, get(list)).route(LIVE, get(live))
}

#[derive(Template)]
#[template(path = "panel/incidents/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    closed: bool,
    /// Where the live part comes from, and where a step of its rows leads back to.
    stream: String,
    back: String,
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
    /// How many there are in all, where the worst of them are listed.
    of: Option<usize>,
    empty: Empty,
    pager: Pager,
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
    let open_from = cursor.filter(|_| !closed);
    let from_there =
        |path: &str| open_from.map_or_else(|| path.to_owned(), |at| address(path, &[("cursor", at)]));
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
        open: open(&panel.admin, &visit.actor, ui, open_from).await?,
        stream: from_there(LIVE),
        back: from_there(OPEN_ONES),
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

async fn live(
    Reader(visit): Reader,
    Asked(asked): Asked,
    State(panel): State<Panel>,
) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    let from = asked.given("cursor").map(str::to_owned);
    let what = format!("incidents {}", from.as_deref().unwrap_or_default());
    Ok(panel.hub.stream(&visit, &what, move || {
        let (admin, actor, ui, from) = (admin.clone(), actor.clone(), ui.afresh(), from.clone());
        async move {
            let html = open(&admin, &actor, &ui, from.as_deref()).await?.render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            Ok(vec![("open".to_owned(), html)])
        }
    }))
}

/// Those of the page that begins at `from`; the first ones where so many are not open any more.
async fn open(admin: &Admin, actor: &Actor, ui: &Ui, from: Option<&str>) -> Result<OpenOnes, AdminError> {
    let query = |cursor: Option<&str>| IncidentQuery {
        limit: Some(OPEN),
        cursor: cursor.map(str::to_owned),
        ..IncidentQuery::default()
    };
    let mut page = admin.incidents(actor, ui.lang, &query(from)).await?;
    let begins_there = from.filter(|_| !page.items.is_empty());
    if from.is_some() && begins_there.is_none() {
        page = admin.incidents(actor, ui.lang, &query(None)).await?;
    }
    let counts = admin.incident_counts(actor);
    let mut lead = ui.say("incidents-lead-open").with("n", counts.all()).text();
    if counts.silent > 0 {
        lead = format!("{lead} {}.", ui.say("incidents-silent").with("n", counts.silent));
    }
    Ok(OpenOnes {
        lead,
        of: (begins_there.is_none() && page.next.is_some()).then(|| counts.all()),
        pager: Pager::new(ui, OPEN_ONES, begins_there, page.next.as_deref()),
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
