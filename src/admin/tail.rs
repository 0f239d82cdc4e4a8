//! A company's newest events as they arrive, for somebody who looks on.

use tokio::sync::watch;

use super::events::{filter, view};
use super::{Actor, Admin, AdminError, EventQuery, EventView};
use crate::domain::{CompanyId, Seq};
use crate::journal::{Journal, ReadLimit, SearchFilter};

/// Of one step.
const LOOKED_AT: i64 = 200;
const SHOWN: usize = 40;
const BYTES: usize = 1 << 20;

/// Looks on from now. It reads what is in memory only, and passes over what it is too slow for.
#[derive(Clone)]
pub struct Tail {
    journal: Journal,
    company: CompanyId,
    filter: SearchFilter,
    head: watch::Receiver<Seq>,
    next: Seq,
}

/// What came since the last step.
#[derive(Debug)]
pub struct TailStep {
    /// Everything up to here has been shown, passed over, or counted.
    pub passed: Seq,
    /// Oldest first.
    pub events: Vec<EventView>,
    /// Events that came too fast to be looked at or shown.
    pub missed: u64,
}

impl Admin {
    /// From now on, or from `after` for who was interrupted there: what is too long ago is counted, not shown.
    pub async fn tail(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &EventQuery,
        after: Option<Seq>,
    ) -> Result<Tail, AdminError> {
        self.company(actor, company).await?;
        let filter = filter(query)?;
        let head = self.journal.watch(company);
        let newest = *head.borrow();
        let next = after.filter(|after| (Seq::ZERO..newest).contains(after)).unwrap_or(newest).next();
        Ok(Tail { journal: self.journal.clone(), company, filter, head, next })
    }
}

impl Tail {
    /// Waits for something that the search finds, or that was missed; `None` when nothing will come any more.
    pub async fn next(&mut self) -> Option<TailStep> {
        loop {
            let head = *self.head.borrow_and_update();
            if head >= self.next {
                let step = self.step(head);
                if !step.events.is_empty() || step.missed > 0 {
                    return Some(step);
                }
            } else {
                self.head.changed().await.ok()?;
            }
        }
    }

    /// Everything up to here has been shown, passed over, or counted.
    pub fn passed(&self) -> Seq {
        Seq(self.next.0 - 1)
    }

    /// What has come up to now, without waiting.
    pub fn now(&mut self) -> TailStep {
        let head = *self.head.borrow_and_update();
        self.step(head)
    }

    fn step(&mut self, head: Seq) -> TailStep {
        let from = Seq(self.next.0.max(head.0 - LOOKED_AT + 1));
        let mut missed = from.0 - self.next.0;
        let limit = ReadLimit { items: usize::try_from(LOOKED_AT).unwrap_or(usize::MAX), bytes: BYTES };
        let read = self.journal.try_read_tail(self.company, from, limit).unwrap_or_default();
        let end = read.last().map_or(from, |last| last.seq.next());
        missed += (head.next().0 - end.0).max(0);
        self.next = end.max(head.next());
        let search = self.journal.searching(self.company, self.filter.clone(), None);
        let found: Vec<_> = read.iter().filter(|event| search.matches(event)).collect();
        let over = found.len().saturating_sub(SHOWN);
        TailStep {
            passed: self.passed(),
            events: found[over..].iter().map(|event| view(event)).collect(),
            missed: u64::try_from(missed).unwrap_or(0) + over as u64,
        }
    }
}
