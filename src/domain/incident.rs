//! What is wrong, kept: an incident is opened and closed by the program, and what happened to it is written down.
//!
//! What must hold here: of one subject there is at most one open incident. What is said of it is kept in both languages as it was
//! said, so that what is long over reads as it did.

use serde::{Deserialize, Serialize};

use super::{CompanyId, IncidentId, SourceId, Timestamp, WebhookId};

/// What is the matter.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertKind)]
pub enum Kind {
    /// Events cannot be written down.
    NotWriting,
    /// Another process has the database.
    NotOurs,
    DiskLow,
    /// Something that runs in the background fails, or does not end.
    DutyFailing,
    /// A source of a provider that this version does not know.
    NotServed,
    TokenRefused,
    TokenExpired,
    TokenExpires,
    /// A line is lost and not back yet.
    GapOpen,
    /// A line has not connected once.
    NotConnected,
    Silence,
    /// A door takes nothing of what is posted to it.
    DoorRefuses,
    /// The database refused the content of events, which are lost.
    EventsRefused,
    /// The database came back without events that it had written.
    EventsLost,
    /// Calls went where their provider sends them by itself: it did not take in its time what was decided.
    CallsNotRouted,
    /// Nothing goes out to it, and that is not its fault.
    WebhookNotStarted,
    WebhookFailing,
    WebhookGone,
    /// Paused by a person for long, while events wait.
    WebhookPaused,
    /// The endpoint takes everything but an event that is sent again and again.
    EventFailing,
    /// Refused, or tried as often as the schedule has it: not sent again by themselves.
    EventsDead,
    /// Given up early, since too many were set aside.
    EventsCrowdedOut,
    /// Taken by retention before they were delivered.
    EventsExpired,
    /// Somebody who is to be told of incidents could not be.
    ContactFailing,
}

/// What something that is wrong costs, the worst last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentCost)]
pub enum Cost {
    /// Nothing yet.
    Coming,
    /// Time: it is kept, and goes on once the cause is gone.
    Waiting,
    /// What comes meanwhile, or what it tells of, is gone.
    Losing,
}

impl Kind {
    pub const ALL: [Kind; 24] = [
        Kind::NotWriting,
        Kind::NotOurs,
        Kind::DiskLow,
        Kind::DutyFailing,
        Kind::NotServed,
        Kind::TokenRefused,
        Kind::TokenExpired,
        Kind::TokenExpires,
        Kind::GapOpen,
        Kind::NotConnected,
        Kind::Silence,
        Kind::DoorRefuses,
        Kind::EventsRefused,
        Kind::EventsLost,
        Kind::CallsNotRouted,
        Kind::WebhookNotStarted,
        Kind::WebhookFailing,
        Kind::WebhookGone,
        Kind::WebhookPaused,
        Kind::EventFailing,
        Kind::EventsDead,
        Kind::EventsCrowdedOut,
        Kind::EventsExpired,
        Kind::ContactFailing,
    ];

    pub fn cost(self) -> Cost {
        match self {
            Kind::NotWriting
            | Kind::NotOurs
            | Kind::NotServed
            | Kind::TokenRefused
            | Kind::GapOpen
            | Kind::NotConnected
            | Kind::DoorRefuses
            | Kind::EventsRefused
            | Kind::EventsLost
            | Kind::CallsNotRouted
            | Kind::EventsCrowdedOut
            | Kind::EventsExpired => Cost::Losing,
            Kind::WebhookNotStarted
            | Kind::WebhookFailing
            | Kind::WebhookGone
            | Kind::WebhookPaused
            | Kind::EventFailing
            | Kind::EventsDead
            | Kind::ContactFailing => Cost::Waiting,
            Kind::DiskLow | Kind::DutyFailing | Kind::TokenExpired | Kind::TokenExpires | Kind::Silence => {
                Cost::Coming
            }
        }
    }

    /// The word of the API, of the database and of the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::NotWriting => "not_writing",
            Kind::NotOurs => "not_ours",
            Kind::DiskLow => "disk_low",
            Kind::DutyFailing => "duty_failing",
            Kind::NotServed => "not_served",
            Kind::TokenRefused => "token_refused",
            Kind::TokenExpired => "token_expired",
            Kind::TokenExpires => "token_expires",
            Kind::GapOpen => "gap_open",
            Kind::NotConnected => "not_connected",
            Kind::Silence => "silence",
            Kind::DoorRefuses => "door_refuses",
            Kind::EventsRefused => "events_refused",
            Kind::EventsLost => "events_lost",
            Kind::CallsNotRouted => "calls_not_routed",
            Kind::WebhookNotStarted => "webhook_not_started",
            Kind::WebhookFailing => "webhook_failing",
            Kind::WebhookGone => "webhook_gone",
            Kind::WebhookPaused => "webhook_paused",
            Kind::EventFailing => "event_failing",
            Kind::EventsDead => "events_dead",
            Kind::EventsCrowdedOut => "events_crowded_out",
            Kind::EventsExpired => "events_expired",
            Kind::ContactFailing => "contact_failing",
        }
    }

    /// A word of a later version is none of ours.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Cost {
    pub fn parse(word: &str) -> Option<Cost> {
        [Cost::Coming, Cost::Waiting, Cost::Losing].into_iter().find(|cost| cost.as_str() == word)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Cost::Coming => "coming",
            Cost::Waiting => "waiting",
            Cost::Losing => "losing",
        }
    }
}

/// The detail of a [`Step::Changed`] that is for the worse.
pub const WORSE: &str = "worse";

/// The detail of a [`Step::Told`] or [`Step::NotTold`] whose contact is of the installation.
pub const OF_INSTALLATION: &str = "installation";

/// A sentence as it was said, in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub pt: String,
    pub en: String,
}

impl Said {
    pub fn of(&self, lang: super::Lang) -> &str {
        match lang {
            super::Lang::Pt => &self.pt,
            super::Lang::En => &self.en,
        }
    }
}

/// What an incident is about, and what was last said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// What its company was called when something was last written down of it: the company may be gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Nobody saw it begin: since when it is so is the last sign of life before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_about: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<WebhookId>,
    /// Where they lead: `https://erp.example`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// How bad it is: a word of the alert's level.
    pub level: String,
    /// What is the matter, in a line.
    pub title: Said,
    /// The same with what it costs and what to do.
    pub sentence: Said,
    /// The most that was seen to wait, or to be lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub id: IncidentId,
    /// `None` is the whole installation.
    pub company: Option<CompanyId>,
    /// What it is about: `source:3`, `destination:7:https://erp.example`, …
    pub subject: String,
    pub kind: Kind,
    /// Since when it is so.
    pub since: Timestamp,
    /// When the program saw it.
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub facts: Facts,
    /// Who has taken it, and when.
    pub taken: Option<(String, Timestamp)>,
    pub silence: Option<Silence>,
}

/// Nobody wants to hear of it until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// [`Silence::UNTIL_CLOSED`] is until it is over.
    pub until: Timestamp,
    pub by: String,
}

impl Silence {
    /// For as long as the incident is open.
    pub const UNTIL_CLOSED: Timestamp = Timestamp(i64::MAX);
}

impl Incident {
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.silence.as_ref().is_some_and(|silence| silence.until > now)
    }
}

/// What happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentStep)]
pub enum Step {
    Opened,
    /// What is the matter has changed, or whom it hits.
    Changed,
    /// It was over and has come back.
    Again,
    Acknowledged,
    Silenced,
    /// The silence was ended.
    Heard,
    /// Somebody wrote something down.
    Noted,
    /// Somebody was told.
    Told,
    /// Somebody could not be told.
    NotTold,
    Closed,
}

impl Step {
    pub const ALL: [Step; 10] = [
        Step::Opened,
        Step::Changed,
        Step::Again,
        Step::Acknowledged,
        Step::Silenced,
        Step::Heard,
        Step::Noted,
        Step::Told,
        Step::NotTold,
        Step::Closed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Step::Opened => "opened",
            Step::Changed => "changed",
            Step::Again => "again",
            Step::Acknowledged => "acknowledged",
            Step::Silenced => "silenced",
            Step::Heard => "heard",
            Step::Noted => "noted",
            Step::Told => "told",
            Step::NotTold => "not_told",
            Step::Closed => "closed",
        }
    }

    pub fn parse(word: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

/// Why an incident was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// What it told of is no longer so.
    Over,
    /// The endpoint takes events again.
    Delivering,
    /// The line stands again.
    Connected,
    /// A person paused or disconnected what it was about.
    Stopped,
    /// What it was about leads elsewhere now, or is no more.
    Gone,
}

impl Ended {
    pub fn as_str(self) -> &'static str {
        match self {
            Ended::Over => "over",
            Ended::Delivering => "delivering",
            Ended::Connected => "connected",
            Ended::Stopped => "stopped",
            Ended::Gone => "gone",
        }
    }
}

/// A line of an incident's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub step: Step,
    /// Who did it; nobody for what the program does.
    pub by: Option<String>,
    /// What was said: the new title, the note, who was told.
    pub text: Option<Said>,
    /// Of `silenced`: until when. Of `closed`: the word of [`Ended`].
    pub detail: Option<String>,
}

impl Entry {
    pub fn of(step: Step, at: Timestamp) -> Self {
        Self { at, step, by: None, text: None, detail: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_api() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::json!(kind), kind.as_str());
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("of a later version"), None);
        for step in Step::ALL {
            assert_eq!(serde_json::json!(step), step.as_str());
        }
    }
}
