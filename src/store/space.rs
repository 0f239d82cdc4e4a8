//! Room inside the database.

use super::engine::Pooled;
use super::{Store, StoreError};

impl Store {
    /// Bytes inside the SQLite file that are free for new rows without the file growing; `None` on PostgreSQL, whose
    /// disk is not ours to look after.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let Pooled::Sqlite(mut db) = self.read().await? else { return Ok(None) };
        let (bytes,): (i64,) =
            sqlx::query_as("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size")
                .fetch_one(&mut *db)
                .await?;
        Ok(u64::try_from(bytes).ok())
    }
}
