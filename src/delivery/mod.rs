//! One webhook's way out: what is sent, when, in which order, and what becomes of it.
//!
//! What must always hold is in [`courier`], which decides; the rest serves it: [`subscription`] and [`rules`] (what a
//! webhook wants), [`envelope`], [`headers`] and [`signature`] (what a request looks like), [`credentials`], [`verdict`]
//! ("why was this not sent", from the code that decides).

pub mod courier;
pub mod credentials;
pub mod envelope;
pub mod headers;
pub mod rules;
pub mod signature;
pub mod subscription;
pub mod verdict;
