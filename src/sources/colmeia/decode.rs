//! A body judged: its event, or a refusal that names the field.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::body::Body;
use super::canonical::canonical;
use super::catalogue::{CONNECT, is_documented};
use super::repair::without_trailing_commas;
use crate::domain::json::validate;
use crate::domain::{Key, Keys, Label};
use crate::sources::Refusal;
use crate::sources::members::Members;
use crate::texts::msg;

/// Characters of an id.
const LONGEST_ID: usize = 128;

/// What the journal keeps of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// `event`, as it came.
    pub name: Arc<str>,
    /// The call's id.
    pub lane: Option<Label>,
    /// The phone of who calls stands before the one that is called; `chat` is the conversation.
    pub keys: Keys,
    /// SHA-256 of the event's id, or where it has none of what it says.
    pub dedupe: [u8; 32],
    /// Findings that do not refuse the event.
    pub warnings: Vec<String>,
    /// The body, byte for byte where it was JSON.
    pub payload: Bytes,
    /// As it came, when it was not.
    pub original: Option<Bytes>,
}

/// Judges a body. Of an event that nobody documents only `event` has to be there; `lenient` takes numbers where texts are documented.
pub fn decode(body: &Bytes, lenient: bool) -> Result<Decoded, Refusal> {
    let (payload, original) = well_formed(body)?;
    let mut warnings = Vec::new();
    if original.is_some() {
        warnings.push("commas before a closing bracket were left out: it was no JSON".to_owned());
    }
    let said = Members::of(&payload, lenient)
        .map(Body)
        .ok_or_else(|| Refusal { field: "body", message: msg("body-not-an-object") })?;
    let name = said.0.needed("event")?;
    let ids = Ids::read(&said.0, is_documented(&name), &mut warnings)?;
    if &*name == CONNECT && said.session().is_none() {
        warnings.push("it brings no SDP: the call cannot be answered".to_owned());
    }
    let dedupe = dedupe(&said, &name, ids.call.as_deref(), &payload);
    let keys = Keys {
        call: ids.call.as_deref().and_then(Keys::clean),
        phones: ids.phones,
        agent: None,
        chat: ids.conversation.as_deref().and_then(Keys::clean),
    };
    let lane = keys.call.clone().map(Label::from);
    let name = name.as_ref().into();
    Ok(Decoded { name, lane, keys, dedupe, warnings, payload: payload.clone(), original })
}

/// The body as JSON; and as it came, where it became so only without its trailing commas.
fn well_formed(body: &Bytes) -> Result<(Bytes, Option<Bytes>), Refusal> {
    let Err(malformed) = validate(body) else { return Ok((body.clone(), None)) };
    let repaired = without_trailing_commas(body).map(Bytes::from).filter(|text| validate(text).is_ok());
    repaired.map(|text| (text, Some(body.clone()))).ok_or_else(|| Refusal {
        field: "body",
        message: msg("body-not-json").with("at", malformed.at.to_string()),
    })
}

/// What a body has to name.
struct Ids<'a> {
    call: Option<Cow<'a, str>>,
    conversation: Option<Cow<'a, str>>,
    phones: Vec<Key>,
}

impl<'a> Ids<'a> {
    fn read(said: &Members<'a>, is_documented: bool, warnings: &mut Vec<String>) -> Result<Self, Refusal> {
        let call = id(said, "idCall", is_documented)?;
        let conversation = id(said, "idConversation", is_documented)?;
        let mut phones: Vec<Key> = Vec::new();
        for field in ["from", "to"] {
            let end = match said.needed(field) {
                Ok(end) => end,
                // Somebody who withholds the number is somebody who calls.
                Err(refusal) if !is_documented || refusal.message == msg("body-empty") => {
                    warnings.push(format!("{field} says nothing"));
                    continue;
                }
                Err(refusal) => return Err(refusal),
            };
            // A user or a logical endpoint is no phone.
            phones.extend(digits(&end).filter(|phone| !phones.contains(phone)));
        }
        Ok(Self { call, conversation, phones })
    }
}

fn id<'a>(said: &Members<'a>, field: &'static str, is_needed: bool) -> Result<Option<Cow<'a, str>>, Refusal> {
    let id = if is_needed { Some(said.needed(field)?) } else { said.said(field) };
    if id.as_ref().is_some_and(|id| id.chars().count() > LONGEST_ID) {
        let message = msg("colmeia-too-long").with("most", LONGEST_ID.to_string());
        return Err(Refusal { field, message });
    }
    Ok(id)
}

fn digits(text: &str) -> Option<Key> {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (is_phone && digits.len() > 2).then(|| Keys::clean(&digits)).flatten()
}

/// Each part preceded by its length, so that no two contents give the same bytes.
fn dedupe(said: &Body<'_>, name: &str, call: Option<&str>, payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    };
    part(name.as_bytes());
    part(call.unwrap_or_default().as_bytes());
    match said.event_id() {
        Some(id) => part(id.as_bytes()),
        None => {
            part(b"");
            part(&canonical(payload));
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
