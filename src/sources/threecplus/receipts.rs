//! What becomes of the events that a session has handed to the journal.
//!
//! What must hold here: an event that is not written down is never silent. One whose content the database refuses in any
//! form leaves a gap as long as itself in its source's book; a company that this process may not write any more ends the
//! session, whose gap then begins with the first event that was not taken. (The journal counts and logs both.)

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::domain::{CompanyId, SourceId, Timestamp};
use crate::journal::{Journal, Receipt, WriteError};
use crate::sources::ledger::Ledger;

/// Appends that one session may have under way; then its pump waits. Each may hold as many events as came meanwhile.
const UNDER_WAY: usize = 1_024;

/// So long the end of a session waits for what it has handed over, where the company is not ours any more: the journal answers
/// at once then.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// One append.
struct Handed {
    receipt: Receipt,
    first: Timestamp,
    last: Timestamp,
}

/// Where a session's receipts are followed.
pub(super) struct Receipts {
    journal: Journal,
    company: CompanyId,
    source: SourceId,
    /// To who follows them; nobody does before the first event, as most of a thousand sessions are quiet.
    following: Option<(mpsc::Sender<Handed>, JoinHandle<()>)>,
    fate: Fate,
}

/// Whether the session may go on.
#[derive(Clone, Default)]
pub(super) struct Fate {
    disowned: CancellationToken,
    since: Arc<Mutex<Option<Timestamp>>>,
}

impl Receipts {
    pub fn new(journal: &Journal, company: CompanyId, source: SourceId) -> Receipts {
        Receipts { journal: journal.clone(), company, source, following: None, fate: Fate::default() }
    }

    /// Takes the receipt of events that were received between these two moments. It is followed on this thread until it is
    /// answered, which may be after the session.
    pub async fn take(&mut self, receipt: Receipt, first: Timestamp, last: Timestamp) {
        let follower = || {
            let (tell, handed) = mpsc::channel(UNDER_WAY);
            let following =
                follow(handed, self.fate.clone(), self.journal.clone(), self.company, self.source);
            (tell, tokio::task::spawn_local(following))
        };
        let (tell, _) = self.following.get_or_insert_with(follower);
        // The follower ends after its sender.
        let _ = tell.send(Handed { receipt, first, last }).await;
    }

    /// Until what was handed over is answered: only then is it known from when on nothing was taken.
    pub async fn all_answered(&mut self) {
        if let Some((_, following)) = self.following.take() {
            let _ = timeout(ANSWERED_WITHIN, following).await;
        }
    }

    pub fn fate(&self) -> &Fate {
        &self.fate
    }
}

impl Fate {
    /// Resolves when the company is not this process's any more.
    pub async fn disowned(&self) {
        self.disowned.cancelled().await;
    }

    /// When the first event came that was not taken because of that.
    pub fn disowned_since(&self) -> Option<Timestamp> {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn disown(&self, since: Timestamp) {
        // What waits to be written is refused after what comes later.
        let mut first = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        *first = Some(first.map_or(since, |first| first.min(since)));
        drop(first);
        self.disowned.cancel();
    }
}

async fn follow(
    mut handed: mpsc::Receiver<Handed>,
    fate: Fate,
    journal: Journal,
    company: CompanyId,
    source: SourceId,
) {
    let ledger = Ledger { journal: &journal, company, source };
    while let Some(Handed { receipt, first, last }) = handed.recv().await {
        match receipt.await {
            Err(WriteError::Rejected { detail, events }) => {
                ledger.note_refused(first, last, events, &detail).await;
            }
            Err(WriteError::NotOurs | WriteError::NoCompany) => fate.disown(first),
            // When the process ends the session does too, and leaves a gap; a full queue is waited for.
            Ok(_) | Err(WriteError::Stopped | WriteError::Full) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_begins_with_the_first_event_that_was_not_taken_whichever_is_refused_first() {
        let fate = Fate::default();
        assert_eq!(fate.disowned_since(), None);
        for refused in [Timestamp(20), Timestamp(10), Timestamp(30)] {
            fate.disown(refused);
        }
        assert_eq!(fate.disowned_since(), Some(Timestamp(10)));
    }
}
