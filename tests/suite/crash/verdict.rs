//! What the receivers saw, held against what the database says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::time::{Duration, Instant};

use ramal::domain::{CompanyId, Event, Seq, WebhookSettings};
use ramal::store::Store;

use crate::faults::Count;
use crate::support::receiver::{Delivery, Receiver};

/// How long a result may wait for its commit on a machine that other tests load. (Ten milliseconds are its share of the
/// program's own waiting.)
const COMMITTED_WITHIN: Duration = Duration::from_millis(1_500);

/// What a webhook's database rows said right after a kill.
pub struct Committed {
    pub cursor: i64,
    /// Set aside, so not delivered although the cursor may have passed them.
    pub held: HashSet<i64>,
    pub delivered_beyond: HashSet<i64>,
}

impl Committed {
    /// Whether the event's end was written down: then it must never be sent again.
    fn is_settled(&self, seq: i64) -> bool {
        (seq <= self.cursor && !self.held.contains(&seq)) || self.delivered_beyond.contains(&seq)
    }
}

/// The life of one process, killed.
pub struct Death {
    pub killed: Instant,
    /// Before the next process existed.
    pub over: Instant,
    /// By webhook.
    pub committed: Vec<Committed>,
}

#[derive(Debug, Default)]
pub struct Figures {
    events: usize,
    requests: usize,
    refused: usize,
    pub duplicates: usize,
    /// After one kill, at one webhook.
    most_duplicates: usize,
    /// From an answer to the kill before its commit.
    longest_uncommitted: Duration,
    /// Events that a later one of their lane overtook, after their fast retries.
    overtaken: usize,
}

impl Figures {
    pub fn add(&mut self, more: &Figures) {
        self.events += more.events;
        self.requests += more.requests;
        self.refused += more.refused;
        self.duplicates += more.duplicates;
        self.most_duplicates = self.most_duplicates.max(more.most_duplicates);
        self.longest_uncommitted = self.longest_uncommitted.max(more.longest_uncommitted);
        self.overtaken += more.overtaken;
    }

    /// Whoever has these was checked: nothing was lost, nor repeated or overtaken without its reason.
    pub fn count(&self) -> Count {
        Count { accepted: self.events, ..Count::default() }
    }

    /// What there was with a reason.
    pub fn note(&self) -> String {
        format!(
            "of {} requests {} were refused; uncommitted and sent twice: {}, at most {} after one kill; overtaken after their \
             fast retries: {}",
            self.requests, self.refused, self.duplicates, self.most_duplicates, self.overtaken
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events, {} requests, {} refused, {} duplicates (at most {} after one kill; the oldest answered {} ms \
             before it), {} overtaken after their fast retries",
            self.events,
            self.requests,
            self.refused,
            self.duplicates,
            self.most_duplicates,
            self.longest_uncommitted.as_millis(),
            self.overtaken
        )
    }
}

/// Checks every webhook; webhook and company `n` belong to receiver `n - 1`.
pub async fn check(store: &Store, receivers: &[Receiver], deaths: &[Death]) -> Figures {
    let mut figures = Figures::default();
    for (at, receiver) in receivers.iter().enumerate() {
        let company = CompanyId(i64::try_from(at).expect("few") + 1);
        let events = journal(store, company).await;
        assert!(!events.is_empty(), "{company}: nothing was said, so nothing is proven");
        let deliveries = receiver.deliveries();
        figures.events += events.len();
        figures.requests += deliveries.len();
        figures.refused += deliveries.iter().filter(|delivery| !delivery.accepted).count();
        sessions_are_whole(&events);
        everything_arrived(company, &events, &deliveries);
        figures.overtaken += lanes_are_in_order(&events, &deliveries);
        only_the_uncommitted_was_repeated(at, &deliveries, deaths, &mut figures);
    }
    store.close().await;
    figures
}

/// The company's events, which have no hole.
async fn journal(store: &Store, company: CompanyId) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let from = events.last().map_or(Seq(1), |event| event.seq.next());
        let page = store.events(company, from, 1_000, 4 << 20).await.expect("reads");
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event.seq.0, i64::try_from(at).expect("few") + 1, "{company}: a hole");
    }
    let head = store.head(company).await.expect("reads").expect("a head");
    assert_eq!(usize::try_from(head.seq.0).expect("not negative"), events.len(), "{company}: the head");
    events
}

/// What one connection said is in the journal without a gap, in the order in which it was said.
fn sessions_are_whole(events: &[Event]) {
    let mut last: HashMap<&str, u64> = HashMap::new();
    for event in events {
        let payload: serde_json::Value = serde_json::from_slice(&event.payload).expect("JSON");
        let n = payload["n"].as_u64().expect("numbered");
        let session = event.session.as_ref().expect("from a socket");
        if let Some(before) = last.insert(&session.socket_id, n) {
            assert_eq!(n, before + 1, "{}: the session goes on where it was", event.id());
        }
    }
}

/// Every event was accepted, nothing was sent that is not in the journal, and each has one id and one body.
fn everything_arrived(company: CompanyId, events: &[Event], deliveries: &[Delivery]) {
    let mut bodies = HashMap::new();
    let mut accepted = HashSet::new();
    for delivery in deliveries {
        assert_eq!(delivery.id, format!("evt_{}_{}", company.0, delivery.seq));
        assert_eq!(*bodies.entry(delivery.seq).or_insert(delivery.body), delivery.body, "{}", delivery.id);
        if delivery.accepted {
            accepted.insert(delivery.seq);
        }
    }
    let lost: Vec<i64> =
        events.iter().map(|event| event.seq.0).filter(|seq| !accepted.contains(seq)).collect();
    assert!(lost.is_empty(), "{company}: never arrived: {lost:?}");
    let head = events.len();
    let made_up: Vec<_> =
        bodies.keys().filter(|seq| usize::try_from(**seq).is_ok_and(|seq| seq > head)).collect();
    assert!(made_up.is_empty(), "{company}: sent and not in the journal: {made_up:?}");
}

/// Per lane the first accepted deliveries are in journal order, but for events that used up their fast retries and
/// failed ones behind such. Returns how many were overtaken for that reason.
fn lanes_are_in_order(events: &[Event], deliveries: &[Delivery]) -> usize {
    let mut first: HashMap<i64, usize> = HashMap::new();
    let mut refusals: HashMap<i64, usize> = HashMap::new();
    for (at, delivery) in deliveries.iter().enumerate() {
        if delivery.accepted {
            first.entry(delivery.seq).or_insert(at);
        } else if !first.contains_key(&delivery.seq) {
            *refusals.entry(delivery.seq).or_default() += 1;
        }
    }
    let mut lanes: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for event in events {
        lanes.entry(event.lane.as_deref().expect("a call's event")).or_default().push(event.seq.0);
    }
    let mut overtaken = 0;
    for (lane, seqs) in lanes {
        let mut earliest_of_later = usize::MAX;
        for (at, seq) in seqs.iter().enumerate().rev() {
            if first[seq] > earliest_of_later {
                let refused = |seq: &i64| refusals.get(seq).copied().unwrap_or_default();
                let spent = |seq: &i64| refused(seq) > WebhookSettings::FAST_RETRIES;
                let excused = refused(seq) > 0 && seqs[..=at].iter().any(spent);
                assert!(excused, "lane {lane}: {seq} was overtaken after {} refusals", refused(seq));
                overtaken += 1;
            }
            earliest_of_later = earliest_of_later.min(first[seq]);
        }
    }
    overtaken
}

/// When an event was sent, between the deaths, in milliseconds from the first of all deliveries.
fn story(seq: i64, deliveries: &[Delivery], deaths: &[Death]) -> String {
    let Some(first) = deliveries.first().map(|delivery| delivery.at) else { return String::new() };
    let ms = |at: Instant| at.saturating_duration_since(first).as_millis();
    let sent: Vec<_> = deliveries
        .iter()
        .filter(|delivery| delivery.seq == seq)
        .map(|delivery| (ms(delivery.at), delivery.accepted))
        .collect();
    let died: Vec<_> = deaths.iter().map(|death| (ms(death.killed), ms(death.over))).collect();
    format!("sent at {sent:?} ms (accepted?), killed between {died:?}")
}

/// Whatever was accepted twice was accepted for the first time so shortly before a kill that its result was not written:
/// neither the cursor nor a row of the database said at that instant that it was delivered.
fn only_the_uncommitted_was_repeated(
    webhook: usize,
    deliveries: &[Delivery],
    deaths: &[Death],
    figures: &mut Figures,
) {
    // Which life an instant is in: what a killed process had sent may still arrive a moment after its death.
    let life = |at: Instant| deaths.iter().filter(|death| death.over < at).count();
    let mut accepted: HashMap<i64, &Delivery> = HashMap::new();
    let mut after_kill: HashMap<usize, usize> = HashMap::new();
    for delivery in deliveries {
        // A request that was answered may not follow on one whose end was written, whatever its own answer is.
        if let Some(earlier) = accepted.get(&delivery.seq) {
            let seq = delivery.seq;
            let died = life(earlier.at);
            assert!(
                died < life(delivery.at),
                "event {seq} was sent again by the process that had delivered it"
            );
            let death = &deaths[died];
            let committed = &death.committed[webhook];
            assert!(
                !committed.is_settled(seq),
                "event {seq} was sent again although it was settled: cursor {}, delivered beyond it: {}; {}",
                committed.cursor,
                committed.delivered_beyond.contains(&seq),
                story(seq, deliveries, deaths)
            );
            let waited = death.killed.saturating_duration_since(earlier.at);
            assert!(waited < COMMITTED_WITHIN, "event {seq} had been answered {waited:?} before kill {died}");
            figures.longest_uncommitted = figures.longest_uncommitted.max(waited);
            figures.duplicates += 1;
            *after_kill.entry(died).or_default() += 1;
        }
        if delivery.accepted {
            accepted.insert(delivery.seq, delivery);
        }
    }
    figures.most_duplicates =
        after_kill.values().copied().max().unwrap_or_default().max(figures.most_duplicates);
}
