//! What runs for the journal, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Journal;
use super::consumer::following::Following;
use super::copying::{self, Checkpoint};
use super::inbox::Inbox;
use super::recorder::Recorder;
use super::retention::{self, Retention, Sweeping};
use super::tenure::{self, Watch};
use crate::domain::RetentionLimits;
use crate::duties::Duties;
use crate::store::StoreError;

/// What runs for the journal; it ends when [`JournalTasks::stop`] is called.
#[must_use = "the journal writes until it is stopped"]
pub struct JournalTasks {
    pub(super) inbox: Arc<Inbox>,
    pub(super) recorder: oneshot::Receiver<()>,
    pub(super) abort: CancellationToken,
    /// Ends the consumers, which write through the recorder and so go first.
    pub(super) stop: CancellationToken,
    pub(super) consumers: JoinSet<()>,
    /// Looks after the hold on the database, and lets it go last.
    pub(super) holding: Option<JoinHandle<()>>,
    pub(super) let_go: CancellationToken,
    pub(super) drain: Duration,
}

/// What writes through the recorder, and what looks after the hold, get this long.
const CONSUMERS_END_WITHIN: Duration = Duration::from_secs(1);
/// What the recorder has under way when its time is over, and again what it takes to close.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

impl JournalTasks {
    /// Ends in order: what was handed over is written (for as long as [`JournalOptions::drain`]), then the connection
    /// is closed. Those who append or settle afterwards get [`WriteError::Stopped`]. A database that does not answer is not
    /// waited for much longer than that: what was not answered for is written or not, as after a crash.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let consumed = async { while self.consumers.join_next().await.is_some() {} };
        if timeout(CONSUMERS_END_WITHIN, consumed).await.is_err() {
            self.consumers.abort_all();
        }
        self.inbox.close();
        // The thread ends by itself; a lost sender means that it has.
        if timeout(self.drain + ENDS_WITHIN, &mut self.recorder).await.is_err() {
            self.abort.cancel();
            if timeout(ENDS_WITHIN, &mut self.recorder).await.is_err() {
                tracing::error!("the database does not answer: what was under way is written or not");
            }
        }
        self.let_go.cancel();
        let Some(mut holding) = self.holding else { return };
        match timeout(CONSUMERS_END_WITHIN, &mut holding).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, "what looked after the hold on the database panicked");
            }
            Err(_) => holding.abort(),
        }
    }

    /// Ends at once, as a crash would: what has no receipt yet is written or not.
    pub async fn abort(mut self) {
        self.consumers.shutdown().await;
        self.abort.cancel();
        let _ = self.recorder.await;
        if let Some(holding) = self.holding {
            holding.abort();
            let _ = holding.await;
        }
    }
}

/// Looks after the hold on the database until it is to be let go.
pub(super) fn keep_hold(duties: &Duties, watch: Watch, let_go: &CancellationToken) -> JoinHandle<()> {
    let keeping = duties.keep(tenure::SPEC, watch, let_go.clone());
    tokio::spawn(async move { keeping.await.hold.release().await })
}

/// What keeps the journal in order by itself; nothing without limits.
pub(super) fn keep_up(
    journal: &Journal,
    checkpoint: Option<Checkpoint>,
    limits: Option<RetentionLimits>,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let (duties, mut kept) = (journal.duties(), JoinSet::new());
    let Some(limits) = limits else { return kept };
    if let Some(checkpoint) = checkpoint {
        kept.spawn(duties.keep(copying::SPEC, checkpoint, stop.clone()).map(drop));
    }
    for kind in &journal.inner.consumers {
        let following = Following::new(journal.clone(), *kind);
        kept.spawn(duties.keep(Following::spec(*kind), following, stop.clone()).map(drop));
    }
    let sweeping = Sweeping { retention: Retention::new(limits), journal: journal.clone() };
    kept.spawn(duties.keep(retention::SPEC, sweeping, stop.clone()).map(drop));
    kept
}

/// Runs the recorder on a thread with a runtime of its own, so that no other work is ever in its way.
pub(super) fn spawn(mut recorder: Recorder) -> Result<oneshot::Receiver<()>, StoreError> {
    let (ending, ended) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let failed = |error: std::io::Error| StoreError::Gone {
        detail: format!("the recorder's thread cannot be started: {error}"),
        outcome_unknown: false,
    };
    let runtime = runtime.map_err(failed)?;
    let thread = std::thread::Builder::new().name("recorder".to_owned());
    thread
        .spawn(move || {
            if let Some(reserve) = &mut recorder.reserve
                && let Err(error) = reserve.hold()
            {
                tracing::warn!(%error, "no room on the disk for the reserved file");
            }
            runtime.block_on(recorder.run());
            let _ = ending.send(());
        })
        .map_err(failed)?;
    Ok(ended)
}
