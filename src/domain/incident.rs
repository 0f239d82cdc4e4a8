//! What is wrong, in the words that everything that tells of it shares.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an incident costs, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Events are being lost.
    Losing,
    /// Late, and nothing is lost.
    Waiting,
    /// It will happen.
    Coming,
}

impl Cost {
    pub fn as_str(self) -> &'static str {
        match self {
            Cost::Losing => "losing",
            Cost::Waiting => "waiting",
            Cost::Coming => "coming",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Cost::Losing, Cost::Waiting, Cost::Coming].into_iter().find(|cost| cost.as_str() == word)
    }
}
