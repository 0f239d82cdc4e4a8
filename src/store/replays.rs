//! `replays`: ranges of the journal that are sent again.

use super::engine::on;
use super::{ReplayProgress, StoreError, Tx};

impl Tx<'_> {
    /// Moves a replay on. One that was cancelled in the meantime stays so.
    pub(super) async fn note_replay(&mut self, progress: &ReplayProgress) -> Result<(), StoreError> {
        on!(self.conn(), db => sqlx::query(
            "UPDATE replays SET position = $2, delivered = delivered + $3, failed = failed + $4, skipped = skipped + $5, \
             state = CASE WHEN $6 AND state = 'running' THEN 'done' ELSE state END WHERE id = $1",
        )
        .bind(progress.replay)
        .bind(progress.position.0)
        .bind(i64::from(progress.delivered))
        .bind(i64::from(progress.failed))
        .bind(i64::from(progress.skipped))
        .bind(progress.done)
        .execute(&mut *db)
        .await
        .map(drop))?;
        Ok(())
    }
}
