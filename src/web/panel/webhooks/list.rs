//! The webhooks of one company.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::health;
use crate::admin::{Actor, Admin, AdminError, Role, WebhookStatusView, WebhookView};
use crate::domain::{CompanyId, WebhookId};
use crate::web::panel::company_page::{CompanyHead, Tab};
use crate::web::panel::parts::{Badge, Empty, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::{Frame, InCompany, Panel, Reader, Section, Shown, Ui, lines, live, show};

/// So often the list is made anew though nothing has happened.
const OLDER_MICROS: i64 = 10_000_000;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/webhooks", get(list))
        .route("/companies/{company}/webhooks/live", get(live_list))
}

#[derive(Template)]
#[template(path = "panel/webhooks/list.html")]
struct Webhooks {
    ui: Ui,
    frame: Frame,
    head: CompanyHead,
    company: String,
    path: String,
    administers: bool,
    /// How they stood when the page was made: it changes when one of them does.
    moved: String,
    at: Moment,
    rows: Vec<Row>,
    empty: Empty,
}

struct Row {
    path: String,
    name: String,
    url: String,
    state: Badge,
    sentence: String,
    backlog: String,
    last_success: Option<Moment>,
    last_failure: Option<Moment>,
}

async fn list(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
) -> Shown {
    let ui = &visit.ui;
    // Before they are read: what changes in between is then seen as a change.
    let moved = moved(&panel.admin, &visit.actor, ui, id).await?;
    let mut rows = Vec::new();
    for webhook in panel.admin.webhooks(&visit.actor, id).await? {
        let Ok(webhook_id) = webhook.id.parse::<WebhookId>() else { continue };
        let status = panel.admin.webhook_status(&visit.actor, ui.lang, webhook_id).await?;
        rows.push(row(ui, format!("/companies/{id}/webhooks/{webhook_id}"), webhook, &status));
    }
    let path = format!("/companies/{id}/webhooks");
    let administers = visit.actor.require(Role::Administrator).is_ok();
    let mut empty = Empty::new(icon("webhook"), &ui.say("webhooks-none"), &ui.say("webhooks-none-text"));
    if administers {
        empty = empty.step(format!("{path}/new"), &ui.say("webhooks-new"));
    }
    show(&Webhooks {
        path,
        administers,
        moved,
        at: ui.clock(ui.now),
        empty,
        frame: visit.frame(Section::Companies).of_company(id),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Webhooks),
        company: company.name,
        rows,
        ui: ui.clone(),
    })
}

/// Tells pages that a webhook of the company stands otherwise than before, or that some time has gone by.
async fn live_list(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
) -> Response {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    panel.hub.stream(&visit, &format!("webhooks of {id}"), move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move { Ok(vec![(live::MOVED.to_owned(), moved(&admin, &actor, &ui, id).await?)]) }
    })
}

/// A word that changes when the list does, and every ten seconds: times grow older by themselves.
async fn moved(admin: &Admin, actor: &Actor, ui: &Ui, id: CompanyId) -> Result<String, AdminError> {
    let stand = admin.webhooks_stand(actor, id).await?;
    Ok(format!("|{stand} {}", ui.now.0 / OLDER_MICROS))
}

fn row(ui: &Ui, path: String, webhook: WebhookView, status: &WebhookStatusView) -> Row {
    let moment = |text: &Option<String>| lines::moment(text.as_deref()).map(|at| ui.ago(at));
    Row {
        path,
        state: health::badge(ui, status),
        sentence: health::sentence(ui, status),
        backlog: health::backlog(ui, status),
        last_success: moment(&status.last_success_at),
        last_failure: moment(&status.last_failure_at),
        name: webhook.name,
        url: webhook.url,
    }
}
