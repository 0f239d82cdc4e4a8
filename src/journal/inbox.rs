//! What is handed to the recorder, and the bell that wakes it: four queues under one short lock.
//!
//! Control operations, and what consumers write, are bounded by permits, results by the couriers' windows (a courier whose results are not
//! committed takes no new events), appends by bytes ([`super::queues`]). The recorder takes, never waits for a giver;
//! a giver that is dropped while it waits takes its append back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

use super::WriteError;
use super::handed::{Append, Outcome};
use super::leases::Under;
use super::projections::{ProjectOp, Projection, Projections};
use super::queues::{AppendQueue, BatchCap, Ticket};
use super::receipt::Receipt;
use crate::domain::{CompanyId, Draft};
use crate::store::{Head, Settlement, StoreError, Tx};

/// Control operations that may wait at the same time; more callers wait for a permit.
const CONTROLS: usize = 64;

pub(super) type ControlOp =
    Box<dyn for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send>;

/// A transaction of its own, served before anything else.
pub(super) struct Control {
    pub op: ControlOp,
    pub answer: oneshot::Sender<Result<(), StoreError>>,
    pub kind: ControlKind,
    /// Its place in the queue, given back when it is answered.
    pub permit: OwnedSemaphorePermit,
}

/// What the recorder has to know about a control operation once it is committed.
#[derive(Debug, Clone)]
pub(super) enum ControlKind {
    Plain,
    /// Leases are taken: these are the heads with their new epochs, left there by the operation.
    Leases(Arc<Mutex<Vec<Head>>>),
}

/// What the next commit is to hold.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub appends: Vec<Append>,
    pub outcomes: Vec<Outcome>,
    /// Results that wait to be joined, until then.
    pub again_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct InboxLimits {
    pub append_bytes: usize,
    pub batch: BatchCap,
    /// How long results may wait for others.
    pub linger: Duration,
}

struct State {
    appends: AppendQueue<Append>,
    results: VecDeque<Outcome>,
    results_rows: usize,
    results_since: Option<Instant>,
    /// Then the recorder looks by itself, and need not be woken for what may wait until then.
    looks_at: Option<Instant>,
    controls: VecDeque<Control>,
    closed: bool,
}

pub(super) struct Inbox {
    state: Mutex<State>,
    bell: Notify,
    /// Operations come in one after the other, in the order in which they were first asked for: of several that wait for
    /// permits the one that wakes first would be first.
    door: tokio::sync::Mutex<()>,
    permits: Arc<Semaphore>,
    /// What consumers write.
    pub projections: Projections,
    limits: InboxLimits,
}

/// Bytes and items waiting, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Appends let in and not committed.
    pub append_bytes: usize,
    /// Settlements not taken yet.
    pub results: usize,
    pub controls: usize,
    /// What consumers write.
    pub projections: usize,
}

impl Inbox {
    pub fn new(limits: InboxLimits) -> Self {
        Self {
            state: Mutex::new(State {
                appends: AppendQueue::new(limits.append_bytes),
                results: VecDeque::new(),
                results_rows: 0,
                results_since: None,
                looks_at: None,
                controls: VecDeque::new(),
                closed: false,
            }),
            bell: Notify::new(),
            door: tokio::sync::Mutex::default(),
            permits: Arc::new(Semaphore::new(CONTROLS)),
            projections: Projections::new(),
            limits,
        }
    }

    /// Hands drafts over at once, or says that there is no room.
    pub fn try_append(&self, under: Under, drafts: Vec<Draft>) -> Result<Receipt, WriteError> {
        let (answer, receipt) = Receipt::new();
        let append = Append::new(under, drafts, answer);
        let (rows, weight) = (append.drafts.len(), append.weight);
        let mut state = self.open()?;
        state.appends.offer(under.company, rows, weight, append).map_err(|_| WriteError::Full)?;
        drop(state);
        self.bell.notify_one();
        Ok(receipt)
    }

    /// Hands drafts over; waits for room, in line with others of the same company.
    pub async fn append(&self, under: Under, drafts: Vec<Draft>) -> Result<Receipt, WriteError> {
        let (answer, receipt) = Receipt::new();
        let (company, append) = (under.company, Append::new(under, drafts, answer));
        let (rows, weight) = (append.drafts.len(), append.weight);
        let waiting = {
            let mut state = self.open()?;
            match state.appends.offer(company, rows, weight, append) {
                Ok(()) => None,
                Err(mut append) => {
                    let (entered, has_entered) = oneshot::channel();
                    append.entered = Some(entered);
                    let ticket = state.appends.wait(company, rows, weight, append);
                    Some((TakeBack { inbox: self, company, ticket: Some(ticket) }, has_entered))
                }
            }
        };
        let Some((mut take_back, has_entered)) = waiting else {
            self.bell.notify_one();
            return Ok(receipt);
        };
        let entered = has_entered.await;
        take_back.ticket = None;
        entered.map(|()| receipt).map_err(|_| WriteError::Stopped)
    }

    pub fn settle(&self, under: Under, settlement: Settlement) -> Receipt<()> {
        let (answer, receipt) = Receipt::new();
        if let Ok(mut state) = self.open() {
            let result = Outcome { under, settlement, answer };
            // Between the first and the last that fit, the recorder knows already when to look.
            let mut is_news = false;
            if state.results.is_empty() {
                let now = Instant::now();
                state.results_since = Some(now);
                is_news = state.looks_at.is_none_or(|at| at > now + self.limits.linger);
            }
            state.results_rows += result.rows();
            is_news |= state.results_rows >= self.limits.batch.rows;
            state.results.push_back(result);
            drop(state);
            if is_news {
                self.bell.notify_one();
            }
        }
        receipt
    }

    /// Runs `op` in a transaction of its own; what it returns is answered after the commit. Operations run in the order in
    /// which these calls were first polled.
    pub async fn control(&self, kind: ControlKind, op: ControlOp) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        {
            let _turn = self.door.lock().await;
            let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| stopped())?;
            let mut state = self.open().map_err(|_| stopped())?;
            state.controls.push_back(Control { op, answer, kind, permit });
        }
        self.bell.notify_one();
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Runs `op`, which writes so many rows, in a part of its own of a transaction that lets events and results go before it, for as
    /// long as [`PATIENCE`](super::projections::PATIENCE).
    pub async fn project(&self, rows: usize, op: ProjectOp) -> Result<(), StoreError> {
        let permit = self.projections.place().await.ok_or_else(stopped)?;
        let (answer, answered) = oneshot::channel();
        {
            let _state = self.open().map_err(|_| stopped())?;
            self.projections.push(Projection { rows, op, answer, permit });
        }
        self.bell.notify_one();
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    pub fn depth(&self) -> QueueDepth {
        let state = self.state();
        QueueDepth {
            append_bytes: state.appends.used(),
            results: state.results.len(),
            controls: state.controls.len(),
            projections: self.projections.len(),
        }
    }

    /// Refuses whatever comes from now on; what is inside is still served.
    pub fn close(&self) {
        self.state().closed = true;
        self.bell.notify_one();
    }

    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Resolves when it is closed. To be waited for by who serves it: the bell rings for one.
    pub async fn is_closing(&self) {
        while !self.is_closed() {
            self.rung().await;
        }
    }

    pub fn is_empty(&self) -> bool {
        let state = self.state();
        let apart = state.controls.is_empty() && self.projections.len() == 0;
        apart && state.appends.is_empty() && state.results.is_empty()
    }

    /// Lets go of everything: nobody will serve it any more. Who waits is told [`WriteError::Stopped`].
    pub fn abandon(&self) {
        self.permits.close();
        let mut state = self.state();
        state.closed = true;
        let controls = std::mem::take(&mut state.controls);
        let left = (state.appends.drain(), std::mem::take(&mut state.results), controls);
        drop(state);
        self.projections.abandon();
        drop(left);
    }

    /// Wakes the recorder although nothing was handed over.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Waits until it is rung, at most until then.
    pub async fn rung_before(&self, at: Option<Instant>) {
        self.state().looks_at = at;
        match at {
            None => self.rung().await,
            Some(at) => {
                // Either is a reason to look again.
                let _ = tokio::time::timeout_at(at.into(), self.rung()).await;
            }
        }
    }

    /// When results of what was written at `now` may wait no longer.
    pub fn results_by(&self, now: Instant) -> Instant {
        now + self.limits.linger
    }

    pub fn take_controls(&self, most: usize) -> Vec<Control> {
        let mut state = self.state();
        let count = most.min(state.controls.len());
        state.controls.drain(..count).collect()
    }

    /// What the next commit is to hold. Appends go at once, and results with them; results alone linger.
    pub fn take(&self, now: Instant, appends: bool) -> Taken {
        let cap = self.limits.batch;
        let mut state = self.state();
        state.looks_at = None;
        let appends = if appends { state.appends.take(cap) } else { Vec::new() };
        let mut taken = Taken { appends, outcomes: Vec::new(), again_at: None };
        let Some(since) = state.results_since else { return taken };
        let due = since + self.limits.linger;
        if taken.appends.is_empty() && now < due && state.results_rows < cap.rows && !state.closed {
            taken.again_at = Some(due);
            return taken;
        }
        let mut rows = 0;
        while let Some(next) = state.results.front() {
            let more = next.rows();
            if rows + more > cap.rows && !taken.outcomes.is_empty() {
                break;
            }
            rows += more;
            taken.outcomes.extend(state.results.pop_front());
        }
        state.results_rows -= rows;
        // What is left over has waited already: it goes next.
        state.results_since = (!state.results.is_empty()).then_some(since);
        taken
    }

    /// As [`Inbox::take`], but results do not linger.
    pub fn take_all(&self, now: Instant) -> Taken {
        self.take(now + self.limits.linger, true)
    }

    /// Gives back the room of appends that are finished, and lets in who waits for it.
    pub fn release(&self, finished: impl Iterator<Item = (CompanyId, usize)>) {
        let mut state = self.state();
        for (company, weight) in finished {
            state.appends.release(company, weight);
        }
        state.appends.let_in(|append| {
            if let Some(entered) = append.entered.take() {
                // Whoever waited may be gone; its append stands in line all the same.
                let _ = entered.send(());
            }
        });
    }

    fn open(&self) -> Result<MutexGuard<'_, State>, WriteError> {
        let state = self.state();
        if state.closed { Err(WriteError::Stopped) } else { Ok(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopped() -> StoreError {
    StoreError::Gone { detail: "the recorder has stopped".to_owned(), outcome_unknown: false }
}

/// Takes a waiting append back when its giver is dropped.
struct TakeBack<'a> {
    inbox: &'a Inbox,
    company: CompanyId,
    ticket: Option<Ticket>,
}

impl Drop for TakeBack<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let taken = self.inbox.state().appends.take_back(self.company, ticket);
            if taken.is_some() {
                // A newcomer that gives up may have kept others out.
                self.inbox.release(std::iter::empty());
                self.inbox.bell.notify_one();
            }
        }
    }
}
