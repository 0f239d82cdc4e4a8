//! 3C Plus: what arrives over its socket, and its REST API.
//!
//! - [`extract`] reads from a payload what the journal keeps beside it: lane, keys, company id.
//! - [`line`] is the task that keeps one connection; it hands events to the journal.
//! - [`catalogue`] is what is known of the event names: descriptions, aliases, frequency. Names that it does not know
//!   are events like any other.
//! - [`calls`] is what the events say about calls, read from [`call_facts`].
//! - [`rest`] asks the API whether a token is good.
//! - [`settings`] are what a person says about an account, checked; [`fields`] describe them.

mod agents;
mod call_facts;
mod calls;
mod catalogue;
mod definition;
mod extract;
mod family;
mod fields;
mod line;
mod pump;
mod receipts;
mod rest;
pub mod settings;

pub use definition::ThreecPlus;
pub use extract::extract;
