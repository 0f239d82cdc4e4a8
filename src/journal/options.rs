//! What the journal may use.

use std::path::PathBuf;
use std::time::Duration;

use super::{Kind, consumers};
use crate::domain::RetentionLimits;

/// How much one read may return; a single event always fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimit {
    pub items: usize,
    /// Of payload.
    pub bytes: usize,
}

/// What the journal may use. Bytes are bytes of memory unless said otherwise.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// Appends that are not committed yet, all companies together.
    pub queue_bytes: usize,
    /// The newest events of all companies, for readers that keep up.
    pub tail_bytes: usize,
    /// How long an event stays in memory at most.
    pub tail_age: Duration,
    /// Rows and bytes of one commit.
    pub batch_rows: usize,
    pub batch_bytes: usize,
    /// How long results alone may wait to be joined by others.
    pub linger: Duration,
    /// Reads of the database at the same time.
    pub backlog_reads: usize,
    /// A file that keeps room on the disk for results and retention, and its size. None on PostgreSQL.
    pub reserve: Option<(PathBuf, u64)>,
    /// How long the recorder may go on writing after it was asked to stop.
    pub drain: Duration,
    pub retention: RetentionLimits,
    /// Who follows every company's journal. Nothing waits for one that is not here, whatever cursor it has.
    pub consumers: Vec<Kind>,
    /// Whether consumers and retention run by themselves; without it they wait for [`Journal::catch_up`] and
    /// [`Journal::retain`].
    pub upkeep: bool,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            queue_bytes: 32 << 20,
            tail_bytes: 32 << 20,
            tail_age: Duration::from_secs(1),
            batch_rows: 4_096,
            batch_bytes: 8 << 20,
            linger: Duration::from_millis(10),
            backlog_reads: 3,
            reserve: None,
            drain: Duration::from_secs(5),
            retention: RetentionLimits::default(),
            consumers: consumers(),
            upkeep: true,
        }
    }
}
