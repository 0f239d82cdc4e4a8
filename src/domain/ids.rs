//! Identifiers. Each is its own type, so that a company can never be taken for a webhook.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::schema::id_schema;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {expected}")]
pub struct ParseIdError {
    given: String,
    expected: &'static str,
}

impl ParseIdError {
    pub fn new(given: &str, expected: &'static str) -> Self {
        Self { given: given.chars().take(64).collect(), expected }
    }
}

/// A database identity shown to people with its prefix (`company_7`), and accepted with or without it.
macro_rules! shown_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let digits = text.strip_prefix($prefix).unwrap_or(text);
                match digits.parse::<i64>() {
                    Ok(id) if id > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(id)),
                    _ => Err(ParseIdError::new(text, $expected)),
                }
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                id_schema(concat!("^(", $prefix, ")?[1-9][0-9]{0,17}$"), concat!($prefix, "7"))
            }
        }

        impl ToSchema for $name {}
    };
}

shown_id!(
    /// The tenant. Never reused: receivers deduplicate by event ids, which contain it.
    CompanyId, "company_", "a company id such as company_7"
);
shown_id!(
    /// One account of a company at one provider.
    SourceId, "source_", "a source id such as source_7"
);
shown_id!(
    /// One place where a company wants events sent.
    WebhookId, "webhook_", "a webhook id such as webhook_7"
);
shown_id!(
    /// One key of the JSON API.
    ApiKeyId, "key_", "an API key id such as key_7"
);
shown_id!(
    /// One connection of a socket source, from CONNECT to its end.
    SessionId, "session_", "a session id such as session_7"
);

shown_id!(
    /// A phone that a company knows.
    ContactId, "contact_", "a contact id such as contact_7"
);

shown_id!(
    /// Where somebody is told of what is wrong.
    ContactPointId, "contact_point_", "a contact point id such as contact_point_7"
);

shown_id!(
    /// Someone who signs in to the panel.
    UserId, "user_", "a user id such as user_7"
);

/// The place of an event in its company's journal: 1, 2, 3, … without holes. 0 is "before the first".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl Seq {
    /// Before the first event of any journal.
    pub const ZERO: Seq = Seq(0);

    /// The place right after this one.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! placed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $pattern:literal, $example:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            pub company: CompanyId,
            pub seq: Seq,
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                id_schema($pattern, $example)
            }
        }

        impl ToSchema for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}_{}", $prefix, self.company.0, self.seq.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let place = text.strip_prefix($prefix).and_then(place_of);
                let (company, seq) = place.ok_or_else(|| ParseIdError::new(text, $expected))?;
                Ok(Self { company, seq })
            }
        }
    };
}

placed_id!(
    /// What an event is called outside: `evt_<company>_<seq>`, the same for ever. Sent as `webhook-id`.
    EventId,
    "evt_",
    "^evt_[1-9][0-9]{0,17}_[1-9][0-9]{0,17}$",
    "evt_7_1024",
    "an event id such as evt_7_1024"
);
placed_id!(
    /// What a call is called outside: `call_<company>_<seq>`, after its first event that there is.
    CallId,
    "call_",
    "^call_[1-9][0-9]{0,17}_[1-9][0-9]{0,17}$",
    "call_7_1024",
    "a call id such as call_7_1024"
);

/// `7_1024`.
fn place_of(text: &str) -> Option<(CompanyId, Seq)> {
    let number = |digits: &str| match digits.parse::<i64>() {
        Ok(n) if n > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Some(n),
        _ => None,
    };
    let (company, seq) = text.split_once('_')?;
    Some((CompanyId(number(company)?), Seq(number(seq)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shown_with_their_prefix_and_read_with_or_without_it() {
        assert_eq!(CompanyId(7).to_string(), "company_7");
        assert_eq!("company_7".parse(), Ok(CompanyId(7)));
        assert_eq!("7".parse(), Ok(CompanyId(7)));
        for bad in ["", "company_", "company_-1", "0", "+7", "webhook_7", "99999999999999999999"] {
            assert!(bad.parse::<CompanyId>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn event_ids_survive_the_round_trip() {
        let id = EventId { company: CompanyId(7), seq: Seq(1024) };
        assert_eq!(id.to_string(), "evt_7_1024");
        assert_eq!("evt_7_1024".parse(), Ok(id));
        for bad in ["evt_7", "evt_7_", "evt__1", "evt_7_0", "evt_7_1_r3", "7_1"] {
            assert!(bad.parse::<EventId>().is_err(), "{bad:?} was accepted");
        }
        assert_eq!("call_7_1024".parse(), Ok(CallId { company: CompanyId(7), seq: Seq(1024) }));
        assert!("evt_7_1024".parse::<CallId>().is_err());
    }
}
