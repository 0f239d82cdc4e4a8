//! What runs for the runtime, and the order in which it ends.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::Runtime;
use super::worker::WorkerThread;
use crate::domain::{SourceState, SourceStatus, Timestamp};

/// Sources get this long to close their sessions and hand over what they had received.
const SOURCES_END_WITHIN: Duration = Duration::from_secs(2);
/// A provider that was told where a call goes gets this long to answer.
const DECISIONS_END_WITHIN: Duration = Duration::from_secs(3);
/// What was under way when the end was asked for gets this long. Only a database that does not answer takes longer, and it
/// keeps nobody from ending (`what_waits_for_the_database_is_not_waited_for_in_the_end`).
const TASKS_END_WITHIN: Duration = Duration::from_millis(500);
const WRITES_WITHIN: Duration = Duration::from_secs(1);
/// Couriers get this long: five seconds for requests in flight, and the commit of their results.
const COURIERS_END_WITHIN: Duration = Duration::from_secs(6);

/// What runs for the runtime; ends with [`RuntimeTasks::stop`].
#[must_use = "the runtime runs until it is stopped"]
pub struct RuntimeTasks {
    pub(super) runtime: Runtime,
    pub(super) stop: CancellationToken,
    pub(super) duties: JoinSet<()>,
    pub(super) sending: JoinHandle<()>,
    pub(super) threads: Vec<WorkerThread>,
}

impl RuntimeTasks {
    /// Ends everything in order; returns within about eight seconds.
    pub async fn stop(self) {
        let RuntimeTasks { runtime, stop, mut duties, mut sending, threads } = self;
        stop.cancel();
        let ending = async {
            while let Some(ended) = duties.join_next().await {
                if let Err(error) = ended {
                    error!(%error, "a task of the runtime panicked");
                }
            }
        };
        if timeout(TASKS_END_WITHIN, ending).await.is_err() {
            warn!("a task of the runtime waits for the database; it is not waited for");
            duties.abort_all();
        }
        let connected = timeout(WRITES_WITHIN, runtime.connected()).await;
        let connected = connected.ok().and_then(Result::ok).unwrap_or_default();
        let last_words = runtime.running().lines.statuses();
        let lines = runtime.running().lines.end_all();
        let sources = timeout(SOURCES_END_WITHIN, join_all(lines));
        let (sources, decisions) = tokio::join!(sources, timeout(DECISIONS_END_WITHIN, &mut sending));
        if decisions.is_err() {
            warn!("some decisions were not answered for in time; they are sent again, if there is time");
            sending.abort();
        }
        if sources.is_err() {
            warn!(
                "some sources did not end in time; their sessions are closed as of their last sign of life"
            );
        }
        let ended = last_words.into_iter();
        let ended = ended.map(|(company, source, status)| (company, source, status.borrow().clone()));
        let doors = runtime.inner.doors.statuses().into_iter().map(|(company, source, status)| {
            let since = Timestamp::now();
            (company, source, SourceStatus { state: SourceState::Stopped, since, ..status })
        });
        // What could not be written has been said.
        let last_books = runtime.write_books(ended.chain(doors).collect(), true);
        if timeout(WRITES_WITHIN, last_books).await.is_err() {
            warn!("where the sources stood in the end could not be written down in time");
        }
        let stood = runtime.inner.couriers.statuses();
        let ended = timeout(COURIERS_END_WITHIN, runtime.inner.couriers.end_all()).await;
        if ended.is_err() {
            warn!("some couriers did not end in time; what they had in flight will be sent again");
        }
        runtime.count_last(ended.unwrap_or(stood), connected).await;
        // The worker threads end when the last handle to them is gone; the process need not wait for a stuck one.
        drop(threads);
    }
}
