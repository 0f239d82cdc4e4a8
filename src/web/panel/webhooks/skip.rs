//! What is in a webhook's queue is skipped: asked once, and up to the event that was the newest when it was asked.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::{InWebhook, health, orders};
use crate::admin::{AdminError, SkipInput, WebhookStatusView};
use crate::domain::{EventId, Seq};
use crate::web::panel::parts::{Confirm, Crumbs};
use crate::web::panel::{Administrator, Asked, Frame, Panel, Section, Shown, Ui, Visit, lines, show};

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/{webhook}/skip", get(ask).post(skip))
}

#[derive(Template)]
#[template(path = "panel/webhooks/skip.html")]
struct Skip {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    confirm: Confirm,
}

async fn ask(Administrator(visit): Administrator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    let status = panel.admin.webhook_status(&visit.actor, visit.ui.lang, at.id).await?;
    if status.backlog == 0 {
        return Ok(visit.not_done(&at.path(), visit.ui.say("webhook-skip-nothing").text()));
    }
    let newest = EventId { company: at.company, seq: Seq(status.head) };
    let received = match panel.admin.event(&visit.actor, newest).await {
        Ok(event) => Some(event.received_at),
        // Retention has taken it.
        Err(AdminError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    show(&asking(&visit, &at, &status, newest, received.as_deref()))
}

async fn skip(
    Administrator(visit): Administrator,
    at: InWebhook,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let path = at.path();
    let input = SkipInput { to: asked.text("to").to_owned() };
    match panel.admin.skip(&visit.actor, visit.ui.lang, at.id, &input).await {
        Ok(_) => Ok(visit.done(&path, &visit.ui.say("webhook-skip-done").with("to", input.to))),
        Err(error) => orders::told(&visit, &path, error),
    }
}

fn asking(
    visit: &Visit,
    at: &InWebhook,
    status: &WebhookStatusView,
    newest: EventId,
    received: Option<&str>,
) -> Skip {
    let (ui, path) = (&visit.ui, at.path());
    let goes =
        ui.say("webhook-skip-goes").with("waiting", health::waiting(status)).with("to", newest.to_string());
    let set_aside = health::held(status) + health::count(status, "dead");
    let until = lines::moment(received).map(|at| ui.say("webhook-skip-until").with("when", ui.exact(at)));
    let sentences = [
        Some(goes),
        until,
        Some(ui.say("webhook-skip-kept")),
        (set_aside > 0).then(|| ui.say("webhook-skip-held").with("n", set_aside)),
        Some(ui.say("webhook-skip-later")),
    ];
    Skip {
        confirm: Confirm {
            ui: ui.clone(),
            offer: None,
            csrf: visit.csrf.clone(),
            action: format!("{path}/skip?to={newest}"),
            title: ui.say("webhook-skip-title").with("name", at.webhook.name.as_str()).text(),
            goes: sentences.into_iter().flatten().map(|sentence| sentence.text()).collect(),
            name: None,
            wrong: false,
            button: ui.say("webhook-skip").text(),
            back: path,
        },
        crumbs: at.crumbs(ui),
        frame: visit.frame(Section::Companies).of_company(at.company),
        ui: ui.clone(),
    }
}
