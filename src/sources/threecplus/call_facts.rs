//! What an event about a call holds, in one pass over its payload; what it means is decided in [`super::calls`].
//!
//! As with [`super::extract`], everything may be a number or a string, and an empty PHP array may stand where an object is expected.

use std::borrow::Cow;

use super::extract::{Raw, digits, each_member, said, scalar_in};
use crate::domain::call::Agent;
use crate::domain::json::Cursor;
use crate::domain::{Event, Key, Keys, Timestamp};

/// Everything that is looked at. An object that comes twice counts the last time.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub(super) call: Option<CallFacts<'a>>,
    pub(super) history: Option<History<'a>>,
    pub(super) agent: Person<'a>,
    pub(super) consultant: Person<'a>,
    pub(super) queue: Named<'a>,
    pub(super) consulted_queue: Named<'a>,
    pub(super) campaign: Named<'a>,
    boot_time: Raw<'a>,
}

/// The `call` of an event.
#[derive(Default)]
pub(super) struct CallFacts<'a> {
    mode: Raw<'a>,
    status: Raw<'a>,
    agent: Raw<'a>,
    receptive_did: Raw<'a>,
    pub(super) dialed: Raw<'a>,
    pub(super) answered: Raw<'a>,
    pub(super) connected: Raw<'a>,
    pub(super) hung_up: Raw<'a>,
}

/// A `callHistory`. Its durations follow one another from `call_date` on.
#[derive(Default)]
pub(super) struct History<'a> {
    mode: Raw<'a>,
    status: Raw<'a>,
    receptive_did: Raw<'a>,
    receptive_phone: Raw<'a>,
    caller_id: Raw<'a>,
    agent: Person<'a>,
    queue: Named<'a>,
    campaign: Named<'a>,
    call_date: Raw<'a>,
    /// Until somebody answers, then in the voice menu, until it is judged whether a machine did, and until an agent is there.
    before_talking: [Raw<'a>; 4],
    speaking: Raw<'a>,
    with_agent: Raw<'a>,
    updated: Raw<'a>,
}

#[derive(Default)]
pub(super) struct Person<'a> {
    id: Raw<'a>,
    name: Raw<'a>,
    extension: Raw<'a>,
}

#[derive(Default)]
pub(super) struct Named<'a> {
    id: Raw<'a>,
    name: Raw<'a>,
}

/// When the parts of a call that a history tells of began; without a talk the last two are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) began: Timestamp,
    pub(super) talk_began: Timestamp,
    pub(super) ended: Timestamp,
}

impl<'a> Facts<'a> {
    pub(super) fn read(payload: &'a [u8]) -> Self {
        let mut facts = Facts::default();
        let mut cursor = Cursor::new(payload);
        // Of several arguments the first is the event's.
        if cursor.enter_array() && !cursor.next_item() {
            return facts;
        }
        each_member(&mut cursor, |key, cursor| match key {
            b"call" => facts.call = CallFacts::read(cursor),
            b"callHistory" => facts.history = History::read(cursor),
            b"agent" => facts.agent = Person::read(cursor),
            b"consultant" => facts.consultant = Person::read(cursor),
            b"queue" => facts.queue = Named::read(cursor),
            b"consultedQueue" => facts.consulted_queue = Named::read(cursor),
            b"campaign" => facts.campaign = Named::read(cursor),
            b"bootTime" => facts.boot_time = cursor.take_scalar(),
            _ => cursor.skip(),
        });
        facts
    }

    /// When the event was sent.
    pub(super) fn sent(&self, event: &Event) -> Option<Timestamp> {
        time(event, self.boot_time)
    }

    pub(super) fn mode(&self) -> Option<Cow<'a, str>> {
        let history = || self.history.as_ref().and_then(|history| history.mode);
        said(self.call.as_ref().and_then(|call| call.mode).or_else(history))
    }

    pub(super) fn status(&self) -> Option<u8> {
        let history = || self.history.as_ref().and_then(|history| history.status);
        said(self.call.as_ref().and_then(|call| call.status).or_else(history))?.parse().ok()
    }

    /// The agent of the call, with all that is said of it.
    pub(super) fn agent(&self) -> Option<Agent> {
        let in_call = || Person { id: self.call.as_ref()?.agent, ..Person::default() }.agent();
        let in_history = || self.history.as_ref()?.agent.agent();
        self.agent.agent().or_else(in_call).or_else(in_history)
    }

    /// The queue of a call that came in.
    pub(super) fn queue(&self) -> Option<Key> {
        self.queue.key().or_else(|| self.history.as_ref()?.queue.key())
    }

    /// The campaign by its name; its number means nothing to anybody.
    pub(super) fn campaign(&self) -> Option<Key> {
        let name = |named: &Named<'_>| said(named.name).and_then(|name| Keys::clean(&name));
        name(&self.campaign).or_else(|| name(&self.history.as_ref()?.campaign))
    }

    /// The number that was called, of a call that came in.
    pub(super) fn called_number(&self) -> Option<Key> {
        let of_call = self.call.as_ref().and_then(|call| call.receptive_did);
        let history = self.history.as_ref();
        let places =
            [of_call, history.and_then(|it| it.receptive_did), history.and_then(|it| it.receptive_phone)];
        places.into_iter().find_map(|raw| digits(&said(raw)?))
    }

    /// The number that was shown to the called one.
    pub(super) fn shown_number(&self) -> Option<Key> {
        digits(&said(self.history.as_ref()?.caller_id)?)
    }
}

impl<'a> CallFacts<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let mut call = (cursor.peek() == Some(b'{')).then(CallFacts::default);
        each_member(cursor, |key, cursor| {
            let Some(call) = &mut call else { return cursor.skip() };
            let field = match key {
                b"call_mode" => &mut call.mode,
                b"status" => &mut call.status,
                b"agent" => &mut call.agent,
                b"receptive_did" => &mut call.receptive_did,
                b"dialed_time" => &mut call.dialed,
                b"answered_time" => &mut call.answered,
                b"connected_time" => &mut call.connected,
                b"hangup_time" => &mut call.hung_up,
                _ => return cursor.skip(),
            };
            *field = cursor.take_scalar();
        });
        call
    }
}

impl<'a> History<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let mut history = (cursor.peek() == Some(b'{')).then(History::default);
        each_member(cursor, |key, cursor| {
            let Some(history) = &mut history else { return cursor.skip() };
            let field = match key {
                b"agent" => return history.agent = Person::read(cursor),
                b"queue" => return history.queue = Named::read(cursor),
                b"campaign" => return history.campaign = Named::read(cursor),
                b"route" => return history.caller_id = scalar_in(cursor, b"caller_id"),
                b"call_mode" => &mut history.mode,
                b"status" => &mut history.status,
                b"receptive_did" => &mut history.receptive_did,
                b"receptive_phone" => &mut history.receptive_phone,
                b"call_date" => &mut history.call_date,
                b"calling_time" => &mut history.before_talking[0],
                b"ura_time" => &mut history.before_talking[1],
                b"amd_time" => &mut history.before_talking[2],
                b"waiting_time" => &mut history.before_talking[3],
                b"speaking_time" => &mut history.speaking,
                b"speaking_with_agent_time" => &mut history.with_agent,
                b"updated_at" => &mut history.updated,
                _ => return cursor.skip(),
            };
            *field = cursor.take_scalar();
        });
        history
    }

    pub(super) fn updated(&self, event: &Event) -> Option<Timestamp> {
        time(event, self.updated)
    }

    /// Whether two people talked, as far as the durations go.
    pub(super) fn has_talk(&self) -> bool {
        self.talk() > 0
    }

    fn talk(&self) -> u32 {
        seconds(self.speaking).max(seconds(self.with_agent))
    }

    pub(super) fn course(&self, event: &Event) -> Option<Course> {
        let began = time(event, self.call_date)?;
        let after = |from: Timestamp, seconds: u32| from.plus(std::time::Duration::from_secs(seconds.into()));
        let talk_began = self.before_talking.iter().fold(began, |at, part| after(at, seconds(*part)));
        Some(Course { began, talk_began, ended: after(talk_began, self.talk()) })
    }
}

impl<'a> Person<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut person = Person::default();
        let mut nested = None;
        each_member(cursor, |key, cursor| match key {
            b"id" => person.id = cursor.take_scalar(),
            b"name" => person.name = cursor.take_scalar(),
            b"extension_number" => person.extension = cursor.take_scalar(),
            b"extension" => nested = scalar_in(cursor, b"extension_number"),
            _ => cursor.skip(),
        });
        person.extension = person.extension.or(nested);
        person
    }

    /// `None` where nobody is meant: the id is then absent or 0.
    pub(super) fn agent(&self) -> Option<Agent> {
        let id = said(self.id).filter(|id| id != "0").and_then(|id| Keys::clean(&id))?;
        let text = |raw| said(raw).map(Cow::into_owned);
        Some(Agent { id: id.to_string(), name: text(self.name), extension: text(self.extension) })
    }
}

impl<'a> Named<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut named = Named::default();
        each_member(cursor, |key, cursor| match key {
            b"id" => named.id = cursor.take_scalar(),
            b"name" => named.name = cursor.take_scalar(),
            _ => cursor.skip(),
        });
        named
    }

    /// By its name, else by its id.
    pub(super) fn key(&self) -> Option<Key> {
        let id = || said(self.id).filter(|id| id != "0");
        said(self.name).or_else(id).and_then(|key| Keys::clean(&key))
    }
}

pub(super) fn time(event: &Event, raw: Raw<'_>) -> Option<Timestamp> {
    event.time(&said(raw)?)
}

/// A duration; what is none took no time.
fn seconds(raw: Raw<'_>) -> u32 {
    said(raw).and_then(|said| said.parse().ok()).unwrap_or(0)
}
