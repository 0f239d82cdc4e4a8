//! How fast it goes: what stood where during the last minute, looked at every few seconds, so that events and deliveries a
//! minute can be told without a counter on their path.
//!
//! What must hold here: a bounded number of looks is kept, and each costs one line a company and one a webhook.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Runtime;
use crate::domain::{CompanyId, Seq, Timestamp, WebhookId};
use crate::duties::{Done, Duty, Rhythm, Spec};

/// Looks that are kept; with one every five seconds they reach back a minute.
const KEPT: usize = 13;
pub(super) const SPEC: Spec = Spec::new("rates", Rhythm::Every(Duration::from_secs(5)));

struct Look {
    at: Timestamp,
    heads: HashMap<CompanyId, Seq>,
    /// What was delivered and what failed since the courier started.
    webhooks: HashMap<WebhookId, (u64, u64)>,
}

#[derive(Default)]
pub(super) struct Looks(Mutex<VecDeque<Look>>);

/// What happened since the oldest look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    pub lasted: Duration,
    pub events: u64,
    pub delivered: u64,
    pub failed: u64,
}

impl Pace {
    /// A count as it would be in a minute.
    pub fn per_minute(&self, count: u64) -> u64 {
        per_minute(count, self.lasted)
    }
}

impl Runtime {
    fn stands(&self) -> (Look, HashMap<WebhookId, CompanyId>) {
        let statuses = self.inner.couriers.statuses();
        let owners = statuses.iter().map(|(company, webhook, _)| (*webhook, *company)).collect();
        let counted = statuses
            .into_iter()
            .map(|(_, webhook, status)| (webhook, (status.counters.delivered, status.counters.failures)));
        let heads = self.inner.journal.heads().into_iter().collect();
        (Look { at: Timestamp::now(), heads, webhooks: counted.collect() }, owners)
    }

    fn look_at_pace(&self) {
        let (look, _) = self.stands();
        let mut looks = self.inner.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.push_back(look);
        while looks.len() > KEPT {
            looks.pop_front();
        }
    }

    /// How fast it has gone in the last minute, for the companies that `sees` says.
    pub fn pace(&self, sees: impl Fn(CompanyId) -> bool) -> Pace {
        let (now, owners) = self.stands();
        let looks = self.inner.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(then) = looks.front() else { return Pace::default() };
        let mut pace = Pace { lasted: now.at.since(then.at), ..Pace::default() };
        for (company, head) in now.heads.iter().filter(|(company, _)| sees(**company)) {
            // What was not there then has begun since.
            let before = then.heads.get(company).copied().unwrap_or_default();
            pace.events += u64::try_from(head.0 - before.0).unwrap_or_default();
        }
        for (webhook, (delivered, failed)) in &now.webhooks {
            if owners.get(webhook).is_some_and(|company| sees(*company)) {
                // A courier that started again counts from nothing.
                let (was_delivered, was_failed) = then.webhooks.get(webhook).copied().unwrap_or_default();
                pace.delivered += delivered.saturating_sub(was_delivered);
                pace.failed += failed.saturating_sub(was_failed);
            }
        }
        pace
    }
}

impl Runtime {
    /// How many requests of a webhook were answered with 2xx within the stretch that is looked at, which is said too.
    pub fn webhook_pace(&self, webhook: WebhookId) -> (Duration, u64) {
        let now = Timestamp::now();
        let delivered = self.inner.couriers.status(webhook).map_or(0, |status| status.counters.delivered);
        let looks = self.inner.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(then) = looks.front() else { return (Duration::ZERO, 0) };
        let (before, _) = then.webhooks.get(&webhook).copied().unwrap_or_default();
        // A courier that started again counts from nothing.
        (now.since(then.at), delivered.saturating_sub(before))
    }
}

/// A count as it would be in a minute.
pub fn per_minute(count: u64, lasted: Duration) -> u64 {
    let millis = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
    count.saturating_mul(60_000).checked_div(millis).unwrap_or(0)
}

pub(super) struct Looking(pub Runtime);

impl Duty for Looking {
    async fn run(&mut self) -> Done {
        self.0.look_at_pace();
        Done::nothing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_reckoned_from_what_was_seen() {
        let pace = Pace { lasted: Duration::from_secs(30), events: 7, ..Pace::default() };
        assert_eq!(pace.per_minute(pace.events), 14);
        assert_eq!(Pace::default().per_minute(5), 0);
    }
}
