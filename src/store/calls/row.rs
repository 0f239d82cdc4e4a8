//! A call as a row, and back.

use serde::{Deserialize, Serialize};

use super::{BatchConn, Changed, Nothing, StoredCall, batch};
use crate::domain::call::{
    Agent, Call, CallState, Clocks, Direction, Due, Outcome, Pressed, Times, Warnings, WithAgent,
};
use crate::domain::{CompanyId, Key, Seq, SourceId, Timestamp};
use crate::store::StoreError;
use crate::store::engine::from_row;

/// The columns that [`StoredCall`] is read from, before what a statement says besides.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT company, source, provider, call_id, grp, state, outcome, direction, our_number, their_number, agent, queue, \
             last_event, heard_at, changed_at, due_at, due_outcome, new_at, ringing_at, answered_at, ended_at, warnings, rest, last_seq, stage",
            $rest
        )
    };
}
pub(super) use select;

/// What is neither searched nor counted.
#[derive(Serialize, Deserialize)]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<Agent>,
    with: WithAgent,
    /// Also of a call that goes on: it holds when the call ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pressed: Vec<Pressed>,
    events: Vec<Seq>,
    total: u32,
    clocks: Clocks,
}

from_row!(StoredCall, row => {
    let rest: Rest = serde_json::from_str(row.try_get(22)?).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let key = |column: usize| row.try_get::<Option<String>, _>(column).map(|key| key.map(Key::from));
    let time = |column: usize| row.try_get::<Option<i64>, _>(column).map(|at| at.map(Timestamp));
    let due = match time(15)? {
        Some(at) => Some(Due { at, outcome: maybe_word(row.try_get(16)?, Outcome::parse)? }),
        None => None,
    };
    let call = Call {
        source: SourceId(row.try_get(1)?),
        id: Key::from(row.try_get::<String, _>(3)?),
        group: key(4)?,
        state: word(&row.try_get::<String, _>(5)?, CallState::parse)?,
        outcome: rest.outcome,
        direction: maybe_word(row.try_get(7)?, Direction::parse)?,
        our_number: key(8)?,
        their_number: key(9)?,
        agent: rest.agent,
        with_agent: rest.with,
        queue: key(11)?,
        last_event: row.try_get::<String, _>(12)?.into(),
        stage: row.try_get::<Option<String>, _>(24)?.map(String::into_boxed_str),
        heard_at: Timestamp(row.try_get(13)?),
        changed_at: Timestamp(row.try_get(14)?),
        due,
        times: Times { new: time(17)?, ringing: time(18)?, answered: time(19)?, ended: time(20)? },
        pressed: rest.pressed,
        warnings: Warnings(row.try_get(21)?),
        events: rest.events,
        events_total: rest.total,
        last_seq: Seq(row.try_get(23)?),
        clocks: rest.clocks,
    };
    let provider = row.try_get::<String, _>(2)?.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))?;
    Ok(StoredCall { company: CompanyId(row.try_get(0)?), provider, call })
});

fn word<T>(text: &str, parse: fn(&str) -> Option<T>) -> Result<T, sqlx::Error> {
    parse(text).ok_or_else(|| sqlx::Error::Decode(format!("`{text}` is no word of a call").into()))
}

fn maybe_word<T>(text: Option<String>, parse: fn(&str) -> Option<T>) -> Result<Option<T>, sqlx::Error> {
    text.map(|text| word(&text, parse)).transpose()
}

/// A call as it is to be written. It is made where nobody waits for it: its JSON is no work of the one who writes.
#[derive(Debug)]
pub struct CallRow {
    stored: StoredCall,
    pub(super) changed: Changed,
    rest: String,
}

impl CallRow {
    pub fn of(stored: StoredCall, changed: Changed) -> Self {
        let rest = rest(&stored.call);
        Self { stored, changed, rest }
    }

    pub fn call(&self) -> &Call {
        &self.stored.call
    }
}

fn rest(call: &Call) -> String {
    let rest = Rest {
        agent: call.agent.clone(),
        with: call.with_agent,
        outcome: call.outcome,
        pressed: call.pressed.clone(),
        events: call.events.clone(),
        total: call.events_total,
        clocks: call.clocks,
    };
    serde_json::to_string(&rest).expect("it has a JSON form")
}

fn outcome(call: &Call) -> Option<&'static str> {
    call.outcome.filter(|_| call.has_ended()).map(Outcome::as_str)
}

fn text(key: Option<&Key>) -> Option<&str> {
    key.map(|key| &**key)
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.0)
}

fn due_outcome(call: &Call) -> Option<&'static str> {
    call.due.and_then(|due| due.outcome).map(Outcome::as_str)
}

pub(super) async fn insert(conn: BatchConn<'_>, build: i32, rows: &[&CallRow]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "INSERT INTO calls (company, build, seq, last_seq, source, provider, call_id, grp, state, is_open, outcome, direction, \
         our_number, their_number, agent, queue, last_event, heard_at, changed_at, due_at, due_outcome, new_at, ringing_at, \
         answered_at, ended_at, warnings, rest, stage) {rows}",
        rows, of => {
            of.stored.company.0 => i64, "bigint";
            build => i32, "integer";
            of.stored.seq().0 => i64, "bigint";
            of.stored.call.last_seq.0 => i64, "bigint";
            of.stored.call.source.0 => i64, "bigint";
            of.stored.provider.as_str() => &str, "text";
            &*of.stored.call.id => &str, "text";
            text(of.stored.call.group.as_ref()) => Option<&str>, "text";
            of.stored.call.state.as_str() => &str, "text";
            i32::from(!of.stored.call.has_ended()) => i32, "integer";
            outcome(&of.stored.call) => Option<&str>, "text";
            of.stored.call.direction.map(Direction::as_str) => Option<&str>, "text";
            text(of.stored.call.our_number.as_ref()) => Option<&str>, "text";
            text(of.stored.call.their_number.as_ref()) => Option<&str>, "text";
            of.stored.call.agent.as_ref().map(|agent| &*agent.id) => Option<&str>, "text";
            text(of.stored.call.queue.as_ref()) => Option<&str>, "text";
            &*of.stored.call.last_event => &str, "text";
            of.stored.call.heard_at.0 => i64, "bigint";
            of.stored.call.changed_at.0 => i64, "bigint";
            micros(of.stored.call.due.map(|due| due.at)) => Option<i64>, "bigint";
            due_outcome(&of.stored.call) => Option<&str>, "text";
            micros(of.stored.call.times.new) => Option<i64>, "bigint";
            micros(of.stored.call.times.ringing) => Option<i64>, "bigint";
            micros(of.stored.call.times.answered) => Option<i64>, "bigint";
            micros(of.stored.call.times.ended) => Option<i64>, "bigint";
            of.stored.call.warnings.0 => i32, "integer";
            &*of.rest => &str, "text";
            of.stored.call.stage.as_deref() => Option<&str>, "text";
        }
    );
    Ok(())
}

/// Of calls that changed in nothing that an index holds.
pub(super) async fn update(conn: BatchConn<'_>, build: i32, rows: &[&CallRow]) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "UPDATE calls SET last_seq = v.column4, state = v.column5, last_event = v.column6, changed_at = v.column7, \
         due_at = v.column8, due_outcome = v.column9, ringing_at = v.column10, answered_at = v.column11, ended_at = v.column12, \
         warnings = v.column13, rest = v.column14, direction = v.column15, stage = v.column16 \
         FROM ({rows}) AS v WHERE calls.company = v.column1 AND calls.build = v.column2 AND calls.seq = v.column3",
        rows, of => {
            of.stored.company.0 => i64, "bigint";
            build => i32, "integer";
            of.stored.seq().0 => i64, "bigint";
            of.stored.call.last_seq.0 => i64, "bigint";
            of.stored.call.state.as_str() => &str, "text";
            &*of.stored.call.last_event => &str, "text";
            of.stored.call.changed_at.0 => i64, "bigint";
            micros(of.stored.call.due.map(|due| due.at)) => Option<i64>, "bigint";
            due_outcome(&of.stored.call) => Option<&str>, "text";
            micros(of.stored.call.times.ringing) => Option<i64>, "bigint";
            micros(of.stored.call.times.answered) => Option<i64>, "bigint";
            micros(of.stored.call.times.ended) => Option<i64>, "bigint";
            of.stored.call.warnings.0 => i32, "integer";
            &*of.rest => &str, "text";
            of.stored.call.direction.map(Direction::as_str) => Option<&str>, "text";
            of.stored.call.stage.as_deref() => Option<&str>, "text";
        }
    );
    Ok(())
}

/// Also what an index holds.
pub(super) async fn update_indexed(
    conn: BatchConn<'_>,
    build: i32,
    rows: &[&CallRow],
) -> Result<(), StoreError> {
    let _ = batch!(conn, Nothing,
        "UPDATE calls SET last_seq = v.column4, state = v.column5, last_event = v.column6, changed_at = v.column7, \
         due_at = v.column8, due_outcome = v.column9, ringing_at = v.column10, answered_at = v.column11, ended_at = v.column12, \
         warnings = v.column13, rest = v.column14, direction = v.column15, stage = v.column16, \
         grp = v.column17, is_open = v.column18, outcome = v.column19, our_number = v.column20, \
         their_number = v.column21, agent = v.column22, queue = v.column23, new_at = v.column24 \
         FROM ({rows}) AS v WHERE calls.company = v.column1 AND calls.build = v.column2 AND calls.seq = v.column3",
        rows, of => {
            of.stored.company.0 => i64, "bigint";
            build => i32, "integer";
            of.stored.seq().0 => i64, "bigint";
            of.stored.call.last_seq.0 => i64, "bigint";
            of.stored.call.state.as_str() => &str, "text";
            &*of.stored.call.last_event => &str, "text";
            of.stored.call.changed_at.0 => i64, "bigint";
            micros(of.stored.call.due.map(|due| due.at)) => Option<i64>, "bigint";
            due_outcome(&of.stored.call) => Option<&str>, "text";
            micros(of.stored.call.times.ringing) => Option<i64>, "bigint";
            micros(of.stored.call.times.answered) => Option<i64>, "bigint";
            micros(of.stored.call.times.ended) => Option<i64>, "bigint";
            of.stored.call.warnings.0 => i32, "integer";
            &*of.rest => &str, "text";
            of.stored.call.direction.map(Direction::as_str) => Option<&str>, "text";
            of.stored.call.stage.as_deref() => Option<&str>, "text";
            text(of.stored.call.group.as_ref()) => Option<&str>, "text";
            i32::from(!of.stored.call.has_ended()) => i32, "integer";
            outcome(&of.stored.call) => Option<&str>, "text";
            text(of.stored.call.our_number.as_ref()) => Option<&str>, "text";
            text(of.stored.call.their_number.as_ref()) => Option<&str>, "text";
            of.stored.call.agent.as_ref().map(|agent| &*agent.id) => Option<&str>, "text";
            text(of.stored.call.queue.as_ref()) => Option<&str>, "text";
            micros(of.stored.call.times.new) => Option<i64>, "bigint";
        }
    );
    Ok(())
}
