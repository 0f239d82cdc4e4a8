//! What is wrong with a setting, where it was written, and what would be right.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::domain::{Lang, ValueFault};
use crate::texts::{Message, msg, value_fault};

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Lines count from 1.
    File { path: Arc<Path>, line: usize },
    /// An environment variable, by its name.
    Variable(String),
    /// A variable of a file of variables.
    EnvFile { path: Arc<Path>, line: usize, name: String },
    /// A flag of the command line, as typed.
    Flag(String),
    /// Nowhere: it is missing, and so is the table it belongs to.
    Nowhere,
}

impl Place {
    pub fn line(&self) -> Option<usize> {
        match self {
            Place::File { line, .. } => Some(*line),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, line } => write!(f, "{}:{line}: ", path.display()),
            Place::EnvFile { path, line, name } => write!(f, "{}:{line}: {name}: ", path.display()),
            Place::Variable(name) | Place::Flag(name) => write!(f, "{name}: "),
            Place::Nowhere => Ok(()),
        }
    }
}

/// Why a setting is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The file is not TOML; the text is the parser's and repeats no value.
    Syntax(String),
    /// A line of a file of variables that sets none.
    EnvLine(Message),
    /// A `--set` without `=`.
    NotAnAssignment,
    Unknown {
        nearest: Option<String>,
    },
    /// Another type, or a value that cannot be. `given` is absent where it may be secret.
    Not {
        given: Option<String>,
        expected: Message,
    },
    /// What every way in says of such a value.
    Fault(ValueFault),
    Missing,
    /// Missing, and only wanted because of another setting; the text says why.
    Needed(Message),
    /// `${NAME}`, and there is no such environment variable.
    NoSuchVariable(String),
    /// A `${` without its `}`, or with something else than a name inside.
    BadReference,
    Unreadable {
        path: String,
        error: String,
    },
    /// A folder where a file should be.
    Folder {
        path: String,
    },
    /// The same thing in two ways at once.
    Both {
        other: String,
    },
    /// Two tables of a list with one name.
    Taken(String),
}

/// One refused setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    pub place: Place,
    /// As in the file: `guard.allow`, `company[1].webhook[2].url` (lists count from 1). Empty when the file as a
    /// whole is wrong.
    pub key: String,
    pub reason: Reason,
}

impl SettingsError {
    /// One line for a person.
    pub fn text(&self, lang: Lang) -> String {
        let key = if self.key.is_empty() { String::new() } else { format!("{}: ", self.key) };
        format!("{}{key}{}", self.place, self.reason.message().text(lang))
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Reason {
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let path = path.display().to_string();
        match error.kind() {
            io::ErrorKind::IsADirectory => Reason::Folder { path },
            _ => Reason::Unreadable { path, error: error.to_string() },
        }
    }

    fn message(&self) -> Message {
        match self {
            Reason::Syntax(text) => msg("setting-syntax").with("text", text),
            Reason::EnvLine(message) => message.clone(),
            Reason::NotAnAssignment => msg("setting-assignment"),
            Reason::Unknown { nearest: None } => msg("setting-unknown"),
            Reason::Unknown { nearest: Some(name) } => msg("setting-unknown-nearest").with("name", name),
            Reason::Not { given: Some(given), expected } => {
                msg("setting-not").with("given", given).with("expected", expected.clone())
            }
            Reason::Not { given: None, expected } => {
                msg("setting-value-not").with("expected", expected.clone())
            }
            Reason::Fault(fault) => value_fault(fault),
            Reason::Missing => msg("setting-missing"),
            Reason::Needed(why) => msg("setting-needed").with("why", why.clone()),
            Reason::NoSuchVariable(name) => msg("setting-no-variable").with("name", name),
            Reason::BadReference => msg("setting-reference"),
            Reason::Unreadable { path, error } => {
                msg("setting-unreadable").with("path", path).with("error", error)
            }
            Reason::Folder { path } => msg("setting-folder").with("path", path),
            Reason::Both { other } => msg("setting-both").with("other", other),
            Reason::Taken(name) => msg("setting-taken").with("name", name),
        }
    }
}

/// Everything that was refused, by line, then by the rest: a person mends all of it at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text(Lang::En))]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl SettingsErrors {
    pub fn text(&self, lang: Lang) -> String {
        self.0.iter().map(|error| error.text(lang)).collect::<Vec<_>>().join("\n")
    }
}
