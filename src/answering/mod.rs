//! What people have providers do with calls: answer them, refuse them, end them.
//!
//! What must always hold here:
//! - What is for one person only has one: whoever asks first is written down before the provider is told, on whichever node, and everybody else
//!   is told by whom it is done ([`acting`]).
//! - What is asked for again by the same attempt is the same action: a browser that lost the answer loses nothing.
//! - What came of an action is an event of the journal, once ([`telling`]), also of one that a program left behind when it ended: of that it is
//!   said that nobody knows.
//!
//! - Who may answer a call hears of it at once, and hears as soon as somebody else has it ([`ringing`]).
//!
//! What there is to do, how the provider is told and what its answers mean is in its folder ([`Acting`](crate::sources::acting::Acting)).

mod acting;
pub mod ringing;
mod telling;

pub use acting::{Asked, Undone, act};
pub use telling::{SPEC, Telling};
