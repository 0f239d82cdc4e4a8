//! Restarts what ends although it should run.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::panics::Panics;
use super::worker::Worker;
use crate::log::lines;

/// The pause before the first restart; doubles with every end in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A task that ran this long is well again: its next end starts at the first pause.
const HEALTHY_AFTER: Duration = Duration::from_mins(1);

/// Runs `make()` on the worker again and again until `stop` is cancelled or it ends by itself; a panic is logged,
/// counted and followed by a restart after a growing pause.
pub async fn supervise<F, Fut>(name: String, worker: Worker, stop: CancellationToken, panics: Panics, make: F)
where
    F: Fn(CancellationToken) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let mut pause = FIRST_PAUSE;
    loop {
        let started = Instant::now();
        let (make, token) = (make.clone(), stop.child_token());
        let ended = worker.run(move || make(token)).await.await;
        if ended.is_ok() || stop.is_cancelled() {
            return;
        }
        panics.note();
        if started.elapsed() >= HEALTHY_AFTER {
            pause = FIRST_PAUSE;
        }
        lines::task_panicked(&name, pause);
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_started_again_until_it_ends_well() {
        let (worker, thread) = Worker::start(0).expect("a thread");
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let panics = Panics::default();
        tokio::time::pause();
        supervise("test".into(), worker.clone(), CancellationToken::new(), panics.clone(), move |_| {
            let runs = counted.clone();
            async move { assert!(runs.fetch_add(1, Ordering::Relaxed) >= 2, "on purpose") }
        })
        .await;
        assert_eq!(runs.load(Ordering::Relaxed), 3);
        assert_eq!(panics.count(), 2);
        drop(worker);
        thread.join();
    }
}
