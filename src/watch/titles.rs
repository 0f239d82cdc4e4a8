//! What needs attention, in a line: what is the matter, without what it costs and what to do.

use super::attention::Alert;
use crate::domain::incident::Kind;
use crate::domain::{Day, Lang};
use crate::texts::{Message, msg, sentence};

impl Alert {
    /// Without a full stop: it stands as a heading and as a subject.
    pub fn title(&self, lang: Lang) -> String {
        let title = self.matter().text(lang);
        // A destination's name stays as it is written; a phrase begins as a sentence does.
        if self.is_named_first() { title } else { sentence(&title).trim_end_matches('.').to_owned() }
    }

    fn is_named_first(&self) -> bool {
        matches!(
            self.kind,
            Kind::WebhookFailing
                | Kind::WebhookGone
                | Kind::WebhookPaused
                | Kind::WebhookNotStarted
                | Kind::EventFailing
        )
    }

    fn matter(&self) -> Message {
        let destination = || self.destination.clone().unwrap_or_default();
        let provider = self.provider;
        match self.kind {
            Kind::NotWriting => msg("incident-not-writing"),
            Kind::NotOurs => msg("incident-not-ours"),
            Kind::DiskLow => msg("incident-disk-low"),
            Kind::DutyFailing => {
                let title = msg("duty-title").with("duty", self.duty.unwrap_or_default());
                msg("incident-duty-failing").with("title", title)
            }
            Kind::NotServed => msg("incident-not-served").with("provider", provider),
            Kind::TokenRefused => msg("incident-token-refused").with("provider", provider),
            Kind::TokenExpired => {
                msg("incident-token-expired").with("provider", provider).with("day", self.day_in_words())
            }
            Kind::TokenExpires => {
                msg("incident-token-expires").with("provider", provider).with("day", self.day_to_come())
            }
            Kind::GapOpen => msg("incident-gap-open").with("provider", provider),
            Kind::NotConnected => msg("incident-not-connected").with("provider", provider),
            Kind::Silence if self.source.is_none() => msg("incident-silence-company"),
            Kind::Silence => msg("incident-silence").with("provider", provider),
            Kind::DoorRefuses if self.source.is_none() => {
                msg("incident-door-refuses-nobody").with("provider", provider)
            }
            Kind::DoorRefuses => msg("incident-door-refuses").with("provider", provider),
            Kind::EventsRefused => msg("incident-events-refused").with("provider", provider),
            Kind::EventsLost => msg("incident-events-lost").with("provider", provider),
            Kind::CallsNotRouted => msg("incident-calls-not-routed").with("provider", provider),
            Kind::WebhookFailing => {
                let cause = self.cause.clone().unwrap_or_else(|| msg("cause-unknown"));
                msg("incident-webhook-failing").with("destination", destination()).with("cause", cause)
            }
            Kind::WebhookGone => msg("incident-webhook-gone").with("destination", destination()),
            Kind::WebhookPaused => msg("incident-webhook-paused").with("destination", destination()),
            Kind::WebhookNotStarted => msg("incident-webhook-not-started").with("destination", destination()),
            Kind::EventFailing => msg("incident-event-failing").with("destination", destination()),
            Kind::ContactFailing => msg("incident-contact-failing").with("name", destination()),
            Kind::EventsDead => msg("incident-events-dead").with("destination", destination()),
            Kind::EventsCrowdedOut => msg("incident-events-crowded-out").with("destination", destination()),
            Kind::EventsExpired => msg("incident-events-expired").with("destination", destination()),
        }
    }

    /// The day with how far it is: `em 5 dias (31/12/2026)`.
    pub(super) fn day_to_come(&self) -> Message {
        let day = self.day_in_words();
        match self.days_left {
            Some(left) => msg("day-to-come").with("n", left).with("day", day),
            None => msg("day-to-come-alone").with("day", day),
        }
    }

    pub(super) fn day_in_words(&self) -> Message {
        self.day.map_or_else(|| msg("day-unknown"), in_words)
    }
}

/// A day as the language writes it.
fn in_words(day: Day) -> Message {
    let written = day.to_string();
    let mut parts = written.split('-');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (year, month, day) = (part(), part(), part());
    msg("day-written").with("year", year).with("month", month).with("day", day)
}
