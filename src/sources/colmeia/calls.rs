//! What its events say about calls.
//!
//! Its events bring no time: each happens when it comes, and one that is late by its place in a call's life (a `connect` that was sent again
//! after the `accept`) brings nothing. A call rings from `connect` on, for [`RINGS_FOR`]; WhatsApp gives up by then. `reject` ends it, also
//! where a `hangup` follows. Who has answered is known of those that were answered here.

use std::time::Duration;

use crate::domain::call::{Agent, CallModel, CallState, Direction, Outcome, Said, Speaks, Which};
use crate::domain::json::{Cursor, text};
use crate::domain::{Event, Key, Keys, Pattern};

/// The model; see [`CallModel`].
pub(super) struct Calls;

/// Between the bot's request and the call somebody has to be ready.
const WAITS_FOR: Duration = Duration::from_hours(4);
/// WhatsApp takes a call that nobody has accepted by then to be over.
const RINGS_FOR: Duration = Duration::from_mins(1);
/// What the API answers of a call that it does not know any more.
const NOT_FOUND: u16 = 404;
/// No end was told of a call of this length: nobody knows how it ended.
const TALKS_FOR: Duration = Duration::from_hours(4);

/// What is said and what came of saying it, each with its place in a call's life.
const SAYS: &[(&str, u8)] = &[
    ("bot_req_call", 0),
    ("connect", 1),
    ("ringing", 2),
    ("accept.failed", 2),
    ("accept", 3),
    ("accept.sent", 3),
    ("reject.failed", 4),
    ("hangup.failed", 4),
    ("reject", 5),
    ("reject.sent", 5),
    ("hangup", 6),
    ("hangup.sent", 6),
];

impl CallModel for Calls {
    fn wants(&self) -> Vec<Pattern> {
        SAYS.iter().map(|(name, _)| Pattern::Exact((*name).to_owned())).collect()
    }

    fn read(&self, event: &Event) -> Option<Said> {
        let &(name, rank) = SAYS.iter().find(|(name, _)| *name == &*event.name)?;
        let of = Which::Id(event.keys.call.clone()?);
        let body = Fields::read(event);
        let said = Said {
            rank,
            direction: Some(Direction::Inbound),
            their_number: body.from,
            our_number: body.to,
            silent_for: Some((TALKS_FOR, None)),
            ..Said::of(of, event.received_at)
        };
        let by = body.by.map(|id| Agent { id: id.to_string(), name: None, extension: None });
        Some(match name {
            "bot_req_call" => {
                Said { state: Some(CallState::New), silent_for: Some((WAITS_FOR, None)), ..said }
            }
            "connect" | "ringing" => Said {
                state: Some(CallState::Ringing),
                silent_for: Some((RINGS_FOR, Some(Outcome::Missed))),
                ..said
            },
            "accept" => Said { state: Some(CallState::Ongoing), ..said },
            "accept.sent" => Said { state: Some(CallState::Ongoing), agent: by.map(Speaks::Talks), ..said },
            "reject" | "reject.sent" => {
                Said { state: Some(CallState::Finished), outcome: Some(Outcome::Rejected), ..said }
            }
            "hangup" | "hangup.sent" => Said { state: Some(CallState::Finished), ..said },
            // The provider knows no such call any more.
            _ if body.status == Some(NOT_FOUND) => Said { state: Some(CallState::Finished), ..said },
            // Nothing came of it.
            _ => Said { silent_for: None, ..said },
        })
    }

    fn begins(&self, said: &Said) -> bool {
        matches!(said.state, Some(CallState::New | CallState::Ringing))
    }

    /// Nothing of it comes twice.
    fn returns(&self) -> bool {
        false
    }
}

/// What is read of a body.
#[derive(Default)]
struct Fields {
    from: Option<Key>,
    to: Option<Key>,
    /// Who did it, of what was done here.
    by: Option<Key>,
    /// What it was answered.
    status: Option<u16>,
}

impl Fields {
    fn read(event: &Event) -> Self {
        let mut fields = Fields::default();
        let mut cursor = Cursor::new(&event.payload);
        if !cursor.enter_object() {
            return fields;
        }
        while let Some(key) = cursor.next_key() {
            let raw = cursor.take_scalar();
            let said = || raw.and_then(text);
            match &*key {
                b"from" => fields.from = said().as_deref().and_then(number),
                b"to" => fields.to = said().as_deref().and_then(number),
                b"status" => fields.status = raw.and_then(|raw| std::str::from_utf8(raw).ok()?.parse().ok()),
                b"by" => fields.by = said().as_deref().and_then(Keys::clean),
                _ => {}
            }
        }
        fields
    }
}

/// Its digits, by which it is looked for; a user or a logical endpoint is called what Colmeia calls it.
fn number(said: &str) -> Option<Key> {
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    let is_phone = said.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    Keys::clean(if is_phone && !digits.is_empty() { &digits } else { said.trim() })
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
