//! The other sides, for the demo, the load tests and the fault tests: [`threecplus`], [`tellicon`], [`teravoz`] and [`colmeia`] speak as the
//! providers do, [`receiver`] is a customer's system that checks everything it gets.
//!
//! What must always hold: nothing here is used by the rest of the program but for the command line, which finds a provider's
//! simulator where the provider is listed; and nothing of the rest is used here but `domain`. A simulator that shared code with what it tests would share its mistakes: the receiver verifies
//! signatures by its own reading of the specification.
//!
//! Each has `run(config, listener, stop)`: it serves on a listener of the caller's (so tests use ephemeral ports) and
//! ends when `stop` is cancelled. What it does can be changed while it runs, by its [`threecplus::Control`] or over HTTP
//! under `/control`.

pub mod colmeia;
mod durations;
mod gate;
mod posts;
pub mod receiver;
mod simulated;
pub mod tellicon;
pub mod teravoz;
pub mod threecplus;

pub use simulated::{Connections, Example, Past, Posting, Simulated, SimulationError, Stage, Told, bind};
