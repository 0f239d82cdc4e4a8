//! Lane, keys and company id of an event, by its family, in one pass over the payload.
//!
//! Ids are read only at the places where they are known to stand. A search for any `id` or `telephony_id` would find
//! the wrong one: `agent.telephony_id` is the agent's SIP user, not the call. Everything may be a number or a string,
//! and an empty PHP array may stand where an object is expected.

use std::borrow::Cow;

use crate::domain::json::{Cursor, text};
use crate::domain::{Key, Keys, Label};
use crate::sources::Family;

/// What the journal keeps beside a payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// What order is kept by: a call's `telephony_id`, `agent:<id>`, `chat:<id>` or `list:<id>`. Events of unknown
    /// families and those without an id have none.
    pub lane: Option<Label>,
    pub keys: Keys,
    /// The company the provider says the event belongs to; several event types do not say.
    pub company_id: Option<i64>,
}

/// Reads a payload: the single argument, or an array of arguments, of which the first is read.
pub fn extract(name: &str, payload: &[u8]) -> Extracted {
    let facts = Facts::read(payload);
    let keys = Keys {
        call: facts.call_id().and_then(|id| Keys::clean(&id)),
        phones: facts.phones(),
        agent: facts.agent_id().and_then(|id| Keys::clean(&id)),
        chat: facts.chat_id().and_then(|id| Keys::clean(&id)),
    };
    let lane = facts.lane(Family::of(name), &keys);
    Extracted { lane, keys, company_id: facts.company_id() }
}

/// A raw scalar, or nothing.
pub(super) type Raw<'a> = Option<&'a [u8]>;

#[derive(Default)]
struct Call<'a> {
    telephony_id: Raw<'a>,
    id: Raw<'a>,
    phone: Raw<'a>,
    company_id: Raw<'a>,
    agent: Raw<'a>,
}

#[derive(Default)]
struct History<'a> {
    telephony_id: Raw<'a>,
    number: Raw<'a>,
    phone: Raw<'a>,
    company_id: Raw<'a>,
    agent_id: Raw<'a>,
}

/// An agent, and also the `user` of `manual-call-was-qualified`.
#[derive(Default)]
struct Agent<'a> {
    id: Raw<'a>,
    company_id: Raw<'a>,
    /// The call the agent is in, from `agent_status.call`.
    call: Raw<'a>,
}

#[derive(Default)]
struct Chat<'a> {
    id: Raw<'a>,
    number: Raw<'a>,
    company_id: Raw<'a>,
    instance_company_id: Raw<'a>,
    agent_id: Raw<'a>,
}

/// A WhatsApp message.
#[derive(Default)]
struct Message<'a> {
    chat_id: Raw<'a>,
    number: Raw<'a>,
    instance_company_id: Raw<'a>,
    agent_id: Raw<'a>,
}

/// Something of which the id counts, and perhaps the company.
#[derive(Default)]
struct Named<'a> {
    id: Raw<'a>,
    company_id: Raw<'a>,
}

/// Everything that some family looks at. An object that comes twice counts the last time, as in JavaScript.
#[derive(Default)]
struct Facts<'a> {
    call: Call<'a>,
    history: History<'a>,
    agent: Agent<'a>,
    user: Agent<'a>,
    chat: Chat<'a>,
    message: Message<'a>,
    company: Named<'a>,
    list: Named<'a>,
    spied: Named<'a>,
    /// A bare `agent_id` at the top, as in the provider's guide.
    agent_id: Raw<'a>,
}

/// Goes through the members of the object the cursor stands before; `member` must take, enter or skip each value.
/// Anything but an object is skipped.
pub(super) fn each_member<'a>(cursor: &mut Cursor<'a>, mut member: impl FnMut(&[u8], &mut Cursor<'a>)) {
    if !cursor.enter_object() {
        cursor.skip();
        return;
    }
    while let Some(key) = cursor.next_key() {
        member(&key, cursor);
    }
}

/// One scalar of the object the cursor stands before.
pub(super) fn scalar_in<'a>(cursor: &mut Cursor<'a>, wanted: &[u8]) -> Raw<'a> {
    let mut found = None;
    each_member(cursor, |key, cursor| match key {
        key if key == wanted => found = cursor.take_scalar(),
        _ => cursor.skip(),
    });
    found
}

impl<'a> Facts<'a> {
    fn read(payload: &'a [u8]) -> Self {
        let mut facts = Facts::default();
        let mut cursor = Cursor::new(payload);
        if cursor.enter_array() && !cursor.next_item() {
            return facts;
        }
        each_member(&mut cursor, |key, cursor| facts.read_member(key, cursor));
        facts
    }

    fn read_member(&mut self, key: &[u8], cursor: &mut Cursor<'a>) {
        match key {
            b"call" => self.call = Call::read(cursor),
            b"callHistory" => self.history = History::read(cursor),
            b"agent" => self.agent = Agent::read(cursor),
            b"user" => self.user = Agent::read(cursor),
            b"chat" => self.chat = Chat::read(cursor),
            b"message" => self.message = Message::read(cursor),
            b"company" => self.company = Named::read(cursor),
            b"mailingList" | b"list" => self.list = Named::read(cursor),
            b"spied" => self.spied = Named::read(cursor),
            b"agent_id" => self.agent_id = cursor.take_scalar(),
            // `transfer-chat-whatsapp` wraps its chat and message once more.
            b"data" => each_member(cursor, |key, cursor| match key {
                b"chat" => self.chat = Chat::read(cursor),
                b"message" => self.message = Message::read(cursor),
                _ => cursor.skip(),
            }),
            _ => cursor.skip(),
        }
    }

    /// The call's telephony id, which the call's events and its history share.
    fn call_id(&self) -> Option<Cow<'a, str>> {
        let own = said(self.call.telephony_id).or_else(|| last_segment(said(self.call.id)?));
        own.or_else(|| said(self.history.telephony_id)).or_else(|| last_segment(said(self.agent.call)?))
    }

    fn agent_id(&self) -> Option<Cow<'a, str>> {
        let places = [
            self.agent.id,
            self.call.agent,
            self.history.agent_id,
            self.user.id,
            self.chat.agent_id,
            self.message.agent_id,
            self.spied.id,
            self.agent_id,
        ];
        places.into_iter().find_map(|raw| said(raw).filter(|id| id != "0"))
    }

    fn chat_id(&self) -> Option<Cow<'a, str>> {
        said(self.chat.id).or_else(|| said(self.message.chat_id))
    }

    fn company_id(&self) -> Option<i64> {
        let in_call_id = || said(self.call.id)?.split(':').nth(1)?.parse().ok().filter(|id| *id > 0);
        let first = positive(self.call.company_id).or_else(in_call_id);
        let places = [
            self.history.company_id,
            self.agent.company_id,
            self.user.company_id,
            self.chat.company_id,
            self.chat.instance_company_id,
            self.message.instance_company_id,
            self.list.company_id,
            self.company.id,
        ];
        first.or_else(|| places.into_iter().find_map(positive))
    }

    fn phones(&self) -> Vec<Key> {
        let places =
            [self.call.phone, self.history.number, self.history.phone, self.chat.number, self.message.number];
        let mut phones = Vec::new();
        for phone in places.into_iter().filter_map(|raw| digits(&said(raw)?)) {
            if !phones.contains(&phone) {
                phones.push(phone);
            }
        }
        phones
    }

    fn lane(&self, family: Family, keys: &Keys) -> Option<Label> {
        let prefixed = |prefix: &str, id: Option<&str>| id.map(|id| Label::from(format!("{prefix}:{id}")));
        let agent = || prefixed("agent", keys.agent.as_deref());
        match family {
            // `manual-call-was-qualified` knows the agent but not the call.
            Family::Call | Family::ManualCall | Family::Receptive | Family::Consult | Family::Agent => {
                keys.call.as_deref().map(Label::from).or_else(agent)
            }
            Family::Chat => prefixed("chat", keys.chat.as_deref()),
            Family::Spy => agent(),
            Family::List => {
                let id = said(self.list.id).and_then(|id| Keys::clean(&id));
                prefixed("list", id.as_deref())
            }
            Family::Other => None,
        }
    }
}

impl<'a> Call<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut call = Call::default();
        each_member(cursor, |key, cursor| match key {
            b"telephony_id" => call.telephony_id = cursor.take_scalar(),
            b"id" => call.id = cursor.take_scalar(),
            b"phone" => call.phone = cursor.take_scalar(),
            b"company_id" => call.company_id = cursor.take_scalar(),
            b"agent" => call.agent = cursor.take_scalar(),
            _ => cursor.skip(),
        });
        call
    }
}

impl<'a> History<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut history = History::default();
        each_member(cursor, |key, cursor| match key {
            b"telephony_id" => history.telephony_id = cursor.take_scalar(),
            b"number" => history.number = cursor.take_scalar(),
            b"company" => history.company_id = scalar_in(cursor, b"id"),
            b"agent" => history.agent_id = scalar_in(cursor, b"id"),
            b"mailing_data" => history.phone = scalar_in(cursor, b"phone"),
            _ => cursor.skip(),
        });
        history
    }
}

impl<'a> Agent<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut agent = Agent::default();
        each_member(cursor, |key, cursor| match key {
            b"id" => agent.id = cursor.take_scalar(),
            b"company_id" => agent.company_id = cursor.take_scalar(),
            b"agent_status" => agent.call = scalar_in(cursor, b"call"),
            _ => cursor.skip(),
        });
        agent
    }
}

impl<'a> Chat<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut chat = Chat::default();
        each_member(cursor, |key, cursor| match key {
            b"id" => chat.id = cursor.take_scalar(),
            b"number" => chat.number = cursor.take_scalar(),
            b"company_id" => chat.company_id = cursor.take_scalar(),
            b"instance" => chat.instance_company_id = scalar_in(cursor, b"company_id"),
            b"agent_id" => chat.agent_id = cursor.take_scalar(),
            _ => cursor.skip(),
        });
        chat
    }
}

impl<'a> Message<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut message = Message::default();
        each_member(cursor, |key, cursor| match key {
            b"chat_id" => message.chat_id = cursor.take_scalar(),
            b"number" => message.number = cursor.take_scalar(),
            b"instance" => message.instance_company_id = scalar_in(cursor, b"company_id"),
            b"agent_id" => message.agent_id = cursor.take_scalar(),
            _ => cursor.skip(),
        });
        message
    }
}

impl<'a> Named<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Self {
        let mut named = Named::default();
        each_member(cursor, |key, cursor| match key {
            b"id" => named.id = cursor.take_scalar(),
            b"company_id" => named.company_id = cursor.take_scalar(),
            _ => cursor.skip(),
        });
        named
    }
}

/// A scalar that says something: not `null`, `true` or `false`, and not empty.
pub(super) fn said(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let raw = raw.filter(|raw| matches!(raw.first(), Some(b'"' | b'-' | b'0'..=b'9')))?;
    text(raw).filter(|text| !text.is_empty())
}

fn positive(raw: Raw<'_>) -> Option<i64> {
    said(raw)?.parse().ok().filter(|id| *id > 0)
}

/// `k7QmZp3RtW` of `call:9001:210345:k7QmZp3RtW`, and of itself.
fn last_segment(id: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let last = match id {
        Cow::Borrowed(id) => Cow::Borrowed(id.rsplit(':').next().unwrap_or(id)),
        Cow::Owned(id) => Cow::Owned(id.rsplit(':').next().unwrap_or(&id).to_owned()),
    };
    Some(last).filter(|last| !last.is_empty())
}

/// A phone's digits; fewer than 3 or more than 32 are not a phone.
pub(super) fn digits(text: &str) -> Option<Key> {
    let is_phone = |digits: &str| (3..=32).contains(&digits.len());
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return is_phone(text).then(|| text.into());
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    is_phone(&digits).then(|| digits.into())
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
