//! Restarts what ends although it should run.

use std::future::Future;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::worker::Worker;
use crate::duties::{Panics, Restarts};
use crate::log::lines;

/// Runs `make()` on the worker again and again until `stop` is cancelled or it ends by itself; a panic is logged,
/// counted and followed by a restart after a growing pause.
pub async fn supervise<F, Fut>(name: String, worker: Worker, stop: CancellationToken, panics: Panics, make: F)
where
    F: Fn(CancellationToken) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let mut restarts = Restarts::default();
    loop {
        let started = Instant::now();
        let (make, token) = (make.clone(), stop.child_token());
        let ended = worker.run(move || make(token)).await.await;
        if ended.is_ok() || stop.is_cancelled() {
            return;
        }
        panics.note();
        let pause = restarts.pause_after(started.elapsed());
        lines::task_panicked(&name, pause);
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
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
