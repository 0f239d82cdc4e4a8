//! What is stored of a source beside its secrets, and what it means.

use serde::{Deserialize, Serialize};
use url::Url;

use super::fields::USUAL_API;
use super::voice;

/// A source's settings with everything that is usual in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where calls are accepted, rejected and ended.
    pub api: Url,
    pub halt: Halt,
    /// What the API is told in the header `idSocialNetwork`, where somebody needs it.
    pub social_network: Option<String>,
    /// By which browsers find their way to the voices: addresses of STUN and TURN.
    pub ice_servers: Vec<String>,
    pub turn_user: Option<String>,
    /// Voices go over a TURN server only.
    pub relay_only: bool,
}

/// How the API is told whether the bot that waits goes on after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// As the guide has it.
    Resume,
    /// As version 1.1 of the API has it.
    Bot,
}

impl Halt {
    pub const WORDS: &[&str] = &["haltResume", "botHalt"];

    pub fn field(self) -> &'static str {
        match self {
            Self::Resume => Self::WORDS[0],
            Self::Bot => Self::WORDS[1],
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Resume, Self::Bot].into_iter().find(|one| one.field() == word)
    }
}

/// As it is stored: what is usual is not.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_api_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halt_field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_social_network: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ice_servers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay_only: Option<bool>,
}

impl Config {
    pub fn read(config: &str) -> Self {
        serde_json::from_str(config).unwrap_or_default()
    }

    pub fn api(&self) -> &str {
        self.call_api_url.as_deref().unwrap_or(USUAL_API)
    }

    pub fn ice_servers(&self) -> &str {
        self.ice_servers.as_deref().unwrap_or(voice::USUAL)
    }
}

impl Settings {
    /// Of a stored source.
    pub fn read(config: &str) -> Self {
        let stored = Config::read(config);
        let ice_servers = voice::servers(stored.ice_servers());
        let usual = || Url::parse(USUAL_API).expect("it is an address");
        Self {
            api: Url::parse(stored.api()).unwrap_or_else(|_| usual()),
            halt: stored.halt_field.as_deref().and_then(Halt::parse).unwrap_or(Halt::Resume),
            social_network: stored.id_social_network,
            ice_servers,
            turn_user: stored.turn_user,
            relay_only: stored.relay_only == Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_what_the_guide_prints() {
        let usual = Settings::read("{}");
        assert_eq!(usual.api.as_str(), "https://dev-api.colmeia.cx/v1/rest/calling/event");
        assert_eq!((usual.halt.field(), usual.social_network), ("haltResume", None));
        assert_eq!(Settings::read("nonsense").halt, Halt::Resume);
        let later = Settings::read(
            r#"{"halt_field":"botHalt","call_api_url":"https://api.colmeia.cx/v1/rest/calling/event"}"#,
        );
        assert_eq!((later.halt.field(), later.api.host_str()), ("botHalt", Some("api.colmeia.cx")));
    }
}
