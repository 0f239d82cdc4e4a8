//! Whether a token is good, asked of the provider's own API.

use futures_util::future::BoxFuture;

use crate::net::provider::ProviderClient;
use crate::secrets::Secret;

/// A provider whose API can be asked.
pub trait Trial: Send + Sync {
    /// Asks about the token of a source with these stored settings. It is told to nobody but the provider.
    fn ask<'a>(
        &'a self,
        client: &'a ProviderClient,
        config: &'a str,
        token: &'a Secret,
    ) -> BoxFuture<'a, TokenVerdict>;
}

/// What the API says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenVerdict {
    Valid,
    /// With the service's words, if it had any.
    Refused {
        said: Option<String>,
    },
    /// A token of an agent's role, which only the agent's own calls take.
    AgentRole,
    /// An answer that says nothing of the token.
    Unclear {
        status: u16,
    },
    /// `timeout`, `not_permitted` or `other`.
    Unreached {
        word: &'static str,
    },
}

impl TokenVerdict {
    pub const TIMEOUT: Self = Self::Unreached { word: "timeout" };
}
