//! Who owns a company, as a value.
//!
//! What must always hold here:
//! - An [`Owned`] is made by a lease that was acquired ([`Leaser::acquire`]), and by nothing else.
//! - It is void from the moment this process knows that the lease is gone (the database is another process's, a higher epoch
//!   stands in the company's row, the company was deleted, the lease was released), in all its clones at once, and it stays
//!   void. A lease that is acquired again gives new values.
//! - Of one company a process holds at most one lease at a time; a higher epoch voids the one before it.
//!
//! How it works: what appends, settles or commands takes an [`Owned<CompanyId>`] where it would take an id, so that the
//! compiler finds every place that has to know whose the company is. [`Leases`] is the table behind the values; the journal
//! keeps it, because the journal learns first what was lost. Whether a value is held is one atomic load, and is true of the
//! moment before: what decides about each write stays the epoch in the row, which the appending transaction checks.

mod leases;
mod owned;
mod static_leaser;

use futures_util::future::BoxFuture;

pub use leases::Leases;
pub use owned::Owned;
pub use static_leaser::{Epochs, StaticLeaser};

use crate::domain::CompanyId;
use crate::store::StoreError;

/// What the taking of leases comes to: a value for each company.
pub type Acquiring<'a> = BoxFuture<'a, Result<Vec<Owned<CompanyId>>, StoreError>>;

/// Who takes the leases of companies for this process, and gives them back.
pub trait Leaser: Send + Sync {
    /// Takes the leases of these companies, all of them or none. Whatever was held of them before is void then.
    fn acquire(&self, companies: Vec<CompanyId>) -> Acquiring<'_>;

    /// Says that these are wanted further, and comes to those that still are this process's. The others are void.
    fn renew(&self, owned: Vec<Owned<CompanyId>>) -> Acquiring<'_>;

    /// Gives up what is held of these companies, which are no more: it is void when this returns, and what still comes for them is
    /// nobody's loss.
    fn release(&self, companies: &[CompanyId]);
}
