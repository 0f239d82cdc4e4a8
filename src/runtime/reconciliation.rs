//! One pass of comparing what is wanted with what runs.
//!
//! What must hold here: a pass that fails leaves what runs as it is, and is followed by another one soon. A pass is not
//! broken off in the end: what it has begun to start or to stop would be known to nobody.

use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use super::Runtime;
use super::desired::{Desired, Lent};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Standing;
use crate::store::StoreError;

/// The store is looked at this often even when nobody says that something changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And this soon after a look that failed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
pub(super) const SPEC: Spec = Spec::new("reconciliation", Rhythm::After(LOOK_EVERY)).finishing();

pub(super) struct Reconciliation {
    runtime: Runtime,
    standing: watch::Receiver<Standing>,
}

impl Reconciliation {
    pub fn new(runtime: Runtime) -> Self {
        let standing = runtime.inner.journal.standing();
        Self { runtime, standing }
    }
}

impl Duty for Reconciliation {
    async fn run(&mut self) -> Done {
        self.standing.mark_unchanged();
        match self.runtime.reconcile().await {
            Ok(changes) => Done::counted("changes", changes),
            Err(error) => {
                warn!(%error, "what is wanted could not be read; what runs goes on");
                Done::failed(error).again_in(LOOK_AGAIN)
            }
        }
    }

    async fn woken(&mut self) {
        if self.standing.changed().await.is_err() {
            // The journal lives as long as the runtime does.
            std::future::pending::<()>().await;
        }
    }
}

impl Runtime {
    /// Returns how many companies were taken over, and sources and webhooks began, changed or ended.
    async fn reconcile(&self) -> Result<usize, StoreError> {
        if self.inner.journal.standing().borrow().lost {
            self.stand_down().await;
            return Ok(0);
        }
        self.open_books().await?;
        let mut loader = Lent::from(self);
        let companies = self.own_all(&mut loader).await?;
        let desired = loader.load(&self.inner.store).await?;
        Ok(companies + self.run_only(desired))
    }

    /// Starts what does not run yet, and tells what is not wanted any more to end; says how much began, changed or ended.
    fn run_only(&self, desired: Desired) -> usize {
        let of_lines = {
            let mut running = self.running();
            let remembered = |source| self.inner.books.remembered(source);
            let worker = |company| self.worker(company).1;
            running.lines.reconcile(desired.lines, &self.inner.shared, worker, remembered)
        };
        let of_doors = self.inner.doors.replace(desired.doors);
        let of_couriers = self.inner.couriers.reconcile(desired.webhooks, |company| self.worker(company));
        of_lines + of_doors + of_couriers
    }
}
