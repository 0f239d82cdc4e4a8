//! What its events say about calls.
//!
//! Five of its types are states of a call; the others only tell more of it: whose telephone rings, who has entered and left, that
//! the caller gave up. Agents are called by their e-mail address; a telephone outside every queue, of which only the extension is
//! known, by that.

use std::time::Duration;

use crate::domain::call::{Agent, CallModel, CallState, Direction, Outcome, Said, Speaks, Which};
use crate::domain::json::{Cursor, text};
use crate::domain::{Event, Key, Keys, Pattern, Timestamp};

/// The model; see [`CallModel`].
pub(super) struct Calls;

/// After so long without a word a call is over, and nobody knows how.
const SILENT_FOR: Duration = Duration::from_hours(4);

/// What types are about; some documents write `call-standby` for `call.standby`.
const SUBJECTS: [&str; 4] = ["call", "actor", "peer", "dialer"];

/// What came of telling the exchange where a call goes, which this side notes.
const OURS: &str = "delegate.";

impl CallModel for Calls {
    fn wants(&self) -> Vec<Pattern> {
        let prefixes = SUBJECTS.iter().flat_map(|of| [format!("{of}."), format!("{of}-")]);
        prefixes.chain([OURS.to_owned()]).map(Pattern::Prefix).collect()
    }

    fn read(&self, event: &Event) -> Option<Said> {
        // Agents that come and go, and numbers that are to be called, have no call.
        let of = Which::Id(event.keys.call.clone()?);
        if event.name.starts_with(OURS) {
            let silent_for = Some((SILENT_FOR, None));
            return Some(Said { aside: true, silent_for, ..Said::of(of, event.received_at) });
        }
        let fields = Fields::read(event);
        let at = fields.timestamp.as_deref().and_then(|said| time(event, said)).unwrap_or(event.received_at);
        let said = Said {
            direction: fields.direction.as_deref().and_then(direction),
            our_number: fields.our_number.as_deref().and_then(number),
            their_number: fields.their_number.as_deref().and_then(number),
            queue: fields.queue.as_deref().and_then(Keys::clean),
            silent_for: Some((SILENT_FOR, None)),
            ..Said::of(of, at)
        };
        let (subject, what) = event.name.split_once(['.', '-'])?;
        let said = Said { stage: stage(subject, what), ..said };
        Some(match subject {
            "call" => of_call(what, said),
            "actor" => of_agent(what, &fields, said),
            "peer" => Said { rank: 3, agent: extension(&fields).map(Speaks::Rings), ..said },
            "dialer" => of_dialer(&fields, said),
            _ => return None,
        })
    }

    /// `∅ → new → standby → waiting → ongoing → finished`; outgoing calls wait at once, and who is transferred waits again.
    fn follows(&self, from: CallState, to: CallState) -> bool {
        use CallState::{Finished, New, Ongoing, Standby, Waiting};
        let known =
            [(New, Standby), (New, Waiting), (Standby, Waiting), (Waiting, Ongoing), (Ongoing, Waiting)];
        to == Finished || known.contains(&(from, to))
    }
}

/// The seven types that the documents count calls by, each with its stage.
pub(super) const STAGES: &[(&str, &str)] = &[
    ("call.new", "new"),
    ("call.standby", "standby"),
    ("call.waiting", "waiting"),
    ("actor.entered", "entered"),
    ("call.ongoing", "ongoing"),
    ("actor.left", "left"),
    ("call.finished", "finished"),
];

/// What an event brings of these; of every other type a call stays where it was.
fn stage(subject: &str, what: &str) -> Option<&'static str> {
    let is_said = |(kind, _): &&(&str, &str)| kind.split_once('.') == Some((subject, what));
    STAGES.iter().find(is_said).map(|(_, stage)| *stage)
}

/// The ranks are the places in a call's life: one time is often said of many events.
fn of_call(what: &str, said: Said) -> Said {
    let (rank, state) = match what {
        "new" => (0, Some(CallState::New)),
        "standby" => (1, Some(CallState::Standby)),
        "waiting" => (2, Some(CallState::Waiting)),
        "ongoing" => (6, Some(CallState::Ongoing)),
        "queue-abandon" => return Said { rank: 8, outcome: Some(Outcome::Abandoned), ..said },
        "finished" => (9, Some(CallState::Finished)),
        "recording-available" => (10, None),
        // What the caller types is asked for before anybody is called.
        "data-provided" | "cpf-provided" | "cnpj-provided" => (1, None),
        _ => (3, None),
    };
    Said { rank, state, ..said }
}

fn of_agent(what: &str, fields: &Fields<'_>, said: Said) -> Said {
    let agent = agent(fields);
    match what {
        "ringing" => Said { rank: 3, agent: agent.map(Speaks::Rings), ..said },
        "noanswer" => Said { rank: 4, agent: Some(Speaks::RangInVain), ..said },
        // The envelope of older set-ups does not say who, but that somebody did.
        "entered" => Said { rank: 5, answered_at: Some(said.at), agent: agent.map(Speaks::Talks), ..said },
        "left" => {
            let outcome = agent.is_none().then_some(Outcome::Answered);
            Said { rank: 7, outcome, agent: agent.map(Speaks::Left), ..said }
        }
        _ => Said { rank: 3, ..said },
    }
}

/// Only a call that was put through has an id here.
fn of_dialer(fields: &Fields<'_>, said: Said) -> Said {
    let is_machine = fields.amd_status.as_deref() == Some("machine");
    Said {
        rank: 2,
        direction: Some(Direction::Outbound),
        their_number: fields.number.as_deref().and_then(number),
        outcome: is_machine.then_some(Outcome::Machine),
        ..said
    }
}

pub(super) fn agent(fields: &Fields<'_>) -> Option<Agent> {
    let id = fields.actor.as_deref().and_then(Keys::clean)?;
    Some(Agent { id: id.to_string(), name: None, extension: fields.number.as_deref().map(str::to_owned) })
}

fn extension(fields: &Fields<'_>) -> Option<Agent> {
    let number = fields.number.as_deref().and_then(Keys::clean)?;
    Some(Agent { id: number.to_string(), name: None, extension: Some(number.to_string()) })
}

fn direction(said: &str) -> Option<Direction> {
    Direction::parse(&said.trim().to_ascii_lowercase())
}

/// Its digits, by which it is looked for; a caller without a number is called what Teravoz calls it.
fn number(said: &str) -> Option<Key> {
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    Keys::clean(if digits.is_empty() { said.trim() } else { &digits })
}

/// A time without a zone is one of UTC.
fn time(event: &Event, said: &str) -> Option<Timestamp> {
    event.time(said).or_else(|| event.time(&format!("{}Z", said.trim())))
}

type Text<'a> = Option<std::borrow::Cow<'a, str>>;

/// What an object says of what is read here.
#[derive(Default)]
pub(super) struct Fields<'a> {
    kind: Text<'a>,
    timestamp: Text<'a>,
    direction: Text<'a>,
    our_number: Text<'a>,
    pub their_number: Text<'a>,
    queue: Text<'a>,
    actor: Text<'a>,
    number: Text<'a>,
    amd_status: Text<'a>,
}

impl<'a> Fields<'a> {
    /// Of the object that has the event's type: the body, or one of the sections of an envelope, where the call's own says the time
    /// of those that say none.
    pub fn read(event: &'a Event) -> Self {
        let mut body = Fields::default();
        let mut sections: [(&[u8], Fields<'a>); 4] =
            [b"chamada".as_slice(), b"atendente", b"dialer", b"dados"].map(|name| (name, Fields::default()));
        let mut cursor = Cursor::new(&event.payload);
        if !cursor.enter_object() {
            return body;
        }
        while let Some(key) = cursor.next_key() {
            match sections.iter_mut().find(|(name, _)| *name == &*key) {
                Some((_, section)) => *section = Fields::within(&mut cursor),
                None => body.take(&key, &mut cursor),
            }
        }
        let [call, others @ ..] = sections.map(|(_, section)| section);
        let timestamp = call.timestamp.clone();
        let name = event.name_as_it_came();
        let all = [call, body].into_iter().chain(others).filter(|fields| fields.kind.is_some());
        // The one of this type stands before the others.
        let own = all.min_by_key(|fields| fields.kind.as_deref() != Some(name)).unwrap_or_default();
        Fields { timestamp: own.timestamp.or(timestamp), ..own }
    }

    fn within(cursor: &mut Cursor<'a>) -> Self {
        let mut fields = Fields::default();
        if cursor.enter_object() {
            while let Some(key) = cursor.next_key() {
                fields.take(&key, cursor);
            }
        } else {
            cursor.skip();
        }
        fields
    }

    fn take(&mut self, key: &[u8], cursor: &mut Cursor<'a>) {
        let field = match key {
            b"type" => &mut self.kind,
            b"timestamp" => &mut self.timestamp,
            b"direction" => &mut self.direction,
            b"our_number" => &mut self.our_number,
            b"their_number" => &mut self.their_number,
            b"queue" => &mut self.queue,
            b"actor" => &mut self.actor,
            b"number" => &mut self.number,
            b"amd_status" => &mut self.amd_status,
            _ => return cursor.skip(),
        };
        let raw = cursor.take_scalar().filter(|raw| matches!(raw[0], b'"' | b'-' | b'0'..=b'9'));
        *field = raw.and_then(text).filter(|text| !text.trim().is_empty());
    }
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
