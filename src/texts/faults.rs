//! What is wrong with a value, in words: each says what would be right.

use super::{Message, msg};
use crate::domain::ValueFault;

/// A sentence for people.
pub fn value_fault(fault: &ValueFault) -> Message {
    match fault {
        ValueFault::Missing => msg("fault-missing"),
        ValueFault::TooLong { max } => msg("fault-too-long").with("max", max.to_string()),
        ValueFault::ControlCharacters => msg("fault-control-characters"),
        ValueFault::OutOfRange { min, max } => {
            msg("fault-out-of-range").with("min", min.to_string()).with("max", max.to_string())
        }
        ValueFault::TooMany { max } => msg("fault-too-many").with("max", max.to_string()),
        ValueFault::EventPattern { given } => msg("fault-event-pattern").with("given", given),
        ValueFault::RulePath { given } => msg("fault-rule-path").with("given", given),
        ValueFault::RuleValueMissing => msg("fault-rule-value-missing"),
        ValueFault::RuleValueUnordered => msg("fault-rule-value-unordered"),
        ValueFault::HeaderName { given } => msg("fault-header-name").with("given", given),
        ValueFault::HeaderReserved { given } => msg("fault-header-reserved").with("given", given),
        ValueFault::NotOne { allowed } => msg("fault-not-one").with("allowed", allowed),
        ValueFault::NotKeys => msg("fault-not-keys"),
        ValueFault::NotAPhone => msg("fault-not-a-phone"),
        ValueFault::NotACpf => msg("fault-not-a-cpf"),
        ValueFault::NotAnEmail => msg("fault-not-an-email"),
        ValueFault::NotAChat => msg("fault-not-a-chat"),
        ValueFault::NotABotToken => msg("fault-not-a-bot-token"),
        ValueFault::Twice => msg("fault-twice"),
    }
}
