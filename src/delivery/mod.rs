//! One webhook's way out: what is sent, when, in which order, and what becomes of it.
//!
//! What must always hold is in [`courier`], which decides; the rest serves it: [`subscription`] and [`rules`] (what a
//! webhook wants), [`envelope`], [`headers`] and [`signature`] (what a request looks like), [`outgoing`]
//! (all of it, per webhook), [`echoes`] (what an answer may not show), [`driver`] (which runs a courier), [`flights`] and [`memory`] (what all couriers share),
//! [`endpoints`] (which webhooks share a server), [`verdict`] ("why was this not sent", from the code that decides).

pub mod courier;
pub mod driver;
mod echoes;
pub mod endpoints;
pub mod envelope;
mod exchange;
pub mod flights;
pub mod headers;
pub mod memory;
pub mod outgoing;
mod reads;
pub mod rules;
pub mod signature;
mod status;
mod steadiness;
pub mod subscription;
pub mod verdict;

pub use echoes::Echoes;
pub(crate) use exchange::retry_after;
pub use outgoing::{Outgoing, OutgoingError};
pub use status::{Status, StatusCell};
pub use steadiness::Answers;
