//! The newest events in memory: a ring per company, and the head that wakes readers.
//!
//! What always holds:
//! - An event is in a ring, and a head names it, only after the commit that holds it.
//! - A ring has no holes: its events are consecutive, its last one is the head.
//! - All rings together stay below one byte budget, one company's below half of it, and nothing stays longer than a
//!   few seconds: an idle company holds no event.
//!
//! Only the recorder publishes. Readers take one company's lock for as long as it takes to copy some pointers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ahash::AHashMap;
use tokio::sync::{Semaphore, watch};

use super::ReadLimit;
use crate::domain::{CompanyId, Event, Seq};

#[derive(Debug, Clone, Copy)]
pub(super) struct TailLimits {
    pub bytes: usize,
    pub age: Duration,
}

/// One company's newest events.
#[derive(Debug)]
pub(super) struct Line {
    ring: Mutex<Ring>,
    head: watch::Sender<Seq>,
    /// Backlog reads of one company take turns here before they take turns with those of others.
    pub backlog: Semaphore,
}

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
}

/// One publication, in the order in which they leave again.
#[derive(Debug)]
struct Published {
    line: Arc<Line>,
    up_to: Seq,
    at: Instant,
}

#[derive(Debug, Default)]
struct Order {
    published: VecDeque<Published>,
    bytes: usize,
}

#[derive(Debug)]
pub(super) struct Tail {
    lines: RwLock<AHashMap<CompanyId, Arc<Line>>>,
    order: Mutex<Order>,
    limits: TailLimits,
}

impl Ring {
    /// Drops events up to and including `seq` from the front; returns the bytes.
    fn drop_through(&mut self, seq: Seq) -> usize {
        let before = self.bytes;
        while self.events.front().is_some_and(|event| event.seq <= seq) {
            if let Some(event) = self.events.pop_front() {
                self.bytes -= event.weight();
            }
        }
        if self.events.is_empty() {
            self.events = VecDeque::new();
        }
        before - self.bytes
    }
}

impl Tail {
    pub fn new(limits: TailLimits) -> Self {
        Self { lines: RwLock::default(), order: Mutex::default(), limits }
    }

    /// The company's line, made at its first use. There is one per company, so their number is bounded by those.
    pub fn line(&self, company: CompanyId) -> Arc<Line> {
        if let Some(line) = self.lines.read().unwrap_or_else(PoisonError::into_inner).get(&company) {
            return Arc::clone(line);
        }
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry(company).or_insert_with(|| {
            Arc::new(Line {
                ring: Mutex::default(),
                head: watch::Sender::new(Seq::ZERO),
                backlog: Semaphore::new(1),
            })
        }))
    }

    pub fn head(&self, company: CompanyId) -> Seq {
        *self.line(company).head.borrow()
    }

    pub fn watch(&self, company: CompanyId) -> watch::Receiver<Seq> {
        self.line(company).head.subscribe()
    }

    /// The companies and how far each has come.
    pub fn heads(&self) -> Vec<(CompanyId, Seq)> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(|(company, line)| (*company, *line.head.borrow())).collect()
    }

    /// These companies are no more.
    pub fn forget(&self, companies: &[CompanyId]) {
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        for company in companies {
            lines.remove(company);
        }
    }

    /// Sets a head that was read from the database; never back.
    pub fn set_head(&self, company: CompanyId, seq: Seq) {
        self.line(company).advance(seq);
    }

    /// Makes committed events of one company visible, in order.
    pub fn publish(&self, company: CompanyId, events: Vec<Event>, now: Instant) {
        let Some(last) = events.last().map(|event| event.seq) else { return };
        let line = self.line(company);
        let change = line.push(events, self.limits.bytes / 2);
        line.advance(last);
        let mut order = self.order();
        order.bytes = (order.bytes + change.added).saturating_sub(change.dropped);
        order.published.push_back(Published { line, up_to: last, at: now });
        self.shrink(&mut order, now);
    }

    /// Lets go of what has become too old; to be called now and then.
    pub fn sweep(&self, now: Instant) {
        self.shrink(&mut self.order(), now);
    }

    /// When the oldest event has to go; `None` when there is none.
    pub fn next_sweep(&self) -> Option<Instant> {
        self.order().published.front().map(|oldest| oldest.at + self.limits.age)
    }

    /// Bytes in all rings.
    pub fn bytes(&self) -> usize {
        self.order().bytes
    }

    /// Events from `from` on when the ring reaches back so far (none when `from` is beyond the head), else `None`.
    pub fn read(&self, company: CompanyId, from: Seq, limit: ReadLimit) -> Option<Vec<Arc<Event>>> {
        self.line(company).read(from, limit)
    }

    fn shrink(&self, order: &mut Order, now: Instant) {
        while let Some(oldest) = order.published.front() {
            if order.bytes <= self.limits.bytes && now < oldest.at + self.limits.age {
                break;
            }
            let dropped = oldest.line.ring().drop_through(oldest.up_to);
            order.bytes = order.bytes.saturating_sub(dropped);
            order.published.pop_front();
        }
        if order.published.is_empty() {
            order.published = VecDeque::new();
        }
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a publication did to a ring, in bytes.
struct Change {
    added: usize,
    dropped: usize,
}

impl Line {
    fn push(&self, events: Vec<Event>, most: usize) -> Change {
        let mut ring = self.ring();
        let before = ring.bytes;
        let follows =
            |ring: &Ring, first: Seq| ring.events.back().is_none_or(|last| last.seq.next() == first);
        if !events.first().is_some_and(|first| follows(&ring, first.seq)) {
            // Somebody else wrote in between (the lease went away and came back): what is here is the past.
            *ring = Ring::default();
        }
        let kept = ring.bytes;
        for event in events {
            ring.bytes += event.weight();
            ring.events.push_back(Arc::new(event));
        }
        let added = ring.bytes - kept;
        while ring.bytes > most
            && let Some(seq) = ring.events.front().map(|event| event.seq)
        {
            ring.drop_through(seq);
        }
        Change { added, dropped: (before + added) - ring.bytes }
    }

    fn read(&self, from: Seq, limit: ReadLimit) -> Option<Vec<Arc<Event>>> {
        let ring = self.ring();
        let Some(first) = ring.events.front().map(|event| event.seq) else {
            return (from > *self.head.borrow()).then(Vec::new);
        };
        // Somebody else may have written beyond the ring.
        let ends_before_head =
            ring.events.back().is_some_and(|last| last.seq < from) && from <= *self.head.borrow();
        if from < first || ends_before_head {
            return None;
        }
        let start = usize::try_from(from.0 - first.0).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let within = |event: &&Arc<Event>| {
            let fits = bytes == 0 || bytes + event.payload.len() <= limit.bytes;
            bytes += event.payload.len().max(1);
            fits
        };
        Some(ring.events.iter().skip(start).take(limit.items).take_while(within).cloned().collect())
    }

    fn advance(&self, seq: Seq) {
        self.head.send_if_modified(|head| {
            let forward = seq > *head;
            if forward {
                *head = seq;
            }
            forward
        });
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: CompanyId = CompanyId(1);
    const B: CompanyId = CompanyId(2);
    const ALL: ReadLimit = ReadLimit { items: usize::MAX, bytes: usize::MAX };

    fn event(company: CompanyId, seq: i64, bytes: usize) -> Event {
        Event { company, ..crate::journal::tests::event(seq, "call-was-created", &"x".repeat(bytes)) }
    }

    fn tail(bytes: usize) -> Tail {
        Tail::new(TailLimits { bytes, age: Duration::from_secs(5) })
    }

    fn seqs(events: &[Arc<Event>]) -> Vec<i64> {
        events.iter().map(|event| event.seq.0).collect()
    }

    #[test]
    fn an_idle_company_holds_nothing() {
        let tail = tail(1 << 20);
        let start = Instant::now();
        tail.publish(A, vec![event(A, 1, 10)], start);
        tail.publish(B, vec![event(B, 1, 10)], start + Duration::from_secs(4));
        assert_eq!(tail.next_sweep(), Some(start + Duration::from_secs(5)));
        tail.sweep(start + Duration::from_secs(5));
        assert!(tail.read(A, Seq(1), ALL).is_none(), "it has to be read from the database now");
        assert_eq!(tail.read(A, Seq(2), ALL).map(|events| events.len()), Some(0), "there is nothing to read");
        assert_eq!(tail.read(B, Seq(1), ALL).map(|events| seqs(&events)), Some(vec![1]));
        tail.sweep(start + Duration::from_secs(9));
        assert_eq!((tail.bytes(), tail.next_sweep()), (0, None));
    }

    #[test]
    fn a_flood_pushes_out_its_own() {
        let tail = tail(100_000);
        let now = Instant::now();
        tail.publish(B, vec![event(B, 1, 10)], now);
        for seq in 1..=60 {
            tail.publish(A, vec![event(A, seq, 1_000)], now);
        }
        assert_eq!(tail.read(B, Seq(1), ALL).map(|events| seqs(&events)), Some(vec![1]));
        let kept = tail.read(A, Seq(60), ALL);
        assert_eq!(kept.map(|events| seqs(&events)), Some(vec![60]));
        assert!(tail.read(A, Seq(1), ALL).is_none());
        assert!(tail.bytes() <= 51_000, "{}", tail.bytes());
    }

    #[test]
    fn a_ring_begins_anew_after_somebody_else_wrote() {
        let tail = tail(1 << 20);
        let now = Instant::now();
        tail.publish(A, vec![event(A, 1, 10), event(A, 2, 10)], now);
        tail.set_head(A, Seq(5));
        tail.publish(A, vec![event(A, 6, 10)], now);
        assert!(tail.read(A, Seq(2), ALL).is_none());
        assert_eq!(tail.read(A, Seq(6), ALL).map(|events| seqs(&events)), Some(vec![6]));
        assert_eq!(tail.bytes(), event(A, 6, 10).weight());
    }

    proptest! {
        /// Against a plain list: what the ring answers is what the list holds from there on, and it answers at least
        /// for what was published last.
        #[test]
        fn reads_agree_with_a_plain_list(
            steps in proptest::collection::vec((1i64..4, 1usize..5, 0usize..3_000, 0u64..3, 0i64..12), 1..120),
            items in 1usize..20,
            bytes in 1usize..6_000,
        ) {
            let tail = tail(20_000);
            let mut model: AHashMap<CompanyId, Vec<(i64, usize)>> = AHashMap::new();
            let mut now = Instant::now();
            for (company, count, size, seconds, back) in steps {
                let company = CompanyId(company);
                now += Duration::from_secs(seconds);
                let list = model.entry(company).or_default();
                let first = i64::try_from(list.len()).expect("few") + 1;
                let fresh: Vec<i64> = (first..).take(count).collect();
                list.extend(fresh.iter().map(|seq| (*seq, size)));
                tail.publish(company, fresh.iter().map(|seq| event(company, *seq, size)).collect(), now);
                let head = tail.head(company);
                prop_assert_eq!(head.0, first - 1 + i64::try_from(count).expect("few"));
                prop_assert!(tail.bytes() <= 20_000);
                let from = (head.0 + 2 - back).max(1);
                let Some(got) = tail.read(company, Seq(from), ReadLimit { items, bytes }) else {
                    prop_assert!(from <= head.0);
                    continue;
                };
                let mut sum = 0;
                let wanted: Vec<i64> = list
                    .iter()
                    .filter(|(seq, _)| *seq >= from)
                    .take(items)
                    .take_while(|(_, size)| { let fits = sum == 0 || sum + size <= bytes; sum += size.max(&1); fits })
                    .map(|(seq, _)| *seq)
                    .collect();
                prop_assert_eq!(seqs(&got), wanted);
            }
            tail.sweep(now + Duration::from_secs(6));
            prop_assert_eq!(tail.bytes(), 0);
        }
    }
}
