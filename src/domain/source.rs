//! Where a source's line stands, in the words that the panel, the API and the tables share.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{SessionInfo, Timestamp};

/// The state of a source. Webhook sources know only `Stopped` and `Connected` ("its door is open").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Not wanted.
    #[default]
    Stopped,
    Connecting,
    Connected,
    /// Between two tries.
    Waiting,
    /// The provider refused the token; tried again rarely, or when the token or URL changes.
    Refused,
}

impl SourceState {
    pub const ALL: [SourceState; 5] = [
        SourceState::Stopped,
        SourceState::Connecting,
        SourceState::Connected,
        SourceState::Waiting,
        SourceState::Refused,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            SourceState::Stopped => "stopped",
            SourceState::Connecting => "connecting",
            SourceState::Connected => "connected",
            SourceState::Waiting => "waiting",
            SourceState::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<SourceState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A source's state with what belongs to it, published as it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceStatus {
    pub state: SourceState,
    pub since: Timestamp,
    /// When the next try is due (`Waiting`, `Refused`).
    pub until: Option<Timestamp>,
    /// How many tries in a row have failed.
    pub attempt: u32,
    /// Why the last session ended or the last try failed: a stable word, then detail after a colon.
    pub reason: Option<String>,
    /// The present session (`Connected`).
    pub session: Option<Arc<SessionInfo>>,
    /// When the last event came.
    pub last_event_at: Option<Timestamp>,
    /// The company id that payloads carry, when it is another than the registered one.
    pub foreign_company: Option<i64>,
}
