//! `ListCallEvents`: what was posted of one call.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::socket::{Listed, Refused};
use crate::domain::{Event, Seq, SourceId};
use crate::sources::front_end::Desk;
use crate::sources::teravoz::uuid::uuid;
use crate::store::CallBuild;

/// Of all bodies in one answer.
const MOST_BYTES: usize = 8 << 20;

/// More than any id of a call that is taken.
const LONGEST_ID: usize = 1_024;

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    call_id: Option<&'a RawValue>,
}

/// An event, as it is listed.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: i64,
    aggregate_id: Arc<str>,
    uuid: String,
    /// As it was posted.
    event: Box<RawValue>,
}

pub(super) async fn list(desk: &Desk, data: &RawValue) -> Result<Listed<Row>, Refused> {
    let id = call_id(data)?;
    let call = call(desk, &id).await?;
    let Some((events, has_more)) = call else { return Ok(Listed { rows: Vec::new(), truncated: false }) };
    let aggregate_id: Arc<str> = id.into();
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for seq in events {
        // What retention has taken away meanwhile is not listed.
        let Some(event) = desk.journal.event(desk.company, seq).await? else { continue };
        bytes += event.payload.len();
        if bytes > MOST_BYTES && !rows.is_empty() {
            return Ok(Listed { rows, truncated: true });
        }
        rows.extend(row(&event, &aggregate_id));
    }
    Ok(Listed { rows, truncated: has_more })
}

fn row(event: &Event, aggregate_id: &Arc<str>) -> Option<Row> {
    let body = std::str::from_utf8(&event.payload).ok()?;
    Some(Row {
        id: event.seq.0,
        aggregate_id: aggregate_id.clone(),
        uuid: uuid(event.received_at, event.company, event.seq),
        event: RawValue::from_string(body.to_owned()).ok()?,
    })
}

/// The events of a call, and whether it has more than are noted.
async fn call(desk: &Desk, id: &str) -> Result<Option<(Vec<Seq>, bool)>, Refused> {
    let (store, company) = (desk.store(), desk.company);
    // No call has such an id.
    if id.len() > LONGEST_ID || id.contains('\0') {
        return Ok(None);
    }
    let Some(number) = store.build_read("calls", company).await? else { return Ok(None) };
    let ids: [(SourceId, &str); 1] = [(desk.source, id)];
    let found = store.calls_by_id(CallBuild { company, number }, &ids).await?.into_iter().next();
    Ok(found.map(|found| {
        let has_more = found.call.events_total as usize > found.call.events.len();
        (found.call.events, has_more)
    }))
}

fn call_id(data: &RawValue) -> Result<String, Refused> {
    let wrong = "call_id is a text";
    if !data.get().starts_with('{') {
        return Err(wrong.into());
    }
    let data: Data<'_> = serde_json::from_str(data.get()).map_err(|_| wrong)?;
    let raw = data.call_id.ok_or(wrong)?;
    Ok(serde_json::from_str(raw.get()).map_err(|_| wrong)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_a_text() {
        let of = |data: &str| call_id(serde_json::from_str(data).expect("JSON"));
        assert_eq!(of(r#"{"call_id":"1463669263.30041"}"#).ok().as_deref(), Some("1463669263.30041"));
        for wrong in ["{}", "[]", r#"["1"]"#, r#""1""#, r#"{"call_id":1463669263.3}"#, r#"{"call_id":["1"]}"#]
        {
            assert!(matches!(of(wrong), Err(Refused::Command(_))), "{wrong}");
        }
    }
}
