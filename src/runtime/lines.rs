//! The lines that run on this node: one per socket source, from the source's creation to its deletion.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::supervise::supervise;
use super::worker::Worker;
use crate::domain::{CompanyId, SourceId, SourceState, SourceStatus};
use crate::duties::Panics;
use crate::journal::Journal;
use crate::net::Dialer;
use crate::ownership::Owned;
use crate::socketio::{Budget, Client, Options};
use crate::sources::dial::Guarded;
use crate::sources::ledger::Pulses;
use crate::sources::{Line, LineParts, LineSpec};

/// What every line of the node shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub dialer: Arc<Dialer>,
    /// The bytes that all of them may keep waiting for the journal.
    pub budget: Budget,
    pub options: Options,
    pub journal: Journal,
    pub pulses: Pulses,
    pub panics: Panics,
}

/// A line that should run.
pub(super) struct Wanted {
    pub company: Owned<CompanyId>,
    /// How its provider is listened to.
    pub line: &'static dyn Line,
    pub spec: LineSpec,
}

pub(super) type Watched = watch::Receiver<SourceStatus>;

/// A running line.
struct Running {
    company: Owned<CompanyId>,
    spec: watch::Sender<LineSpec>,
    status: watch::Receiver<SourceStatus>,
    /// Ends the line when the source is deleted or the process stops.
    stop: CancellationToken,
    /// Resolves when the line has ended and will not be started again.
    ended: JoinHandle<()>,
}

/// The running lines by source.
#[derive(Default)]
pub(super) struct Lines {
    running: HashMap<SourceId, Running>,
}

impl Lines {
    /// Makes what runs equal to what is wanted, of one company or of all. A line that stays only hears of its new wishes; `worker` says where a
    /// company lives, `remembered` what a status begins with. Returns how many
    /// began, changed or ended: those that end do so by themselves.
    pub fn reconcile(
        &mut self,
        wanted: HashMap<SourceId, Wanted>,
        only: Option<CompanyId>,
        shared: &Shared,
        worker: impl Fn(CompanyId) -> Worker,
        remembered: impl Fn(SourceId) -> SourceStatus,
    ) -> usize {
        let looked_at = |line: &Running| only.is_none_or(|company| line.company.id() == company);
        // One that runs under another lease than what is wanted goes by what was so before.
        let stays = |id: &SourceId, line: &Running| {
            wanted.get(id).is_some_and(|wanted| wanted.company == line.company)
        };
        let gone = self.running.extract_if(|id, line| looked_at(line) && !stays(id, line));
        let mut changes = gone.map(|(_, line)| drop(line.end())).count();
        for (source, wanted) in wanted {
            match self.running.get(&source) {
                Some(line) => {
                    let differed = line.spec.send_if_modified(|present| {
                        let differs = *present != wanted.spec;
                        *present = wanted.spec;
                        differs
                    });
                    changes += usize::from(differed);
                }
                None => {
                    let (status, shared) = (watch::channel(remembered(source)), shared.clone());
                    let worker = worker(wanted.company.id());
                    let line = start(wanted, source, status, shared, worker);
                    self.running.insert(source, line);
                    changes += 1;
                }
            }
        }
        changes
    }

    /// Tells the lines of these companies to end.
    pub fn end_of(&mut self, companies: &[CompanyId]) -> Vec<JoinHandle<()>> {
        let theirs = self.running.extract_if(|_, line| companies.contains(&line.company.id()));
        theirs.map(|(_, line)| line.end()).collect()
    }

    /// Tells every line to end.
    pub fn end_all(&mut self) -> Vec<JoinHandle<()>> {
        self.running.drain().map(|(_, line)| line.end()).collect()
    }

    pub fn status(&self, source: SourceId) -> Option<watch::Receiver<SourceStatus>> {
        self.running.get(&source).map(|line| line.status.clone())
    }

    /// Every line's company and status, which outlives the line by its last word.
    pub fn statuses(&self) -> Vec<(CompanyId, SourceId, Watched)> {
        self.running.iter().map(|(source, line)| (line.company.id(), *source, line.status.clone())).collect()
    }

    /// How many lines are in each state.
    pub fn census(&self) -> HashMap<SourceState, usize> {
        let mut census = HashMap::new();
        for line in self.running.values() {
            *census.entry(line.status.borrow().state).or_default() += 1;
        }
        census
    }
}

impl Running {
    fn end(self) -> JoinHandle<()> {
        self.stop.cancel();
        self.ended
    }
}

fn start(
    Wanted { company, line, spec }: Wanted,
    source: SourceId,
    (status, seen): (watch::Sender<SourceStatus>, Watched),
    shared: Shared,
    worker: Worker,
) -> Running {
    let (spec, wishes) = watch::channel(spec);
    let stop = CancellationToken::new();
    let status = Arc::new(status);
    let panics = shared.panics.clone();
    let dial = Arc::new(Guarded::of(company.id(), &shared.dialer));
    let budget = shared.budget.of_company(company.id().0.unsigned_abs());
    let client = Client::new(dial, budget, shared.options.clone());
    let owned = company.clone();
    let make = move |stop: CancellationToken| {
        let parts = LineParts {
            company: owned.clone(),
            source,
            client: client.clone(),
            journal: shared.journal.clone(),
            pulses: shared.pulses.clone(),
            spec: wishes.clone(),
            status: status.clone(),
        };
        line.run(parts, stop)
    };
    let ended = tokio::spawn(supervise(format!("line of {source}"), worker, stop.clone(), panics, make));
    Running { company, spec, status: seen, stop, ended }
}
