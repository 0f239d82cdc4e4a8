//! How a webhook is doing, in a word and a sentence.

use serde::{Deserialize, Serialize};

use super::types::{Failure, PauseReason};
use crate::texts::{Message, Tenths, msg};

/// `healthy · unstable · slow · failing · paused`, each with its reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    /// What is wanted arrives.
    #[default]
    Healthy,
    /// It refuses some of what it is sent; seen over an hour, by who counts its answers.
    Unstable {
        /// The share of requests that succeeded, in thousandths.
        success: u64,
    },
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
            Health::Unstable { .. } => "unstable",
            Health::Slow { .. } => "slow",
            Health::Failing { .. } => "failing",
            Health::Paused { .. } => "paused",
        }
    }
}

impl Health {
    /// The phrase for people. Of an endpoint that fails it says what it does, by the last of its failures.
    pub fn message(&self, last: Option<&Failure>) -> Message {
        match self {
            Health::Healthy => msg("health-well"),
            Health::Unstable { success } => msg("health-unstable").with("share", Tenths(*success)),
            Health::Slow { reason: SlowReason::AskedToWait } => msg("health-asked-to-wait"),
            Health::Slow { reason: SlowReason::Paced } => msg("health-paced"),
            Health::Slow { reason: SlowReason::Recovering } => msg("health-recovering"),
            Health::Failing { reason: FailingReason::NotStarted } => msg("health-not-started"),
            Health::Failing { .. } => {
                msg("health-failing").with("cause", last.map_or_else(|| msg("cause-unknown"), Failure::cause))
            }
            Health::Paused { reason } => reason.message(),
        }
    }
}

impl Failure {
    /// What the endpoint did, as a phrase that completes "the endpoint …".
    pub fn cause(&self) -> Message {
        match (self.result, &self.redirect) {
            (Err(fault), _) => msg("cause").with("word", fault.as_str()),
            (Ok(status), Some(to)) => {
                msg("cause-redirect").with("status", status.to_string()).with("to", &**to)
            }
            (Ok(status), None) => msg("cause-status").with("status", status.to_string()),
        }
    }
}
