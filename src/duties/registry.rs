//! Which duties there are, and how each is doing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{Count, Outcome, Panics, Rhythm, Spec};
use crate::domain::Timestamp;

/// The duties of one program. Cheap to clone; all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Duties {
    entries: Arc<Mutex<Vec<Arc<Entry>>>>,
    panics: Panics,
}

/// How a duty is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub name: &'static str,
    pub rhythm: Rhythm,
    pub state: State,
    /// Runs that have ended, those that failed or panicked among them.
    pub runs: u64,
    pub failures: u64,
    pub panics: u64,
    pub last: Option<Ran>,
    /// The last run that found something to do, and how much.
    pub last_work: Option<(Count, Timestamp)>,
    /// When the first of the runs ended that failed or panicked, if none was well since.
    pub failing_since: Option<Timestamp>,
}

impl Status {
    /// Since when it has come to nothing good: its runs fail, or one does not end for longer than any should take.
    pub fn in_trouble_since(&self, now: Timestamp) -> Option<Timestamp> {
        let hangs = match self.state {
            State::Running { since } if now.since(since) >= LONGEST_RUN => Some(since),
            _ => None,
        };
        self.failing_since.into_iter().chain(hangs).min()
    }
}

/// The longest run is retention's, after its limits were lowered.
const LONGEST_RUN: Duration = Duration::from_mins(30);

/// What a duty does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Running {
        since: Timestamp,
    },
    /// For its time, or to be woken.
    Waiting {
        until: Option<Timestamp>,
    },
    /// After a panic.
    Restarting {
        until: Timestamp,
    },
    /// It will not run any more.
    Ended,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    /// By the clock that nobody sets.
    pub took: Duration,
    pub outcome: Outcome,
}

impl Duties {
    /// The duties whose panics are counted here.
    pub fn counting(panics: Panics) -> Self {
        Self { panics, ..Self::default() }
    }

    /// How all of them are doing, in the order in which they began.
    pub fn statuses(&self) -> Vec<Status> {
        self.entries().iter().map(|entry| entry.status()).collect()
    }

    /// Has the duty run now, or once more if it is running. Nothing, where there is none.
    pub fn wake(&self, name: &str) {
        if let Some(entry) = self.find(name) {
            entry.ask();
        }
    }

    /// Has the duty run now, and resolves with how the newest run ended that began after the call. `None` where there is no
    /// such duty, or not any more.
    pub fn activate(&self, name: &str) -> impl Future<Output = Option<Outcome>> + Send + use<> {
        let asked = self.find(name).map(|entry| (entry.ask(), entry));
        async move {
            let (asked, entry) = asked?;
            entry.answered(|answers| answers.ended >= asked).await?;
            entry.record().last.as_ref().map(|ran| ran.outcome.clone())
        }
    }

    /// The same, but only a run that neither failed nor panicked counts.
    pub fn achieve(&self, name: &str) -> impl Future<Output = ()> + Send + use<> {
        let asked = self.find(name).map(|entry| (entry.ask(), entry));
        async move {
            if let Some((asked, entry)) = asked {
                entry.answered(|answers| answers.well >= asked).await;
            }
        }
    }

    pub(super) fn panics(&self) -> Panics {
        self.panics.clone()
    }

    /// One more; another one of that name has no place any more.
    pub(super) fn register(&self, spec: Spec) -> Arc<Entry> {
        let entry = Arc::new(Entry::new(spec));
        let mut entries = self.entries();
        entries.retain(|other| other.spec.name != spec.name);
        entries.push(Arc::clone(&entry));
        entry
    }

    fn find(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries().iter().find(|entry| entry.spec.name == name).cloned()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One duty, between its driver and who looks at it or asks for a run.
#[derive(Debug)]
pub(super) struct Entry {
    spec: Spec,
    record: Mutex<Record>,
    /// How often a run was asked for.
    asked: watch::Sender<u64>,
    answers: watch::Sender<Answers>,
}

/// Up to which number of `asked` a run has answered that began later.
#[derive(Debug, Clone, Copy, Default)]
struct Answers {
    ended: u64,
    well: u64,
    /// There will be no further answer.
    last: bool,
}

#[derive(Debug)]
struct Record {
    now: Now,
    runs: u64,
    failures: u64,
    panics: u64,
    last: Option<Ran>,
    last_work: Option<(Count, Timestamp)>,
    failing_since: Option<Timestamp>,
}

/// [`State`] by the clock that nobody sets.
#[derive(Debug, Clone, Copy)]
enum Now {
    Running { since: Timestamp, began: Instant },
    Waiting { until: Option<Instant> },
    Restarting { until: Instant },
    Ended,
}

impl Record {
    fn end(&mut self, outcome: Outcome, next: Option<Instant>) {
        let Now::Running { since, began } = self.now else { return };
        let took = began.elapsed();
        let ended_at = since.plus(took);
        self.failing_since = match outcome {
            Outcome::Well(_) => None,
            Outcome::Failed(_) | Outcome::Panicked => self.failing_since.or(Some(ended_at)),
        };
        self.runs += 1;
        self.now = Now::Waiting { until: next };
        match &outcome {
            Outcome::Well(Some(count)) => self.last_work = Some((*count, ended_at)),
            Outcome::Well(None) => {}
            Outcome::Failed(_) => self.failures += 1,
            Outcome::Panicked => {
                self.panics += 1;
                self.now = next.map_or(self.now, |until| Now::Restarting { until });
            }
        }
        self.last = Some(Ran { began_at: since, ended_at, took, outcome });
    }
}

impl Entry {
    fn new(spec: Spec) -> Self {
        let until = spec.rhythm.period().map(|_| Instant::now());
        let record = Record {
            now: Now::Waiting { until },
            runs: 0,
            failures: 0,
            panics: 0,
            last: None,
            last_work: None,
            failing_since: None,
        };
        Self {
            spec,
            record: Mutex::new(record),
            asked: watch::Sender::new(0),
            answers: watch::Sender::new(Answers::default()),
        }
    }

    /// A run begins; returns which asks it answers.
    pub fn begin(&self) -> u64 {
        let asked = *self.asked.borrow();
        self.record().now = Now::Running { since: Timestamp::now(), began: Instant::now() };
        asked
    }

    /// The run has ended, and the next one is due at `next`.
    pub fn end(&self, asked: u64, outcome: Outcome, next: Option<Instant>) {
        let well = matches!(outcome, Outcome::Well(_));
        self.record().end(outcome, next);
        self.answers.send_modify(|answers| {
            answers.ended = asked;
            if well {
                answers.well = asked;
            }
        });
    }

    /// Nothing runs any more.
    pub fn close(&self) {
        self.record().now = Now::Ended;
        self.answers.send_modify(|answers| answers.last = true);
    }

    /// Resolves when a run is asked for that none which answers up to `seen` has been.
    pub async fn asked_after(&self, seen: u64) {
        // The sender lives in `self`.
        let _ = self.asked.subscribe().wait_for(|asked| *asked > seen).await;
    }

    fn ask(&self) -> u64 {
        let mut number = 0;
        self.asked.send_modify(|asked| {
            *asked += 1;
            number = *asked;
        });
        number
    }

    /// `None` when the last answer was another one.
    async fn answered(&self, wanted: impl Fn(&Answers) -> bool) -> Option<()> {
        let mut answers = self.answers.subscribe();
        let answer = answers.wait_for(|answers| answers.last || wanted(answers)).await.ok()?;
        wanted(&answer).then_some(())
    }

    fn status(&self) -> Status {
        let record = self.record();
        let (now, instant) = (Timestamp::now(), Instant::now());
        let at = |until: Instant| now.plus(until.saturating_duration_since(instant));
        let state = match record.now {
            Now::Running { since, .. } => State::Running { since },
            Now::Waiting { until } => State::Waiting { until: until.map(at) },
            Now::Restarting { until } => State::Restarting { until: at(until) },
            Now::Ended => State::Ended,
        };
        Status {
            name: self.spec.name,
            rhythm: self.spec.rhythm,
            state,
            runs: record.runs,
            failures: record.failures,
            panics: record.panics,
            last: record.last.clone(),
            last_work: record.last_work,
            failing_since: record.failing_since,
        }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // Every change is whole after any panic: nothing in between can.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
