//! A receiver that fails in the ways receivers fail.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;
use rand::rngs::SmallRng;

use crate::delivery::courier::{Fault, Outcome};
use crate::domain::{Event, Seq, Timestamp};
use crate::net::ErrorKind;
use crate::store::Phases;

#[derive(Debug, Clone, Copy)]
pub(super) enum Trouble {
    Status(u16),
    Fault(ErrorKind),
    Slow,
}

const TROUBLES: &[Trouble] = &[
    Trouble::Status(500),
    Trouble::Status(503),
    Trouble::Status(400),
    Trouble::Status(401),
    Trouble::Status(302),
    Trouble::Status(429),
    Trouble::Fault(ErrorKind::ConnectRefused),
    Trouble::Fault(ErrorKind::Timeout),
    Trouble::Fault(ErrorKind::Reset),
    Trouble::Slow,
];

/// How many events a lane or a name may fail for in all: fewer than the bounds of the model hold, since a receiver that
/// refuses everything there is room for is not alive.
const AT_MOST: usize = 12;

/// What goes wrong, and for whom.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// For everybody, until this many seconds after the start.
    outage: Option<(u64, Trouble)>,
    /// For ever.
    events: BTreeMap<Seq, Trouble>,
    lane: Option<(String, Trouble, usize)>,
    name: Option<(String, Trouble, usize)>,
    /// What is larger than so many bytes (as a web server in front of the receiver has it).
    large: Option<(usize, Trouble, usize)>,
    /// How many it takes in a second, and what it answers to the others.
    limit: Option<(u32, u16)>,
    taken: (u64, u32),
}

impl Receiver {
    /// `spare` is for what was added later.
    pub(super) fn random(rng: &mut SmallRng, spare: &mut SmallRng) -> Receiver {
        let lane =
            rng.random_bool(0.4).then(|| (format!("lane-{}", rng.random_range(0..4)), lasting(rng), 0));
        let name = rng.random_bool(0.25).then(|| ("call-b".to_owned(), lasting(rng), 0));
        let large = spare.random_bool(0.6).then(|| {
            let trouble = if spare.random_bool(0.4) { Trouble::Status(413) } else { lasting(spare) };
            (1 << spare.random_range(11..26), trouble, 0)
        });
        let limit = spare
            .random_bool(0.15)
            .then(|| (spare.random_range(1..10), if spare.random_bool(0.5) { 429 } else { 503 }));
        Receiver { lane, name, large, limit, ..Receiver::default() }
    }

    /// Decides what will come of a new event.
    pub(super) fn meet(&mut self, event: &Event, rng: &mut SmallRng) {
        let lane = self.lane.as_mut().filter(|(lane, ..)| event.lane.as_deref() == Some(lane));
        let name = self.name.as_mut().filter(|(name, ..)| *event.name == **name);
        let large = self.large.as_mut().filter(|(bytes, ..)| event.payload.len() > *bytes);
        if let Some((_, trouble, count)) = large
            && *count < AT_MOST
        {
            *count += 1;
            self.events.insert(event.seq, *trouble);
        } else if let Some((_, trouble, count)) = lane.or(name)
            && *count < AT_MOST
        {
            *count += 1;
            self.events.insert(event.seq, *trouble);
        } else if rng.random_bool(0.03) {
            let trouble = if rng.random_bool(0.1) { Trouble::Status(410) } else { lasting(rng) };
            self.events.insert(event.seq, trouble);
        }
    }

    pub(super) fn fail_until(&mut self, second: u64, rng: &mut SmallRng) {
        self.outage = Some((second, TROUBLES[rng.random_range(0..TROUBLES.len())]));
    }

    pub(super) fn heal(&mut self) {
        self.outage = None;
    }

    /// Counts a request that would be taken; true when it is one too many in this second.
    fn is_over_limit(&mut self, second: u64) -> bool {
        let Some((limit, _)) = self.limit else { return false };
        if self.taken.0 != second {
            self.taken = (second, 0);
        }
        self.taken.1 += 1;
        self.taken.1 > limit
    }

    /// The answer, and how long it takes.
    pub(super) fn answer(
        &mut self,
        event: &Event,
        second: u64,
        sent_at: Timestamp,
        rng: &mut SmallRng,
    ) -> (Duration, Outcome) {
        let outage = self.outage.filter(|(until, _)| second < *until).map(|(_, trouble)| trouble);
        let trouble = outage.or_else(|| self.events.get(&event.seq).copied());
        let quick = Duration::from_millis(rng.random_range(1..200));
        let (latency, result) = match trouble {
            None if self.is_over_limit(second) => (quick, Ok(self.limit.map_or(503, |(_, status)| status))),
            None => (quick, Ok(200)),
            Some(Trouble::Slow) => (Duration::from_secs(rng.random_range(1..14)), Ok(204)),
            Some(Trouble::Status(status)) => (quick, Ok(status)),
            Some(Trouble::Fault(ErrorKind::Timeout)) => {
                (Duration::from_secs(15), Err(Fault::Net(ErrorKind::Timeout)))
            }
            Some(Trouble::Fault(fault)) => (quick, Err(Fault::Net(fault))),
        };
        let says_when = result == Ok(429) || result == Ok(503) && rng.random_bool(0.5);
        // One that only takes so many a second does not say so.
        let retry_after =
            (trouble.is_some() && says_when).then(|| Duration::from_secs(rng.random_range(1..90)));
        let answer = Bytes::from_static(b"no");
        let phases = Phases::default();
        (latency, Outcome { sent_at, result, retry_after, redirect: None, note: None, phases, answer })
    }
}

/// Trouble that a single event, lane or name may have for ever: of a kind that an answer or a time-out shows.
fn lasting(rng: &mut SmallRng) -> Trouble {
    let lasting = [
        Trouble::Status(500),
        Trouble::Status(400),
        Trouble::Status(422),
        Trouble::Fault(ErrorKind::Timeout),
        Trouble::Fault(ErrorKind::Reset),
    ];
    lasting[rng.random_range(0..lasting.len())]
}
