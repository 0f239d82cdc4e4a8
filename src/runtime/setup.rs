//! What a courier starts from, read from the store.

use std::sync::Arc;

use crate::delivery::courier::{Bounds, PauseReason, ReplayJob, Setup};
use crate::delivery::{Outgoing, OutgoingError};
use crate::domain::{HeldState, Pattern, Seq, Timestamp, WebhookState};
use crate::journal::Journal;
use crate::net::Guard;
use crate::store::{Credentials, HeldRow, Replay, ReplayState, Store, StoreError, Webhook};

/// Rows of the held set read at once.
const PAGE: u32 = 1_000;

/// A courier's beginning.
pub(super) struct Loaded {
    pub setup: Setup,
    pub outgoing: Arc<Outgoing>,
    /// The number of the newest revision in it.
    pub newest: i32,
}

/// Everything that the store knows about one webhook.
pub(super) async fn load(
    store: &Store,
    journal: &Journal,
    guard: &Arc<Guard>,
    row: &Webhook,
) -> Result<Loaded, StoreError> {
    let missing = || StoreError::Missing { what: "webhook", id: row.id.0 };
    let cursor = store.cursor(row.id).await?.ok_or_else(missing)?;
    let revisions = store.revisions(row.id).await?;
    let newest = revisions.iter().map(|revision| revision.number).max().ok_or_else(missing)?;
    let credentials = store.credentials(row.id).await?;
    let outgoing = outgoing(row, &credentials, guard).map_err(|error| StoreError::Unreadable {
        table: "webhooks",
        column: "settings",
        detail: error.to_string(),
    })?;
    let setup = Setup {
        company: row.company,
        webhook: row.id,
        settings: Arc::new(row.settings.clone()),
        revisions,
        paused: pause_reason(row),
        cursor,
        head: journal.head(row.company),
        delivered_beyond: store.successes_beyond(row.id, cursor).await?,
        held: held(store, row, cursor).await?,
        replays: store.open_replays(row.id).await?.iter().map(job).collect(),
        bounds: Bounds::default(),
        seed: rand::random(),
    };
    Ok(Loaded { setup, outgoing, newest })
}

/// Every held row that is not dead, and the dead ones beyond the cursor.
async fn held(store: &Store, row: &Webhook, cursor: Seq) -> Result<Vec<HeldRow>, StoreError> {
    let mut rows = Vec::new();
    for state in HeldState::ALL.iter().copied().filter(|state| *state != HeldState::Dead) {
        let mut after = (Timestamp(i64::MIN), Seq::ZERO);
        loop {
            let page = store.held(row.id, state, after, PAGE).await?;
            let Some(last) = page.last().map(|last| (last.next_at, last.seq)) else { break };
            after = last;
            rows.extend(page);
        }
    }
    let beyond = store.held_between(row.id, cursor.next(), Seq(i64::MAX), u32::MAX).await?;
    rows.extend(beyond.into_iter().filter(|row| row.state == HeldState::Dead));
    Ok(rows)
}

pub(super) fn outgoing(
    row: &Webhook,
    credentials: &Credentials,
    guard: &Arc<Guard>,
) -> Result<Arc<Outgoing>, OutgoingError> {
    let guard = Arc::new(guard.asking_for(row.company));
    Outgoing::new(&row.settings, credentials, &guard).map(Arc::new)
}

/// Why a webhook is paused, if it is.
pub fn pause_reason(row: &Webhook) -> Option<PauseReason> {
    (row.state == WebhookState::Paused).then(|| {
        let text = row.paused_reason.clone().unwrap_or_default();
        if text == PauseReason::Gone.to_string() { PauseReason::Gone } else { PauseReason::Operator(text) }
    })
}

/// Which events a replay sends; the JSON in its `filter`.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct ReplayFilter {
    pub names: Vec<Pattern>,
    /// Only those that were not delivered.
    #[serde(default)]
    pub undelivered: bool,
}

/// A stored replay as the courier takes it.
pub fn job(replay: &Replay) -> ReplayJob {
    let filter: ReplayFilter = serde_json::from_str(&replay.filter).unwrap_or_default();
    ReplayJob {
        id: replay.id,
        from: replay.from,
        to: replay.to,
        names: filter.names,
        undelivered: filter.undelivered,
        revision: replay.revision,
        as_new: replay.as_new,
        per_second: replay.rate.and_then(|rate| rate.try_into().ok()),
        paused: replay.state == ReplayState::Paused,
        cursor: replay.position,
    }
}
