//! One folder per provider: what it says, and how an event of the house is made of it.
//!
//! A source knows nothing of webhooks. What it reads in a payload (the lane, the keys that search and rules use, the
//! provider's company) it reads once, here, and never changes the payload.
//!
//! What must hold here: this file is the only one that lists the providers, and outside their folders and their simulators
//! none is named (`tests/suite/arrows.rs`). What the rest of the program has to know of one is in its [`Definition`].

pub mod acting;
pub mod board;
mod catalogue;
pub mod colmeia;
mod definition;
pub mod dial;
mod endpoint;
pub mod front_end;
pub mod ledger;
mod line;
mod members;
mod order;
mod routing;
pub mod settings;
pub mod tellicon;
#[cfg(test)]
mod telling;
pub mod teravoz;
pub mod threecplus;
mod trial;
pub mod voice;
mod way;

use std::sync::LazyLock;

use crate::domain::Provider;

pub use catalogue::{Entry, Family, Frequency, Status};
pub use definition::{Definition, Identity, Variable, WayIn};
pub use endpoint::{Account, Endpoint, Posted, Refusal, Shown, TokenIn, Unaccepted, receive};
pub use line::{Line, LineParts, LineSpec};
pub use order::Order;
pub use routing::{Answered, Asked, Plan, Routing};
pub use trial::{TokenVerdict, Trial};
pub use way::{Answer, Answers, Declined, Taken, Way};

/// Every provider that this version serves. The first is the one that a form begins with.
pub const PROVIDERS: &[&dyn Definition] =
    &[&threecplus::ThreecPlus, &tellicon::Tellicon, &teravoz::Teravoz, &colmeia::Colmeia];

/// The provider with this id; `None` for one that this version does not serve.
pub fn find(provider: Provider) -> Option<&'static dyn Definition> {
    named(provider.as_str())
}

/// The provider that somebody means by this id.
pub fn named(id: &str) -> Option<&'static dyn Definition> {
    PROVIDERS.iter().copied().find(|provider| provider.identity().id.as_str() == id)
}

/// What people call the provider with this id; one that this version does not serve is called by the id.
pub fn name(id: &str) -> &str {
    named(id).map_or(id, |provider| provider.identity().name)
}

/// `meta.source` of its events.
pub fn meta_source(provider: Provider) -> &'static str {
    find(provider).map_or(provider.as_str(), |provider| provider.identity().meta_source)
}

/// Every known event type, the providers in their order.
pub fn known_types() -> &'static [&'static Entry] {
    static ENTRIES: LazyLock<Vec<&Entry>> =
        LazyLock::new(|| PROVIDERS.iter().flat_map(|provider| (provider.identity().catalogue)()).collect());
    &ENTRIES
}

/// The known type of a name.
pub fn known_type(name: &str) -> Option<&'static Entry> {
    catalogue::find(known_types(), name)
}

/// Keys of a provider's payloads whose values nobody sees. What is one provider's secret may be what another is about.
pub fn secret_keys(provider: &str) -> &'static [&'static str] {
    named(provider).map_or(&[], |provider| provider.identity().secret_keys)
}
