//! One pass of comparing what is wanted with what runs.
//!
//! What must hold here: a pass that fails leaves what runs as it is, and is followed by another one soon. A pass is not
//! broken off in the end: what it has begun to start or to stop would be known to nobody.
//!
//! A change of one company costs a look at that company. Every few seconds, and whenever whose anything is has changed,
//! everything is looked at, which finds what nobody has told.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::warn;

use super::Runtime;
use super::changes::{Costs, Scope};
use super::desired::{Desired, Lent, Loader};
use crate::answering::ringing;
use crate::domain::CompanyId;
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Standing;
use crate::store::StoreError;

/// Everything is looked at this often even when nobody says that something changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And this soon after a look that failed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
pub(super) const SPEC: Spec = Spec::new("reconciliation", Rhythm::After(LOOK_EVERY)).finishing();

pub(super) struct Reconciliation {
    runtime: Runtime,
    standing: watch::Receiver<Standing>,
    /// When everything is looked at, whatever else is.
    everything_at: Instant,
    /// Whose anything is has changed, and maybe back again: what was owned is void all the same.
    turned: bool,
}

impl Reconciliation {
    pub fn new(runtime: Runtime) -> Self {
        let standing = runtime.inner.journal.standing();
        Self { runtime, standing, everything_at: Instant::now(), turned: false }
    }
}

impl Duty for Reconciliation {
    async fn run(&mut self) -> Done {
        let turned = std::mem::take(&mut self.turned);
        let runtime = self.runtime.clone();
        let taken = runtime.inner.changes.take(turned || Instant::now() >= self.everything_at);
        match runtime.reconcile(&taken.scope).await {
            Ok(changes) => {
                if taken.scope == Scope::Everything {
                    self.everything_at = Instant::now() + LOOK_EVERY;
                }
                taken.looked();
                let left = self.everything_at.saturating_duration_since(Instant::now());
                Done::counted("changes", changes).again_in(left)
            }
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
        self.turned = true;
    }
}

impl Runtime {
    /// Returns how many companies were taken over, and sources and webhooks began, changed or ended.
    async fn reconcile(&self, scope: &Scope) -> Result<usize, StoreError> {
        if self.inner.journal.standing().borrow().lost {
            self.stand_down().await;
            return Ok(0);
        }
        self.open_books().await?;
        let mut loader = Lent::from(self);
        let companies = match scope {
            Scope::Everything => {
                Costs::add(&self.inner.costs.everything, 1);
                return Ok(self.own_all(&mut loader).await? + self.look_at(&mut loader, None).await?);
            }
            Scope::Companies(companies) => companies,
        };
        let mut changes = self.own_these(&mut loader, companies).await?;
        for company in companies {
            Costs::add(&self.inner.costs.companies, 1);
            changes += self.look_at(&mut loader, Some(*company)).await?;
        }
        Ok(changes)
    }

    /// Makes what runs equal to what is wanted, of one company or of all that were taken.
    async fn look_at(&self, loader: &mut Loader, only: Option<CompanyId>) -> Result<usize, StoreError> {
        let desired = loader.load(&self.inner.store, only).await?;
        Costs::add(&self.inner.costs.rows, desired.rows);
        Ok(self.make_equal(desired, only))
    }

    /// Starts what does not run yet, and tells what is not wanted any more to end; says how much began, changed or ended.
    fn make_equal(&self, desired: Desired, only: Option<CompanyId>) -> usize {
        let of_lines = {
            let mut running = self.running();
            let remembered = |source| self.inner.books.remembered(source);
            let worker = |company| self.worker(company).1;
            running.lines.reconcile(desired.lines, only, &self.inner.shared, worker, remembered)
        };
        let of_doors = self.inner.doors.replace(desired.doors, only);
        if of_doors > 0 {
            // Whose calls can be answered may be others now.
            self.inner.journal.duties().wake(ringing::SPEC.name);
        }
        let of_couriers =
            self.inner.couriers.reconcile(desired.webhooks, only, |company| self.worker(company));
        of_lines + of_doors + of_couriers
    }
}
