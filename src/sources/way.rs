//! One of the paths that a provider posts to, and how it is answered there.

use bytes::Bytes;
use http::StatusCode;

use super::endpoint::Refusal;
use crate::domain::{CompanyId, Key, Lang, Seq, Timestamp};
use crate::texts::{Message, say};

/// A path with its answers. A provider whose documents print several has several.
#[derive(Clone, Copy)]
pub struct Way {
    /// At the root, and behind each source's own `/in/<key>/`; without a slash at either end.
    pub path: &'static str,
    pub answers: &'static dyn Answers,
}

/// What a post is answered with: in the words of the document that prints its path.
pub trait Answers: Send + Sync {
    /// To what was written down.
    fn accepted(&self, taken: &Taken) -> Answer;

    /// To what was not: the body, a JSON text. The status is that of [`Declined::status`].
    fn declined(&self, why: &Declined, lang: Lang) -> String;
}

/// An answer of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    /// A JSON text; `None` for an answer without a body.
    pub body: Option<String>,
}

/// What became of a body that was written down. Of one that was several events, the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub company: CompanyId,
    pub seq: Seq,
    /// It had been sent before: the place and the time are those of the first.
    pub duplicate: bool,
    pub received_at: Timestamp,
    pub call: Option<Key>,
    /// As it was posted.
    pub body: Bytes,
}

/// Why a post was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declined {
    /// No source has the token that was shown.
    UnknownToken(Message),
    /// No token was shown, and several sources are open here.
    Several {
        /// The last part of the address that says which is meant.
        path: &'static str,
    },
    Refused(Refusal),
    /// The body did not arrive in time.
    Late,
    TooLarge,
    /// It asks for no WebSocket where there is nothing else.
    NoWebSocket,
    /// The sources were not read yet.
    NotYet,
    NoRoom,
    /// Our own fault.
    Failed,
}

impl Declined {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::UnknownToken(_) => StatusCode::UNAUTHORIZED,
            Self::Several { .. } => StatusCode::CONFLICT,
            Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoWebSocket => StatusCode::UPGRADE_REQUIRED,
            Self::NotYet | Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Which field of the body is at fault, `body` for all of it.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => Some(refusal.field),
            Self::Late | Self::TooLarge => Some("body"),
            _ => None,
        }
    }

    /// One sentence for a person.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::UnknownToken(message) => message.text(lang),
            Self::Several { path } => say(lang, "door-several").with("path", *path).text(),
            Self::Refused(refusal) => format!("{} {}", refusal.field, refusal.message.text(lang)),
            Self::Late => say(lang, "door-too-slow").text(),
            Self::TooLarge => say(lang, "door-too-large").text(),
            Self::NoWebSocket => say(lang, "door-websocket").text(),
            Self::NotYet => say(lang, "door-not-yet").text(),
            Self::NoRoom => say(lang, "door-no-room").text(),
            Self::Failed => say(lang, "door-unexpected").text(),
        }
    }
}
