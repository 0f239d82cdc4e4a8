//! Making a consumer's rows anew, and how far its rows are.

use std::sync::atomic::Ordering;

use ahash::AHashMap;

use super::super::Journal;
use super::Kind;
use crate::domain::{CompanyId, Seq};
use crate::store::{Build, StoreError, Tx};

/// How a consumer stands, all companies together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumerStatus {
    pub name: &'static str,
    pub version: i32,
    /// Events that are not in the rows that are read. (A consumer that waits for some events to come together has a few.)
    pub behind: u64,
    pub rebuild: Option<RebuildStatus>,
}

/// How much of a rebuild is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RebuildStatus {
    pub companies: u64,
    pub events: u64,
}

impl Journal {
    /// The consumers that follow it, in the order of their list.
    pub async fn consumers(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        let mut statuses = Vec::with_capacity(self.inner.consumers.len());
        for kind in &self.inner.consumers {
            statuses.push(self.status_of(kind).await?);
        }
        Ok(statuses)
    }

    async fn status_of(&self, kind: &Kind) -> Result<ConsumerStatus, StoreError> {
        let unread = |head: Seq, seq: Seq| u64::try_from(head.0 - seq.0).unwrap_or(0);
        let builds = self.inner.store.builds(kind.name).await?;
        let by_company: AHashMap<CompanyId, &[Build]> = builds
            .chunk_by(|one, next| one.company == next.company)
            .map(|own| (own[0].company, own))
            .collect();
        let mut status = ConsumerStatus { name: kind.name, version: kind.version, behind: 0, rebuild: None };
        for (company, head) in self.heads() {
            let own = by_company.get(&company).copied().unwrap_or_default();
            status.behind += unread(head, own.first().map_or(Seq::ZERO, |build| build.seq));
            if let [_, .., beside] = own {
                let left = status.rebuild.get_or_insert_default();
                left.companies += 1;
                left.events += unread(head, beside.seq);
            }
        }
        Ok(status)
    }

    /// Has all rows of a consumer made anew, beside those that are read; where that is under way already, it goes on. False when
    /// there is no consumer of that name.
    pub async fn rebuild(&self, name: &str) -> Result<bool, StoreError> {
        let Some(kind) = self.inner.consumers.iter().copied().find(|kind| kind.name == name) else {
            return Ok(false);
        };
        self.control(move |tx| Box::pin(begin(tx, kind))).await?;
        self.inner.rebuilds_asked.fetch_add(1, Ordering::Relaxed);
        self.inner.duties.wake(name);
        Ok(true)
    }

    /// Removes the cursors of consumers that this program does not have: nothing waits for those.
    pub(in crate::journal) async fn forget_others(&self) -> Result<(), StoreError> {
        for name in self.inner.store.consumers().await? {
            if !self.inner.consumers.iter().any(|kind| kind.name == name) {
                tracing::warn!(
                    consumer = name,
                    "this program has no such consumer; its cursors are forgotten"
                );
                self.control(move |tx| Box::pin(async move { tx.forget_consumer(&name).await })).await?;
            }
        }
        Ok(())
    }

    /// How often rows were asked to be made anew since the start.
    pub(super) fn rebuilds_asked(&self) -> u64 {
        self.inner.rebuilds_asked.load(Ordering::Relaxed)
    }
}

async fn begin(tx: &mut Tx<'_>, kind: Kind) -> Result<(), StoreError> {
    for own in tx.builds(kind.name).await?.chunk_by(|one, next| one.company == next.company) {
        if let [only] = own {
            let anew = Build { number: only.number + 1, version: kind.version, seq: Seq::ZERO, ..*only };
            tx.put_build(kind.name, &anew).await?;
        }
    }
    Ok(())
}
