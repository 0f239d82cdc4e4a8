//! Calls of one source in short, for who lists thousands of them: no more than what stands in a few columns.

use super::{CallBuild, bulk, on, reads};
use crate::domain::call::CallState;
use crate::domain::{CompanyId, Seq, SourceId, Timestamp};
use crate::store::engine::{Conn, from_row};
use crate::store::text::text;
use crate::store::{StoreError, cursors};

/// A call in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortCall {
    /// Its first event, by which it is named within its company.
    pub seq: Seq,
    pub source: SourceId,
    /// The provider's id.
    pub id: String,
    /// At the moment that was asked for.
    pub state: CallState,
    pub heard_at: Timestamp,
    pub changed_at: Timestamp,
}

/// Which calls of a source; all that is given must hold, of each list any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShortCalls {
    pub seqs: Option<Vec<Seq>>,
    pub ids: Option<Vec<String>>,
    pub states: Option<Vec<CallState>>,
}

/// A row; whether the call is over depends on the moment.
struct Row {
    call: ShortCall,
    due_at: Option<Timestamp>,
}

from_row!(Row, row => {
    let state: String = row.try_get(3)?;
    let state = CallState::parse(&state)
        .ok_or_else(|| sqlx::Error::Decode(format!("`{state}` is no state of a call").into()))?;
    Ok(Row {
        call: ShortCall {
            seq: Seq(row.try_get(0)?),
            source: SourceId(row.try_get(1)?),
            id: row.try_get(2)?,
            state,
            heard_at: Timestamp(row.try_get(4)?),
            changed_at: Timestamp(row.try_get(5)?),
        },
        due_at: row.try_get::<Option<i64>, _>(6)?.map(Timestamp),
    })
});

impl Row {
    fn at(self, now: Timestamp) -> ShortCall {
        let is_over = self.due_at.is_some_and(|due| due <= now);
        let state = if is_over { CallState::Finished } else { self.call.state };
        ShortCall { state, ..self.call }
    }
}

impl ShortCalls {
    fn means(&self, call: &ShortCall) -> bool {
        self.seqs.as_ref().is_none_or(|seqs| seqs.contains(&call.seq))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&call.id))
            && self.states.as_ref().is_none_or(|states| states.contains(&call.state))
    }

    /// Whether calls that are over are among those that are meant.
    fn reaches_the_end(&self) -> bool {
        self.states.as_ref().is_none_or(|states| states.contains(&CallState::Finished))
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT seq, source, call_id, state, heard_at, changed_at, due_at FROM ", $rest)
    };
}

/// The newest first, of those whose state at $4 stands in the list $6 (`,new,waiting,`), or of all.
macro_rules! newest {
    ($lead:literal) => {
        concat!(
            select!("calls WHERE company = $1 AND build = $2 AND source = $3 AND "),
            $lead,
            " AND ($6 = '' OR $6 LIKE '%,' || CASE WHEN due_at <= $4 THEN 'finished' ELSE state END || ',%') \
             ORDER BY heard_at DESC, seq DESC LIMIT $5"
        )
    };
}

reads! {
    /// The newest calls of a source that are meant, at most `limit` of them, by their first events.
    short_calls(company: CompanyId, source: SourceId, wanted: &ShortCalls, now: Timestamp, limit: u32) -> Vec<ShortCall>;
}

async fn short_calls(
    mut conn: Conn<'_>,
    company: CompanyId,
    source: SourceId,
    wanted: &ShortCalls,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<ShortCall>, StoreError> {
    let Some(number) = cursors::build_read(conn.again(), "calls", company).await? else {
        return Ok(Vec::new());
    };
    let build = CallBuild { company, number };
    let rows = match (&wanted.seqs, &wanted.ids) {
        (Some(seqs), _) => by_seq(conn, build, seqs).await?,
        (None, Some(ids)) => by_id(conn, build, source, ids).await?,
        (None, None) => newest(conn, build, source, wanted, now, limit).await?,
    };
    let mut calls: Vec<ShortCall> = rows.into_iter().map(|row| row.at(now)).collect();
    calls.retain(|call| call.source == source && wanted.means(call));
    // What was asked for twice is one call.
    calls.sort_unstable_by_key(|call| call.seq);
    calls.dedup_by_key(|call| call.seq);
    let too_many = calls.len().saturating_sub(limit as usize);
    Ok(calls.split_off(too_many))
}

async fn by_seq(conn: Conn<'_>, build: CallBuild, seqs: &[Seq]) -> Result<Vec<Row>, StoreError> {
    Ok(bulk!(conn, Row,
        "SELECT seq, source, call_id, state, heard_at, changed_at, due_at FROM ({rows}) AS v CROSS JOIN calls \
         WHERE company = v.column1 AND build = v.column2 AND seq = v.column3",
        seqs, seq => {
            build.company.0 => i64, "bigint";
            build.number => i32, "integer";
            seq.0 => i64, "bigint";
        }
    ))
}

async fn by_id(
    conn: Conn<'_>,
    build: CallBuild,
    source: SourceId,
    ids: &[String],
) -> Result<Vec<Row>, StoreError> {
    Ok(bulk!(conn, Row,
        "SELECT seq, source, call_id, state, heard_at, changed_at, due_at FROM ({rows}) AS v CROSS JOIN calls \
         WHERE company = v.column1 AND build = v.column2 AND source = v.column3 AND call_id = v.column4",
        ids, id => {
            build.company.0 => i64, "bigint";
            build.number => i32, "integer";
            source.0 => i64, "bigint";
            text(id).into_owned() => String, "text";
        }
    ))
}

async fn newest(
    mut conn: Conn<'_>,
    build: CallBuild,
    source: SourceId,
    wanted: &ShortCalls,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let states = wanted.states.iter().flatten().map(|state| state.as_str());
    let states =
        states.fold(
            String::new(),
            |all, state| if all.is_empty() { format!(",{state},") } else { all + state + "," },
        );
    if wanted.states.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    // Each has an index that has them in this order.
    let sql = if wanted.reaches_the_end() {
        newest!("provider = (SELECT provider FROM sources WHERE id = $3)")
    } else {
        newest!("is_open = 1")
    };
    Ok(on!(conn.again(), db => sqlx::query_as(sql)
        .bind(build.company.0)
        .bind(build.number)
        .bind(source.0)
        .bind(now.0)
        .bind(i64::from(limit))
        .bind(states)
        .fetch_all(&mut *db)
        .await?))
}
