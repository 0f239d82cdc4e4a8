//! A provider whose calls people can do something with: answer them, refuse them, end them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::order::Order;
use crate::domain::Event;
use crate::domain::action::{Action, Pace, Verdict};
use crate::domain::call::CallState;
use crate::secrets::Secret;
use crate::texts::Message;

/// What there is, how the provider is told, and what its answers mean. Pure: who asks, sends and writes down is the same for all of them.
pub trait Acting: Send + Sync {
    /// In the order in which people see them.
    fn actions(&self) -> &'static [Doable];

    /// How a source is told; `None` for one that has no access for that. `events` are the first of the call's.
    fn order(
        &self,
        access: &Access<'_>,
        events: &[Arc<Event>],
        wish: &Wish,
    ) -> Result<Option<Order>, WishFault>;

    /// What a wish says that is not passed on, by field.
    fn passes_over(&self, wish: &Wish) -> Vec<&'static str> {
        let _ = wish;
        Vec::new()
    }

    /// What an answer of this status means, with the provider's words where it is no success.
    fn answered(&self, status: u16, body: &[u8]) -> (Verdict, Option<String>);

    fn pace(&self) -> &'static Pace;

    /// What came of an action, as the payload of the event that is called `name`.
    fn told(&self, name: &str, action: &Action) -> Value;
}

/// Something that people can have it do with a call.
pub struct Doable {
    /// In addresses, and in the names of the events that say what came of it (`<name>.sent`, `<name>.failed`).
    pub name: &'static str,
    /// For one person only.
    pub exclusive: bool,
    /// While the call is in one of these.
    pub during: &'static [CallState],
}

/// How a source gets at its provider.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    pub config: &'a str,
    pub secrets: &'a BTreeMap<String, Secret>,
}

/// What somebody wants.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Wish {
    pub action: String,
    /// The answer to the call's offer.
    pub sdp: Option<String>,
    /// What the bot is told that waits.
    pub halt: Option<Map<String, Value>>,
    /// The bot goes on waiting.
    pub keep_halt: bool,
}

/// What is wrong with a wish, and in which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishFault {
    pub field: &'static str,
    pub message: Message,
}
