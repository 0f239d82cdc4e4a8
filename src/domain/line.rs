//! Texts that people give on one line: names, ids of other systems.

/// Why a text is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFault {
    Missing,
    TooLong { max: usize },
    ControlCharacters,
}

/// What people call something has at most so many characters.
pub const LONGEST_NAME: usize = 120;

/// Trimmed, not empty, at most so many characters, on one line. What was given is counted, the spaces around it included.
pub fn line(raw: &str, max: usize) -> Result<String, LineFault> {
    let name = raw.trim();
    match raw.chars().count() {
        _ if name.is_empty() => Err(LineFault::Missing),
        length if length > max => Err(LineFault::TooLong { max }),
        _ if name.chars().any(char::is_control) => Err(LineFault::ControlCharacters),
        _ => Ok(name.to_owned()),
    }
}
