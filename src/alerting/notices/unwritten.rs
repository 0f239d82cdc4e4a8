//! That the database takes no writes is told from memory: whom to tell was read while it could be.

use std::collections::HashSet;

use super::due::{line, notice_of, pause_after};
use super::{Notices, Unwritten};
use crate::alerting::{ContactPoint, Message, Outcome, What, send};
use crate::domain::Timestamp;
use crate::domain::alert_rule::AlertRule;
use crate::store::StoreError;

/// What is known without the database.
pub struct Known {
    incidents: Unwritten,
    rules: Vec<AlertRule>,
    points: Vec<ContactPoint>,
    /// Contacts and subjects that were told in this process.
    told: HashSet<(i64, String)>,
}

impl Known {
    pub fn new(incidents: Unwritten) -> Self {
        Self { incidents, rules: Vec::new(), points: Vec::new(), told: HashSet::new() }
    }
}

impl Notices {
    /// Reads whom to tell, for when that cannot be read.
    pub(super) async fn learn(&mut self) -> Result<(), StoreError> {
        let rules = self.store.alert_rules().await?;
        let mut points = Vec::new();
        let named: HashSet<_> = rules
            .iter()
            .filter(|rule| rule.company.is_none())
            .flat_map(|rule| &rule.terms.contacts)
            .collect();
        for id in named {
            points.extend(ContactPoint::read(&self.store, *id).await?);
        }
        (self.unwritten.rules, self.unwritten.points) = (rules, points);
        Ok(())
    }

    /// Tells of what cannot be written down, each contact once; how many messages were taken.
    pub(super) async fn tell_unwritten(&mut self) -> usize {
        let now = Timestamp::now();
        let mut taken = 0;
        let incidents = (self.unwritten.incidents)();
        self.unwritten.told.retain(|(_, subject)| incidents.iter().any(|one| one.subject == *subject));
        for incident in incidents {
            for notice in notice_of(&self.unwritten.rules, &incident, now) {
                let key = (notice.contact.0, incident.subject.clone());
                let point = self.unwritten.points.iter().find(|point| point.id == notice.contact);
                let waits = self.not_before.get(&notice.contact).is_some_and(|until| *until > now);
                let Some(point) = point.filter(|_| !waits && !self.unwritten.told.contains(&key)) else {
                    continue;
                };
                // It is of the installation: no name has to be read for it.
                let panel = self.senders.panel_url();
                let id = format!("alert_{}_{}", incident.subject, incident.since.0);
                let line = line(&self.store, id.clone(), &incident, point.lang, panel.as_deref()).await;
                let Ok(line) = line else { continue };
                let message = Message {
                    id,
                    what: What::Opened,
                    at: now,
                    total: 1,
                    lines: vec![line],
                    panel_url: panel,
                };
                let outcome = send(&self.senders, point, &message).await.outcome;
                self.not_before.insert(notice.contact, now.plus(pause_after(&outcome)));
                if outcome == Outcome::Taken {
                    self.unwritten.told.insert(key);
                    taken += 1;
                }
            }
        }
        taken
    }
}
