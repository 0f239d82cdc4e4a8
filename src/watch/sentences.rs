//! What needs attention, in words: each sentence says what is the matter and what to do about it.

use super::attention::{Alert, EventLook};
use crate::domain::incident::Kind;
use crate::domain::{Backlog, Lang};
use crate::texts::{Message, msg, tenths};

impl Alert {
    /// What is the matter, and what to do about it.
    pub fn sentence(&self, lang: Lang) -> String {
        let amount = self.amount.unwrap_or_default();
        let waiting = in_words(Backlog { events: amount, known: self.known });
        let message = match self.kind {
            Kind::NotWriting => msg("attention-not-writing"),
            Kind::NotOurs => msg("attention-not-ours"),
            Kind::DiskLow => msg("attention-disk-low").with("mebibytes", (amount >> 20).to_string()),
            Kind::DutyFailing => {
                let title = msg("duty-title").with("duty", self.duty.unwrap_or_default());
                msg("attention-duty-failing").with("title", title)
            }
            Kind::WebhookNotStarted => msg("attention-webhook-not-started").with("waiting", waiting),
            Kind::WebhookFailing => msg("attention-webhook-failing")
                .with("cause", self.cause.clone().unwrap_or_else(|| msg("cause-unknown")))
                .with("waiting", waiting)
                .with("event", self.event_in_words(lang)),
            Kind::WebhookGone => msg("attention-webhook-gone").with("waiting", waiting),
            Kind::WebhookPaused => msg("attention-webhook-paused").with("waiting", waiting),
            Kind::EventFailing => msg("attention-event-failing").with("event", self.event_in_words(lang)),
            Kind::DoorRefuses => {
                let advice = self.cause.clone().unwrap_or_else(|| msg("cause-unknown"));
                match self.source {
                    Some(_) => msg("attention-door-refuses").with("n", amount).with("advice", advice),
                    None => msg("attention-door-refuses-nobody")
                        .with("n", amount)
                        .with("provider", self.provider)
                        .with("advice", advice),
                }
            }
            Kind::NotServed
            | Kind::TokenRefused
            | Kind::TokenExpired
            | Kind::TokenExpires
            | Kind::GapOpen
            | Kind::NotConnected
            | Kind::Silence
            | Kind::EventsRefused
            | Kind::EventsLost => self.of_source(),
            Kind::CallsNotRouted => {
                let count = msg("attention-calls").with("n", amount);
                msg("attention-calls-not-routed").with("provider", self.provider).with("count", count)
            }
            Kind::ContactFailing => msg("attention-contact-failing"),
            Kind::EventsDead | Kind::EventsCrowdedOut | Kind::EventsExpired => self.of_loss(lang),
        };
        message.text(lang)
    }

    /// What is the matter with a source.
    fn of_source(&self) -> Message {
        let (provider, day) = (self.provider, self.day_in_words());
        match self.kind {
            Kind::NotServed => msg("attention-not-served").with("provider", provider),
            Kind::TokenRefused => msg("attention-token-refused").with("provider", provider),
            Kind::TokenExpired => msg("attention-token-expired").with("day", day).with("provider", provider),
            Kind::TokenExpires => {
                msg("attention-token-expires").with("day", self.day_to_come()).with("provider", provider)
            }
            Kind::GapOpen if self.is_about => msg("attention-gap-open-about").with("provider", provider),
            Kind::GapOpen => msg("attention-gap-open").with("provider", provider),
            Kind::NotConnected => msg("attention-not-connected"),
            Kind::Silence if self.source.is_none() => {
                msg("attention-silence-company").with("n", self.amount.unwrap_or_default())
            }
            Kind::Silence => msg("attention-silence").with("provider", provider),
            Kind::EventsRefused => msg("attention-events-refused"),
            _ => msg("attention-events-lost"),
        }
    }

    /// What is lost and what to do about it.
    fn of_loss(&self, lang: Lang) -> Message {
        let count = counted(Backlog { events: self.amount.unwrap_or_default(), known: self.known });
        let event = self.event_in_words(lang);
        match self.kind {
            Kind::EventsExpired => msg("attention-events-expired").with("count", count).with("event", event),
            Kind::EventsCrowdedOut => {
                msg("attention-events-crowded-out").with("count", count).with("event", event)
            }
            _ => msg("attention-events-dead").with("count", count).with("event", event),
        }
    }

    /// The event, its size and its last answer, as a sentence with a space before it; empty when there is none.
    fn event_in_words(&self, lang: Lang) -> String {
        let Some(EventLook { id, bytes, last }) = &self.event else { return String::new() };
        let id = id.to_string();
        let size = bytes.map_or_else(String::new, |bytes| format!(" ({})", size(bytes, lang)));
        let event = match last {
            None => msg("attention-the-event").with("id", id).with("size", size),
            Some(last) => msg("attention-the-event-answered")
                .with("id", id)
                .with("size", size)
                .with("last", last.clone()),
        };
        format!(" {}", event.text(lang))
    }
}

/// How many events wait: "148 events in the queue".
fn in_words(backlog: Backlog) -> Message {
    msg("backlog-waiting").with("n", backlog.events).with("known", backlog.known.as_str())
}

/// The number alone, with how well it is known: "at most 148".
pub fn counted(backlog: Backlog) -> Message {
    msg("backlog-count").with("n", backlog.events).with("known", backlog.known.as_str())
}

/// A number of bytes for people.
pub fn size(bytes: u64, lang: Lang) -> String {
    let (divisor, unit) = match bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => (1_000, "kB"),
        _ => (1_000_000, "MB"),
    };
    format!("{} {unit}", tenths(lang, (bytes + divisor / 20) / (divisor / 10)))
}
