//! What needs a person's attention, worst first: derived from states that exist, each with since when.
//!
//! What must hold here: the list is a pure function of a [`Look`]; nothing is remembered, so that what is mended is gone
//! from it at the next look. A thing is told once, by its cause: a refused token is not also an open gap.

use std::cmp::Reverse;
use std::time::Duration;

use serde::Serialize;

use super::Disk;
pub use super::look::{
    ContactLook, DoorLook, EventLook, Look, LossLook, SilenceLook, SourceLook, WebhookLook, WebhookState,
};
use crate::domain::incident::Kind;
use crate::domain::{CompanyId, ContactPointId, Day, Known, SourceId, SourceState, Timestamp, WebhookId};
use crate::journal::WaitReason;
use crate::texts::{Message, msg};

/// A line that is being connected again is nobody's trouble for this long.
pub const RECONNECTING: Duration = Duration::from_secs(15);
/// A program that was just started is still connecting: lines that were not lost since are nobody's trouble for this long. What they
/// missed meanwhile is a gap all the same.
pub const STARTING: Duration = Duration::from_mins(1);
/// A connected line without an event for this long is silent, if it had events before.
pub const SILENCE: Duration = Duration::from_hours(1);
/// An event that has failed for this long is told of although everything else arrives.
pub const FAILING_EVENT: Duration = Duration::from_mins(1);
/// What runs in the background may fail for so long before it is told.
pub const FAILING_DUTY: Duration = Duration::from_mins(5);
/// Lost events are told of for this long, over a weekend, unless they are sent again or put away before.
pub const LOST_WITHIN: Duration = Duration::from_hours(3 * 24);
/// The recorder's word for a database that another process has.
const NOT_OURS: &str = WaitReason::NotOurs.as_str();
/// So long before a token's last day is over it is told; again, as worse, when less than each of the others is left.
pub const EXPIRES_WITHIN: [(Level, Duration); 3] = [
    (Level::Notice, Duration::from_hours(30 * 24)),
    (Level::Warning, Duration::from_hours(14 * 24)),
    (Level::Critical, Duration::from_hours(3 * 24)),
];
/// A pause by a person is their own doing, and told only when it has lasted this long while events wait.
pub const PAUSED_FOR_LONG: Duration = Duration::from_hours(24);
/// Events that the database refused are told for this long.
pub const REFUSED_WITHIN: Duration = Duration::from_hours(24);

/// What kind of attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlertLevel)]
pub enum Level {
    /// Worth knowing.
    Notice,
    /// Will become critical, or costs events of a provider.
    Warning,
    /// Events do not arrive.
    Critical,
}

impl Level {
    pub fn parse(word: &str) -> Option<Level> {
        [Level::Notice, Level::Warning, Level::Critical].into_iter().find(|level| level.as_str() == word)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Critical => "critical",
        }
    }
}

/// One thing that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub level: Level,
    pub kind: Kind,
    pub since: Timestamp,
    /// It began at `since` at the earliest, and nobody saw when.
    pub is_about: bool,
    pub company: Option<CompanyId>,
    pub source: Option<SourceId>,
    /// What people call the source's provider.
    pub provider: &'static str,
    pub webhook: Option<WebhookId>,
    pub contact: Option<ContactPointId>,
    /// Where the webhook leads; what the contact point is called.
    pub destination: Option<String>,
    /// Events that wait or are lost (webhooks), calls that were not routed (sources), bytes that are free (disk), or minutes of work
    /// without an event (a company's silence).
    pub amount: Option<u64>,
    /// How well `amount` is known.
    pub known: Known,
    /// What an endpoint that fails does, as a phrase, and when it is tried again; of a door how it refuses and what to do.
    pub cause: Option<Message>,
    pub next_try_at: Option<Timestamp>,
    /// The event it is about, or the newest of several.
    pub event: Option<EventLook>,
    /// The token's last day, and how many days there are until then.
    pub day: Option<Day>,
    pub days_left: Option<u64>,
    pub duty: Option<&'static str>,
}

impl Alert {
    fn new(level: Level, kind: Kind, since: Timestamp) -> Self {
        Alert {
            level,
            kind,
            since,
            is_about: false,
            company: None,
            source: None,
            provider: "",
            webhook: None,
            contact: None,
            destination: None,
            amount: None,
            known: Known::Exactly,
            cause: None,
            next_try_at: None,
            event: None,
            day: None,
            days_left: None,
            duty: None,
        }
    }
}

/// The list: what loses events before what makes them late, that before what costs nothing yet; of these the worst level first,
/// of a level the longest.
pub fn attention(look: &Look) -> Vec<Alert> {
    let mut alerts = Vec::new();
    if let Some((reason, since)) = look.recorder {
        let kind = if reason == NOT_OURS { Kind::NotOurs } else { Kind::NotWriting };
        alerts.push(Alert::new(Level::Critical, kind, since));
    }
    if let Some(Disk { volume, low_since: Some(since) }) = look.disk {
        alerts.push(Alert { amount: Some(volume.free), ..Alert::new(Level::Warning, Kind::DiskLow, since) });
    }
    // What cannot be written fails everything that writes: that is told already.
    let duties = look.duties.iter().filter(|_| look.recorder.is_none());
    let for_long = |(_, since): &&(&str, Timestamp)| look.now.since(*since) >= FAILING_DUTY;
    alerts.extend(duties.filter(for_long).map(|(name, since)| Alert {
        duty: Some(name),
        ..Alert::new(Level::Warning, Kind::DutyFailing, *since)
    }));
    for source in &look.sources {
        let about = |alert: Alert| Alert {
            company: Some(source.company),
            source: Some(source.source),
            provider: source.provider,
            day: source.token_expires_on,
            ..alert
        };
        alerts.extend(line(source, look).map(about));
        alerts.extend(token(source, look.now).map(about));
        let refused =
            source.refused_since.map(|since| Alert::new(Level::Warning, Kind::EventsRefused, since));
        alerts.extend(refused.map(about));
        let lost = source.lost_since.map(|since| Alert::new(Level::Critical, Kind::EventsLost, since));
        alerts.extend(lost.map(about));
        let unrouted = source.unrouted.map(|(count, since)| Alert {
            amount: Some(count),
            ..Alert::new(Level::Warning, Kind::CallsNotRouted, since)
        });
        alerts.extend(unrouted.map(about));
    }
    alerts.extend(look.contacts.iter().map(|contact| Alert {
        company: contact.company,
        contact: Some(contact.contact),
        destination: Some(contact.name.clone()),
        ..Alert::new(Level::Warning, Kind::ContactFailing, contact.since)
    }));
    alerts.extend(look.doors.iter().filter(|door| takes_nothing(door)).map(door));
    alerts.extend(look.silences.iter().filter_map(|company| silence(company, look)));
    for webhook in &look.webhooks {
        alerts.extend(endpoint(webhook, look.now));
        alerts.extend(failing_event(webhook, look.now));
        alerts.extend(webhook.losses.iter().map(|loss| lost(webhook, loss)));
    }
    let place = |alert: &Alert| (Reverse(alert.kind.cost()), Reverse(alert.level), alert.since);
    alerts.sort_by_key(|alert| (place(alert), alert.company, alert.source, alert.webhook));
    alerts
}

/// What is the matter with a source's line.
fn line(source: &SourceLook, look: &Look) -> Option<Alert> {
    if !source.wanted {
        return None;
    }
    if !source.served {
        let since = source.created_at.max(look.watching_since);
        return Some(Alert::new(Level::Critical, Kind::NotServed, since));
    }
    match source.state {
        SourceState::Refused => Some(Alert::new(Level::Critical, Kind::TokenRefused, source.since)),
        SourceState::Waiting | SourceState::Connecting | SourceState::Stopped if !source.door => {
            let never = source.created_at.max(look.watching_since);
            let (kind, since) =
                source.gap_since.map_or((Kind::NotConnected, never), |since| (Kind::GapOpen, since));
            let from_before = source.gap_since.unwrap_or(source.created_at) <= look.watching_since;
            let starts = from_before && look.now.since(look.watching_since) < STARTING;
            let lasts = !starts && look.now.since(since) >= RECONNECTING;
            lasts.then(|| Alert { is_about: source.gap_about, ..Alert::new(Level::Critical, kind, since) })
        }
        SourceState::Connected => {
            let last = source.last_event_at?;
            // What was missed while there was no connection is a gap, not silence.
            let quiet_since = if source.door { last } else { last.max(source.since) };
            // Who says when it is to be told is told then.
            let own = look.silences.iter().any(|company| company.company == source.company);
            let silent = !own && !refuses(source, look) && look.now.since(quiet_since) >= SILENCE;
            silent.then(|| Alert::new(Level::Notice, Kind::Silence, last))
        }
        _ => None,
    }
}

/// That nothing comes of it is told by its cause.
fn refuses(source: &SourceLook, look: &Look) -> bool {
    look.doors
        .iter()
        .filter(|door| takes_nothing(door))
        .any(|door| door.source.is_some_and(|(_, id)| id == source.source))
}

/// One or two posts may be those of a stranger, or of somebody who tries it: they wake nobody.
fn takes_nothing(door: &DoorLook) -> bool {
    door.count > 2
}

/// A door that takes nothing. Posts that may be anybody's weigh less: they may be a stranger's.
fn door(door: &DoorLook) -> Alert {
    let level = if door.source.is_some() { Level::Critical } else { Level::Warning };
    Alert {
        company: door.source.map(|(company, _)| company),
        source: door.source.map(|(_, source)| source),
        provider: door.provider,
        amount: Some(door.count),
        cause: Some(door_advice(door.status, door.provider)),
        ..Alert::new(level, Kind::DoorRefuses, door.since)
    }
}

/// How posts were refused, and what to do about it.
pub fn door_advice(status: u16, provider: &'static str) -> Message {
    msg("door-refused-advice").with("status", status).with("provider", provider)
}

/// A company that is connected and says nothing. What is the matter with a line is told already.
fn silence(company: &SilenceLook, look: &Look) -> Option<Alert> {
    let mut its = look.sources.iter().filter(|source| source.company == company.company && source.wanted);
    let stands = its.clone().next().is_some()
        && its.all(|source| source.state == SourceState::Connected && !refuses(source, look));
    let since = company.last_event_at.unwrap_or(look.watching_since);
    (stands && company.is_open && company.lasted >= company.after).then(|| Alert {
        company: Some(company.company),
        amount: Some(company.lasted.as_secs() / 60),
        ..Alert::new(Level::Warning, Kind::Silence, since)
    })
}

/// What is the matter with a source's token, before anybody refuses it.
fn token(source: &SourceLook, now: Timestamp) -> Option<Alert> {
    let end = source.token_expires_on?.end();
    if end <= now {
        // While it is refused the refusal is told, which is worse.
        let told = source.wanted && source.state == SourceState::Refused;
        return (!told).then(|| Alert::new(Level::Warning, Kind::TokenExpired, end));
    }
    let begins = |before: Duration| {
        Timestamp(end.0.saturating_sub(i64::try_from(before.as_micros()).unwrap_or(i64::MAX)))
    };
    let [(_, first), ..] = EXPIRES_WITHIN;
    let reached = EXPIRES_WITHIN.iter().rev().find(|(_, before)| begins(*before) <= now);
    let days_left = Some(end.since(now).as_secs() / 86_400);
    reached.map(|(level, _)| Alert { days_left, ..Alert::new(*level, Kind::TokenExpires, begins(first)) })
}

fn endpoint(webhook: &WebhookLook, now: Timestamp) -> Option<Alert> {
    let for_long = now.since(webhook.since) >= PAUSED_FOR_LONG;
    let (level, kind) = match webhook.state {
        WebhookState::Failing => (Level::Critical, Kind::WebhookFailing),
        WebhookState::NotStarted => (Level::Critical, Kind::WebhookNotStarted),
        WebhookState::Gone => (Level::Critical, Kind::WebhookGone),
        WebhookState::Paused if for_long && !webhook.backlog.is_empty() => {
            (Level::Notice, Kind::WebhookPaused)
        }
        WebhookState::Well | WebhookState::Paused => return None,
    };
    Some(Alert {
        company: Some(webhook.company),
        webhook: Some(webhook.webhook),
        destination: Some(webhook.destination.clone()),
        amount: Some(webhook.backlog.events),
        known: webhook.backlog.known,
        cause: webhook.cause.clone(),
        next_try_at: webhook.next_try_at,
        event: webhook.troubled.as_ref().map(|(event, _)| event.clone()),
        ..Alert::new(level, kind, webhook.since)
    })
}

/// An event that fails for long while others arrive; of a webhook that fails as a whole that is told. Where nothing has arrived
/// since, it is not known to be the event.
fn failing_event(webhook: &WebhookLook, now: Timestamp) -> Option<Alert> {
    let is_its_own = webhook.state == WebhookState::Well && webhook.others_follow;
    let (event, since) = webhook.troubled.as_ref().filter(|_| is_its_own)?;
    (now.since(*since) >= FAILING_EVENT).then(|| Alert {
        company: Some(webhook.company),
        webhook: Some(webhook.webhook),
        destination: Some(webhook.destination.clone()),
        event: Some(event.clone()),
        ..Alert::new(Level::Notice, Kind::EventFailing, *since)
    })
}

fn lost(webhook: &WebhookLook, loss: &LossLook) -> Alert {
    // What the endpoint refused is for its owner to mend; the others might have arrived.
    let level = if loss.kind == Kind::EventsDead { Level::Warning } else { Level::Critical };
    Alert {
        company: Some(webhook.company),
        webhook: Some(webhook.webhook),
        destination: Some(webhook.destination.clone()),
        amount: Some(loss.count),
        known: if loss.more { Known::AtLeast } else { Known::Exactly },
        event: Some(loss.newest.clone()),
        ..Alert::new(level, loss.kind, loss.since)
    }
}

#[cfg(test)]
#[path = "attention_tests.rs"]
mod tests;
