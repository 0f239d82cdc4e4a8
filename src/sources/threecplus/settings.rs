//! What a person says about an account: where its socket is, the token, further query keys. Checked here once; inside
//! only these types travel.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::Day;
use crate::secrets::Secret;
use crate::sources::Words;
use crate::sources::settings::Preset;

/// The addresses to choose from; the first is the documented one. Any other URL may be given.
pub const PRESETS: [Preset; 4] = [
    Preset { url: "https://socket.3c.plus", name: Words::new("Padrão", "Default") },
    Preset { url: "https://socket.3c.fluxoti.com", name: Words::new("Endereço antigo", "Former address") },
    Preset { url: "https://new-socket.3c.plus", name: Words::new("Novo endereço", "New address") },
    Preset {
        url: "https://new-socket.3cplus.com.br",
        name: Words::new("Cluster 2 (a empresa precisa estar nele)", "Cluster 2 (the company must be on it)"),
    },
];

/// Characters of a token: fewer are a slip of the hand, and the longest kind (a JWT) stays well below.
pub const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 8..=4096;
pub const MAX_URL_LENGTH: usize = 2048;
const MAX_QUERY_KEYS: usize = 16;

/// Query keys that the protocol or the token take.
const RESERVED_KEYS: [&str; 6] = ["token", "EIO", "transport", "sid", "t", "b64"];

/// Why a setting is refused. Never shows a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("the socket URL cannot be read: {0}")]
    UrlUnreadable(String),
    #[error("the socket URL must begin with https://, wss://, http:// or ws://, not {0}://")]
    UrlScheme(String),
    #[error("the socket URL has no host")]
    UrlHost,
    #[error("the socket URL must not hold a user name or password")]
    UrlCredentials,
    #[error("the socket URL must end before its query: the token and other keys have fields of their own")]
    UrlQuery,
    #[error("the socket URL is longer than {MAX_URL_LENGTH} bytes")]
    UrlLength,
    #[error("the token is empty")]
    TokenEmpty,
    #[error("the token has {given} characters; a 3C Plus token has {} to {}", TOKEN_LENGTH.start(), TOKEN_LENGTH.end())]
    TokenLength { given: usize },
    #[error("the token has a space or line break inside, at character {0}")]
    TokenSpace(usize),
    #[error("the token has a character that no token has, at character {0}")]
    TokenCharacter(usize),
    #[error("`{0}` cannot be a further query key: it is taken by the connection itself")]
    QueryReserved(String),
    #[error("a further query key has 1 to 64 letters, digits, `_`, `-` or `.`")]
    QueryKey,
    #[error("the value of the query key `{0}` is longer than 256 bytes or has control characters")]
    QueryValue(String),
    #[error("there may be at most {MAX_QUERY_KEYS} further query keys")]
    QueryCount,
}

impl SettingsError {
    /// The field at fault, as settings and the API call it.
    pub fn field(&self) -> &'static str {
        match self {
            Self::UrlUnreadable(_)
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

    /// One sentence for people, in Portuguese; `Display` is the English one.
    pub fn in_portuguese(&self) -> String {
        match self {
            Self::UrlUnreadable(_) => "Isto não é uma URL. Exemplo: https://socket.3c.plus".to_owned(),
            Self::UrlScheme(given) => {
                format!(
                    "A URL do socket deve começar com https://, wss://, http:// ou ws://, e não {given}://."
                )
            }
            Self::UrlHost => "A URL do socket não tem servidor.".to_owned(),
            Self::UrlCredentials => "A URL do socket não pode ter usuário nem senha.".to_owned(),
            Self::UrlQuery => {
                "A URL do socket termina antes do `?`: o token tem um campo próprio.".to_owned()
            }
            Self::UrlLength => format!("A URL do socket tem mais de {MAX_URL_LENGTH} bytes."),
            Self::TokenEmpty => "Informe o token de API.".to_owned(),
            Self::TokenLength { given } => format!(
                "O token tem {given} caracteres; um token da 3C Plus tem de {} a {}.",
                TOKEN_LENGTH.start(),
                TOKEN_LENGTH.end()
            ),
            Self::TokenSpace(at) => format!("O token tem um espaço ou quebra de linha no caractere {at}."),
            Self::TokenCharacter(at) => format!("O token tem um caractere inválido na posição {at}."),
            Self::QueryReserved(key) => format!("`{key}` é usado pela própria conexão."),
            Self::QueryKey => "Uma chave tem de 1 a 64 letras, dígitos, `_`, `-` ou `.`.".to_owned(),
            Self::QueryValue(key) => {
                format!("O valor de `{key}` tem mais de 256 bytes ou caracteres de controle.")
            }
            Self::QueryCount => format!("São no máximo {MAX_QUERY_KEYS} chaves."),
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
        let url = Url::parse(text).map_err(|error| SettingsError::UrlUnreadable(error.to_string()))?;
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
        assert!(matches!(error("socket.3c.plus"), SettingsError::UrlUnreadable(_)));
        assert!(matches!(error(""), SettingsError::UrlUnreadable(_)));
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
