//! The page of one company: the head with its tabs, which every page of a company begins with, and the tab *Conexão*:
//! each source with its state, its last 24 hours and its history.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::choose::Switch;
use super::first_hour::Checklist;
use super::flow::Picture;
use super::parts::{Badge, Empty, Pager, icon};
use super::ui::Moment;
use super::{
    Asked, Failed, Frame, InCompany, Pairs, Panel, Reader, Section, Shown, Ui, Visit, lanes, lines, live,
    show, source_fields,
};
use crate::admin::{Actor, Admin, AdminError, Lanes, Role, SourceView, StretchView};
use crate::domain::{CompanyId, SourceId, Timestamp};
use crate::sources;
use crate::web::panel::charts::{self, Charts};
use crate::web::panel::line_day::LineDay;
use crate::web::panel::line_past::Entry;

/// Rows of the history on a page.
const HISTORY: u32 = 12;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}", get(connection))
        .route("/companies/{company}/live", get(live_parts))
        .route("/companies/{company}/charts", get(charts_alone))
}

/// The pages of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Connection,
    Events,
    Calls,
    Contacts,
    Board,
    Webhooks,
    Diagnosis,
    Settings,
}

/// Name and tabs, as every page of a company begins. `{{ head }}` in a template.
#[derive(Template)]
#[template(path = "panel/parts/company_head.html")]
pub struct CompanyHead {
    name: String,
    label: String,
    tabs: Vec<(String, String, bool)>,
    /// The way to other companies; none where there is none.
    switch: Option<Switch>,
}

impl HtmlSafe for CompanyHead {}

impl CompanyHead {
    pub fn new(visit: &Visit, company: CompanyId, name: &str, here: Tab) -> Self {
        let ui = &visit.ui;
        let mut tabs = vec![
            (Tab::Connection, "", ui.say("company-tab-connection")),
            (Tab::Webhooks, "/webhooks", ui.say("webhooks-title")),
        ];
        if visit.actor.role >= Role::Operator {
            tabs.push((Tab::Diagnosis, "/diagnosis", ui.say("diagnosis-title")));
        }
        if visit.actor.role == Role::Administrator {
            tabs.push((Tab::Settings, "/settings", ui.say("company-tab-settings")));
        }
        // What spans companies too stands behind what is the company's alone.
        tabs.extend([
            (Tab::Events, "/events", ui.say("events-title")),
            (Tab::Calls, "/calls", ui.say("calls-title")),
            (Tab::Contacts, "/contacts", ui.say("contacts-title")),
            (Tab::Board, "/board", ui.say("board-title")),
        ]);
        // Who goes to another company goes on with what they are looking at.
        let to = tabs.iter().find(|(tab, ..)| *tab == here).map_or("", |(_, path, _)| *path);
        let link = |(tab, path, label): (Tab, &str, crate::texts::Saying)| {
            (format!("/companies/{company}{path}"), label.text(), tab == here)
        };
        Self {
            name: name.to_owned(),
            label: ui.say("company-tabs").text(),
            switch: Switch::of(visit, company, to),
            tabs: tabs.into_iter().map(link).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "panel/company.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    name: String,
    head: CompanyHead,
    operates: bool,
    /// Where the page's stream is.
    live: String,
    empty: Empty,
    first_hour: Option<Checklist>,
    picture: Picture,
    charts: Charts,
    cards: Vec<Card>,
}

/// One source.
struct Card {
    id: String,
    path: String,
    title: String,
    wanted: bool,
    /// A pause between two tries that connecting would end.
    waits: bool,
    line: Line,
    day: Option<LineDay>,
    history: Vec<Entry>,
    pager: Pager,
}

impl Card {
    /// There is a gap in its history.
    fn misses(&self) -> bool {
        self.history.iter().any(|entry| entry.loss.is_some())
    }
}

/// What is live of a source.
#[derive(Template)]
#[template(path = "panel/company_line.html")]
pub struct Line {
    ui: Ui,
    badge: Badge,
    since: Option<Moment>,
    /// What is the matter and what to do; not for what is well.
    sentence: Option<String>,
    /// Where a refused token is mended, for who may.
    mends: Option<String>,
    /// Posts that were not taken.
    refused: Vec<String>,
    facts: Vec<Fact>,
}

/// What stands around a source, for its live part.
#[derive(Clone, Copy)]
struct Around<'a> {
    role: Role,
    today: lines::Today,
    /// Where the doors are.
    doors: Option<&'a str>,
}

impl HtmlSafe for Line {}

struct Fact {
    label: String,
    value: Value,
}

enum Value {
    Moment(Moment),
    Code(String),
    Text(String),
    /// What is said where there is none.
    Nothing(String),
}

async fn connection(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let ui = &visit.ui;
    let sources = panel.admin.sources(&visit.actor, ui.lang, id).await?;
    let today = lines::Today::of(&panel.admin, &visit.actor, ui, id, &sources).await?;
    let mut cards = Vec::with_capacity(sources.len());
    for source in &sources {
        let at = asked.given("cursor").filter(|_| asked.text("source") == source.id);
        let place = (at, charts::kept(&asked));
        cards.push(card(&panel.admin, &visit, id, source, today, place).await?);
    }
    let picture = panel.admin.line_picture(&visit.actor, ui.lang, id).await?;
    let charts = if asked.has("span") {
        drawn(&panel, &visit, id, &asked).await?
    } else {
        let path = format!("/companies/{id}");
        Charts::awaited(ui, &path, &asked, lanes::drawn(ui, &Lanes::awaited(&picture), &path))
    };
    let text = ui.say("company-no-source-text").with("provider", source_fields::usual());
    let mut empty = Empty::new(icon("unplug"), &ui.say("company-no-source"), &text);
    if visit.actor.role == Role::Administrator {
        empty = empty.step(format!("/companies/{id}/sources/new"), &ui.say("source-new"));
    }
    show(&Page {
        frame: visit.frame(Section::Companies).of_company(id),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Connection),
        name: company.name,
        operates: visit.actor.require(Role::Operator).is_ok(),
        live: format!("/companies/{id}/live"),
        empty,
        first_hour: Checklist::of(&panel, &visit, id).await?,
        picture: Picture::new(ui, id, picture),
        charts,
        cards,
        ui: ui.clone(),
    })
}

async fn charts_alone(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    show(&drawn(&panel, &visit, id, &asked).await?)
}

async fn drawn(panel: &Panel, visit: &Visit, id: CompanyId, asked: &Pairs) -> Result<Charts, Failed> {
    let (ui, span) = (&visit.ui, charts::asked(asked)?);
    let found = panel.admin.lanes(&visit.actor, ui.lang, id, span, ui.midnight()).await?;
    let path = format!("/companies/{id}");
    Ok(Charts::drawn(ui, &path, asked, span, lanes::drawn(ui, &found, &path)))
}

/// Each source's live part under the source's id; its buttons, its day and its history follow its state and the minute.
async fn live_parts(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    // The same to all who came the same way.
    let doors = visit.doors.clone();
    let what = format!("{id} {}", doors.as_deref().unwrap_or_default());
    Ok(panel.hub.stream(&visit, &what, move || {
        let (admin, actor, ui, doors) = (admin.clone(), actor.clone(), ui.afresh(), doors.clone());
        async move {
            let sources = admin.sources(&actor, ui.lang, id).await?;
            let today = lines::Today::of(&admin, &actor, &ui, id, &sources).await?;
            let (mut fragments, mut moved) = (Vec::new(), charts::minute(&ui).to_string());
            for source in sources {
                let around = Around { role: actor.role, today, doors: doors.as_deref() };
                let refused = lines::refused(&admin, &actor, &ui, &source).await?;
                let html = line(&ui, around, &source, refused).render();
                let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
                moved.extend([" ", source.status.state, if source.connect { "+" } else { "-" }]);
                moved.push_str(&newest(&admin, &actor, &source).await?);
                fragments.push((source.id, html));
            }
            let picture = Picture::new(&ui, id, admin.line_picture(&actor, ui.lang, id).await?).render();
            let picture = picture.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            fragments.push(("flow".to_owned(), picture));
            fragments.push((live::MOVED.to_owned(), moved));
            Ok(fragments)
        }
    }))
}

/// The newest of a line's history, as a word: it is written down a moment after the state has changed.
async fn newest(admin: &Admin, actor: &Actor, source: &SourceView) -> Result<String, AdminError> {
    let (None, Ok(id)) = (&source.path, source.id.parse::<SourceId>()) else { return Ok(String::new()) };
    let page = admin.line_history(actor, id, None, 1).await?;
    let word = |stretch: &StretchView| format!("{}{}", stretch.from.0, u8::from(stretch.to.is_some()));
    Ok(page.items.first().map(word).unwrap_or_default())
}

async fn card(
    admin: &Admin,
    visit: &Visit,
    company: CompanyId,
    source: &SourceView,
    today: lines::Today,
    (at, span): (Option<&str>, String),
) -> Result<Card, Failed> {
    let ui = &visit.ui;
    let id: SourceId = source.id.parse().map_err(|_| AdminError::not_found("source", &source.id))?;
    let is_line = source.path.is_none();
    let (mut day, mut history, mut next) = (None, Vec::new(), None);
    if is_line {
        let since = Timestamp(ui.now.0 - 86_400_000_000);
        let stretches = admin.line_since(&visit.actor, id, since).await?;
        day = Some(LineDay::new(ui, since, &stretches));
        let page = admin.line_history(&visit.actor, id, at, HISTORY).await?;
        for stretch in &page.items {
            let loss = admin.estimated_loss(&visit.actor, id, stretch).await?;
            history.push(Entry::new(ui, stretch, loss));
        }
        next = page.next;
    }
    let path = format!("/companies/{company}?{span}source={}", source.id);
    let around = Around { role: visit.actor.role, today, doors: visit.doors.as_deref() };
    let refused = lines::refused(admin, &visit.actor, ui, source).await?;
    Ok(Card {
        path: format!("/companies/{company}/sources/{}", source.id),
        title: ui.say("company-line-with").with("provider", sources::name(source.provider)).text(),
        wanted: source.connect,
        waits: matches!(source.status.state, "waiting" | "refused"),
        line: line(ui, around, source, refused),
        day,
        history,
        pager: Pager::new(ui, &path, at, next.as_deref()),
        id: source.id.clone(),
    })
}

/// The live part of a source, as the page and its stream show it.
fn line(ui: &Ui, around: Around<'_>, source: &SourceView, refused: Vec<String>) -> Line {
    let Around { role, today, doors } = around;
    let (status, is_line) = (&source.status, source.path.is_none());
    let is_served = crate::sources::named(source.provider).is_some();
    let moment = |text: &Option<String>| match lines::moment(text.as_deref()) {
        Some(at) => Value::Moment(ui.ago(at)),
        None => Value::Nothing(ui.say("company-nothing").text()),
    };
    let mut facts = vec![
        (ui.say("company-last-event").text(), moment(&status.last_event_at)),
        (today.label(ui), Value::Text(ui.number(today.events))),
    ];
    if is_line {
        facts.push((ui.say("company-ping").text(), moment(&status.last_ping_at)));
        let session = match &status.socket_id {
            Some(session) => Value::Code(session.clone()),
            None => Value::Nothing(ui.say("company-no-session").text()),
        };
        facts.push((ui.say("company-session").text(), session));
        facts.push((ui.say("company-server").text(), Value::Code(host(source_fields::server(source)))));
    }
    let token = match lines::hidden_token(ui, source) {
        Some(words) => Value::Text(words),
        None => Value::Code(source.token_mask.clone()),
    };
    facts.push((ui.say("source-token").text(), token));
    for path in source.path.iter().chain(&source.other_paths) {
        let address = source_fields::address(source.provider, doors, path, &source.token_mask);
        facts.push((source_fields::address_label(ui, doors), Value::Code(address)));
    }
    if let Some(header) = &source.token_header {
        facts.push((ui.say("company-token-header").text(), Value::Code(header.clone())));
    }
    if let Some(account) = &source.account {
        facts.push((source_fields::account_label(ui, source), Value::Code(account.clone())));
    }
    let mends = status.state == "refused" && role == Role::Administrator && is_line;
    let since = lines::moment(status.since.as_deref()).filter(|_| status.state != "waiting");
    let is_well = status.state == "connected" && status.foreign_company.is_none();
    Line {
        badge: lines::badge(ui, status),
        // One that waits says when it is tried again.
        since: since.map(|at| ui.ago(at)),
        sentence: (!is_well && (status.state != "stopped" || !is_served)).then(|| status.sentence.clone()),
        mends: mends.then(|| format!("/companies/{}/sources/{}", source.company_id, source.id)),
        refused,
        facts: facts.into_iter().map(|(label, value)| Fact { label, value }).collect(),
        ui: ui.clone(),
    }
}

fn host(url: Option<&str>) -> String {
    let url = url.and_then(|url| url::Url::parse(url).ok());
    let host = url.as_ref().and_then(|url| {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}{port}", url.host_str()?))
    });
    host.unwrap_or_default()
}

/// The source that `{source}` in the path names, which has to be this company's.
pub async fn source_of(
    admin: &Admin,
    visit: &Visit,
    company: CompanyId,
    raw: &str,
) -> Result<(SourceId, SourceView), AdminError> {
    let id: SourceId = raw.parse().map_err(|_| AdminError::not_found("source", raw))?;
    let source = admin.source(&visit.actor, visit.ui.lang, id).await?;
    if source.company_id != company.to_string() {
        return Err(AdminError::not_found("source", raw));
    }
    Ok((id, source))
}
