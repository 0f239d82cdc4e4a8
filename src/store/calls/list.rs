//! Pages of calls, the newest first: by the one condition that leaves the fewest, with an index for each; the others are looked at
//! in what that finds.

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

/// A place in the list: a call's first moment, and its first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallPlace(pub Timestamp, pub Seq);

impl StoredCall {
    pub fn place(&self) -> CallPlace {
        CallPlace(self.call.heard_at, self.seq())
    }
}

/// A page by one lead. A call's state and outcome are those at the moment $12, when one that was waited for long enough is over.
macro_rules! page {
    ($lead:literal) => {
        page!("calls", $lead)
    };
    ($from:literal, $lead:literal) => {
        concat!(
            row::select!(" FROM "),
            $from,
            " WHERE company = $1 \
                 AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1) \
                 AND (heard_at, seq) < ($2, $3) AND heard_at >= $5 AND heard_at < $6 AND ",
            $lead,
            " AND ($7 IS NULL OR CASE WHEN due_at <= $12 THEN 'finished' ELSE state END = $7) \
             AND ($8 IS NULL OR CASE WHEN due_at <= $12 THEN due_outcome ELSE outcome END = $8) \
             AND ($9 IS NULL OR provider = $9) AND ($10 IS NULL OR agent = $10) AND ($11 IS NULL OR queue = $11) \
             AND ($14 IS NULL OR their_number = $14 OR our_number = $14) \
             ORDER BY heard_at DESC, seq DESC LIMIT $13"
        )
    };
}

/// What is looked for first. Each has an index.
#[derive(Clone, Copy)]
enum Lead<'a> {
    TheirNumber(&'a str),
    OurNumber(&'a str),
    Agent(&'a str),
    Queue(&'a str),
    Call(&'a str),
    Outcome(&'a str),
    /// Those whose end was not told.
    Open,
    Provider(&'a str),
}

impl<'a> Lead<'a> {
    fn value(self) -> Option<&'a str> {
        match self {
            Lead::TheirNumber(value)
            | Lead::OurNumber(value)
            | Lead::Agent(value)
            | Lead::Queue(value)
            | Lead::Call(value)
            | Lead::Outcome(value)
            | Lead::Provider(value) => Some(value),
            Lead::Open => None,
        }
    }

    /// Each text stands whole, so that its statement is prepared once.
    fn sql(self) -> &'static str {
        match self {
            Lead::TheirNumber(_) => page!("their_number = $4"),
            Lead::OurNumber(_) => page!("our_number = $4"),
            Lead::Agent(_) => page!("agent = $4"),
            Lead::Queue(_) => page!("queue = $4"),
            // One source after the other: else SQLite goes through all calls of the company.
            Lead::Call(_) => page!(
                "(SELECT id AS own FROM sources WHERE company = $1) AS s CROSS JOIN calls",
                "source = own AND call_id = $4"
            ),
            Lead::Outcome(_) => page!("outcome = $4"),
            Lead::Open => page!("is_open = 1 AND CAST($4 AS TEXT) IS NULL"),
            Lead::Provider(_) => page!("provider = $4"),
        }
    }
}

impl CallFilter {
    /// The conditions of which one leaves the fewest; together they find every call that the filter means.
    fn leads<'a>(&'a self, providers: &'a [String]) -> Vec<Lead<'a>> {
        if let Some(call) = &self.call {
            return vec![Lead::Call(call)];
        }
        if let Some(phone) = &self.phone {
            return vec![Lead::TheirNumber(phone), Lead::OurNumber(phone)];
        }
        if self.state.is_some_and(|state| state != CallState::Finished) {
            return vec![Lead::Open];
        }
        if let Some(agent) = &self.agent {
            return vec![Lead::Agent(agent)];
        }
        if let Some(outcome) = self.outcome {
            return vec![Lead::Outcome(outcome.as_str()), Lead::Open];
        }
        if let Some(queue) = &self.queue {
            return vec![Lead::Queue(queue)];
        }
        let wanted = |provider: &&String| self.provider.is_none_or(|wanted| wanted.as_str() == **provider);
        providers.iter().filter(wanted).map(|provider| Lead::Provider(provider)).collect()
    }
}

reads! {
    /// Calls as the filter says, before a place, the newest first; `now` says which are over.
    calls(company: CompanyId, filter: &CallFilter, before: Option<CallPlace>, now: Timestamp, limit: u32) -> Vec<StoredCall>;
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
) -> Result<Vec<StoredCall>, StoreError> {
    let providers = providers(conn.again(), company).await?;
    calls_as(conn, company, &providers, filter, before, now, limit).await
}

/// The same, with the providers of the company's sources.
pub(super) async fn calls_as(
    mut conn: Conn<'_>,
    company: CompanyId,
    providers: &[String],
    filter: &CallFilter,
    before: Option<CallPlace>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<StoredCall>, StoreError> {
    let mut found: Vec<StoredCall> = Vec::new();
    for lead in filter.leads(providers) {
        found.extend(page(conn.again(), company, lead, filter, before, now, limit).await?);
    }
    // What two leads find is the same call.
    found.sort_unstable_by_key(|stored| std::cmp::Reverse(stored.place()));
    found.dedup_by_key(|stored| stored.place());
    found.truncate(limit as usize);
    Ok(found)
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

async fn page(
    conn: Conn<'_>,
    company: CompanyId,
    lead: Lead<'_>,
    filter: &CallFilter,
    before: Option<CallPlace>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<StoredCall>, StoreError> {
    let CallPlace(at, seq) = before.unwrap_or(CallPlace(Timestamp(i64::MAX), Seq(i64::MAX)));
    let from = filter.from.map_or(i64::MIN, |from| from.0);
    let to = filter.to.map_or(i64::MAX, |to| to.0);
    Ok(on!(conn, db => sqlx::query_as(lead.sql())
        .bind(company.0)
        .bind(at.0)
        .bind(seq.0)
        .bind(maybe(lead.value()))
        .bind(from)
        .bind(to)
        .bind(filter.state.map(CallState::as_str))
        .bind(filter.outcome.map(Outcome::as_str))
        .bind(filter.provider.map(Provider::as_str))
        .bind(maybe(filter.agent.as_deref()))
        .bind(maybe(filter.queue.as_deref()))
        .bind(now.0)
        .bind(i64::from(limit))
        .bind(maybe(filter.phone.as_deref()))
        .fetch_all(&mut *db)
        .await?))
}

async fn call(conn: Conn<'_>, company: CompanyId, first: Seq) -> Result<Option<StoredCall>, StoreError> {
    let sql = row::select!(
        " FROM calls WHERE company = $1 AND seq = $2 \
         AND build = (SELECT MIN(build) FROM cursors WHERE consumer = 'calls' AND id = $1)"
    );
    Ok(on!(conn, db => sqlx::query_as(sql).bind(company.0).bind(first.0).fetch_optional(&mut *db).await?))
}

/// Each statement with the index that it has to use, for the test of plans.
#[cfg(test)]
pub(in crate::store) fn statements() -> [(&'static str, &'static str); 8] {
    [
        (Lead::TheirNumber("").sql(), "calls_their_number"),
        (Lead::OurNumber("").sql(), "calls_our_number"),
        (Lead::Agent("").sql(), "calls_agent"),
        (Lead::Queue("").sql(), "calls_queue"),
        (Lead::Call("").sql(), "calls_id"),
        (Lead::Outcome("").sql(), "calls_outcome"),
        (Lead::Open.sql(), "calls_open"),
        (Lead::Provider("").sql(), "calls_heard"),
    ]
}
