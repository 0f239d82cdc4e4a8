//! HTTP: the JSON API, the providers' doors, and what watches the process.
//!
//! What must hold here: handlers read a request, call one operation of `admin` (or one door of a source) and write the
//! answer; they decide nothing. Every error is a document that names the field. Nothing here reads a clock for a rule
//! or knows that a database exists.

mod api;
mod auth;
mod body;
mod caller;
mod client;
mod forwarded;
mod front_ends;
mod gate;
mod health;
mod inbound;
mod panel;
mod plain;
mod problem;
mod reading;
mod strict;

pub use api::router as api;
pub use client::{Front, behind};
pub use front_ends::{FrontEnds, router as front_ends};
pub use gate::Gate;
pub use health::{Probe, router as health};
pub use inbound::{Inbound, router as inbound, with_straight_doors};
pub use panel::{Act, Demonstration, Hub, Played, Stands, router as panel, strays};
pub use strict::strict;
