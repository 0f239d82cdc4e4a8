//! A body judged: an event, or a refusal that names the field.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::dialect::{Dialect, Field, Kind};
use crate::domain::json::{decode as decode_string, members, validate};
use crate::domain::{Key, Keys, Label, Lang, Timestamp};
use crate::texts::{Message, msg};

/// Unix seconds above this are milliseconds, or a digit too many.
const LATEST_SECONDS: i64 = 100_000_000_000;
const DAY_SECONDS: i64 = 86_400;

/// What the journal keeps of an accepted body, beside the body itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// `pushCall`, `answerCall` or `dtmfCommand`.
    pub name: &'static str,
    pub dialect: Dialect,
    /// `client/building/apt/extension`.
    pub lane: Label,
    /// The call is `client/building/apt/extension@eventDateTime`, shared by a push and its answer; a DTMF command does
    /// not say which call it belongs to. The phone is who answered or who pressed, leading zero kept.
    pub keys: Keys,
    /// SHA-256 of the canonical `eventTellicon`: equal content is one event, whatever its spacing or order of keys.
    pub dedupe: [u8; 32],
    /// Findings that do not refuse the event.
    pub warnings: Vec<String>,
}

/// Why a body is refused (400), and which field is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct Refusal {
    /// As the body spells it; `body` when it is not about one field.
    pub field: &'static str,
    pub fault: Fault,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message().text(Lang::En))]
pub enum Fault {
    NotJson(crate::domain::json::Malformed),
    Missing,
    NotAnObject,
    NotAnInteger,
    Negative,
    NotAString,
    Empty,
    UnknownType,
}

impl Fault {
    /// A predicate, behind the name of the field.
    pub fn message(&self) -> Message {
        match self {
            Fault::NotJson(malformed) => msg("body-not-json").with("at", malformed.at.to_string()),
            Fault::Missing => msg("body-missing"),
            Fault::NotAnObject => msg("body-not-an-object"),
            Fault::NotAnInteger => msg("tellicon-not-an-integer"),
            Fault::Negative => msg("tellicon-negative"),
            Fault::NotAString => msg("body-not-a-string"),
            Fault::Empty => msg("body-empty"),
            Fault::UnknownType => msg("tellicon-unknown-type"),
        }
    }
}

/// Judges a body. `lenient` takes integers in quotes (`"1001"`) and numbers where a string of digits is expected.
pub fn decode(body: &[u8], lenient: bool, received_at: Timestamp) -> Result<Decoded, Refusal> {
    validate(body).map_err(|malformed| Refusal { field: "body", fault: Fault::NotJson(malformed) })?;
    let fields = Fields::read(body, lenient)?;
    let kind = fields.kind()?;
    let extension = fields.digits(Field::Extension, kind)?;
    let client = fields.integer(Field::Client, kind)?;
    let building = fields.integer(Field::Building, kind)?;
    let apartment = fields.integer(Field::Apartment, kind)?;
    if fields.raw(fields.dialect.name(Field::Company, kind)).is_some() {
        fields.integer(Field::Company, kind)?;
    }
    let event_time = fields.integer(Field::EventTime, kind)?;
    let mut warnings = Warnings::default();
    warnings.time(fields.dialect.name(Field::EventTime, kind), event_time, received_at);
    let phone = match kind {
        Kind::PushCall => None,
        Kind::AnswerCall | Kind::DtmfCommand => Some(fields.digits(Field::Phone, kind)?),
    };
    match kind {
        Kind::PushCall => {}
        Kind::AnswerCall => fields.judge_answer(kind, event_time, received_at, &mut warnings)?,
        Kind::DtmfCommand => warnings.dtmf(&fields.digits(Field::Dtmf, kind)?),
    }
    let lane = format!("{client}/{building}/{apartment}/{extension}");
    let call = (kind != Kind::DtmfCommand).then(|| format!("{lane}@{event_time}"));
    let keys = Keys {
        call: call.and_then(|call| Keys::clean(&call)),
        phones: phone.and_then(|phone| phone_digits(&phone)).into_iter().collect(),
        ..Keys::default()
    };
    let lane = Keys::clean(&lane).expect("it has slashes, so it is not empty").into();
    let dedupe = fields.canonical_hash();
    Ok(Decoded { name: kind.as_str(), dialect: fields.dialect, lane, keys, dedupe, warnings: warnings.0 })
}

fn phone_digits(phone: &str) -> Option<Key> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    Keys::clean(&digits)
}

/// The members of `eventTellicon`, each key once (the last one counts), in the order of the keys.
struct Fields<'a> {
    dialect: Dialect,
    members: Vec<(Cow<'a, [u8]>, &'a [u8])>,
    lenient: bool,
}

impl<'a> Fields<'a> {
    fn read(body: &'a [u8], lenient: bool) -> Result<Self, Refusal> {
        let refuse = |field, fault| Err(Refusal { field, fault });
        if body.trim_ascii_start().first() != Some(&b'{') {
            return refuse("body", Fault::NotAnObject);
        }
        let event = members(body).filter(|(key, _)| **key == *b"eventTellicon").last();
        let Some((_, event)) = event else { return refuse("eventTellicon", Fault::Missing) };
        if event[0] != b'{' {
            return refuse("eventTellicon", Fault::NotAnObject);
        }
        let mut all: Vec<_> = members(event).collect();
        // Stable, so that of equal keys the last in the text is the last here.
        all.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut members: Vec<(Cow<'a, [u8]>, &'a [u8])> = Vec::with_capacity(all.len());
        for member in all {
            match members.last_mut() {
                Some(last) if last.0 == member.0 => *last = member,
                _ => members.push(member),
            }
        }
        let has = |name: &str| members.iter().any(|(key, _)| **key == *name.as_bytes());
        Ok(Self { dialect: Dialect::of(has), members, lenient })
    }

    fn raw(&self, name: &str) -> Option<&'a [u8]> {
        self.members.iter().find(|(key, _)| **key == *name.as_bytes()).map(|(_, value)| *value)
    }

    fn kind(&self) -> Result<Kind, Refusal> {
        let name = self.dialect.name(Field::Type, Kind::PushCall);
        // The Portuguese documentation's own DTMF sample still says `type`.
        let raw = self.raw(name).or_else(|| self.raw("type"));
        let refuse = |fault| Err(Refusal { field: name, fault });
        match raw {
            None => refuse(Fault::Missing),
            Some([b'"', ..]) => {
                let said = raw.map(decode_string).unwrap_or_default();
                let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == said);
                kind.map_or_else(|| refuse(Fault::UnknownType), Ok)
            }
            Some(_) => refuse(Fault::NotAString),
        }
    }

    fn required(&self, field: Field, kind: Kind) -> Result<(&'static str, &'a [u8]), Refusal> {
        let name = self.dialect.name(field, kind);
        self.raw(name).map(|raw| (name, raw)).ok_or(Refusal { field: name, fault: Fault::Missing })
    }

    /// An extension, phone or DTMF command. It stays the text it is: `018988776655` is not a number.
    fn digits(&self, field: Field, kind: Kind) -> Result<Cow<'a, str>, Refusal> {
        let (field, raw) = self.required(field, kind)?;
        let text = match raw[0] {
            b'"' => decode_string(raw),
            b'0'..=b'9' if self.lenient => String::from_utf8_lossy(raw),
            _ => return Err(Refusal { field, fault: Fault::NotAString }),
        };
        if text.trim().is_empty() {
            return Err(Refusal { field, fault: Fault::Empty });
        }
        Ok(text)
    }

    fn integer(&self, field: Field, kind: Kind) -> Result<i64, Refusal> {
        let (field, raw) = self.required(field, kind)?;
        let refuse = |fault| Err(Refusal { field, fault });
        let text = match raw[0] {
            b'"' if self.lenient => decode_string(raw),
            b'-' | b'0'..=b'9' => String::from_utf8_lossy(raw),
            _ => return refuse(Fault::NotAnInteger),
        };
        match text.trim().parse::<i64>() {
            Ok(number) if number < 0 => refuse(Fault::Negative),
            Ok(number) => Ok(number),
            Err(_) => refuse(Fault::NotAnInteger),
        }
    }

    fn judge_answer(
        &self,
        kind: Kind,
        event: i64,
        now: Timestamp,
        warnings: &mut Warnings,
    ) -> Result<(), Refusal> {
        let answer = self.integer(Field::AnswerTime, kind)?;
        let hangup = self.integer(Field::HangupTime, kind)?;
        let duration = self.integer(Field::Duration, kind)?;
        let name = |field| self.dialect.name(field, kind);
        warnings.time(name(Field::AnswerTime), answer, now);
        warnings.time(name(Field::HangupTime), hangup, now);
        if answer < event {
            warnings.add(format!("{} is before {}", name(Field::AnswerTime), name(Field::EventTime)));
        }
        if hangup < answer {
            warnings.add(format!("{} is before {}", name(Field::HangupTime), name(Field::AnswerTime)));
        } else if (hangup - answer).abs_diff(duration) > 1 {
            warnings.add(format!(
                "{} is {duration}, the times say {}",
                name(Field::Duration),
                hangup - answer
            ));
        }
        Ok(())
    }

    /// Keys in order, each followed by its value without white space between tokens; every part preceded by its
    /// length, so that no two contents give the same bytes.
    fn canonical_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(bytes);
        };
        for (key, value) in &self.members {
            part(key);
            match value[0] {
                // The same text may be written with or without escapes.
                b'"' => part(format!("\"{}", decode_string(value)).as_bytes()),
                b'{' | b'[' => part(&without_space(value)),
                _ => part(value),
            }
        }
        hash.finalize().into()
    }
}

/// A well-formed value without the white space between its tokens.
fn without_space(value: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let mut keep = |byte: &u8| {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            true
        } else {
            in_string = *byte == b'"';
            !byte.is_ascii_whitespace()
        }
    };
    value.iter().copied().filter(|byte| keep(byte)).collect()
}

#[derive(Default)]
struct Warnings(Vec<String>);

impl Warnings {
    fn add(&mut self, warning: String) {
        self.0.push(warning);
    }

    fn time(&mut self, field: &str, seconds: i64, now: Timestamp) {
        if seconds > LATEST_SECONDS {
            self.add(format!("{field} is not in seconds"));
        } else if seconds.abs_diff(now.unix_seconds()) > DAY_SECONDS.unsigned_abs() {
            self.add(format!("{field} is more than a day from now"));
        }
    }

    fn dtmf(&mut self, command: &str) {
        if !command.chars().all(|c| matches!(c, '0'..='9' | 'A'..='D' | '*' | '#')) {
            self.add("the DTMF command has other characters than 0-9, A-D, * and #".to_owned());
        }
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
