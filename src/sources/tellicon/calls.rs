//! What its events say about calls.
//!
//! A call is somebody at a door: the intercom (`our_number`, the extension) rings at a unit, and who answers there is `their_number`,
//! as it was sent, leading zero kept. There is no agent. Nothing tells that nobody answered, so a call that rings for
//! [`RINGS_FOR`] was missed; `answerCall` comes when the call is over, and it may come hours later.
//!
//! `dtmfCommand` names no call. It belongs to the newest of its door, and one that overtakes its `pushCall` stays a call of its own.

use std::time::Duration;

use super::dialect::Kind;
use crate::domain::call::{CallModel, CallState, Direction, Outcome, Said, Which};
use crate::domain::json::{Cursor, text};
use crate::domain::{Event, Key, Pattern, Timestamp};

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
        let times = Times::read(event);
        let said = match kind {
            Kind::PushCall => rang(event, &times)?,
            Kind::DtmfCommand => pressed(event, &times, &group),
            Kind::AnswerCall => answered(event, &times)?,
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

fn rang(event: &Event, times: &Times) -> Option<Said> {
    let of = Which::Id(event.keys.call.clone()?);
    let at = times.event.unwrap_or(event.received_at);
    Some(Said {
        state: Some(CallState::Ringing),
        silent_for: Some((RINGS_FOR, Some(Outcome::Missed))),
        ..Said::of(of, at)
    })
}

fn pressed(event: &Event, times: &Times, group: &Key) -> Said {
    let at = times.event.unwrap_or(event.received_at);
    let since = Timestamp(at.0.saturating_sub(i64::try_from(TALKS_FOR.as_micros()).unwrap_or(i64::MAX)));
    let otherwise = Key::from(format!("{}@{}", &**group, at.unix_seconds()));
    Said {
        rank: 1,
        state: Some(CallState::Ongoing),
        silent_for: Some((TALKS_FOR, Some(Outcome::Answered))),
        ..Said::of(Which::Newest { group: group.clone(), since, otherwise }, at)
    }
}

/// It is told at the end of the call, so that is when it happens: a key pressed before is not later.
fn answered(event: &Event, times: &Times) -> Option<Said> {
    let of = Which::Id(event.keys.call.clone()?);
    let by_duration = || Some(times.answer?.plus(times.duration?));
    let ended = times.hangup.or_else(by_duration);
    let at = ended.or(times.answer).or(times.event).unwrap_or(event.received_at);
    Some(Said {
        rank: 2,
        state: Some(CallState::Finished),
        outcome: Some(Outcome::Answered),
        new_at: times.event,
        ringing_at: times.event,
        answered_at: times.answer,
        ended_at: ended,
        ..Said::of(of, at)
    })
}

/// The times of a body, whichever dialect it is in; those that cannot be are as if they were not there.
#[derive(Default)]
struct Times {
    event: Option<Timestamp>,
    answer: Option<Timestamp>,
    hangup: Option<Timestamp>,
    duration: Option<Duration>,
}

impl Times {
    fn read(event: &Event) -> Self {
        let mut times = Times::default();
        let mut cursor = Cursor::new(&event.payload);
        if !cursor.enter_object() {
            return times;
        }
        while let Some(key) = cursor.next_key() {
            if &*key == b"eventTellicon" && cursor.enter_object() {
                // Of equal keys the last counts.
                times = Times::within(&mut cursor, event);
            } else {
                cursor.skip();
            }
        }
        times
    }

    fn within(cursor: &mut Cursor<'_>, event: &Event) -> Self {
        let mut times = Times::default();
        let mut earliest_dialect = None;
        while let Some(key) = cursor.next_key() {
            let raw = cursor.take_scalar();
            let time = || event.time(&text(raw?)?);
            match &*key {
                b"eventDateTime" | b"dataHoraEvento" => times.event = time(),
                b"dateTime" => earliest_dialect = time(),
                b"answerDateTime" | b"dataHoraAtendido" => times.answer = time(),
                b"hangupDateTime" | b"dataHoraEncerrado" => times.hangup = time(),
                b"callDurationTime" | b"tempoConversa" => times.duration = raw.and_then(seconds),
                _ => {}
            }
        }
        times.event = times.event.or(earliest_dialect);
        times
    }
}

fn seconds(raw: &[u8]) -> Option<Duration> {
    text(raw)?.trim().parse().ok().map(|seconds: u32| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
