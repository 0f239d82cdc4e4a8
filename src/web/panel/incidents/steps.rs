//! What an operator does about an incident: takes it, does not want to hear of it for a while, writes something down.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

use super::page::id;
use crate::admin::{AdminError, NoteInput, OneIncident, SilenceInput};
use crate::texts::Saying;
use crate::web::panel::{Failed, Operator, Pairs, Panel, Sent, Visit};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/incidents/{incident}/acknowledge", post(acknowledge))
        .route("/incidents/{incident}/silence", post(silence))
        .route("/incidents/{incident}/unsilence", post(unsilence))
        .route("/incidents/{incident}/notes", post(note))
}

async fn acknowledge(
    Operator(visit): Operator,
    Path(raw): Path<String>,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Result<Response, Failed> {
    let done = panel.admin.take_incident(&visit.actor, visit.ui.lang, id(&raw)?).await;
    told(&visit, &raw, &typed, done, &visit.ui.say("incident-taken-done"))
}

async fn silence(
    Operator(visit): Operator,
    Path(raw): Path<String>,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Result<Response, Failed> {
    let input = SilenceInput { until: typed.given("until").map(|at| visit.ui.typed_time(at)) };
    let done = panel.admin.silence_incident(&visit.actor, visit.ui.lang, id(&raw)?, &input).await;
    told(&visit, &raw, &typed, done, &visit.ui.say("incident-silenced-done"))
}

async fn unsilence(
    Operator(visit): Operator,
    Path(raw): Path<String>,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Result<Response, Failed> {
    let done = panel.admin.hear_incident(&visit.actor, visit.ui.lang, id(&raw)?).await;
    told(&visit, &raw, &typed, done, &visit.ui.say("incident-heard-done"))
}

async fn note(
    Operator(visit): Operator,
    Path(raw): Path<String>,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Result<Response, Failed> {
    let input = NoteInput { text: typed.text("text").to_owned() };
    let done = panel.admin.note_incident(&visit.actor, visit.ui.lang, id(&raw)?, &input).await;
    told(&visit, &raw, &typed, done, &visit.ui.say("incident-note-done"))
}

/// Back to the page on which it was pressed, which says what came of it.
fn told(
    visit: &Visit,
    raw: &str,
    typed: &Pairs,
    done: Result<OneIncident, AdminError>,
    said: &Saying,
) -> Result<Response, Failed> {
    let back = match typed.text("back") {
        back @ ("/" | "/incidents") => back.to_owned(),
        _ => format!("/incidents/{raw}"),
    };
    match done {
        Ok(_) => Ok(visit.done(&back, said)),
        Err(AdminError::Conflict(why)) => Ok(visit.not_done(&back, why.text(visit.ui.lang))),
        Err(AdminError::Invalid(faults)) => {
            let faults: Vec<_> = faults.iter().map(|fault| fault.fault.text(visit.ui.lang)).collect();
            Ok(visit.not_done(&back, faults.join(" ")))
        }
        Err(error) => Err(error.into()),
    }
}
