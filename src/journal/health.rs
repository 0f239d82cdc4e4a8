//! Whether the recorder can write, and if not, why and since when; and what it has counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::domain::Timestamp;
use crate::duties::Panics;
use crate::log::lines;
use crate::store::StoreError;

/// Why nothing (or, on a full disk, no append) can be written at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// Somebody else holds the database's lock.
    Locked,
    /// No room on the disk. Results and retention still go on.
    Full,
    ReadOnly,
    /// The connection is lost, or the disk does not answer.
    Gone,
    Damaged,
    /// Another process has the database, or a company of it.
    NotOurs,
    /// Anything else; the detail says what.
    Failing,
}

impl WaitReason {
    /// The word for metrics and translations.
    pub const fn as_str(self) -> &'static str {
        match self {
            WaitReason::Locked => "locked",
            WaitReason::Full => "full",
            WaitReason::ReadOnly => "read_only",
            WaitReason::Gone => "gone",
            WaitReason::Damaged => "damaged",
            WaitReason::NotOurs => "not_ours",
            WaitReason::Failing => "failing",
        }
    }
}

impl From<&StoreError> for WaitReason {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Busy { .. } => WaitReason::Locked,
            StoreError::Full { .. } => WaitReason::Full,
            StoreError::ReadOnly { .. } => WaitReason::ReadOnly,
            StoreError::Gone { .. } => WaitReason::Gone,
            StoreError::Corrupt { .. } => WaitReason::Damaged,
            StoreError::InUse { .. } => WaitReason::NotOurs,
            _ => WaitReason::Failing,
        }
    }
}

/// Published as it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecorderHealth {
    Working,
    /// Sources wait, results are kept; it goes on by itself when the cause is gone.
    Waiting {
        reason: WaitReason,
        since: Timestamp,
        detail: String,
    },
}

impl RecorderHealth {
    pub fn is_working(&self) -> bool {
        *self == RecorderHealth::Working
    }
}

/// A commit that the disk has not answered for so long is told of.
const UNANSWERED: Duration = Duration::from_secs(15);

/// Where the health is published, by the recorder and by who looks after the hold on the database.
#[derive(Debug, Clone)]
pub(super) struct Report(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    publish: watch::Sender<RecorderHealth>,
    /// When the transaction was begun in which the recorder's thread stands, if it cannot tell of it by itself.
    standing_since: Mutex<Option<Instant>>,
}

impl Report {
    pub fn new() -> (Report, watch::Receiver<RecorderHealth>) {
        let (publish, health) = watch::channel(RecorderHealth::Working);
        (Report(Arc::new(Shared { publish, standing_since: Mutex::default() })), health)
    }

    /// The recorder's thread stands from now on until something is on the disk, or no more.
    pub fn stands(&self, since: Option<Instant>) {
        *self.0.standing_since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// To be asked by somebody else now and then: tells of a recorder that stands.
    pub fn look(&self, now: Instant) {
        let since = *self.0.standing_since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_some_and(|since| now.duration_since(since) >= UNANSWERED) {
            let seconds = UNANSWERED.as_secs();
            let detail = format!("the disk has not answered a commit for {seconds} s");
            self.waiting(&StoreError::Gone { detail, outcome_unknown: true });
        }
    }

    pub fn waiting(&self, error: &StoreError) {
        let wanted = WaitReason::from(error);
        let known =
            matches!(&*self.0.publish.borrow(), RecorderHealth::Waiting { reason, .. } if *reason == wanted);
        if !known {
            lines::store_troubled(wanted.as_str(), error);
            let detail = error.to_string();
            self.publish(RecorderHealth::Waiting { reason: wanted, since: Timestamp::now(), detail });
        }
    }

    pub fn working(&self) {
        self.publish(RecorderHealth::Working);
    }

    fn publish(&self, health: RecorderHealth) {
        self.0.publish.send_if_modified(|now| {
            let changed = *now != health;
            if changed {
                if let RecorderHealth::Waiting { since, .. } = now
                    && health.is_working()
                {
                    lines::store_recovered(Timestamp::now().since(*since));
                }
                *now = health;
            }
            changed
        });
    }
}

/// Sums since the start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub events: AtomicU64,
    pub bytes: AtomicU64,
    pub duplicates: AtomicU64,
    pub commits: AtomicU64,
    pub commit_us: AtomicU64,
    pub rejected: AtomicU64,
    pub results_rejected: AtomicU64,
    pub disowned: AtomicU64,
    pub results_disowned: AtomicU64,
    pub lost: AtomicU64,
    pub failures: AtomicU64,
    pub panics: Panics,
    pub expired: AtomicU64,
}

/// What the journal has counted since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalCounts {
    pub events: u64,
    /// Of payload.
    pub bytes: u64,
    pub duplicates: u64,
    pub commits: u64,
    /// In transactions, from their begin to the end of their commit.
    pub commit_us: u64,
    /// Events that the database took in no form, for their content.
    pub rejected: u64,
    /// Settlements that the database did not take because of their content.
    pub results_rejected: u64,
    /// Events that were not written because another process has their company.
    pub disowned: u64,
    /// Settlements that were not written for the same reason: what they report is found out again by whoever has the company.
    pub results_disowned: u64,
    /// Events that were written, and that the database came back without.
    pub lost: u64,
    /// Transactions that failed for another reason and were tried again.
    pub failures: u64,
    /// Panics that were contained.
    pub panics: u64,
    /// Events that retention took away before every webhook was done with them (counted once per webhook).
    pub expired: u64,
}

impl Counters {
    pub fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(by as u64, Ordering::Relaxed);
    }

    pub fn read(&self) -> JournalCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        JournalCounts {
            events: of(&self.events),
            bytes: of(&self.bytes),
            duplicates: of(&self.duplicates),
            commits: of(&self.commits),
            commit_us: of(&self.commit_us),
            rejected: of(&self.rejected),
            results_rejected: of(&self.results_rejected),
            disowned: of(&self.disowned),
            results_disowned: of(&self.results_disowned),
            lost: of(&self.lost),
            failures: of(&self.failures),
            panics: self.panics.count(),
            expired: of(&self.expired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_is_not_answered_is_told_of_by_who_looks() {
        let (report, health) = Report::new();
        let begun = Instant::now();
        report.stands(Some(begun));
        report.look(begun + UNANSWERED / 2);
        assert!(health.borrow().is_working(), "a slow disk is no trouble yet");
        report.look(begun + UNANSWERED);
        assert!(
            matches!(&*health.borrow(), RecorderHealth::Waiting { reason: WaitReason::Gone, detail, .. }
                if detail.contains("15 s")),
            "{:?}",
            *health.borrow()
        );
        report.stands(None);
        report.working();
        report.look(begun + 2 * UNANSWERED);
        assert!(health.borrow().is_working(), "nothing stands");
    }
}
