//! What is said to people, in their language: the catalogue under `locales/`, embedded in the program.
//!
//! What must always hold here: every sentence that a person may read (a page, an API's problem, a refused setting, a line of
//! the log, the command line) stands once in `locales/pt-BR/` and once in `locales/en/`, under the same key, with the same
//! arguments and the same cases. Nothing asks for a key that is not there, and no key is there that nothing asks for; each
//! is given exactly the arguments its text needs. `tests/suite/texts.rs` reads the catalogue, the templates and the sources
//! and fails otherwise, so keys are written out in full wherever they are asked for. A choice among words is the catalogue's
//! own (`role = { $role -> [reader] leitura … }`), never a key put together in code.
//!
//! How it works: whoever knows what is to be said makes a [`Message`] with [`msg`] and [`Message::with`]; whoever knows who
//! reads it writes it with [`Message::text`]. [`say`] is the short form of both where the language is known. Of a file of
//! the catalogue that nobody asks a text of in a language, nothing is parsed. Numbers in texts are written as the language
//! writes them; one that is not counted (a port, a line of a file) is given as words.
//!
//! To add a sentence: put it under a new key into a file of `locales/pt-BR/` and the file of the same name in `locales/en/`
//! (a new file is named in `catalogue.rs`; what a provider says stands in a file of its own), and ask for it.

mod catalogue;
mod dates;
mod faults;
mod message;
mod numbers;
mod spans;

pub use catalogue::FILES;
pub use dates::{day_and_month, day_and_time, full_day, to_the_millisecond};
pub use faults::value_fault;
pub use message::{Message, Saying, Tenths, msg, say};
pub use numbers::{decimal, tenths, whole};
pub use spans::span;

/// A phrase as a sentence of its own.
pub fn sentence(phrase: &str) -> String {
    let mut characters = phrase.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
