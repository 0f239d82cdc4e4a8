//! The companies of the first page: those that are out of order as rows, the others as cells.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::admin::{Actor, Admin, AdminError, CompanyIs, CompanyRow, OverviewView, Slot};
use crate::watch::counted;
use crate::web::panel::companies::{self as list, Hooks};
use crate::web::panel::parts::Badge;
use crate::web::panel::spark::Hour;
use crate::web::panel::ui::Moment;
use crate::web::panel::{Ui, charts};

/// Those that are out of order.
#[derive(Template)]
#[template(path = "panel/home/rows.html")]
pub struct Rows {
    ui: Ui,
    /// How many companies there are in all, and how many of them are out of order.
    pub total: usize,
    off: usize,
    all_off: String,
    shown: Vec<Row>,
}

impl HtmlSafe for Rows {}

struct Row {
    path: String,
    name: String,
    state: Badge,
    hooks: Hooks,
    /// What is wrong, where neither its line nor its webhooks show it.
    incident: Option<String>,
    last_event: Option<Moment>,
    today: String,
    backlog: String,
    waits: bool,
    hour: Hour,
}

impl Rows {
    pub async fn new(
        admin: &Admin,
        actor: &Actor,
        ui: &Ui,
        overview: OverviewView,
    ) -> Result<Self, AdminError> {
        let mut shown = Vec::with_capacity(overview.rows.len());
        for row in overview.rows {
            let today = admin.events_since(actor, row.company.id, ui.midnight()).await?;
            shown.push(Row::new(ui, row, today));
        }
        let all_off = list::address_of(CompanyIs::OutOfOrder);
        Ok(Self { ui: ui.clone(), total: overview.total, off: overview.off, all_off, shown })
    }
}

impl Row {
    fn new(ui: &Ui, row: CompanyRow, today: i64) -> Self {
        let company = row.company;
        let path = format!("/companies/{}", company.id);
        let is_seen = company.worst.as_ref().is_none_or(|source| source.status.state != "connected");
        let hooks = Hooks::new(ui, &path, company.webhooks);
        // A minute in which the line did not stand all the time; of a company without one nothing is said.
        let has_line = company.worst.is_some();
        let down = |slot: &Slot| has_line && slot.known().is_some_and(|point| point.connected == 0);
        let down: Vec<bool> = row.series.slots.iter().map(down).collect();
        Self {
            hour: charts::hour(ui, &row.series, &down),
            state: list::line_badge(ui, company.worst.as_ref()),
            incident: company.incident.filter(|_| !is_seen && hooks.badge.is_none()),
            hooks,
            last_event: company.last_event_at.map(|at| ui.ago(at)),
            today: ui.number(today),
            waits: company.backlog.events > 0,
            backlog: counted(company.backlog).text(ui.lang),
            name: company.name,
            path,
        }
    }
}

/// The others.
#[derive(Template)]
#[template(path = "panel/home/cells.html")]
pub struct Cells {
    ui: Ui,
    well: usize,
    elsewhere: usize,
    shown: Vec<Cell>,
    /// What has no cell: how many, and where they are.
    more: Vec<(String, String)>,
}

impl HtmlSafe for Cells {}

struct Cell {
    path: String,
    name: String,
    elsewhere: bool,
}

impl Cells {
    pub fn new(ui: &Ui, overview: &OverviewView) -> Self {
        let cell = |cell: &crate::admin::CompanyCell| Cell {
            path: format!("/companies/{}", cell.id),
            name: cell.name.clone(),
            elsewhere: cell.elsewhere,
        };
        let shown: Vec<Cell> = overview.cells.iter().map(cell).collect();
        let others = shown.iter().filter(|cell| cell.elsewhere).count();
        let left = [
            (overview.well - (shown.len() - others), CompanyIs::InOrder),
            (overview.elsewhere - others, CompanyIs::Elsewhere),
        ];
        let more = |(n, is): (usize, CompanyIs)| {
            let words = ui.say("home-cells-more").with("n", n).with("state", is.as_str());
            (list::address_of(is), words.text())
        };
        Self {
            more: left.into_iter().filter(|(n, _)| *n > 0).map(more).collect(),
            ui: ui.clone(),
            well: overview.well,
            elsewhere: overview.elsewhere,
            shown,
        }
    }
}
