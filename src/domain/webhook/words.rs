//! The words for what becomes of an event on its way to a webhook.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use crate::domain::words_schema;

/// Words that are stored by their text; reading one back is the inverse.
macro_rules! stored_word {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            pub const WORDS: &'static [&'static str] = &[$($text),+];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                words_schema(Self::WORDS.iter().copied())
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
