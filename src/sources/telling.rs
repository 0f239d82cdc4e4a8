//! Events told to a model of calls, for the tests of the models.

use bytes::Bytes;

use crate::domain::call::{Call, CallModel, CallState, Outcome, Said, Times, Which};
use crate::domain::{CompanyId, Event, EventFlags, Key, Keys, Label, Provider, Seq, SourceId, Timestamp};

pub fn event(name: &str, payload: &str, keys: Keys, lane: Option<Label>, received_at: Timestamp) -> Event {
    Event {
        company: CompanyId(1),
        seq: Seq(1),
        source: SourceId(1),
        provider: Provider::new("some"),
        session: None,
        name: name.into(),
        lane: lane.map(Label::into_arc),
        received_at,
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        keys,
        flags: EventFlags::default(),
        extra: None,
    }
}

/// The calls that these events tell of, told in this order.
pub fn told<'e>(model: &dyn CallModel, events: impl IntoIterator<Item = &'e Event>) -> Vec<Call> {
    let wanted = model.wants();
    let mut calls: Vec<Call> = Vec::new();
    for (seq, event) in (1..).zip(events) {
        let event = Event { seq: Seq(seq), ..event.clone() };
        if !wanted.iter().any(|pattern| pattern.matches(&event.name)) {
            continue;
        }
        if let Some(said) = model.read(&event) {
            called(&mut calls, &event, &said).hear(&event, &said, model);
        }
    }
    calls
}

fn called<'c>(calls: &'c mut Vec<Call>, event: &Event, said: &Said) -> &'c mut Call {
    let newest = |group: &Key, since: Timestamp| {
        let is_meant = |call: &&Call| {
            let began = call.times.new.expect("it has been heard of");
            let has_ended = call.times.ended.is_some_and(|ended| ended < said.at);
            call.group.as_ref() == Some(group) && (since..=said.at).contains(&began) && !has_ended
        };
        calls.iter().filter(is_meant).max_by_key(|call| call.times.new).map(|call| call.id.clone())
    };
    let id = match &said.of {
        Which::Id(id) => id.clone(),
        Which::Newest { group, since, otherwise } => newest(group, *since).unwrap_or(otherwise.clone()),
    };
    let at = calls.iter().position(|call| call.id == id).unwrap_or_else(|| {
        calls.push(Call::new(event, id));
        calls.len() - 1
    });
    &mut calls[at]
}

/// What must not depend on the order of the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Essence {
    pub id: String,
    pub state: CallState,
    pub outcome: Option<Outcome>,
    pub agent: Option<String>,
    pub queue: Option<String>,
    pub stage: Option<String>,
    pub times: Times,
}

pub fn essence(call: &Call) -> Essence {
    Essence {
        id: call.id.to_string(),
        state: call.state,
        outcome: call.outcome,
        agent: call.agent.as_ref().map(|agent| agent.id.clone()),
        queue: call.queue.as_deref().map(str::to_owned),
        stage: call.stage.as_deref().map(str::to_owned),
        times: call.times,
    }
}

/// The only call that these events tell of.
pub fn only<'e>(model: &dyn CallModel, events: impl IntoIterator<Item = &'e Event>) -> Call {
    let mut calls = told(model, events);
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.remove(0)
}

/// The same call, whether the events come in order, in reverse, or each twice.
pub fn assert_order_does_not_matter(model: &dyn CallModel, events: &[Event]) {
    let right = essence(&only(model, events));
    assert_eq!(essence(&only(model, events.iter().rev())), right, "reversed");
    let twice = events.iter().flat_map(|event| [event, event]);
    assert_eq!(essence(&only(model, twice)), right, "each twice");
    assert_eq!(essence(&only(model, events.iter().chain(events))), right, "all twice");
}

/// What the call is without each of the events, by the event that is missing.
pub fn without_each(model: &dyn CallModel, events: &[Event]) -> Vec<(String, Essence)> {
    let without = |missing: usize| events.iter().enumerate().filter(move |(at, _)| *at != missing);
    let of = |(at, event): (usize, &Event)| {
        (event.name.to_string(), essence(&only(model, without(at).map(|(_, event)| event))))
    };
    events.iter().enumerate().map(of).collect()
}
