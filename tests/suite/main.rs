//! The one integration test binary: every room's tests against real peers, one module each.

#![expect(clippy::unwrap_used, reason = "a test says by its panic what went wrong, and where")]

mod alerting;
mod answering;
mod api;
mod arrows;
mod calls;
mod cli;
mod container;
mod contract;
mod crash;
mod delivery;
mod documents;
mod end_to_end;
mod faults;
mod journal;
mod listening;
mod memory;
mod net;
mod panel;
mod providers;
mod routing;
mod rules;
mod simulator;
mod socketio;
mod sources;
mod store;
mod support;
mod texts;
mod upgrade;
