//! Colmeia Calling: WhatsApp calls, reported by POST to `/webhook/call-event` and answered by its Calling API.
//!
//! - Each post carries a [`secret`] in a header whose name is a setting.
//! - [`decode`] reads what is posted: one event, in whichever spelling of the documents ([`body`]); trailing commas, which they print, are
//!   left out ([`repair`]). Types that nobody documents are events like any other.
//! - [`settings`] is what may be set: the header, and its Calling API.
//! - [`catalogue`] is what is known of the types, [`calls`] what they say about calls.
//! - [`acting`] is how calls are answered, refused and ended, with what an answer has to have ([`sdp`]).
//! - [`voice`] is how a browser gets at the voice of a call.
//! - Its events may have an id; without one what says the same is the same event ([`canonical`]). They have no time: they happen when they come.

mod acting;
mod body;
mod calls;
mod canonical;
mod catalogue;
mod decode;
mod definition;
mod fields;
mod repair;
mod sdp;
mod secret;
mod settings;
mod voice;

pub use definition::Colmeia;
