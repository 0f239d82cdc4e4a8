//! What a statement makes of a call.

use super::{
    Agent, AgentBy, Call, CallModel, CallState, Clocks, Direction, Due, Moment, Outcome, Pressed, Said,
    Speaks, Times, Warning, Warnings, WithAgent,
};
use crate::domain::{Event, Key, Seq, Timestamp};

impl Call {
    /// A call of which nothing is known but that an event speaks of it; it has not heard the event yet.
    pub fn new(event: &Event, id: Key) -> Self {
        Self {
            source: event.source,
            id,
            group: None,
            state: CallState::New,
            outcome: None,
            direction: None,
            our_number: None,
            their_number: None,
            agent: None,
            with_agent: WithAgent::Nothing,
            queue: None,
            times: Times::default(),
            heard_at: event.received_at,
            changed_at: event.received_at,
            last_event: "".into(),
            stage: None,
            pressed: Vec::new(),
            warnings: Warnings::default(),
            events: Vec::new(),
            events_total: 0,
            last_seq: event.seq,
            due: None,
            clocks: Clocks::default(),
        }
    }

    /// Whether it was told of this event before. (Of a call of very many the later ones are no longer listed: they came in order.)
    pub fn has_heard(&self, seq: Seq) -> bool {
        let is_listed = || self.events.binary_search(&seq).is_ok();
        let is_behind =
            || self.events.len() >= Self::MOST_EVENTS && self.events.last().is_some_and(|last| *last < seq);
        seq <= self.last_seq && (is_listed() || is_behind())
    }

    /// Takes in what an event says of it.
    pub fn hear(&mut self, event: &Event, said: &Said, model: &dyn CallModel) {
        let moment = Moment(said.at, said.rank);
        let first = self.events_total == 0;
        self.list(event);
        if first && !model.begins(said) {
            self.warnings.add(Warning::Gap);
        }
        if said.aside {
            return self.note_aside(event, said);
        }
        let is_behind = !model.returns() && said.state.is_some_and(|state| state < self.state);
        if is_behind {
            self.warnings.add(Warning::Late);
        } else {
            self.note(event, moment);
        }
        self.count_as(said, moment);
        if let Some(state) = said.state.filter(|_| !is_behind) {
            self.turn(state, moment, first, model);
        }
        self.facts(said);
        self.press(said);
        self.people(said, moment);
        self.times.hear(said);
        if let Some(outcome) = said.outcome
            && later(&mut self.clocks.outcome, moment)
        {
            self.outcome = Some(outcome);
        }
        if self.has_ended() {
            self.end();
        } else if let Some((silence, outcome)) = said.silent_for.filter(|_| !is_behind)
            && later(&mut self.clocks.due, moment)
        {
            self.due = Some(Due { at: event.received_at.plus(silence), outcome });
        }
    }

    fn list(&mut self, event: &Event) {
        self.events_total += 1;
        self.last_seq = self.last_seq.max(event.seq);
        if self.events.len() < Self::MOST_EVENTS {
            self.events.push(event.seq);
        }
        self.changed_at = self.changed_at.max(event.received_at);
        if event.extra.as_deref().is_some_and(|extra| !extra.warnings.is_empty()) {
            self.warnings.add(Warning::Odd);
        }
    }

    /// A call of which nothing else was heard is over some time too.
    fn note_aside(&mut self, event: &Event, said: &Said) {
        if self.last_event.is_empty() {
            self.last_event = (&*event.name).into();
        }
        if let (Some((silence, outcome)), None, false) = (said.silent_for, self.due, self.has_ended()) {
            self.due = Some(Due { at: event.received_at.plus(silence), outcome });
        }
    }

    fn note(&mut self, event: &Event, moment: Moment) {
        if later(&mut self.clocks.last, moment) {
            self.last_event = (&*event.name).into();
        } else {
            self.warnings.add(Warning::Late);
        }
    }

    /// The end is for good here too: it is asked for before the event itself may bring it.
    fn count_as(&mut self, said: &Said, moment: Moment) {
        let Some(stage) = said.stage.filter(|_| !self.has_ended()) else { return };
        let is_later = later(&mut self.clocks.stage, moment);
        if is_later || said.state == Some(CallState::Finished) {
            self.stage = Some(stage.into());
        }
    }

    /// The state that an event brings, if it brings one: the end is for good, and what comes late brings nothing.
    fn turn(&mut self, state: CallState, moment: Moment, first: bool, model: &dyn CallModel) {
        if self.has_ended() {
            if moment > self.clocks.state && state != CallState::Finished {
                self.warnings.add(Warning::Unexpected);
            }
            return;
        }
        let is_later = later(&mut self.clocks.state, moment);
        if state == CallState::Finished {
            self.state = state;
        } else if is_later {
            if !first && state != self.state && !model.follows(self.state, state) {
                self.warnings.add(Warning::Unexpected);
            }
            self.state = state;
        }
    }

    /// What does not change in a call: who has said it first is believed.
    fn facts(&mut self, said: &Said) {
        fn learn<T: Clone>(known: &mut Option<T>, said: Option<&T>) {
            if known.is_none() {
                *known = said.cloned();
            }
        }
        learn(&mut self.group, said.group.as_ref());
        learn(&mut self.direction, said.direction.as_ref());
        learn(&mut self.our_number, said.our_number.as_ref());
        learn(&mut self.their_number, said.their_number.as_ref());
    }

    /// In the order of the provider's clock, so that the same are kept in whatever order they come.
    fn press(&mut self, said: &Said) {
        let Some(keys) = said.pressed.clone() else { return };
        let pressed = Pressed { at: said.at, keys };
        // What is told twice was pressed once.
        let Err(place) = self.pressed.binary_search(&pressed) else { return };
        self.pressed.insert(place, pressed);
        let too_many = self.pressed.len().saturating_sub(Self::MOST_PRESSED);
        self.pressed.drain(..too_many);
    }

    /// What changes in a call: the latest by the provider's clock holds.
    fn people(&mut self, said: &Said, moment: Moment) {
        if let Some(queue) = &said.queue
            && later(&mut self.clocks.queue, moment)
        {
            self.queue = Some(queue.clone());
        }
        match &said.agent {
            Some(Speaks::Rings(agent)) => {
                self.learn_agent(agent, (AgentBy::Ringing, moment));
                self.busy(WithAgent::Ringing, moment);
            }
            // Also before it is heard that it rings: who talks goes on.
            Some(Speaks::RangInVain) if self.with_agent != WithAgent::Talking => {
                self.busy(WithAgent::Nothing, moment);
            }
            Some(Speaks::Talks(agent)) => {
                let before = self.agent.as_ref().map(|before| before.id.clone());
                self.learn_agent(agent, (AgentBy::Talking, moment));
                let is_another = self.agent.as_ref().map(|agent| &agent.id) != before.as_ref();
                // One leaves and another enters within the second that the provider's clock is told in.
                if is_another {
                    self.clocks.with_agent = self.clocks.with_agent.min(moment);
                }
                self.busy(WithAgent::Talking, moment);
            }
            Some(Speaks::Left(agent)) => {
                self.learn_agent(agent, (AgentBy::Leaving, moment));
                // Who hands a call over leaves when somebody else talks already.
                if self.agent.as_ref().is_some_and(|current| current.id == agent.id) {
                    self.busy(WithAgent::Nothing, moment);
                }
            }
            Some(Speaks::RangInVain) | None => {}
        }
    }

    /// Who has talked stays who has talked, whose telephone rings later. Of the one who is known already the rest is learnt.
    fn learn_agent(&mut self, agent: &Agent, by: (AgentBy, Moment)) {
        let is_believed = by >= self.clocks.agent;
        if is_believed {
            self.clocks.agent = by;
        }
        match &mut self.agent {
            Some(known) if known.id == agent.id => known.complete(agent, is_believed),
            known if is_believed => *known = Some(agent.clone()),
            _ => {}
        }
    }

    fn busy(&mut self, with_agent: WithAgent, moment: Moment) {
        if later(&mut self.clocks.with_agent, moment) {
            self.with_agent = with_agent;
        }
    }

    fn end(&mut self) {
        self.due = None;
        self.with_agent = WithAgent::Nothing;
        let unanswered = match self.direction {
            Some(Direction::Outbound) => Outcome::NotAnswered,
            _ => Outcome::Missed,
        };
        // What was said of it holds; else it follows from whether two people talked.
        if self.clocks.outcome == Moment::default() {
            let talked = self.times.answered.is_some() || self.clocks.agent.0 >= AgentBy::Leaving;
            self.outcome = Some(if talked { Outcome::Answered } else { unanswered });
        }
    }
}

impl Agent {
    /// Takes what is said of it: all of it, or what was not known.
    fn complete(&mut self, said: &Agent, is_believed: bool) {
        for (known, said) in [(&mut self.name, &said.name), (&mut self.extension, &said.extension)] {
            if said.is_some() && (is_believed || known.is_none()) {
                known.clone_from(said);
            }
        }
    }
}

impl Times {
    fn hear(&mut self, said: &Said) {
        earliest(&mut self.new, said.new_at.or(Some(said.at)));
        let is = |state| (said.state == Some(state)).then_some(said.at);
        // Of a call that ends it is said whose telephone rang, not when.
        let rings = matches!(said.agent, Some(Speaks::Rings(_))) && said.state != Some(CallState::Finished);
        let rings = rings.then_some(said.at);
        earliest(&mut self.ringing, said.ringing_at.or(is(CallState::Ringing)).or(rings));
        let talks = matches!(said.agent, Some(Speaks::Talks(_))).then_some(said.at);
        earliest(&mut self.answered, said.answered_at.or(is(CallState::Ongoing)).or(talks));
        earliest(&mut self.ended, said.ended_at.or(is(CallState::Finished)));
    }
}

fn earliest(known: &mut Option<Timestamp>, said: Option<Timestamp>) {
    if let Some(said) = said {
        *known = Some(known.map_or(said, |known| known.min(said)));
    }
}

/// Whether a moment does not lie before the one that is known; then it is the one that is known. Of two equal ones the one that
/// comes later is later.
fn later(known: &mut Moment, said: Moment) -> bool {
    let is_later = said >= *known;
    if is_later {
        *known = said;
    }
    is_later
}
