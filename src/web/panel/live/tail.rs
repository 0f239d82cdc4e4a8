//! The rows of a tail as events arrive: found and written once for all who look at the same.
//!
//! What must hold here:
//!
//! - Steps have an end: twice a second for one search, and a hundred a second for all searches together, however many
//!   people look. A step looks only at what is in memory, at most a bounded number of events ([`Tail`]).
//! - No viewer is told of an event twice, and what they were not shown is counted: a step says of which events it speaks.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::{Hub, Looking, Source, TICK, message, turn};
use crate::admin::{By, EventView, Tail, TailStep, Turn};
use crate::domain::{Seq, Timestamp};
use crate::web::panel::Ui;

/// Between two steps of one search, and what each search that is open adds to it.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_PER_TAIL: Duration = Duration::from_millis(10);
/// All viewers have had a step by then.
const SPREAD: Duration = Duration::from_millis(400);
/// Steps that a slow viewer may be behind.
const STEPS: usize = 4;

/// How a step is written for one kind of viewer.
pub struct Rows<R> {
    ui: Ui,
    row: R,
}

impl<R: Fn(&Ui, EventView) -> String> Rows<R> {
    pub fn new(ui: Ui, row: R) -> Self {
        Self { ui, row }
    }

    /// `said` is the last event that was told of before.
    fn write(&mut self, said: Seq, step: TailStep) -> Step {
        self.ui.now = Timestamp::now();
        let (mut text, mut rows) = (String::new(), Vec::with_capacity(step.events.len()));
        for event in step.events {
            let (seq, begin) = (event.seq, text.len());
            message::add(&mut text, "row", Some(seq), &(self.row)(&self.ui, event));
            rows.push((Seq(seq), begin));
        }
        Step { told: said.next()..step.passed.next(), missed: step.missed, rows, text: text.into() }
    }
}

/// What came between two looks.
#[derive(Debug)]
pub struct Step {
    /// The events that it speaks of: each stands in the text, was not looked for, or counts as missed.
    told: Range<Seq>,
    missed: u64,
    /// The events in the text, and where each begins.
    rows: Vec<(Seq, usize)>,
    text: Bytes,
}

impl Step {
    /// The text for who has been told of everything up to `passed`, and how many they are not shown.
    fn since(&self, passed: Seq) -> (Bytes, u64) {
        let before = u64::try_from(self.told.start.0 - passed.next().0);
        if let Ok(before) = before {
            return (self.text.clone(), self.missed + before);
        }
        let known = self.rows.partition_point(|(seq, _)| *seq <= passed);
        let begin = self.rows.get(known).map_or(self.text.len(), |(_, begin)| *begin);
        let fresh = u64::try_from(self.told.end.0 - passed.next().0).unwrap_or(0);
        let shown = (self.rows.len() - known) as u64;
        (self.text.slice(begin..), self.missed.min(fresh.saturating_sub(shown)))
    }
}

/// A tail, for one viewer.
pub struct Following {
    steps: broadcast::Receiver<Arc<Step>>,
    /// What came before its first step of all's.
    first: Option<Step>,
    passed: Seq,
    /// The end of a step whose rows have been sent.
    end: Option<Bytes>,
    turn: Duration,
    _place: Option<Turn>,
}

impl Following {
    fn told(&mut self, step: &Step) -> Bytes {
        let (rows, missed) = step.since(self.passed);
        self.passed = self.passed.max(Seq(step.told.end.0 - 1));
        let end = message::passed(missed, self.passed.0);
        if rows.is_empty() {
            return end;
        }
        self.end = Some(end);
        rows
    }
}

impl Source for Following {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(end) = self.end.take() {
            return Some(end);
        }
        if let Some(first) = self.first.take() {
            return Some(self.told(&first));
        }
        loop {
            match self.steps.recv().await {
                Ok(step) => {
                    sleep(self.turn).await;
                    return Some(self.told(&step));
                }
                // What was in the steps that are gone is counted with the next.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

impl Hub {
    /// `None` when the viewer has as many streams as they may.
    pub(super) fn follow<R>(
        &self,
        by: By,
        kind: String,
        mut tail: Tail,
        mut rows: Rows<R>,
    ) -> Option<Following>
    where
        R: Fn(&Ui, EventView) -> String + Send + 'static,
    {
        let place = self.place(by)?;
        let mut open = self.lock();
        let looks = if open.tails.contains_key(&kind) { None } else { Some(self.look(by)?) };
        let sender = open.tails.entry(kind.clone()).or_insert_with(|| broadcast::Sender::new(STEPS));
        let (before, steps) = (sender.receiver_count(), sender.subscribe());
        drop(open);
        // Looked at after the viewer has begun to listen: what comes later is in a step of all's.
        let passed = tail.passed();
        let first = rows.write(passed, tail.now());
        if let Some(looks) = looks {
            tokio::spawn(keep_following(Looking { hub: self.clone(), kind }, tail, rows, looks));
        }
        let turn = turn(before, SPREAD);
        Some(Following { steps, first: Some(first), passed, end: None, turn, _place: Some(place) })
    }
}

/// Looks for as long as anybody watches.
async fn keep_following<R>(looking: Looking, mut tail: Tail, mut rows: Rows<R>, _place: Turn)
where
    R: Fn(&Ui, EventView) -> String + Send + 'static,
{
    let Looking { hub, kind } = &looking;
    loop {
        let said = tail.passed();
        let found = tokio::select! {
            found = tail.next() => found,
            () = sleep(TICK) => Some(tail.now()),
            () = hub.stop.cancelled() => None,
        };
        hub.looked.fetch_add(1, Ordering::Relaxed);
        let step = found.map(|found| Arc::new(rows.write(said, found)));
        let pause = {
            let mut open = hub.lock();
            let sent = step.zip(open.tails.get(kind)).is_some_and(|(step, sender)| sender.send(step).is_ok());
            // Nobody listens any more. Under the lock under which viewers come: none can come in between.
            if !sent {
                open.tails.remove(kind);
                return;
            }
            PAUSE.max(PAUSE_PER_TAIL * u32::try_from(open.tails.len()).unwrap_or(u32::MAX))
        };
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Speaks of the events 11 to 20, shows 15 and 18, and has missed three.
    fn step() -> Step {
        let (mut text, mut rows) = (String::new(), Vec::new());
        for seq in [15, 18] {
            rows.push((Seq(seq), text.len()));
            message::add(&mut text, "row", Some(seq), "x");
        }
        Step { told: Seq(11)..Seq(21), missed: 3, rows, text: text.into() }
    }

    #[test]
    fn a_step_tells_each_what_they_have_not_heard() {
        let step = step();
        let shown = |passed| {
            let (text, missed) = step.since(Seq(passed));
            (String::from_utf8_lossy(&text).matches("row").count(), missed)
        };
        assert_eq!(shown(10), (2, 3));
        assert_eq!(shown(4), (2, 9), "what came before it and was not told of is counted");
        assert_eq!(shown(14), (2, 3));
        assert_eq!(shown(15), (1, 3));
        assert_eq!(shown(17), (1, 2), "no more are missed than there are");
        assert_eq!(shown(20), (0, 0));
        assert_eq!(shown(30), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_passes_over_and_no_event_comes_twice() {
        let sender = broadcast::Sender::new(STEPS);
        let mut viewer = Following {
            steps: sender.subscribe(),
            first: None,
            passed: Seq(16),
            end: None,
            turn: Duration::ZERO,
            _place: None,
        };
        let mut hear = async || String::from_utf8_lossy(&viewer.next().await.expect("goes on")).into_owned();
        sender.send(Arc::new(step())).expect("somebody listens");
        assert_eq!(hear().await, "event: row\nid: 18\ndata: x\n\n");
        assert_eq!(hear().await, "event: missed\nid: 20\ndata: 3\n\n");
        for ends in 3..10 {
            let told = Seq(ends * 10 - 9)..Seq(ends * 10 + 1);
            let quiet = Step { told, missed: 0, rows: Vec::new(), text: Bytes::new() };
            sender.send(Arc::new(quiet)).expect("somebody listens");
        }
        assert_eq!(hear().await, "event: missed\nid: 60\ndata: 30\n\n", "three steps were gone");
        assert_eq!(hear().await, "event: alive\nid: 70\ndata: \n\n");
    }
}
