//! Operations: everything that is written but events and results. Those of control, and what consumers write.
//!
//! What must hold: an operation is answered after the commit that holds it; one that fails undoes itself and none of
//! the others.
//!
//! Those that wait at the same time share one transaction, each in a part of its own: a thousand sources that connect
//! at once begin their sessions with sixty commits instead of a thousand.

use std::panic::AssertUnwindSafe;
use std::sync::PoisonError;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::inbox::{Control, ControlKind, ControlOp};
use super::projections::{OftenOp, ProjectOp, Projection};
use super::recorder::{COMMIT_BYTES, CONTROL_BYTES, PROJECTED_BYTES, Recorder, answered, panic_text};
use crate::store::{Head, InParts, StoreError, Writer};

type Outcome = Result<(), StoreError>;

impl Recorder {
    pub(super) async fn control(&mut self, controls: Vec<Control>) {
        if controls.is_empty() {
            return;
        }
        let mut waiting = Vec::with_capacity(controls.len());
        let mut ops = Vec::with_capacity(controls.len());
        for Control { op, answer, kind, permit } in controls {
            ops.push(op);
            waiting.push((answer, kind, permit));
        }
        let outcomes = self.outcomes(Ops::Controls(ops)).await;
        let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        self.memory.bytes_since_look += written * CONTROL_BYTES;
        for ((answer, kind, _permit), outcome) in waiting.into_iter().zip(outcomes) {
            self.learn(&kind, &outcome);
            // Who asked may have gone away; the work is done all the same.
            let _ = answer.send(outcome);
        }
        self.look_at_wal().await;
    }

    /// What consumers write, in the same way. All of it is written with the same connection.
    pub(super) async fn project(&mut self, projections: Vec<Projection>) {
        let mut waiting = Vec::with_capacity(projections.len());
        let mut ops = Vec::with_capacity(projections.len());
        let mut bytes = 0;
        for Projection { rows, op, answer, permit } in projections {
            bytes += rows * PROJECTED_BYTES;
            ops.push(op);
            waiting.push((answer, permit));
        }
        let outcomes = self.outcomes(Ops::of(ops)).await;
        self.memory.bytes_since_look += bytes + COMMIT_BYTES;
        for ((answer, _permit), outcome) in waiting.into_iter().zip(outcomes) {
            self.learn(&ControlKind::Plain, &outcome);
            let _ = answer.send(outcome);
        }
        self.look_at_wal().await;
    }

    /// Each operation's own; the same of all of them when the transaction as a whole was lost.
    async fn outcomes(&mut self, ops: Ops) -> Vec<Outcome> {
        let count = ops.len();
        let ran = match self.refusal() {
            Some(error) => Err(error),
            None => self.run_together(ops).await,
        };
        ran.unwrap_or_else(|error| (0..count).map(|_| Err(error.for_another())).collect())
    }

    fn learn(&mut self, kind: &ControlKind, outcome: &Outcome) {
        match outcome {
            Ok(()) => {
                if let ControlKind::Leases(taken) = kind {
                    // Not what is found later: that may be another's epoch already.
                    let taken = std::mem::take(&mut *taken.lock().unwrap_or_else(PoisonError::into_inner));
                    for head in &taken {
                        self.took(*head);
                    }
                    self.tenure.took(&taken);
                }
                self.answers_again();
            }
            Err(error @ (StoreError::Gone { .. } | StoreError::ReadOnly { .. })) => {
                self.memory.needs_reopen |= error.spoils_the_session();
                self.report.waiting(error);
            }
            Err(_) => {}
        }
    }

    fn took(&mut self, head: Head) {
        let known = self.memory.heads.insert(head.company, head);
        if let Some(known) = known.filter(|known| known.seq > head.seq) {
            // It has come back without events: that is told, and their places are not given again.
            self.memory.heads.insert(head.company, Head { seq: known.seq, ..head });
            self.memory.doubted = true;
        }
    }

    /// Each operation's own outcome; an error when the transaction as a whole was lost.
    async fn run_together(&mut self, ops: Ops) -> Result<Vec<Outcome>, StoreError> {
        self.reopen_if_needed().await?;
        let giving_up = self.giving_up();
        let Ran { outcomes, panics } = answered(transaction(&mut self.writer, ops), giving_up).await?;
        if panics > 0 {
            (0..panics).for_each(|_| self.counters.panics.note());
            self.memory.needs_reopen = true;
        }
        Ok(outcomes)
    }
}

/// Operations that share a transaction.
enum Ops {
    Controls(Vec<ControlOp>),
    /// With the connection of batches.
    Often(Vec<OftenOp>),
}

impl Ops {
    /// Of what is all written with the same connection.
    fn of(projections: Vec<ProjectOp>) -> Self {
        let (mut often, mut others) = (Vec::new(), Vec::new());
        for op in projections {
            match op {
                ProjectOp::Often(op) => often.push(op),
                ProjectOp::Rarely(op) => others.push(op),
            }
        }
        if others.is_empty() { Ops::Often(often) } else { Ops::Controls(others) }
    }

    fn len(&self) -> usize {
        match self {
            Ops::Controls(ops) => ops.len(),
            Ops::Often(ops) => ops.len(),
        }
    }
}

struct Ran {
    outcomes: Vec<Outcome>,
    panics: usize,
}

async fn transaction(writer: &mut Writer, ops: Ops) -> Result<Ran, StoreError> {
    writer.ask().await?;
    match ops {
        Ops::Controls(ops) => run_all(writer.begin().await?, ops).await,
        Ops::Often(ops) => run_all(writer.begin_batch().await?, ops).await,
    }
}

async fn run_all<T, F>(mut tx: T, mut ops: Vec<F>) -> Result<Ran, StoreError>
where
    T: InParts,
    F: for<'t> FnOnce(&'t mut T) -> BoxFuture<'t, Outcome>,
{
    if ops.len() == 1 {
        return alone(tx, ops.swap_remove(0)).await;
    }
    let mut ran = Ran { outcomes: Vec::with_capacity(ops.len()), panics: 0 };
    for op in ops {
        tx.begin_part().await?;
        let outcome = run(op, &mut tx, &mut ran.panics).await;
        match &outcome {
            Ok(()) => tx.keep_part().await?,
            // What undid the whole transaction (no room, no connection) is the better explanation.
            Err(error) => tx.undo_part().await.map_err(|_| error.for_another())?,
        }
        ran.outcomes.push(outcome);
    }
    tx.commit().await?;
    Ok(ran)
}

/// An operation that shares its transaction with none is undone with it. (A part costs a copy of every page that it changes.)
async fn alone<T, F>(mut tx: T, op: F) -> Result<Ran, StoreError>
where
    T: InParts,
    F: for<'t> FnOnce(&'t mut T) -> BoxFuture<'t, Outcome>,
{
    let mut panics = 0;
    let outcome = run(op, &mut tx, &mut panics).await;
    match &outcome {
        Ok(()) => tx.commit().await?,
        Err(error) => tx.rollback().await.map_err(|_| error.for_another())?,
    }
    Ok(Ran { outcomes: vec![outcome], panics })
}

async fn run<T, F>(op: F, tx: &mut T, panics: &mut usize) -> Outcome
where
    F: for<'t> FnOnce(&'t mut T) -> BoxFuture<'t, Outcome>,
{
    match AssertUnwindSafe(async { op(tx).await }).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(panic) => {
            *panics += 1;
            let text = panic_text(&*panic);
            tracing::error!(panic = text, "a control operation panicked");
            Err(StoreError::Rejected { detail: format!("a defect of this program: {text}") })
        }
    }
}
