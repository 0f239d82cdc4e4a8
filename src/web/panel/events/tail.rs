//! The live tail: a stream of rows as events arrive.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::super::visit::Failed;
use super::super::{Asked, InCompany, Panel, Reader};
use super::list::row;
use super::search::query;
use crate::domain::Seq;

pub async fn live(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Result<Response, Failed> {
    let query = query(&visit.ui, &asked);
    let after = asked.given("after").and_then(|seq| seq.parse().ok()).map(Seq);
    let tail = panel.admin.tail(&visit.actor, id, &query, after).await?;
    let names = Arc::new(panel.admin.agent_names(&visit.actor, id).await?);
    // A row that cannot be written is left out: its template has no part that could fail.
    let row = move |ui: &_, event| row(ui, &names, &event).render().unwrap_or_default();
    Ok(panel.hub.tail(&visit, &format!("events of {id}: {query:?}"), tail, row))
}
