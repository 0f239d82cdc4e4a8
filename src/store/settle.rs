//! What couriers report: cursors, attempts, held events and the progress of replays, of many webhooks in one go.

use std::collections::HashMap;

use super::{AttemptRow, BatchTx, Cursor, HeldChange, HeldRow, StoreError, attempts, cursors, held, replays};
use crate::domain::{AttemptOrigin, CompanyId, Seq, WebhookId};

/// The results of one webhook since its last settlement. All of it is committed together, so that a cursor passes an
/// event only with the rows that say what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub company: CompanyId,
    pub webhook: WebhookId,
    /// A cursor never moves back: an earlier one changes nothing.
    pub cursor: Option<Cursor>,
    pub attempts: Vec<AttemptRow>,
    pub held: Vec<HeldChange>,
    pub replays: Vec<ReplayProgress>,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayProgress {
    pub replay: i64,
    /// Everything up to and including this seq has been looked at.
    pub position: Seq,
    /// To be added to the counts.
    pub delivered: i32,
    pub failed: i32,
    pub skipped: i32,
    /// Whether the range is finished.
    pub done: bool,
}

fn has_arrived(attempt: &AttemptRow) -> bool {
    attempt.origin == AttemptOrigin::Replay && matches!(attempt.status, Some(200..=299))
}

impl BatchTx<'_> {
    /// Writes the results of many webhooks. Settlements of one webhook count in the order given. A webhook that has
    /// been deleted in the meantime loses its cursor silently; its attempts are kept until they are cleared away.
    pub async fn settle(&mut self, settlements: &[Settlement]) -> Result<(), StoreError> {
        let mut moved: HashMap<WebhookId, Cursor> = HashMap::new();
        let mut changes: HashMap<(WebhookId, Seq), Option<&HeldRow>> = HashMap::new();
        for settlement in settlements {
            if let Some(cursor) = settlement.cursor {
                let latest = moved.entry(settlement.webhook).or_insert(cursor);
                *latest = cursor.max(*latest);
            }
            for change in &settlement.held {
                match change {
                    HeldChange::Put(row) => changes.insert((settlement.webhook, row.seq), Some(row)),
                    HeldChange::Remove(seq) => changes.insert((settlement.webhook, *seq), None),
                };
            }
        }
        let attempts: Vec<&AttemptRow> = settlements.iter().flat_map(|one| &one.attempts).collect();
        attempts::insert(self.conn(), &attempts).await?;
        let put: Vec<&HeldRow> = changes.values().copied().flatten().collect();
        held::put(self.conn(), &put).await?;
        let removed: Vec<(WebhookId, Seq)> =
            changes.iter().filter(|(_, row)| row.is_none()).map(|(place, _)| *place).collect();
        held::remove(self.conn(), &removed).await?;
        // What has arrived with a replay is not dead any more, whatever became of it before.
        let arrived: Vec<(WebhookId, Seq)> =
            attempts.iter().filter(|one| has_arrived(one)).map(|one| (one.webhook, one.seq)).collect();
        held::remove_dead(self.conn(), &arrived).await?;
        let cursors: Vec<(WebhookId, Cursor)> = moved.into_iter().collect();
        cursors::move_on(self.conn(), &cursors).await?;
        for settlement in settlements {
            let at = settlement.attempts.iter().map(|attempt| attempt.at).max();
            for progress in &settlement.replays {
                replays::note(self.conn(), progress, at).await?;
            }
        }
        Ok(())
    }
}
