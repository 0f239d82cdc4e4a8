//! One incident: what is the matter, what it costs, what comes next, and what happened.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;

use super::rows::{Row, lasted, row};
use crate::admin::{AdminError, IncidentEntry};
use crate::domain::IncidentId;
use crate::domain::incident::Step;
use crate::web::panel::parts::{Icon, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::{Frame, Panel, Reader, Section, Shown, Ui, lines, show};

pub fn routes() -> Router<Panel> {
    Router::new().route("/incidents/{incident}", get(page))
}

#[derive(Template)]
#[template(path = "panel/incidents/page.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    row: Row,
    path: String,
    /// The class of what it costs.
    cost: &'static str,
    company: Option<(String, String)>,
    webhooks: Vec<(String, String)>,
    closed: Option<Moment>,
    lasted: Option<String>,
    notes: bool,
    history: Vec<Happened>,
    earlier: Vec<Before>,
}

struct Happened {
    at: Option<Moment>,
    icon: Icon,
    what: String,
    text: Option<String>,
}

struct Before {
    path: String,
    title: String,
    lasted: Option<String>,
}

/// The incident that a path names.
pub fn id(raw: &str) -> Result<IncidentId, AdminError> {
    raw.parse().map_err(|_| AdminError::not_found("incident", raw))
}

async fn page(Reader(visit): Reader, Path(raw): Path<String>, State(panel): State<Panel>) -> Shown {
    let ui = &visit.ui;
    let one = panel.admin.incident(&visit.actor, ui.lang, id(&raw)?).await?;
    let incident = one.incident;
    let company = incident.company_id.as_ref().map(|id| format!("/companies/{id}"));
    let webhooks = incident.webhooks.iter().filter_map(|webhook| {
        Some((format!("{}/webhooks/{}", company.as_deref()?, webhook.id), webhook.name.clone()))
    });
    show(&Page {
        cost: if incident.closed_at.is_some() { "over" } else { incident.cost.as_str() },
        webhooks: webhooks.collect(),
        company: company.clone().filter(|_| incident.has_company).zip(incident.company_name.clone()),
        closed: lines::moment(incident.closed_at.as_deref()).map(|at| ui.clock(at)),
        lasted: lasted(ui, &incident),
        path: format!("/incidents/{raw}"),
        notes: visit.actor.role >= crate::admin::Role::Operator,
        history: one.history.into_iter().map(|entry| happened(ui, entry)).collect(),
        earlier: one
            .earlier
            .into_iter()
            .map(|before| Before {
                path: format!("/incidents/{}", before.id.as_deref().unwrap_or_default()),
                lasted: lasted(ui, &before),
                title: before.title,
            })
            .collect(),
        row: row(ui, &visit.actor, incident),
        frame: visit.frame(Section::Home),
        ui: ui.clone(),
    })
}

fn happened(ui: &Ui, entry: IncidentEntry) -> Happened {
    let step = ui.say("incident-step").with("step", entry.step.as_str()).text();
    let what = match entry.by {
        Some(by) => ui.say("incident-step-by").with("step", step).with("who", by).text(),
        None => step,
    };
    let until = lines::moment(entry.until.as_deref())
        .map(|until| ui.say("incident-silenced-until").with("until", ui.minute(until)).text());
    let icon = match entry.step {
        Step::Opened | Step::Again => icon("triangle-alert"),
        Step::Changed => icon("refresh-cw"),
        Step::Acknowledged => icon("user-round-cog"),
        Step::Silenced => icon("bell-off"),
        Step::Heard => icon("bell-ring"),
        Step::Noted => icon("pencil"),
        Step::Told => icon("send"),
        Step::NotTold => icon("circle-x"),
        Step::Closed => icon("circle-check"),
    };
    Happened {
        at: lines::moment(Some(&entry.at)).map(|at| ui.clock(at)),
        icon,
        what,
        text: entry.text.or(until),
    }
}
