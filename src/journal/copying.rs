//! Who copies SQLite's write-ahead log into the file while the recorder goes on writing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use crate::duties::{Panics, keep};
use crate::store::WalCopier;

/// Between the recorder, which sees the log grow, and the task that copies it.
#[derive(Debug, Default)]
pub(super) struct Copying {
    wanted: Notify,
    done: AtomicBool,
}

impl Copying {
    pub fn want(&self) {
        self.wanted.notify_one();
    }

    /// Whether a copy was made since the last time this was asked: little is left then, for a moment.
    pub fn take_done(&self) -> bool {
        self.done.load(Ordering::Relaxed) && self.done.swap(false, Ordering::Relaxed)
    }
}

/// Copies whenever that is wanted, until asked to stop. When it fails the recorder copies by itself, later.
pub(super) async fn run(copier: WalCopier, copying: Arc<Copying>, stop: CancellationToken, panics: Panics) {
    let copier = Mutex::new(copier);
    let duty = || async {
        while stop.run_until_cancelled(copying.wanted.notified()).await.is_some() {
            match copier.lock().await.copy().await {
                Ok(()) => copying.done.store(true, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the write-ahead log was not copied"),
            }
        }
    };
    keep("copying of the write-ahead log", stop.clone(), panics, duty).await;
}
