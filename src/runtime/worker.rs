//! The threads that companies live on.
//!
//! A worker is one thread with a single-threaded tokio runtime; a company's sources and couriers all run on one worker,
//! so an event crosses no thread between its commit and its request, and every HTTP connection is driven by the thread
//! that uses it (a client driven from two threads costs nearly twice the CPU per request; `docs/performance.md`).
//!
//! What must hold: a panic in one task ends that task only; `shutdown` returns when every task has ended.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::thread;

use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use tracing::error;

/// A task on its way to a worker: called there, so that what it captures may be built on that thread.
type Start = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// How many starts may wait for a worker. Starting is quick; the bound only keeps a stuck worker from hoarding.
const STARTS: usize = 1_024;

/// A handle for putting tasks onto one worker thread.
#[derive(Clone, Debug)]
pub struct Worker {
    starts: mpsc::Sender<Start>,
}

/// The thread behind a [`Worker`]; joined at shutdown.
#[derive(Debug)]
pub struct WorkerThread {
    thread: thread::JoinHandle<()>,
}

impl Worker {
    /// Starts the thread. `number` only names it.
    pub fn start(number: usize) -> io::Result<(Worker, WorkerThread)> {
        let (starts, queue) = mpsc::channel(STARTS);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || LocalSet::new().block_on(&runtime, serve(queue)))?;
        Ok((Worker { starts }, WorkerThread { thread }))
    }

    /// Runs a future on the worker. The receiver resolves when it has ended: `Err` means that it panicked or that the
    /// worker is gone. `make` is called on the worker's thread.
    pub async fn run<F, Fut>(&self, make: F) -> oneshot::Receiver<()>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let (ended, receiver) = oneshot::channel();
        let start: Start = Box::new(move || {
            Box::pin(async move {
                make().await;
                // Dropped without a word when the future panics: the receiver then sees that.
                let _ = ended.send(());
            })
        });
        if self.starts.send(start).await.is_err() {
            error!("a worker thread has ended; a task could not be started");
        }
        receiver
    }
}

impl WorkerThread {
    /// Waits for the thread; every [`Worker`] handle must have been dropped before.
    pub fn join(self) {
        if self.thread.join().is_err() {
            error!("a worker thread panicked");
        }
    }
}

/// Takes starts until the last handle is gone, then waits for what still runs.
async fn serve(mut queue: mpsc::Receiver<Start>) {
    let mut running = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            start = queue.recv() => match start {
                Some(start) => { running.spawn_local(start()); }
                None => break,
            },
            Some(ended) = running.join_next(), if !running.is_empty() => note_panic(ended),
        }
    }
    while let Some(ended) = running.join_next().await {
        note_panic(ended);
    }
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        error!(%error, "a task panicked; its supervisor will start it again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_task_only() {
        let (worker, thread) = Worker::start(0).expect("a thread");
        let panicked = worker.run(|| async { panic!("on purpose") }).await;
        assert!(panicked.await.is_err());
        let fine = worker.run(|| async {}).await;
        assert!(fine.await.is_ok());
        drop(worker);
        thread.join();
    }
}
