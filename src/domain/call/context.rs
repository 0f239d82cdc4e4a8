//! What led to a call, for whoever answers it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// What a call's events tell beside what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Context {
    /// The conversation that the call belongs to, by the provider's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<String>,
    /// By which the bot that waits is told to go on, also after the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt_id: Option<String>,
    /// What the call is marked with at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What the bot has computed; a value that is no text is shown as it is written.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The conversation before the call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// A message; every part of it may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CallMessage)]
pub struct Message {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As the provider calls it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// For people, as the provider writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

impl Context {
    /// Takes in what another event tells that came later.
    pub fn learn(&mut self, later: Context) {
        let all = [
            (&mut self.conversation_id, later.conversation_id),
            (&mut self.bot_id, later.bot_id),
            (&mut self.halt_id, later.halt_id),
            (&mut self.tag, later.tag),
        ];
        for (known, said) in all {
            if said.is_some() {
                *known = said;
            }
        }
        self.values.extend(later.values);
        if !later.messages.is_empty() {
            self.messages = later.messages;
        }
    }
}
