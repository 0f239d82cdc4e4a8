//! What differs between what is open and what stands.

use std::collections::HashSet;
use std::time::Duration;

use super::doors;
use super::standing::Standing;
use crate::domain::incident::{Ended, Incident, Kind, Said};
use crate::domain::{Lang, SourceState, Timestamp};
use crate::texts::say;
use crate::watch::attention::{Level, Look, WebhookLook, WebhookState};

/// What comes back so soon after it was over has not been over.
pub const COMES_BACK_WITHIN: Duration = Duration::from_mins(10);
/// A process knows little of what was before it. For so long what is not seen any more is not taken to be over.
pub const LEARNING: Duration = Duration::from_mins(1);

/// One thing to write down.
#[derive(Debug, Clone)]
pub enum Change {
    Open(Incident),
    /// It was closed, and is open again.
    Again(Incident),
    /// What is the matter, or whom it hits, as it is said of it; and whether that is worse.
    Changed(Incident, Said, bool),
    /// Nothing that is a step of its history, as how much.
    Grown(Incident),
    Closed(Incident, Ended),
}

impl Change {
    pub fn incident_mut(&mut self) -> &mut Incident {
        match self {
            Change::Open(incident)
            | Change::Again(incident)
            | Change::Changed(incident, ..)
            | Change::Grown(incident)
            | Change::Closed(incident, _) => incident,
        }
    }
}

/// `closed` are those that were closed within [`COMES_BACK_WITHIN`], the last closed first.
pub fn reconcile(open: &[Incident], closed: &[Incident], standings: &[Standing], look: &Look) -> Vec<Change> {
    let mut changes = Vec::new();
    for standing in standings {
        let of = |incident: &&Incident| incident.subject == standing.subject;
        if let Some(incident) = open.iter().find(of) {
            changes.extend(changed(incident, standing));
        } else if let Some(incident) = closed.iter().find(of) {
            // Since when it was so before it was over is not since when it is so again.
            let since = standing.alert.since;
            changes.push(Change::Again(Incident { closed_at: None, since, ..found(incident, standing) }));
        } else {
            changes.push(Change::Open(standing.opened(look.now)));
        }
    }
    let standing: HashSet<&str> = standings.iter().map(|standing| standing.subject.as_str()).collect();
    for incident in open.iter().filter(|incident| !standing.contains(incident.subject.as_str())) {
        if let Some(ended) = ended(incident, look) {
            let closed = Incident { closed_at: Some(look.now), ..incident.clone() };
            changes.push(Change::Closed(closed, ended));
        }
    }
    changes
}

/// The incident with what is found now.
fn found(incident: &Incident, standing: &Standing) -> Incident {
    let mut facts = standing.facts();
    facts.most = facts.most.max(incident.facts.most);
    facts.company.clone_from(&incident.facts.company);
    let since = if incident.kind == standing.alert.kind {
        incident.since.min(standing.alert.since)
    } else {
        standing.alert.since
    };
    Incident { kind: standing.alert.kind, since, facts, ..incident.clone() }
}

fn changed(incident: &Incident, standing: &Standing) -> Option<Change> {
    let now = found(incident, standing);
    let (before, after) = (&incident.facts, &now.facts);
    let is_worse = is_worse(incident, standing);
    let is_said_otherwise = incident.kind != now.kind || before.title != after.title || is_worse;
    // Only what can be read is a step: who looks at a row twice that says the same learns nothing.
    let said = if is_said_otherwise {
        Some(after.title.clone())
    } else if before.webhooks.len() != after.webhooks.len() {
        Some(hits(after.webhooks.len()))
    } else {
        None
    };
    let is_other = (&before.webhooks, &before.level) != (&after.webhooks, &after.level);
    // Told exactly while it is open; what is written down is for when it is over, and need not follow each event.
    let most = |facts: &crate::domain::incident::Facts| facts.most.unwrap_or_default();
    let grown = most(after) > most(before) + most(before) / 4;
    match said {
        Some(said) => Some(Change::Changed(now, said, is_worse)),
        None => (grown || is_other).then_some(Change::Grown(now)),
    }
}

/// So many webhooks that it hits now.
fn hits(count: usize) -> Said {
    let said = |lang| say(lang, "incident-now-webhooks").with("n", count).text();
    Said { pt: said(Lang::Pt), en: said(Lang::En) }
}

/// It costs more, or is a worse level of the same.
fn is_worse(before: &Incident, now: &Standing) -> bool {
    let was = Level::parse(&before.facts.level).unwrap_or(Level::Notice);
    let (cost, costs) = (before.kind.cost(), now.alert.kind.cost());
    costs > cost || (costs == cost && now.alert.level > was)
}

/// Why it is over, if that is known.
fn ended(incident: &Incident, look: &Look) -> Option<Ended> {
    match incident.kind {
        Kind::NotServed | Kind::TokenRefused | Kind::GapOpen | Kind::NotConnected => line(incident, look),
        Kind::WebhookFailing => destination(incident, look),
        Kind::Silence => silence(incident, look),
        Kind::EventFailing => event(incident, look),
        Kind::DoorRefuses => doors::ended(incident, look),
        // Written down: what is not there is over.
        Kind::WebhookGone
        | Kind::WebhookPaused
        | Kind::EventsDead
        | Kind::EventsCrowdedOut
        | Kind::EventsExpired
        | Kind::EventsRefused
        | Kind::EventsLost
        | Kind::ContactFailing
        | Kind::TokenExpired
        | Kind::TokenExpires => Some(Ended::Over),
        // Known to this process only: it may not have learnt of it yet.
        Kind::NotWriting
        | Kind::NotOurs
        | Kind::DiskLow
        | Kind::DutyFailing
        | Kind::CallsNotRouted
        | Kind::WebhookNotStarted => has_learnt(look).then_some(Ended::Over),
    }
}

fn has_learnt(look: &Look) -> bool {
    look.now.since(look.watching_since) >= LEARNING
}

/// The event is settled: one that its webhook does not take while it takes nothing at all is still not taken.
fn event(incident: &Incident, look: &Look) -> Option<Ended> {
    let its = |seen: &&WebhookLook| incident.facts.webhooks.contains(&seen.webhook);
    let Some(webhook) = look.webhooks.iter().find(its) else { return Some(Ended::Gone) };
    match webhook.state {
        WebhookState::Paused | WebhookState::Gone => Some(Ended::Stopped),
        WebhookState::NotStarted => None,
        WebhookState::Failing if webhook.troubled.is_some() => None,
        WebhookState::Well if webhook.troubled.is_some() && !webhook.others_follow => None,
        WebhookState::Failing | WebhookState::Well => has_learnt(look).then_some(Ended::Over),
    }
}

fn line(incident: &Incident, look: &Look) -> Option<Ended> {
    let source = incident.facts.source;
    let Some(source) = look.sources.iter().find(|seen| Some(seen.source) == source) else {
        return Some(Ended::Gone);
    };
    match (source.wanted, source.state) {
        (false, _) => Some(Ended::Stopped),
        (true, SourceState::Connected) => Some(Ended::Connected),
        (true, _) => None,
    }
}

/// Something came. That a line has come back, or that people have gone home, says nothing of what was not heard.
fn silence(incident: &Incident, look: &Look) -> Option<Ended> {
    let own = look.silences.iter().find(|silence| Some(silence.company) == incident.company);
    let mut its = look.sources.iter().filter(|source| match incident.facts.source {
        Some(of) => source.source == of,
        None => Some(source.company) == incident.company,
    });
    let last = match (incident.facts.source, own) {
        (None, Some(company)) => company.last_event_at,
        // It is told by the company's own alarm now, or by nobody any more.
        (Some(_), Some(_)) | (None, None) => return Some(Ended::Over),
        (Some(_), None) => its.clone().filter_map(|source| source.last_event_at).max(),
    };
    if its.clone().next().is_none() {
        return Some(Ended::Gone);
    }
    if its.all(|source| !source.wanted) {
        return Some(Ended::Stopped);
    }
    last.is_some_and(|at| at > incident.since).then_some(Ended::Over)
}

/// Each of its webhooks is well by evidence, leads elsewhere, or was stopped.
fn destination(incident: &Incident, look: &Look) -> Option<Ended> {
    let mut ended = Ended::Gone;
    for webhook in &incident.facts.webhooks {
        let Some(webhook) = look.webhooks.iter().find(|seen| seen.webhook == *webhook) else { continue };
        if Some(&webhook.destination) != incident.facts.destination.as_ref() {
            continue;
        }
        match webhook.state {
            WebhookState::Well if webhook.delivers => ended = Ended::Delivering,
            WebhookState::Well | WebhookState::Failing | WebhookState::NotStarted => return None,
            WebhookState::Gone | WebhookState::Paused => {
                if ended == Ended::Gone {
                    ended = Ended::Stopped;
                }
            }
        }
    }
    Some(ended)
}

/// Since when it would have had to be closed for it to be another one.
pub fn not_back_since(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(COMES_BACK_WITHIN.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
