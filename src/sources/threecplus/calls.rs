//! What its events say about calls.
//!
//! Dialer calls go out before an agent is there: the customer answers, waits, and is connected to an agent. In a manual call it is
//! the other way round: `connected` is the agent's leg, and the telephone still rings. Both end in several events, of which any may
//! be missing, and in a history, which tells the whole call again and may be all that is heard of it.
//!
//! Answered is a call when an agent and a customer talk. The queue of a call that came in is its queue, that of another the
//! campaign: what a supervisor looks after. Both by name, so a call has none before a name was told.

use std::time::Duration;

use super::call_facts::{CallFacts, Facts, History, time};
use crate::domain::call::{CallModel, CallState, Direction, Outcome, Said, Speaks, Which};
use crate::domain::{Event, Pattern, Timestamp};
use crate::sources::Family;

/// The model; see [`CallModel`].
pub(super) struct Calls;

/// After so long without a word a call is over, and nobody knows how.
const SILENT_FOR: Duration = Duration::from_hours(4);

impl CallModel for Calls {
    fn wants(&self) -> Vec<Pattern> {
        let prefixes = ["call-", "manual-call-", "receptive-", "consult-"];
        let names = ["hold-call", "agent-in-acw", "agent-is-acw"];
        let prefixes = prefixes.map(|prefix| Pattern::Prefix(prefix.to_owned()));
        prefixes.into_iter().chain(names.map(|name| Pattern::Exact(name.to_owned()))).collect()
    }

    fn read(&self, event: &Event) -> Option<Said> {
        let id = event.keys.call.clone()?;
        let facts = Facts::read(&event.payload);
        let mode = Mode::of(&event.name, &facts);
        let told = Told { of: Which::Id(id), event, mode, facts: &facts };
        match (&facts.call, &facts.history) {
            (_, Some(history)) => Some(told.history(history)),
            (Some(call), None) => Some(told.call(What::of(&event.name), call)),
            // An agent's event that only names a call it was in.
            (None, None) => None,
        }
    }

    /// Calls that come in are first heard of in their queue.
    fn begins(&self, said: &Said) -> bool {
        let comes_in = said.direction == Some(Direction::Inbound);
        said.state == Some(CallState::New) || (comes_in && said.state == Some(CallState::Waiting))
    }

    /// Who is transferred to a queue waits again.
    fn follows(&self, from: CallState, to: CallState) -> bool {
        from < to || (from, to) == (CallState::Ongoing, CallState::Waiting)
    }
}

/// Who called whom, and in what order the two sides come to the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The customer answers, then an agent comes.
    Dialer,
    /// The agent is there first.
    Manual,
    Receptive,
    /// One that is not known. The customer is there first.
    Other,
}

impl Mode {
    fn of(name: &str, facts: &Facts<'_>) -> Mode {
        let said = facts.mode().unwrap_or_default().to_ascii_lowercase();
        match Family::of(name) {
            Family::ManualCall => Mode::Manual,
            Family::Receptive => Mode::Receptive,
            _ if said.contains("manual") || said.contains("click") => Mode::Manual,
            _ if said.contains("receptive") || said.contains("inbound") => Mode::Receptive,
            _ if said.contains("dialer") => Mode::Dialer,
            _ if facts.called_number().is_some() => Mode::Receptive,
            _ => Mode::Other,
        }
    }

    fn direction(self) -> Option<Direction> {
        match self {
            Mode::Dialer | Mode::Manual => Some(Direction::Outbound),
            Mode::Receptive => Some(Direction::Inbound),
            Mode::Other => None,
        }
    }
}

/// What the name of an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Begun,
    Queued,
    /// The customer has answered.
    Answered,
    /// There is such a call. Nothing is known of what else the event means, or it means nothing to the call's state.
    Noted,
    /// An agent is connected.
    Connected,
    /// Two people talk, or one of them holds the line.
    Talking,
    Transferred,
    Ended(Option<Outcome>),
    /// The agent writes up a call that is over.
    AfterCall,
}

impl What {
    fn of(name: &str) -> What {
        match name {
            "call-was-created" | "call-is-trying" | "call-started" | "manual-call-was-created" => What::Begun,
            "receptive-entered-queue" => What::Queued,
            "call-was-answered" | "call-answered" | "manual-call-was-answered" => What::Answered,
            "call-was-connected" | "manual-call-was-connected" | "receptive-was-connected" => What::Connected,
            "manual-call-acw-connected" | "hold-call" | "consult-hold" | "consult-connected" => What::Talking,
            "consult-transfer" => What::Transferred,
            "call-was-ended"
            | "call-ended"
            | "call-was-hung-up"
            | "call-was-disconnected"
            | "call-was-finished"
            | "call-finished"
            | "manual-call-was-hung-up"
            | "manual-call-was-finished"
            | "manual-call-acw-disconnected"
            | "receptive-was-finished" => What::Ended(None),
            "call-was-not-answered"
            | "call-was-unanswered"
            | "call-was-busy"
            | "manual-call-was-not-answered"
            | "manual-call-was-unanswered" => What::Ended(Some(Outcome::NotAnswered)),
            "call-was-failed" | "manual-call-was-failed" => What::Ended(Some(Outcome::Failed)),
            "call-was-abandoned" | "receptive-was-abandoned" => What::Ended(Some(Outcome::Abandoned)),
            "call-was-abandoned-due-amd"
            | "call-was-abandoned-by-amd"
            | "call-was-abandoned-by-voicemail-detection" => What::Ended(Some(Outcome::Machine)),
            "agent-in-acw" | "agent-is-acw" => What::AfterCall,
            _ => What::Noted,
        }
    }

    /// The place in a call's life.
    fn rank(self) -> u8 {
        match self {
            What::Begun => 0,
            What::Queued => 1,
            What::Answered => 2,
            What::Noted => 3,
            What::Connected => 4,
            What::Talking => 5,
            What::Transferred => 6,
            What::Ended(_) => 7,
            What::AfterCall => 8,
        }
    }
}

/// Behind every other event of its moment.
const RANK_OF_HISTORY: u8 = 9;

/// What became of a call, by the status it ended with; `None` where that follows from whether somebody talked.
fn outcome_of(status: u8) -> Option<Outcome> {
    match status {
        5 => Some(Outcome::NotAnswered),
        6 => Some(Outcome::Abandoned),
        8 => Some(Outcome::Failed),
        9 | 15 => Some(Outcome::Machine),
        // Outside the hours of the queue.
        14 => Some(Outcome::Missed),
        _ => None,
    }
}

/// Whether a status says that the call is over.
fn is_end(status: u8) -> bool {
    matches!(status, 4..=9 | 14 | 15)
}

/// An event, and what was read in it.
struct Told<'e> {
    of: Which,
    event: &'e Event,
    mode: Mode,
    facts: &'e Facts<'e>,
}

impl Told<'_> {
    /// What every event says of its call.
    fn base(&self, at: Timestamp) -> Said {
        let inbound = self.mode == Mode::Receptive;
        let facts = self.facts;
        let queue = facts.queue();
        Said {
            direction: self.mode.direction(),
            their_number: self.event.keys.phones.first().cloned(),
            our_number: if inbound { facts.called_number() } else { facts.shown_number() },
            queue: if inbound { queue } else { queue.or_else(|| facts.campaign()) },
            silent_for: Some((SILENT_FOR, None)),
            ..Said::of(self.of.clone(), at)
        }
    }

    fn call(&self, what: What, call: &CallFacts<'_>) -> Said {
        let dialed = self.time(call.dialed);
        let base = Said { new_at: dialed, rank: what.rank(), ..self.base(self.at(what, call)) };
        let talk = self.talk(call);
        match what {
            What::Begun => Said { state: Some(CallState::New), ..base },
            What::Queued => Said { state: Some(CallState::Waiting), ..base },
            What::Answered if self.mode != Mode::Manual => Said { state: Some(CallState::Waiting), ..base },
            What::Connected if self.mode == Mode::Manual && self.time(call.answered).is_none() => {
                Said { state: Some(CallState::Ringing), agent: self.facts.agent().map(Speaks::Rings), ..base }
            }
            What::Answered | What::Connected | What::Talking => Said {
                state: Some(CallState::Ongoing),
                agent: self.facts.agent().map(Speaks::Talks),
                answered_at: talk,
                ..base
            },
            What::Transferred => self.transferred(base),
            What::Noted => base,
            What::Ended(outcome) => self.ended(call, outcome, base),
            What::AfterCall => {
                let is_over = self.facts.status().is_some_and(is_end) || self.time(call.hung_up).is_some();
                if is_over { self.ended(call, None, base) } else { base }
            }
        }
    }

    /// By the clock of the event, else by the times that it names, else by its arrival.
    fn at(&self, what: What, call: &CallFacts<'_>) -> Timestamp {
        let sent = self.facts.sent(self.event);
        let named = || match what {
            What::Answered => self.time(call.answered),
            What::Connected => self.talk(call),
            What::Ended(_) => self.time(call.hung_up),
            _ => None,
        };
        let at = match what {
            // The two events that begin a call are sent at once, and in either order.
            What::Begun => self.time(call.dialed).or(sent),
            _ => sent.or_else(named),
        };
        at.unwrap_or(self.event.received_at)
    }

    fn time(&self, raw: Option<&[u8]>) -> Option<Timestamp> {
        time(self.event, raw)
    }

    /// When the second of the two sides came.
    fn talk(&self, call: &CallFacts<'_>) -> Option<Timestamp> {
        self.time(if self.mode == Mode::Manual { call.answered } else { call.connected })
    }

    fn transferred(&self, base: Said) -> Said {
        let facts = self.facts;
        match (facts.consultant.agent(), facts.consulted_queue.key()) {
            (Some(consultant), _) => {
                Said { state: Some(CallState::Ongoing), agent: Some(Speaks::Talks(consultant)), ..base }
            }
            (None, Some(queue)) => Said {
                state: Some(CallState::Waiting),
                agent: facts.agent().map(Speaks::Left),
                queue: Some(queue),
                ..base
            },
            (None, None) => base,
        }
    }

    fn ended(&self, call: &CallFacts<'_>, outcome: Option<Outcome>, base: Said) -> Said {
        let outcome = outcome.or_else(|| self.facts.status().and_then(outcome_of));
        let talk = self.talk(call).filter(|_| outcome.is_none());
        // A dialer call has no agent before one is connected, a manual one has one from the start.
        let has_talked = outcome.is_none() && (self.mode != Mode::Manual || talk.is_some());
        Said {
            state: Some(CallState::Finished),
            outcome: outcome.map(|outcome| self.here(outcome)),
            answered_at: talk,
            ended_at: self.time(call.hung_up),
            agent: self.of_agent(has_talked),
            ..base
        }
    }

    /// The agent of a call that is over. Of a manual call that nobody answered it is the one who called.
    fn of_agent(&self, has_talked: bool) -> Option<Speaks> {
        match self.facts.agent()? {
            agent if has_talked => Some(Speaks::Left(agent)),
            agent if self.mode == Mode::Manual => Some(Speaks::Rings(agent)),
            _ => None,
        }
    }

    /// What came in and was not answered was missed.
    fn here(&self, outcome: Outcome) -> Outcome {
        match (self.mode, outcome) {
            (Mode::Receptive, Outcome::NotAnswered) => Outcome::Missed,
            (Mode::Dialer | Mode::Manual, Outcome::Missed) => Outcome::NotAnswered,
            _ => outcome,
        }
    }

    /// A history is of a call that is over, and tells it whole.
    fn history(&self, history: &History<'_>) -> Said {
        let sent = self.facts.sent(self.event).or_else(|| history.updated(self.event));
        let course = history.course(self.event);
        let by_status = self.facts.status().and_then(outcome_of);
        let has_talk = by_status.is_none() && history.has_talk();
        let outcome = by_status.map(|outcome| self.here(outcome));
        let talk = course.map(|course| course.talk_began).filter(|_| has_talk);
        let base = Said {
            new_at: course.map(|course| course.began),
            rank: RANK_OF_HISTORY,
            ..self.base(sent.unwrap_or(self.event.received_at))
        };
        Said {
            state: Some(CallState::Finished),
            outcome: outcome.or(has_talk.then_some(Outcome::Answered)),
            answered_at: talk,
            ended_at: course.map(|course| course.ended),
            agent: self.of_agent(has_talk),
            ..base
        }
    }
}

#[cfg(test)]
#[path = "calls_tests.rs"]
pub(super) mod tests;

#[cfg(test)]
#[path = "call_lives_tests.rs"]
mod lives;
