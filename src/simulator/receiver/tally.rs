//! What the receiver has seen: counts, duplicates, order. Memory is bounded, however long it runs.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use serde::Serialize;

use super::verify::Verdict;
use crate::domain::{EventId, Seq};

/// Ids and lanes remembered for certain; twice as many at most.
const REMEMBERED: usize = 1_000_000;
/// Names, statuses and companies counted each for itself.
const NAMED: usize = 1_024;

/// Everything counted since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    pub requests: u64,
    /// Answered 2xx. What follows is counted over these, except `answers` and `signatures`.
    pub accepted: u64,
    /// Accepted more than once under one `webhook-id`.
    pub duplicates: u64,
    /// First deliveries that came after a later event of their lane.
    pub order_violations: u64,
    /// Bodies that are not an event in a known format.
    pub unreadable: u64,
    pub bytes: u64,
    /// Requests by what was answered: a status, `hang` or `cut`.
    pub answers: BTreeMap<String, u64>,
    pub events: BTreeMap<String, u64>,
    pub signatures: Signatures,
    pub companies: BTreeMap<i64, Seen>,
}

impl Stats {
    /// Events accepted, each counted once.
    pub fn distinct(&self) -> u64 {
        self.accepted - self.duplicates
    }
}

/// Verdicts by kind of signature; a request without one counts as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Signatures {
    pub plain: Verdicts,
    pub standard: Verdicts,
}

/// Counts of verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    pub good: u64,
    pub bad: u64,
    /// There was one, and no secret to check it with.
    pub unchecked: u64,
    pub missing: u64,
}

impl Verdicts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Good => self.good += 1,
            Verdict::Bad => self.bad += 1,
            Verdict::Unchecked => self.unchecked += 1,
            Verdict::Missing => self.missing += 1,
        }
    }
}

/// What came of one company: complete when `last_seq - first_seq + 1` equals `distinct` and everything was wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    pub first_seq: i64,
    pub last_seq: i64,
    pub distinct: u64,
}

/// A request as far as it is counted.
#[derive(Debug, Clone)]
pub(super) struct Delivery<'a> {
    pub(super) id: Option<EventId>,
    pub(super) lane: Option<&'a str>,
    pub(super) event: Option<&'a str>,
    pub(super) bytes: usize,
    pub(super) plain: Verdict,
    pub(super) standard: Verdict,
    /// What is being answered.
    pub(super) answer: &'a str,
    pub(super) accepted: bool,
}

/// What the tally found about a delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) duplicate: bool,
    pub(super) out_of_order: bool,
}

#[derive(Default)]
pub(super) struct Tally {
    pub(super) stats: Stats,
    accepted: Recent<EventId, ()>,
    lanes: Recent<(i64, Box<str>), Seq>,
}

impl Tally {
    pub(super) fn add(&mut self, delivery: &Delivery<'_>) -> Finding {
        let stats = &mut self.stats;
        stats.requests += 1;
        stats.signatures.plain.add(delivery.plain);
        stats.signatures.standard.add(delivery.standard);
        count(&mut stats.answers, delivery.answer);
        if !delivery.accepted {
            return Finding::default();
        }
        stats.accepted += 1;
        stats.bytes += delivery.bytes as u64;
        match delivery.event {
            Some(event) => count(&mut stats.events, event),
            None => stats.unreadable += 1,
        }
        let Some(id) = delivery.id else { return Finding::default() };
        if self.accepted.insert(id, ()).is_some() {
            stats.duplicates += 1;
            return Finding { duplicate: true, out_of_order: false };
        }
        if stats.companies.len() < NAMED || stats.companies.contains_key(&id.company.0) {
            let seen = stats.companies.entry(id.company.0).or_default();
            seen.first_seq = if seen.distinct == 0 { id.seq.0 } else { seen.first_seq.min(id.seq.0) };
            seen.last_seq = seen.last_seq.max(id.seq.0);
            seen.distinct += 1;
        }
        let Some(lane) = delivery.lane else { return Finding::default() };
        let key = (id.company.0, Box::from(lane));
        let last = self.lanes.get(&key).copied().unwrap_or_default();
        self.lanes.insert(key, last.max(id.seq));
        let out_of_order = id.seq < last;
        self.stats.order_violations += u64::from(out_of_order);
        Finding { duplicate: false, out_of_order }
    }
}

/// Counts under a name, as long as there is room for names.
fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else if counts.len() < NAMED {
        counts.insert(name.to_owned(), 1);
    } else {
        *counts.entry("(others)".to_owned()).or_default() += 1;
    }
}

/// A map that forgets the oldest: the last `LIMIT` keys are certain to be in it.
struct Recent<K, V, const LIMIT: usize = REMEMBERED> {
    current: HashMap<K, V>,
    previous: HashMap<K, V>,
}

impl<K, V, const LIMIT: usize> Default for Recent<K, V, LIMIT> {
    fn default() -> Self {
        Self { current: HashMap::new(), previous: HashMap::new() }
    }
}

impl<K: Hash + Eq, V: Clone, const LIMIT: usize> Recent<K, V, LIMIT> {
    fn get(&self, key: &K) -> Option<&V> {
        self.current.get(key).or_else(|| self.previous.get(key))
    }

    /// Gives what was there before.
    fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.get(&key).cloned();
        if self.current.len() >= LIMIT {
            self.previous = std::mem::take(&mut self.current);
        }
        self.current.insert(key, value);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(tally: &mut Tally, seq: i64, lane: &str, accepted: bool) -> Finding {
        let id = format!("evt_7_{seq}").parse().expect("an id");
        tally.add(&Delivery {
            id: Some(id),
            lane: Some(lane),
            event: Some("call-was-created"),
            bytes: 10,
            plain: Verdict::Good,
            standard: Verdict::Missing,
            answer: if accepted { "200" } else { "500" },
            accepted,
        })
    }

    #[test]
    fn duplicates_and_order_are_counted_over_what_was_accepted() {
        let mut tally = Tally::default();
        let fine = Finding::default();
        assert_eq!(add(&mut tally, 2, "a", false), fine);
        assert_eq!(add(&mut tally, 1, "b", true), fine);
        assert_eq!(add(&mut tally, 4, "b", true), fine);
        assert_eq!(add(&mut tally, 2, "a", true), fine);
        assert_eq!(add(&mut tally, 3, "b", true), Finding { duplicate: false, out_of_order: true });
        assert_eq!(add(&mut tally, 1, "b", true), Finding { duplicate: true, out_of_order: false });
        let stats = &tally.stats;
        assert_eq!((stats.requests, stats.accepted, stats.duplicates, stats.order_violations), (6, 5, 1, 1));
        assert_eq!(stats.distinct(), 4);
        assert_eq!(stats.companies[&7], Seen { first_seq: 1, last_seq: 4, distinct: 4 });
        assert_eq!(stats.answers, BTreeMap::from([("200".to_owned(), 5), ("500".to_owned(), 1)]));
        assert_eq!(stats.signatures.plain.good, 6);
    }

    #[test]
    fn the_oldest_are_forgotten_not_the_newest() {
        let mut recent = Recent::<u32, (), 10>::default();
        for n in 0..=20 {
            recent.insert(n, ());
        }
        assert!(recent.get(&0).is_none());
        assert!((11..=20).all(|n| recent.get(&n).is_some()));
    }
}
