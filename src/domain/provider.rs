//! Who said an event. Rows, queues and events carry a provider's id and nothing more; what is known of the provider stands in its
//! folder under `sources`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A provider's id, as in tables, paths and settings: 1 to 32 of `a` to `z`, `0` to `9`, `_` and `-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Provider(&'static str);

/// Ids of rows that no constant stands for. More than this many cannot be but a broken table.
const MOST_READ: usize = 1_000;

/// Ids that were read, kept for the life of the process.
static READ: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());

impl Provider {
    const LONGEST: usize = 32;

    /// An id that is written down in the program; one of the wrong form is no program.
    pub const fn new(id: &'static str) -> Self {
        assert!(is_id(id), "a provider's id has 1 to 32 of a-z, 0-9, _ and -");
        Self(id)
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }
}

const fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= Provider::LONGEST
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// For rows of our own only: an id that was not met before is kept for ever. What a caller names is looked up among the
/// providers that there are.
impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A set is whole after any panic: an insertion is a single step.
        if let Some(id) = READ.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(Self(id));
        }
        let mut read = READ.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = read.get(text) {
            return Ok(Self(id));
        }
        if !is_id(text) || read.len() >= MOST_READ {
            return Err(format!("`{text}` is not a provider"));
        }
        let id: &'static str = Box::leak(text.to_owned().into_boxed_str());
        read.insert(id);
        Ok(Self(id))
    }
}

impl PartialSchema for Provider {
    fn schema() -> RefOr<Schema> {
        let pattern = format!("^[a-z0-9_-]{{1,{}}}$", Self::LONGEST);
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        text.description(Some("Who said it.")).into()
    }
}

impl ToSchema for Provider {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_was_read_is_the_one_that_is_written_down() {
        const WRITTEN: Provider = Provider::new("some_provider-3");
        assert_eq!("some_provider-3".parse(), Ok(WRITTEN));
        assert_eq!("some_provider-3".parse::<Provider>().map(Provider::as_str), Ok("some_provider-3"));
        assert_eq!(serde_json::to_string(&WRITTEN).expect("JSON"), "\"some_provider-3\"");
    }

    #[test]
    fn what_has_not_the_form_of_an_id_is_none() {
        for text in ["", "A", "a b", "a.b", "ção", &"a".repeat(33)] {
            assert_eq!(text.parse::<Provider>(), Err(format!("`{text}` is not a provider")));
        }
    }
}
