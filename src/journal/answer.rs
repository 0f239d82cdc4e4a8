//! Who waits for an append, and what they are told: also when it had to be written in parts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::WriteError;
use super::receipt::Placed;

pub(super) type Written = Result<Vec<Placed>, WriteError>;

/// Answers one append, or its part of one. Dropped without an answer it says that the journal has stopped.
#[derive(Debug)]
pub(super) enum Answer {
    Whole(oneshot::Sender<Written>),
    Part { of: Arc<Mutex<Parts>>, from: usize },
}

/// What is known of an append that is written in parts.
#[derive(Debug)]
pub(super) struct Parts {
    answer: Option<oneshot::Sender<Written>>,
    placed: Vec<Option<Placed>>,
    unanswered: usize,
    error: Option<WriteError>,
}

impl Answer {
    /// Two answers: to the first `first` drafts of `all`, and to the others.
    pub fn split(self, first: usize, all: usize) -> [Answer; 2] {
        let (of, from) = match self {
            Answer::Part { of, from } => (of, from),
            Answer::Whole(answer) => {
                let answer = Some(answer);
                let parts = Parts { answer, placed: vec![None; all], unanswered: all, error: None };
                (Arc::new(Mutex::new(parts)), 0)
            }
        };
        [Answer::Part { of: Arc::clone(&of), from }, Answer::Part { of, from: from + first }]
    }

    /// What has become of its `events` drafts. Nobody may be interested any more.
    pub fn send(self, events: usize, written: Written) {
        match self {
            Answer::Whole(answer) => drop(answer.send(written)),
            Answer::Part { of, from } => Parts::lock(&of).learn(from, events, written),
        }
    }
}

impl Parts {
    fn lock(of: &Mutex<Parts>) -> MutexGuard<'_, Parts> {
        of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&mut self, from: usize, events: usize, written: Written) {
        match written {
            Ok(placed) => {
                for (place, placed) in self.placed.iter_mut().skip(from).zip(placed) {
                    *place = Some(placed);
                }
            }
            Err(error) => self.error = Some(worse(self.error.take(), error)),
        }
        self.unanswered = self.unanswered.saturating_sub(events);
        if self.unanswered > 0 {
            return;
        }
        let written = match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.placed.drain(..).flatten().collect()),
        };
        if let Some(answer) = self.answer.take() {
            // As above.
            let _ = answer.send(written);
        }
    }
}

/// Refused events add up; whatever else went wrong is the better explanation.
fn worse(known: Option<WriteError>, new: WriteError) -> WriteError {
    match (known, new) {
        (None, new) => new,
        (Some(WriteError::Rejected { events, detail }), WriteError::Rejected { events: more, .. }) => {
            WriteError::Rejected { detail, events: events + more }
        }
        (Some(WriteError::Rejected { .. }), other) => other,
        (Some(known), _) => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Seq;

    fn placed(seqs: std::ops::RangeInclusive<i64>) -> Vec<Placed> {
        seqs.map(|seq| Placed { seq: Seq(seq), duplicate: false }).collect()
    }

    fn rejected(events: usize) -> WriteError {
        WriteError::Rejected { detail: "no".into(), events }
    }

    #[test]
    fn an_append_in_parts_is_answered_in_its_order_when_the_last_part_is() {
        let (tell, mut told) = oneshot::channel();
        let [first, rest] = Answer::Whole(tell).split(2, 5);
        let [second, third] = rest.split(1, 3);
        third.send(2, Ok(placed(4..=5)));
        first.send(2, Ok(placed(1..=2)));
        assert!(told.try_recv().is_err(), "a part is missing");
        second.send(1, Ok(placed(3..=3)));
        assert_eq!(told.try_recv().expect("answered"), Ok(placed(1..=5)));
    }

    #[test]
    fn what_was_refused_in_the_parts_adds_up_and_a_lost_part_is_no_success() {
        let (tell, mut told) = oneshot::channel();
        let [first, rest] = Answer::Whole(tell).split(1, 3);
        let [second, third] = rest.split(1, 2);
        first.send(1, Err(rejected(1)));
        second.send(1, Ok(placed(1..=1)));
        third.send(1, Err(rejected(1)));
        assert_eq!(told.try_recv().expect("answered"), Err(rejected(2)));
        let (tell, mut told) = oneshot::channel();
        let [first, second] = Answer::Whole(tell).split(1, 2);
        first.send(1, Ok(placed(1..=1)));
        drop(second);
        assert_eq!(told.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}
