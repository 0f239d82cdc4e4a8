//! Which events a webhook wants.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::ValueFault;
use crate::domain::fault::repeated;

/// Which event names a webhook wants: an exact name, a prefix (`call-*`) or all (`*`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    All,
    Prefix(String),
    Exact(String),
}

impl Pattern {
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Pattern::All => true,
            Pattern::Prefix(prefix) => name.starts_with(prefix.as_str()),
            Pattern::Exact(exact) => name == exact,
        }
    }
}

impl Pattern {
    /// Characters that a pattern may have; a longer name is reached by its prefix.
    pub const LONGEST: usize = 200;
}

impl PartialSchema for Pattern {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        // One line with something on it; a `*` only at the end.
        let one_line = r"^[^\u0000-\u001f\u007f-\u009f*]*(\*|[^\s\u0000-\u001f\u007f-\u009f*])[ ]*$";
        let text = text.min_length(Some(1)).max_length(Some(Self::LONGEST)).pattern(Some(one_line));
        text.examples(["call-*"]).into()
    }
}

impl ToSchema for Pattern {
    fn name() -> Cow<'static, str> {
        "EventPattern".into()
    }
}

/// A text that is no [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no event type: the exact name, a prefix such as `call-*`, or `*`")]
pub struct NoPattern {
    /// Its start.
    pub given: String,
}

impl From<NoPattern> for ValueFault {
    fn from(NoPattern { given }: NoPattern) -> Self {
        ValueFault::EventPattern { given }
    }
}

/// Names are the provider's own, with whatever is in them; what stands around them is not part of them.
impl FromStr for Pattern {
    type Err = NoPattern;

    fn from_str(given: &str) -> Result<Self, NoPattern> {
        let refused = || NoPattern { given: repeated(given) };
        let text = given.trim();
        let is_too_long = given.chars().nth(Self::LONGEST).is_some();
        if is_too_long || text.is_empty() || text.chars().any(char::is_control) {
            return Err(refused());
        }
        match text.split_once('*') {
            None => Ok(Pattern::Exact(text.to_owned())),
            Some(("", "")) => Ok(Pattern::All),
            Some((prefix, "")) => Ok(Pattern::Prefix(prefix.to_owned())),
            Some(_) => Err(refused()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::All => f.write_str("*"),
            Pattern::Prefix(prefix) => write!(f, "{prefix}*"),
            Pattern::Exact(exact) => f.write_str(exact),
        }
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        let pattern = |text: &str| text.parse::<Pattern>().expect("valid");
        assert!(pattern("*").matches("anything"));
        assert!(pattern("call-*").matches("call-was-created"));
        assert!(!pattern("call-*").matches("hold-call"));
        assert!(pattern("agent-is-idle").matches("agent-is-idle"));
        assert!(!pattern("agent-is-idle").matches("agent-is-idle2"));
        assert!(pattern("minha chamada").matches("minha chamada"));
        assert!(pattern(" minha * ").matches("minha chamada") && !pattern("minha *").matches("minhas"));
        for bad in ["", " ", "a*b", "**", "a\nb", "a\0", "*-call", &"é".repeat(201)] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad:?} was accepted");
        }
    }
}
