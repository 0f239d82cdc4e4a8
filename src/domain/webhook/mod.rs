//! What a webhook wants, and what its fields may be.
//!
//! What must hold here: whatever says what a webhook is to be (the settings file, the API, the panel) is judged by what stands
//! here, and the API's document is made of it.

mod headers;
mod pattern;
mod rule;
mod words;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::bounds::{List, Name, Whole};
use super::{Seq, Timestamp, shown};

pub use headers::{AddedHeaders, LONGEST_HEADER_VALUE, header_faults};
pub use pattern::Pattern;
pub use rule::{Operator, Rule, RuleAt, rule_faults};
pub use words::{AttemptOrigin, Format, HeldReason, HeldState, WebhookState};

/// Each is gone through for every event, on a thread that other companies share; so are the rules ([`Rule::MOST`]).
pub type EventTypes = List<Pattern, 1, 500>;
/// Keys whose values are not sent.
pub type Redacted = List<Name, 0, 200>;
/// Requests a second.
pub type Rate = Whole<1, 100_000>;
/// Requests at once.
pub type Concurrency = Whole<1, 512>;
/// Seconds of the whole exchange.
pub type Timeout = Whole<1, 60>;
/// Seconds between two tries.
pub type Pause = Whole<1, 86_400>;
pub type Pauses = List<Pause, 1, 20>;

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

#[cfg(test)]
mod tests {
    use super::*;

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
