//! What the journal knows of leases: it raises the epochs, and lets in what comes under a lease that is held.
//!
//! What must hold here: a value whose lease is gone costs the recorder nothing. It is answered at once, and what it would have
//! written is counted and logged as what the recorder itself gives back.

use std::sync::{Arc, Mutex, PoisonError};

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

impl Journal {
    /// What this process holds of a company, if it holds it.
    pub fn owned(&self, company: CompanyId) -> Option<Owned<CompanyId>> {
        self.leases().of(company)
    }

    /// The company, if it may be written.
    pub(super) fn held(
        &self,
        owned: &Owned<CompanyId>,
        otherwise: Unwritten,
    ) -> Result<CompanyId, WriteError> {
        owned.get().ok_or_else(|| {
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
