//! Companies that this process takes over, and those it has lost.
//!
//! What must hold here: a company's lease is taken before anything of it runs, and what ran under an older lease has ended
//! before that. A take-over that fails is tried again.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use tracing::{info, warn};

use super::Runtime;
use super::desired::Desired;
use crate::domain::CompanyId;
use crate::store::StoreError;

/// Lines get this long to close their sessions.
const LINES_END_WITHIN: Duration = Duration::from_secs(2);
/// Couriers get this long for what they have in flight.
const COURIERS_END_WITHIN: Duration = Duration::from_secs(6);

impl Runtime {
    /// Companies that this node is to run from now on.
    pub(super) async fn adopt(&self, companies: Vec<CompanyId>) -> Result<(), StoreError> {
        if companies.is_empty() {
            return Ok(());
        }
        self.inner.journal.take_leases(&companies).await?;
        let taken = companies.clone();
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
        self.running().loader.adopted(taken);
        Ok(())
    }

    /// Takes companies back that somebody else has written. What ran of them ends first: it goes by what was so before. With
    /// the pass that follows it runs again.
    pub(super) async fn take_back(
        &self,
        disowned: BTreeSet<CompanyId>,
        mut desired: Desired,
    ) -> Result<(), StoreError> {
        warn!(companies = ?disowned, "another process has written these companies; they are taken back");
        let (theirs, gone): (Vec<_>, Vec<_>) =
            disowned.into_iter().partition(|company| desired.companies.contains(company));
        self.inner.journal.forget(&gone);
        self.running().loader.disowned(&theirs);
        let new = std::mem::take(&mut desired.new_companies);
        let runs = |company: &CompanyId| !theirs.contains(company) && !new.contains(company);
        desired.lines.retain(|_, line| runs(&line.company));
        desired.webhooks.retain(|_, webhook| runs(&webhook.company));
        // The doors of those that were lost stay: to their providers a 401 is final, and until the lease is taken the journal
        // refuses what they bring, which is answered 503.
        desired.doors.retain(|door| !new.contains(&door.account.company));
        let (_, [lines, couriers]) = self.run_only(desired);
        if timeout(LINES_END_WITHIN, join_all(lines)).await.is_err() {
            warn!("some lines of companies that were lost did not end in time");
        }
        if timeout(COURIERS_END_WITHIN, join_all(couriers)).await.is_err() {
            warn!("some couriers of companies that were lost did not end in time");
        }
        self.adopt(theirs).await?;
        self.look();
        Ok(())
    }

    /// Ends everything that runs: another process has the database. The doors answer that one should come again.
    pub(super) async fn stand_down(&self) {
        self.inner.doors.close();
        let lines = self.running().lines.end_all();
        if timeout(LINES_END_WITHIN, join_all(lines)).await.is_err() {
            warn!("some sources did not end in time");
        }
        if timeout(COURIERS_END_WITHIN, self.inner.couriers.end_all()).await.is_err() {
            warn!("some couriers did not end in time");
        }
        self.running().loader.all_disowned();
    }
}
