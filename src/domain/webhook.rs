//! What a webhook wants, and the words for what becomes of an event on its way there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::schema::words_schema;
use super::{Seq, Timestamp, shown};

/// Which event names a webhook wants: an exact name, a prefix (`call-*`) or all (`*`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    All,
    Prefix(String),
    Exact(String),
}

impl Pattern {
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Pattern::All => true,
            Pattern::Prefix(prefix) => name.starts_with(prefix.as_str()),
            Pattern::Exact(exact) => name == exact,
        }
    }
}

impl Pattern {
    /// Characters that a pattern may have; a longer name is reached by its prefix.
    pub const LONGEST: usize = 200;
}

impl PartialSchema for Pattern {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        // One line with something on it; a `*` only at the end.
        let one_line = r"^[^\u0000-\u001f\u007f-\u009f*]*(\*|[^\s\u0000-\u001f\u007f-\u009f*])[ ]*$";
        let text = text.min_length(Some(1)).max_length(Some(Self::LONGEST)).pattern(Some(one_line));
        text.examples(["call-*"]).into()
    }
}

impl ToSchema for Pattern {
    fn name() -> Cow<'static, str> {
        "EventPattern".into()
    }
}

/// Names are the provider's own, with whatever is in them; what stands around them is not part of them.
impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let longest = Self::LONGEST;
        if text.chars().nth(longest).is_some() {
            return Err(format!("an event name has at most {longest} characters"));
        }
        let text = text.trim();
        match text.split_once('*') {
            _ if text.is_empty() => Err("an event name is empty".to_owned()),
            _ if text.chars().any(char::is_control) => Err(format!("`{text}` has control characters")),
            None => Ok(Pattern::Exact(text.to_owned())),
            Some(("", "")) => Ok(Pattern::All),
            Some((prefix, "")) => Ok(Pattern::Prefix(prefix.to_owned())),
            Some(_) => Err(format!("`{text}`: a `*` may stand only at the end")),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::All => f.write_str("*"),
            Pattern::Prefix(prefix) => write!(f, "{prefix}*"),
            Pattern::Exact(exact) => f.write_str(exact),
        }
    }
}

impl Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How a rule compares. Numbers and strings of digits compare loosely ("3" equals 3): the provider flips them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Equals,
    NotEquals,
    GreaterThan,
    LessThan,
    Contains,
    NotContains,
    Exists,
}

impl Operator {
    pub const ALL: &'static [Operator] = &[
        Operator::Equals,
        Operator::NotEquals,
        Operator::GreaterThan,
        Operator::LessThan,
        Operator::Contains,
        Operator::NotContains,
        Operator::Exists,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Equals => "equals",
            Operator::NotEquals => "not_equals",
            Operator::GreaterThan => "greater_than",
            Operator::LessThan => "less_than",
            Operator::Contains => "contains",
            Operator::NotContains => "not_contains",
            Operator::Exists => "exists",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.as_str() == text)
    }
}

/// One condition on a payload field; all rules of an event name must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `callHistory.status`, `tags[0]`.
    #[schema(min_length = 1)]
    pub path: String,
    pub operator: Operator,
    /// What to compare with; not used by `exists`.
    #[serde(default)]
    pub value: String,
}

impl Rule {
    /// Characters of the longest value.
    pub const LONGEST_VALUE: usize = 1_024;
}

/// What decides whether and in which bytes an event is sent: the content of a [`Revision`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    pub events: Vec<Pattern>,
    #[serde(default)]
    pub rules: BTreeMap<String, Vec<Rule>>,
    #[serde(default)]
    pub format: Format,
    #[serde(default)]
    pub redact: Vec<String>,
}

impl Wishes {
    /// Event types at most, rules of all types together, and keys to redact: each is gone through for every event, on a
    /// thread that other companies share.
    pub const MOST_EVENTS: usize = 500;
    pub const MOST_RULES: usize = 200;
    pub const MOST_REDACTED: usize = 200;

    /// These wishes as the saved state that holds from `from_seq` on.
    pub fn saved(self, number: i32, from_seq: Seq, saved_at: Timestamp) -> Revision {
        let Wishes { events, rules, format, redact } = self;
        Revision { number, from_seq, saved_at, events, rules, format, redact }
    }
}

/// One saved state of what a webhook wants, and the seq from which it holds. Everything that decides whether and in
/// which bytes an event is sent is here, so that an event is treated by the state that held when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// 1, 2, 3, … within the webhook.
    pub number: i32,
    /// Events from this seq on are decided by this revision (until the next one's).
    pub from_seq: Seq,
    pub saved_at: Timestamp,
    pub events: Vec<Pattern>,
    /// By exact event name; `*` applies to every name without an entry of its own.
    #[serde(default)]
    pub rules: BTreeMap<String, Vec<Rule>>,
    #[serde(default)]
    pub format: Format,
    /// Keys whose values are replaced by `"***"` in what is sent, wherever they stand in the payload.
    #[serde(default)]
    pub redact: Vec<String>,
}

impl Revision {
    /// What was saved, without its number, place and time.
    pub fn wishes(&self) -> Wishes {
        let Revision { events, rules, format, redact, .. } = self.clone();
        Wishes { events, rules, format, redact }
    }
}

/// What holds at once for every request of a webhook, whatever the event's age. Secrets are kept apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    pub name: String,
    /// As it is [`shown`]; on the way in, the whole of it.
    pub url: String,
    /// Requests at once.
    pub concurrency: u16,
    /// Requests a second at most; `None` is unlimited.
    #[serde(default)]
    pub rate_per_second: Option<u32>,
    /// The whole exchange, in seconds, to the last byte of the answer (at most 60).
    pub timeout_seconds: u16,
    /// Order per lane; off makes every event its own lane.
    pub ordered: bool,
    /// Pauses between tries, in seconds.
    pub retry_seconds: Vec<u32>,
}

/// On the way in the address is whole.
impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, url, concurrency, rate_per_second, timeout_seconds, ordered, retry_seconds } = self;
        f.debug_struct("WebhookSettings")
            .field("name", name)
            .field("url", &shown(url))
            .field("concurrency", concurrency)
            .field("rate_per_second", rate_per_second)
            .field("timeout_seconds", timeout_seconds)
            .field("ordered", ordered)
            .field("retry_seconds", retry_seconds)
            .finish()
    }
}

impl WebhookSettings {
    /// 5 s, 30 s, 2 min, 10 min (the fast retries), 30 min, 2 h, 6 h, 12 h, 24 h.
    pub const RETRY_SECONDS: [u32; 9] = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400];
    /// How many of the retries are fast: an event blocks its lane only through these.
    pub const FAST_RETRIES: usize = 4;

    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            concurrency: 32,
            rate_per_second: None,
            timeout_seconds: 15,
            ordered: true,
            retry_seconds: Self::RETRY_SECONDS.to_vec(),
        }
    }
}

/// Words that are stored by their text; reading one back is the inverse.
macro_rules! stored_word {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                words_schema(Self::ALL.iter().map(|word| word.as_str()))
            }
        }

        impl ToSchema for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

stored_word! {
    /// The body's shape.
    #[derive(Default)]
    Format {
        /// `{event, payload, meta}`.
        #[default]
        Ramal = "ramal",
        /// `{"<event>": payload}`, as 3C Plus's own webhooks.
        Native = "3c-native",
        /// `{event_type, company_id, timestamp, data}`.
        Socket2Webhook = "socket2webhook",
        /// CloudEvents 1.0, structured mode.
        CloudEvents = "cloudevents",
    }
}

stored_word! {
    /// Whether a webhook is being served.
    WebhookState {
        Active = "active",
        /// By an operator, or by a 410; the reason is beside it.
        Paused = "paused",
        Deleted = "deleted",
    }
}

stored_word! {
    /// Where an event stands that a courier set aside.
    HeldState {
        /// Being retried; blocks its lane through the fast retries.
        Retrying = "retrying",
        /// Goes on being retried, blocks nothing.
        Alone = "alone",
        /// Behind another event of its lane.
        Waiting = "waiting",
        /// Will not be tried again by itself.
        Dead = "dead",
    }
}

stored_word! {
    /// Why an event was set aside, or why it is dead.
    HeldReason {
        /// Its request failed while others succeeded.
        Failed = "failed",
        /// Another event of its lane is ahead of it.
        LaneBusy = "lane_busy",
        /// 4xx while other events succeed: the event's own fault.
        Rejected = "rejected",
        /// Every retry of the schedule was used.
        Exhausted = "exhausted",
        /// The held set was full; this one had the most attempts.
        CrowdedOut = "crowded_out",
        /// Retention's hard limit came first.
        Expired = "expired",
        /// Given up by a person.
        Discarded = "discarded",
    }
}

stored_word! {
    /// Why a request was made.
    AttemptOrigin {
        Live = "live",
        Resend = "resend",
        Replay = "replay",
        Test = "test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        let pattern = |text: &str| text.parse::<Pattern>().expect("valid");
        assert!(pattern("*").matches("anything"));
        assert!(pattern("call-*").matches("call-was-created"));
        assert!(!pattern("call-*").matches("hold-call"));
        assert!(pattern("agent-is-idle").matches("agent-is-idle"));
        assert!(!pattern("agent-is-idle").matches("agent-is-idle2"));
        assert!(pattern("minha chamada").matches("minha chamada"));
        assert!(pattern(" minha * ").matches("minha chamada") && !pattern("minha *").matches("minhas"));
        for bad in ["", " ", "a*b", "**", "a\nb", "a\0", "*-call", &"é".repeat(201)] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn printing_settings_shows_no_key_of_the_address() {
        let settings = WebhookSettings::new("a", "https://a.example/hook?code=SECRET");
        assert!(!format!("{settings:?}").contains("SECRET"));
    }

    #[test]
    fn words_are_read_back() {
        for state in HeldState::ALL {
            assert_eq!(HeldState::parse(state.as_str()), Some(*state));
        }
        assert_eq!(HeldState::parse("gone"), None);
    }
}
