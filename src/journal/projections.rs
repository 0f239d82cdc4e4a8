//! What consumers write, on its way to the recorder: behind events and results, for as long as [`PATIENCE`].
//!
//! What waits at the same time shares a commit, up to so many rows: a thousand companies that speak within one look of a consumer are
//! some thirty commits instead of a thousand, and none of them keeps events waiting for long.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::inbox::ControlOp;
use crate::store::{BatchTx, StoreError};

/// So much waits at the same time; more callers wait for a place.
const PLACES: usize = 64;
/// What consumers write waits so long for events and results to be none; then it goes between two of their batches.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);
/// Rows that share a commit, at least; one operation always fits. They take a millisecond. While events come in large batches as many as
/// there were events in the last one: else consumers would fall behind what is in memory, and read all of it back.
const TOGETHER: usize = 64;

pub(super) type OftenOp =
    Box<dyn for<'t> FnOnce(&'t mut BatchTx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send>;

/// How rows of a consumer are written.
pub(super) enum ProjectOp {
    /// With the connection of batches, which is the cheaper one where it is done several times a second.
    Often(OftenOp),
    /// With anything that the store offers.
    Rarely(ControlOp),
}

impl ProjectOp {
    fn is_often(&self) -> bool {
        matches!(self, ProjectOp::Often(_))
    }
}

/// What one consumer writes of one company, and who is answered once it is written.
pub(super) struct Projection {
    /// About how many.
    pub rows: usize,
    pub op: ProjectOp,
    pub answer: oneshot::Sender<Result<(), StoreError>>,
    /// Its place in the queue, given back when it is answered.
    pub permit: OwnedSemaphorePermit,
}

struct Waiting {
    since: Instant,
    projection: Projection,
}

pub(super) struct Projections {
    waiting: Mutex<VecDeque<Waiting>>,
    places: Arc<Semaphore>,
}

impl Projections {
    pub fn new() -> Self {
        Self { waiting: Mutex::default(), places: Arc::new(Semaphore::new(PLACES)) }
    }

    /// Waits for a place; `None` when nobody serves it any more.
    pub async fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    pub fn push(&self, projection: Projection) {
        self.waiting().push_back(Waiting { since: Instant::now(), projection });
    }

    /// What shares the next commit, if something waits and may go: there is nothing else now, or it has waited long enough. `batch` is how
    /// many events the last commit had.
    pub fn take(&self, now: Instant, nothing_else: bool, batch: usize) -> Vec<Projection> {
        let mut waiting = self.waiting();
        let may_go = |first: &Waiting| nothing_else || now.duration_since(first.since) >= PATIENCE;
        if !waiting.front().is_some_and(may_go) {
            return Vec::new();
        }
        let mut rows = 0;
        let mut fits = 0;
        // One transaction is of one connection.
        let is_often = waiting.front().is_some_and(|first| first.projection.op.is_often());
        for one in waiting.iter().take_while(|one| one.projection.op.is_often() == is_often) {
            rows += one.projection.rows.max(1);
            if fits > 0 && rows > TOGETHER.max(batch) {
                break;
            }
            fits += 1;
        }
        waiting.drain(..fits).map(|one| one.projection).collect()
    }

    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Nobody will serve it any more: who waits for an answer is told so by its end.
    pub fn abandon(&self) {
        self.places.close();
        let left = std::mem::take(&mut *self.waiting());
        drop(left);
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn push(projections: &Projections, rows: usize) {
        let (answer, _) = tokio::sync::oneshot::channel();
        let permit = projections.place().await.expect("a place");
        let op = ProjectOp::Often(Box::new(|_| Box::pin(async { Ok(()) })));
        projections.push(Projection { rows, op, answer, permit });
    }

    /// Events and results go first, but not for ever.
    #[tokio::test]
    async fn it_goes_when_nothing_else_does_or_it_has_waited_long_enough() {
        let projections = Projections::new();
        push(&projections, 1).await;
        let now = Instant::now();
        assert!(projections.take(now.checked_sub(PATIENCE).unwrap_or(now), false, 0).is_empty());
        assert_eq!(projections.take(now + PATIENCE, false, 0).len(), 1, "it has waited long enough");
        push(&projections, 1).await;
        assert_eq!(projections.take(Instant::now(), true, 0).len(), 1, "nothing else waits");
    }

    #[tokio::test]
    async fn what_is_small_goes_together_and_what_is_large_by_itself() {
        let projections = Projections::new();
        for rows in [30, 0, 33, 1, 1_000, 1] {
            push(&projections, rows).await;
        }
        let taken: Vec<usize> = (0..4).map(|_| projections.take(Instant::now(), true, 0).len()).collect();
        assert_eq!(taken, [3, 1, 1, 1], "by rows: 64, then 1, 1,000, 1");
        for _ in 0..10 {
            push(&projections, 30).await;
        }
        let after_a_large_batch = projections.take(Instant::now(), true, 200).len();
        assert_eq!((after_a_large_batch, projections.take(Instant::now(), true, 0).len()), (6, 2));
    }

    #[tokio::test]
    async fn what_shares_a_transaction_is_written_with_one_connection() {
        let projections = Projections::new();
        for often in [true, true, false, false, true] {
            let (answer, _) = oneshot::channel();
            let permit = projections.place().await.expect("a place");
            let op = if often {
                ProjectOp::Often(Box::new(|_| Box::pin(async { Ok(()) })))
            } else {
                ProjectOp::Rarely(Box::new(|_| Box::pin(async { Ok(()) })))
            };
            projections.push(Projection { rows: 1, op, answer, permit });
        }
        let taken: Vec<usize> = (0..3).map(|_| projections.take(Instant::now(), true, 0).len()).collect();
        assert_eq!(taken, [2, 2, 1]);
    }

    #[tokio::test]
    async fn nobody_gets_a_place_where_nobody_serves() {
        let projections = Projections::new();
        push(&projections, 1).await;
        projections.abandon();
        assert!(projections.place().await.is_none() && projections.len() == 0);
    }
}
