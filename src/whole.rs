//! The program as one crate, so that the compiler sees what nobody calls: what is public for the tests' sake counts for
//! nothing here. It is checked, never run (`make unused`).

extern crate self as ramal;

mod admin;
mod alerting;
mod answering;
mod calls;
mod cli;
mod config;
mod delivery;
mod descriptors;
mod domain;
mod duties;
mod incidents;
mod journal;
mod listener;
mod log;
mod net;
mod own_addresses;
mod ownership;
mod provisions;
mod routing;
mod runtime;
mod secrets;
mod senders;
mod serve;
mod shares;
mod simulator;
mod socketio;
mod sources;
mod store;
mod texts;
mod watch;
mod way_out;
mod web;

fn main() -> std::process::ExitCode {
    cli::run()
}
