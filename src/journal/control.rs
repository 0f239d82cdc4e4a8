//! Control operations: everything that is written but events and results.
//!
//! What must hold: an operation is answered after the commit that holds it; one that fails undoes itself and none of
//! the others.
//!
//! Those that wait at the same time share one transaction, each in a part of its own: a thousand sources that connect
//! at once begin their sessions with sixty commits instead of a thousand.

use std::panic::AssertUnwindSafe;
use std::sync::PoisonError;

use futures_util::FutureExt;

use super::inbox::{Control, ControlKind, ControlOp};
use super::recorder::{CONTROL_BYTES, Recorder, answered, panic_text};
use crate::store::{Head, StoreError, Tx, Writer};

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
        let ran = match self.refusal() {
            Some(error) => Err(error),
            None => self.run_together(ops).await,
        };
        let outcomes = match ran {
            Ok(outcomes) => outcomes,
            Err(error) => waiting.iter().map(|_| Err(error.for_another())).collect(),
        };
        let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        for ((answer, kind, _permit), outcome) in waiting.into_iter().zip(outcomes) {
            self.learn(&kind, &outcome);
            // Who asked may have gone away; the work is done all the same.
            let _ = answer.send(outcome);
        }
        if written > 0 {
            self.memory.bytes_since_look += written * CONTROL_BYTES;
            self.look_at_wal().await;
        }
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
    async fn run_together(&mut self, ops: Vec<ControlOp>) -> Result<Vec<Outcome>, StoreError> {
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

struct Ran {
    outcomes: Vec<Outcome>,
    panics: usize,
}

async fn transaction(writer: &mut Writer, mut ops: Vec<ControlOp>) -> Result<Ran, StoreError> {
    writer.ask().await?;
    if ops.len() == 1 {
        return alone(writer, ops.swap_remove(0)).await;
    }
    let mut ran = Ran { outcomes: Vec::with_capacity(ops.len()), panics: 0 };
    let mut tx = writer.begin().await?;
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
async fn alone(writer: &mut Writer, op: ControlOp) -> Result<Ran, StoreError> {
    let mut panics = 0;
    let mut tx = writer.begin().await?;
    let outcome = run(op, &mut tx, &mut panics).await;
    match &outcome {
        Ok(()) => tx.commit().await?,
        Err(error) => tx.rollback().await.map_err(|_| error.for_another())?,
    }
    Ok(Ran { outcomes: vec![outcome], panics })
}

async fn run(op: ControlOp, tx: &mut Tx<'_>, panics: &mut usize) -> Outcome {
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
