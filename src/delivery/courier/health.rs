//! How a webhook is doing, in a word and a sentence.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::types::PauseReason;

/// `healthy · slow · failing · paused`, each with its reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    /// What is wanted arrives.
    #[default]
    Healthy,
    Slow {
        reason: SlowReason,
    },
    Failing {
        reason: FailingReason,
    },
    Paused {
        reason: PauseReason,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlowReason {
    /// A 429 or 503 said `Retry-After`.
    AskedToWait,
    /// It refused what came faster (429 or 503); it is sent as much as it takes.
    Paced,
    /// Alive again; requests at once are growing back.
    Recovering,
    /// Nothing succeeded since the last failures, but they are few.
    Retrying,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailingReason {
    /// Connection errors, time-outs, 5xx or 429 over several lanes, and no success between: only probes go out.
    NotAnswering,
    /// It answers, and refuses everything.
    RefusingAll,
    /// Nothing goes out: what is stored of the webhook cannot be used or read.
    NotStarted,
}

impl Health {
    /// The word, as in tables and metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Health::Healthy => "healthy",
            Health::Slow { .. } => "slow",
            Health::Failing { .. } => "failing",
            Health::Paused { .. } => "paused",
        }
    }
}

/// The sentence, in English.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Health::Healthy => f.write_str("events are being delivered"),
            Health::Slow { reason: SlowReason::AskedToWait } => {
                f.write_str("the endpoint asked us to wait (Retry-After)")
            }
            Health::Slow { reason: SlowReason::Paced } => {
                f.write_str("the endpoint takes no more at once; it is sent to at the pace that it takes")
            }
            Health::Slow { reason: SlowReason::Recovering } => {
                f.write_str("the endpoint is back; speed is growing again")
            }
            Health::Slow { reason: SlowReason::Retrying } => {
                f.write_str("the last requests failed and are being retried")
            }
            Health::Failing { reason: FailingReason::NotAnswering } => f.write_str(
                "the endpoint does not answer. Ramal tries again now and then; events wait in the queue",
            ),
            Health::Failing { reason: FailingReason::RefusingAll } => {
                f.write_str("the endpoint refuses every event; events wait")
            }
            Health::Failing { reason: FailingReason::NotStarted } => f.write_str(
                "nothing goes out: the stored settings cannot be used, or the database cannot be read. The log says why; Ramal tries again by itself",
            ),
            Health::Paused { reason } => write!(f, "{reason}"),
        }
    }
}
