//! The journal: append, read, wait, search.
//!
//! What must always hold here:
//! - *Accepted means on disk*: a receipt resolves, and a reader sees an event, only after the commit that holds it.
//! - *No holes*: within a company `seq` is 1, 2, 3, … in commit order, one writer at a time.
//! - Nothing accepted is dropped: when the database cannot take more, those who append wait or are refused.
//! - Every queue, ring and read is bounded in bytes and has a share for each company.
//!
//! How it works: [`Journal`] is a cheap handle. What is handed to it goes through `inbox` to the `recorder`, which owns
//! the writing connection on a thread of its own. Committed events go into `tail`, which wakes readers; a reader that
//! is further behind than the tail reaches reads the database (`reader`). The `indexer` seals blocks of events, by which
//! `search` and lagging couriers pass over what cannot match; `retention` takes away what is old.

mod answer;
mod authority;
mod batch;
mod blocks;
mod consumer;
mod control;
mod copying;
mod counting;
mod follow;
mod handed;
mod health;
mod inbox;
mod indexer;
mod large;
mod leases;
mod options;
mod plan;
mod projections;
mod queues;
mod reader;
mod receipt;
mod recorder;
mod recovery;
mod reserve;
mod retention;
mod search;
mod tail;
mod tasks;
mod tenure;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

pub use consumer::{Consumer, ConsumerStatus, Kind, Outlived, Part, RebuildStatus, Rows, Start, Write};
pub use counting::RangeCount;
pub use follow::Page;
pub use health::{JournalCounts, RecorderHealth, WaitReason};
pub use inbox::QueueDepth;
pub use options::{JournalOptions, ReadLimit};
pub use receipt::{Placed, Receipt};
pub use search::{Found, KeyKind, SEARCH_TIME, Search, SearchFilter};
pub use tasks::JournalTasks;
pub use tenure::Standing;

use crate::domain::{CompanyId, Draft, Event, RetentionLimits, Seq, Timestamp};
use crate::duties::{Duties, Panics};
use crate::ownership::Owned;
use crate::store::{BatchTx, Settlement, Store, StoreError, Tx, Writer};
use batch::Heads;
use consumer::following::Following;
use copying::{Checkpoint, Copying};
use health::{Counters, Report};
use inbox::{ControlKind, ControlOp, Inbox, InboxLimits};
use indexer::Indexer;
use large::Large;
use leases::Unwritten;
use projections::ProjectOp;
use queues::BatchCap;
use recorder::{Memory, Recorder};
use reserve::Reserve;
use retention::Retention;
use tail::{Tail, TailLimits};
use tenure::{Tenure, Watch};

/// Why something was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// No room in the queue: come again in a moment (`503` with `Retry-After`).
    #[error("the journal's queue is full")]
    Full,
    #[error("there is no such company")]
    NoCompany,
    /// Another node holds the company's lease now.
    #[error("this node does not hold the company's lease")]
    NotOurs,
    /// The database takes so many of these events in no form; the others of the same append, and everything else, went in.
    #[error("the content cannot be stored: {detail}")]
    Rejected { detail: String, events: usize },
    /// The journal has stopped, and this had not been written.
    #[error("the journal has stopped")]
    Stopped,
}

/// Who follows journals and is of this room.
pub fn consumers() -> Vec<Kind> {
    vec![Kind::of::<Indexer>()]
}

/// The handle. Cheap to clone; all clones are the same journal.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    inbox: Arc<Inbox>,
    tail: Arc<Tail>,
    counters: Arc<Counters>,
    duties: Duties,
    health: watch::Receiver<RecorderHealth>,
    tenure: Arc<Tenure>,
    backlog: Semaphore,
    large: Large,
    consumers: Vec<Kind>,
    rebuilds_asked: AtomicU64,
}

impl Journal {
    /// Starts the recorder on its own thread, and the indexer and retention on this runtime.
    pub async fn start(
        store: Store,
        mut writer: Writer,
        options: JournalOptions,
    ) -> Result<(Journal, JournalTasks), StoreError> {
        let drain = options.drain;
        let inbox = Arc::new(Inbox::new(InboxLimits {
            append_bytes: options.queue_bytes,
            batch: BatchCap { rows: options.batch_rows, bytes: options.batch_bytes },
            linger: options.linger,
        }));
        let tail = Arc::new(Tail::new(TailLimits { bytes: options.tail_bytes, age: options.tail_age }));
        let mut heads = Heads::new();
        for head in store.heads().await? {
            tail.set_head(head.company, head.seq);
            heads.insert(head.company, head);
        }
        let counters = Arc::new(Counters::default());
        let abort = CancellationToken::new();
        let (report, health) = Report::new();
        let (hold, tenure) = (writer.take_hold(), Arc::new(Tenure::default()));
        let copier = writer.wal_copier();
        let copying = Arc::new(Copying::default());
        let recorder = Recorder {
            store: store.clone(),
            writer,
            inbox: Arc::clone(&inbox),
            tail: Arc::clone(&tail),
            counters: Arc::clone(&counters),
            report: report.clone(),
            tenure: Arc::clone(&tenure),
            reserve: options.reserve.map(|(path, bytes)| Reserve::new(path, bytes)),
            copying: Arc::clone(&copying),
            drain,
            abort: abort.clone(),
            memory: Memory::new(heads, rand::random()),
        };
        let recorder = tasks::spawn(recorder)?;
        let duties = Duties::counting(counters.panics.clone());
        let let_go = CancellationToken::new();
        let holding = hold.map(|hold| {
            let (tenure, inbox) = (Arc::clone(&tenure), Arc::clone(&inbox));
            let watch = Watch { hold, tenure, inbox, store: store.clone(), report };
            tasks::keep_hold(&duties, watch, &let_go)
        });
        let inner = Inner {
            store,
            inbox: Arc::clone(&inbox),
            tail,
            counters,
            duties,
            health,
            tenure,
            backlog: Semaphore::new(options.backlog_reads.max(1)),
            large: Large::default(),
            consumers: options.consumers,
            rebuilds_asked: AtomicU64::new(0),
        };
        let journal = Journal { inner: Arc::new(inner) };
        let stop = CancellationToken::new();
        let checkpoint = copier.map(|copier| Checkpoint { copier, copying });
        let limits = options.upkeep.then_some(options.retention);
        let consumers = tasks::keep_up(&journal, checkpoint, limits, &stop);
        Ok((journal, JournalTasks { inbox, recorder, abort, stop, consumers, holding, let_go, drain }))
    }

    /// Hands over drafts of one company, which go in together and in the order of the calls; only those that the database
    /// refuses for their content stay out ([`WriteError::Rejected`]). Waits only for room in the queue; the receipt
    /// resolves at the commit.
    pub async fn append(
        &self,
        company: &Owned<CompanyId>,
        drafts: Vec<Draft>,
    ) -> Result<Receipt, WriteError> {
        let under = self.held(company, Unwritten::Events(drafts.len()))?;
        self.inner.inbox.append(under, drafts).await
    }

    /// As [`Journal::append`], but [`WriteError::Full`] instead of waiting.
    pub fn try_append(&self, company: &Owned<CompanyId>, drafts: Vec<Draft>) -> Result<Receipt, WriteError> {
        let under = self.held(company, Unwritten::Events(drafts.len()))?;
        self.inner.inbox.try_append(under, drafts)
    }

    /// Hands over what a courier of this company has to report. Never waits; written within about 10 ms, sooner with an append.
    pub fn settle(&self, company: &Owned<CompanyId>, settlement: Settlement) -> Receipt<()> {
        debug_assert_eq!(company.id(), settlement.company, "results of another company");
        match self.held(company, Unwritten::Results(settlement.webhook)) {
            Ok(under) => self.inner.inbox.settle(under, settlement),
            Err(error) => Receipt::refused(error),
        }
    }

    /// Runs `op` in a transaction of its own, before any append that waits; its result is answered after the commit.
    /// `op` may wait for nothing but the transaction. Heads may be read in it ([`Tx::lock_head`]) but not moved.
    pub async fn control<T, F>(&self, op: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        self.run_control(ControlKind::Plain, op).await
    }

    async fn run_control<T, F>(&self, kind: ControlKind, op: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
    {
        let (boxed, result) = with_result(op);
        self.inner.inbox.control(kind, boxed).await?;
        Ok(result())
    }

    /// As [`Journal::control`], for the rows that a consumer writes, about so many: after events and results.
    pub async fn project<F>(&self, rows: usize, op: F) -> Result<(), StoreError>
    where
        F: for<'t> FnOnce(&'t mut BatchTx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static,
    {
        self.inner.inbox.project(rows, ProjectOp::Often(Box::new(op))).await
    }

    /// The same with anything that the store offers, for what is written now and then.
    async fn project_rarely<F>(&self, rows: usize, op: F) -> Result<(), StoreError>
    where
        F: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static,
    {
        self.inner.inbox.project(rows, ProjectOp::Rarely(Box::new(op))).await
    }

    /// The end of a company's journal; changes when events are committed. Take it before reading, so that nothing is
    /// missed between the two.
    pub fn watch(&self, company: CompanyId) -> watch::Receiver<Seq> {
        self.inner.tail.watch(company)
    }

    /// The last committed seq of a company.
    pub fn head(&self, company: CompanyId) -> Seq {
        self.inner.tail.head(company)
    }

    /// Every company and its head.
    pub fn heads(&self) -> Vec<(CompanyId, Seq)> {
        self.inner.tail.heads()
    }

    /// Whether the recorder can write.
    pub fn health(&self) -> watch::Receiver<RecorderHealth> {
        self.inner.health.clone()
    }

    /// Whether the database, and every company in it, is this process's.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.inner.tenure.subscribe()
    }

    /// Lets every consumer go on until it has nothing left to write, as they do four times a second; returns how many
    /// stretches were written. With `now` also what is written of a journal that does not go on (see [`Consumer::rest`]).
    pub async fn catch_up(&self, now: Option<Timestamp>) -> Result<usize, StoreError> {
        let mut written = 0;
        for kind in &self.inner.consumers {
            written += Following::new(self.clone(), *kind).at_once().catch_up(now).await?;
        }
        Ok(written)
    }

    /// Removes now what `limits` say has to go at `now`, as retention does every half a minute.
    pub async fn retain(&self, limits: RetentionLimits, now: Timestamp) -> Result<(), StoreError> {
        Retention::new(limits).sweep(self, now).await
    }

    /// Where contained panics are counted, of the journal and of whoever works with it.
    pub fn panics(&self) -> Panics {
        self.inner.counters.panics.clone()
    }

    /// What runs in the background, of the journal and of whoever works with it.
    pub fn duties(&self) -> Duties {
        self.inner.duties.clone()
    }

    pub fn counts(&self) -> JournalCounts {
        self.inner.counters.read()
    }

    pub fn queue_depth(&self) -> QueueDepth {
        self.inner.inbox.depth()
    }

    /// Bytes of the events held in memory for readers.
    pub fn tail_bytes(&self) -> usize {
        self.inner.tail.bytes()
    }

    /// The store, for reads that are not of the journal itself.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Events from `from` on, ascending, if they are in memory; none when `from` is beyond the head. `None` means that
    /// the database has to be asked ([`Journal::read`]).
    pub fn try_read_tail(&self, company: CompanyId, from: Seq, limit: ReadLimit) -> Option<Vec<Arc<Event>>> {
        self.inner.tail.read(company, from, limit)
    }
}

/// An operation that leaves its result where it can be taken once it is committed.
fn with_result<T, F>(op: F) -> (ControlOp, impl FnOnce() -> T)
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
{
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    let boxed: ControlOp = Box::new(move |tx| {
        let running = op(tx);
        Box::pin(async move {
            let value = running.await?;
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        })
    });
    let result = move || {
        let value = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.expect("a committed operation has left its result")
    };
    (boxed, result)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::domain::{CompanyId, Event, EventFlags, Keys, Provider, Seq, SourceId, Timestamp};

    /// An event of company 1.
    pub fn event(seq: i64, name: &str, payload: &str) -> Event {
        Event {
            company: CompanyId(1),
            seq: Seq(seq),
            source: SourceId(1),
            provider: Provider::new("threecplus"),
            session: None,
            name: name.into(),
            lane: None,
            received_at: Timestamp(0),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            keys: Keys::default(),
            flags: EventFlags::default(),
            extra: None,
        }
    }
}
