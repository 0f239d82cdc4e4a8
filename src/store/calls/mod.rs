//! `calls`: what the journal says about calls, a row for each.
//!
//! What must hold: a row is written only in the transaction that moves the cursor of its build. Rows of a build that is made beside
//! the one that is read are seen by nobody else.

mod across;
mod board;
mod companies;
mod count;
mod leads;
mod list;
mod row;
mod short;

use super::engine::{BatchConn, Conn, Nothing, batch, bulk, on, reads};
use super::{BatchTx, StoreError, Tx};
use crate::domain::call::Call;
use crate::domain::{CallId, CompanyId, Provider, Seq, SourceId, Timestamp};

pub use across::CallPlaceAmong;
pub use board::CallLengths;
#[cfg(test)]
pub(super) use board::STATEMENTS as OF_BOARD;
#[cfg(test)]
pub(super) use companies::{CALLED, WITH_CALLER, WITH_NUMBER};
#[cfg(test)]
pub(super) use count::COUNT;
pub use count::CallCounts;
#[cfg(test)]
pub(super) use leads::statements;
pub use list::{CallFilter, CallPlace, CallsFound};
pub use row::CallRow;
pub use short::{ShortCall, ShortCalls};

/// A call with its place: it is named by its first event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCall {
    pub company: CompanyId,
    pub provider: Provider,
    pub call: Call,
}

impl StoredCall {
    /// Its first event, by which it is named within its company.
    pub fn seq(&self) -> Seq {
        self.call.events.first().copied().unwrap_or(Seq::ZERO)
    }

    pub fn id(&self) -> CallId {
        CallId { company: self.company, seq: self.seq() }
    }
}

/// One of the consumer's builds of a company's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallBuild {
    pub company: CompanyId,
    pub number: i32,
}

/// How a call that is written differs from its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// There is none.
    New,
    /// In nothing that an index holds.
    Little,
    Much,
}

impl Changed {
    /// Of a call that was `before` and is `after`.
    pub fn between(before: &Call, after: &Call) -> Changed {
        let indexed = |call: &Call| {
            let numbers = (call.our_number.clone(), call.their_number.clone());
            let agent = call.agent.as_ref().map(|agent| agent.id.clone());
            (numbers, agent, call.queue.clone(), call.group.clone(), call.times.new, call.has_ended())
        };
        if indexed(before) == indexed(after) { Changed::Little } else { Changed::Much }
    }
}

/// The calls of a group that had begun in a time: from its first moment to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfGroup<'a> {
    pub source: SourceId,
    pub group: &'a str,
    pub begun: (Timestamp, Timestamp),
}

/// More calls than one door has in the hours for which a call of it may go on.
const OF_A_GROUP: i64 = 1_000;

/// Calls of builds before the one that is read.
pub(super) const UNREAD: &str = "DELETE FROM calls WHERE company = $1 AND (build, seq) IN (SELECT build, seq FROM calls \
             WHERE company = $1 AND build < $2 LIMIT $3)";
/// Calls of which no event is left.
pub(super) const OUTLIVED: &str = "DELETE FROM calls WHERE company = $1 AND build = $2 AND seq IN (SELECT seq FROM calls \
             WHERE company = $1 AND build = $2 AND seq < $3 AND last_seq < $3 LIMIT $4)";

reads! {
    /// Those of these calls that a build has.
    calls_by_id(build: CallBuild, ids: &[(SourceId, &str)]) -> Vec<StoredCall>;
    /// The calls of a group that had begun in that time, the newest first.
    calls_of_group(build: CallBuild, of: &OfGroup<'_>) -> Vec<StoredCall>;
}

async fn calls_by_id(
    conn: Conn<'_>,
    build: CallBuild,
    ids: &[(SourceId, &str)],
) -> Result<Vec<StoredCall>, StoreError> {
    // As `row::select!` has them: the text of a statement over many rows stands whole, so that its plan can be looked at.
    Ok(bulk!(conn, StoredCall,
        "SELECT company, source, provider, call_id, grp, state, outcome, direction, our_number, their_number, agent, queue, \
         last_event, heard_at, changed_at, due_at, due_outcome, new_at, ringing_at, answered_at, ended_at, warnings, rest, last_seq, stage \
         FROM ({rows}) AS v CROSS JOIN calls WHERE company = v.column1 AND build = v.column2 AND source = v.column3 \
         AND call_id = v.column4",
        ids, id => {
            build.company.0 => i64, "bigint";
            build.number => i32, "integer";
            id.0.0 => i64, "bigint";
            id.1 => &str, "text";
        }
    ))
}

async fn calls_of_group(
    conn: Conn<'_>,
    build: CallBuild,
    of: &OfGroup<'_>,
) -> Result<Vec<StoredCall>, StoreError> {
    let sql = row::select!(
        " FROM calls WHERE company = $1 AND build = $2 AND source = $3 AND grp = $4 AND new_at BETWEEN $5 AND $6 ORDER BY new_at DESC LIMIT $7"
    );
    Ok(on!(conn, db => sqlx::query_as(sql)
        .bind(build.company.0)
        .bind(build.number)
        .bind(of.source.0)
        .bind(of.group)
        .bind(of.begun.0.0)
        .bind(of.begun.1.0)
        .bind(OF_A_GROUP)
        .fetch_all(&mut *db)
        .await?))
}

impl BatchTx<'_> {
    /// Writes the calls of a build.
    pub async fn put_calls(&mut self, build: i32, rows: &[CallRow]) -> Result<(), StoreError> {
        let of = |changed| -> Vec<&CallRow> { rows.iter().filter(|row| row.changed == changed).collect() };
        row::insert(self.conn(), build, &of(Changed::New)).await?;
        row::update(self.conn(), build, &of(Changed::Little)).await?;
        row::update_indexed(self.conn(), build, &of(Changed::Much)).await
    }
}

impl Tx<'_> {
    /// Removes up to `limit` calls of which no event is left, the oldest event that there is being `oldest`, and those of builds
    /// before the one that is read. Returns how many went.
    pub async fn forget_calls(
        &mut self,
        company: CompanyId,
        oldest: Seq,
        read: i32,
        limit: u32,
    ) -> Result<u64, StoreError> {
        // Each is a range of the primary key: in one condition they would be a look at every call there is.
        let unread = on!(self.conn(), db => sqlx::query(
            UNREAD,
        )
        .bind(company.0)
        .bind(read)
        .bind(i64::from(limit))
        .execute(&mut *db)
        .await?
        .rows_affected());
        let left = i64::from(limit).saturating_sub(i64::try_from(unread).unwrap_or(i64::MAX));
        let outlived = on!(self.conn(), db => sqlx::query(
            OUTLIVED,
        )
        .bind(company.0)
        .bind(read)
        .bind(oldest.0)
        .bind(left)
        .execute(&mut *db)
        .await?
        .rows_affected());
        Ok(unread + outlived)
    }
}
