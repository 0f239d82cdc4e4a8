//! What a provider said: an event before (`Draft`) and after (`Event`) it has its place in the journal.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::label::ascii;
use super::{CompanyId, EventId, Key, Label, Provider, Seq, SessionId, SourceId, Timestamp};

/// What search and rules look an event up by, found in the payload once, by the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    pub call: Option<Key>,
    /// Digits only.
    pub phones: Vec<Key>,
    pub agent: Option<Key>,
    pub chat: Option<Key>,
}

/// Parts that few events have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// How many arguments the provider sent, when not exactly one: the payload is then `null` or an array.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub args: Option<u32>,
    /// Binary attachments in base64, in the order of their placeholders.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attachments: Vec<String>,
    /// The body as it arrived (base64), when it needed repair before it was JSON.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original: Option<String>,
    /// Soft findings about the content (a hang-up before its answer, a foreign company id): kept beside it, never sent.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
    /// The name as it came, when no database can hold it as it is ([`EventFlags::RESPELLED`]).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<Box<str>>,
}

impl Extra {
    fn weight(&self) -> usize {
        let texts = self.attachments.iter().chain(&self.original).chain(&self.warnings);
        size_of::<Self>() + texts.map(|text| allocated(text.len()) + size_of::<String>()).sum::<usize>()
    }
}

/// Bits stored with an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFlags(pub i32);

impl EventFlags {
    /// The body needed repair; `Extra::original` holds what came.
    pub const REPAIRED: EventFlags = EventFlags(1);
    /// The payload names another company than the one registered.
    pub const FOREIGN_COMPANY: EventFlags = EventFlags(2);
    /// Name, lane or keys are spelled otherwise than they came, because the database cannot hold them; the payload is as
    /// it came, and `Extra::name` holds the name.
    pub const RESPELLED: EventFlags = EventFlags(4);

    pub fn contains(self, other: EventFlags) -> bool {
        self.0 & other.0 == other.0
    }

    #[must_use]
    pub fn with(self, other: EventFlags) -> EventFlags {
        EventFlags(self.0 | other.0)
    }
}

/// The part of a session that every body sent for its events repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    pub id: SessionId,
    /// The provider's socket id.
    pub socket_id: String,
    /// The token as people may see it, `rRrX…3x4c`.
    pub token_mask: String,
}

/// What an event costs in memory beside its texts: its own fields and its place in a queue
/// (`an_event_takes_no_more_memory_than_it_is_counted_by`).
const OVERHEAD_BYTES: usize = 384;

fn weight(name: &str, lane: Option<&str>, payload: &[u8], keys: &Keys, extra: Option<&Extra>) -> usize {
    let keys = keys.iter().map(|(_, key)| allocated(key.len()) + size_of::<Box<str>>()).sum::<usize>();
    let texts =
        allocated(name.len()) + lane.map_or(0, |lane| allocated(lane.len())) + allocated(payload.len());
    texts + keys + extra.map_or(0, Extra::weight) + OVERHEAD_BYTES
}

/// What an allocator takes for so many bytes: it has four sizes between a power of two and the next (mimalloc's bins).
fn allocated(bytes: usize) -> usize {
    bytes.next_multiple_of((bytes.next_power_of_two() / 8).max(16))
}

/// An event that a source hands to the journal; it has no place there yet.
#[derive(Debug, Clone)]
pub struct Draft {
    pub source: SourceId,
    pub provider: Provider,
    pub session: Option<Arc<SessionInfo>>,
    pub name: Label,
    /// What order is kept by; `None` is unordered.
    pub lane: Option<Label>,
    pub received_at: Timestamp,
    /// JSON text, byte for byte as it will be forwarded: the single argument, `null`, or an array of arguments.
    pub payload: Bytes,
    pub keys: Keys,
    pub flags: EventFlags,
    pub extra: Option<Arc<Extra>>,
    /// A webhook source's duplicate key; a second append with the same (source, key) within seven days is answered
    /// with the first one's seq. Never set by socket sources.
    pub dedupe: Option<[u8; 32]>,
}

impl Draft {
    /// As [`Event::weight`].
    pub fn weight(&self) -> usize {
        let (lane, extra) = (self.lane.as_deref(), self.extra.as_deref());
        weight(&self.name, lane, &self.payload, &self.keys, extra)
    }
}

/// An event with its place: immutable, addressed by (company, seq).
#[derive(Debug, Clone)]
pub struct Event {
    pub company: CompanyId,
    pub seq: Seq,
    pub source: SourceId,
    pub provider: Provider,
    pub session: Option<Arc<SessionInfo>>,
    pub name: Arc<str>,
    pub lane: Option<Arc<str>>,
    pub received_at: Timestamp,
    pub payload: Bytes,
    pub keys: Keys,
    pub flags: EventFlags,
    pub extra: Option<Arc<Extra>>,
}

impl Draft {
    /// Gives it this name; one that no database holds is respelled, marked, and kept beside it as it came.
    #[must_use]
    pub fn named(self, name: &Arc<str>) -> Draft {
        let label = Label::from(Arc::clone(name));
        if *label == **name { Draft { name: label, ..self } } else { self.respelled(label, name) }
    }

    /// With name, lane and keys in ASCII, for a database that refuses them as they are; `None` when they are already.
    pub fn spelled_out(&self) -> Option<Draft> {
        let lane_is_plain = self.lane.as_deref().is_none_or(str::is_ascii);
        if self.name.is_ascii() && lane_is_plain && self.keys.iter().all(|(_, key)| key.is_ascii()) {
            return None;
        }
        let draft = Draft {
            lane: self.lane.as_deref().map(|lane| Label::from(ascii(lane))),
            keys: self.keys.spelled_out(),
            ..self.clone()
        };
        let label = Label::from(ascii(&self.name));
        Some(draft.respelled(label, &self.name))
    }

    fn respelled(self, label: Label, came: &str) -> Draft {
        let mut extra = self.extra.as_deref().cloned().unwrap_or_default();
        extra.name.get_or_insert_with(|| came.into());
        let flags = self.flags.with(EventFlags::RESPELLED);
        Draft { name: label, flags, extra: Some(Arc::new(extra)), ..self }
    }
}

impl Event {
    /// The provider's own name for it, unchanged.
    pub fn name_as_it_came(&self) -> &str {
        self.extra.as_deref().and_then(|extra| extra.name.as_deref()).unwrap_or(&self.name)
    }

    pub fn id(&self) -> EventId {
        EventId { company: self.company, seq: self.seq }
    }

    /// The bytes of memory this event is counted by wherever it waits.
    pub fn weight(&self) -> usize {
        let (lane, extra) = (self.lane.as_deref(), self.extra.as_deref());
        weight(&self.name, lane, &self.payload, &self.keys, extra)
    }
}

impl Keys {
    /// A key as it may be stored; `None` when nothing is left of it.
    pub fn clean(raw: &str) -> Option<Key> {
        let key = Key::from(raw);
        (!key.is_empty()).then_some(key)
    }

    fn spelled_out(&self) -> Keys {
        let ascii = |key: &Key| Key::from(&*ascii(key));
        Keys {
            call: self.call.as_ref().map(ascii),
            phones: self.phones.iter().map(ascii).collect(),
            agent: self.agent.as_ref().map(ascii),
            chat: self.chat.as_ref().map(ascii),
        }
    }

    /// One line per key, its kind first (`c`all, `p`hone, `a`gent, c`h`at): how keys are stored beside an event.
    pub fn to_lines(&self) -> String {
        let mut lines = String::new();
        for (kind, key) in self.iter() {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push(kind);
            lines.extend(key.chars().map(|c| if c == '\n' { ' ' } else { c }));
        }
        lines
    }

    /// Reads what [`Keys::to_lines`] wrote; lines of an unknown kind are passed over.
    pub fn from_lines(lines: &str) -> Keys {
        let mut keys = Keys::default();
        for line in lines.lines() {
            let mut chars = line.chars();
            match (chars.next(), chars.as_str()) {
                (Some('c'), key) => keys.call = Some(key.into()),
                (Some('p'), key) => keys.phones.push(key.into()),
                (Some('a'), key) => keys.agent = Some(key.into()),
                (Some('h'), key) => keys.chat = Some(key.into()),
                _ => {}
            }
        }
        keys
    }

    /// Every key with the letter of its kind.
    pub fn iter(&self) -> impl Iterator<Item = (char, &str)> {
        let call = self.call.as_deref().map(|key| ('c', key));
        let agent = self.agent.as_deref().map(|key| ('a', key));
        let chat = self.chat.as_deref().map(|key| ('h', key));
        call.into_iter().chain(self.phones.iter().map(|phone| ('p', &**phone))).chain(agent).chain(chat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_stored_form() {
        let keys = Keys {
            call: Some("k7QmZp3RtW".into()),
            phones: vec!["5511900001234".into(), "08001234".into()],
            agent: Some("17".into()),
            chat: None,
        };
        assert_eq!(Keys::from_lines(&keys.to_lines()), keys);
        assert_eq!(Keys::from_lines(""), Keys::default());
    }

    #[test]
    fn keys_are_cleaned_of_nul_and_capped() {
        assert_eq!(Keys::clean("a\0b").as_deref(), Some("ab"));
        assert_eq!(Keys::clean("\0"), None);
        assert_eq!(Keys::clean(&"é".repeat(200)).map(|key| key.len()), Some(256));
    }

    fn draft() -> Draft {
        Draft {
            source: SourceId(1),
            provider: Provider::new("threecplus"),
            session: None,
            name: "call-was-created".into(),
            lane: Some("k7".into()),
            received_at: Timestamp(0),
            payload: Bytes::from_static(b"{}"),
            keys: Keys { agent: Some("17".into()), ..Keys::default() },
            flags: EventFlags::FOREIGN_COMPANY,
            extra: None,
            dedupe: None,
        }
    }

    #[test]
    fn a_name_that_no_database_holds_is_respelled_and_kept_beside() {
        let named = draft().named(&"call-\0x".into());
        assert_eq!(&*named.name, r"call-\u0000x");
        assert_eq!(named.flags, EventFlags::FOREIGN_COMPANY.with(EventFlags::RESPELLED));
        assert_eq!(named.extra.as_deref().and_then(|extra| extra.name.as_deref()), Some("call-\0x"));
        let usual = draft().named(&"call-ended".into());
        assert_eq!((&*usual.name, usual.extra), ("call-ended", None));
    }

    #[test]
    fn what_is_spelled_out_is_ascii_and_spelled_out_once() {
        assert!(draft().spelled_out().is_none(), "there is nothing to spell out");
        let odd = Draft { lane: Some("日".into()), ..draft() }.named(&"📞".into());
        let odd = Draft { keys: Keys { chat: Some("é".into()), ..odd.keys }, ..odd };
        let plain = odd.spelled_out().expect("it is not ASCII");
        assert_eq!(&*plain.name, r"\ud83d\udcde");
        assert_eq!(plain.lane.as_deref(), Some(r"\u65e5"));
        assert_eq!(plain.keys.chat.as_deref(), Some(r"\u00e9"));
        assert!(plain.flags.contains(EventFlags::RESPELLED));
        assert!(plain.spelled_out().is_none());
    }
}
