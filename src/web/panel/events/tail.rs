//! The live tail: a stream of rows as events arrive, for one viewer.
//!
//! What must hold here: a viewer costs no delivery anything. A step looks only at what is in memory, at most a bounded
//! number of events, twice a second at most; what came in between is counted and said, never queued.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::sse::{Event as Said, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::Instant;

use super::super::live::{ALIVE, concerns};
use super::super::visit::Failed;
use super::super::{Asked, InCompany, Panel, Reader, Ui};
use super::list::{query, row};
use crate::admin::TailStep;
use crate::domain::{Seq, Timestamp};

/// Said where nothing else is for so long.
const ALIVE_EVERY: Duration = Duration::from_secs(2);
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(500);
/// After this the browser connects again, and who asks is looked at again.
const LASTS: Duration = Duration::from_mins(10);

pub async fn live(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Result<Response, Failed> {
    let ui = visit.ui.clone();
    let after = asked.given("after").and_then(|seq| seq.parse().ok()).map(Seq);
    let tail = panel.admin.tail(&visit.actor, id, &query(&ui, &asked), after).await?;
    let (closing, until) = (panel.closing.clone(), Instant::now() + LASTS);
    let (user, changes) = (visit.user_id(), panel.admin.access_changes());
    let steps = stream::unfold((tail, changes, true), move |(mut tail, mut changes, first)| {
        let (closing, mut ui) = (closing.clone(), ui.clone());
        async move {
            if !first {
                tokio::time::sleep(PAUSE).await;
            }
            let step = tokio::select! {
                step = tail.next() => Some(step?),
                () = tokio::time::sleep(ALIVE_EVERY) => None,
                () = closing.cancelled() => return None,
                () = concerns(&mut changes, user) => return None,
                () = tokio::time::sleep_until(until) => return None,
            };
            ui.now = Timestamp::now();
            let said: Vec<Result<Said, Infallible>> = told(&ui, step, tail.passed()).map(Ok).collect();
            Some((stream::iter(said), (tail, changes, false)))
        }
    });
    let steps = futures_util::StreamExt::flatten(steps);
    Ok(Sse::new(steps).into_response())
}

/// Its rows and how many were missed; that it lives, when there is nothing. Up to where that goes is said with the last, so
/// that who is interrupted can go on from there.
fn told(ui: &Ui, step: Option<TailStep>, passed: Seq) -> impl Iterator<Item = Said> {
    let TailStep { events, missed } = step.unwrap_or_default();
    let rows = events.into_iter().filter_map(|event| row(ui, event).render().ok());
    let mut said: Vec<_> = rows.map(|row| Said::default().event("row").data(row)).collect();
    if missed > 0 {
        said.push(Said::default().event("missed").data(missed.to_string()));
    }
    let last = said.pop().unwrap_or_else(|| Said::default().event(ALIVE).data(""));
    said.into_iter().chain([last.id(passed.0.to_string())])
}
