//! Ramal keeps one live line open to every telephony account of a company, writes down each call event that
//! arrives, and hands it to the company's systems: in order, signed, exactly as it came, and never silently lost.
//!
//! Data flows one way, sources → journal → consumers, and so do the imports between these rooms: each may use those
//! listed before it. `docs/architecture.md` says what each room is for and what must always hold.
//!
//! Public is what the command line, the tests or the benchmarks need, and so the compiler does not warn of what is public and
//! nobody calls: `make unused` does.

pub mod domain;
pub mod duties;
pub mod listener;
pub mod log;
pub mod net;
pub mod secrets;
mod shares;
pub mod socketio;
pub mod texts;

pub mod store;

pub mod ownership;

pub mod journal;

pub mod delivery;
pub mod sources;
mod watch;

pub mod alerting;

pub mod answering;
pub mod calls;
pub mod routing;

pub mod runtime;

mod incidents;

pub mod admin;

pub mod web;

pub mod config;
mod descriptors;
mod own_addresses;
mod provisions;
pub mod senders;
pub mod serve;
pub mod simulator;
pub mod way_out;
