//! Where calls go, as people see it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Timestamp;
use crate::domain::decision::{Caller, Decision, DecisionState, Report, Reported};

/// Where a call goes whose provider asked for that.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionView {
    /// Whether the company knew the phone that called.
    pub contact: Caller,
    /// The queue or the extension, as the provider calls it.
    pub destination: String,
    pub state: DecisionState,
    /// When the event came that asked.
    #[schema(value_type = Timestamp)]
    pub asked_at: String,
    #[schema(value_type = Timestamp)]
    pub decided_at: String,
    /// From the question to the answer of the provider that took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// What came of telling the provider, in order.
    pub attempts: Vec<DecisionAttemptView>,
}

/// One attempt to tell the provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionAttemptView {
    #[schema(value_type = Timestamp)]
    pub at: String,
    pub taken: bool,
    pub destination: String,
    /// The answer's status, if there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `timeout`, `not_permitted`, `other`, or what the provider said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// Who ordered it; absent for what was decided by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

pub(super) fn view(decision: Decision) -> DecisionView {
    let taken = decision.reports.iter().find(|report| report.what == Reported::Sent);
    let took = taken.and_then(|report| report.at.since(decision.asked_at).as_millis().try_into().ok());
    DecisionView {
        contact: decision.caller,
        destination: decision.destination,
        state: decision.state,
        asked_at: decision.asked_at.to_string(),
        decided_at: decision.decided_at.to_string(),
        took_ms: took,
        attempts: decision
            .reports
            .into_iter()
            .filter(|report| report.attempt.is_some())
            .map(attempt)
            .collect(),
    }
}

fn attempt(report: Report) -> DecisionAttemptView {
    DecisionAttemptView {
        at: report.at.to_string(),
        taken: report.what == Reported::Sent,
        destination: report.destination,
        status: report.status,
        error: report.error,
        took_ms: report.took_ms,
        by: report.by,
    }
}
