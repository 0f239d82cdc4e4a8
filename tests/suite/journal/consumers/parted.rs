//! A consumer whose rows are written in parts, too many rows for one transaction; the last part fails the first time.

use std::sync::atomic::{AtomicBool, Ordering};

use ramal::domain::{CompanyId, Seq};
use ramal::journal::{Consumer, Page, Part, Rows, Start};
use ramal::store::{AuditEntry, StoreError};

/// Of `ENGINE`, so that tests of both do not share what has failed.
pub struct Parted<const ENGINE: usize>(CompanyId);

static FAILED: [AtomicBool; 2] = [const { AtomicBool::new(false) }; 2];
/// Parts of a stretch.
pub const PARTS: usize = 3;
/// Rows that a part says it has: more than share a transaction.
const ROWS: usize = 600;

impl<const ENGINE: usize> Consumer for Parted<ENGINE> {
    const NAME: &'static str = "parted";
    const VERSION: i32 = 1;

    async fn begin(start: &Start<'_>) -> Result<Self, StoreError> {
        Ok(Self(start.company))
    }

    async fn take(&mut self, page: &Page) -> Result<Option<Rows>, StoreError> {
        let company = self.0;
        let part = |number: usize| {
            let entry = AuditEntry {
                id: 0,
                at: crate::store::NOW,
                actor: "parted".to_owned(),
                address: None,
                action: "tally".to_owned(),
                company: Some(company),
                target: Some(number.to_string()),
                detail: None,
            };
            Part::new(ROWS, move |tx| {
                Box::pin(async move {
                    if number == PARTS && !FAILED[ENGINE].swap(true, Ordering::Relaxed) {
                        return Err(StoreError::Rejected { detail: "not this time".to_owned() });
                    }
                    tx.audit(&entry).await
                })
            })
        };
        Ok(Some(Rows::in_parts(Seq(page.next.0 - 1), (1..=PARTS).map(part).collect())))
    }
}
