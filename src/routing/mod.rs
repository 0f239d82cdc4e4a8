//! Where calls go whose provider waits to be told.
//!
//! What must always hold here:
//! - Of a call there is one decision, however often its provider asks and whenever the program ends: it stands in the transaction that
//!   makes the caller known and moves the cursor ([`deciding`]).
//! - A decision that the provider is known to have taken is not sent again. It is sent within the provider's time, or is known to have
//!   expired; after a crash too ([`Decision::step`](crate::domain::decision::Decision::step)).
//! - Each attempt, and the end, is an event of the journal, once ([`telling`]): it is written down before it is told, under a key by
//!   which a second telling is known.
//! - A provider that hangs holds up nobody else's calls ([`sending`]).
//!
//! What a provider asks, how it is told and what its answers mean is in its folder ([`Routing`](crate::sources::Routing)). What cannot be
//! known is whether an attempt arrived whose answer was lost with the program: it is made again, within the time that is left.

mod deciding;
mod exchange;
mod ordering;
mod sending;
mod tally;
mod telling;

pub use deciding::Deciding;
pub use ordering::{Ordered, Unordered, order};
pub use sending::{SPEC, Sending};
pub use tally::{Tally, Unrouted};
