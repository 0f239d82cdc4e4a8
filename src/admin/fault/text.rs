//! What is wrong, in words: each fault says what would be right.

use super::{Expected, Fault};
use crate::domain::Lang;
use crate::texts::{Message, msg, sentence, value_fault};

impl Fault {
    /// One sentence for people.
    pub fn text(&self, lang: Lang) -> String {
        let text = self.message().text(lang);
        match self {
            // Elsewhere they stand inside a sentence.
            Fault::Address { .. } | Fault::Credential { .. } => sentence(&text),
            _ => text,
        }
    }

    fn message(&self) -> Message {
        match self {
            Fault::Value(fault) => value_fault(fault),
            Fault::NotAUrl => msg("fault-not-a-url"),
            Fault::UrlScheme { allowed } => msg("fault-url-scheme").with("allowed", allowed),
            Fault::UrlNotPermitted => msg("fault-url-not-permitted"),
            Fault::SecretAgain => msg("fault-secret-again"),
            Fault::Hidden { key } if key.is_empty() => msg("fault-hidden-nothing"),
            Fault::Hidden { key } => msg("fault-hidden").with("key", key),
            Fault::HeaderLine { line } => msg("fault-header-line").with("line", line.to_string()),
            Fault::NotDigits => msg("fault-not-digits"),
            Fault::Taken => msg("fault-taken"),
            Fault::NotInThisCompany => msg("fault-not-in-this-company"),
            Fault::EmptyRange => msg("fault-empty-range"),
            Fault::NoCompany => msg("fault-no-company"),
            Fault::EndBeforeStart => msg("fault-end-before-start"),
            Fault::LoginShape => msg("fault-login-shape"),
            Fault::PasswordShort { min } => msg("fault-password-short").with("min", min.to_string()),
            Fault::PasswordEasy => msg("fault-password-easy"),
            Fault::PasswordHoldsLogin => msg("fault-password-holds-login"),
            Fault::PasswordWrong => msg("fault-password-wrong"),
            Fault::NotTheSame => msg("fault-not-the-same"),
            Fault::CodeWrong => msg("fault-code-wrong"),
            Fault::CodeOver => msg("fault-code-over"),
            Fault::NoSuch => msg("fault-no-such"),
            Fault::Past => msg("fault-past"),
            Fault::DayPast => msg("fault-day-past"),
            Fault::UnknownType { given, meant } => unknown_type(given, meant),
            Fault::NotJson { line, column } => {
                msg("fault-not-json").with("line", line.to_string()).with("column", column.to_string())
            }
            Fault::Unread => msg("fault-unread"),
            Fault::TooManyParts { max } => msg("fault-too-many-parts").with("max", max.to_string()),
            Fault::TooDeep { max } => msg("fault-too-deep").with("max", max.to_string()),
            Fault::Unknown => msg("fault-unknown"),
            Fault::Address { refusal } => refusal.message(),
            Fault::Credential { error } => error.message(),
            Fault::Setting { message, .. } => message.clone(),
            Fault::Malformed { expected } => msg("fault-malformed").with("expected", expected.message()),
        }
    }
}

/// That nothing known fits, and what may be meant.
fn unknown_type(given: &str, meant: &[String]) -> Message {
    let kind = match (given.ends_with('*'), meant) {
        (true, []) => "prefix",
        (false, []) => "name",
        (true, [_]) => "prefix-meant",
        (false, [_]) => "name-meant",
        (_, _) => "several",
    };
    let given = given.trim_end_matches('*');
    msg("fault-unknown-type").with("kind", kind).with("given", given).with("meant", meant.join(", "))
}

impl Expected {
    fn message(self) -> Message {
        match self {
            Expected::Text => msg("expected-text"),
            Expected::Truth => msg("expected-truth"),
            Expected::Whole { min, max } => {
                msg("expected-whole").with("min", min.to_string()).with("max", max.to_string())
            }
            Expected::Number => msg("expected-number"),
            Expected::List => msg("expected-list"),
            Expected::Object => msg("expected-object"),
            Expected::Nothing => msg("expected-nothing"),
            Expected::CompanyId => msg("expected-company-id"),
            Expected::EventId => msg("expected-event-id"),
            Expected::WebhookOrAny => msg("expected-webhook-or-any"),
            Expected::Time => msg("expected-time"),
            Expected::Clock => msg("expected-clock"),
            Expected::Date => msg("expected-date"),
            Expected::Cursor => msg("expected-cursor"),
            Expected::Other => msg("expected-other"),
        }
    }
}
