//! What kind of thing an event is about, told from its name.

use serde::{Deserialize, Serialize};

/// The families of events. Names that nobody has seen yet fall into the family of their prefix.
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

impl Family {
    pub fn of(name: &str) -> Family {
        const PREFIXES: [(&str, Family); 10] = [
            ("call-", Family::Call),
            ("hold-call", Family::Call),
            ("manual-call-", Family::ManualCall),
            ("receptive-", Family::Receptive),
            ("consult-", Family::Consult),
            ("agent-", Family::Agent),
            ("finish-chat", Family::Chat),
            ("spy-", Family::Spy),
            ("list-", Family::List),
            ("mailing-list-", Family::List),
        ];
        // `new-whatsapp-internal-message` has the word in its middle.
        if name.contains("whatsapp") {
            return Family::Chat;
        }
        PREFIXES
            .iter()
            .find(|(prefix, _)| name.starts_with(prefix))
            .map_or(Family::Other, |(_, family)| *family)
    }

    /// The word in settings, tables and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Call => "call",
            Family::ManualCall => "manual-call",
            Family::Receptive => "receptive",
            Family::Consult => "consult",
            Family::Agent => "agent",
            Family::Chat => "chat",
            Family::Spy => "spy",
            Family::List => "list",
            Family::Other => "other",
        }
    }
}
