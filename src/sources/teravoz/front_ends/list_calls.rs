//! `ListCalls`: the calls that a front end asks for, by up to three columns.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::socket::{Listed, Refused};
use crate::domain::call::CallState;
use crate::domain::{Seq, Timestamp};
use crate::sources::front_end::Desk;
use crate::store::{ShortCall, ShortCalls};

/// Of more calls, the newest are listed: a million rows would be two hundred megabytes for one message.
const MOST_CALLS: u32 = 10_000;
/// Values of one column.
const MOST_VALUES: usize = 1_000;
/// Their text.
const LONGEST_FILTER: usize = 64 << 10;

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// The columns by which calls may be asked for: a value, or a list of which any will do.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    aggregate_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    state: Option<&'a RawValue>,
}

/// A call, as it is listed.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// The number of its first event.
    id: i64,
    aggregate_id: String,
    state: &'static str,
    created_at: String,
    updated_at: String,
}

pub(super) async fn list(desk: &Desk, data: &RawValue) -> Result<Listed<Row>, Refused> {
    let wanted = wanted(data)?;
    let now = Timestamp::now();
    let mut calls = desk.store().short_calls(desk.company, desk.source, &wanted, now, MOST_CALLS + 1).await?;
    let truncated = calls.len() > MOST_CALLS as usize;
    if truncated {
        calls.remove(0);
    }
    Ok(Listed { rows: calls.into_iter().map(row).collect(), truncated })
}

fn row(call: ShortCall) -> Row {
    Row {
        id: call.seq.0,
        aggregate_id: call.id,
        state: word(call.state),
        created_at: call.heard_at.to_string(),
        updated_at: call.changed_at.to_string(),
    }
}

/// A state in the words of the document, which knows of no telephone that rings.
fn word(state: CallState) -> &'static str {
    match state {
        CallState::New => "NEW",
        CallState::Standby => "STANDBY",
        CallState::Waiting | CallState::Ringing => "WAITING",
        CallState::Ongoing => "ONGOING",
        CallState::Finished => "FINISHED",
    }
}

/// What is asked for; without parameters, or with empty ones, everything.
fn wanted(data: &RawValue) -> Result<ShortCalls, Refused> {
    let data: Data<'_> = object(data.get())?;
    let params = data.params.map(|params| object::<Params<'_>>(params.get())).transpose()?;
    let Params { id, aggregate_id, state } = params.unwrap_or_default();
    Ok(ShortCalls {
        seqs: any_of(id, |value| match value {
            Value::Number(id) => id.as_i64().map(Seq),
            Value::String(id) => id.parse().ok().map(Seq),
            _ => None,
        })?,
        ids: any_of(aggregate_id, |value| match value {
            Value::Number(id) => Some(id.to_string()),
            Value::String(id) => Some(id),
            _ => None,
        })?,
        states: any_of(state, |value| {
            let said = value.as_str()?;
            CallState::ALL.iter().copied().find(|state| word(*state).eq_ignore_ascii_case(said))
        })?,
    })
}

fn object<'a, T: Deserialize<'a>>(raw: &'a str) -> Result<T, Refused> {
    if !raw.starts_with('{') {
        return Err("params is not an object".into());
    }
    serde_json::from_str(raw).map_err(|_| "params may have id, aggregate_id and state, each once".into())
}

/// The values of a column. Whatever is no value of it finds nothing.
fn any_of<T>(raw: Option<&RawValue>, read: impl Fn(Value) -> Option<T>) -> Result<Option<Vec<T>>, Refused> {
    let Some(raw) = raw else { return Ok(None) };
    let too_many = || Refused::from("too many values in params");
    if raw.get().len() > LONGEST_FILTER {
        return Err(too_many());
    }
    let values = match serde_json::from_str(raw.get()).map_err(|_| "invalid value in params")? {
        Value::Array(values) => values,
        one => vec![one],
    };
    if values.len() > MOST_VALUES {
        return Err(too_many());
    }
    if !values.iter().all(|value| value.is_string() || value.is_number()) {
        return Err("a value in params is a text, a number, or a list of those".into());
    }
    Ok(Some(values.into_iter().filter_map(read).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: &str) -> Result<ShortCalls, Refused> {
        wanted(serde_json::from_str(data).expect("JSON"))
    }

    #[test]
    fn calls_are_asked_for_by_three_columns() {
        for all in [r"{}", r#"{"params":{}}"#, r#"{"params":null}"#, r#"{"other":{"state":"NEW"}}"#] {
            assert_eq!(of(all).ok(), Some(ShortCalls::default()), "{all}");
        }
        let three =
            r#"{"params":{"state":["NEW","waiting"],"id":[7,"8"],"aggregate_id":"1463669263.30038"}}"#;
        let wanted = of(three).ok().expect("params");
        assert_eq!(wanted.states, Some(vec![CallState::New, CallState::Waiting]));
        assert_eq!(wanted.seqs, Some(vec![Seq(7), Seq(8)]));
        assert_eq!(wanted.ids, Some(vec!["1463669263.30038".to_owned()]));
    }

    #[test]
    fn what_is_no_value_of_a_column_finds_nothing() {
        let strange = r#"{"params":{"state":"' OR 1=1 --","id":"1; DROP TABLE calls","aggregate_id":[]}}"#;
        let wanted = of(strange).ok().expect("params");
        assert_eq!(wanted, ShortCalls { seqs: Some(vec![]), ids: Some(vec![]), states: Some(vec![]) });
    }

    #[test]
    fn what_is_no_column_or_too_much_is_refused() {
        let many = format!(r#"{{"params":{{"id":[{}1]}}}}"#, "1,".repeat(MOST_VALUES));
        let long = format!(r#"{{"params":{{"aggregate_id":"{}"}}}}"#, "x".repeat(LONGEST_FILTER));
        let deep = format!(r#"{{"params":{{"id":{}{}}}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        let refused = [
            r#""ListCalls""#,
            r#"{"params":[]}"#,
            r#"{"params":"state"}"#,
            r#"{"params":{"created_at":1}}"#,
            r#"{"params":{"state":"NEW","1=1":1}}"#,
            r#"{"params":{"state":{"$ne":""}}}"#,
            r#"{"params":{"state":[["NEW"]]}}"#,
            r#"{"params":{"state":true}}"#,
            r#"{"params":{"state":"NEW","state":"NEW"}}"#,
            &many,
            &long,
            &deep,
        ];
        for data in refused {
            assert!(matches!(of(data), Err(Refused::Command(_))), "{data:.80}");
        }
    }
}
