//! What an operator tells a webhook: pause, go on, send an event again, give one up.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;

use super::InWebhook;
use crate::admin::{AdminError, EventsInput, PauseInput};
use crate::web::panel::{Failed, Operator, Pairs, Panel, Sent, Shown, Visit};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/webhooks/{webhook}/pause", post(pause))
        .route("/companies/{company}/webhooks/{webhook}/resume", post(resume))
        .route("/companies/{company}/webhooks/{webhook}/try-now", post(try_now))
        .route("/companies/{company}/webhooks/{webhook}/resend", post(resend))
        .route("/companies/{company}/webhooks/{webhook}/discard", post(discard))
}

async fn pause(
    Operator(visit): Operator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let input = PauseInput { reason: typed.given("reason").map(str::to_owned) };
    match panel.admin.pause_webhook(&visit.actor, at.id, &input).await {
        Ok(_) => Ok(visit.done(&at.path(), &visit.ui.say("webhook-pause-done"))),
        Err(error) => told(&visit, &at.path(), error),
    }
}

async fn resume(Operator(visit): Operator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    panel.admin.resume_webhook(&visit.actor, at.id).await?;
    Ok(visit.done(&at.path(), &visit.ui.say("webhook-resume-done")))
}

async fn try_now(Operator(visit): Operator, at: InWebhook, State(panel): State<Panel>) -> Shown {
    match panel.admin.try_now(&visit.actor, visit.ui.lang, at.id).await {
        Ok(_) => Ok(visit.done(&at.path(), &visit.ui.say("webhook-try-now-done"))),
        Err(error) => told(&visit, &at.path(), error),
    }
}

async fn resend(
    Operator(visit): Operator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let back = back(&at, &typed);
    match panel.admin.resend(&visit.actor, at.id, &events(&typed)).await {
        Ok(taken) if taken.events.is_empty() => {
            Ok(visit.not_done(&back, visit.ui.say("webhook-resend-none").text()))
        }
        Ok(taken) => {
            Ok(visit.done(&back, &visit.ui.say("webhook-resend-done").with("n", taken.events.len())))
        }
        Err(error) => told(&visit, &back, error),
    }
}

async fn discard(
    Operator(visit): Operator,
    at: InWebhook,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let back = back(&at, &typed);
    match panel.admin.discard(&visit.actor, at.id, &events(&typed)).await {
        Ok(taken) if taken.events.is_empty() => {
            Ok(visit.not_done(&back, visit.ui.say("webhook-discard-none").text()))
        }
        Ok(taken) => {
            Ok(visit.done(&back, &visit.ui.say("webhook-discard-done").with("n", taken.events.len())))
        }
        Err(error) => told(&visit, &back, error),
    }
}

fn events(typed: &Pairs) -> EventsInput {
    EventsInput { events: typed.all("event").map(str::to_owned).collect() }
}

/// Where the button stood, when that is a page of this webhook.
fn back(at: &InWebhook, typed: &Pairs) -> String {
    let path = at.path();
    match typed.text("back") {
        given if given.starts_with(&path) && !given.contains(['\r', '\n', '\\']) => given.to_owned(),
        _ => path,
    }
}

/// What is wrong, said over the page where the button stood.
pub fn told(visit: &Visit, back: &str, error: AdminError) -> Result<Response, Failed> {
    match error {
        AdminError::Invalid(faults) => {
            let faults: Vec<_> = faults.iter().map(|fault| fault.fault.text(visit.ui.lang)).collect();
            Ok(visit.not_done(back, faults.join(" ")))
        }
        AdminError::Conflict(why) => Ok(visit.not_done(back, why.text(visit.ui.lang))),
        error => Err(error.into()),
    }
}
