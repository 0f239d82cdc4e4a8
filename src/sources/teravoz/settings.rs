//! What is stored of a source beside its secrets, and what it means.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::fields::{QUEUE_KNOWN, QUEUE_NEW};

/// A source's settings with everything that is usual in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The API that is told where a call goes; `None` where nobody is told.
    pub actions: Option<Actions>,
    /// Where calls of phones go that are known.
    pub queue_known: String,
    /// Where those of all others go.
    pub queue_new: String,
    /// Whether calls that wait for a decision get one.
    pub route: bool,
    /// Where the WebSocket of its calls is, beside the program's own addresses.
    pub websocket_listen: Option<SocketAddr>,
}

/// An API of actions. Its password is a secret of the source, [`ACTIONS_PASSWORD`](super::fields::ACTIONS_PASSWORD).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    pub url: Url,
    pub user: Option<String>,
    pub delegate_type: DelegateType,
}

/// What sending a call to a queue is called there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelegateType {
    CallWaiting,
    Delegate,
}

impl DelegateType {
    pub const WORDS: &[&str] = &["call.waiting", "delegate"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CallWaiting => Self::WORDS[0],
            Self::Delegate => Self::WORDS[1],
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::CallWaiting, Self::Delegate].into_iter().find(|one| one.as_str() == word)
    }

    /// As the documents print it for such an address: `/api/client/actions` is an exchange with a backend's dialect, `/actions`
    /// the service itself.
    fn of(url: &Url) -> Self {
        let is_of_backends = url.path().trim_end_matches('/').ends_with("/api/client/actions");
        if is_of_backends { Self::CallWaiting } else { Self::Delegate }
    }
}

/// As it is stored: what is usual is not.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegate_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_known: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_new: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub websocket_listen: Option<String>,
}

impl Config {
    pub fn read(config: &str) -> Self {
        serde_json::from_str(config).unwrap_or_default()
    }
}

impl Settings {
    /// Of a stored source.
    pub fn read(config: &str) -> Self {
        let stored = Config::read(config);
        let url = stored.actions_url.as_deref().and_then(|url| Url::parse(url).ok());
        let said = stored.delegate_type.as_deref().and_then(DelegateType::parse);
        let user = stored.actions_user;
        let actions = url.map(|url| {
            let delegate_type = said.unwrap_or_else(|| DelegateType::of(&url));
            Actions { url, user, delegate_type }
        });
        Self {
            actions,
            queue_known: stored.queue_known.unwrap_or_else(|| QUEUE_KNOWN.to_owned()),
            queue_new: stored.queue_new.unwrap_or_else(|| QUEUE_NEW.to_owned()),
            route: stored.route.unwrap_or(true),
            websocket_listen: stored.websocket_listen.and_then(|address| address.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_what_the_documents_print() {
        let usual = Settings::read("{}");
        assert_eq!((usual.queue_known.as_str(), usual.queue_new.as_str()), ("900", "901"));
        assert_eq!((usual.actions, usual.route, usual.websocket_listen), (None, true, None));
        assert_eq!(Settings::read("nonsense").queue_new, "901");
    }

    #[test]
    fn the_address_says_what_an_action_is_called_unless_somebody_does() {
        let of = |url: &str, said: &str| {
            let config = serde_json::json!({ "actions_url": url, "delegate_type": said }).to_string();
            Settings::read(&config).actions.expect("an address").delegate_type.as_str()
        };
        assert_eq!(of("http://localhost:3001/api/client/actions", ""), "call.waiting");
        assert_eq!(of("http://localhost:3001/x/api/client/actions/", ""), "call.waiting");
        assert_eq!(of("https://api.teravoz.com.br/actions", ""), "delegate");
        assert_eq!(of("http://localhost:3001/api/client/actions", "delegate"), "delegate");
        assert_eq!(of("https://api.teravoz.com.br/actions", "call.waiting"), "call.waiting");
    }
}
