//! The webhooks of one company.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::health;
use crate::admin::{Role, WebhookStatusView, WebhookView};
use crate::domain::WebhookId;
use crate::web::panel::company_page::{CompanyHead, Tab};
use crate::web::panel::parts::{Badge, Empty, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::{Frame, InCompany, Panel, Reader, Section, Shown, Ui, lines, show};

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks", get(list))
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
        empty,
        frame: visit.frame(Section::Companies).of_company(id),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Webhooks),
        company: company.name,
        rows,
        ui: ui.clone(),
    })
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
