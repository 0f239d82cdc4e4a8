//! A webhook is deleted: asked once, by its name.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::{InWebhook, health};
use crate::admin::WebhookStatusView;
use crate::web::panel::parts::{Confirm, Crumbs};
use crate::web::panel::{Administrator, Frame, Panel, Section, Sent, Shown, Ui, Visit, refuse, show};

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/{webhook}/delete", get(ask).post(delete))
}

#[derive(Template)]
#[template(path = "panel/webhooks/delete.html")]
struct Delete {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    confirm: Confirm,
}

async fn ask(Administrator(visit): Administrator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    let status = panel.admin.webhook_status(&visit.actor, visit.ui.lang, at.id).await?;
    show(&deleting(&visit, &at, &status, false))
}

async fn delete(
    Administrator(visit): Administrator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    if typed.text("name").trim() != at.webhook.name {
        let status = panel.admin.webhook_status(&visit.actor, visit.ui.lang, at.id).await?;
        return refuse(&deleting(&visit, &at, &status, true));
    }
    panel.admin.delete_webhook(&visit.actor, at.id).await?;
    let list = format!("/companies/{}/webhooks", at.company);
    Ok(visit.done(&list, &visit.ui.say("webhook-deleted")))
}

fn deleting(visit: &Visit, at: &InWebhook, status: &WebhookStatusView, wrong: bool) -> Delete {
    let (ui, path) = (&visit.ui, at.path());
    let frame = visit.frame(Section::Companies).of_company(at.company);
    let goes = [
        ui.say("webhook-delete-goes").with("name", at.webhook.name.as_str()),
        ui.say("webhook-delete-queue").with("waiting", health::waiting(status)),
        ui.say("webhook-delete-stays"),
    ];
    Delete {
        confirm: Confirm {
            ui: ui.clone(),
            offer: None,
            csrf: visit.csrf.clone(),
            action: format!("{path}/delete"),
            title: ui.say("webhook-delete").text(),
            goes: goes.map(|sentence| sentence.text()).into(),
            name: Some(at.webhook.name.clone()),
            wrong,
            button: ui.say("webhook-delete").text(),
            back: path,
        },
        crumbs: at.crumbs(ui),
        frame,
        ui: ui.clone(),
    }
}
