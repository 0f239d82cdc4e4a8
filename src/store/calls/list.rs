//! Pages of calls, the newest first: by the one condition that leaves the fewest, with an index for each; the others are looked at
//! in what that finds.
//!
//! What must hold here: a page takes about as long however many calls there are. Of what its index finds so many calls are looked at
//! ([`LOOKED_AT`]); then it says down to where, and the next page goes on there.

use super::leads::Lead;
use super::{StoredCall, row};
use crate::domain::call::{CallState, Outcome};
use crate::domain::{CompanyId, Provider, Seq, Timestamp};
use crate::store::StoreError;
use crate::store::engine::{Conn, on, reads};
use crate::store::text::maybe;

/// Which calls to list; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    pub state: Option<CallState>,
    pub outcome: Option<Outcome>,
    pub provider: Option<Provider>,
    /// Digits, of either side.
    pub phone: Option<String>,
    pub agent: Option<String>,
    pub queue: Option<String>,
    /// The provider's id.
    pub call: Option<String>,
    /// First heard of at this moment or later.
    pub from: Option<Timestamp>,
    /// First heard of before this moment.
    pub to: Option<Timestamp>,
}

/// Calls that are looked at for a page whose index finds others as well, as an agent's who has none of the outcome that is asked for.
pub(super) const LOOKED_AT: u32 = 10_000;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallsFound<Place> {
    pub calls: Vec<StoredCall>,
    /// Where the list goes on: all calls down to this place have been looked at, which need not be one of those found. `None`: all
    /// there are.
    pub next: Option<Place>,
}

/// A place in the list: a call's first moment, and its first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallPlace(pub Timestamp, pub Seq);

impl CallPlace {
    /// Before the newest call there can be, and behind the oldest.
    const NEWEST: Self = Self(Timestamp(i64::MAX), Seq(i64::MAX));
    const OLDEST: Self = Self(Timestamp(i64::MIN), Seq(i64::MIN));
}

impl StoredCall {
    pub fn place(&self) -> CallPlace {
        CallPlace(self.call.heard_at, self.seq())
    }
}

/// What a page asks for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub company: CompanyId,
    /// Of its sources.
    pub providers: &'a [String],
    pub filter: &'a CallFilter,
    pub before: Option<CallPlace>,
    pub now: Timestamp,
    pub limit: u32,
    /// So many calls are looked at, by each index that is needed.
    pub looked_at: u32,
}

impl Wanted<'_> {
    /// Where it begins: of two bounds a database would take one, and look at every call before the other.
    fn before(&self) -> CallPlace {
        let to = self.filter.to.map(|to| CallPlace(to, CallPlace::OLDEST.1));
        [self.before, to].into_iter().flatten().min().unwrap_or(CallPlace::NEWEST)
    }
}

reads! {
    /// Calls as the filter says, before a place, the newest first; `now` says which are over.
    calls(company: CompanyId, filter: &CallFilter, before: Option<CallPlace>, now: Timestamp, limit: u32) -> CallsFound<CallPlace>;
    /// The call that this is the first event of.
    call(company: CompanyId, first: Seq) -> Option<StoredCall>;
}

async fn calls(
    mut conn: Conn<'_>,
    company: CompanyId,
    filter: &CallFilter,
    before: Option<CallPlace>,
    now: Timestamp,
    limit: u32,
) -> Result<CallsFound<CallPlace>, StoreError> {
    let providers = &*providers(conn.again(), company).await?;
    wanted(conn, &Wanted { company, providers, filter, before, now, limit, looked_at: LOOKED_AT }).await
}

pub(super) async fn wanted(
    mut conn: Conn<'_>,
    wanted: &Wanted<'_>,
) -> Result<CallsFound<CallPlace>, StoreError> {
    let mut found = CallsFound { calls: Vec::new(), next: None };
    for look in sparsest(conn.again(), wanted).await? {
        let by_it = page(conn.again(), look, wanted).await?;
        found.calls.extend(by_it.calls);
        found.next = found.next.max(by_it.next);
    }
    // What two leads find is the same call.
    found.calls.sort_unstable_by_key(|stored| std::cmp::Reverse(stored.place()));
    found.calls.dedup_by_key(|stored| stored.place());
    if let Some(next) = found.next {
        // One of them has not looked any further.
        found.calls.retain(|stored| stored.place() >= next);
    }
    Ok(found.cut(wanted.limit))
}

/// A condition, and down to where calls are looked at that it finds.
#[derive(Clone, Copy)]
struct Look<'a> {
    lead: Lead<'a>,
    down_to: Option<CallPlace>,
}

/// Of the ways to look the one that comes farthest with as many calls: it finds the fewest others.
async fn sparsest<'a>(mut conn: Conn<'_>, wanted: &Wanted<'a>) -> Result<Vec<Look<'a>>, StoreError> {
    let ways = wanted.filter.ways(wanted.providers);
    let is_one_of_several = ways.len() > 1;
    let mut looks = Vec::new();
    for way in ways {
        let mut look = Vec::new();
        for lead in way {
            // Where it ends is asked before: what comes or changes meanwhile moves no call that is looked at behind it.
            let is_bounded = is_one_of_several || !lead.is_all_of(wanted.filter);
            let down_to = if is_bounded { last(conn.again(), lead, wanted).await? } else { None };
            look.push(Look { lead, down_to });
        }
        looks.push(look);
    }
    let down_to = |look: &Vec<Look<'_>>| look.iter().map(|look| look.down_to).max().flatten();
    Ok(looks.into_iter().min_by_key(down_to).unwrap_or_default())
}

impl CallsFound<CallPlace> {
    fn cut(mut self, limit: u32) -> Self {
        let limit = limit as usize;
        if self.calls.len() > limit {
            self.calls.truncate(limit);
            self.next = self.calls.last().map(StoredCall::place);
        }
        self
    }
}

/// The providers of a company's sources, those that are no more among them.
async fn providers(conn: Conn<'_>, company: CompanyId) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = on!(conn, db =>
        sqlx::query_as("SELECT DISTINCT provider FROM sources WHERE company = $1 ORDER BY provider")
            .bind(company.0)
            .fetch_all(&mut *db)
            .await?);
    Ok(rows.into_iter().map(|(provider,)| provider).collect())
}

/// What one lead finds.
async fn page(
    conn: Conn<'_>,
    Look { lead, down_to: next }: Look<'_>,
    wanted: &Wanted<'_>,
) -> Result<CallsFound<CallPlace>, StoreError> {
    let &Wanted { company, filter, now, limit, .. } = wanted;
    let CallPlace(at, seq) = wanted.before();
    let CallPlace(down_to, its_seq) = next.unwrap_or(CallPlace::OLDEST).max(since(filter));
    let calls = on!(conn, db => sqlx::query_as(lead.sql())
        .bind(company.0)
        .bind(at.0)
        .bind(seq.0)
        .bind(maybe(lead.value()))
        .bind(down_to.0)
        .bind(its_seq.0)
        .bind(filter.state.map(CallState::as_str))
        .bind(filter.outcome.map(Outcome::as_str))
        .bind(filter.provider.map(Provider::as_str))
        .bind(maybe(filter.agent.as_deref()))
        .bind(maybe(filter.queue.as_deref()))
        .bind(now.0)
        .bind(i64::from(limit) + 1)
        .bind(maybe(filter.phone.as_deref()))
        .fetch_all(&mut *db)
        .await?);
    Ok(CallsFound { calls, next }.cut(limit))
}

/// The last call that a lead looks at, where there are more.
async fn last(conn: Conn<'_>, lead: Lead<'_>, wanted: &Wanted<'_>) -> Result<Option<CallPlace>, StoreError> {
    let Some(sql) = lead.last() else { return Ok(None) };
    let CallPlace(at, seq) = wanted.before();
    let found: Option<(i64, i64)> = on!(conn, db => sqlx::query_as(sql)
        .bind(wanted.company.0)
        .bind(at.0)
        .bind(seq.0)
        .bind(maybe(lead.value()))
        .bind(since(wanted.filter).0.0)
        .bind(i64::from(wanted.looked_at))
        .fetch_optional(&mut *db)
        .await?);
    Ok(found.map(|(at, seq)| CallPlace(Timestamp(at), Seq(seq))))
}

fn since(filter: &CallFilter) -> CallPlace {
    filter.from.map_or(CallPlace::OLDEST, |from| CallPlace(from, CallPlace::OLDEST.1))
}

async fn call(conn: Conn<'_>, company: CompanyId, first: Seq) -> Result<Option<StoredCall>, StoreError> {
    let sql = row::select!(
        " FROM calls WHERE company = $1 AND seq = $2 \
         AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1)"
    );
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).bind(first.0).fetch_optional(&mut *db).await?))
}
