//! Teravoz: a telephone exchange that reports calls and agents by POST to the one address that it is given.
//!
//! - It sends no header of its own, so the token stands in the address: [`token`].
//! - [`decode`] reads what is posted: one event, or the envelope (`chamada`, `dados`, …) in which older set-ups send the
//!   call. Types that nobody documents are events like any other.
//! - [`catalogue`] is what is known of the types: what they mean, and what each is about, which it has to name.
//! - [`calls`] is what the events say about calls.
//! - Its events have no id of their own, so nothing that comes twice is known to be the same.

mod calls;
mod catalogue;
mod decode;
mod definition;
mod token;

pub use definition::Teravoz;
