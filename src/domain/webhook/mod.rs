//! What a webhook wants, and what its fields may be.
//!
//! What must hold here: whatever says what a webhook is to be (the settings file, the API, the panel) is judged by what stands
//! here, and the API's document is made of it.

mod headers;
mod pattern;
mod rule;
mod words;

use serde::{Deserialize, Serialize};

use super::bounds::{List, Name, Whole};
use super::{MaskedUrl, Seq, Timestamp};

pub use headers::{AddedHeaders, LONGEST_HEADER_VALUE, header_faults};
pub use pattern::Pattern;
pub use rule::{Operator, Rule, RuleAt, Rules};
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    pub events: EventTypes,
    #[serde(default)]
    pub rules: Rules,
    #[serde(default)]
    pub format: Format,
    #[serde(default)]
    pub redact: Redacted,
}

/// Every event, as it came.
impl Default for Wishes {
    fn default() -> Self {
        Self {
            events: EventTypes::of([Pattern::All]),
            rules: Rules::default(),
            format: Format::default(),
            redact: Redacted::default(),
        }
    }
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
    pub events: EventTypes,
    #[serde(default)]
    pub rules: Rules,
    #[serde(default)]
    pub format: Format,
    /// Keys whose values are replaced by `"***"` in what is sent, wherever they stand in the payload.
    #[serde(default)]
    pub redact: Redacted,
}

impl Revision {
    /// What was saved, without its number, place and time.
    pub fn wishes(&self) -> Wishes {
        let Revision { events, rules, format, redact, .. } = self.clone();
        Wishes { events, rules, format, redact }
    }
}

/// What holds at once for every request of a webhook, whatever the event's age. Secrets are kept apart, and so is an address that
/// may hold some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    pub name: Name,
    pub url: MaskedUrl,
    /// Requests at once.
    pub concurrency: Concurrency,
    /// Requests a second at most; `None` is unlimited.
    #[serde(default)]
    pub rate_per_second: Option<Rate>,
    /// The whole exchange, in seconds, to the last byte of the answer.
    pub timeout_seconds: Timeout,
    /// Order per lane; off makes every event its own lane.
    pub ordered: bool,
    /// Pauses between tries, in seconds.
    pub retry_seconds: Pauses,
}

impl WebhookSettings {
    /// How many of the retries are fast: an event blocks its lane only through these.
    pub const FAST_RETRIES: usize = 4;

    pub fn new(name: Name, url: MaskedUrl) -> Self {
        Self {
            name,
            url,
            concurrency: Concurrency::of::<32>(),
            rate_per_second: None,
            timeout_seconds: Timeout::of::<15>(),
            ordered: true,
            retry_seconds: Self::pauses(),
        }
    }

    /// 5 s, 30 s, 2 min, 10 min (the fast retries), 30 min, 2 h, 6 h, 12 h, 24 h.
    pub fn pauses() -> Pauses {
        Pauses::of([
            Pause::of::<5>(),
            Pause::of::<30>(),
            Pause::of::<120>(),
            Pause::of::<600>(),
            Pause::of::<1_800>(),
            Pause::of::<7_200>(),
            Pause::of::<21_600>(),
            Pause::of::<43_200>(),
            Pause::of::<86_400>(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_hold_no_key_of_the_address() {
        let url = MaskedUrl::of("https://a.example/hook?code=SECRET");
        let settings = WebhookSettings::new(Name::new("a").expect("a name"), url);
        assert!(!format!("{settings:?}").contains("SECRET"));
        assert!(!serde_json::to_string(&settings).expect("JSON").contains("SECRET"));
    }

    #[test]
    fn what_the_first_release_stored_is_read_as_it_stands() {
        let settings = r#"{"name":"a","url":"https://a.example/hook?code=SECRET","concurrency":32,"rate_per_second":null,
            "timeout_seconds":15,"ordered":true,"retry_seconds":[5,30]}"#;
        let settings: WebhookSettings = serde_json::from_str(settings).expect("settings");
        assert_eq!(settings.url.as_str(), "https://a.example/hook?code=SECRET", "until it is sealed");
        assert_eq!(settings.retry_seconds, Pauses::of([Pause::of::<5>(), Pause::of::<30>()]));
        let wishes =
            r#"{"events":["call-*"],"rules":{"*":[{"path":"a..b","operator":"less_than","value":"x"}]}}"#;
        let wishes: Wishes = serde_json::from_str(wishes).expect("wishes");
        assert_eq!(wishes.rules["*"][0].path, "a..b", "it leads nowhere, as it did");
    }

    #[test]
    fn words_are_read_back() {
        for state in HeldState::ALL {
            assert_eq!(HeldState::parse(state.as_str()), Some(*state));
        }
        assert_eq!(HeldState::parse("gone"), None);
    }
}
