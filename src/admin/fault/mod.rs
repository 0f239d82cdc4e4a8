//! What can be wrong with what a person typed, said per field and in their language.

mod text;

use serde::Serialize;

use super::place::Place;
use crate::domain::bounds::Name;
use crate::domain::{AddressError, Lang, Timestamp, ValueFault};
use crate::net::Refusal;
use crate::secrets::{CredentialError, LONGEST_CREDENTIAL};
use crate::sources::settings::SettingFault;
use crate::texts::Message;

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field as the caller names it, with a path into lists and maps: `rules.call-history-was-created[0].path`.
    pub field: String,
    /// The same as a JSON pointer (RFC 6901): `/rules/call-history-was-created/0/path`; empty is the whole.
    pub pointer: String,
    pub fault: Fault,
}

impl FieldFault {
    pub fn new(place: impl Into<Place>, fault: Fault) -> Self {
        let (field, pointer) = place.into().told();
        Self { field, pointer, fault }
    }
}

/// What a value of the wrong kind should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Text,
    Truth,
    Whole {
        min: i128,
        max: i128,
    },
    Number,
    List,
    Object,
    Nothing,
    CompanyId,
    EventId,
    WebhookOrAny,
    Time,
    /// A time of the day: `22:00`.
    Clock,
    Date,
    Cursor,
    /// A value that its own type does not take, and nothing more is known.
    Other,
}

/// Everything that a value can be refused for. The texts say what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// What is wrong with a value whichever way it comes.
    Value(ValueFault),
    NotAUrl,
    UrlScheme {
        allowed: &'static str,
    },
    UrlNotPermitted,
    /// What the guard says of a URL.
    Address {
        refusal: Refusal,
    },
    /// What a provider says of a source's setting, in its own words.
    Setting {
        code: &'static str,
        message: Message,
    },
    /// A token, secret or header that could not be used.
    Credential {
        error: CredentialError,
    },
    /// What is stored does not go along to another server.
    SecretAgain,
    /// A part of the address that is hidden, and that nothing is stored for.
    Hidden {
        key: String,
    },
    /// A line of headers, from 1, in which nothing parts the name from the value.
    HeaderLine {
        line: usize,
    },
    /// An id that consists of digits.
    NotDigits,
    Taken,
    NotInThisCompany,
    /// A choice of companies without any.
    NoCompany,
    /// From one event or time to an earlier one.
    EndBeforeStart,
    /// From one event or time to another, with no event between them.
    EmptyRange,
    LoginShape,
    PasswordShort {
        min: usize,
    },
    PasswordEasy,
    /// It contains the login.
    PasswordHoldsLogin,
    PasswordWrong,
    /// Typed twice, in two ways.
    NotTheSame,
    CodeWrong,
    /// The code of the first run, too late.
    CodeOver,
    /// There is no such thing, or the caller may not see it.
    NoSuch,
    /// A time that has to be in the future.
    Past,
    /// A day that must not be over.
    DayPast,
    /// An event type that fits none that is known, and what may be meant.
    UnknownType {
        given: String,
        meant: Vec<String>,
    },
    /// A value of the wrong kind.
    Malformed {
        expected: Expected,
    },
    /// Not JSON; where that shows, both from 1.
    NotJson {
        line: usize,
        column: usize,
    },
    /// The body could not be read to its end, or is too large.
    Unread,
    /// More members and items in all than any input has.
    TooManyParts {
        max: usize,
    },
    /// Objects and lists in one another, deeper than any input.
    TooDeep {
        max: usize,
    },
    Unknown,
}

impl Fault {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Value(fault) => fault.code(),
            Fault::NoCompany => "missing",
            Fault::TooManyParts { .. } => "too_many",
            Fault::NotAUrl => "not_a_url",
            Fault::UrlScheme { .. } => "url_scheme",
            Fault::UrlNotPermitted => "url_not_permitted",
            Fault::Address { refusal } => refusal.as_str(),
            Fault::Setting { code, .. } => code,
            Fault::Credential { .. } => "secret_shape",
            Fault::SecretAgain => "secret_again",
            Fault::Hidden { .. } => "hidden",
            Fault::HeaderLine { .. } => "header_line",
            Fault::NotDigits => "not_digits",
            Fault::Taken => "taken",
            Fault::NotInThisCompany => "not_in_this_company",
            Fault::EmptyRange => "empty_range",
            Fault::EndBeforeStart => "end_before_start",
            Fault::LoginShape => "login_shape",
            Fault::PasswordShort { .. } => "password_short",
            Fault::PasswordEasy => "password_easy",
            Fault::PasswordHoldsLogin => "password_holds_login",
            Fault::PasswordWrong => "password_wrong",
            Fault::NotTheSame => "not_the_same",
            Fault::CodeWrong => "code_wrong",
            Fault::CodeOver => "code_over",
            Fault::NoSuch => "no_such",
            Fault::Past | Fault::DayPast => "past",
            Fault::UnknownType { .. } => "unknown_event_type",
            Fault::Malformed { .. } | Fault::NotJson { .. } => "malformed",
            Fault::Unread => "unread",
            Fault::TooDeep { .. } => "too_deep",
            Fault::Unknown => "unknown_field",
        }
    }
}

impl From<CredentialError> for Fault {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Empty => Fault::Value(ValueFault::Missing),
            CredentialError::TooLong => Fault::Value(ValueFault::TooLong { max: LONGEST_CREDENTIAL }),
            CredentialError::Control => Fault::Value(ValueFault::ControlCharacters),
            error => Fault::Credential { error },
        }
    }
}

impl From<AddressError> for Fault {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::Empty => Fault::Value(ValueFault::Missing),
            AddressError::TooLong { max } => Fault::Value(ValueFault::TooLong { max }),
            AddressError::NotAUrl => Fault::NotAUrl,
            AddressError::Scheme => Fault::UrlScheme { allowed: "http:// / https://" },
            AddressError::UserInfo => Fault::Address { refusal: Refusal::UserInfo },
            AddressError::Hidden { key } => Fault::Hidden { key },
        }
    }
}

/// Gathers faults, so that a form hears of all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    pub fn add(&mut self, place: impl Into<Place>, fault: Fault) {
        self.0.push(FieldFault::new(place, fault));
    }

    pub fn extend(&mut self, faults: Vec<FieldFault>) {
        self.0.extend(faults);
    }

    /// The value, or a note of what is wrong with it.
    pub fn check<T>(&mut self, place: impl Into<Place>, value: Result<T, impl Into<Fault>>) -> Option<T> {
        value.map_err(|fault| self.add(place, fault.into())).ok()
    }

    /// Changes `target` to a value that is right; of any other the fault is noted, and `target` stays.
    pub fn set<T>(&mut self, target: &mut T, place: impl Into<Place>, value: Result<T, impl Into<Fault>>) {
        if let Some(value) = self.check(place, value) {
            *target = value;
        }
    }

    /// `Ok` when nothing was noted.
    pub fn done(self) -> Result<(), Vec<FieldFault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

impl From<Faults> for Vec<FieldFault> {
    fn from(faults: Faults) -> Self {
        faults.0
    }
}

/// A fault as it is written to a caller.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FaultBody {
    /// The field that is wrong: `rules.call-started[0].path`.
    pub field: String,
    /// The same as a JSON pointer: `/rules/call-started/0/path`. In a query it points to the parameter.
    pub pointer: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people, in the caller's language.
    pub message: String,
}

impl FieldFault {
    pub fn body(&self, lang: Lang) -> FaultBody {
        FaultBody {
            field: self.field.clone(),
            pointer: self.pointer.clone(),
            code: self.fault.code(),
            message: self.fault.text(lang),
        }
    }
}

/// A name that people give.
pub fn name(raw: &str) -> Result<String, Fault> {
    Ok(Name::check(raw)?)
}

impl From<ValueFault> for Fault {
    fn from(fault: ValueFault) -> Self {
        Fault::Value(fault)
    }
}

impl From<SettingFault> for Fault {
    fn from(fault: SettingFault) -> Self {
        match fault {
            SettingFault::Value(fault) => fault.into(),
            SettingFault::NotDigits => Fault::NotDigits,
            SettingFault::Address(fault) => fault.into(),
            SettingFault::NotADay => Fault::Malformed { expected: Expected::Date },
            SettingFault::DayPast => Fault::DayPast,
            SettingFault::SecretAgain => Fault::SecretAgain,
            SettingFault::Own { code, message } => Fault::Setting { code, message },
        }
    }
}

/// A moment in ISO 8601.
pub fn time(text: &str) -> Result<Timestamp, Fault> {
    let parsed = text.trim().parse::<jiff::Timestamp>();
    let time = parsed.map_err(|_| Fault::Malformed { expected: Expected::Time })?;
    Ok(Timestamp(time.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::webhook::Concurrency;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  Minha Empresa "), Ok("Minha Empresa".to_owned()));
        assert_eq!(name(" "), Err(Fault::Value(ValueFault::Missing)));
        assert_eq!(name("a\nb"), Err(Fault::Value(ValueFault::ControlCharacters)));
        assert_eq!(name("Empresa\u{202e}gnp.exe"), Err(Fault::Value(ValueFault::ControlCharacters)));
        assert_eq!(name("شركة"), Ok("شركة".to_owned()));
        assert_eq!(name(&"é".repeat(121)), Err(Fault::Value(ValueFault::TooLong { max: 120 })));
    }

    #[test]
    fn all_faults_are_told_at_once_in_both_languages() {
        let mut faults = Faults::default();
        faults.check("name", name(""));
        faults.check("concurrency", Concurrency::check(0_i32));
        let faults = faults.done().expect_err("two faults");
        let pt: Vec<_> = faults.iter().map(|fault| fault.body(Lang::Pt).message).collect();
        let en: Vec<_> = faults.iter().map(|fault| fault.body(Lang::En).message).collect();
        assert_eq!(pt, ["Preencha este campo.", "Use um valor entre 1 e 512."]);
        assert_eq!(en, ["Fill in this field.", "Use a value from 1 to 512."]);
    }
}
