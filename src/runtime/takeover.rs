//! Companies that this process takes over, and those it has lost.
//!
//! What must hold here: a company's lease is taken before anything of it runs, and what ran under an older lease has ended
//! before that. A take-over that fails is tried again.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use tracing::{info, warn};

use super::Runtime;
use super::changes::Costs;
use super::desired::Loader;
use crate::domain::CompanyId;
use crate::ownership::Owned;
use crate::store::StoreError;

/// Lines get this long to close their sessions.
const LINES_END_WITHIN: Duration = Duration::from_secs(2);
/// Couriers get this long for what they have in flight.
const COURIERS_END_WITHIN: Duration = Duration::from_secs(6);

impl Runtime {
    /// Takes the lease of every company that there is and is not held, and lets go of those that are no more; returns how many
    /// were taken.
    pub(super) async fn own_all(&self, loader: &mut Loader) -> Result<usize, StoreError> {
        let heads = self.inner.store.heads().await?;
        Costs::add(&self.inner.costs.rows, heads.len());
        let present: HashSet<CompanyId> = heads.into_iter().map(|head| head.company).collect();
        let mut gone = loader.gone(&present);
        let disowned = self.inner.journal.standing().borrow().disowned.clone();
        gone.extend(disowned.into_iter().filter(|company| !present.contains(company)));
        self.let_go(loader, &gone);
        self.own(loader, &present).await
    }

    /// The same for some of them.
    pub(super) async fn own_these(
        &self,
        loader: &mut Loader,
        companies: &BTreeSet<CompanyId>,
    ) -> Result<usize, StoreError> {
        let (mut present, mut gone) = (HashSet::new(), Vec::new());
        for company in companies {
            match self.inner.store.head(*company).await? {
                Some(_) => drop(present.insert(*company)),
                None => gone.push(*company),
            }
        }
        Costs::add(&self.inner.costs.rows, present.len());
        self.let_go(loader, &gone);
        self.own(loader, &present).await
    }

    /// These companies are no more.
    fn let_go(&self, loader: &mut Loader, gone: &[CompanyId]) {
        if !gone.is_empty() {
            self.inner.leaser.release(gone);
            loader.forget(gone);
        }
    }

    /// Takes the leases of those of these companies that are not held. What ran under one that is gone ends first: it goes by
    /// what was so before. Their doors stay: to their providers a 401 is final, and until the lease is taken the journal refuses
    /// what they bring, which is answered 503.
    async fn own(&self, loader: &mut Loader, present: &HashSet<CompanyId>) -> Result<usize, StoreError> {
        let held = self.inner.leaser.renew(loader.leases(present)).await?;
        let held: HashSet<CompanyId> = held.iter().map(Owned::id).collect();
        let missing: HashSet<CompanyId> = present.difference(&held).copied().collect();
        let lost = loader.leases(&missing);
        if !lost.is_empty() {
            let lost: Vec<CompanyId> = lost.iter().map(Owned::id).collect();
            warn!(companies = ?lost, "another process has written these companies; they are taken back");
            self.end_of(&lost).await;
        }
        let companies = missing.len();
        self.adopt(loader, missing.into_iter().collect()).await?;
        Ok(companies)
    }

    /// Ends what runs of these companies.
    async fn end_of(&self, companies: &[CompanyId]) {
        let lines = self.running().lines.end_of(companies);
        let couriers = self.inner.couriers.end_of(companies);
        if timeout(LINES_END_WITHIN, join_all(lines)).await.is_err() {
            warn!("some lines of companies that were lost did not end in time");
        }
        if timeout(COURIERS_END_WITHIN, join_all(couriers)).await.is_err() {
            warn!("some couriers of companies that were lost did not end in time");
        }
    }

    /// Companies that this node is to run from now on.
    async fn adopt(&self, loader: &mut Loader, companies: Vec<CompanyId>) -> Result<(), StoreError> {
        if companies.is_empty() {
            return Ok(());
        }
        let owned = self.inner.leaser.acquire(companies.clone()).await?;
        let closing = self.inner.journal.control(move |tx| {
            Box::pin(async move {
                let mut closed = Vec::new();
                for company in companies {
                    closed.extend(tx.close_orphan_sessions(company).await?);
                }
                Ok(closed)
            })
        });
        for gap in closing.await? {
            let (company, source, since) = (gap.company, gap.source, gap.started_at);
            info!(%company, %source, %since, "the process had ended while a session was open");
        }
        loader.adopted(owned);
        Ok(())
    }

    /// Ends everything that runs: another process has the database. The doors answer that one should come again.
    pub(super) async fn stand_down(&self) {
        self.inner.doors.close();
        let lines = self.running().lines.end_all();
        let (lines, couriers) = tokio::join!(
            timeout(LINES_END_WITHIN, join_all(lines)),
            timeout(COURIERS_END_WITHIN, self.inner.couriers.end_all()),
        );
        if lines.is_err() {
            warn!("some sources did not end in time");
        }
        if couriers.is_err() {
            warn!("some couriers did not end in time");
        }
        self.running().loader.forget_all();
    }
}
