//! What a provider says of itself. The rest of the program asks here and names none.

use std::net::SocketAddr;

use super::acting::Acting;
use super::board::Board;
use super::catalogue::Entry;
use super::endpoint::Endpoint;
use super::front_end::FrontEnd;
use super::line::Line;
use super::routing::Routing;
use super::settings::{Checked, Days, Field, Given, Server, SettingFaults};
use super::trial::Trial;
use super::voice::Voice;
use crate::domain::agent::AgentModel;
use crate::domain::call::{CallModel, Context};
use crate::domain::{Day, Event, Keys, Label, Provider};
use crate::secrets::Secret;
use crate::simulator::Simulated;
use crate::store::Source;

/// A provider, as its folder defines it.
pub trait Definition: Send + Sync {
    fn identity(&self) -> &'static Identity;

    /// Its settings, in the order in which people fill them in.
    fn fields(&self) -> &'static [Field];

    /// The one set of rules: judges what was given on top of what is stored. Faults name fields of [`Definition::fields`].
    fn check(&self, given: &Given, stored: Option<&Source>, days: Days) -> Result<Checked, SettingFaults>;

    /// Stored settings as people see them, by field; without those that are not set.
    fn shown(&self, config: &str) -> Vec<(&'static str, String)>;

    /// The last day of the token.
    fn token_expires_on(&self, config: &str) -> Option<Day>;

    /// Where a source with these settings connects to; `None` where the provider comes to us.
    fn server(&self, config: &str) -> Option<Server>;

    /// A token, where this side makes it when none is given.
    fn issue_token(&self) -> Option<Secret>;

    /// The variables that its own documents are configured by, each with its key in the settings file. Where all those are set that
    /// decide, and no company is configured, they make one.
    fn variables(&self) -> &'static [Variable] {
        &[]
    }

    fn way_in(&self) -> WayIn;

    /// Its API, if that can be asked about a token.
    fn trial(&self) -> Option<&'static dyn Trial>;

    /// The payload of an event of this type as its documents print it, where they do.
    fn example(&self, name: &str) -> Option<&'static str> {
        let _ = name;
        None
    }

    /// What the journal keeps beside the payload of an event: what order is kept by, and what the event is found by.
    fn kept_beside(&self, name: &str, payload: &[u8]) -> (Option<Label>, Keys) {
        let _ = (name, payload);
        (None, Keys::default())
    }

    /// What its events say of calls.
    fn calls(&self) -> Option<&'static dyn CallModel> {
        None
    }

    /// What an event tells of what led to its call, where its events tell that.
    fn context(&self, event: &Event) -> Option<Context> {
        let _ = event;
        None
    }

    /// What its events say of agents between calls.
    fn agents(&self) -> Option<&'static dyn AgentModel> {
        None
    }

    /// How a board on the wall shows its calls; `None` where they are among the queues and the agents only.
    fn board(&self) -> Option<&'static Board> {
        None
    }

    /// How it is told where calls go, if it waits for that.
    fn routing(&self) -> Option<&'static dyn Routing> {
        None
    }

    /// What people can have it do with its calls.
    fn acting(&self) -> Option<&'static dyn Acting> {
        None
    }

    /// How a browser gets at the voice of its calls, where they can be answered in one.
    fn voice(&self) -> Option<&'static dyn Voice> {
        None
    }

    /// The interfaces of its own that its documents describe, beside the ways in.
    fn front_ends(&self) -> &'static [FrontEnd] {
        &[]
    }

    /// Where a source with these settings has its WebSocket alone, at any path.
    fn listens_on(&self, config: &str) -> Option<SocketAddr> {
        let _ = config;
        None
    }

    /// Its other side, for trying things out.
    fn simulated(&self) -> &'static dyn Simulated;
}

/// A variable of a provider's own documents.
pub struct Variable {
    pub name: &'static str,
    /// In the provider's table of the settings file.
    pub key: &'static str,
    /// Without it nothing is meant by the others: it may be another program's.
    pub decides: bool,
}

/// What a provider is called, and what is known of its events.
pub struct Identity {
    pub id: Provider,
    /// As people call it.
    pub name: &'static str,
    /// `meta.source` of the `ramal` format.
    pub meta_source: &'static str,
    /// Whether [`Format::Native`](crate::domain::Format::Native) is the form of its own webhooks.
    pub native: bool,
    pub catalogue: fn() -> &'static [Entry],
    /// Keys of its payloads whose values nobody sees, in lower case, beside those that are secrets by their usual name.
    pub secret_keys: &'static [&'static str],
}

/// How events come.
#[derive(Clone, Copy)]
pub enum WayIn {
    /// Over a connection that this side keeps.
    Line(&'static dyn Line),
    /// The provider posts them.
    Endpoint(&'static dyn Endpoint),
}

impl WayIn {
    pub fn line(self) -> Option<&'static dyn Line> {
        match self {
            WayIn::Line(line) => Some(line),
            WayIn::Endpoint(_) => None,
        }
    }

    pub fn endpoint(self) -> Option<&'static dyn Endpoint> {
        match self {
            WayIn::Line(_) => None,
            WayIn::Endpoint(endpoint) => Some(endpoint),
        }
    }
}
