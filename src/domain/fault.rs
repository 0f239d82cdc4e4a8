//! What can be wrong with a value, whichever way it came. What people are told of it stands in the catalogue of texts.

use super::LineFault;

/// Why a field cannot hold what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueFault {
    Missing,
    TooLong {
        max: usize,
    },
    /// A list with more than so many.
    TooMany {
        max: usize,
    },
    ControlCharacters,
    OutOfRange {
        min: i64,
        max: i64,
    },
    EventPattern {
        given: String,
    },
    RulePath {
        given: String,
    },
    RuleValueMissing,
    /// What is smaller or greater than a word depends on its letters, which nobody means.
    RuleValueUnordered,
    HeaderName {
        given: String,
    },
    HeaderReserved {
        given: String,
    },
    /// No digits, or letters among them.
    NotAPhone,
    /// Its last two digits do not fit the others.
    NotACpf,
    /// What no telephone has keys for.
    NotKeys,
    NotAnEmail,
    /// No chat of Telegram.
    NotAChat,
    /// No token of a robot of Telegram.
    NotABotToken,
    /// The same key twice in one object.
    Twice,
    NotOne {
        allowed: String,
    },
}

impl ValueFault {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ValueFault::Missing => "missing",
            ValueFault::TooLong { .. } => "too_long",
            ValueFault::TooMany { .. } => "too_many",
            ValueFault::ControlCharacters => "control_characters",
            ValueFault::OutOfRange { .. } => "out_of_range",
            ValueFault::EventPattern { .. } => "event_pattern",
            ValueFault::RulePath { .. } => "rule_path",
            ValueFault::RuleValueMissing => "rule_value_missing",
            ValueFault::RuleValueUnordered => "rule_value_unordered",
            ValueFault::HeaderName { .. } => "header_name",
            ValueFault::HeaderReserved { .. } => "header_reserved",
            ValueFault::NotAPhone => "not_a_phone",
            ValueFault::NotACpf => "not_a_cpf",
            ValueFault::NotKeys => "not_keys",
            ValueFault::NotAnEmail => "not_an_email",
            ValueFault::NotAChat => "not_a_chat",
            ValueFault::NotABotToken => "not_a_bot_token",
            ValueFault::Twice => "twice",
            ValueFault::NotOne { .. } => "not_one_of",
        }
    }
}

impl From<LineFault> for ValueFault {
    fn from(fault: LineFault) -> Self {
        match fault {
            LineFault::Missing => ValueFault::Missing,
            LineFault::TooLong { max } => ValueFault::TooLong { max },
            LineFault::ControlCharacters => ValueFault::ControlCharacters,
        }
    }
}

/// What was given, as far as a refusal repeats it.
pub(super) fn repeated(given: &str) -> String {
    given.chars().take(80).collect()
}
