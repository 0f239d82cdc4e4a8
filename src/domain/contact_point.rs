//! Who is told of what is wrong, and over which service; without what is secret of it.
//!
//! What must hold here: what is stored of a contact point beside its seal may be shown to whoever sees it. An address of Slack,
//! Teams, Google Chat or Discord is a secret as a whole: whoever has it can post there.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::bounds::{List, Whole};
use super::{MaskedUrl, ValueFault, words_schema};

/// Over which service somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    Email,
    Telegram,
    Slack,
    Teams,
    GoogleChat,
    Discord,
    /// A server of the customer's own.
    Webhook,
}

impl ChannelKind {
    pub const ALL: [Self; 7] = [
        Self::Email,
        Self::Telegram,
        Self::Slack,
        Self::Teams,
        Self::GoogleChat,
        Self::Discord,
        Self::Webhook,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Telegram => "telegram",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::GoogleChat => "google_chat",
            Self::Discord => "discord",
            Self::Webhook => "webhook",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Its words, as a refusal lists them.
    pub fn words() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl PartialSchema for ChannelKind {
    fn schema() -> RefOr<Schema> {
        words_schema(Self::ALL.map(Self::as_str))
    }
}

impl ToSchema for ChannelKind {}

/// An address that mail is sent to: `plantao@empresa.com.br`, of at most 254 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Those of one contact point.
pub type EmailAddresses = List<EmailAddress, 1, 20>;

impl EmailAddress {
    /// RFC 5321, 4.5.3.1: of the whole, and of what stands before the `@`.
    pub const LONGEST: usize = 254;
    const LONGEST_LOCAL: usize = 64;

    pub fn parse(raw: &str) -> Result<Self, ValueFault> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(ValueFault::Missing);
        }
        if text.len() > Self::LONGEST {
            return Err(ValueFault::TooLong { max: Self::LONGEST });
        }
        let parts = text.rsplit_once('@').filter(|(local, domain)| is_local(local) && is_domain(domain));
        parts.map(|_| Self(text.to_owned())).ok_or(ValueFault::NotAnEmail)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

fn is_local(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte))
    };
    local.len() <= EmailAddress::LONGEST_LOCAL && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        const LABEL: &str = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?";
        const ATOM: &str = "[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]{1,64}";
        let pattern = format!(r"^{ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})+$");
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        text.max_length(Some(Self::LONGEST)).examples(["plantao@empresa.com.br"]).into()
    }
}

impl ToSchema for EmailAddress {}

/// Where robots of Telegram are spoken to, unless the settings name a server of one's own.
pub const TELEGRAM_API: &str = "https://api.telegram.org";

/// A chat of Telegram: its number, or the public name of a group or channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TelegramChat(String);

impl TelegramChat {
    pub fn parse(raw: &str) -> Result<Self, ValueFault> {
        let text = raw.trim();
        // Numbers of chats have at most 52 significant bits.
        let is_number = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            (1..=16).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0')
        };
        let is_name = |text: &str| {
            text.strip_prefix('@').is_some_and(|name| {
                (4..=32).contains(&name.len())
                    && name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
        };
        match text {
            "" => Err(ValueFault::Missing),
            text if is_number(text) || is_name(text) => Ok(Self(text.to_owned())),
            _ => Err(ValueFault::NotAChat),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialSchema for TelegramChat {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let pattern = "^(-?[1-9][0-9]{0,15}|@[A-Za-z][0-9A-Za-z_]{3,31})$";
        text.pattern(Some(pattern)).examples(["-1001234567890"]).into()
    }
}

impl ToSchema for TelegramChat {}

/// A topic of a group of Telegram.
pub type TelegramTopic = Whole<1, 2_147_483_647>;

/// What `@BotFather` gives whoever makes a robot.
#[derive(Debug)]
pub struct TelegramToken;

impl TelegramToken {
    /// It stands in the path of every request: nothing that a path has to escape is in it.
    pub fn check(raw: &str) -> Result<&str, ValueFault> {
        let text = raw.trim();
        let parts = text.split_once(':').filter(|(number, key)| {
            (3..=20).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && (20..=100).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        });
        match parts {
            Some(_) => Ok(text),
            None if text.is_empty() => Err(ValueFault::Missing),
            None => Err(ValueFault::NotABotToken),
        }
    }
}

impl PartialSchema for TelegramToken {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.pattern(Some("^[0-9]{3,20}:[0-9A-Za-z_-]{20,100}$")).into()
    }
}

impl ToSchema for TelegramToken {}

/// What of a channel is no secret; as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChannelSettings {
    Email {
        to: EmailAddresses,
    },
    Telegram {
        chat: TelegramChat,
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<TelegramTopic>,
    },
    Slack {
        url: SecretUrl,
    },
    Teams {
        url: SecretUrl,
    },
    GoogleChat {
        url: SecretUrl,
    },
    Discord {
        url: SecretUrl,
    },
    Webhook {
        url: MaskedUrl,
    },
}

impl ChannelSettings {
    pub fn kind(&self) -> ChannelKind {
        match self {
            Self::Email { .. } => ChannelKind::Email,
            Self::Telegram { .. } => ChannelKind::Telegram,
            Self::Slack { .. } => ChannelKind::Slack,
            Self::Teams { .. } => ChannelKind::Teams,
            Self::GoogleChat { .. } => ChannelKind::GoogleChat,
            Self::Discord { .. } => ChannelKind::Discord,
            Self::Webhook { .. } => ChannelKind::Webhook,
        }
    }

    /// The address as it is shown, of a channel that has one.
    pub fn shown_url(&self) -> Option<&str> {
        match self {
            Self::Slack { url } | Self::Teams { url } | Self::GoogleChat { url } | Self::Discord { url } => {
                Some(url.as_str())
            }
            Self::Webhook { url } => Some(url.as_str()),
            Self::Email { .. } | Self::Telegram { .. } => None,
        }
    }
}

/// An address whose path is a secret too, as it is shown: `https://hooks.slack.com/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// Of an address that was judged; of what is none nothing is shown.
    pub fn of(whole: &str) -> Self {
        let shown = Url::parse(whole).ok().and_then(|url| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{}://{}{port}/…", url.scheme(), url.host_str()?))
        });
        Self(shown.unwrap_or_else(|| "…".to_owned()))
    }

    /// One that was shown already.
    pub fn of_shown(shown: &str) -> Self {
        Self(shown.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what was typed is this, as it was shown; browsers write the last character in another way.
    pub fn is_shown_as(&self, typed: &str) -> bool {
        let typed = typed.trim();
        typed == self.0 || typed.replace("%E2%80%A6", "…").replace("%e2%80%a6", "…") == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_mail_is_one_that_servers_take() {
        for right in ["a@b.co", " ana.souza+x@jatoba.example ", "o'neil@sub-1.example.com", &long_local(64)] {
            assert_eq!(EmailAddress::parse(right).map(|it| it.0), Ok(right.trim().to_owned()), "{right}");
        }
        for wrong in [
            "a",
            "a@b",
            "@b.co",
            "a@",
            "a b@c.de",
            "a@b..co",
            ".a@b.co",
            "a..b@c.de",
            "a@-b.co",
            "a@b-.co",
            "Ana <a@b.co>",
            "a@b.co,c@d.ef",
            "a@b.co\nBcc: x@y.zz",
            "é@b.co",
            "a@münchen.example",
            "a@[1.2.3.4]",
            "\"a b\"@c.de",
            &long_local(65),
        ] {
            assert_eq!(EmailAddress::parse(wrong), Err(ValueFault::NotAnEmail), "{wrong}");
        }
        assert_eq!(EmailAddress::parse("  "), Err(ValueFault::Missing));
        let long = format!("a@{}.example", "b.".repeat(130));
        assert_eq!(EmailAddress::parse(&long), Err(ValueFault::TooLong { max: 254 }));
    }

    fn long_local(length: usize) -> String {
        format!("{}@b.co", "a".repeat(length))
    }

    #[test]
    fn a_chat_is_a_number_or_a_name() {
        for right in ["-1001234567890", "42", " @plantao_jatoba "] {
            assert!(TelegramChat::parse(right).is_ok(), "{right}");
        }
        for wrong in ["0", "-", "+5", "12345678901234567", "plantao", "@ab", "@1abc", "@a-bcd", "1 2"] {
            assert_eq!(TelegramChat::parse(wrong), Err(ValueFault::NotAChat), "{wrong}");
        }
    }

    #[test]
    fn a_token_can_stand_in_a_path() {
        let key = "AAF-abc_DEF0123456789abcdefghijklmn";
        assert_eq!(
            TelegramToken::check(&format!(" 110201543:{key}\n")),
            Ok(format!("110201543:{key}").as_str())
        );
        for wrong in
            [key.to_owned(), format!("bot110201543:{key}"), format!("110201543:{key}/x"), "1:2".into()]
        {
            assert_eq!(TelegramToken::check(&wrong), Err(ValueFault::NotABotToken), "{wrong}");
        }
    }

    #[test]
    fn of_a_secret_address_only_the_server_is_shown() {
        let shown = |whole: &str| SecretUrl::of(whole).0;
        assert_eq!(shown("https://hooks.slack.com/services/T0/B0/SECRET"), "https://hooks.slack.com/…");
        assert_eq!(shown("https://a.example:8443/?key=SECRET&token=x"), "https://a.example:8443/…");
        assert_eq!(shown("SECRET"), "…");
        let url = SecretUrl::of("https://a.example/SECRET");
        assert!(url.is_shown_as(" https://a.example/… ") && url.is_shown_as("https://a.example/%E2%80%A6"));
        assert!(!url.is_shown_as("https://a.example/"));
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let all = [
            ChannelSettings::Email { to: List::of([EmailAddress("a@b.co".into())]) },
            ChannelSettings::Telegram { chat: TelegramChat("42".into()), thread: None },
            ChannelSettings::GoogleChat { url: SecretUrl::of("https://a.example/x") },
            ChannelSettings::Webhook { url: MaskedUrl::of("https://a.example/x?a=b") },
        ];
        for settings in all {
            let text = serde_json::to_string(&settings).expect("JSON");
            assert!(text.contains(&format!("\"kind\":\"{}\"", settings.kind().as_str())), "{text}");
            assert_eq!(serde_json::from_str::<ChannelSettings>(&text).expect("the same"), settings);
        }
    }
}
