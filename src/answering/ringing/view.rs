//! A call as those see it who may answer it.

use serde::Serialize;

use super::live::{Change, Entry};
use crate::domain::Timestamp;
use crate::domain::call::{CallState, Outcome};

/// What is told, as JSON; every message is whole: what it says is so from then on, whatever was said before.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Message<'a> {
    /// All calls of these companies that ring or go on; `now` is this program's clock, in milliseconds.
    Calls { companies: Vec<String>, calls: Vec<Ring<'a>>, now: i64 },
    /// One that rings or goes on, as it is now.
    Call { call: Ring<'a>, now: i64 },
    /// These companies are not followed just now: what rings there is not known.
    Unfollowed { companies: Vec<String> },
    Ended {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
}

/// See the module. Times are in milliseconds since 1970.
#[derive(Debug, Serialize)]
pub struct Ring<'a> {
    pub id: String,
    pub company: String,
    /// `ringing`, `ongoing`.
    pub state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<&'a str>,
    /// Since when it rings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rings_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<i64>,
    /// Until when it is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Who has it, or talks: as the audit log names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
    /// There is a session to answer.
    pub offers: bool,
}

pub fn ring(entry: &Entry, now: Timestamp) -> Ring<'_> {
    let call = &entry.stored.call;
    let state = call.state_at(now);
    let millis = |at: Timestamp| at.0 / 1_000;
    Ring {
        id: entry.id().to_string(),
        company: entry.stored.company.to_string(),
        state: state.as_str(),
        from: call.their_number.as_deref(),
        to: call.our_number.as_deref(),
        tag: entry.tag.as_deref(),
        rings_since: call.times.ringing.map(millis),
        answered_at: call.times.answered.map(millis),
        until: call.due.map(|due| millis(due.at)).filter(|_| state == CallState::Ringing),
        by: by(entry),
        offers: entry.offer.is_some(),
    }
}

fn by(entry: &Entry) -> Option<&str> {
    entry.held.as_deref().or_else(|| entry.stored.call.agent.as_ref().map(|agent| agent.id.as_str()))
}

/// A change, as it is told.
pub fn message<'a>(change: &'a Change<'a>, now: Timestamp) -> Message<'a> {
    match change {
        Change::Is(entry) => Message::Call { call: ring(entry, now), now: now.0 / 1_000 },
        Change::Ended(entry) => Message::Ended {
            id: entry.id().to_string(),
            outcome: entry.stored.call.outcome_at(now).map(Outcome::as_str),
            by: by(entry),
        },
    }
}
