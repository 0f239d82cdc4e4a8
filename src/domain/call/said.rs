//! What one event says about one call, in the words of the house.

use super::{Agent, CallState, Direction, Outcome};
use crate::domain::{Event, Key, Pattern, Timestamp};

/// Reads a provider's events. Pure: the same event says the same, whenever it is asked.
pub trait CallModel: Send + Sync {
    /// Which events speak of calls; of the others it is never asked.
    fn wants(&self) -> Vec<Pattern>;

    /// What an event says; `None` when that is nothing about a call.
    fn read(&self, event: &Event) -> Option<Said>;

    /// Whether a call may begin with this, as far as the provider's documents go.
    fn begins(&self, said: &Said) -> bool {
        said.state == Some(CallState::New)
    }

    /// Whether `to` may follow `from`. The end may always come, and the same state may come again.
    fn follows(&self, from: CallState, to: CallState) -> bool {
        from < to
    }

    /// Whether a call may come back to a state that it had passed. Where none does, what speaks of an earlier state comes late, whatever its
    /// time: a provider whose events bring none may send one again.
    fn returns(&self) -> bool {
        true
    }
}

/// Which call is spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one with this id.
    Id(Key),
    /// The newest of a group that had begun by the time of the statement, not before `since`, and had not ended before it; if there
    /// is none, a call of its own with the other id.
    Newest { group: Key, since: Timestamp, otherwise: Key },
}

/// Who of the agents does what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaks {
    /// Its telephone rings, or the one that it called; of a call that ends with this, it rang.
    Rings(Agent),
    /// It rang for nothing.
    RangInVain,
    /// It is in the call.
    Talks(Agent),
    /// It has talked in the call, and does no longer.
    Left(Agent),
}

/// What one event says of one call. What it does not say is `None` and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub of: Which,
    /// What several calls share of which one is looked for as [`Which::Newest`].
    pub group: Option<Key>,
    /// When it happened, by the provider's clock; without one, when the event came.
    pub at: Timestamp,
    /// The place in a call's life among events that say the same time.
    pub rank: u8,
    /// The state from then on.
    pub state: Option<CallState>,
    pub outcome: Option<Outcome>,
    /// See [`Call::stage`](super::Call::stage).
    pub stage: Option<&'static str>,
    pub direction: Option<Direction>,
    pub our_number: Option<Key>,
    pub their_number: Option<Key>,
    pub agent: Option<Speaks>,
    pub queue: Option<Key>,
    /// The keys that were pressed then.
    pub pressed: Option<Key>,
    /// When the call began; without it, not after `at`.
    pub new_at: Option<Timestamp>,
    pub ringing_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// It was noted on this side, by our clock: it is listed among the call's events, and the provider's own go on as if it had not been
    /// said.
    pub aside: bool,
    /// How long after the event's arrival the call is taken to be over if nothing more is said, and what became of it then.
    pub silent_for: Option<(std::time::Duration, Option<Outcome>)>,
}

impl Said {
    /// Nothing but that there is such a call.
    pub fn of(which: Which, at: Timestamp) -> Self {
        Self {
            of: which,
            group: None,
            at,
            rank: 0,
            state: None,
            outcome: None,
            stage: None,
            direction: None,
            our_number: None,
            their_number: None,
            agent: None,
            queue: None,
            pressed: None,
            new_at: None,
            ringing_at: None,
            answered_at: None,
            ended_at: None,
            aside: false,
            silent_for: None,
        }
    }
}
