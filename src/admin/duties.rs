//! What runs in the background, for who administers the whole program.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::users::require_all;
use super::{Actor, Admin, AdminError};
use crate::domain::{Lang, Timestamp};
use crate::duties::{Count, Outcome, Ran, State, Status};
use crate::texts::say;

/// What runs in the background.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutiesView {
    pub items: Vec<DutyView>,
}

/// One duty, and how it is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyView {
    /// Stays the same in every version: `retention`, `indexer`, …
    pub name: &'static str,
    /// What it is called, in the caller's language.
    pub title: String,
    /// What it does, in the caller's language.
    pub description: String,
    /// Between two runs; absent for one that only runs when something calls for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_ms: Option<u64>,
    /// `running`, `waiting` for its time, `restarting` after a panic, or `ended` for good.
    pub state: DutyState,
    /// Since when the run that is under way has been running.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub running_since: Option<String>,
    /// When the next run begins, unless something calls for one earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_run_at: Option<String>,
    /// Runs that have ended since the start of the program, however they did.
    pub runs: u64,
    /// Those that ended with an error.
    pub failures: u64,
    /// Those that panicked: each is a defect.
    pub panics: u64,
    /// When the first of the runs ended that failed or panicked, if none was well since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub failing_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<RunView>,
    /// The last run that found something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_work: Option<WorkView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DutyState {
    Running,
    Waiting,
    Restarting,
    Ended,
}

/// A run that has ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunView {
    #[schema(value_type = Timestamp)]
    pub began_at: String,
    #[schema(value_type = Timestamp)]
    pub ended_at: String,
    pub took_ms: f64,
    pub outcome: RunOutcome,
    /// What went wrong (`failed`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// All is well, whether or not there was anything to do.
    Well,
    Failed,
    Panicked,
}

/// How much a run has done.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkView {
    /// `changes` of what runs (companies taken over, sources and webhooks that began, changed or ended), `stretches` of the journal that a consumer took in, `rows` that were written or removed, `decisions` of which a provider is told, `pages` of the
    /// log that are in the file.
    pub what: &'static str,
    pub count: u64,
    /// When that run ended.
    #[schema(value_type = Timestamp)]
    pub at: String,
}

impl Admin {
    /// Every duty, in the order in which they began.
    pub fn duties(&self, actor: &Actor, lang: Lang) -> Result<DutiesView, AdminError> {
        require_all(actor)?;
        let statuses = self.journal.duties().statuses();
        Ok(DutiesView { items: statuses.into_iter().map(|status| view(status, lang)).collect() })
    }
}

fn view(status: Status, lang: Lang) -> DutyView {
    let (state, running_since, next_run_at) = match status.state {
        State::Running { since } => (DutyState::Running, Some(since), None),
        State::Waiting { until } => (DutyState::Waiting, None, until),
        State::Restarting { until } => (DutyState::Restarting, None, Some(until)),
        State::Ended => (DutyState::Ended, None, None),
    };
    let text = |at: Timestamp| at.to_string();
    DutyView {
        name: status.name,
        title: say(lang, "duty-title").with("duty", status.name).text(),
        description: say(lang, "duty-does").with("duty", status.name).text(),
        period_ms: status.rhythm.period().map(whole_ms),
        state,
        running_since: running_since.map(text),
        next_run_at: next_run_at.map(text),
        runs: status.runs,
        failures: status.failures,
        panics: status.panics,
        failing_since: status.failing_since.map(text),
        last_run: status.last.map(run),
        last_work: status.last_work.map(|(Count { what, count }, at)| WorkView { what, count, at: text(at) }),
    }
}

fn run(ran: Ran) -> RunView {
    let (outcome, error) = match ran.outcome {
        Outcome::Well(_) => (RunOutcome::Well, None),
        Outcome::Failed(error) => (RunOutcome::Failed, Some(error)),
        Outcome::Panicked => (RunOutcome::Panicked, None),
    };
    RunView {
        began_at: ran.began_at.to_string(),
        ended_at: ran.ended_at.to_string(),
        took_ms: (ran.took.as_secs_f64() * 1e6).round() / 1e3,
        outcome,
        error,
    }
}

fn whole_ms(period: Duration) -> u64 {
    u64::try_from(period.as_millis()).unwrap_or(u64::MAX)
}
