//! What an agent does between calls, as its provider tells it.
//!
//! What must hold here: of two statements about one agent the one that came later holds. Providers give no clock that such statements
//! could be ordered by, and say that their order is that in which they are sent.

use super::call::Agent;
use super::{Event, Key, Pattern};

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Waits for a call.
    Idle,
    /// Writes up a call that is over.
    AfterCall,
    Break,
    /// Dials by hand.
    Manual,
    /// Is in a call; what it does there its calls say.
    InCall,
    Offline,
}

impl Presence {
    const ALL: [(Presence, &'static str); 6] = [
        (Presence::Idle, "idle"),
        (Presence::AfterCall, "after_call"),
        (Presence::Break, "break"),
        (Presence::Manual, "manual"),
        (Presence::InCall, "in_call"),
        (Presence::Offline, "offline"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    pub fn parse(text: &str) -> Option<Presence> {
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(presence, _)| *presence)
    }
}

/// Reads a provider's events. Pure: the same event says the same, whenever it is asked.
pub trait AgentModel: Send + Sync {
    /// Which events speak of agents; of the others it is never asked.
    fn wants(&self) -> Vec<Pattern>;

    /// What an event says; `None` when that is nothing about what an agent does.
    fn read(&self, event: &Event) -> Option<AgentSaid>;
}

/// What one event says of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentSaid {
    pub agent: Agent,
    pub does: Does,
}

/// What an agent does from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    Begins(Presence),
    /// The break that it takes has this name.
    Rests(Key),
    /// It has left a call, and does again what it did before.
    Leaves,
}

impl Does {
    pub fn presence(&self) -> Option<Presence> {
        match self {
            Does::Begins(presence) => Some(*presence),
            Does::Rests(_) => Some(Presence::Break),
            Does::Leaves => None,
        }
    }

    /// What its break is called.
    pub fn detail(&self) -> Option<&Key> {
        match self {
            Does::Rests(name) => Some(name),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presence_is_read_as_it_is_written() {
        for (presence, word) in Presence::ALL {
            assert_eq!((presence.as_str(), Presence::parse(word)), (word, Some(presence)));
        }
        assert_eq!(Presence::parse("ocioso"), None);
    }
}
