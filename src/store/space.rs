//! Room inside the database, and what keeps it from being given back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::engine::Lent;
use super::{Store, StoreError};

/// A volume's room, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// What this process may still write.
    pub free: u64,
    pub size: u64,
}

impl Store {
    /// Bytes inside the SQLite file that are free for new rows without the file growing; `None` on PostgreSQL, whose
    /// disk is not ours to look after.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let mut pooled = self.read().await?;
        let Lent::Sqlite(db) = &mut pooled.lent else { return Ok(None) };
        let (bytes,): (i64,) =
            sqlx::query_as("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size")
                .fetch_one(&mut **db)
                .await?;
        Ok(u64::try_from(bytes).ok())
    }

    /// The volume that the SQLite file is on; `None` on PostgreSQL, and when the system does not tell.
    pub fn volume(&self) -> Option<Volume> {
        let folder = self.wal()?.parent()?;
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let stat = rustix::fs::statvfs(folder).ok()?;
        Some(Volume {
            free: stat.f_bavail.saturating_mul(stat.f_frsize),
            size: stat.f_blocks.saturating_mul(stat.f_frsize),
        })
    }

    /// Bytes of SQLite's write-ahead log now; 0 on PostgreSQL, which looks after its own.
    pub fn wal_bytes(&self) -> u64 {
        self.wal().map_or(0, file_bytes)
    }

    /// For how long the longest read that is under way has been running. While one lasts, the write-ahead log cannot
    /// be cut.
    pub fn oldest_read(&self) -> Option<Duration> {
        self.readers().oldest(Instant::now())
    }
}

pub(super) fn file_bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// The reads under way. As many as there are read connections, so never many.
#[derive(Default)]
pub(super) struct Readers(Mutex<Began>);

#[derive(Default)]
struct Began {
    next: u64,
    at: BTreeMap<u64, Instant>,
}

impl Readers {
    pub(super) fn begin(self: &Arc<Self>, now: Instant) -> Reading {
        let mut began = self.lock();
        let number = began.next;
        began.next += 1;
        began.at.insert(number, now);
        Reading { readers: Arc::clone(self), number }
    }

    fn oldest(&self, now: Instant) -> Option<Duration> {
        // Numbers rise with time: the first is the oldest.
        self.lock().at.first_key_value().map(|(_, began)| now.saturating_duration_since(*began))
    }

    fn lock(&self) -> MutexGuard<'_, Began> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One read under way, until it is dropped.
pub(super) struct Reading {
    readers: Arc<Readers>,
    number: u64,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.readers.lock().at.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_read_is_the_first_that_has_not_ended() {
        let readers = Arc::new(Readers::default());
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(readers.oldest(start), None);
        let first = readers.begin(after(1));
        let second = readers.begin(after(3));
        assert_eq!(readers.oldest(after(5)), Some(Duration::from_secs(4)));
        drop(first);
        assert_eq!(readers.oldest(after(5)), Some(Duration::from_secs(2)));
        drop(second);
        assert_eq!(readers.oldest(after(5)), None);
    }
}
