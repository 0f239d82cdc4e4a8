//! What would have been counted for charts in an invented day: of the very events and requests that are written down.

use std::collections::BTreeMap;

use ramal::domain::{CompanyId, Draft, Latency, Point, Step, Subject, Timestamp, WebhookId};
use ramal::store::{AttemptRow, Counted};

use super::day::MINUTE;
use super::deliveries::Arrived;

/// The minutes of a day, from `from` until before `until`.
pub struct Counts {
    from: Timestamp,
    until: Timestamp,
    points: BTreeMap<(Timestamp, usize), Point>,
    subjects: Vec<Subject>,
}

impl Counts {
    pub fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until, points: BTreeMap::new(), subjects: Vec::new() }
    }

    fn minutes(&self) -> impl Iterator<Item = Timestamp> + use<> {
        let (from, until) = (self.from.0, self.until.0);
        (0..).map(move |n| Timestamp(from + n * MINUTE)).take_while(move |at| at.0 < until)
    }

    /// A company's day; `connected` says whether all of its lines stood at a moment.
    pub fn company(
        &mut self,
        company: CompanyId,
        webhook: WebhookId,
        drafts: &[Draft],
        (attempts, arrivals): (&[AttemptRow], &[Arrived]),
        connected: impl Fn(Timestamp) -> bool,
    ) {
        let once = || Point { looks: 1, ..Point::default() };
        let mut events: BTreeMap<Timestamp, u64> = BTreeMap::new();
        for draft in drafts {
            *events.entry(Step::Minute.start(draft.received_at)).or_default() += 1;
        }
        let mut sent: BTreeMap<Timestamp, Point> = BTreeMap::new();
        for attempt in attempts {
            let point = sent.entry(Step::Minute.start(attempt.at)).or_insert_with(once);
            let delivered = attempt.status.is_some_and(|status| status < 300);
            point.delivered += u64::from(delivered);
            point.failed += u64::from(!delivered);
            point.latency.note(attempt.phases.total_us.unwrap_or(0));
        }
        for (at, waiting, oldest) in self.minutes().filter_map(|at| waiting(at, arrivals)) {
            let point = sent.entry(at).or_insert_with(once);
            (point.backlog, point.waiting_ms) = (waiting, oldest);
        }
        let (of_company, of_webhook) = (self.subjects.len(), self.subjects.len() + 1);
        self.subjects.extend([Subject::Company(company), Subject::Webhook(webhook)]);
        for at in self.minutes() {
            let sent = sent.remove(&at).unwrap_or_else(once);
            let events = events.remove(&at).unwrap_or(0);
            let mut point = Point { events, connected: u64::from(connected(at)), ..once() };
            point.join(&Point { latency: Latency::default(), ..sent.clone() });
            self.points.insert((at, of_company), point);
            self.points.insert((at, of_webhook), sent);
        }
    }

    /// As the program writes them down: always something of the node, and of everybody else what did not stand still.
    pub fn counted(self) -> Vec<Counted> {
        let mut counted = Vec::new();
        let mut node: BTreeMap<Timestamp, Point> =
            self.minutes().map(|at| (at, Point { looks: 1, ..Point::default() })).collect();
        for ((at, subject), point) in self.points {
            let subject = self.subjects[subject];
            if let (Subject::Company(_), Some(node)) = (subject, node.get_mut(&at)) {
                node.join(&point);
            }
            if !point.is_still() {
                counted.push(Counted { subject, at, point });
            }
        }
        counted.extend(node.into_iter().map(|(at, point)| Counted { subject: Subject::Node, at, point }));
        counted
    }
}

/// At the end of the minute that begins at `at`: how many waited, and for how long the oldest had, in milliseconds.
fn waiting(at: Timestamp, arrivals: &[Arrived]) -> Option<(Timestamp, u64, u64)> {
    let end = Timestamp(at.0 + MINUTE);
    // Both go up from one event to the next.
    let came = arrivals.partition_point(|one| one.came < end);
    let arrived = arrivals.partition_point(|one| one.arrived < end);
    let oldest = arrivals.get(arrived).filter(|_| came > arrived)?;
    let waited = u64::try_from(end.since(oldest.came).as_millis()).unwrap_or(u64::MAX);
    Some((at, u64::try_from(came - arrived).unwrap_or(u64::MAX), waited))
}
