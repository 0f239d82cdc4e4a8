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

/// Whether a character makes what follows it run the other way, so that a text reads as another (`gnp.exe` as `exe.png`).
/// Scripts that run that way need none of these: their letters say so.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Trimmed, not empty, at most so many characters, on one line. What was given is counted, the spaces around it included.
pub fn line(raw: &str, max: usize) -> Result<String, LineFault> {
    let name = raw.trim();
    match raw.chars().count() {
        _ if name.is_empty() => Err(LineFault::Missing),
        length if length > max => Err(LineFault::TooLong { max }),
        _ if name.chars().any(|c| c.is_control() || turns(c)) => Err(LineFault::ControlCharacters),
        _ => Ok(name.to_owned()),
    }
}
