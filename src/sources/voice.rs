//! A provider whose calls are answered with a voice: a browser takes the offer that an event brings, and its answer is told with an action.

use serde::Serialize;

use super::acting::Access;
use crate::domain::Event;

/// How a browser gets at the provider's voice. The voice itself never comes here.
pub trait Voice: Send + Sync {
    /// The session that an event offers (SDP, RFC 8866), as it came.
    fn offer(&self, event: &Event) -> Option<String>;

    /// The action that answers with a session of the browser's own.
    fn answers(&self) -> &'static str;

    /// The servers by which a browser finds its way there.
    fn ice(&self, access: &Access<'_>) -> Ice;
}

/// What a browser makes its connection of: `RTCConfiguration` of WebRTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ice {
    pub ice_servers: Vec<IceServer>,
    /// `all`, or `relay` for what may only go over a TURN server.
    pub ice_transport_policy: &'static str,
}

/// `RTCIceServer` of WebRTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IceServer {
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}
