//! One node, which has the database to itself and so every company in it (`docs/adr/0009`).

use std::future::ready;

use super::{Acquiring, Leaser, Owned};
use crate::domain::CompanyId;

/// Who keeps the epochs in the companies' rows. The journal does: an epoch is raised by its recorder, between two batches.
pub trait Epochs: Send + Sync {
    /// Raises the epoch of each, in one transaction: from now on every writer with an older one is refused.
    fn raise(&self, companies: Vec<CompanyId>) -> Acquiring<'_>;

    /// It does not matter any more whose these are.
    fn forget(&self, companies: &[CompanyId]);
}

/// Takes whatever it is asked for: who holds the database's lock has no rival. A lease lasts until the lock is lost, or until
/// somebody raised the epoch all the same, which the recorder finds out; so there is nothing to renew in between.
pub struct StaticLeaser<E>(E);

impl<E: Epochs> StaticLeaser<E> {
    pub fn new(epochs: E) -> Self {
        Self(epochs)
    }
}

impl<E: Epochs> Leaser for StaticLeaser<E> {
    fn acquire(&self, companies: Vec<CompanyId>) -> Acquiring<'_> {
        self.0.raise(companies)
    }

    fn renew(&self, mut owned: Vec<Owned<CompanyId>>) -> Acquiring<'_> {
        owned.retain(Owned::is_held);
        Box::pin(ready(Ok(owned)))
    }

    fn release(&self, companies: &[CompanyId]) {
        self.0.forget(companies);
    }
}
