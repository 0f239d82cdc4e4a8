//! What its events say about calls.
//!
//! A call is somebody at a door: the intercom (`our_number`, the extension) rings at a unit, and who answers there is `their_number`,
//! as it was sent, leading zero kept. There is no agent. Nothing tells that nobody answered, so a call that rings for
//! [`RINGS_FOR`] was missed; `answerCall` comes when the call is over, and it may come hours later.
//!
//! `dtmfCommand` names no call. It belongs to the newest of its door, and one that overtakes its `pushCall` stays a call of its own.

use std::time::Duration;

use super::dialect::Kind;
use crate::domain::call::{Call, CallModel, CallState, Direction, Outcome, Said, Which};
use crate::domain::json::{Cursor, text};
use crate::domain::{Event, Key, Keys, Pattern, Timestamp};
use crate::sources::board::Door;

/// The model; see [`CallModel`].
pub(super) struct Calls;

/// A telephone that nobody has answered by then was not answered.
const RINGS_FOR: Duration = Duration::from_secs(90);
/// Who has pressed a key talks; nothing is known of how long, and so far back a call is looked for.
const TALKS_FOR: Duration = Duration::from_hours(4);

impl CallModel for Calls {
    fn wants(&self) -> Vec<Pattern> {
        Kind::ALL.map(|kind| Pattern::Exact(kind.as_str().to_owned())).into()
    }

    fn read(&self, event: &Event) -> Option<Said> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == &*event.name)?;
        let group = Key::from(event.lane.as_deref()?);
        let body = Body::read(event);
        let said = match kind {
            Kind::PushCall => rang(event, &body)?,
            Kind::DtmfCommand => pressed(event, &body, &group),
            Kind::AnswerCall => answered(event, &body)?,
        };
        Some(Said {
            our_number: group.splitn(4, '/').nth(3).map(Key::from),
            their_number: event.keys.phones.first().cloned(),
            group: Some(group),
            direction: Some(Direction::Inbound),
            ..said
        })
    }

    /// An answer tells the whole call, its ringing too. A pressed key does not.
    fn begins(&self, said: &Said) -> bool {
        matches!(said.state, Some(CallState::Ringing | CallState::Finished))
    }
}

/// Where it rang: what the lane of its events says. Building 0 is none.
pub(super) fn door(call: &Call) -> Option<Door> {
    let mut parts = call.group.as_deref()?.splitn(4, '/').map(Key::from);
    let [client, building, unit, extension] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let building = Some(building).filter(|building| &**building != "0");
    Some(Door { client, building, unit, extension })
}

fn rang(event: &Event, body: &Body) -> Option<Said> {
    let of = Which::Id(event.keys.call.clone()?);
    let at = body.event.unwrap_or(event.received_at);
    Some(Said {
        state: Some(CallState::Ringing),
        silent_for: Some((RINGS_FOR, Some(Outcome::Missed))),
        ..Said::of(of, at)
    })
}

fn pressed(event: &Event, body: &Body, group: &Key) -> Said {
    let at = body.event.unwrap_or(event.received_at);
    let since = Timestamp(at.0.saturating_sub(i64::try_from(TALKS_FOR.as_micros()).unwrap_or(i64::MAX)));
    let otherwise = Key::from(format!("{}@{}", &**group, at.unix_seconds()));
    Said {
        rank: 1,
        state: Some(CallState::Ongoing),
        pressed: body.pressed.clone(),
        silent_for: Some((TALKS_FOR, Some(Outcome::Answered))),
        ..Said::of(Which::Newest { group: group.clone(), since, otherwise }, at)
    }
}

/// It is told at the end of the call, so that is when it happens: a key pressed before is not later.
fn answered(event: &Event, body: &Body) -> Option<Said> {
    let of = Which::Id(event.keys.call.clone()?);
    let by_duration = || Some(body.answer?.plus(body.duration?));
    let ended = body.hangup.or_else(by_duration);
    let at = ended.or(body.answer).or(body.event).unwrap_or(event.received_at);
    Some(Said {
        rank: 2,
        state: Some(CallState::Finished),
        outcome: Some(Outcome::Answered),
        new_at: body.event,
        ringing_at: body.event,
        answered_at: body.answer,
        ended_at: ended,
        ..Said::of(of, at)
    })
}

/// What is read of a body, whichever dialect it is in; times that cannot be are as if they were not there.
#[derive(Default)]
struct Body {
    event: Option<Timestamp>,
    answer: Option<Timestamp>,
    hangup: Option<Timestamp>,
    duration: Option<Duration>,
    pressed: Option<Key>,
}

impl Body {
    fn read(event: &Event) -> Self {
        let mut body = Body::default();
        let mut cursor = Cursor::new(&event.payload);
        if !cursor.enter_object() {
            return body;
        }
        while let Some(key) = cursor.next_key() {
            if &*key == b"eventTellicon" && cursor.enter_object() {
                // Of equal keys the last counts.
                body = Body::within(&mut cursor, event);
            } else {
                cursor.skip();
            }
        }
        body
    }

    fn within(cursor: &mut Cursor<'_>, event: &Event) -> Self {
        let mut body = Body::default();
        let mut earliest_dialect = None;
        while let Some(key) = cursor.next_key() {
            let raw = cursor.take_scalar();
            let time = || event.time(&text(raw?)?);
            match &*key {
                b"eventDateTime" | b"dataHoraEvento" => body.event = time(),
                b"dateTime" => earliest_dialect = time(),
                b"answerDateTime" | b"dataHoraAtendido" => body.answer = time(),
                b"hangupDateTime" | b"dataHoraEncerrado" => body.hangup = time(),
                b"dtmfCommand" | b"dtmfComando" => {
                    body.pressed = raw.and_then(text).as_deref().and_then(Keys::clean);
                }
                b"callDurationTime" | b"tempoConversa" => body.duration = raw.and_then(seconds),
                _ => {}
            }
        }
        body.event = body.event.or(earliest_dialect);
        body
    }
}

fn seconds(raw: &[u8]) -> Option<Duration> {
    text(raw)?.trim().parse().ok().map(|seconds: u32| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
