//! What a single value may be: a text, a number, a truth, one of a few words.

use std::ops::RangeInclusive;

use super::error::Said;
use super::tree::Value;

/// A text, read further.
pub(super) fn text<T>(parse: impl Fn(&str) -> Result<T, Said>) -> impl Fn(&Value) -> Result<T, Said> {
    move |value| match value {
        Value::Text(text) | Value::Loose(text) => parse(text),
        _ => Err(Said::new("um texto entre aspas", "a text in quotes")),
    }
}

/// A whole number within bounds.
pub(super) fn whole<T: TryFrom<i64>>(bounds: RangeInclusive<i64>) -> impl Fn(&Value) -> Result<T, Said> {
    move |value| {
        let number = match value {
            Value::Whole(number) => Some(*number),
            Value::Loose(text) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| bounds.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| {
                let (least, most) = (bounds.start(), bounds.end());
                Said::new(
                    format!("um número inteiro de {least} a {most}"),
                    format!("a whole number from {least} to {most}"),
                )
            })
    }
}

/// `true` or `false`.
pub(super) fn truth(value: &Value) -> Result<bool, Said> {
    match value {
        Value::Truth(truth) => Ok(*truth),
        Value::Loose(text) if text == "true" => Ok(true),
        Value::Loose(text) if text == "false" => Ok(false),
        _ => Err(Said::new("true nem false", "true or false")),
    }
}

/// One of a few words.
pub(super) fn word<T>(
    words: &'static [&'static str],
    parse: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value) -> Result<T, Said> {
    text(move |given| {
        parse(given).ok_or_else(|| {
            let list = words.join(", ");
            Said::new(format!("uma destas palavras: {list}"), format!("one of these words: {list}"))
        })
    })
}
