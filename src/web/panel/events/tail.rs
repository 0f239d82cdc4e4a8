//! The live tail: a stream of rows as events arrive, for one viewer.
//!
//! What must hold here: a viewer costs no delivery anything. A step looks only at what is in memory, at most a bounded
//! number of events, twice a second at most; what came in between is counted and said, never queued.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::sse::{Event as Said, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::Instant;

use super::super::live::concerns;
use super::super::visit::Failed;
use super::super::{Asked, InCompany, Panel, Reader};
use super::list::{query, row};

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
    let tail = panel.admin.tail(&visit.actor, id, &query(&ui, &asked)).await?;
    let (closing, until) = (panel.closing.clone(), Instant::now() + LASTS);
    let (user, changes) = (visit.user_id(), panel.admin.access_changes());
    let steps = stream::unfold((tail, changes, true), move |(mut tail, mut changes, first)| {
        let (closing, mut ui) = (closing.clone(), ui.clone());
        async move {
            if !first {
                tokio::time::sleep(PAUSE).await;
            }
            let step = tokio::select! {
                step = tail.next() => step?,
                () = closing.cancelled() => return None,
                () = concerns(&mut changes, user) => return None,
                () = tokio::time::sleep_until(until) => return None,
            };
            ui.now = crate::domain::Timestamp::now();
            let rows = step.events.into_iter().filter_map(|event| row(&ui, event).render().ok());
            let mut said: Vec<Result<Said, Infallible>> =
                rows.map(|row| Ok(Said::default().event("row").data(row))).collect();
            if step.missed > 0 {
                said.push(Ok(Said::default().event("missed").data(step.missed.to_string())));
            }
            Some((stream::iter(said), (tail, changes, false)))
        }
    });
    let steps = futures_util::StreamExt::flatten(steps);
    Ok(Sse::new(steps).keep_alive(KeepAlive::default()).into_response())
}
