//! What a person says about an account: where its socket is, the token, further query keys. Checked here once; inside
//! only these types travel.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::{Day, Lang};
use crate::secrets::Secret;
use crate::sources::settings::Preset;
use crate::texts::{Message, msg};

/// The addresses to choose from; the first is the documented one. Any other URL may be given.
pub const PRESETS: [Preset; 4] = [
    Preset { url: "https://socket.3c.plus", name: msg("threecplus-server-usual") },
    Preset { url: "https://socket.3c.fluxoti.com", name: msg("threecplus-server-former") },
    Preset { url: "https://new-socket.3c.plus", name: msg("threecplus-server-new") },
    Preset { url: "https://new-socket.3cplus.com.br", name: msg("threecplus-server-cluster2") },
];

/// Characters of a token: fewer are a slip of the hand, and the longest kind (a JWT) stays well below.
pub const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 8..=4096;
pub const MAX_URL_LENGTH: usize = 2048;
const MAX_QUERY_KEYS: usize = 16;

/// Query keys that the protocol or the token take.
const RESERVED_KEYS: [&str; 6] = ["token", "EIO", "transport", "sid", "t", "b64"];

/// Why a setting is refused. Never shows a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message().text(Lang::En))]
pub enum SettingsError {
    UrlUnreadable,
    UrlScheme(String),
    UrlHost,
    UrlCredentials,
    UrlQuery,
    UrlLength,
    TokenEmpty,
    TokenLength {
        given: usize,
    },
    /// At this character, from 1.
    TokenSpace(usize),
    /// At this character, from 1.
    TokenCharacter(usize),
    QueryReserved(String),
    QueryKey,
    QueryValue(String),
    QueryCount,
}

impl SettingsError {
    /// The field at fault, as settings and the API call it.
    pub fn field(&self) -> &'static str {
        match self {
            Self::UrlUnreadable
            | Self::UrlScheme(_)
            | Self::UrlHost
            | Self::UrlCredentials
            | Self::UrlQuery
            | Self::UrlLength => "socket_url",
            Self::TokenEmpty | Self::TokenLength { .. } | Self::TokenSpace(_) | Self::TokenCharacter(_) => {
                "token"
            }
            Self::QueryReserved(_) | Self::QueryKey | Self::QueryValue(_) | Self::QueryCount => "query",
        }
    }

    /// One sentence for people.
    pub fn message(&self) -> Message {
        match self {
            Self::UrlUnreadable => msg("threecplus-url-unreadable"),
            Self::UrlScheme(given) => msg("threecplus-url-scheme").with("scheme", given),
            Self::UrlHost => msg("threecplus-url-host"),
            Self::UrlCredentials => msg("threecplus-url-credentials"),
            Self::UrlQuery => msg("threecplus-url-query"),
            Self::UrlLength => msg("threecplus-url-length").with("most", MAX_URL_LENGTH.to_string()),
            Self::TokenEmpty => msg("threecplus-token-empty"),
            Self::TokenLength { given } => msg("threecplus-token-length")
                .with("given", given.to_string())
                .with("least", TOKEN_LENGTH.start().to_string())
                .with("most", TOKEN_LENGTH.end().to_string()),
            Self::TokenSpace(at) => msg("threecplus-token-space").with("at", at.to_string()),
            Self::TokenCharacter(at) => msg("threecplus-token-character").with("at", at.to_string()),
            Self::QueryReserved(key) => msg("threecplus-query-reserved").with("key", key),
            Self::QueryKey => msg("threecplus-query-key"),
            Self::QueryValue(key) => msg("threecplus-query-value").with("key", key),
            Self::QueryCount => msg("threecplus-query-count").with("most", MAX_QUERY_KEYS),
        }
    }
}

/// Where the socket is: scheme, host, perhaps a port and a path; no query, no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocketUrl(Url);

impl SocketUrl {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// The documented address.
impl Default for SocketUrl {
    fn default() -> Self {
        PRESETS[0].url.parse().expect("the presets are tested")
    }
}

impl FromStr for SocketUrl {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let text = text.trim();
        if text.len() > MAX_URL_LENGTH {
            return Err(SettingsError::UrlLength);
        }
        let url = Url::parse(text).map_err(|_| SettingsError::UrlUnreadable)?;
        if !matches!(url.scheme(), "https" | "wss" | "http" | "ws") {
            return Err(SettingsError::UrlScheme(url.scheme().to_owned()));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(SettingsError::UrlHost);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SettingsError::UrlCredentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SettingsError::UrlQuery);
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for SocketUrl {
    type Error = SettingsError;

    fn try_from(text: String) -> Result<Self, SettingsError> {
        text.parse()
    }
}

impl From<SocketUrl> for String {
    fn from(url: SocketUrl) -> String {
        url.0.into()
    }
}

impl fmt::Display for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// An account's token. Shows as its mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceToken(Secret);

/// What a token looks like; only a hint, the service decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `3cs_…`: belongs to the organisation, has an expiry date.
    Service,
    /// Three parts with dots; lives for hours.
    Jwt,
    /// Anything else. Personal tokens are refused by the service from October 2026 on.
    Personal,
}

impl SourceToken {
    /// Spaces around it are taken off: they come along when people paste.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(SettingsError::TokenEmpty);
        }
        if let Some(at) = text.chars().position(char::is_whitespace) {
            return Err(SettingsError::TokenSpace(at + 1));
        }
        if let Some(at) = text.chars().position(|c| !c.is_ascii_graphic()) {
            return Err(SettingsError::TokenCharacter(at + 1));
        }
        if !TOKEN_LENGTH.contains(&length) {
            return Err(SettingsError::TokenLength { given: length });
        }
        Ok(Self(Secret::new(text)))
    }

    pub fn secret(&self) -> &Secret {
        &self.0
    }

    pub fn kind(&self) -> TokenKind {
        let token = self.0.expose();
        if token.starts_with("3cs_") {
            TokenKind::Service
        } else if token.starts_with("eyJ") && token.split('.').count() == 3 {
            TokenKind::Jwt
        } else {
            TokenKind::Personal
        }
    }
}

/// Further keys of the handshake's query, such as `agent_id`, which a service token of an agent needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct ExtraQuery(BTreeMap<String, String>);

impl ExtraQuery {
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl TryFrom<BTreeMap<String, String>> for ExtraQuery {
    type Error = SettingsError;

    fn try_from(pairs: BTreeMap<String, String>) -> Result<Self, SettingsError> {
        if pairs.len() > MAX_QUERY_KEYS {
            return Err(SettingsError::QueryCount);
        }
        for (key, value) in &pairs {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if key.is_empty() || key.len() > 64 || !key.chars().all(plain) {
                return Err(SettingsError::QueryKey);
            }
            if RESERVED_KEYS.iter().any(|reserved| reserved.eq_ignore_ascii_case(key)) {
                return Err(SettingsError::QueryReserved(key.clone()));
            }
            if value.len() > 256 || value.chars().any(char::is_control) {
                return Err(SettingsError::QueryValue(key.clone()));
            }
        }
        Ok(Self(pairs))
    }
}

impl From<ExtraQuery> for BTreeMap<String, String> {
    fn from(query: ExtraQuery) -> Self {
        query.0
    }
}

/// What is stored of an account beside its token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketSettings {
    #[serde(default)]
    pub socket_url: SocketUrl,
    #[serde(default)]
    pub query: ExtraQuery,
    /// The last day of the token, chosen at 3C Plus when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_on: Option<Day>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_and_free_urls_are_taken() {
        assert_eq!(SocketUrl::default().as_str(), "https://socket.3c.plus/");
        for preset in PRESETS {
            assert!(preset.url.parse::<SocketUrl>().is_ok(), "{}", preset.url);
        }
        for url in [" wss://voz.example.com.br:8443 ", "http://127.0.0.1:3000/socket", "ws://[::1]:9"] {
            assert!(url.parse::<SocketUrl>().is_ok(), "{url}");
        }
    }

    #[test]
    fn bad_urls_say_why() {
        let error = |text: &str| text.parse::<SocketUrl>().expect_err(text);
        assert_eq!(error("socket.3c.plus"), SettingsError::UrlUnreadable);
        assert_eq!(error(""), SettingsError::UrlUnreadable);
        assert_eq!(error("ftp://a"), SettingsError::UrlScheme("ftp".to_owned()));
        assert_eq!(error("https://u:p@a"), SettingsError::UrlCredentials);
        assert_eq!(error("https://a/?token=x"), SettingsError::UrlQuery);
        assert_eq!(error(&format!("https://a/{}", "x".repeat(3000))), SettingsError::UrlLength);
        assert_eq!(error("https://a/?token=x").field(), "socket_url");
    }

    #[test]
    fn tokens_are_trimmed_and_judged_without_being_shown() {
        let sample = "rRrXvDCg07AEJRYKenHDxxymhQ5h8KrLwlYq062ZgeYLNHzio79wxgn33x4c";
        let token = SourceToken::parse(&format!(" {sample}\n")).expect("the guide's sample");
        assert_eq!(token.secret().expose(), sample);
        assert_eq!(token.secret().mask(), "rRrX…3x4c");
        assert!(!format!("{token:?}").contains("DCg07"));
        assert_eq!(token.kind(), TokenKind::Personal);
        assert_eq!(SourceToken::parse("3cs_0123456789").map(|token| token.kind()), Ok(TokenKind::Service));
        assert_eq!(
            SourceToken::parse("eyJhbGci.eyJzdWIi.c2ln").map(|token| token.kind()),
            Ok(TokenKind::Jwt)
        );
        assert_eq!(SourceToken::parse("  "), Err(SettingsError::TokenEmpty));
        assert_eq!(SourceToken::parse("abcd efgh"), Err(SettingsError::TokenSpace(5)));
        assert_eq!(SourceToken::parse("abcdéfgh"), Err(SettingsError::TokenCharacter(5)));
        assert_eq!(SourceToken::parse("abc"), Err(SettingsError::TokenLength { given: 3 }));
        assert_eq!(SourceToken::parse(&"a".repeat(4097)), Err(SettingsError::TokenLength { given: 4097 }));
        assert_eq!(SettingsError::TokenEmpty.field(), "token");
    }

    #[test]
    fn further_query_keys_may_not_take_the_connections_own() {
        let query = |key: &str, value: &str| {
            ExtraQuery::try_from(BTreeMap::from([(key.to_owned(), value.to_owned())]))
        };
        assert_eq!(query("agent_id", "150321").expect("plain").pairs().next(), Some(("agent_id", "150321")));
        assert_eq!(query("Token", "x"), Err(SettingsError::QueryReserved("Token".to_owned())));
        assert_eq!(query("a b", "x"), Err(SettingsError::QueryKey));
        assert_eq!(query("a", "x\ny"), Err(SettingsError::QueryValue("a".to_owned())));
        let many = (0..17).map(|n| (format!("k{n}"), String::new())).collect::<BTreeMap<_, _>>();
        assert_eq!(ExtraQuery::try_from(many), Err(SettingsError::QueryCount));
    }

    #[test]
    fn stored_settings_are_read_back() {
        let settings: SocketSettings = serde_json::from_str(
            r#"{"socket_url":"wss://a.example","query":{"agent_id":"7"},"token_expires_on":"2026-12-31"}"#,
        )
        .expect("settings");
        let stored = serde_json::to_string(&settings).expect("settings");
        assert_eq!(serde_json::from_str::<SocketSettings>(&stored).expect("settings"), settings);
        assert_eq!(serde_json::from_str::<SocketSettings>("{}").expect("empty"), SocketSettings::default());
        assert!(serde_json::from_str::<SocketSettings>(r#"{"query":{"token":"x"}}"#).is_err());
    }
}
