//! A call, as the events about it tell it. Every provider says in its own words what happened ([`Said`]); here is what that makes
//! of the call, for all of them alike ([`Call::hear`]).
//!
//! What must hold here:
//! - What a call is follows from what was said and from nothing else, in the order of the journal: told again it is the same.
//! - A call that has ended stays so, whatever comes late; so does one of which only the end is known.
//! - A statement that comes late changes no state, but what it knows of times and people is kept.
//! - State, outcome, agent and times of a call are the same in whatever order its events come. Arrival decides where nothing else
//!   can: between two statements of one moment, between two that contradict each other in what does not change in a call
//!   (direction, numbers, group), for how long a silent call is waited for, and for what the agent has to do with a call that goes
//!   on while two agents change places. It also decides the warnings, which are about it.

mod clock;
mod context;
mod hear;
mod said;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

use super::{Key, Seq, SourceId, Timestamp};

pub use context::{Context, Message};
pub use said::{CallModel, Said, Speaks, Which};
pub use words::{CallState, Direction, Outcome, Warning, Warnings};

/// A call, and how far its events have told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub source: SourceId,
    /// The provider's id, or ours where the provider gives none.
    pub id: Key,
    /// What several calls share that come one after the other: a door, an extension.
    pub group: Option<Key>,
    pub state: CallState,
    pub outcome: Option<Outcome>,
    pub direction: Option<Direction>,
    pub our_number: Option<Key>,
    pub their_number: Option<Key>,
    /// Who talks or has talked; before that, whose telephone rings or rang.
    pub agent: Option<Agent>,
    pub with_agent: WithAgent,
    pub queue: Option<Key>,
    pub times: Times,
    /// When its first event came.
    pub heard_at: Timestamp,
    /// When its latest event came.
    pub changed_at: Timestamp,
    /// What its latest event is called, by the provider's clock.
    pub last_event: Box<str>,
    /// Where its provider's own documents count it, in their words; `None` where they have no such counts, or count none of what was
    /// said so far.
    pub stage: Option<Box<str>>,
    /// What was pressed on a telephone of it, by the provider's clock; of more than [`Call::MOST_PRESSED`] the latest.
    pub pressed: Vec<Pressed>,
    pub warnings: Warnings,
    /// Its events, at most [`Call::MOST_EVENTS`] of them, in the order of the journal.
    pub events: Vec<Seq>,
    /// How many there are, and the last one.
    pub events_total: u32,
    pub last_seq: Seq,
    /// It is taken to be over from then on, if nothing else is said.
    pub due: Option<Due>,
    /// By the provider's clock, when it was last said what; see [`Clocks`].
    pub clocks: Clocks,
}

/// An agent, as its provider knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// By which it is searched: an id, or an e-mail address.
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

/// Keys of a telephone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pressed {
    pub at: Timestamp,
    /// `*2`.
    pub keys: Key,
}

/// What the agent has to do with the call just now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithAgent {
    #[default]
    Nothing,
    /// The telephone rings, or the one that the agent called.
    Ringing,
    Talking,
}

/// By the provider's clock; each the earliest that was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// When it began, or its first event if nothing says so.
    pub new: Option<Timestamp>,
    pub ringing: Option<Timestamp>,
    pub answered: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

/// How long a call is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// By our clock: the provider's may be another.
    pub at: Timestamp,
    /// What became of it then; `None` when nobody knows.
    pub outcome: Option<Outcome>,
}

/// A moment in the life of a call: the provider's time, then the place among the events that say the same time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment(pub Timestamp, pub u8);

/// When each part of a call was last said, by which a later statement is told from one that comes late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    pub state: Moment,
    pub agent: (AgentBy, Moment),
    pub with_agent: Moment,
    pub queue: Moment,
    pub outcome: Moment,
    #[serde(default)]
    pub stage: Moment,
    pub due: Moment,
    pub last: Moment,
}

/// By what the agent of a call is known; what stands later here is believed before what stands earlier, whenever it was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentBy {
    #[default]
    Nothing,
    /// Its telephone rang.
    Ringing,
    /// It left, so it had talked.
    Leaving,
    Talking,
}

impl Call {
    /// The list ends here; a call of more events is no call that somebody reads event by event.
    pub const MOST_EVENTS: usize = 500;
    pub const MOST_PRESSED: usize = 20;

    /// Whether its end was told.
    pub fn has_ended(&self) -> bool {
        self.state == CallState::Finished
    }

    /// Whether it goes on at `now`, as far as anybody knows.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.has_ended() && self.due.is_none_or(|due| now < due.at)
    }

    /// Its state at `now`: a call that was waited for long enough is over.
    pub fn state_at(&self, now: Timestamp) -> CallState {
        if self.is_open(now) { self.state } else { CallState::Finished }
    }

    /// What became of it, as far as is known at `now`; `None` while it goes on.
    pub fn outcome_at(&self, now: Timestamp) -> Option<Outcome> {
        match (self.state, self.due) {
            (CallState::Finished, _) => self.outcome,
            (_, Some(due)) if now >= due.at => due.outcome,
            _ => None,
        }
    }
}
