//! The exchange as a pure model: its calls, its agents and its clock come in as arguments, what it tells comes out as events.
//!
//! What must always hold: a call's events come out in the order in which they happened; a call that the automatic mode began
//! ends, whatever anybody does or leaves undone; the same seed with the same arguments tells the same story. People advance
//! calls of their own ([`Exchange::by_hand`]), which nothing here touches by itself; calls of the automatic mode live by
//! [`life`], calls that were dialled begin in [`dialing`].

mod dialing;
mod life;
mod people;
mod timers;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::event::{self, Event};
use super::ids::Ids;
use super::script::Script;
use super::words;
use crate::domain::Timestamp;
use dialing::Dialing;
pub(super) use dialing::Order;
use people::{Agents, Callers};
use timers::{Due, Timers};

/// Calls under way; nobody's exchange has so many.
const MOST_CALLS: usize = 100_000;
/// Calls that ended, of which it is still known that there were such.
const MOST_REMEMBERED: usize = 10_000;
/// A clock that stood longer than this has missed the calls of that time.
const LONGEST_LAG: Duration = Duration::from_secs(1);

/// Where a call is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Standby,
    Waiting,
    Ringing,
    Entered,
    Ongoing,
    Left,
    Finished,
}

/// One call.
pub(super) struct Call {
    pub id: Arc<str>,
    pub code: String,
    pub direction: &'static str,
    pub our_number: String,
    pub their_number: String,
    /// Told in flat events, or in envelopes.
    pub flat: bool,
    /// The last of the seven types that was told.
    kind: &'static str,
    stage: Stage,
    /// Goes up when the stage changes: what was planned before is void.
    turn: u32,
    queue: String,
    /// Where it was sent by a decision.
    decided: Option<String>,
    agent: Option<usize>,
    /// Whose phone rings when it is not an agent's.
    peer: Option<String>,
    driver: Driver,
    was_answered: bool,
    has_overflowed: bool,
}

/// Who makes a call go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// Whoever advances it by hand.
    Person,
    /// Its script; with the caller, if of the known ones.
    Script { caller: Option<u32> },
}

/// Why an action was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownCall,
    /// It waits for no decision; its last event says where it is.
    NotStanding(&'static str),
    /// Only a person's own call can be put anywhere.
    DrivesItself,
    TooManyCalls,
    /// The sequence does not allow it.
    Sequence(String),
}

pub(super) struct Exchange {
    script: Script,
    random: StdRng,
    ids: Ids,
    calls: HashMap<u64, Call>,
    by_id: HashMap<Arc<str>, u64>,
    /// Calls that a person advances, by `their_number`.
    by_phone: HashMap<String, u64>,
    ended: HashSet<Arc<str>>,
    ended_first: VecDeque<Arc<str>>,
    agents: Agents,
    callers: Callers,
    dialing: HashMap<u64, Dialing>,
    timers: Timers,
    /// Numbers calls and diallings.
    begun: u64,
    /// Calls that the automatic mode began.
    made: u64,
    told: Vec<Event>,
}

impl Exchange {
    pub(super) fn new(script: Script, now: Timestamp) -> Self {
        let script = script.usable();
        let mut random = StdRng::seed_from_u64(script.seed);
        let mut exchange = Self {
            ids: Ids::new(&mut random),
            agents: Agents::new(script.agents_needed()),
            callers: Callers::new(script.callers),
            random,
            script,
            calls: HashMap::new(),
            by_id: HashMap::new(),
            by_phone: HashMap::new(),
            ended: HashSet::new(),
            ended_first: VecDeque::new(),
            dialing: HashMap::new(),
            timers: Timers::default(),
            begun: 0,
            made: 0,
            told: Vec::new(),
        };
        exchange.agents_come(now);
        if exchange.script.is_automatic() {
            exchange.timers.plan(now, Due::Arrival);
        }
        exchange
    }

    /// Lets happen what is due, until so many events wait to be taken.
    pub(super) fn advance(&mut self, now: Timestamp, most: usize) {
        while self.told.len() < most
            && let Some((at, due)) = self.timers.take_due(now)
        {
            match due {
                Due::Arrival => self.arrival(at, now),
                Due::Call { number, turn, step } => self.step(at, number, turn, step),
                Due::Agent(agent) => self.agent_moves(at, agent),
                Due::Dial(number) => self.dial(at, number),
            }
        }
    }

    /// When something is due next.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.timers.next_at()
    }

    /// What was told since the last time, in order.
    pub(super) fn take_told(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.told)
    }

    /// Whether the automatic mode has begun as many calls as it should, and every call has ended.
    pub(super) fn is_over(&self) -> bool {
        self.script.calls.is_some_and(|calls| self.made >= calls)
            && self.calls.is_empty()
            && self.dialing.is_empty()
    }

    /// Calls under way by their last event.
    pub(super) fn open(&self) -> HashMap<&'static str, usize> {
        let mut open = HashMap::new();
        for call in self.calls.values().filter(|call| call.stage != Stage::Finished) {
            *open.entry(call.kind).or_default() += 1;
        }
        open
    }

    pub(super) fn peers(&self) -> Vec<Value> {
        self.agents.listed()
    }

    /// Whether there is, or was of late, such a call.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.by_id.contains_key(id) || self.ended.contains(id)
    }

    /// A person advances a call of theirs to `kind`, one of the sequence.
    pub(super) fn by_hand(
        &mut self,
        their_number: &str,
        our_number: &str,
        kind: &'static str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let number = self.by_phone.get(their_number).copied();
        let current = number.and_then(|number| self.calls.get(&number)).map(|call| call.kind);
        words::judge(current, kind).map_err(Refusal::Sequence)?;
        match number {
            Some(number) => self.put(number, kind, now),
            None => {
                let flat = self.random.random_bool(self.script.flat);
                let call = Call {
                    our_number: our_number.to_owned(),
                    driver: Driver::Person,
                    // Whoever advances it by hand reads envelopes, and their ids.
                    id: self.ids.next(false, now),
                    ..self.blank(flat, "inbound", their_number.to_owned(), now)
                };
                let number = self.begin(call)?;
                self.by_phone.insert(their_number.to_owned(), number);
                self.tell(number, kind, now, &json!({}));
            }
        }
        Ok(())
    }

    /// A decision: the call that stands by waits where it is sent. The same decision again is taken and changes nothing.
    pub(super) fn delegate(&mut self, id: &str, destination: &str, now: Timestamp) -> Result<(), Refusal> {
        let number = self.find(id)?;
        let call = self.calls.get_mut(&number).ok_or(Refusal::UnknownCall)?;
        if call.decided.as_deref() == Some(destination) {
            return Ok(());
        }
        if call.kind != "call.standby" || call.stage == Stage::Finished {
            return Err(Refusal::NotStanding(call.kind));
        }
        call.decided = Some(destination.to_owned());
        self.wait_in(number, destination, now);
        Ok(())
    }

    /// Puts a person's own call anywhere, as the client may with `/api/client/actions`.
    pub(super) fn put_anywhere(
        &mut self,
        id: &str,
        kind: &'static str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let number = self.find(id)?;
        if !self.calls.get(&number).is_some_and(|call| call.driver == Driver::Person) {
            return Err(Refusal::DrivesItself);
        }
        self.put(number, kind, now);
        Ok(())
    }

    fn find(&self, id: &str) -> Result<u64, Refusal> {
        match self.by_id.get(id) {
            Some(number) => Ok(*number),
            None if self.ended.contains(id) => Err(Refusal::NotStanding("call.finished")),
            None => Err(Refusal::UnknownCall),
        }
    }

    fn put(&mut self, number: u64, kind: &'static str, now: Timestamp) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        if call.kind == kind {
            return;
        }
        // By hand there is one agent, who is nobody in particular.
        let more = if kind.starts_with("actor.") {
            json!({ "actor": "agente200@example.com", "number": "200", "queue": call.queue })
        } else {
            json!({})
        };
        call.stage = match kind {
            "call.finished" => Stage::Finished,
            "call.standby" => Stage::Standby,
            "call.waiting" => Stage::Waiting,
            _ => Stage::Ongoing,
        };
        if kind == "call.standby" {
            // It waits for a decision again.
            call.decided = None;
        }
        self.tell(number, kind, now, &more);
        if kind == "call.finished" {
            self.forget(number);
        }
    }

    fn blank(&mut self, flat: bool, direction: &'static str, their_number: String, now: Timestamp) -> Call {
        Call {
            id: self.ids.next(flat, now),
            code: String::new(),
            direction,
            our_number: "0800111111".to_owned(),
            their_number,
            flat,
            kind: words::SEQUENCE[0],
            stage: Stage::New,
            turn: 0,
            queue: people::QUEUES[0].to_owned(),
            decided: None,
            agent: None,
            peer: None,
            driver: Driver::Script { caller: None },
            was_answered: false,
            has_overflowed: false,
        }
    }

    fn begin(&mut self, call: Call) -> Result<u64, Refusal> {
        if self.calls.len() >= MOST_CALLS {
            return Err(Refusal::TooManyCalls);
        }
        self.begun += 1;
        self.by_id.insert(call.id.clone(), self.begun);
        self.calls.insert(self.begun, call);
        Ok(self.begun)
    }

    /// Tells an event of a call's course, and remembers it as the call's last.
    fn tell(&mut self, number: u64, kind: &'static str, at: Timestamp, more: &Value) {
        let Some(call) = self.calls.get_mut(&number) else { return };
        if words::known(kind).is_some() {
            call.kind = kind;
        }
        let told = if kind.starts_with("actor.") {
            event::of_agent_in_call(kind, call, at, more)
        } else {
            event::of_call(kind, call, at, more)
        };
        self.told.push(told);
    }

    /// The call has told all that it has to tell.
    fn forget(&mut self, number: u64) {
        let Some(call) = self.calls.remove(&number) else { return };
        self.by_id.remove(&call.id);
        if call.driver == Driver::Person {
            self.by_phone.remove(&call.their_number);
        }
        if self.ended_first.len() >= MOST_REMEMBERED
            && let Some(first) = self.ended_first.pop_front()
        {
            self.ended.remove(&first);
        }
        self.ended.insert(call.id.clone());
        self.ended_first.push_back(call.id);
    }
}

#[cfg(test)]
#[path = "../exchange_tests.rs"]
mod tests;
