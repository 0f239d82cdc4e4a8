//! The words of a call, which the API, the panel and the tables share.

use serde::{Deserialize, Serialize};

/// Where a call is. Providers have more words; each of theirs is one of these.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// There is a call, and nothing more was said of it.
    #[default]
    New,
    /// The provider waits to be told where it goes.
    Standby,
    /// In a queue.
    Waiting,
    /// A telephone rings.
    Ringing,
    /// Two people talk.
    Ongoing,
    /// Over.
    Finished,
}

/// Who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Inbound,
    Outbound,
    Internal,
}

/// What became of a call that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Two people talked.
    Answered,
    /// The caller hung up while waiting in a queue or for an agent.
    Abandoned,
    /// It came in, and nobody here answered.
    Missed,
    /// It went out, and nobody there answered.
    NotAnswered,
    /// It went out, and a machine answered.
    Machine,
    /// It could not be put through.
    Failed,
    /// Somebody here refused it.
    Rejected,
}

/// Something about a call's events that one should know who relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Its beginning was not heard.
    Gap,
    /// An event came after one that happened later.
    Late,
    /// An event that does not follow on what was said before.
    Unexpected,
    /// One of its events was noted to be odd when it came.
    Odd,
}

/// The warnings of a call: a bit for each, as they are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Warnings(pub i32);

macro_rules! spelled {
    ($type:ident: $($name:ident = $word:literal),+) => {
        impl $type {
            pub const ALL: &[$type] = &[$($type::$name),+];
            pub const WORDS: &[&str] = &[$($word),+];

            pub fn as_str(self) -> &'static str {
                Self::WORDS[self as usize]
            }

            pub fn parse(text: &str) -> Option<$type> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

spelled!(CallState: New = "new", Standby = "standby", Waiting = "waiting", Ringing = "ringing", Ongoing = "ongoing",
    Finished = "finished");
spelled!(Direction: Inbound = "inbound", Outbound = "outbound", Internal = "internal");
spelled!(Outcome: Answered = "answered", Abandoned = "abandoned", Missed = "missed", NotAnswered = "not_answered",
    Machine = "machine", Failed = "failed", Rejected = "rejected");

impl Warning {
    pub const ALL: [Warning; 4] = [Warning::Gap, Warning::Late, Warning::Unexpected, Warning::Odd];

    pub fn as_str(self) -> &'static str {
        match self {
            Warning::Gap => "gap",
            Warning::Late => "late",
            Warning::Unexpected => "unexpected",
            Warning::Odd => "odd",
        }
    }
}

impl Warnings {
    pub fn add(&mut self, warning: Warning) {
        self.0 |= 1 << warning as i32;
    }

    pub fn contains(self, warning: Warning) -> bool {
        self.0 & (1 << warning as i32) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.into_iter().filter(move |warning| self.contains(*warning))
    }
}
