//! Teravoz: a telephone exchange that reports calls and agents by POST to the address that it is given.
//!
//! - [`answers`] are its two ways in, `/webhook` and `/api/client/webhook`, which differ in how they answer and in nothing else.
//! - It sends no header of its own, so a source's [`key`] stands in the address. A source without one is open, as the documents
//!   have it.
//! - [`decode`] reads what is posted at either: a flat event, or the [`envelope`] (`chamada`, `dados`, …) that holds the call and
//!   up to three events beside it. Types that nobody documents are events like any other.
//! - [`settings`] is what may be set: its API of actions and how calls are routed by it, and its WebSocket.
//! - [`catalogue`] is what is known of the types: what they mean, and what each is about, which it has to name.
//! - [`calls`] is what the events say about calls, [`routing`] how the exchange is told where they go.
//! - [`front_ends`] are the interfaces that the documents' backends have for their own front ends.
//! - Its events have no id of their own: what says the same of the same time is the same event.

mod agents;
mod answers;
mod calls;
mod catalogue;
mod decode;
mod definition;
mod envelope;
mod fields;
mod front_ends;
mod key;
mod routing;
mod settings;
mod time;
mod uuid;

pub use definition::Teravoz;
