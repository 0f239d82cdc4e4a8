//! What a person has a provider do with a call, and what came of it.
//!
//! What must hold here: of the actions of a call that are for one person only (to answer it), at most one is held: under way, or taken.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::decision::OfCall;
use super::{Provider, Seq, Timestamp};

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// The provider is being told.
    Due,
    /// It has taken it.
    Sent,
    /// It has not, or nobody knows.
    Failed,
}

impl ActionState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Due, Self::Sent, Self::Failed].into_iter().find(|state| state.as_str() == text)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub of: OfCall,
    /// Its place among the actions of the call, from 1.
    pub number: i32,
    pub provider: Provider,
    /// The call's first event.
    pub call: Seq,
    /// As the provider calls it: `accept`.
    pub name: String,
    /// Whether it is for one person only.
    pub exclusive: bool,
    /// Who asked for it.
    pub by: String,
    /// Chosen by who asks: asked for again with the same it is the same action.
    pub attempt: String,
    pub asked_at: Timestamp,
    /// It is tried until then; what is due later was left by a program that ended.
    pub until: Timestamp,
    pub state: ActionState,
    pub came: Option<Came>,
    /// What came of it is in the journal.
    pub told: bool,
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    pub at: Timestamp,
    /// The last answer's, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// A word for what went wrong, or what the provider said of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// How often the provider was told.
    pub tries: u32,
}

impl Action {
    /// Nobody else may have it.
    pub fn is_held(&self) -> bool {
        self.exclusive && self.state != ActionState::Failed
    }

    /// It was under way when a program ended, and what came of it is not known.
    pub fn is_left(&self, now: Timestamp) -> bool {
        self.state == ActionState::Due && self.until <= now
    }

    pub fn end(&mut self, state: ActionState, came: Came) {
        (self.state, self.came) = (state, Some(came));
    }
}

/// What an answer of a provider means for what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Also of what it had taken before.
    Taken,
    /// It may take it in a moment.
    Again,
    /// There is no such call any more.
    Gone,
    Refused,
}

/// How a provider is told: again while it may take it, with pauses that double, for so long altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub patience: Duration,
    pub first_pause: Duration,
    pub within: Duration,
}

impl Pace {
    /// The pause after so many tries.
    pub fn pause(&self, tries: u32) -> Duration {
        self.first_pause * 2_u32.saturating_pow(tries.saturating_sub(1).min(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let pace = Pace {
            patience: Duration::from_secs(5),
            first_pause: Duration::from_millis(250),
            within: Duration::from_secs(25),
        };
        let pauses: Vec<u128> = (1..5).map(|tries| pace.pause(tries).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1_000, 2_000]);
        assert_eq!(pace.pause(u32::MAX), Duration::from_secs(64));
    }

    #[test]
    fn states_are_spelled_as_they_are_read() {
        for state in [ActionState::Due, ActionState::Sent, ActionState::Failed] {
            assert_eq!(ActionState::parse(state.as_str()), Some(state));
        }
        assert_eq!(ActionState::parse("sending"), None);
    }
}
