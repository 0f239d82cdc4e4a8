//! Making a consumer's rows anew, and how far its rows are.

use std::sync::atomic::Ordering;

use ahash::AHashMap;

use super::super::Journal;
use super::Kind;
use crate::domain::{CompanyId, Seq};
use crate::store::{Build, Head, Store, StoreError, Tx};

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

impl Kind {
    /// How it stands, by the rows that there are.
    pub async fn status(&self, store: &Store) -> Result<ConsumerStatus, StoreError> {
        let unread = |head: Seq, seq: Seq| u64::try_from(head.0 - seq.0).unwrap_or(0);
        let builds = store.builds(self.name).await?;
        let by_company: AHashMap<CompanyId, &[Build]> = builds
            .chunk_by(|one, next| one.company == next.company)
            .map(|own| (own[0].company, own))
            .collect();
        let mut status = ConsumerStatus { name: self.name, version: self.version, behind: 0, rebuild: None };
        for Head { company, seq: head, .. } in store.heads().await? {
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

    /// Has all of its rows made anew, beside those that are read; where that is under way already, it goes on. A program that
    /// runs begins within [`KNOWN_WITHIN`](super::following::KNOWN_WITHIN).
    pub async fn rebuild(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.begin_builds(self.name, self.version, true).await.map(drop)
    }
}

impl Journal {
    /// Who follows it.
    pub fn consumers(&self) -> &[Kind] {
        &self.inner.consumers
    }

    /// Looks at once for rows that are to be made anew ([`Kind::rebuild`]).
    pub fn rebuild_now(&self, kind: &Kind) {
        self.inner.rebuilds_asked.fetch_add(1, Ordering::Relaxed);
        self.inner.duties.wake(kind.name);
    }

    /// How often it was told of rows to be made anew since the start.
    pub(super) fn rebuilds_asked(&self) -> u64 {
        self.inner.rebuilds_asked.load(Ordering::Relaxed)
    }
}
