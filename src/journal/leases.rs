//! What the journal knows of leases: it raises the epochs, and lets in what comes under a lease that is held.
//!
//! What must hold here: a value whose lease is gone costs the recorder nothing. It is answered at once, and what it would have
//! written is counted and logged as what the recorder itself gives back.

use std::sync::{Arc, Mutex, PoisonError};

use super::batch::Heads;
use super::health::Counters;
use super::inbox::ControlKind;
use super::{Journal, WriteError};
use crate::domain::{CompanyId, WebhookId};
use crate::log::lines;
use crate::ownership::{Acquiring, Epochs, Leases, Owned};

/// What is not written when the lease is gone.
#[derive(Clone, Copy)]
pub(super) enum Unwritten {
    Events(usize),
    Results(WebhookId),
}

/// A lease that was held when something was handed over under it. It is written under this lease or not at all: by the next one
/// somebody else may have written, and what was known before may not be so any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Under {
    pub company: CompanyId,
    pub epoch: i64,
}

impl Under {
    /// Whether the company's lease is another one by now.
    pub fn is_outlived(self, heads: &Heads) -> bool {
        heads.get(&self.company).is_some_and(|head| head.epoch != self.epoch)
    }
}

impl Journal {
    /// What this process holds of a company, if it holds it.
    pub fn owned(&self, company: CompanyId) -> Option<Owned<CompanyId>> {
        self.leases().of(company)
    }

    /// The lease, if the company may be written.
    pub(super) fn held(&self, owned: &Owned<CompanyId>, otherwise: Unwritten) -> Result<Under, WriteError> {
        let under = owned.get().map(|company| Under { company, epoch: owned.epoch() });
        under.ok_or_else(|| {
            let (counters, company) = (&self.inner.counters, owned.id());
            // What comes of a company that was deleted a moment ago is nobody's loss.
            if owned.is_gone() {
                return WriteError::NoCompany;
            }
            match otherwise {
                Unwritten::Events(events) => {
                    Counters::add(&counters.disowned, events);
                    lines::not_written(company, events, WriteError::NotOurs);
                }
                Unwritten::Results(webhook) => {
                    Counters::add(&counters.results_disowned, 1);
                    results_not_written(company, webhook, &WriteError::NotOurs);
                }
            }
            WriteError::NotOurs
        })
    }

    fn leases(&self) -> &Leases {
        self.inner.tenure.leases()
    }
}

pub(super) fn results_not_written(company: CompanyId, webhook: WebhookId, error: &WriteError) {
    tracing::error!(%company, %webhook, %error, "results of deliveries not written");
}

impl Epochs for Journal {
    fn raise(&self, companies: Vec<CompanyId>) -> Acquiring<'_> {
        Box::pin(async move {
            let taken = Arc::<Mutex<Vec<_>>>::default();
            let left = Arc::clone(&taken);
            let taking = self.run_control(ControlKind::Leases(taken), move |tx| {
                Box::pin(async move {
                    let heads = tx.take_leases(&companies).await?;
                    left.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&heads);
                    Ok(heads)
                })
            });
            let heads = taking.await?;
            for head in &heads {
                self.inner.tail.set_head(head.company, head.seq);
            }
            Ok(heads.iter().map(|head| self.leases().granted(head.company, head.epoch)).collect())
        })
    }

    fn forget(&self, companies: &[CompanyId]) {
        self.inner.tail.forget(companies);
        self.inner.tenure.forget(companies);
        self.inner.inbox.ring();
    }
}
