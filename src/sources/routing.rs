//! A provider that waits to be told where calls go.

use std::collections::BTreeMap;

use super::order::Order;
use crate::domain::decision::Pace;
use crate::domain::{Event, Key, Pattern};
use crate::secrets::Secret;

/// What it asks, how it is told, and what its answers mean. Pure: who decides, sends and writes down is the same for all of them.
pub trait Routing: Send + Sync {
    /// What telling it is called, in addresses and in the names of the events that say what came of it (`<action>.sent`, …).
    fn action(&self) -> &'static str;

    /// The types of event that ask.
    fn asks(&self) -> Vec<Pattern>;

    /// What an event asks; `None` when it asks nothing.
    fn read(&self, event: &Event) -> Option<Asked>;

    /// How calls of a source with these stored settings are decided.
    fn plan(&self, config: &str) -> Plan;

    /// The time that it gives, and how it is used.
    fn pace(&self) -> &'static Pace;

    /// How a source is told that a call goes to `destination`; `None` for one that has no address for that.
    fn order(
        &self,
        config: &str,
        secrets: &BTreeMap<String, Secret>,
        call: &str,
        destination: &str,
    ) -> Option<Order>;

    /// What an answer of this status means.
    fn answered(&self, status: u16, body: &[u8]) -> Answered;
}

/// A call for which a decision is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub call: Key,
    /// Digits of who calls; `None` for a number that is withheld, or is none.
    pub phone: Option<String>,
}

/// Where calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whether the provider is told at all.
    pub wanted: bool,
    /// Those of phones that the company knows.
    pub known: String,
    /// All others.
    pub new: String,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub taken: bool,
    /// The provider's words, of an answer that is no success.
    pub said: Option<String>,
}
