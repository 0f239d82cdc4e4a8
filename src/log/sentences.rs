//! The lines as people see them.

use super::terminal::Fields;
use crate::domain::Lang;
use crate::texts::{Message, msg, tenths};

macro_rules! lines {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What a line is about; its name is the field `line` of the structured form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Line { $($(#[$doc])* $variant),+ }

        impl Line {
            pub const ALL: &'static [Line] = &[$(Line::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Line::$variant => $name),+ }
            }
        }
    };
}

lines! {
    MasterKeyMade = "master_key_made",
    SetupOpen = "setup_open",
    ForeignOrigin = "foreign_origin",
    Listening = "listening",
    Stopping = "stopping",
    Stopped = "stopped",
    Connected = "connected",
    Disconnected = "disconnected",
    SourceStopped = "source_stopped",
    Reconnecting = "reconnecting",
    Refused = "refused",
    Gap = "gap",
    EventReceived = "event_received",
    WebhookSent = "webhook_sent",
    WebhookDelivered = "webhook_delivered",
    WebhookFailed = "webhook_failed",
    EventDead = "event_dead",
    WebhookTroubled = "webhook_troubled",
    WebhookRecovered = "webhook_recovered",
    WebhookPaused = "webhook_paused",
    WebhookResumed = "webhook_resumed",
    WaitingForDatabase = "waiting_for_database",
    StoreTroubled = "store_troubled",
    StoreRecovered = "store_recovered",
    NotWritten = "not_written",
    EventsExpired = "events_expired",
    TaskPanicked = "task_panicked",
    LinesLost = "lines_lost",
    SettingsRead = "settings_read",
    SettingsRefused = "settings_refused",
}

impl Line {
    pub(super) fn parse(name: &str) -> Option<Line> {
        Line::ALL.iter().copied().find(|line| line.as_str() == name)
    }

    /// The sentence of a line with these fields.
    pub(super) fn message(self, fields: &Fields, lang: Lang) -> Message {
        let f = |name| fields.text(name);
        match self {
            Line::MasterKeyMade => msg("log-master-key-made").with("path", f("path")),
            Line::SetupOpen => msg("log-setup-open").with("url", f("url")),
            Line::ForeignOrigin => msg("log-foreign-origin")
                .with("origin", f("origin"))
                .with("host", f("host"))
                .with("advice", advice(fields.get("x_forwarded_host").is_some())),
            Line::Listening => listening(fields),
            Line::Stopping => msg("log-stopping").with("reason", f("reason")),
            Line::Stopped => msg("log-stopped"),
            Line::SettingsRead => settings_read(fields),
            Line::SettingsRefused => msg("log-settings-refused").with("error", f("error")),
            Line::TaskPanicked => {
                let wait = seconds(f("restart_ms"), lang);
                msg("log-task-panicked").with("task", f("task")).with("wait", wait)
            }
            Line::LinesLost => msg("log-lines-lost").with("count", f("count")),
            Line::Connected
            | Line::Disconnected
            | Line::SourceStopped
            | Line::Reconnecting
            | Line::Refused
            | Line::Gap
            | Line::EventReceived => self.of_source(fields, lang),
            Line::WebhookSent
            | Line::WebhookDelivered
            | Line::WebhookFailed
            | Line::EventDead
            | Line::WebhookTroubled
            | Line::WebhookRecovered
            | Line::WebhookPaused
            | Line::WebhookResumed
            | Line::EventsExpired => self.of_webhook(fields),
            Line::WaitingForDatabase | Line::StoreTroubled | Line::StoreRecovered | Line::NotWritten => {
                self.of_database(fields, lang)
            }
        }
    }

    fn of_source(self, fields: &Fields, lang: Lang) -> Message {
        let f = |name| fields.text(name);
        let (company, provider, reason) = (f("company"), f("provider_name"), f("reason"));
        match self {
            Line::Connected => msg("log-connected").with("provider", provider).with("company", company),
            Line::Disconnected => msg("log-disconnected")
                .with("provider", provider)
                .with("company", company)
                .with("reason", reason),
            Line::SourceStopped => {
                msg("log-source-stopped").with("company", company).with("source", f("source"))
            }
            Line::Reconnecting => msg("log-reconnecting")
                .with("company", company)
                .with("wait", seconds(f("wait_ms"), lang))
                .with("attempt", f("attempt")),
            Line::Refused => {
                msg("log-refused").with("company", company).with("reason", reason).with("provider", provider)
            }
            Line::Gap => msg("log-gap")
                .with("lasted", seconds(f("lasted_ms"), lang))
                .with("company", company)
                .with("reason", reason),
            _ => msg("log-event-received").with("event", f("event")).with("company", company),
        }
    }

    fn of_webhook(self, fields: &Fields) -> Message {
        let f = |name| fields.text(name);
        let (event, webhook, url, reason) = (f("event"), f("webhook"), f("url"), f("reason"));
        match self {
            Line::WebhookSent => msg("log-webhook-sent").with("event", event).with("url", url),
            Line::WebhookDelivered => msg("log-webhook-delivered").with("url", url),
            Line::WebhookFailed => msg("log-webhook-failed")
                .with("event", event)
                .with("url", url)
                .with("error", f("error"))
                .with("attempt", f("attempt")),
            Line::EventDead => msg("log-event-dead")
                .with("event", event)
                .with("url", url)
                .with("reason", reason)
                .with("attempts", f("attempts")),
            Line::WebhookTroubled => msg("log-webhook-troubled")
                .with("webhook", webhook)
                .with("health", f("health"))
                .with("url", url)
                .with("reason", reason),
            Line::WebhookRecovered => msg("log-webhook-recovered").with("webhook", webhook).with("url", url),
            Line::WebhookPaused => msg("log-webhook-paused").with("webhook", webhook).with("reason", reason),
            Line::WebhookResumed => msg("log-webhook-resumed").with("webhook", webhook),
            _ => msg("log-events-expired")
                .with("count", f("count"))
                .with("company", f("company"))
                .with("webhook", webhook),
        }
    }

    fn of_database(self, fields: &Fields, lang: Lang) -> Message {
        let f = |name| fields.text(name);
        match self {
            Line::WaitingForDatabase => msg("log-waiting-for-database")
                .with("wait", seconds(f("gives_up_ms"), lang))
                .with("error", f("error")),
            Line::StoreTroubled => msg("log-store-troubled").with("error", f("error")),
            Line::StoreRecovered => msg("log-store-recovered").with("after", seconds(f("after_ms"), lang)),
            _ => msg("log-not-written")
                .with("count", f("count"))
                .with("company", f("company"))
                .with("error", f("error")),
        }
    }
}

/// What helps when forms come from another origin: a proxy named the host in a way that is not believed, or not at all.
pub(super) fn advice(is_unbelieved: bool) -> Message {
    if is_unbelieved { msg("log-advice-unbelieved") } else { msg("log-advice-host") }
}

fn listening(fields: &Fields) -> Message {
    let (version, address) = (fields.text("version"), fields.text("address"));
    match fields.get("inbound") {
        Some(inbound) => msg("log-listening-inbound")
            .with("version", version)
            .with("address", address)
            .with("inbound", inbound),
        None => msg("log-listening").with("version", version).with("address", address),
    }
}

fn settings_read(fields: &Fields) -> Message {
    let companies = fields.text("companies");
    match fields.text("restart") {
        "true" => msg("log-settings-read-restart").with("companies", companies),
        _ => msg("log-settings-read").with("companies", companies),
    }
}

/// Milliseconds as seconds with one digit after the mark: `1500` is `1,5 s`.
fn seconds(millis: &str, lang: Lang) -> String {
    let millis: u64 = millis.parse().unwrap_or(0);
    format!("{} s", tenths(lang, millis / 100))
}
