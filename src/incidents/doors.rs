//! Doors that take nothing of what is posted to them.

use super::{Incidents, Scope};
use crate::domain::Timestamp;
use crate::domain::incident::{Ended, Incident};
use crate::runtime::{LATELY, MeantFor};
use crate::sources;
use crate::watch::attention::{DoorLook, Look, SourceLook};

impl Incidents {
    /// Those of these sources; and for who sees everything also where nobody knows whose they are.
    pub(super) fn door_looks(
        &self,
        scope: &Scope<'_>,
        sources: &[SourceLook],
        now: Timestamp,
    ) -> Vec<DoorLook> {
        let doors = self.runtime.doors();
        let of_source = |source: &SourceLook| {
            let row = doors.refused_in_a_row(MeantFor::Source(source.source), now)?;
            Some(DoorLook {
                source: Some((source.company, source.source)),
                provider: source.provider,
                since: row.since,
                count: row.count,
                status: row.last_why.status().as_u16(),
            })
        };
        let mut looks: Vec<_> =
            sources.iter().filter(|source| source.door && source.wanted).filter_map(of_source).collect();
        let of_nobody = if scope.whole { doors.refused_of_nobody(now) } else { Vec::new() };
        looks.extend(of_nobody.into_iter().map(|(provider, row)| DoorLook {
            source: None,
            provider: sources::name(provider.as_str()),
            since: row.since,
            count: row.count,
            status: row.last_why.status().as_u16(),
        }));
        looks
    }
}

/// Something was taken since, or nothing was refused for a while that this process has seen whole.
pub(super) fn ended(incident: &Incident, look: &Look) -> Option<Ended> {
    if let Some(id) = incident.facts.source {
        let Some(source) = look.sources.iter().find(|seen| seen.source == id) else {
            return Some(Ended::Gone);
        };
        if !source.wanted {
            return Some(Ended::Stopped);
        }
        if source.last_event_at.is_some_and(|at| at > incident.since) {
            return Some(Ended::Over);
        }
    }
    (look.now.since(look.watching_since) >= LATELY).then_some(Ended::Over)
}
