//! What a duty is: its name, when it runs, what one run does and what comes of it.

use std::fmt;
use std::future::{Future, pending};
use std::time::Duration;

/// What is known of a duty before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// For the API, metrics, the log and tests: lower case with hyphens, and never another one.
    pub name: &'static str,
    pub rhythm: Rhythm,
    /// Whether a run that is under way at the end is waited for. Otherwise it is dropped where it stands.
    pub finishes: bool,
}

impl Spec {
    pub const fn new(name: &'static str, rhythm: Rhythm) -> Self {
        Self { name, rhythm, finishes: false }
    }

    #[must_use]
    pub const fn finishing(self) -> Self {
        Self { finishes: true, ..self }
    }
}

/// When a duty runs by itself, beside when it is woken. All but the last kind run at once for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// From begin to begin; at once after a run that took longer.
    Every(Duration),
    /// From an end to the next begin.
    After(Duration),
    /// Not by itself.
    WhenWoken,
}

impl Rhythm {
    /// The time between two runs.
    pub fn period(self) -> Option<Duration> {
        match self {
            Rhythm::Every(period) | Rhythm::After(period) => Some(period),
            Rhythm::WhenWoken => None,
        }
    }
}

/// What runs. Its state lives as long as the program does, and outlives a panic.
pub trait Duty: Send {
    /// One run. It may be dropped at any point where it waits, unless its duty finishes.
    fn run(&mut self) -> impl Future<Output = Done> + Send;

    /// Resolves when there is something to do before the time has come. Dropped and asked for anew between two runs, so it
    /// must lose nothing by that.
    fn woken(&mut self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// A run has panicked: what it may have left half done is to be forgotten.
    fn panicked(&mut self) {}
}

/// What a run has come to, and when the next one is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub(super) outcome: Outcome,
    /// Instead of the usual time, counted from the end.
    pub(super) again_in: Option<Duration>,
}

impl Done {
    /// There was nothing to do.
    pub fn nothing() -> Self {
        Outcome::Well(None).into()
    }

    /// `count` of what is called `what`; nothing, if there were none.
    pub fn counted(what: &'static str, count: impl TryInto<u64>) -> Self {
        let count = count.try_into().unwrap_or(u64::MAX);
        Outcome::Well((count > 0).then_some(Count { what, count })).into()
    }

    pub fn failed(error: impl fmt::Display) -> Self {
        Outcome::Failed(error.to_string()).into()
    }

    /// The next run is due so long after this one, not at the usual time.
    #[must_use]
    pub fn again_in(self, pause: Duration) -> Self {
        Self { again_in: Some(pause), ..self }
    }
}

impl From<Outcome> for Done {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, again_in: None }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With what it has worked on, if there was anything.
    Well(Option<Count>),
    /// The error's sentence.
    Failed(String),
    Panicked,
}

/// A figure that says what a run was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// A word of the catalogue: `companies`, `blocks`, …
    pub what: &'static str,
    /// Never 0.
    pub count: u64,
}
