//! What is counted for charts: the difference between how everything stands now and how it stood a minute ago.
//!
//! What must hold here: nothing is counted on the path of an event. Journals have heads and couriers have tallies, which
//! only grow; one look a minute at them tells what came between, and what each subject had to wait for. A ledger holds a
//! head and a tally of what stands now, and nothing of what has gone.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::domain::{CompanyId, Point, Seq, Subject, Tally, Timestamp, WebhookId};
use crate::store::Counted;

/// How everything stands.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub heads: Vec<(CompanyId, Seq)>,
    pub webhooks: Vec<WebhookStanding>,
    /// Companies whose lines all stand.
    pub connected: HashSet<CompanyId>,
}

#[derive(Debug, Clone)]
pub struct WebhookStanding {
    pub company: CompanyId,
    pub webhook: WebhookId,
    pub tally: Tally,
    /// Events between its cursor and the head.
    pub backlog: u64,
    /// How long the oldest of them has waited, as far as that is known.
    pub waiting: Duration,
}

/// How everything stood at the last look.
#[derive(Debug, Default)]
pub struct Ledger {
    heads: HashMap<CompanyId, Seq>,
    tallies: HashMap<WebhookId, Tally>,
}

impl Ledger {
    /// Counts from here on; tallies begin at nothing, as the couriers do.
    pub fn since(heads: Vec<(CompanyId, Seq)>) -> Self {
        Self { heads: heads.into_iter().collect(), tallies: HashMap::new() }
    }

    /// What was counted since the last look, to be written to the minute of `at`: always something for the node, and for
    /// each company and webhook that did not stand still.
    pub fn look(&mut self, at: Timestamp, standing: Standing) -> Vec<Counted> {
        let once = || Point { looks: 1, ..Point::default() };
        let mut companies: HashMap<CompanyId, Point> = HashMap::new();
        for (company, head) in &standing.heads {
            // A company that was not there is new, and all of its events are.
            let before = self.heads.get(company).copied().unwrap_or_default();
            let events = u64::try_from(head.0 - before.0).unwrap_or_default();
            let connected = u64::from(standing.connected.contains(company));
            companies.insert(*company, Point { events, connected, ..once() });
        }
        let mut counted = Vec::new();
        let mut tallies = HashMap::with_capacity(standing.webhooks.len());
        for one in standing.webhooks {
            let none = Tally::default();
            let passed = one.tally.since(self.tallies.get(&one.webhook).unwrap_or(&none));
            let mut point = Point {
                delivered: passed.delivered,
                failed: passed.failed,
                backlog: one.backlog,
                waiting_ms: u64::try_from(one.waiting.as_millis()).unwrap_or(u64::MAX),
                ..once()
            };
            companies.entry(one.company).or_insert_with(once).join(&point);
            point.latency = passed.latency;
            counted.push(Counted { subject: Subject::Webhook(one.webhook), at, point });
            tallies.insert(one.webhook, one.tally);
        }
        let mut node = once();
        for (company, point) in companies {
            node.join(&point);
            counted.push(Counted { subject: Subject::Company(company), at, point });
        }
        counted.retain(|one| !one.point.is_still());
        counted.push(Counted { subject: Subject::Node, at, point: node });
        self.heads = standing.heads.into_iter().collect();
        self.tallies = tallies;
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: CompanyId = CompanyId(1);
    const B: CompanyId = CompanyId(2);
    const HOOK: WebhookId = WebhookId(7);
    const AT: Timestamp = Timestamp(0);

    fn standing(a: i64, b: Option<i64>, delivered: u64, failed: u64) -> Standing {
        let tally = Tally { delivered, failed, ..Tally::default() };
        let hook =
            WebhookStanding { company: A, webhook: HOOK, tally, backlog: 3, waiting: Duration::from_secs(2) };
        Standing {
            heads: std::iter::once((A, Seq(a))).chain(b.map(|head| (B, Seq(head)))).collect(),
            webhooks: vec![hook],
            connected: HashSet::from([A]),
        }
    }

    fn of(counted: &[Counted], subject: Subject) -> Option<Point> {
        let mut its = counted.iter().filter(|one| one.subject == subject);
        let point = its.next().map(|one| one.point.clone());
        assert_eq!(its.next(), None, "{subject:?} twice");
        point
    }

    #[test]
    fn a_look_counts_what_came_since_the_last() {
        let mut ledger = Ledger::since(vec![(A, Seq(100))]);
        let first = ledger.look(AT, standing(104, None, 2, 1));
        let company = of(&first, Subject::Company(A)).expect("it moved");
        assert_eq!((company.events, company.delivered, company.failed), (4, 2, 1));
        assert_eq!((company.connected, company.backlog, company.waiting_ms), (1, 3, 2_000));
        // B is new: its journal began with nothing. The courier has begun anew.
        let second = ledger.look(AT, standing(104, Some(5), 1, 0));
        assert_eq!(of(&second, Subject::Company(A)).expect("connected").events, 0);
        assert_eq!(of(&second, Subject::Company(B)).expect("it moved").events, 5);
        assert_eq!(of(&second, Subject::Webhook(HOOK)).expect("it moved").delivered, 1);
        let node = of(&second, Subject::Node).expect("always");
        assert_eq!((node.looks, node.events, node.delivered, node.connected, node.backlog), (1, 5, 1, 1, 3));
    }

    #[test]
    fn who_stands_still_has_no_row() {
        let mut ledger = Ledger::since(vec![(A, Seq(100))]);
        let still = ledger.look(AT, Standing { heads: vec![(A, Seq(100))], ..Standing::default() });
        assert_eq!(still.len(), 1);
        assert_eq!(of(&still, Subject::Node), Some(Point { looks: 1, ..Point::default() }));
        ledger.look(AT, standing(100, None, 9, 0));
        ledger.look(AT, Standing { heads: vec![(A, Seq(100))], ..Standing::default() });
        assert!(ledger.tallies.is_empty(), "a webhook that is gone is forgotten");
    }
}
