//! What is to be looked at with the next pass: the companies that somebody has changed, or everything.
//!
//! What must hold here: no change is lost. What is noted while a pass runs is looked at by the next one, and a pass that did not
//! end well is followed by one that looks at everything.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::CompanyId;

/// Beyond so many companies it is cheaper to look at everything.
const MANY: usize = 50;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    everything: bool,
    companies: BTreeSet<CompanyId>,
}

/// What one pass looks at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Everything,
    Companies(BTreeSet<CompanyId>),
}

/// What a pass has taken; dropped before [`Taken::looked`], everything is to be looked at.
pub(super) struct Taken<'a> {
    changes: &'a Changes,
    pub scope: Scope,
    looked: bool,
}

impl Changes {
    pub fn note(&self, company: CompanyId) {
        self.asked().companies.insert(company);
    }

    pub fn note_everything(&self) {
        self.asked().everything = true;
    }

    /// Takes what was noted; `everything` when that is due anyway.
    pub fn take(&self, everything: bool) -> Taken<'_> {
        let asked = std::mem::take(&mut *self.asked());
        let everything = everything || asked.everything || asked.companies.len() > MANY;
        let scope = if everything { Scope::Everything } else { Scope::Companies(asked.companies) };
        Taken { changes: self, scope, looked: false }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        // Every change is a single step: whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// The pass has ended well.
    pub fn looked(mut self) {
        self.looked = true;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.looked {
            self.changes.note_everything();
        }
    }
}

/// What the looks at the store have cost since the start.
#[derive(Debug, Default)]
pub(super) struct Costs {
    /// Looks at everything, and at single companies.
    pub everything: AtomicU64,
    pub companies: AtomicU64,
    /// Heads, sources and webhooks that were read.
    pub rows: AtomicU64,
}

impl Costs {
    pub fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(by as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn companies(of: &[i64]) -> Scope {
        Scope::Companies(of.iter().copied().map(CompanyId).collect())
    }

    #[test]
    fn changes_that_come_together_are_looked_at_together_and_once() {
        let changes = Changes::default();
        for company in [2, 1, 2] {
            changes.note(CompanyId(company));
        }
        let taken = changes.take(false);
        assert_eq!(taken.scope, companies(&[1, 2]));
        changes.note(CompanyId(3));
        taken.looked();
        let taken = changes.take(false);
        assert_eq!(taken.scope, companies(&[3]), "what came meanwhile has its own look");
        taken.looked();
        assert_eq!(changes.take(true).scope, Scope::Everything);
    }

    #[test]
    fn what_was_not_looked_at_well_is_looked_at_with_everything() {
        let changes = Changes::default();
        changes.note(CompanyId(1));
        drop(changes.take(false));
        let taken = changes.take(false);
        assert_eq!(taken.scope, Scope::Everything);
        taken.looked();
        let taken = changes.take(false);
        assert_eq!(taken.scope, companies(&[]));
        taken.looked();
        changes.note_everything();
        let taken = changes.take(false);
        assert_eq!(taken.scope, Scope::Everything);
        taken.looked();
        (0..=50).for_each(|company| changes.note(CompanyId(company)));
        assert_eq!(changes.take(false).scope, Scope::Everything, "many changes are one look");
    }
}
