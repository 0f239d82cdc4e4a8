//! One folder per provider: what it says, and how an event of the house is made of it.
//!
//! A source knows nothing of webhooks. What it reads in a payload (the lane, the keys that search and rules use, the
//! provider's company) it reads once, here, and never changes the payload.

pub mod dial;
pub mod ledger;
pub mod tellicon;
pub mod threecplus;
