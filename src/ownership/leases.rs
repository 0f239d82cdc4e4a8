//! The leases that this process holds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Owned;
use crate::domain::CompanyId;

/// See the module above. Granted by the journal's recorder, in the order in which it raises epochs.
#[derive(Debug, Default)]
pub struct Leases {
    held: Mutex<HashMap<CompanyId, Owned<CompanyId>>>,
}

impl Leases {
    /// A lease was acquired. One that is older than what is held is void from the beginning.
    pub(crate) fn grant(&self, company: CompanyId, epoch: i64) -> Owned<CompanyId> {
        let owned = Owned::under(epoch, company);
        let mut held = self.held();
        if held.get(&company).is_some_and(|present| present.epoch() >= epoch) {
            owned.void();
        } else if let Some(before) = held.insert(company, owned.clone()) {
            before.void();
        }
        owned
    }

    /// The value of the lease that was granted with this epoch; void when the lease has gone meanwhile.
    pub(crate) fn granted(&self, company: CompanyId, epoch: i64) -> Owned<CompanyId> {
        self.of(company).filter(|owned| owned.epoch() == epoch).unwrap_or_else(|| {
            let gone = Owned::under(epoch, company);
            gone.void();
            gone
        })
    }

    /// What is held of a company.
    pub fn of(&self, company: CompanyId) -> Option<Owned<CompanyId>> {
        self.held().get(&company).cloned()
    }

    /// These are not this process's any more.
    pub(crate) fn void(&self, companies: &[CompanyId]) {
        let mut held = self.held();
        companies.iter().filter_map(|company| held.remove(company)).for_each(|owned| owned.void());
    }

    /// These are no more.
    pub(crate) fn end(&self, companies: &[CompanyId]) {
        let mut held = self.held();
        companies.iter().filter_map(|company| held.remove(company)).for_each(|owned| owned.end());
    }

    /// Nothing is this process's any more.
    pub(crate) fn void_all(&self) {
        self.held().drain().for_each(|(_, owned)| owned.void());
    }

    fn held(&self) -> MutexGuard<'_, HashMap<CompanyId, Owned<CompanyId>>> {
        // Inserts and removals are single steps, and a value is voided after it has left: whole after any panic.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: CompanyId = CompanyId(1);
    const B: CompanyId = CompanyId(2);

    #[test]
    fn all_clones_of_a_value_are_void_with_its_lease() {
        let leases = Leases::default();
        let (a, b) = (leases.grant(A, 1), leases.grant(B, 1));
        let clone = a.clone();
        assert_eq!((a.get(), clone.get(), leases.of(A)), (Some(A), Some(A), Some(a.clone())));
        leases.void(&[A]);
        assert_eq!((a.get(), clone.get(), leases.of(A)), (None, None, None));
        assert_eq!(
            (clone.id(), b.get()),
            (A, Some(B)),
            "it is still known what it was of; others are not touched"
        );
        leases.void_all();
        assert!(!b.is_held() && !b.is_gone());
        let c = leases.grant(B, 2);
        leases.end(&[B]);
        assert!(!c.is_held() && c.is_gone() && leases.of(B).is_none());
    }

    #[test]
    fn a_higher_epoch_voids_the_lease_before_it_and_an_older_one_is_never_held() {
        let leases = Leases::default();
        let first = leases.grant(A, 1);
        let second = leases.grant(A, 2);
        assert!(!first.is_held() && second.is_held() && first != second);
        let late = leases.grant(A, 1);
        assert!(!late.is_held() && second.is_held());
        assert_eq!(leases.of(A).map(|owned| owned.epoch()), Some(2));
    }

    #[test]
    fn what_was_void_stays_so_when_the_company_is_taken_again() {
        let leases = Leases::default();
        let first = leases.grant(A, 1);
        leases.void_all();
        let second = leases.grant(A, 2);
        assert!(!first.is_held() && second.is_held());
    }
}
