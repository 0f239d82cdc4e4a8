//! How a board on the wall shows the calls of a provider.

use crate::domain::Key;
use crate::domain::call::{Call, CallState, Direction};
use crate::texts::Message;

/// See the module.
pub struct Board {
    /// Where calls may be, in the order of their life. A call that belongs in none of them is in none.
    pub columns: &'static [Column],
    /// What the provider's documents count calls by, in their order: the type of an event, and the [stage](Call::stage) that it brings.
    /// A call that has none of them yet counts with the first; the last is that of calls that are over.
    pub stages: &'static [(&'static str, &'static str)],
    /// The door that a call is from, where its calls are rung at doors.
    pub door: Option<fn(&Call) -> Option<Door>>,
}

/// Calls in one state.
pub struct Column {
    pub title: Message,
    pub state: CallState,
    /// Only calls of this direction.
    pub direction: Option<Direction>,
}

/// Where somebody rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// By the provider's numbers: whose door it is, the building where there are several, the unit that is called.
    pub client: Key,
    pub building: Option<Key>,
    pub unit: Key,
    pub extension: Key,
}

impl Board {
    /// The place of a call's column.
    pub fn column(&self, call: &Call, state: CallState) -> Option<usize> {
        let holds = |column: &Column| {
            column.state == state && (column.direction.is_none() || column.direction == call.direction)
        };
        self.columns.iter().position(holds)
    }
}
