//! Calls of several companies as one list, the newest first: the lists of each, merged.
//!
//! What must hold here: what is read of a company is a few rows, and more only once those stand in the page: a page costs as many short
//! statements as there are companies, however many calls they have. Where a company's calls are looked at and few are found, the look has
//! a bound, and the list goes on behind it with the next page.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use super::StoredCall;
use super::list::{CallFilter, CallPlace, CallsFound, LOOKED_AT, Wanted, wanted};
use crate::domain::{CompanyId, Seq, Timestamp};
use crate::store::StoreError;
use crate::store::engine::{Conn, on, reads};

/// Rows of a company that are read first, and at once when those are used up.
const FIRST: u32 = 4;
const MORE: u32 = 16;
/// Calls of a company that are looked at for these, at least.
const LEAST_LOOKED_AT: u32 = 64;

/// A place in the list: among calls of one moment those of the newer company stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallPlaceAmong {
    pub at: Timestamp,
    pub company: CompanyId,
    pub seq: Seq,
}

impl CallPlaceAmong {
    pub fn of(stored: &StoredCall) -> Self {
        Self::in_list(stored.company, stored.place())
    }

    fn in_list(company: CompanyId, CallPlace(at, seq): CallPlace) -> Self {
        Self { at, company, seq }
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
    calls_of_companies(companies: &[CompanyId], filter: &CallFilter, before: Option<CallPlaceAmong>, now: Timestamp, limit: u32) -> CallsFound<CallPlaceAmong>;
}

/// What was read of a company and stands in no page yet, the newest last; and where its list goes on.
struct Read {
    company: CompanyId,
    waiting: Vec<StoredCall>,
    next: Option<CallPlace>,
}

async fn calls_of_companies(
    mut conn: Conn<'_>,
    companies: &[CompanyId],
    filter: &CallFilter,
    before: Option<CallPlaceAmong>,
    now: Timestamp,
    limit: u32,
) -> Result<CallsFound<CallPlaceAmong>, StoreError> {
    let providers = providers(conn.again()).await?;
    let looked_at =
        (LOOKED_AT / u32::try_from(companies.len().max(1)).unwrap_or(LOOKED_AT)).max(LEAST_LOOKED_AT);
    let of = |company: CompanyId, before, limit| {
        let providers = providers.get(&company).map_or(&[][..], Vec::as_slice);
        Wanted { company, providers, filter, before, now, limit, looked_at }
    };
    let (mut lists, mut newest) = (BTreeMap::new(), BinaryHeap::new());
    for company in companies {
        let from = before.map(|before| before.in_company(*company));
        let read = Read::new(*company, wanted(conn.again(), &of(*company, from, FIRST)).await?);
        newest.extend(read.ahead());
        lists.insert(*company, read);
    }
    let mut page = CallsFound { calls: Vec::new(), next: None };
    let mut left = LOOKED_AT;
    while let Some(place) = newest.pop()
        && let Some(list) = lists.get_mut(&place.company)
    {
        if page.calls.len() == limit as usize {
            page.next = page.calls.last().map(CallPlaceAmong::of);
            break;
        }
        if let Some(call) = list.waiting.pop() {
            page.calls.push(call);
        } else if left == 0 {
            page.next = Some(place);
            break;
        } else {
            let found = wanted(conn.again(), &of(place.company, list.next, MORE)).await?;
            let is_full = found.calls.len() == MORE as usize;
            left = left.saturating_sub(if is_full { MORE } else { looked_at });
            *list = Read::new(place.company, found);
        }
        newest.extend(list.ahead());
    }
    Ok(page)
}

impl Read {
    fn new(company: CompanyId, CallsFound { calls: mut waiting, next }: CallsFound<CallPlace>) -> Self {
        waiting.reverse();
        Self { company, waiting, next }
    }

    /// Where it stands among the others: at its newest call, or where more of it may be.
    fn ahead(&self) -> Option<CallPlaceAmong> {
        let waiting = self.waiting.last().map(StoredCall::place);
        waiting.or(self.next).map(|place| CallPlaceAmong::in_list(self.company, place))
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
