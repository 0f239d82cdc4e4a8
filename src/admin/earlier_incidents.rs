//! What was wrong before with what is wrong now.

use std::cmp::Reverse;

use super::{Admin, AdminError};
use crate::domain::incident::Incident;

/// So many are shown.
const SHOWN: u32 = 5;
/// So many of its company are looked through: one that failed otherwise has another subject.
const LOOKED_AT: u32 = 200;

impl Admin {
    /// The last ones before it of the same subject, or of a webhook or a source that it is about, newest first.
    pub(super) async fn incidents_like(&self, incident: &Incident) -> Result<Vec<Incident>, AdminError> {
        let mut like = self.store.incidents_before(&incident.subject, incident.id, SHOWN).await?;
        if let Some(company) = incident.company {
            let its = self.store.company_incidents_before(company, incident.id, LOOKED_AT).await?;
            like.extend(
                its.into_iter().filter(|before| {
                    before.subject != incident.subject && is_about_the_same(before, incident)
                }),
            );
        }
        like.sort_by_key(|before| Reverse(before.id));
        like.truncate(SHOWN as usize);
        Ok(like)
    }
}

fn is_about_the_same(one: &Incident, other: &Incident) -> bool {
    let (one, other) = (&one.facts, &other.facts);
    let of_source = one.source.is_some() && one.source == other.source;
    of_source || one.webhooks.iter().any(|webhook| other.webhooks.contains(webhook))
}
