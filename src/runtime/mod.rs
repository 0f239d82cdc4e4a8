//! Desired state → running tasks.
//!
//! The panel, the API and the provisioning file only write what should run. This room compares it with what runs and
//! starts, edits or stops sources and couriers until both are equal, as a Kubernetes controller does.
//!
//! What must hold here:
//!
//! - A change takes effect within a second, without a restart and without touching other companies.
//! - A company and its consumers live on one worker. A panic in one task is contained, counted, and followed by a
//!   restart of that task only.
//! - What another process has does not run here. What may be taken back is, as soon as what ran of it has ended.
//! - Stopping goes sources → couriers → recorder → store, each within its share of ten seconds; what does not make it
//!   is left for the next start, in the store.

mod backlog;
mod books;
mod changes;
mod counting;
mod couriers;
mod desired;
mod directory;
mod disk;
mod doors;
mod figures;
mod handshake;
mod keeper;
mod lines;
mod pace;
mod reconciliation;
mod refused;
mod setup;
mod supervise;
mod takeover;
mod tasks;
mod worker;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::answering;
use crate::answering::ringing::{self, Ringing};
use crate::calls::{Agents, Calls};
use crate::delivery::flights::Bounds;
use crate::domain::{ApiKeyId, CompanyId, Provider, SessionId, SourceId, SourceStatus, Timestamp};
use crate::duties::{Duty, Panics, Spec};
use crate::journal::{self, Journal, Kind};
use crate::net::Dialer;
use crate::net::provider::ProviderClient;
use crate::ownership::{Leaser, Owned};
use crate::routing::{self, Deciding, Sending, Tally, Unrouted};
use crate::socketio::{Budget, Options};
use crate::sources::ledger::Pulses;
use crate::sources::{self, Definition};
use crate::store::Store;
use crate::watch::Disk;

pub use couriers::Couriers;
pub use directory::{Elsewhere, SourceStand, WebhookStand};
pub use doors::{Door, Doors, Found, Listening};
pub use handshake::NoHandshake;
pub use pace::per_minute;
pub use refused::{LATELY, MeantFor, Refusals};
pub use setup::{ReplayFilter, job as replay_job, pause_reason};
pub use tasks::RuntimeTasks;

use backlog::Backlogs;
use books::Books;
use changes::{Changes, Costs};
use counting::Counting;
use desired::Loader;
use lines::Lines;
use reconciliation::Reconciliation;
use worker::{Worker, WorkerThread};

/// Everybody who follows the journals of this program, couriers apart.
pub fn consumers() -> Vec<Kind> {
    let mut all = journal::consumers();
    all.push(Kind::of::<Calls>());
    all.push(Kind::of::<Agents>());
    all.push(Kind::of::<Deciding>());
    all
}

/// Whether people can do something with calls of this provider.
fn acts(provider: Provider) -> bool {
    sources::find(provider).and_then(Definition::acting).is_some()
}

/// What the runtime is built from.
pub struct Parts {
    pub store: Store,
    pub journal: Journal,
    pub dialer: Arc<Dialer>,
    /// For what providers are told.
    pub provider: ProviderClient,
    /// Who takes the leases of companies.
    pub leaser: Arc<dyn Leaser>,
    pub options: RuntimeOptions,
}

/// What the tasks may use.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// Single-threaded workers.
    pub workers: usize,
    /// Received frames that the journal has not taken yet, all sources together, in bytes.
    pub frame_queue_bytes: usize,
    /// The largest message of a socket, in bytes.
    pub message_bytes: usize,
    /// Requests in flight at once on the whole node, and their bodies.
    pub flights: Bounds,
    /// Connections that each worker keeps open to receivers for their next request.
    pub kept_connections: usize,
    /// What all couriers together hold in memory, in bytes.
    pub webhook_bytes: usize,
}

/// The handle. Cheap to clone; all clones are the same runtime.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    journal: Journal,
    provider: ProviderClient,
    leaser: Arc<dyn Leaser>,
    workers: Vec<Worker>,
    shared: lines::Shared,
    budget: Budget,
    doors: Doors,
    panics: Panics,
    running: Mutex<Running>,
    couriers: Couriers,
    books: Books,
    room: disk::Room,
    counting: Counting,
    backlogs: Backlogs,
    looks: pace::Looks,
    changes: Changes,
    costs: Costs,
    decisions: Arc<Tally>,
    ringing: Ringing,
    started_at: Timestamp,
}

#[derive(Default)]
struct Running {
    lines: Lines,
    loader: Loader,
}

/// When the other side of a session was last heard, and when it last sent a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    pub at: Timestamp,
    pub ping_at: Option<Timestamp>,
}

impl Runtime {
    /// Builds the runtime and its worker threads; nothing runs on them before [`Runtime::run`].
    pub fn build(parts: Parts) -> std::io::Result<(Runtime, Vec<WorkerThread>)> {
        let Parts { store, journal, dialer, provider, leaser, options } = parts;
        let started = (0..options.workers.max(1)).map(Worker::start).collect::<Result<Vec<_>, _>>()?;
        let (workers, threads): (Vec<_>, Vec<_>) = started.into_iter().unzip();
        let budget = Budget::new(options.frame_queue_bytes);
        let socket = Options { message_limit: options.message_bytes, ..Options::default() };
        let panics = journal.panics();
        let shared = lines::Shared {
            dialer: dialer.clone(),
            budget: budget.clone(),
            options: socket,
            journal: journal.clone(),
            pulses: Pulses::default(),
            panics: panics.clone(),
        };
        let couriers =
            Couriers::new(store.clone(), journal.clone(), &dialer, workers.len(), &options, panics.clone());
        let counting = Counting::since(&journal, Timestamp::now());
        let inner = Inner {
            store: store.clone(),
            journal,
            provider,
            leaser,
            workers,
            shared,
            budget,
            doors: Doors::new(store.clone()),
            panics,
            running: Mutex::default(),
            couriers,
            books: Books::default(),
            room: disk::Room::default(),
            counting,
            backlogs: Backlogs::default(),
            looks: pace::Looks::default(),
            changes: Changes::default(),
            costs: Costs::default(),
            decisions: Arc::default(),
            ringing: Ringing::default(),
            started_at: Timestamp::now(),
        };
        Ok((Runtime { inner: Arc::new(inner) }, threads))
    }

    /// From now on keeps what runs equal to what is wanted. The first pass takes the lease of every company and closes
    /// the sessions that a killed process left open.
    pub fn run(&self, threads: Vec<WorkerThread>) -> RuntimeTasks {
        let stop = CancellationToken::new();
        let mut duties = JoinSet::new();
        self.keep(&mut duties, &stop, reconciliation::SPEC, Reconciliation::new(self.clone()));
        self.keep(&mut duties, &stop, books::SPEC, books::Keeping::new(self.clone()));
        self.keep(&mut duties, &stop, pace::SPEC, pace::Looking(self.clone()));
        self.keep(&mut duties, &stop, counting::SPEC, counting::Minutes(self.clone()));
        self.keep(&mut duties, &stop, answering::SPEC, answering::Telling::new(self.inner.journal.clone()));
        self.keep(&mut duties, &stop, ringing::SPEC, self.ringing_follows());
        // A server looks after its own disk.
        if self.inner.store.engine() == "sqlite" {
            self.keep(&mut duties, &stop, disk::SPEC, disk::Looking::new(self.clone()));
        }
        let sending = self.send_decisions(&stop);
        RuntimeTasks { runtime: self.clone(), stop, duties, sending, threads }
    }

    /// Tells providers where calls go. What was sent when the end comes is still answered for.
    fn send_decisions(&self, stop: &CancellationToken) -> JoinHandle<()> {
        let Inner { store, journal, provider, decisions, .. } = &*self.inner;
        let (store, tally) = (store.clone(), decisions.clone());
        let sending = Sending::new(store, journal.clone(), provider.clone(), tally, stop.clone());
        let keeping = journal.duties().keep(routing::SPEC, sending, stop.clone());
        tokio::spawn(async move { keeping.await.end().await })
    }

    /// Of the companies that have a source whose calls people can do something with.
    fn ringing_follows(&self) -> ringing::Following {
        let doors = self.inner.doors.clone();
        let companies = Arc::new(move || doors.companies_with(acts));
        ringing::Following::new(self.inner.journal.clone(), self.inner.ringing.clone(), companies)
    }

    fn keep(
        &self,
        duties: &mut JoinSet<()>,
        stop: &CancellationToken,
        spec: Spec,
        duty: impl Duty + 'static,
    ) {
        let keeping = self.inner.journal.duties().keep(spec, duty, stop.clone());
        duties.spawn(keeping.map(drop));
    }

    /// Something of this company has changed: what is wanted of it, or whether it is there.
    pub fn changed(&self, company: CompanyId) {
        self.inner.changes.note(company);
        self.wake();
    }

    /// This company is no more: nothing of it is owned from now on.
    pub fn gone(&self, company: CompanyId) {
        self.inner.leaser.release(&[company]);
        self.changed(company);
    }

    /// Anything may have changed.
    pub fn look(&self) {
        self.inner.changes.note_everything();
        self.wake();
    }

    fn wake(&self) {
        self.inner.journal.duties().wake(reconciliation::SPEC.name);
    }

    /// Returns when what was wanted at the time of the call runs (or a second has passed).
    pub async fn settled(&self) {
        let achieved = self.inner.journal.duties().achieve(reconciliation::SPEC.name);
        if timeout(Duration::from_secs(1), achieved).await.is_err() {
            warn!("what is wanted does not run yet after a second");
        }
    }

    /// Ends a source's pause between two tries.
    pub fn nudge(&self, company: &Owned<CompanyId>, source: SourceId) {
        self.running().loader.nudge(source);
        self.changed(company.id());
    }

    /// Where a source's line stands, or its door.
    fn source_status(&self, source: SourceId) -> SourceStatus {
        if let Some(status) = self.running().lines.status(source) {
            return status.borrow().clone();
        }
        let remembered = self.inner.books.remembered(source);
        let mut status = self.inner.doors.status(source).unwrap_or_default();
        status.last_event_at = status.last_event_at.or(remembered.last_event_at);
        status
    }

    /// Every source that runs here: its company and where it stands.
    pub fn source_statuses(&self) -> Vec<(CompanyId, SourceId, SourceStatus)> {
        let lines = self.running().lines.statuses();
        let mut statuses = self.inner.doors.statuses();
        for (_, source, status) in &mut statuses {
            let remembered = || self.inner.books.remembered(*source).last_event_at;
            status.last_event_at = status.last_event_at.or_else(remembered);
        }
        statuses.extend(
            lines.into_iter().map(|(company, source, status)| (company, source, status.borrow().clone())),
        );
        statuses
    }

    /// A living session's signs of life.
    pub fn heard(&self, session: SessionId) -> Option<Heard> {
        let vitals = self.inner.shared.pulses.vitals(session)?;
        Some(Heard { at: vitals.last_heard().into(), ping_at: vitals.last_ping().map(Timestamp::from) })
    }

    /// The database's volume at the last look; `None` on PostgreSQL.
    pub fn disk(&self) -> Option<Disk> {
        self.inner.room.found()
    }

    pub fn started_at(&self) -> Timestamp {
        self.inner.started_at
    }

    /// The running couriers, for commands to them.
    pub fn couriers(&self) -> &Couriers {
        &self.inner.couriers
    }

    /// The companies whose calls can be answered here.
    pub fn answered(&self) -> BTreeSet<CompanyId> {
        self.inner.doors.companies_with(acts)
    }

    /// What rings, for who may answer it.
    pub fn ringing(&self) -> &Ringing {
        &self.inner.ringing
    }

    pub fn doors(&self) -> Doors {
        self.inner.doors.clone()
    }

    /// The sources whose provider did not know in its time where calls go, within the last hour.
    pub fn unrouted(&self, now: Timestamp) -> Vec<Unrouted> {
        self.inner.decisions.unrouted(now)
    }

    /// An API key was used; written down with the next books.
    pub fn note_key_use(&self, key: ApiKeyId, at: Timestamp) {
        self.inner.books.note_key_use(key, at);
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker that a company lives on, and its number.
    fn worker(&self, company: CompanyId) -> (usize, Worker) {
        let count = i64::try_from(self.inner.workers.len()).unwrap_or(1);
        let number = usize::try_from(company.0.rem_euclid(count)).unwrap_or_default();
        (number, self.inner.workers[number].clone())
    }
}
