//! What the exchange tells of a call, an agent or a number that it dials, in either dialect.
//!
//! The flat dialect names who did what. The envelope has one place for the call's latest event and none for agents: what has no
//! call is not told in it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::exchange::Call;
use crate::domain::Timestamp;

/// One post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Posts of one lane go out one after the other: the call's, the agent's, the dialled code's.
    pub lane: Arc<str>,
    pub body: String,
}

/// A call's event; `more` are members beyond those that each has.
pub(super) fn of_call(kind: &str, call: &Call, at: Timestamp, more: &Value) -> Event {
    if !call.flat {
        return enveloped(kind, call, at, more);
    }
    let mut said = json!({ "type": kind, "timestamp": at.to_string(), "call_id": *call.id, "code": call.code,
        "direction": call.direction, "our_number": call.our_number, "their_number": call.their_number });
    if kind == "call.new" {
        said["their_number_type"] = json!("mobile");
    }
    Event { lane: call.id.clone(), body: with(said, more).to_string() }
}

/// What is said beside a call's course: its numbers do not stand there again.
pub(super) fn beside_call(kind: &str, call: &Call, at: Timestamp, more: &Value) -> Event {
    if !call.flat {
        return enveloped(kind, call, at, more);
    }
    let said = json!({ "type": kind, "timestamp": at.to_string(), "call_id": *call.id, "code": call.code });
    Event { lane: call.id.clone(), body: with(said, more).to_string() }
}

/// What an agent does in a call. The envelope does not say who.
pub(super) fn of_agent_in_call(kind: &str, call: &Call, at: Timestamp, agent: &Value) -> Event {
    if call.flat { beside_call(kind, call, at, agent) } else { enveloped(kind, call, at, &json!({})) }
}

/// What happens without a call.
pub(super) fn without_call(kind: &str, lane: Arc<str>, at: Timestamp, more: &Value) -> Event {
    let said = json!({ "type": kind, "timestamp": at.to_string() });
    Event { lane, body: with(said, more).to_string() }
}

fn enveloped(kind: &str, call: &Call, at: Timestamp, more: &Value) -> Event {
    let at = at.to_string();
    let said = json!({ "call_id": *call.id, "code": call.code, "type": kind, "direction": call.direction,
        "our_number": call.our_number, "their_number": call.their_number, "timestamp": at });
    let given = json!({ "call_id": *call.id, "type": "call.cpf-provided", "cpf": "", "timestamp": at });
    let body = json!({ "chamada": with(said, more), "dados": given, "atendente": {}, "dialer": {} });
    Event { lane: call.id.clone(), body: body.to_string() }
}

fn with(mut said: Value, more: &Value) -> Value {
    if let (Some(said), Some(more)) = (said.as_object_mut(), more.as_object()) {
        said.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    said
}
