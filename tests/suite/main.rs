//! The one integration test binary: every room's tests against real peers, one module each.

mod arrows;
mod cli;
mod documents;
mod journal;
mod net;
mod simulator;
mod socketio;
mod sources;
mod store;
mod support;
