//! Event types that are known of a provider: for people choosing what to subscribe to. Nothing depends on a name being
//! listed; new ones appear at the providers without notice.

use serde::{Deserialize, Serialize};

use crate::texts::Message;

/// One known event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub family: Family,
    pub frequency: Frequency,
    pub status: Status,
    /// What it means.
    pub description: Message,
    /// Other names for the same thing in documents and programs. They may arrive too, as themselves.
    pub aliases: Vec<String>,
}

/// What kind of thing an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Dialer and other calls, their histories included.
    Call,
    ManualCall,
    /// Incoming calls in a queue.
    Receptive,
    /// An agent consulting another during a call.
    Consult,
    Agent,
    /// WhatsApp conversations.
    Chat,
    /// A supervisor listening to an agent.
    Spy,
    /// Mailing lists.
    List,
    Other,
}

/// How often an account sends it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    Low,
    Medium,
    High,
}

/// How well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Captured, or in the provider's documentation.
    Known,
    /// Named in a guide or a program, never confirmed. Offered all the same.
    Unconfirmed,
    /// Named somewhere, doubtful. Accepted when it comes, not offered.
    Doubtful,
}

/// The entry of a name: its own, else the one it is an alias of.
pub fn find<'e>(entries: &[&'e Entry], name: &str) -> Option<&'e Entry> {
    let own = entries.iter().find(|entry| entry.name == name);
    own.or_else(|| entries.iter().find(|entry| entry.aliases.iter().any(|alias| alias == name))).copied()
}
