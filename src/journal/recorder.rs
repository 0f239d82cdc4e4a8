//! The one task that writes. It owns the writing connection and lives on a thread of its own.
//!
//! What always holds:
//! - Within a company `seq` is 1, 2, 3, … in commit order (`the_journal_has_no_holes`): places are given from the heads
//!   in memory and checked against the `heads` row and the lease's epoch in the appending transaction.
//! - Nothing is answered or made visible before its commit (`accepted_means_on_disk`).
//! - It waits for the database and for nobody else.
//!
//! How it works: serve control; take a batch (whatever came while the last commit ran); write it; make it visible and
//! answer; then what a consumer writes, if nothing else waits or that has waited long enough. What the database does not take because of its content is split in halves down to the culprit. What it
//! cannot take now is kept and tried again, with growing pauses, and [`RecorderHealth`] says why. A commit whose answer
//! was lost is looked up by its batch id, on a new connection, before anything else is written.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use super::batch::{self, Heads, Work};
use super::copying::Copying;
use super::health::{Counters, Report};
use super::inbox::Inbox;
use super::plan::Plan;
use super::recovery::Pause;
use super::reserve::Reserve;
use super::tail::Tail;
use super::tenure::Tenure;
use crate::duties::Restarts;
use crate::log::lines;
use crate::store::{Store, StoreError, WalState, Writer};

/// Control operations served before the next batch.
const CONTROLS_A_TURN: usize = 16;
/// A transaction that takes longer, and longer than the slowest line would for what it carries, has lost its connection. (A
/// file on a slow disk may only be slow, and there is no other way to it.)
const TRANSACTION_DEADLINE: Duration = Duration::from_secs(10);
const FILE_DEADLINE: Duration = Duration::from_mins(1);
/// Bytes a second.
const SLOWEST_LINE: usize = 64 << 10;
/// Bytes written between two looks at the size of the write-ahead log.
const WAL_LOOK_BYTES: usize = 4 << 20;
/// What a commit writes besides its payloads: the pages that rows, heads and indexes are in, however few they are.
pub(super) const COMMIT_BYTES: usize = 16 << 10;
/// What an event writes besides its payload.
const ROW_BYTES: usize = 512;
/// What a control operation is taken to write. Removing old events writes far more than it carries, and goes on when no event
/// comes; see `the_log_stays_small_when_no_event_comes`.
pub(super) const CONTROL_BYTES: usize = 1 << 20;
/// What a row of a consumer is taken to write: the pages that it and its indexes are in.
pub(super) const PROJECTED_BYTES: usize = 8 << 10;

/// What to do next.
enum Next {
    Now,
    At(Option<Instant>),
}

pub(super) struct Recorder {
    pub store: Store,
    pub writer: Writer,
    pub inbox: Arc<Inbox>,
    pub tail: Arc<Tail>,
    pub counters: Arc<Counters>,
    pub report: Report,
    pub tenure: Arc<Tenure>,
    pub reserve: Option<Reserve>,
    pub copying: Arc<Copying>,
    /// How long it may go on after the inbox was closed.
    pub drain: Duration,
    /// Ends it wherever it stands.
    pub abort: CancellationToken,
    pub memory: Memory,
}

/// What the recorder knows from one turn to the next.
pub(super) struct Memory {
    pub heads: Heads,
    pub next_batch: i64,
    /// Batches that could not be written yet, in order.
    pub pending: VecDeque<Work>,
    /// Nothing but control is tried before its end.
    pub pause: Pause,
    /// No append is tried before its end: the disk is full.
    pub appends_pause: Pause,
    pub needs_reopen: bool,
    /// Whether the database may be used was in doubt: it is asked before anything else.
    pub doubted: bool,
    pub bytes_since_look: usize,
    /// Events of the last batch.
    pub batch: usize,
    /// By then results of the events that were written last are looked for.
    pub results_by: Option<Instant>,
}

impl Memory {
    /// `first_batch` tells this process's batches from those of others: random.
    pub fn new(heads: Heads, first_batch: i64) -> Self {
        Self {
            heads,
            next_batch: first_batch,
            pending: VecDeque::new(),
            pause: Pause::default(),
            appends_pause: Pause::default(),
            needs_reopen: false,
            doubted: false,
            bytes_since_look: 0,
            batch: 0,
            results_by: None,
        }
    }
}

impl Recorder {
    /// Serves until the inbox is closed and empty. A panic inside costs the batch in hand (it is not answered as
    /// written) and not the recorder, which goes on after a pause.
    pub async fn run(mut self) {
        if self.store.engine() == "postgres" {
            // The socket belongs to the runtime that opened it; this one's must wake on this thread.
            self.memory.needs_reopen = true;
        }
        let abort = self.abort.clone();
        let mut restarts = Restarts::default();
        loop {
            let began = Instant::now();
            let serving = AssertUnwindSafe(self.serve()).catch_unwind();
            let Some(Err(panic)) = abort.run_until_cancelled(serving).await else { break };
            let pause = restarts.pause_after(began.elapsed());
            self.panicked(panic_text(&*panic), pause);
            // Nobody is kept from ending by a defect: while it is to end, it is not tried again.
            let resting = async {
                let ended = tokio::time::timeout(pause, self.inbox.is_closing()).await;
                ended.is_err()
            };
            if abort.run_until_cancelled(resting).await != Some(true) {
                break;
            }
        }
        self.inbox.abandon();
        let Recorder { writer, memory, .. } = self;
        drop(memory);
        if let Err(error) = writer.close().await {
            tracing::warn!(%error, "the writing connection was not closed in order");
        }
    }

    fn panicked(&mut self, panic: &str, pause: Duration) {
        self.counters.panics.note();
        tracing::error!(panic, "the recorder panicked; it goes on with a new connection");
        lines::task_panicked("recorder", pause);
        let detail = format!("a defect of this program: {panic}");
        self.report.waiting(&StoreError::Rejected { detail });
        self.memory.needs_reopen = true;
        // Asked for, it finds out by itself that all is well again.
        self.memory.doubted = true;
    }

    async fn serve(&mut self) {
        let mut drained_by = None;
        loop {
            let controls = self.inbox.take_controls(CONTROLS_A_TURN);
            let more_controls = controls.len() == CONTROLS_A_TURN;
            self.control(controls).await;
            let next = self.turn().await;
            let now = Instant::now();
            self.tail.sweep(now);
            let projections =
                self.inbox.projections.take(now, matches!(next, Next::At(_)), self.memory.batch);
            if !projections.is_empty() {
                self.project(projections).await;
                continue;
            }
            if self.inbox.is_closed() {
                let by = *drained_by.get_or_insert(now + self.drain);
                let done = self.inbox.is_empty() && self.memory.pending.is_empty();
                if done || now >= by {
                    return;
                }
            }
            let wake = match next {
                Next::Now => continue,
                Next::At(_) if more_controls => continue,
                Next::At(at) => earliest(earliest(at, self.tail.next_sweep()), drained_by),
            };
            // Results follow events: looked for then, they need not wake anybody.
            let expected = self.memory.results_by.filter(|by| *by > now);
            self.inbox.rung_before(earliest(wake, expected)).await;
        }
    }

    /// Writes one batch, if there is one and it may be tried now.
    async fn turn(&mut self) -> Next {
        let now = Instant::now();
        if let Some(until) = self.memory.pause.ends_at(now) {
            return Next::At(Some(until));
        }
        if !self.may_write(now).await {
            return Next::At(self.memory.pause.ends_at(now));
        }
        let appends_wait = self.appends_wait(now).await;
        let mut again_at = appends_wait;
        let work = if let Some(work) = self.next_pending(appends_wait.is_some()) {
            work
        } else {
            let taken = self.inbox.take(now, appends_wait.is_none());
            again_at = earliest(again_at, taken.again_at);
            Work::new(&self.inbox, taken)
        };
        if work.is_empty() {
            return Next::At(again_at);
        }
        self.write(work).await;
        Next::Now
    }

    fn next_pending(&mut self, appends_wait: bool) -> Option<Work> {
        let may_go = |work: &Work| !appends_wait || work.appends.is_empty();
        let at = self.memory.pending.iter().position(may_go)?;
        self.memory.pending.remove(at)
    }

    async fn write(&mut self, mut work: Work) {
        match self.is_where_it_was().await {
            Ok(true) => {}
            Ok(false) => {
                self.memory.doubted = true;
                return self.memory.pending.push_front(work);
            }
            Err(error) => return self.wait(work, &error),
        }
        if let Some(plan) = work.sent.take() {
            let giving_up = self.giving_up();
            match answered(batch::is_written(&mut self.writer, &plan), giving_up).await {
                Ok(true) => return self.finish(work, plan),
                Ok(false) => {}
                Err(error) => {
                    work.sent = Some(plan);
                    return self.wait(work, &error);
                }
            }
        }
        let batch_id = self.memory.next_batch;
        self.memory.next_batch = batch_id.wrapping_add(1);
        let (begun, deadline) = (Instant::now(), self.deadline(work.bytes()));
        // A file is waited for on this thread, which then says nothing.
        self.report.stands((self.store.engine() == "sqlite").then_some(begun));
        let writing = batch::write(&mut self.writer, &mut self.memory.heads, &mut work, batch_id, deadline);
        let giving_up = given_up(deadline, Arc::clone(&self.tenure), self.store.engine());
        let guarded = AssertUnwindSafe(until(writing, giving_up)).catch_unwind();
        let written = guarded.await;
        self.report.stands(None);
        match written {
            Ok(Some(Ok(()))) => {
                Counters::add(&self.counters.commits, 1);
                let us = usize::try_from(begun.elapsed().as_micros()).unwrap_or(usize::MAX);
                Counters::add(&self.counters.commit_us, us);
                let plan = work.sent.take().expect("a commit was sent with its plan");
                self.finish(work, plan);
                self.look_at_wal().await;
            }
            Ok(Some(Err(failure))) => self.failed(work, failure).await,
            Ok(None) => self.cut_off(work),
            Err(panic) => {
                self.counters.panics.note();
                tracing::error!(panic = panic_text(&*panic), "writing a batch panicked");
                self.memory.needs_reopen = true;
                if work.sent.is_some() {
                    self.memory.pending.push_front(work);
                } else {
                    self.split(work, "a defect of this program");
                }
            }
        }
    }

    /// It is on disk: visible first, then answered.
    fn finish(&mut self, work: Work, plan: Plan) {
        batch::move_on(&mut self.memory.heads, &plan.heads);
        let now = Instant::now();
        let (mut events, mut bytes) = (0, 0);
        let placed: usize = plan.places.iter().map(Vec::len).sum();
        let only_results = work.appends.is_empty();
        work.finish(plan, |company, published| {
            events += published.len();
            bytes += published.iter().map(|event| event.payload.len()).sum::<usize>();
            self.tail.publish(company, published, now);
        });
        self.memory.batch = placed;
        if events > 0 {
            self.memory.results_by = Some(self.inbox.results_by(now));
        }
        Counters::add(&self.counters.events, events);
        Counters::add(&self.counters.bytes, bytes);
        Counters::add(&self.counters.duplicates, placed - events);
        self.memory.bytes_since_look += bytes + ROW_BYTES * events + COMMIT_BYTES;
        self.wrote(!only_results);
    }

    /// How long a transaction that carries so many bytes may take.
    pub(super) fn deadline(&self, bytes: usize) -> Duration {
        if self.store.engine() != "postgres" {
            return FILE_DEADLINE;
        }
        TRANSACTION_DEADLINE + Duration::from_secs((bytes / SLOWEST_LINE) as u64)
    }

    /// Resolves when a step that carries nothing is not to be waited for any longer.
    pub(super) fn giving_up(&self) -> impl Future<Output = ()> + use<> {
        given_up(self.deadline(0), Arc::clone(&self.tenure), self.store.engine())
    }

    pub(super) async fn look_at_wal(&mut self) {
        if self.memory.bytes_since_look < WAL_LOOK_BYTES && !self.copying.take_done() {
            return;
        }
        self.memory.bytes_since_look = 0;
        match self.writer.look_at_wal().await {
            Ok(WalState::Large) => self.copying.want(),
            Ok(WalState::Small | WalState::Emptied) => {}
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied"),
        }
    }
}

/// Resolves when a transaction is not to be waited for any longer: its time is over, or the server does not answer others
/// either. (A file is waited for: SQLite goes on with what it has begun.)
pub(super) async fn given_up(deadline: Duration, tenure: Arc<Tenure>, engine: &'static str) {
    let silence =
        async { if engine == "postgres" { tenure.in_trouble().await } else { std::future::pending().await } };
    tokio::select! {
        () = tokio::time::sleep(deadline) => {}
        () = silence => {}
    }
}

/// What a step comes to: the connection is lost when it is given up.
pub(super) async fn answered<T>(
    running: impl Future<Output = Result<T, StoreError>>,
    giving_up: impl Future<Output = ()>,
) -> Result<T, StoreError> {
    until(running, giving_up).await.unwrap_or_else(|| {
        let detail = "a step was not answered in time".to_owned();
        Err(StoreError::Gone { detail, outcome_unknown: true })
    })
}

/// What a future comes to, unless the other one resolves first.
pub(super) async fn until<T>(
    running: impl Future<Output = T>,
    giving_up: impl Future<Output = ()>,
) -> Option<T> {
    tokio::select! {
        biased;
        done = running => Some(done),
        () = giving_up => None,
    }
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}
