//! Calls of several companies as one list, the newest first: the lists of each, merged.
//!
//! What must hold here: what is read of a company is a few rows, and more only once those stand in the page: a page costs as many short
//! statements as there are companies, however many calls they have.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use super::StoredCall;
use super::list::{CallFilter, CallPlace, calls_as};
use crate::domain::{CompanyId, Seq, Timestamp};
use crate::store::StoreError;
use crate::store::engine::{Conn, on, reads};

/// Rows of a company that are read first, and at once when those are used up.
const FIRST: u32 = 4;
const MORE: u32 = 16;

/// A place in the list: among calls of one moment those of the newer company stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallPlaceAmong {
    pub at: Timestamp,
    pub company: CompanyId,
    pub seq: Seq,
}

impl CallPlaceAmong {
    pub fn of(stored: &StoredCall) -> Self {
        let CallPlace(at, seq) = stored.place();
        Self { at, company: stored.company, seq }
    }

    /// Where the list of one company goes on behind this place.
    fn in_company(self, company: CompanyId) -> CallPlace {
        let seq = match company.cmp(&self.company) {
            // All of its calls of that moment are still to come.
            Ordering::Less => i64::MAX,
            Ordering::Equal => self.seq.0,
            Ordering::Greater => i64::MIN,
        };
        CallPlace(self.at, Seq(seq))
    }
}

reads! {
    /// Calls of these companies as the filter says, before a place, the newest first; `now` says which are over.
    calls_of_companies(companies: &[CompanyId], filter: &CallFilter, before: Option<CallPlaceAmong>, now: Timestamp, limit: u32) -> Vec<StoredCall>;
}

/// What was read of a company and stands in no page yet, the newest last.
struct Read {
    waiting: Vec<StoredCall>,
    /// There may be more.
    more: bool,
}

async fn calls_of_companies(
    mut conn: Conn<'_>,
    companies: &[CompanyId],
    filter: &CallFilter,
    before: Option<CallPlaceAmong>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<StoredCall>, StoreError> {
    let providers = providers(conn.again()).await?;
    let none = Vec::new();
    let mut read: BTreeMap<CompanyId, Read> = BTreeMap::new();
    let mut newest = BinaryHeap::new();
    for company in companies {
        let from = before.map(|before| before.in_company(*company));
        let known = providers.get(company).unwrap_or(&none);
        let found = calls_as(conn.again(), *company, known, filter, from, now, FIRST).await?;
        newest.extend(found.first().map(CallPlaceAmong::of));
        read.insert(*company, Read::of(found, FIRST));
    }
    let mut page = Vec::new();
    while page.len() < limit as usize
        && let Some(CallPlaceAmong { company, .. }) = newest.pop()
        && let Some(of_it) = read.get_mut(&company)
        && let Some(call) = of_it.waiting.pop()
    {
        if of_it.waiting.is_empty() && of_it.more {
            let known = providers.get(&company).unwrap_or(&none);
            let found = calls_as(conn.again(), company, known, filter, Some(call.place()), now, MORE).await?;
            *of_it = Read::of(found, MORE);
        }
        newest.extend(of_it.waiting.last().map(CallPlaceAmong::of));
        page.push(call);
    }
    Ok(page)
}

impl Read {
    fn of(mut found: Vec<StoredCall>, limit: u32) -> Self {
        let more = found.len() >= limit as usize;
        found.reverse();
        Self { waiting: found, more }
    }
}

/// The providers of each company's sources, those that are no more among them.
async fn providers(conn: Conn<'_>) -> Result<BTreeMap<CompanyId, Vec<String>>, StoreError> {
    let rows: Vec<(i64, String)> = on!(conn, db =>
        sqlx::query_as("SELECT DISTINCT company, provider FROM sources ORDER BY company, provider")
            .fetch_all(&mut *db)
            .await?);
    let mut of_each: BTreeMap<CompanyId, Vec<String>> = BTreeMap::new();
    for (company, provider) in rows {
        of_each.entry(CompanyId(company)).or_default().push(provider);
    }
    Ok(of_each)
}
