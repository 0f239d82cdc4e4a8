//! The appends that wait for the recorder: bounded in bytes, a share for each company, taken in turn.
//!
//! What always holds:
//! - Appends of one company leave in the order in which they came, whether they were let in at once or had to wait.
//! - A company with a long queue leaves as much room free as it uses itself (the *dynamic threshold* of shared-memory
//!   switches: Choudhury and Hahne, 1998), so a newcomer always finds room, however many are flooding.
//! - A company that has nothing queued goes before those that have, so that one large append is not kept out for ever
//!   by many small ones. A single append of any size fits into an empty queue.
//! - A batch takes from the companies in turn, by bytes (deficit round robin), so a flood of one delays another by one
//!   turn and not by its length.
//!
//! Pure: no clock, no lock, no waking. `inbox.rs` puts a lock and wake-ups around it.

use std::collections::VecDeque;

use ahash::AHashMap;

use crate::domain::CompanyId;

/// Bytes a company may send in one turn before the next one has its turn.
const QUANTUM: usize = 64 * 1024;

/// One append as the queue sees it.
#[derive(Debug)]
struct Entry<T> {
    item: T,
    rows: usize,
    weight: usize,
}

#[derive(Debug)]
struct Waiting<T> {
    ticket: Ticket,
    entry: Entry<T>,
}

/// What a waiting append is called, so that whoever waits can take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Line<T> {
    queued: VecDeque<Entry<T>>,
    waiting: VecDeque<Waiting<T>>,
    /// Bytes let in and not yet released: queued, or in the recorder's hands.
    used: usize,
    /// Bytes this company may still send in the present turn.
    deficit: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { queued: VecDeque::new(), waiting: VecDeque::new(), used: 0, deficit: 0 }
    }
}

/// How much one batch may hold. A single append larger than this is a batch of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchCap {
    pub rows: usize,
    pub bytes: usize,
}

#[derive(Debug)]
pub(super) struct AppendQueue<T> {
    capacity: usize,
    used: usize,
    lines: AHashMap<CompanyId, Line<T>>,
    /// Companies with something queued, the next to be served first.
    turns: VecDeque<CompanyId>,
    /// Companies with someone waiting for room, the next to be let in first.
    waiters: VecDeque<CompanyId>,
    next_ticket: u64,
}

impl<T> AppendQueue<T> {
    /// `capacity` in bytes of [`crate::domain::Event::weight`].
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            used: 0,
            lines: AHashMap::new(),
            turns: VecDeque::new(),
            waiters: VecDeque::new(),
            next_ticket: 0,
        }
    }

    /// Bytes let in and not yet released.
    pub fn used(&self) -> usize {
        self.used
    }

    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Lets `item` in at once, or gives it back when there is no room for it (or others of its company are waiting).
    pub fn offer(&mut self, company: CompanyId, rows: usize, weight: usize, item: T) -> Result<(), T> {
        let line = self.lines.get(&company);
        let own = line.map_or(0, |line| line.used);
        let in_line = line.is_some_and(|line| !line.waiting.is_empty());
        if in_line || !self.has_room(own, weight) || (own > 0 && self.newcomer_waits()) {
            return Err(item);
        }
        self.admit(company, Entry { item, rows, weight });
        Ok(())
    }

    /// Puts `item` in line for room; it enters the queue by itself when [`Self::release`] finds room.
    pub fn wait(&mut self, company: CompanyId, rows: usize, weight: usize, item: T) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let line = self.lines.entry(company).or_default();
        if line.waiting.is_empty() {
            self.waiters.push_back(company);
        }
        line.waiting.push_back(Waiting { ticket, entry: Entry { item, rows, weight } });
        ticket
    }

    /// Takes a waiting append back. `None` when it has been let in already.
    pub fn take_back(&mut self, company: CompanyId, ticket: Ticket) -> Option<T> {
        let line = self.lines.get_mut(&company)?;
        let at = line.waiting.iter().position(|waiting| waiting.ticket == ticket)?;
        let waiting = line.waiting.remove(at)?;
        if line.waiting.is_empty() {
            self.waiters.retain(|waiter| *waiter != company);
            self.forget_if_idle(company);
        }
        Some(waiting.entry.item)
    }

    /// The next batch, up to `cap`, companies in turn. Its bytes stay counted until [`Self::release`].
    pub fn take(&mut self, cap: BatchCap) -> Vec<T> {
        let mut taken = Vec::new();
        let (mut rows, mut bytes) = (0, 0);
        while let Some(company) = self.turns.pop_front() {
            let Some(line) = self.lines.get_mut(&company) else { continue };
            line.deficit += QUANTUM;
            while let Some(next) = line.queued.front() {
                let full = rows + next.rows > cap.rows || bytes + next.weight > cap.bytes;
                if full && !taken.is_empty() {
                    // It keeps its place and what is left of its turn; the quantum comes again.
                    line.deficit -= QUANTUM.min(line.deficit);
                    self.turns.push_front(company);
                    return taken;
                }
                if next.weight > line.deficit {
                    break;
                }
                line.deficit -= next.weight;
                rows += next.rows;
                bytes += next.weight;
                taken.extend(line.queued.pop_front().map(|entry| entry.item));
            }
            if line.queued.is_empty() {
                line.deficit = 0;
            } else {
                self.turns.push_back(company);
            }
        }
        taken
    }

    /// Gives the room of a finished append back.
    pub fn release(&mut self, company: CompanyId, weight: usize) {
        self.used = self.used.saturating_sub(weight);
        if let Some(line) = self.lines.get_mut(&company) {
            line.used = line.used.saturating_sub(weight);
        }
        self.forget_if_idle(company);
    }

    /// Lets in who waits and now has room, calling `entered` for each (to wake who put it there).
    pub fn let_in(&mut self, mut entered: impl FnMut(&mut T)) {
        while let Some(company) = self.next_to_enter() {
            let Some(line) = self.lines.get_mut(&company) else { return };
            let Some(Waiting { mut entry, .. }) = line.waiting.pop_front() else { return };
            self.waiters.retain(|waiter| *waiter != company);
            if !line.waiting.is_empty() {
                self.waiters.push_back(company);
            }
            entered(&mut entry.item);
            self.admit(company, entry);
        }
    }

    /// Everything queued or waiting, in no particular order between companies; the queue is empty afterwards.
    pub fn drain(&mut self) -> Vec<T> {
        self.turns.clear();
        self.waiters.clear();
        self.used = 0;
        let lines = std::mem::take(&mut self.lines);
        lines
            .into_values()
            .flat_map(|line| {
                line.queued.into_iter().chain(line.waiting.into_iter().map(|waiting| waiting.entry))
            })
            .map(|entry| entry.item)
            .collect()
    }

    fn next_to_enter(&self) -> Option<CompanyId> {
        let front = |company: &CompanyId| {
            let line = self.lines.get(company)?;
            Some((line.used, line.waiting.front()?.entry.weight))
        };
        let newcomer = self.waiters.iter().find(|company| front(company).is_some_and(|(own, _)| own == 0));
        if let Some(company) = newcomer {
            // Nobody else is let in before it: see `a_large_append_is_not_kept_out_by_small_ones`.
            return front(company).filter(|(own, weight)| self.has_room(*own, *weight)).map(|_| *company);
        }
        let fits =
            |company: &&CompanyId| front(company).is_some_and(|(own, weight)| self.has_room(own, weight));
        self.waiters.iter().find(fits).copied()
    }

    fn newcomer_waits(&self) -> bool {
        self.waiters.iter().any(|company| self.lines.get(company).is_some_and(|line| line.used == 0))
    }

    fn has_room(&self, own: usize, weight: usize) -> bool {
        if self.used == 0 {
            return true;
        }
        let free = self.capacity.saturating_sub(self.used);
        if own == 0 { weight <= free } else { own + weight <= free }
    }

    fn admit(&mut self, company: CompanyId, entry: Entry<T>) {
        let line = self.lines.entry(company).or_default();
        self.used += entry.weight;
        line.used += entry.weight;
        if line.queued.is_empty() {
            self.turns.push_back(company);
        }
        line.queued.push_back(entry);
    }

    fn forget_if_idle(&mut self, company: CompanyId) {
        let idle = |line: &Line<T>| line.used == 0 && line.queued.is_empty() && line.waiting.is_empty();
        if self.lines.get(&company).is_some_and(idle) {
            self.lines.remove(&company);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: BatchCap = BatchCap { rows: 1_000, bytes: 1 << 20 };
    const A: CompanyId = CompanyId(1);
    const B: CompanyId = CompanyId(2);

    /// Fills with items of 1 KiB until refused; answers how many went in.
    fn flood(queue: &mut AppendQueue<(CompanyId, usize)>, company: CompanyId) -> usize {
        (0..1_000).take_while(|n| queue.offer(company, 1, 1_024, (company, *n)).is_ok()).count()
    }

    #[test]
    fn one_flooding_company_leaves_room_for_another() {
        let mut queue = AppendQueue::new(64 * 1_024);
        assert_eq!(flood(&mut queue, A), 32);
        assert_eq!(flood(&mut queue, B), 16);
        assert!(queue.offer(CompanyId(3), 1, 1_024, (CompanyId(3), 0)).is_ok());
    }

    #[test]
    fn any_append_fits_into_an_empty_queue() {
        let mut queue = AppendQueue::new(1_024);
        assert!(queue.offer(A, 1, 1 << 20, (A, 0)).is_ok());
        assert!(queue.offer(B, 1, 1, (B, 0)).is_err());
        assert_eq!(queue.take(BatchCap { rows: 1, bytes: 1 }), [(A, 0)], "nor is it too large for a batch");
    }

    #[test]
    fn a_large_append_is_taken_within_one_call() {
        let mut queue = AppendQueue::new(1 << 30);
        queue.offer(A, 1, 10 << 20, (A, 0)).expect("room");
        queue.offer(B, 1, 100, (B, 0)).expect("room");
        assert_eq!(queue.take(CAP), [(B, 0)], "small ones are not held up");
        assert_eq!(queue.take(CAP), [(A, 0)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn companies_are_served_in_turn_and_each_in_order() {
        let mut queue = AppendQueue::new(1 << 30);
        for n in 0..500 {
            queue.offer(A, 1, 1_024, (A, n)).expect("room");
        }
        for n in 0..10 {
            queue.offer(B, 1, 1_024, (B, n)).expect("room");
        }
        let batch = queue.take(BatchCap { rows: 100, bytes: 1 << 20 });
        assert_eq!(batch.iter().filter(|(company, _)| *company == B).count(), 10, "B waits one turn at most");
        let mut rest = batch;
        while !queue.is_empty() {
            rest.extend(queue.take(BatchCap { rows: 7, bytes: 1 << 20 }));
        }
        for company in [A, B] {
            let order: Vec<usize> = rest.iter().filter(|(c, _)| *c == company).map(|(_, n)| *n).collect();
            assert!(order.is_sorted() && order.first() == Some(&0), "{company}: {order:?}");
        }
        assert_eq!(rest.len(), 510);
    }

    #[test]
    fn who_waits_enters_in_order_when_room_comes() {
        let mut queue = AppendQueue::new(8 * 1_024);
        let inside = flood(&mut queue, A);
        queue.wait(A, 1, 1_024, (A, 100));
        let second = queue.wait(A, 1, 1_024, (A, 101));
        queue.wait(A, 1, 1_024, (A, 102));
        assert_eq!(queue.offer(A, 1, 1, (A, 103)), Err((A, 103)), "nobody overtakes who waits");
        assert_eq!(queue.take_back(A, second), Some((A, 101)));
        let batch = queue.take(CAP);
        assert_eq!(batch.len(), inside);
        for _ in &batch {
            queue.release(A, 1_024);
        }
        let mut entered = Vec::new();
        queue.let_in(|(_, n)| entered.push(*n));
        assert_eq!(entered, [100, 102]);
        assert_eq!(queue.take_back(A, second), None);
        assert_eq!(queue.take(CAP), [(A, 100), (A, 102)]);
        queue.release(A, 2_048);
        assert_eq!((queue.used(), queue.lines.len(), queue.waiters.len()), (0, 0, 0));
    }

    #[test]
    fn a_large_append_is_not_kept_out_by_small_ones() {
        let mut queue = AppendQueue::new(64 * 1_024);
        flood(&mut queue, A);
        queue.wait(B, 1, 60 * 1_024, (B, 0));
        // As A's appends finish, it offers new ones at once; B must get in all the same.
        let mut rounds = 0;
        loop {
            let batch = queue.take(BatchCap { rows: 4, bytes: 1 << 20 });
            for _ in &batch {
                queue.release(A, 1_024);
            }
            let mut b_entered = false;
            queue.let_in(|(company, _)| b_entered |= *company == B);
            if b_entered {
                break;
            }
            assert_eq!(flood(&mut queue, A), 0, "A is let in before B");
            rounds += 1;
            assert!(rounds < 20, "B starves");
        }
    }

    proptest::proptest! {
        /// Whatever is offered, taken and taken back: bytes balance, order holds, nothing is lost.
        #[test]
        fn every_append_leaves_once_and_in_order(steps in proptest::collection::vec((0u8..4, 1i64..4, 1usize..5_000), 1..300)) {
            let mut queue = AppendQueue::new(16 * 1_024);
            let (mut pending, mut given, mut left) = (Vec::new(), Vec::new(), Vec::new());
            let mut tickets = Vec::new();
            for (n, (step, company, weight)) in steps.into_iter().enumerate() {
                let company = CompanyId(company);
                match step {
                    0 => if queue.offer(company, 1, weight, (company, n, weight)).is_ok() { given.push((company, n)); },
                    1 => { tickets.push((company, n, queue.wait(company, 1, weight, (company, n, weight)))); given.push((company, n)); }
                    2 => pending.extend(queue.take(BatchCap { rows: 5, bytes: 8_192 })),
                    _ => {
                        if let Some((company, n, ticket)) = tickets.pop()
                            && queue.take_back(company, ticket).is_some() { given.retain(|g| *g != (company, n)); }
                        for (company, n, weight) in pending.drain(..) { queue.release(company, weight); left.push((company, n)); }
                        queue.let_in(|_| ());
                    }
                }
            }
            while !queue.is_empty() || !pending.is_empty() || !queue.waiters.is_empty() {
                pending.extend(queue.take(BatchCap { rows: 5, bytes: 8_192 }));
                for (company, n, weight) in pending.drain(..) { queue.release(company, weight); left.push((company, n)); }
                queue.let_in(|_| ());
            }
            proptest::prop_assert_eq!(queue.used(), 0);
            proptest::prop_assert!(queue.lines.is_empty());
            for company in 1..4 {
                let of = |all: &[(CompanyId, usize)]| all.iter().filter(|(c, _)| c.0 == company).copied().collect::<Vec<_>>();
                proptest::prop_assert_eq!(of(&left), of(&given));
            }
        }
    }
}
