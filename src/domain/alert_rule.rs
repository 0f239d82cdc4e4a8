//! Who is told of incidents, when, and how often.
//!
//! What must hold here: a plan is a pure function of what happened and the rules; what is planned may turn out not to be wanted
//! any more when its time comes ([`Why`] says what has to hold then).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::incident::{Cost, Incident, Kind, Step};
use super::{AlertRuleId, CompanyId, ContactPointId, IncidentId, Timestamp};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRule {
    pub id: AlertRuleId,
    /// `None` is of the installation: it is about every company, and about the installation itself.
    pub company: Option<CompanyId>,
    pub name: String,
    pub enabled: bool,
    pub terms: Terms,
    /// Goes up with every saved change.
    pub version: i64,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Incidents that cost one of these.
    pub costs: Vec<Cost>,
    /// Of these only those of these kinds; empty is all.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Who is told at once.
    pub contacts: Vec<ContactPointId>,
    /// And who, when nobody has acknowledged it for so many minutes.
    #[serde(default)]
    pub escalates_to: Vec<ContactPointId>,
    #[serde(default)]
    pub escalates_after: Option<u32>,
    /// Told again every so many minutes, for as long as nobody has acknowledged it.
    #[serde(default)]
    pub repeats_after: Option<u32>,
    /// Whoever was told is told when it is over.
    #[serde(default)]
    pub tells_end: bool,
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was opened, or has come back. Nobody is told of one that is over already.
    Opened,
    /// It has become worse.
    Worse,
    /// Nobody has acknowledged it.
    Escalated,
    /// It goes on, and nobody has acknowledged it.
    StillOpen,
    /// It is over. Told to whoever was told of it.
    Closed,
}

impl Why {
    pub const ALL: [Why; 5] = [Why::Opened, Why::Worse, Why::Escalated, Why::StillOpen, Why::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Why::Opened => "opened",
            Why::Worse => "worse",
            Why::Escalated => "escalated",
            Why::StillOpen => "still_open",
            Why::Closed => "closed",
        }
    }

    pub fn parse(word: &str) -> Option<Why> {
        Why::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// It was not due at once: it is told of one that goes on.
    pub fn comes_later(self) -> bool {
        matches!(self, Why::Escalated | Why::StillOpen)
    }

    /// Whether it is still to be told of an incident that stands like this.
    pub fn holds(self, incident: &Incident, now: Timestamp) -> bool {
        if incident.is_silent(now) {
            return false;
        }
        let open = incident.closed_at.is_none();
        match self {
            Why::Opened | Why::Worse => open,
            Why::Escalated | Why::StillOpen => open && incident.taken.is_none(),
            Why::Closed => !open,
        }
    }
}

/// Somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub contact: ContactPointId,
    pub incident: IncidentId,
    pub rule: AlertRuleId,
    pub why: Why,
    pub due_at: Timestamp,
}

/// From a minute of the day to another, over midnight if the first is the later: only what loses events is told then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    pub from: u16,
    pub to: u16,
}

impl AlertRule {
    /// It is about such incidents, as it stands now.
    pub fn is_about(&self, incident: &Incident) -> bool {
        let of = self.company.is_none() || self.company == incident.company;
        let Terms { costs, kinds, .. } = &self.terms;
        self.enabled
            && of
            && costs.contains(&incident.kind.cost())
            && (kinds.is_empty() || kinds.contains(&incident.kind))
    }

    /// It tells this contact, at once or later, of this incident.
    pub fn tells(&self, contact: ContactPointId, incident: &Incident) -> bool {
        let Terms { contacts, escalates_to, .. } = &self.terms;
        self.is_about(incident) && (contacts.contains(&contact) || escalates_to.contains(&contact))
    }

    /// It would plan the same now: a rule that was changed meanwhile tells what it says now.
    pub fn still_tells(&self, notice: &Notice, incident: &Incident) -> bool {
        let Terms { contacts, escalates_to, escalates_after, repeats_after, tells_end, .. } = &self.terms;
        let at_once = contacts.contains(&notice.contact);
        let further = escalates_to.contains(&notice.contact);
        let names = match notice.why {
            Why::Opened | Why::Worse => at_once,
            Why::Escalated => further && escalates_after.is_some(),
            Why::StillOpen => at_once && repeats_after.is_some(),
            Why::Closed => (at_once || further) && *tells_end,
        };
        names && self.is_about(incident)
    }
}

/// Who is to be told of a step of an incident, and when. Quiet hours are seen to when that time has come: they may be others then.
pub fn plan(incident: &Incident, step: Step, worse: bool, at: Timestamp, rules: &[AlertRule]) -> Vec<Notice> {
    let why = match step {
        Step::Opened | Step::Again => Why::Opened,
        Step::Changed if worse => Why::Worse,
        _ => return Vec::new(),
    };
    let mut notices = Vec::new();
    for rule in rules.iter().filter(|rule| rule.is_about(incident)) {
        let mut add = |contacts: &[ContactPointId], why: Why, at: Timestamp| {
            for contact in contacts {
                let notice =
                    Notice { contact: *contact, incident: incident.id, rule: rule.id, why, due_at: at };
                // Two rules may name the same contact: it is told once.
                let known = |one: &Notice| one.contact == *contact && one.why == why;
                if !notices.iter().any(known) {
                    notices.push(notice);
                }
            }
        };
        add(&rule.terms.contacts, why, at);
        if why == Why::Opened
            && let Some(after) = rule.terms.escalates_after
        {
            add(&rule.terms.escalates_to, Why::Escalated, at.plus(minutes(after)));
        }
        if why == Why::Opened
            && let Some(every) = rule.terms.repeats_after
        {
            add(&rule.terms.contacts, Why::StillOpen, at.plus(minutes(every)));
        }
    }
    notices
}

/// The next one after somebody was told that it goes on.
pub fn again(notice: &Notice, rule: &AlertRule, now: Timestamp) -> Option<Notice> {
    let every = rule.terms.repeats_after.filter(|_| notice.why == Why::StillOpen && rule.enabled)?;
    Some(Notice { due_at: now.plus(minutes(every)), ..notice.clone() })
}

fn minutes(count: u32) -> Duration {
    Duration::from_mins(u64::from(count))
}

#[cfg(test)]
mod tests {
    use super::super::incident::{Facts, Silence};
    use super::*;

    const NOW: Timestamp = Timestamp(1_798_761_600_000_000);

    fn incident(kind: Kind) -> Incident {
        Incident {
            id: IncidentId(9),
            company: Some(CompanyId(1)),
            subject: "line:3".into(),
            kind,
            since: NOW,
            opened_at: NOW,
            closed_at: None,
            facts: Facts::default(),
            taken: None,
            silence: None,
        }
    }

    fn rule(id: i64, costs: &[Cost], contacts: &[i64]) -> AlertRule {
        AlertRule {
            id: AlertRuleId(id),
            company: None,
            name: "Plantão".into(),
            enabled: true,
            terms: Terms {
                costs: costs.to_vec(),
                kinds: Vec::new(),
                contacts: contacts.iter().map(|id| ContactPointId(*id)).collect(),
                escalates_to: Vec::new(),
                escalates_after: None,
                repeats_after: None,
                tells_end: true,
            },
            version: 1,
        }
    }

    fn planned(incident: &Incident, step: Step, worse: bool, rules: &[AlertRule]) -> Vec<(i64, Why, u64)> {
        let notices = plan(incident, step, worse, NOW, rules);
        notices
            .into_iter()
            .map(|one| (one.contact.0, one.why, one.due_at.since(NOW).as_secs() / 60))
            .collect()
    }

    #[test]
    fn each_contact_is_told_once_of_what_its_rules_are_about() {
        let rules = [
            rule(1, &[Cost::Losing], &[5, 6]),
            rule(2, &[Cost::Losing, Cost::Waiting], &[6, 7]),
            AlertRule { enabled: false, ..rule(3, &[Cost::Losing], &[8]) },
            AlertRule { company: Some(CompanyId(2)), ..rule(4, &[Cost::Losing], &[9]) },
            AlertRule {
                terms: Terms { kinds: vec![Kind::NotWriting], ..rule(5, &[Cost::Losing], &[10]).terms },
                ..rule(5, &[], &[])
            },
        ];
        let losing = planned(&incident(Kind::TokenRefused), Step::Opened, false, &rules);
        assert_eq!(losing, [(5, Why::Opened, 0), (6, Why::Opened, 0), (7, Why::Opened, 0)]);
        let waiting = planned(&incident(Kind::WebhookFailing), Step::Again, false, &rules);
        assert_eq!(waiting, [(6, Why::Opened, 0), (7, Why::Opened, 0)]);
        assert_eq!(planned(&incident(Kind::DiskLow), Step::Opened, false, &rules), []);
        assert_eq!(planned(&incident(Kind::TokenRefused), Step::Changed, false, &rules), []);
        assert_eq!(
            planned(&incident(Kind::TokenRefused), Step::Changed, true, &rules[..1])[0],
            (5, Why::Worse, 0)
        );
        assert_eq!(planned(&incident(Kind::TokenRefused), Step::Noted, true, &rules), []);
        // The installation's own is of no company's rule.
        let own = Incident { company: None, ..incident(Kind::NotWriting) };
        let of_company = AlertRule { company: Some(CompanyId(1)), ..rule(6, &[Cost::Losing], &[11]) };
        assert_eq!(planned(&own, Step::Opened, false, &[of_company]), []);
    }

    #[test]
    fn what_nobody_acknowledges_goes_further_and_is_told_again() {
        let terms = Terms {
            escalates_to: vec![ContactPointId(7)],
            escalates_after: Some(15),
            repeats_after: Some(60),
            ..rule(1, &[Cost::Waiting], &[5]).terms
        };
        let rule = AlertRule { terms, ..rule(1, &[], &[]) };
        let planned =
            planned(&incident(Kind::WebhookFailing), Step::Opened, false, std::slice::from_ref(&rule));
        assert_eq!(planned, [(5, Why::Opened, 0), (7, Why::Escalated, 15), (5, Why::StillOpen, 60)]);
        let notice = Notice {
            contact: ContactPointId(5),
            incident: IncidentId(9),
            rule: AlertRuleId(1),
            why: Why::StillOpen,
            due_at: NOW,
        };
        assert_eq!(again(&notice, &rule, NOW).map(|next| next.due_at), Some(NOW.plus(minutes(60))));
        assert_eq!(again(&Notice { why: Why::Opened, ..notice }, &rule, NOW), None);
    }

    #[test]
    fn a_rule_that_was_changed_tells_what_it_says_now() {
        let terms = Terms {
            escalates_to: vec![ContactPointId(7)],
            escalates_after: Some(15),
            repeats_after: Some(60),
            ..rule(1, &[Cost::Waiting], &[5]).terms
        };
        let of = |contact, why| Notice {
            contact: ContactPointId(contact),
            incident: IncidentId(9),
            rule: AlertRuleId(1),
            why,
            due_at: NOW,
        };
        let told = |terms: &Terms| {
            let rule = AlertRule { terms: terms.clone(), ..rule(1, &[], &[]) };
            Why::ALL
                .map(|why| [5, 7].map(|it| rule.still_tells(&of(it, why), &incident(Kind::WebhookFailing))))
        };
        let (first, second) = ([true, false], [false, true]);
        assert_eq!(told(&terms), [first, first, second, first, [true; 2]]);
        let silent = Terms { escalates_after: None, repeats_after: None, tells_end: false, ..terms.clone() };
        assert_eq!(told(&silent), [first, first, [false; 2], [false; 2], [false; 2]]);
        let other = Terms { contacts: vec![ContactPointId(7)], ..terms.clone() };
        assert_eq!(told(&other)[0], second);
        assert_eq!(told(&Terms { costs: vec![Cost::Losing], ..terms }), [[false; 2]; 5]);
    }

    #[test]
    fn when_its_time_comes_it_may_not_be_wanted_any_more() {
        let open = incident(Kind::WebhookFailing);
        let closed = Incident { closed_at: Some(NOW), ..open.clone() };
        let taken = Incident { taken: Some(("user_1 Ana".into(), NOW)), ..open.clone() };
        let until = NOW.plus(minutes(1));
        let silent = Incident { silence: Some(Silence { until, by: "user_1 Ana".into() }), ..open.clone() };
        let holds = |incident: &Incident| Why::ALL.map(|why| why.holds(incident, NOW));
        assert_eq!(holds(&open), [true, true, true, true, false]);
        assert_eq!(holds(&closed), [false, false, false, false, true]);
        assert_eq!(holds(&taken), [true, true, false, false, false]);
        assert_eq!(holds(&silent), [false; 5]);
    }
}
