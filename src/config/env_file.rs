//! `.env` in the working directory: variables for a program that is started by hand, as a development set-up keeps them. It is the
//! lowest layer of variables: one that is set anywhere else wins.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::error::{Place, Reason, SettingsError, SettingsErrors};
use crate::texts::{Message, msg};

/// Where it is looked for.
pub const ENV_FILE: &str = ".env";

/// What stands in it.
#[derive(Debug, Clone)]
pub struct EnvFile {
    pub path: Arc<Path>,
    /// By name; of equal names the last one counts.
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone)]
struct Variable {
    /// Lines count from 1.
    line: usize,
    value: String,
}

/// Values may be secrets.
impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)
    }
}

impl EnvFile {
    /// Reads it; `None` when there is none.
    pub(super) fn load(read: &dyn Fn(&Path) -> io::Result<String>) -> Result<Option<Self>, SettingsErrors> {
        let path = Path::new(ENV_FILE);
        match read(path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let reason = Reason::unreadable(path, &error);
                Err(SettingsErrors(vec![SettingsError { place: Place::Nowhere, key: String::new(), reason }]))
            }
        }
    }

    /// How many variables it sets.
    pub fn len(&self) -> usize {
        self.variables.len()
    }

    pub fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// The environment over what stands here, an empty variable counting as not set; and on which lines those stand that count.
    pub(super) fn under(
        &self,
        env: &BTreeMap<String, String>,
    ) -> (BTreeMap<String, String>, BTreeMap<String, Place>) {
        let (mut all, mut places) = (env.clone(), BTreeMap::new());
        for (name, variable) in &self.variables {
            if env.get(name).is_none_or(String::is_empty) {
                all.insert(name.clone(), variable.value.clone());
                let (path, line) = (Arc::clone(&self.path), variable.line);
                places.insert(name.clone(), Place::EnvFile { path, line, name: name.clone() });
            }
        }
        (all, places)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsErrors> {
        let path: Arc<Path> = path.into();
        let (mut variables, mut errors) = (BTreeMap::new(), Vec::new());
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut line = 1;
        while !rest.is_empty() {
            let (statement, length) = statement(rest);
            match statement {
                Ok(None) => {}
                Ok(Some((name, value))) => drop(variables.insert(name.to_owned(), Variable { line, value })),
                Err(message) => {
                    let (place, key) = (Place::File { path: Arc::clone(&path), line }, String::new());
                    errors.push(SettingsError { place, key, reason: Reason::EnvLine(message) });
                }
            }
            line += rest[..length].matches('\n').count();
            rest = &rest[length..];
        }
        if errors.is_empty() { Ok(Self { path, variables }) } else { Err(SettingsErrors(errors)) }
    }
}

/// A name with its value; `None` for a line that says nothing.
type Statement<'t> = Option<(&'t str, String)>;

/// What stands at the beginning of a text, and its length with the end of its last line. What is wrong with it is told without its
/// value.
fn statement(text: &str) -> (Result<Statement<'_>, Message>, usize) {
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |at| from + at + 1);
    let first = &text[..line_end(0)];
    if first.trim().is_empty() || first.trim_start().starts_with('#') {
        return (Ok(None), first.len());
    }
    let Some((name, value)) = first.split_once('=') else {
        return (Err(msg("setting-env-line")), first.len());
    };
    let name = name.trim();
    let name = name.strip_prefix("export ").map_or(name, str::trim_start);
    if !is_name(name) {
        return (Err(msg("setting-env-line")), first.len());
    }
    let start = first.len() - value.trim_start_matches([' ', '\t']).len();
    let Some(quote @ ('"' | '\'' | '`')) = text[start..].chars().next() else {
        return (Ok(Some((name, plain(value)))), first.len());
    };
    let inside = &text[start + 1..];
    let Some(close) = closing(inside, quote) else { return (Err(msg("setting-env-quote")), first.len()) };
    let end = line_end(start + close + 2);
    let behind = text[start + close + 2..end].trim();
    if !behind.is_empty() && !behind.starts_with('#') {
        return (Err(msg("setting-env-behind")), end);
    }
    let value = if quote == '"' { unescaped(&inside[..close]) } else { inside[..close].to_owned() };
    (Ok(Some((name, value))), end)
}

fn is_name(name: &str) -> bool {
    let may_begin = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    name.as_bytes().first().is_some_and(may_begin)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// A value without quotes ends with its line, or before a `#` that follows a space.
fn plain(value: &str) -> String {
    let comment = value.char_indices().find(|(at, letter)| {
        *letter == '#' && value[..*at].chars().next_back().is_none_or(char::is_whitespace)
    });
    value[..comment.map_or(value.len(), |(at, _)| at)].trim().to_owned()
}

/// Where a quoted value ends; in double quotes a backslash takes the next letter along.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return Some(at);
        }
        if letter == '\\' && quote == '"' {
            letters.next();
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some(own @ ('"' | '\\' | '$')) => plain.push(own),
            other => {
                plain.push('\\');
                plain.extend(other);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    fn parsed(text: &str) -> EnvFile {
        EnvFile::parse(Path::new(ENV_FILE), text).unwrap_or_else(|errors| panic!("{}", errors.text(Lang::En)))
    }

    fn value(text: &str) -> String {
        parsed(text).variables.remove("A").expect("it is set").value
    }

    #[test]
    fn values_are_read_as_programs_of_the_kind_read_them() {
        for (line, meant) in [
            ("A=1", "1"),
            ("export A = a b # c\r\n", "a b"),
            ("A=a#b", "a#b"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A='a # ${b} \\n'", "a # ${b} \\n"),
            ("A=\"a \\\"b\\\"\\n\\$c \\d\" # e", "a \"b\"\n$c \\d"),
            ("A=\"first\nsecond\"\nB=2", "first\nsecond"),
            ("A=`it's`", "it's"),
            ("\u{feff}A=1", "1"),
            ("A=1\nA=2", "2"),
        ] {
            assert_eq!(value(line), meant, "{line}");
        }
        assert_eq!(parsed("\n# A=1\n   \n").len(), 0);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_without_its_value() {
        let text = "A=1\nB=\"x\ny\"\nsegredo\n1X=s3nh4\nC=\"s3nh4\nD='a' s3nh4\n";
        let errors = EnvFile::parse(Path::new(ENV_FILE), text).expect_err("three are wrong");
        let places: Vec<_> = errors.0.iter().map(|error| error.place.line()).collect();
        assert_eq!(places, [Some(4), Some(5), Some(6), Some(7)]);
        let told = errors.text(Lang::En);
        assert!(told.contains(".env:4: ") && !told.contains("s3nh4") && !told.contains("segredo"), "{told}");
        assert!(!format!("{:?}", parsed("A=s3nh4")).contains("s3nh4"));
    }

    #[test]
    fn a_variable_that_is_set_wins_and_an_empty_one_is_not_set() {
        let env = [("A", "of the environment"), ("B", "")].map(|(name, value)| (name.into(), value.into()));
        let (all, places) = parsed("A=1\nB=2\nC=3").under(&env.into());
        assert_eq!([&*all["A"], &*all["B"], &*all["C"]], ["of the environment", "2", "3"]);
        assert_eq!(places.keys().collect::<Vec<_>>(), ["B", "C"]);
    }
}
