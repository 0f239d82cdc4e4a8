//! A body judged: an event, or a refusal that names the field.

use std::borrow::Cow;
use std::sync::Arc;

use super::catalogue::{Subject, subject};
use crate::domain::json::{decode as decode_string, members, validate};
use crate::domain::{Key, Keys, Label};
use crate::sources::Refusal;
use crate::texts::{Message, msg};

/// What the journal keeps of a body, beside the body itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// `type`, as it came.
    pub name: Arc<str>,
    /// The call's id; `agent:<e-mail>` for what an agent does without a call, `code:<code>` for what the dialer does
    /// before there is one.
    pub lane: Option<Label>,
    /// The phone of the other side stands before our own. An actor's `number` is an extension and no phone.
    pub keys: Keys,
}

/// Judges a body. What makes an event is `type`; beside it only what the type is about has to be there, because it
/// keeps the order. `lenient` takes numbers where texts of digits are documented.
pub fn decode(body: &[u8], lenient: bool) -> Result<Decoded, Refusal> {
    validate(body)
        .map_err(|malformed| refusal("body", msg("body-not-json").with("at", malformed.at.to_string())))?;
    let event = Event { members: event(body)?, lenient };
    let name = event.needed("type")?;
    match subject(&name) {
        Some(Subject::Call) => drop(event.needed("call_id")?),
        Some(Subject::Agent) => drop(event.needed("actor")?),
        Some(Subject::Number) | None => {}
    }
    let key = |field| event.said(field).and_then(|said| Keys::clean(&said));
    let mut phones: Vec<Key> = Vec::new();
    let dialled = name.starts_with("dialer.").then_some("number");
    for field in ["their_number", "our_number"].into_iter().chain(dialled) {
        let phone = event.said(field).and_then(|said| digits(&said));
        phones.extend(phone.filter(|phone| !phones.contains(phone)));
    }
    let keys = Keys { call: key("call_id"), phones, agent: key("actor"), chat: None };
    let prefixed = |prefix: &str, key: Key| Label::from(format!("{prefix}:{}", &*key));
    let lane = keys.call.clone().map(Label::from);
    let lane = lane.or_else(|| keys.agent.clone().map(|agent| prefixed("agent", agent)));
    let lane = lane.or_else(|| key("code").map(|code| prefixed("code", code)));
    Ok(Decoded { name: name.as_ref().into(), lane, keys })
}

fn refusal(field: &'static str, message: Message) -> Refusal {
    Refusal { field, message }
}

/// The object that says what happened: the body itself, or the call of an envelope.
fn event(body: &[u8]) -> Result<Members<'_>, Refusal> {
    let root = object(body, "body")?;
    let has = |name: &str| root.iter().any(|(key, _)| **key == *name.as_bytes());
    if has("type") || !has("chamada") {
        return Ok(root);
    }
    let (_, call) = root.iter().rfind(|(key, _)| **key == *b"chamada").expect("it is there");
    object(call, "chamada")
}

fn object<'a>(json: &'a [u8], field: &'static str) -> Result<Members<'a>, Refusal> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(refusal(field, msg("body-not-an-object")));
    }
    Ok(members(json).collect())
}

type Members<'a> = Vec<(Cow<'a, [u8]>, &'a [u8])>;

struct Event<'a> {
    members: Members<'a>,
    lenient: bool,
}

impl<'a> Event<'a> {
    /// A member as it stands; of those with the same key the last, as in JavaScript.
    fn raw(&self, field: &str) -> Option<&'a [u8]> {
        self.members.iter().rfind(|(key, _)| **key == *field.as_bytes()).map(|(_, raw)| *raw)
    }

    /// A text, or a number where that is taken.
    fn text(&self, raw: &'a [u8]) -> Option<Cow<'a, str>> {
        match raw[0] {
            b'"' => Some(decode_string(raw)),
            b'0'..=b'9' if self.lenient => Some(String::from_utf8_lossy(raw)),
            _ => None,
        }
    }

    /// What a field says, if it says anything.
    fn said(&self, field: &str) -> Option<Cow<'a, str>> {
        self.text(self.raw(field)?).filter(|text| !text.trim().is_empty())
    }

    fn needed(&self, field: &'static str) -> Result<Cow<'a, str>, Refusal> {
        let raw = self.raw(field).ok_or_else(|| refusal(field, msg("body-missing")))?;
        let text = self.text(raw).ok_or_else(|| refusal(field, msg("body-not-a-string")))?;
        if text.trim().is_empty() { Err(refusal(field, msg("body-empty"))) } else { Ok(text) }
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
