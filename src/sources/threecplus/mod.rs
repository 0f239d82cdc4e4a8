//! 3C Plus: what arrives over its socket.
//!
//! - [`extract`] reads from a payload what the journal keeps beside it: lane, keys, company id.
//! - [`catalogue`] is what is known of the event names: descriptions, aliases, frequency. Names that it does not know
//!   are events like any other.
//! - [`settings`] are what a person says about an account, checked.

pub mod catalogue;
mod extract;
mod family;
pub mod settings;

pub use extract::{Extracted, extract};
pub use family::Family;
