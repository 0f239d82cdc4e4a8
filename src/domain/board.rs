//! What people say of a company's board on the wall.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ValueFault;
use super::bounds::{Line, Whole};

/// What a command at a door is called.
pub type CommandName = Line<40>;
/// Seconds after which somebody has waited for long.
pub type LateAfter = Whole<5, 3_600>;

/// Names that a company may give.
pub const MOST_COMMANDS: usize = 50;
/// Keys of one command.
const MOST_KEYS: usize = 16;
/// What a company that has said nothing is shown by.
const USUALLY_LATE: Duration = Duration::from_mins(1);

/// See the module. The version 0 is that of a company of which nobody has said anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardSettings {
    /// The names of what is pressed at a door: a command without one is shown as it is.
    pub commands: BTreeMap<String, String>,
    pub late_after: Duration,
    pub version: i64,
}

impl Default for BoardSettings {
    fn default() -> Self {
        Self { commands: BTreeMap::new(), late_after: USUALLY_LATE, version: 0 }
    }
}

impl BoardSettings {
    /// What a person has called these keys.
    pub fn name(&self, keys: &str) -> Option<&str> {
        self.commands.get(keys).map(String::as_str)
    }
}

/// The keys of a command as they are pressed, without spaces and in capitals.
pub fn command(raw: &str) -> Result<String, ValueFault> {
    let keys: String = raw.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let is_key = |c: char| c.is_ascii_digit() || matches!(c, 'A'..='D' | '*' | '#');
    match keys.chars().count() {
        0 => Err(ValueFault::Missing),
        1..=MOST_KEYS if keys.chars().all(is_key) => Ok(keys),
        _ => Err(ValueFault::NotKeys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_what_a_telephone_has_keys_for() {
        for (raw, keys) in [("*2", "*2"), (" # 0 ", "#0"), ("*a1", "*A1")] {
            assert_eq!(command(raw), Ok(keys.to_owned()));
        }
        assert_eq!(command(" "), Err(ValueFault::Missing));
        for wrong in ["*e", "portão", "1234567890123456*", "*2\0"] {
            assert_eq!(command(wrong), Err(ValueFault::NotKeys), "{wrong:?}");
        }
    }

    #[test]
    fn a_command_without_a_name_has_none() {
        let commands = [("*2".to_owned(), "Portão 2".to_owned())].into();
        let settings = BoardSettings { commands, ..BoardSettings::default() };
        assert_eq!((settings.name("*2"), settings.name("*3")), (Some("Portão 2"), None));
    }
}
