//! What the journal says about calls: a row for each, made of its events; and about agents between calls ([`agents`]).
//!
//! What must hold here: a call is what its events say and nothing else, so that its row can be made anew at any time and is the same
//! (`ramal rebuild calls`).
//!
//! What an event says of a call its provider tells ([`CallModel`](crate::domain::call::CallModel)); what that makes of the call is the same for
//! all of them ([`Call::hear`](crate::domain::call::Call::hear)). Here is how the one comes to the other: [`projector`].

mod agents;
mod known;
mod projector;

pub use agents::Agents;
pub use projector::{Calls, Heard, heard};
