//! A caller's JSON or query as a Rust type.
//!
//! What must hold here: every refusal names the place of the value and says what was expected there, as a [`Fault`] and
//! not as some library's English. That is why this is a deserializer of its own: it knows what a field asked for at the
//! moment in which the value turns out not to be that. The texts themselves are parsed by `serde_json`, value by value
//! as they are asked for, so that a raw value keeps its bytes. Reading costs no more than a few passes over the text,
//! whatever is in it.

mod value;
mod wrong;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::admin::{Fault, FieldFault, Place};
use value::Value;

/// Members and items of a text, in all. No input needs as many.
const MOST_PARTS: usize = 100_000;
/// Objects and lists in one another. No input needs as many; each level is a pass over what is in it.
const DEEPEST: usize = 128;

/// Reads a JSON text.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FieldFault> {
    bounded(bytes).map_err(|fault| FieldFault::new(Place::whole("body"), fault))?;
    let whole = serde_json::from_slice::<&RawValue>(bytes).map_err(|error| {
        let fault = Fault::NotJson { line: error.line(), column: error.column() };
        FieldFault::new(Place::whole("body"), fault)
    })?;
    T::deserialize(Value::Json(whole)).map_err(|wrong| wrong.under(Place::whole("body")))
}

/// Refuses, in one pass and before anything is kept of it, what has more parts than any input.
fn bounded(bytes: &[u8]) -> Result<(), Fault> {
    let (mut parts, mut depth) = (0, 0_usize);
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                // To the end of the string; one that does not end is found out by the parser.
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                depth += 1;
                parts += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => parts += 1,
            _ => {}
        }
        if parts > MOST_PARTS {
            return Err(Fault::TooManyParts { max: MOST_PARTS });
        }
        if depth > DEEPEST {
            return Err(Fault::TooDeep { max: DEEPEST });
        }
    }
    Ok(())
}

/// Reads a query: an object of texts, in which a number is its digits.
pub fn query<T: DeserializeOwned>(query: &str) -> Result<T, FieldFault> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(name, text)| (name, Value::Text(text))).collect();
    T::deserialize(Value::Pairs(pairs)).map_err(|wrong| wrong.under(Place::whole("query")))
}

#[cfg(test)]
mod tests;
