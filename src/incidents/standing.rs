//! Alerts by what they are about: of each there is one incident.

use crate::domain::incident::{Facts, Incident, Kind, Said};
use crate::domain::{Backlog, IncidentId, Lang, Timestamp, WebhookId};
use crate::watch::attention::Alert;

/// What stands now about one subject.
#[derive(Debug, Clone)]
pub struct Standing {
    pub subject: String,
    /// That of several webhooks of one destination is the longest one's, with what waits for all of them.
    pub alert: Alert,
    pub webhooks: Vec<WebhookId>,
}

/// The alerts, in their order, each subject once.
pub fn standings(alerts: Vec<Alert>) -> Vec<Standing> {
    let mut standings: Vec<Standing> = Vec::new();
    for alert in alerts {
        let subject = subject(&alert);
        let webhooks = alert.webhook.into_iter().collect();
        match standings.iter_mut().find(|standing| standing.subject == subject) {
            Some(standing) => standing.join(&alert),
            None => standings.push(Standing { subject, alert, webhooks }),
        }
    }
    for standing in &mut standings {
        standing.webhooks.sort_unstable();
    }
    standings
}

impl Standing {
    fn join(&mut self, other: &Alert) {
        let of = |alert: &Alert| Backlog { events: alert.amount.unwrap_or_default(), known: alert.known };
        let all: Backlog = [of(&self.alert), of(other)].into_iter().sum();
        (self.alert.amount, self.alert.known) = (Some(all.events), all.known);
        self.alert.since = self.alert.since.min(other.since);
        self.alert.next_try_at = self.alert.next_try_at.into_iter().chain(other.next_try_at).min();
        // One event would be named for all of them.
        self.alert.event = None;
        self.webhooks.extend(other.webhook);
    }

    pub fn facts(&self) -> Facts {
        let said = |of: &dyn Fn(Lang) -> String| Said { pt: of(Lang::Pt), en: of(Lang::En) };
        Facts {
            source: self.alert.source,
            company: None,
            is_about: self.alert.is_about,
            webhooks: self.webhooks.clone(),
            // Of a contact point it is a name.
            destination: self.alert.destination.clone().filter(|_| self.alert.contact.is_none()),
            level: self.alert.level.as_str().to_owned(),
            title: said(&|lang| self.alert.title(lang)),
            sentence: said(&|lang| self.alert.sentence(lang)),
            most: self.alert.amount,
        }
    }

    /// The incident that it would be.
    pub fn opened(&self, now: Timestamp) -> Incident {
        Incident {
            id: IncidentId(0),
            company: self.alert.company,
            subject: self.subject.clone(),
            kind: self.alert.kind,
            since: self.alert.since,
            opened_at: now,
            closed_at: None,
            facts: self.facts(),
            taken: None,
            silence: None,
        }
    }
}

/// What is the matter with a line is one thing, whatever it is; so it is with what a destination does instead of taking events.
fn subject(alert: &Alert) -> String {
    let source = || alert.source.map_or(0, |source| source.0);
    let webhook = || alert.webhook.map_or(0, |webhook| webhook.0);
    match alert.kind {
        Kind::NotWriting | Kind::NotOurs => "store".to_owned(),
        Kind::DiskLow => "disk".to_owned(),
        Kind::ContactFailing => format!("contact:{}", alert.contact.map_or(0, |contact| contact.0)),
        Kind::DutyFailing => format!("duty:{}", alert.duty.unwrap_or_default()),
        Kind::NotServed | Kind::TokenRefused | Kind::GapOpen | Kind::NotConnected => {
            format!("line:{}", source())
        }
        Kind::TokenExpired | Kind::TokenExpires => format!("token:{}", source()),
        Kind::Silence if alert.source.is_none() => {
            format!("silence:of:{}", alert.company.map_or(0, |company| company.0))
        }
        Kind::DoorRefuses if alert.source.is_none() => format!("door:of:{}", alert.provider),
        Kind::DoorRefuses => format!("door:{}", source()),
        Kind::Silence | Kind::EventsRefused | Kind::EventsLost | Kind::CallsNotRouted => {
            format!("{}:{}", alert.kind.as_str(), source())
        }
        Kind::WebhookFailing => {
            let company = alert.company.map_or(0, |company| company.0);
            format!("destination:{company}:{}", alert.destination.as_deref().unwrap_or_default())
        }
        Kind::WebhookNotStarted | Kind::WebhookGone | Kind::WebhookPaused => format!("webhook:{}", webhook()),
        Kind::EventFailing | Kind::EventsDead | Kind::EventsCrowdedOut | Kind::EventsExpired => {
            format!("{}:{}", alert.kind.as_str(), webhook())
        }
    }
}
