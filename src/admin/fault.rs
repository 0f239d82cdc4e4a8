//! What can be wrong with what a person typed, said per field and in their language.

use serde::Serialize;

use super::place::Place;
use crate::domain::{Lang, Timestamp};
use crate::net::Refusal;
use crate::sources::tellicon::TokenShapeError;
use crate::sources::threecplus::settings::SettingsError;

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
    Time,
    Date,
    Cursor,
    /// A value that its own type does not take, and nothing more is known.
    Other,
}

impl Expected {
    fn text(self, lang: Lang) -> String {
        let words = |pt: &str, en: &str| lang.pick(pt, en).to_owned();
        match self {
            Expected::Text => words("um texto", "a text"),
            Expected::Truth => words("true ou false", "true or false"),
            Expected::Whole { min, max } => lang.pick(
                format!("um número inteiro entre {min} e {max}"),
                format!("a whole number from {min} to {max}"),
            ),
            Expected::Number => words("um número", "a number"),
            Expected::List => words("uma lista", "a list"),
            Expected::Object => words("um objeto", "an object"),
            Expected::Nothing => words("null", "null"),
            Expected::CompanyId => {
                words("o id de uma empresa, como company_7", "a company's id such as company_7")
            }
            Expected::EventId => {
                words("o id de um evento, como evt_7_1024", "an event's id such as evt_7_1024")
            }
            Expected::Time => words(
                "uma data e hora em ISO 8601, como 2024-01-01T00:00:00Z",
                "a date and time in ISO 8601 such as 2024-01-01T00:00:00Z",
            ),
            Expected::Date => words("uma data, como 2024-12-31", "a date such as 2024-12-31"),
            Expected::Cursor => {
                words("o valor “next” de uma página desta lista", "the “next” of a page of this list")
            }
            Expected::Other => words("outro tipo de valor", "another kind of value"),
        }
    }
}

/// Everything that a value can be refused for. The texts say what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    Missing,
    TooLong {
        max: usize,
    },
    ControlCharacters,
    OutOfRange {
        min: i64,
        max: i64,
    },
    NotAUrl,
    UrlScheme {
        allowed: &'static str,
    },
    UrlNotPermitted,
    /// What the guard says of a URL.
    Address {
        refusal: Refusal,
    },
    TokenShape {
        error: TokenShapeError,
    },
    /// What a source's own settings say of it.
    Source {
        error: SettingsError,
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
    /// A line of headers, from 1, in which nothing parts the name from the value.
    HeaderLine {
        line: usize,
    },
    /// An id that consists of digits.
    NotDigits,
    Taken,
    NotOne {
        allowed: String,
    },
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
    PasswordWrong,
    /// Typed twice, in two ways.
    NotTheSame,
    CodeWrong,
    /// There is no such thing, or the caller may not see it.
    NoSuch,
    /// A time that has to be in the future.
    Past,
    /// A day that must not be over.
    DayPast,
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
    /// The same key twice in one object.
    Twice,
    Unknown,
}

impl Fault {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Missing | Fault::NoCompany => "missing",
            Fault::TooLong { .. } => "too_long",
            Fault::ControlCharacters => "control_characters",
            Fault::OutOfRange { .. } => "out_of_range",
            Fault::NotAUrl => "not_a_url",
            Fault::UrlScheme { .. } => "url_scheme",
            Fault::UrlNotPermitted => "url_not_permitted",
            Fault::Address { refusal } => refusal.as_str(),
            Fault::TokenShape { .. } => "token_shape",
            Fault::Source { .. } => "source_settings",
            Fault::EventPattern { .. } => "event_pattern",
            Fault::RulePath { .. } => "rule_path",
            Fault::RuleValueMissing => "rule_value_missing",
            Fault::RuleValueUnordered => "rule_value_unordered",
            Fault::HeaderName { .. } => "header_name",
            Fault::HeaderReserved { .. } => "header_reserved",
            Fault::HeaderLine { .. } => "header_line",
            Fault::NotDigits => "not_digits",
            Fault::Taken => "taken",
            Fault::NotOne { .. } => "not_one_of",
            Fault::NotInThisCompany => "not_in_this_company",
            Fault::EmptyRange => "empty_range",
            Fault::EndBeforeStart => "end_before_start",
            Fault::LoginShape => "login_shape",
            Fault::PasswordShort { .. } => "password_short",
            Fault::PasswordEasy => "password_easy",
            Fault::PasswordWrong => "password_wrong",
            Fault::NotTheSame => "not_the_same",
            Fault::CodeWrong => "code_wrong",
            Fault::NoSuch => "no_such",
            Fault::Past | Fault::DayPast => "past",
            Fault::Malformed { .. } | Fault::NotJson { .. } => "malformed",
            Fault::Unread => "unread",
            Fault::Twice => "twice",
            Fault::Unknown => "unknown_field",
        }
    }

    /// One sentence for people.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::Pt => self.portuguese(),
            Lang::En => self.english(),
        }
    }

    fn portuguese(&self) -> String {
        match self {
            Fault::Missing => "Preencha este campo.".into(),
            Fault::TooLong { max } => format!("Use no máximo {max} caracteres."),
            Fault::ControlCharacters => "Retire quebras de linha e caracteres de controle.".into(),
            Fault::OutOfRange { min, max } => format!("Use um valor entre {min} e {max}."),
            Fault::NotAUrl => {
                "Isto não é uma URL. Exemplo: https://api.minhaempresa.com/webhook".into()
            }
            Fault::UrlScheme { allowed } => format!("A URL deve começar com {allowed}."),
            Fault::UrlNotPermitted => {
                "A URL aponta para um endereço interno. Um administrador pode liberar a rede em [guard] allow.".into()
            }
            Fault::Address { refusal } => sentence(refusal.text().pt_br),
            Fault::TokenShape { error } => error.in_portuguese(),
            Fault::Source { error } => error.in_portuguese(),
            Fault::EventPattern { given } => {
                format!("“{given}” não é um tipo de evento: use o nome exato, um prefixo como “call-*”, ou “*”.")
            }
            Fault::RulePath { given } => {
                format!("“{given}” não é um caminho. Exemplos: “callHistory.status”, “tags[0]”.")
            }
            Fault::RuleValueMissing => "Este operador precisa de um valor.".into(),
            Fault::RuleValueUnordered => {
                "Use um número, uma data ou uma duração. Exemplos: 30, 2024-12-31, 00:01:30".into()
            }
            Fault::HeaderName { given } => format!("“{given}” não é um cabeçalho HTTP válido."),
            Fault::HeaderReserved { given } => format!("O cabeçalho “{given}” é preenchido pelo Ramal."),
            Fault::HeaderLine { line } => format!("Linha {line}: falta “:”. Exemplo: X-Chave: valor"),
            Fault::NotDigits => "Use só números, por exemplo 12345".into(),
            Fault::Taken => "Já está em uso.".into(),
            Fault::NotOne { allowed } => format!("Use um destes: {allowed}."),
            Fault::NotInThisCompany => "Não pertence a esta empresa.".into(),
            Fault::EmptyRange => "Não há eventos neste período.".into(),
            Fault::NoCompany => "Escolha pelo menos uma empresa.".into(),
            Fault::EndBeforeStart => "O fim vem antes do início.".into(),
            Fault::LoginShape => "Use pelo menos 3 caracteres, sem espaços. Exemplo: ana@minhaempresa.com".into(),
            Fault::PasswordShort { min } => format!("Use pelo menos {min} caracteres."),
            Fault::PasswordEasy => "Esta senha se adivinha fácil. Use três ou quatro palavras.".into(),
            Fault::PasswordWrong => "Esta não é a senha atual.".into(),
            Fault::NotTheSame => "As duas não são iguais.".into(),
            Fault::CodeWrong => "Este não é o código.".into(),
            Fault::NoSuch => "Não existe.".into(),
            Fault::Past => "Escolha um momento no futuro.".into(),
            Fault::DayPast => "Esta data já passou.".into(),
            Fault::Malformed { expected } => {
                format!("Valor com formato errado: era esperado {}.", expected.text(Lang::Pt))
            }
            Fault::NotJson { line, column } => {
                format!("Isto não é JSON válido (linha {line}, coluna {column}).")
            }
            Fault::Unread => "O corpo é grande demais, ou não chegou inteiro.".into(),
            Fault::Twice => "Este campo aparece duas vezes.".into(),
            Fault::Unknown => "Este campo não existe.".into(),
        }
    }

    fn english(&self) -> String {
        match self {
            Fault::Missing => "Fill in this field.".into(),
            Fault::TooLong { max } => format!("Use at most {max} characters."),
            Fault::ControlCharacters => "Remove line breaks and control characters.".into(),
            Fault::OutOfRange { min, max } => format!("Use a value from {min} to {max}."),
            Fault::NotAUrl => "This is not a URL. Example: https://api.example.com/webhook".into(),
            Fault::UrlScheme { allowed } => format!("The URL must start with {allowed}."),
            Fault::UrlNotPermitted => {
                "The URL points to an internal address. An administrator can permit the network in [guard] allow."
                    .into()
            }
            Fault::Address { refusal } => sentence(refusal.text().en),
            Fault::TokenShape { error } => sentence(&error.to_string()),
            Fault::Source { error } => sentence(&error.to_string()),
            Fault::EventPattern { given } => {
                format!("“{given}” is not an event type: use the exact name, a prefix such as “call-*”, or “*”.")
            }
            Fault::RulePath { given } => {
                format!("“{given}” is not a path. Examples: “callHistory.status”, “tags[0]”.")
            }
            Fault::RuleValueMissing => "This operator needs a value.".into(),
            Fault::RuleValueUnordered => {
                "Use a number, a date or a duration. Examples: 30, 2024-12-31, 00:01:30".into()
            }
            Fault::HeaderName { given } => format!("“{given}” is not a valid HTTP header."),
            Fault::HeaderReserved { given } => format!("The header “{given}” is set by Ramal."),
            Fault::HeaderLine { line } => format!("Line {line}: a “:” is missing. Example: X-Key: value"),
            Fault::NotDigits => "Use digits only, for example 12345".into(),
            Fault::Taken => "Already in use.".into(),
            Fault::NotOne { allowed } => format!("Use one of: {allowed}."),
            Fault::NotInThisCompany => "Does not belong to this company.".into(),
            Fault::EmptyRange => "There are no events in this range.".into(),
            Fault::NoCompany => "Choose at least one company.".into(),
            Fault::EndBeforeStart => "The end is before the start.".into(),
            Fault::LoginShape => "Use at least 3 characters, without spaces. Example: ana@example.com".into(),
            Fault::PasswordShort { min } => format!("Use at least {min} characters."),
            Fault::PasswordEasy => "This password is easily guessed. Use three or four words.".into(),
            Fault::PasswordWrong => "This is not the current password.".into(),
            Fault::NotTheSame => "The two are not the same.".into(),
            Fault::CodeWrong => "This is not the code.".into(),
            Fault::NoSuch => "Does not exist.".into(),
            Fault::Past => "Choose a time in the future.".into(),
            Fault::DayPast => "This date is over.".into(),
            Fault::Malformed { expected } => {
                format!("Malformed value: expected {}.", expected.text(Lang::En))
            }
            Fault::NotJson { line, column } => {
                format!("This is not valid JSON (line {line}, column {column}).")
            }
            Fault::Unread => "The body is too large, or did not arrive whole.".into(),
            Fault::Twice => "This field stands there twice.".into(),
            Fault::Unknown => "There is no such field.".into(),
        }
    }
}

/// A phrase as a sentence of its own.
fn sentence(phrase: &str) -> String {
    let mut characters = phrase.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
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
    pub fn check<T>(&mut self, place: impl Into<Place>, value: Result<T, Fault>) -> Option<T> {
        value.map_err(|fault| self.add(place, fault)).ok()
    }

    /// `Ok` when nothing was noted.
    pub fn done(self) -> Result<(), Vec<FieldFault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// A fault as it is written to a caller.
#[derive(Debug, Serialize, utoipa::ToSchema)]
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

/// A name that people give: trimmed, not empty, at most 120 characters, on one line.
pub fn name(raw: &str) -> Result<String, Fault> {
    let name = raw.trim();
    match name.chars().count() {
        0 => Err(Fault::Missing),
        length if length > 120 => Err(Fault::TooLong { max: 120 }),
        _ if name.chars().any(char::is_control) => Err(Fault::ControlCharacters),
        _ => Ok(name.to_owned()),
    }
}

/// A number within bounds.
pub fn within<N: Into<i64> + Copy>(value: N, min: i64, max: i64) -> Result<N, Fault> {
    if (min..=max).contains(&value.into()) { Ok(value) } else { Err(Fault::OutOfRange { min, max }) }
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

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  Minha Empresa "), Ok("Minha Empresa".to_owned()));
        assert_eq!(name(" "), Err(Fault::Missing));
        assert_eq!(name("a\nb"), Err(Fault::ControlCharacters));
        assert_eq!(name(&"é".repeat(121)), Err(Fault::TooLong { max: 120 }));
    }

    #[test]
    fn all_faults_are_told_at_once_in_both_languages() {
        let mut faults = Faults::default();
        faults.check("name", name(""));
        faults.check("concurrency", within(0_i32, 1, 512));
        let faults = faults.done().expect_err("two faults");
        let pt: Vec<_> = faults.iter().map(|fault| fault.body(Lang::Pt).message).collect();
        let en: Vec<_> = faults.iter().map(|fault| fault.body(Lang::En).message).collect();
        assert_eq!(pt, ["Preencha este campo.", "Use um valor entre 1 e 512."]);
        assert_eq!(en, ["Fill in this field.", "Use a value from 1 to 512."]);
    }
}
