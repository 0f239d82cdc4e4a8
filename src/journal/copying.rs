//! Who copies SQLite's write-ahead log into the file while the recorder goes on writing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::store::WalCopier;

/// A copy that is under way is not broken off.
pub(super) const SPEC: Spec = Spec::new("checkpoint", Rhythm::WhenWoken).finishing();

/// Between the recorder, which sees the log grow, and the duty that copies it.
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

/// Copies whenever that is wanted. When it fails the recorder copies by itself, later.
pub(super) struct Checkpoint {
    pub copier: WalCopier,
    pub copying: Arc<Copying>,
}

impl Duty for Checkpoint {
    async fn run(&mut self) -> Done {
        match self.copier.copy().await {
            Ok(pages) => {
                self.copying.done.store(true, Ordering::Relaxed);
                Done::counted("pages", pages)
            }
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log was not copied");
                Done::failed(error)
            }
        }
    }

    async fn woken(&mut self) {
        self.copying.wanted.notified().await;
    }
}
