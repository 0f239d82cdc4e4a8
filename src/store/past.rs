//! For the demonstration alone: what it begins with was made before the day that it invents.

use super::engine::on;
use super::{StoreError, Tx};
use crate::domain::Timestamp;

impl Tx<'_> {
    /// Says of every company, source and webhook that it was made at this moment, unless it is older. Nothing but the command
    /// line's demonstration may say so, of a database of its own (`tests/suite/arrows.rs`).
    pub async fn date_back(&mut self, at: Timestamp) -> Result<(), StoreError> {
        for sql in [
            "UPDATE companies SET created_at = $1 WHERE created_at > $1",
            "UPDATE sources SET created_at = $1 WHERE created_at > $1",
            "UPDATE webhooks SET created_at = $1, updated_at = $1 WHERE created_at > $1",
            "UPDATE revisions SET saved_at = $1 WHERE saved_at > $1",
        ] {
            on!(self.conn(), db => sqlx::query(sql).bind(at.0).execute(&mut *db).await.map(drop))?;
        }
        Ok(())
    }
}
