//! What came of telling a provider, as events of the journal.
//!
//! What must hold here: a report is an event once. It has a duplicate key of its own, so that one which was appended a moment before a
//! crash is not appended again.

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::domain::decision::{Decision, Report};
use crate::domain::{CompanyId, Draft, EventFlags, Key, Keys, Label};
use crate::journal::{Journal, WriteError};
use crate::ownership::Owned;

/// Appends the reports that are not told yet; returns once they are committed.
pub(super) async fn tell(
    journal: &Journal,
    company: &Owned<CompanyId>,
    action: &str,
    decision: &Decision,
) -> Result<(), WriteError> {
    let untold = decision.reports.iter().enumerate().skip(decision.told);
    let drafts: Vec<Draft> =
        untold.map(|(number, report)| draft(action, decision, (number, report))).collect();
    journal.append(company, drafts).await?.await.map(drop)
}

fn draft(action: &str, decision: &Decision, (number, report): (usize, &Report)) -> Draft {
    let name = format!("{action}.{}", report.what.as_str());
    let call = decision.of.call.clone();
    Draft {
        source: decision.of.source,
        provider: decision.provider,
        session: None,
        payload: payload(&name, decision, report),
        name: Label::from(name),
        lane: Some(Label::from(call.clone())),
        received_at: report.at,
        keys: Keys {
            call: Some(call),
            phones: decision.phone.as_deref().map(Key::from).into_iter().collect(),
            ..Keys::default()
        },
        flags: EventFlags::default(),
        extra: None,
        dedupe: Some(key(decision, number)),
    }
}

fn payload(name: &str, decision: &Decision, report: &Report) -> Bytes {
    let mut told = json!({
        "type": name,
        "call_id": &*decision.of.call,
        "destination": report.destination,
        "contact": decision.caller.as_str(),
        "timestamp": report.at.to_string(),
        "last": report.last,
    });
    let mut member = |key: &str, value: Option<serde_json::Value>| {
        if let (Some(value), Some(members)) = (value, told.as_object_mut()) {
            members.insert(key.to_owned(), value);
        }
    };
    member("attempt", report.attempt.map(Into::into));
    member("status", report.status.map(Into::into));
    member("error", report.error.clone().map(Into::into));
    member("took_ms", report.took_ms.map(Into::into));
    member("by", report.by.clone().map(Into::into));
    Bytes::from(told.to_string())
}

/// Within a source there is no other event with this one.
fn key(decision: &Decision, number: usize) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"what came of a decision\0");
    hash.update(decision.asked.0.to_be_bytes());
    hash.update(u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(decision.of.call.as_bytes());
    hash.finalize().into()
}
