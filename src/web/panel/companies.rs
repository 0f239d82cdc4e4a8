//! The companies, each with the state of its line.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::parts::{Badge, Empty, Pager, Tone, icon};
use super::ui::Moment;
use super::{Asked, Frame, Panel, Reader, Section, Shown, Ui, lines, show};
use crate::admin::{CompanyView, Role, SourceView};
use crate::sources;

/// Rows of a page.
const ON_A_PAGE: u32 = 50;

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies", get(list))
}

#[derive(Template)]
#[template(path = "panel/companies.html")]
struct Companies {
    ui: Ui,
    frame: Frame,
    rows: Vec<Row>,
    /// The person may register companies.
    registers: bool,
    empty: Empty,
    pager: Pager,
}

struct Row {
    path: String,
    name: String,
    state: Badge,
    /// What it means and what to do, where the state is bad.
    advice: Option<String>,
    last_event: Option<Moment>,
    sources: String,
}

async fn list(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let (ui, at) = (&visit.ui, asked.given("cursor"));
    let page = panel.admin.companies(&visit.actor, at, ON_A_PAGE).await?;
    let mut rows = Vec::with_capacity(page.items.len());
    for company in page.items {
        let sources = match company.id.parse() {
            Ok(id) => panel.admin.sources(&visit.actor, ui.lang, id).await?,
            Err(_) => Vec::new(),
        };
        rows.push(row(ui, company, &sources));
    }
    let registers = visit.actor.role == Role::Administrator && visit.actor.companies.is_none();
    let mut empty = Empty::new(icon("building-2"), &ui.say("companies-none"), &ui.say("companies-none-text"));
    if registers {
        empty = empty.step("/companies/new", &ui.say("company-new"));
    }
    show(&Companies {
        frame: visit.frame(Section::Companies),
        rows,
        registers,
        empty,
        pager: Pager::new(ui, "/companies", at, page.next.as_deref()),
        ui: ui.clone(),
    })
}

fn row(ui: &Ui, company: CompanyView, sources: &[SourceView]) -> Row {
    let worst = lines::worst(sources);
    let state = worst.map_or_else(
        || Badge::new(Tone::Off, icon("unplug"), &ui.say("line-none")),
        |source| lines::badge(ui, &source.status),
    );
    let heard =
        sources.iter().filter_map(|source| lines::moment(source.status.last_event_at.as_deref())).max();
    let providers: Vec<_> = sources.iter().map(|source| sources::name(source.provider).to_owned()).collect();
    Row {
        path: format!("/companies/{}", company.id),
        name: company.name,
        state,
        advice: worst
            .filter(|source| lines::badness(&source.status) > 2)
            .map(|source| source.status.sentence.clone()),
        last_event: heard.map(|at| ui.ago(at)),
        sources: providers.join(", "),
    }
}
