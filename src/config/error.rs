//! What is wrong with a setting, where it was written, and what would be right.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::domain::Lang;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Lines count from 1.
    File { path: Arc<Path>, line: usize },
    /// An environment variable, by its name.
    Variable(String),
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
            Place::Variable(name) | Place::Flag(name) => write!(f, "{name}: "),
            Place::Nowhere => Ok(()),
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub pt: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Said {
    pub fn new(pt: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { pt: pt.into(), en: en.into() }
    }
}

/// Why a setting is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The file is not TOML; the text is the parser's and repeats no value.
    Syntax(String),
    /// A `--set` without `=`.
    NotAnAssignment,
    Unknown {
        nearest: Option<String>,
    },
    /// Another type, or a value that cannot be. `given` is absent where it may be secret.
    Not {
        given: Option<String>,
        expected: Said,
    },
    Missing,
    /// Missing, and only wanted because of another setting; the text says why.
    Needed(Said),
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
        let why = match lang {
            Lang::Pt => self.reason.portuguese(),
            Lang::En => self.reason.english(),
        };
        format!("{}{key}{why}", self.place)
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

    fn english(&self) -> String {
        match self {
            Reason::Syntax(text) => format!("not valid TOML: {text}"),
            Reason::NotAnAssignment => "write it as KEY=VALUE".to_owned(),
            Reason::Unknown { nearest: None } => "there is no such setting".to_owned(),
            Reason::Unknown { nearest: Some(name) } => {
                format!("there is no such setting; did you mean `{name}`?")
            }
            Reason::Not { given: Some(given), expected } => format!("{given} is not {}", expected.en),
            Reason::Not { given: None, expected } => format!("the value is not {}", expected.en),
            Reason::Missing => "is missing".to_owned(),
            Reason::Needed(why) => format!("is missing ({})", why.en),
            Reason::NoSuchVariable(name) => format!("the environment variable {name} is not set"),
            Reason::BadReference => "write a reference as ${NAME}, and a literal `${` as `$${`".to_owned(),
            Reason::Unreadable { path, error } => format!("cannot read {path}: {error}"),
            Reason::Folder { path } => format!(
                "cannot read {path}: it is a folder, not a file (Docker makes one where the file to be mounted is missing)"
            ),
            Reason::Both { other } => format!("`{other}` says the same; keep one of the two"),
            Reason::Taken(name) => format!("the name \"{name}\" is already taken above"),
        }
    }

    fn portuguese(&self) -> String {
        match self {
            Reason::Syntax(text) => format!("não é TOML válido: {text}"),
            Reason::NotAnAssignment => "escreva CHAVE=VALOR".to_owned(),
            Reason::Unknown { nearest: None } => "esta configuração não existe".to_owned(),
            Reason::Unknown { nearest: Some(name) } => {
                format!("esta configuração não existe; seria `{name}`?")
            }
            Reason::Not { given: Some(given), expected } => format!("{given} não é {}", expected.pt),
            Reason::Not { given: None, expected } => format!("o valor não é {}", expected.pt),
            Reason::Missing => "falta preencher".to_owned(),
            Reason::Needed(why) => format!("falta preencher ({})", why.pt),
            Reason::NoSuchVariable(name) => format!("a variável de ambiente {name} não está definida"),
            Reason::BadReference => {
                "escreva uma referência como ${NOME}, e um `${` literal como `$${`".to_owned()
            }
            Reason::Unreadable { path, error } => format!("não foi possível ler {path}: {error}"),
            Reason::Folder { path } => format!(
                "não foi possível ler {path}: é uma pasta, não um arquivo (o Docker cria uma quando falta o arquivo a montar)"
            ),
            Reason::Both { other } => format!("`{other}` diz o mesmo; mantenha só um dos dois"),
            Reason::Taken(name) => format!("o nome \"{name}\" já foi usado acima"),
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
