//! What a single value may be: a text, a number, a truth, one of a few words.

use std::ops::RangeInclusive;

use super::tree::Value;
use crate::domain::bounds::Whole;
use crate::texts::{Message, msg};

/// A text, read further.
pub(super) fn text<T>(parse: impl Fn(&str) -> Result<T, Message>) -> impl Fn(&Value) -> Result<T, Message> {
    move |value| match value {
        Value::Text(text) | Value::Loose(text) => parse(text),
        _ => Err(msg("setting-text")),
    }
}

/// A whole number within bounds.
pub(super) fn whole<T: TryFrom<i64>>(bounds: RangeInclusive<i64>) -> impl Fn(&Value) -> Result<T, Message> {
    move |value| {
        let number = match value {
            Value::Whole(number) => Some(*number),
            Value::Loose(text) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| bounds.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| out_of(&bounds))
    }
}

/// A whole number that is one of its type.
pub(super) fn bounded<const MIN: i64, const MAX: i64>(value: &Value) -> Result<Whole<MIN, MAX>, Message> {
    let number: i64 = whole(Whole::<MIN, MAX>::RANGE)(value)?;
    Whole::new(number).map_err(|_| out_of(&Whole::<MIN, MAX>::RANGE))
}

fn out_of(bounds: &RangeInclusive<i64>) -> Message {
    let (least, most) = (bounds.start(), bounds.end());
    msg("setting-whole").with("least", least.to_string()).with("most", most.to_string())
}

/// `true` or `false`.
pub(super) fn truth(value: &Value) -> Result<bool, Message> {
    match value {
        Value::Truth(truth) => Ok(*truth),
        Value::Loose(text) if text == "true" => Ok(true),
        Value::Loose(text) if text == "false" => Ok(false),
        _ => Err(msg("setting-truth")),
    }
}

/// One of a few words.
pub(super) fn word<T>(
    words: &'static [&'static str],
    parse: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value) -> Result<T, Message> {
    text(move |given| {
        parse(given).ok_or_else(|| {
            let list = words.join(", ");
            msg("setting-words").with("list", list)
        })
    })
}
