//! The events of one session between its reader and its consumer, bounded in bytes by the node's [`Budget`].

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use tokio_util::sync::DropGuard;

use super::budget::Budget;
use super::event::Event;
use super::reason::{Ended, Reason};
use super::reserved::Reserved;

/// The most a batch holds, in bytes; one event always fits.
const BATCH_BYTES: usize = 4 << 20;
/// A queue emptied of more than this gives its memory back: a flood is over some time, a session may last for months.
const KEPT_SLOTS: usize = 256;

#[derive(Debug)]
struct Shared {
    budget: Budget,
    /// Bytes in the queue and in the consumer's hands.
    held: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    ended: Option<Ended>,
    /// The consumer, when it waits.
    waiting: Option<Waker>,
    /// The consumer is gone: what still comes is dropped.
    abandoned: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::SeqCst);
        self.budget.free(bytes);
    }
}

/// A queue; dropping the consumer's end fires `stop`.
pub(super) fn queue(budget: Budget, stop: DropGuard) -> (Inlet, Events) {
    let shared = Arc::new(Shared { budget, held: AtomicUsize::new(0), state: Mutex::default() });
    (Inlet(Arc::clone(&shared)), Events { shared, in_hand: 0, _stop: stop })
}

/// The reader's end.
#[derive(Debug)]
pub(super) struct Inlet(Arc<Shared>);

impl Inlet {
    /// Whether the next message may be read.
    pub fn has_room(&self) -> bool {
        self.0.budget.has_room(self.held())
    }

    /// Waits until the next message may be read.
    pub async fn room(&self) {
        self.0.budget.room(|| self.held()).await;
    }

    /// Bytes that wait here or are in the consumer's hands.
    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::SeqCst)
    }

    /// No room yet, for what is to be read.
    pub fn nothing_reserved(&self) -> Reserved {
        Reserved::nothing(self.0.budget.clone())
    }

    pub fn push(&self, event: Event) {
        let weight = event.weight();
        let waiting = {
            let mut state = self.0.state();
            if state.abandoned {
                return;
            }
            // Under the lock, so that a consumer that leaves gives back exactly what was taken.
            self.0.held.fetch_add(weight, Ordering::SeqCst);
            self.0.budget.take(weight);
            state.events.push_back(event);
            state.waiting.take()
        };
        waiting.map(Waker::wake).unwrap_or_default();
    }

    /// Tells the consumer, after the last event, how the session ended; only the first call counts.
    pub fn end(&self, ended: Ended) {
        let waiting = {
            let mut state = self.0.state();
            state.ended.get_or_insert(ended);
            state.waiting.take()
        };
        waiting.map(Waker::wake).unwrap_or_default();
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        // A reader that was dropped before it ended by itself: somebody stopped it.
        self.end(Ended { reason: Reason::Stopped, overloaded: false });
    }
}

/// The consumer's end: the events of one session in the order they arrived. Dropping it stops the session.
#[derive(Debug)]
pub struct Events {
    shared: Arc<Shared>,
    /// Bytes of the batch that was taken last. They count until the consumer comes for more, so that what it works on
    /// is inside the bound too.
    in_hand: usize,
    _stop: DropGuard,
}

impl Events {
    /// Appends to `into` the events that have come, at most `max` of them and 4 MiB (one always fits), and says how
    /// many; waits for the first. Zero: the session has ended ([`Events::ended`]), or `max` is zero. Cancel safe.
    pub async fn recv_many(&mut self, into: &mut Vec<Event>, max: usize) -> usize {
        self.shared.give_back(std::mem::take(&mut self.in_hand));
        if max == 0 {
            return 0;
        }
        let (shared, in_hand) = (&self.shared, &mut self.in_hand);
        poll_fn(|context| {
            let mut state = shared.state();
            if state.events.is_empty() {
                if state.ended.is_some() {
                    return Poll::Ready(0);
                }
                state.waiting = Some(context.waker().clone());
                return Poll::Pending;
            }
            let (taken, bytes) = state.take_batch(into, max);
            *in_hand = bytes;
            Poll::Ready(taken)
        })
        .await
    }

    /// How the session ended, once it has; events may still be waiting.
    pub fn ended(&self) -> Option<Ended> {
        self.shared.state().ended.clone()
    }
}

impl State {
    fn take_batch(&mut self, into: &mut Vec<Event>, max: usize) -> (usize, usize) {
        let (mut taken, mut bytes) = (0, 0);
        while let Some(event) = self.events.front() {
            let weight = event.weight();
            if taken == max || (taken > 0 && bytes + weight > BATCH_BYTES) {
                break;
            }
            (taken, bytes) = (taken + 1, bytes + weight);
            into.extend(self.events.pop_front());
        }
        if self.events.is_empty() && self.events.capacity() > KEPT_SLOTS {
            self.events = VecDeque::new();
        }
        (taken, bytes)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.shared.state();
            state.abandoned = true;
            std::mem::take(&mut state.events)
        };
        let bytes = waiting.iter().map(Event::weight).sum::<usize>();
        self.shared.give_back(bytes + self.in_hand);
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use bytes::Bytes;
    use tokio_util::sync::CancellationToken;

    use super::super::event::Args;
    use super::*;

    fn event(bytes: usize) -> Event {
        Event {
            name: "x".into(),
            args: Args::One(Bytes::from(vec![b'0'; bytes])),
            ack: None,
            attachments: Vec::new(),
            offset: None,
            received_at: SystemTime::UNIX_EPOCH,
        }
    }

    fn fresh(capacity: usize) -> (Budget, CancellationToken, Inlet, Events) {
        let (budget, stop) = (Budget::new(capacity), CancellationToken::new());
        let (inlet, events) = queue(budget.clone(), stop.clone().drop_guard());
        (budget, stop, inlet, events)
    }

    #[tokio::test]
    async fn batches_keep_order_and_their_bytes_count_until_the_next() {
        let (budget, _, inlet, mut events) = fresh(10_000);
        for bytes in [1, 2, 3] {
            inlet.push(event(bytes));
        }
        let mut batch = Vec::new();
        assert_eq!(events.recv_many(&mut batch, 2).await, 2);
        assert_eq!(batch.iter().map(|event| event.args.raw().len()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(budget.used(), events.shared.held.load(Ordering::Relaxed));
        assert!(budget.used() > 3 * 256);
        assert_eq!(events.recv_many(&mut batch, 2).await, 1);
        inlet.end(Ended { reason: Reason::ServerDisconnect, overloaded: false });
        assert_eq!(events.recv_many(&mut batch, 2).await, 0);
        assert_eq!(budget.used(), 0);
        assert_eq!(events.ended().unwrap().reason, Reason::ServerDisconnect);
    }

    #[tokio::test]
    async fn a_batch_is_bounded_in_bytes_and_one_event_always_fits() {
        let (_, _, inlet, mut events) = fresh(1 << 30);
        for bytes in [BATCH_BYTES * 2, BATCH_BYTES / 2, BATCH_BYTES / 2] {
            inlet.push(event(bytes));
        }
        let mut batch = Vec::new();
        for _ in 0..3 {
            assert_eq!(events.recv_many(&mut batch, 100).await, 1);
        }
    }

    #[tokio::test]
    async fn either_end_may_be_dropped() {
        let (budget, stop, inlet, mut events) = fresh(10_000);
        inlet.push(event(5));
        inlet.push(event(5));
        events.recv_many(&mut Vec::new(), 1).await;
        drop(events);
        assert!(stop.is_cancelled());
        inlet.push(event(5));
        assert_eq!(budget.used(), 0);

        let (_, _, inlet, mut events) = fresh(10_000);
        drop(inlet);
        assert_eq!(events.recv_many(&mut Vec::new(), 1).await, 0);
        assert_eq!(events.ended().unwrap().reason, Reason::Stopped);
    }
}
