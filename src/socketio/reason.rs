//! Why there is no connection: the one type for an attempt that failed and for a session that ended.

use std::fmt;
use std::time::Duration;

use super::packet::Malformed;

/// How far a connection had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Resolving, connecting, TLS: the dialer's work.
    Dial,
    /// The WebSocket upgrade.
    Upgrade,
    /// Waiting for the Engine.IO handshake.
    Open,
    /// Waiting for the answer to CONNECT.
    Connect,
    Connected,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Dial => "dialling",
            Stage::Upgrade => "upgrading to WebSocket",
            Stage::Open => "waiting for the Engine.IO handshake",
            Stage::Connect => "waiting for the answer to CONNECT",
            Stage::Connected => "connected",
        })
    }
}

/// What a dialer failed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialStage {
    Resolve,
    /// The address is not one that may be dialled.
    Forbidden,
    Connect,
    Tls,
}

/// A dialer's failure. The text is the dialer's and must hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct DialError {
    pub stage: DialStage,
    pub detail: Box<str>,
}

/// Why there is no connection. No variant holds the URL's query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("no connection: {0}")]
    Dial(#[from] DialError),
    /// The server, or something before it, answered the upgrade with this HTTP status.
    #[error("the upgrade to WebSocket was answered with HTTP {status}")]
    Upgrade { status: u16 },
    /// The one deadline over dialling, upgrade, handshake and CONNECT passed.
    #[error("no session within {within:?}: still {stage}")]
    HandshakeTimeout { stage: Stage, within: Duration },
    /// The server refused the CONNECT (packet `44`): usually the token. The JSON as it came, cut at 4 KiB.
    #[error("refused by the server: {json}")]
    Refused { json: Box<str> },
    /// Not a byte for longer than the server's own interval and timeout.
    #[error("nothing heard for {waited:?}")]
    PingTimeout { waited: Duration },
    /// The server closed the WebSocket, with this code, or the TCP connection, without one.
    #[error("closed by the server{}", .code.map(|code| format!(" with code {code}")).unwrap_or_default())]
    TransportClose { code: Option<u16> },
    #[error("connection lost while {stage}: {detail}")]
    TransportError { stage: Stage, detail: Box<str> },
    /// The server ended the session (packet `41`).
    #[error("disconnected by the server")]
    ServerDisconnect,
    /// A message, or an event with its attachments, was larger than we take, in bytes.
    #[error("a message larger than the limit of {limit} bytes")]
    MessageTooLarge { limit: usize },
    /// A large message had begun, or an event whose attachments are large, and did not end.
    #[error("a large message that did not end within {within:?}")]
    MessageOverdue { within: Duration },
    #[error("protocol violation: {0}")]
    Protocol(#[from] Violation),
    /// We were asked to stop.
    #[error("stopped")]
    Stopped,
}

/// What the peer did that the protocol does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error(transparent)]
    Packet(#[from] Malformed),
    #[error("WebSocket: {0}")]
    WebSocket(Box<str>),
    #[error("text that is not UTF-8")]
    Utf8,
    #[error("an unreadable Engine.IO handshake: {0}")]
    Handshake(Box<str>),
    #[error("something else than a handshake came first")]
    NoHandshake,
    #[error("CONNECT was answered without a session id (a Socket.IO 2 server?)")]
    NoSessionId,
}

impl Reason {
    /// A stable name for tables, metrics and settings.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Dial(DialError { stage: DialStage::Resolve, .. }) => "dns",
            Reason::Dial(DialError { stage: DialStage::Forbidden, .. }) => "not_permitted",
            Reason::Dial(DialError { stage: DialStage::Connect, .. }) => "dial",
            Reason::Dial(DialError { stage: DialStage::Tls, .. }) => "tls",
            Reason::Upgrade { .. } => "upgrade",
            Reason::HandshakeTimeout { .. } => "handshake_timeout",
            Reason::Refused { .. } => "refused",
            Reason::PingTimeout { .. } => "ping_timeout",
            Reason::TransportClose { .. } => "transport_close",
            Reason::TransportError { .. } => "transport_error",
            Reason::ServerDisconnect => "server_disconnect",
            Reason::MessageTooLarge { .. } => "message_too_large",
            Reason::MessageOverdue { .. } => "message_overdue",
            Reason::Protocol(_) => "protocol",
            Reason::Stopped => "stopped",
        }
    }

    /// `message` of a refusal's JSON, which is what a Socket.IO middleware says; `None` for other shapes and reasons.
    pub fn refusal(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Refusal {
            message: String,
        }
        let Reason::Refused { json } = self else { return None };
        serde_json::from_str::<Refusal>(json).map(|refusal| refusal.message).ok()
    }
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub reason: Reason,
    /// The socket had gone unread because the byte budget was used up, long enough for the server to miss our pongs:
    /// the cause is on our side.
    pub overloaded: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_its_message() {
        let refused = |json: &str| Reason::Refused { json: json.into() };
        assert_eq!(
            refused(r#"{"message":"Authentication error"}"#).refusal().as_deref(),
            Some("Authentication error")
        );
        assert_eq!(refused(r#""no""#).refusal(), None);
        assert_eq!(Reason::Stopped.refusal(), None);
    }

    #[test]
    fn reasons_read_as_sentences() {
        let close = |code| Reason::TransportClose { code }.to_string();
        assert_eq!(
            (close(Some(1001)).as_str(), close(None).as_str()),
            ("closed by the server with code 1001", "closed by the server")
        );
        let violation = Reason::Protocol(Malformed::Json { at: 7 }.into()).to_string();
        assert_eq!(violation, "protocol violation: invalid JSON at byte 7");
    }
}
