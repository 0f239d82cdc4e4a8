//! What is done with a call by a form: also by a page that is being left, and without a script.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::{Administrator, Operator, Panel, Shown};
use crate::admin::{ActionInput, AdminError};
use crate::domain::CallId;
use crate::domain::action::ActionState;

/// Refuses or ends a call; back on its page, what came of it is said.
pub async fn act(
    Operator(visit): Operator,
    State(panel): State<Panel>,
    Path((call, action)): Path<(String, String)>,
) -> Shown {
    let id = parse(&call)?;
    let view = panel.admin.act(&visit.actor, id, &action, &ActionInput::default()).await?;
    let back = format!("/calls/{id}");
    Ok(if view.state == ActionState::Sent {
        visit.done(&back, &visit.ui.say("answer-taken").with("action", view.action))
    } else {
        visit.not_done(&back, super::untaken(&visit.ui, &view))
    })
}

/// Somebody looks at the passwords of ICE in the log of a call, which is kept by their browser.
pub async fn unmasked(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(call): Path<String>,
) -> Result<Response, super::super::Failed> {
    panel.admin.note_unmasked_session(&visit.actor, parse(&call)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn parse(call: &str) -> Result<CallId, AdminError> {
    call.parse().map_err(|_| AdminError::not_found("call", call))
}
