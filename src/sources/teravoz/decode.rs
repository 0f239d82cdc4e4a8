//! A body judged: its events, or a refusal that names the field.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::catalogue::{Subject, dotted, subject};
use super::envelope::Post;
use super::time::time;
use crate::domain::json::validate;
use crate::domain::{Key, Keys, Label};
use crate::sources::Refusal;
use crate::sources::members::Members;
use crate::texts::msg;

/// Characters of a call's id.
const LONGEST_CALL: usize = 128;

/// What tells an event from every other, beside its type, its call and its time.
const TELLING: &[&str] = &[
    "actor",
    "number",
    "queue",
    "code",
    "url",
    "data",
    "tag",
    "nps",
    "cpf",
    "cnpj",
    "destination",
    "reason",
    "amd_status",
    "ringtime",
];

/// What the journal keeps of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// `type`, as it came.
    pub name: Arc<str>,
    /// The call's id; `agent:<e-mail>` for what an agent does without a call, `code:<code>` for what the dialer does
    /// before there is one.
    pub lane: Option<Label>,
    /// The phone of the other side stands before our own. An actor's `number` is an extension and no phone.
    pub keys: Keys,
    /// SHA-256 of what it says. `None` for an event without a time: it may as well be the same happening again.
    pub dedupe: Option<[u8; 32]>,
    /// Findings that do not refuse the event.
    pub warnings: Vec<String>,
    /// Of the first the body, byte for byte. Of a further one its section, byte for byte where that says its call and its time,
    /// else with them added at its end.
    pub payload: Bytes,
}

/// Judges a body. What makes an event is `type`; beside it only what the type is about has to be there, because it
/// keeps the order. `asks_call` says that an envelope is documented where it came; `lenient` takes numbers where texts of
/// digits are.
pub fn decode(body: &Bytes, asks_call: bool, lenient: bool) -> Result<Vec<Decoded>, Refusal> {
    validate(body).map_err(|malformed| Refusal {
        field: "body",
        message: msg("body-not-json").with("at", malformed.at.to_string()),
    })?;
    let post = Post::of(body, asks_call, lenient)?;
    let mut first =
        Section { own: &post.first, call: &post.call, beside: &post.untyped }.judge(body.clone())?;
    first.warnings.extend(post.warnings);
    let mut events = vec![first];
    for own in &post.further {
        let section = Section { own, call: &post.call, beside: &[] };
        match section.judge(section.payload(body)) {
            Ok(event) => events.push(event),
            // The body is kept with the first; a part of it that is nothing is no reason to lose all.
            Err(refusal) => {
                let kind = own.said("type").unwrap_or_default();
                events[0].warnings.push(format!("{kind} is no event of its own: {}", refusal.field));
            }
        }
    }
    Ok(events)
}

/// What tells of an event, and of whose call it is.
struct Section<'s, 'a> {
    own: &'s Members<'a>,
    call: &'s Members<'a>,
    /// Parts of the body that say something and are no events of their own.
    beside: &'s [&'a [u8]],
}

impl<'a> Section<'_, 'a> {
    fn judge(&self, payload: Bytes) -> Result<Decoded, Refusal> {
        let name = self.own.needed("type")?;
        let call = match self.inherited("call_id") {
            Some(call) => Some(call),
            None if subject(&name) == Some(Subject::Call) => Some(self.own.needed("call_id")?),
            None => None,
        };
        if call.as_ref().is_some_and(|call| call.chars().count() > LONGEST_CALL) {
            let message = msg("teravoz-too-long").with("most", LONGEST_CALL.to_string());
            return Err(Refusal { field: "call_id", message });
        }
        if subject(&name) == Some(Subject::Agent) {
            self.own.needed("actor")?;
        }
        let at = self.inherited("timestamp");
        let unread = at.as_ref().filter(|at| time(at).is_none());
        // A number where a text is documented is no time either, unless that is taken.
        let is_another =
            at.is_none() && self.own.raw("timestamp").is_some_and(|raw| raw != b"null" && raw != br#""""#);
        let no_time = unread.is_some() || is_another;
        let warnings = no_time.then(|| "timestamp is no time".to_owned()).into_iter().collect();
        let keys = self.keys(&name, call.as_deref());
        let dedupe = at.map(|at| self.hash(&name, call.as_deref().unwrap_or_default(), &at));
        let name = name.as_ref().into();
        Ok(Decoded { name, lane: self.lane(&keys), keys, dedupe, warnings, payload })
    }

    /// What a section says, else what its call says.
    fn inherited(&self, field: &str) -> Option<Cow<'a, str>> {
        self.own.said(field).or_else(|| self.call.said(field))
    }

    fn keys(&self, name: &str, call: Option<&str>) -> Keys {
        let mut phones: Vec<Key> = Vec::new();
        let dialled = dotted(name).starts_with("dialer.").then_some("number");
        for field in ["their_number", "our_number"].into_iter().chain(dialled) {
            let phone = self.own.said(field).and_then(|said| digits(&said));
            phones.extend(phone.filter(|phone| !phones.contains(phone)));
        }
        let agent = self.own.said("actor").and_then(|said| Keys::clean(&said));
        Keys { call: call.and_then(Keys::clean), phones, agent, chat: None }
    }

    fn lane(&self, keys: &Keys) -> Option<Label> {
        let prefixed = |prefix: &str, key: &str| Label::from(format!("{prefix}:{key}"));
        let call = keys.call.clone().map(Label::from);
        let agent = || keys.agent.as_deref().map(|agent| prefixed("agent", agent));
        let code = || self.own.said("code").and_then(|code| Keys::clean(&code));
        call.or_else(agent).or_else(|| code().map(|code| prefixed("code", &code)))
    }

    /// Each part preceded by its length, so that no two contents give the same bytes. A time that was read is the instant, however
    /// it is spelled.
    fn hash(&self, name: &str, call: &str, at: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text);
        };
        part(&dotted(name));
        part(call);
        part(&time(at).map_or_else(|| at.to_owned(), |at| at.0.to_string()));
        // Of a type that nobody documents any part may be what tells it from another.
        if subject(name).is_none() {
            part(&String::from_utf8_lossy(self.own.bytes));
        }
        for section in self.beside {
            part(&String::from_utf8_lossy(section));
        }
        for field in TELLING {
            match self.own.raw(field) {
                // The same text may be written with or without escapes.
                Some([b'"', ..]) => part(&self.own.said(field).unwrap_or_default()),
                Some(raw) => part(&String::from_utf8_lossy(raw)),
                None => part(""),
            }
        }
        hash.finalize().into()
    }

    /// A section as an event of its own.
    fn payload(&self, body: &Bytes) -> Bytes {
        let section = self.own.bytes.trim_ascii();
        let added = ["call_id", "timestamp"].into_iter().filter(|field| self.own.said(field).is_none());
        let added = added.filter_map(|field| {
            Some((field, self.call.raw(field).filter(|_| self.call.said(field).is_some())?))
        });
        let added: Vec<_> = added.collect();
        let Some(inside) = section.strip_suffix(b"}").filter(|_| !added.is_empty()) else {
            return body.slice_ref(section);
        };
        let mut whole = inside.to_vec();
        for (field, raw) in added {
            // Of equal keys the last counts: an empty one of the section's own is overruled.
            whole.extend_from_slice(format!(",\"{field}\":").as_bytes());
            whole.extend_from_slice(raw);
        }
        whole.push(b'}');
        whole.into()
    }
}

/// A phone's digits; an extension of one or two digits is looked for by nobody.
fn digits(text: &str) -> Option<Key> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.len() > 2).then(|| Keys::clean(&digits)).flatten()
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
