//! Requests and fetches that are under way, and the numbers that name requests.

use std::sync::Arc;

use ahash::AHashMap;

use super::lanes::LaneKey;
use super::results::Attempted;
use super::window::Place;
use crate::delivery::subscription::Subscription;
use crate::domain::{AttemptOrigin, Event, Seq};

/// What a request was made for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Errand {
    Window(Place),
    Held(Seq),
    Replay { job: i64, place: Place },
}

/// A request under way.
pub(super) struct Flight {
    pub errand: Errand,
    pub event: Arc<Event>,
    pub revision: Arc<Subscription>,
    pub n: u16,
    pub origin: AttemptOrigin,
    /// Sent to see whether the endpoint lives.
    pub probe: bool,
    /// The lane that nothing else is to be sent for meanwhile.
    pub lock: Option<LaneKey>,
    /// It was refused for the pace's sake: neither the event nor the endpoint is to blame.
    pub too_fast: bool,
}

impl Flight {
    /// As it is written down; `charged` is whether it counts against the event's schedule.
    pub(super) fn attempted(&self, charged: bool) -> Attempted {
        Attempted {
            seq: self.event.seq,
            origin: self.origin,
            n: self.n,
            revision: self.revision.number(),
            charged,
        }
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Underway {
    flights: AHashMap<u64, Flight>,
    /// The number of the next request, and of the newest that has succeeded.
    pub number: u64,
    pub succeeded: Option<u64>,
    /// Fetches for the window.
    pub fetches: usize,
    held_turn: bool,
}

impl Underway {
    pub(super) fn len(&self) -> usize {
        self.flights.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// Notes a request as under way; its number.
    pub(super) fn start(&mut self, flight: Flight) -> u64 {
        let number = self.number;
        self.number += 1;
        self.flights.insert(number, flight);
        number
    }

    pub(super) fn end(&mut self, number: u64) -> Option<Flight> {
        self.flights.remove(&number)
    }

    /// A fetch for the window has come to its end. Each ends once, which the model holds; a courier that counted wrongly would
    /// fetch nothing for ever, so that here one too many is better than none.
    pub(super) fn fetch_ended(&mut self) {
        debug_assert!(self.fetches > 0, "a fetch ends that was not begun");
        self.fetches = self.fetches.saturating_sub(1);
    }

    pub(super) fn has_of_replay(&self, id: i64) -> bool {
        self.flights.values().any(|flight| matches!(flight.errand, Errand::Replay { job, .. } if job == id))
    }

    /// Window and held take turns; whether it is now held's.
    pub(super) fn takes_turn(&mut self) -> bool {
        self.held_turn = !self.held_turn;
        self.held_turn
    }

    /// A request of this number has succeeded.
    pub(super) fn note_success(&mut self, number: u64) {
        self.succeeded = self.succeeded.max(Some(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::subscription::Revisions;
    use crate::delivery::subscription::tests::{event, revision};

    #[test]
    fn a_request_ends_once_and_numbers_go_up() {
        let revision = Revisions::new(vec![revision(1, 1, &["*"])]).expect("one").latest().clone();
        let flight = |errand| Flight {
            errand,
            event: Arc::new(event(1, "call-a", None, "{}")),
            revision: revision.clone(),
            n: 1,
            origin: AttemptOrigin::Live,
            probe: false,
            lock: None,
            too_fast: false,
        };
        let mut underway = Underway::default();
        let first = underway.start(flight(Errand::Window(0)));
        let second = underway.start(flight(Errand::Replay { job: 3, place: 0 }));
        assert!(first < second && underway.has_of_replay(3) && !underway.has_of_replay(4));
        assert!(underway.end(second).is_some() && underway.end(second).is_none());
        underway.note_success(second);
        underway.note_success(first);
        assert_eq!((underway.len(), underway.succeeded), (1, Some(second)), "the newest one");
        assert_ne!(underway.takes_turn(), underway.takes_turn());
    }
}
