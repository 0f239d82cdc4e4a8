//! What many share of which there is only so much: a share for each, and a turn for who waits.
//!
//! What must hold here:
//!
//! - What is taken never adds up to more than there is and what may be taken beyond it (a wish that is larger than
//!   everything counts as everything, and is granted when nobody else has any).
//! - One group that takes all that it can ends at a third of everything, and a member at a quarter; each next one finds
//!   something left of the rest. (A group is a company, say, and its members are its webhooks.)
//! - Where that is agreed ([`Shares::with_one_for_each`]), a member that has nothing takes one of what is beyond, of which a
//!   group leaves as much as it has to others. When all of that is taken too, it waits, and is served first.
//! - Who waits is served: of groups and within a group who has nothing first, as they came; then who needs least.
//! - What was taken is given back when it is dropped, however that comes about; who stops waiting leaves nothing behind.
//! - However many wait, to take, to give back and to go away cost a few look-ups.
//!
//! How it works: [`table`] decides by [`terms`]; here are its lock, held for those look-ups, and what wakes who waits.

mod table;
mod terms;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use table::{Entered, Table, Ticket};
use terms::Terms;

/// The table, with what lets in who waits.
type Lines<G, M> = Table<G, M, oneshot::Sender<Taken<G, M>>>;

/// See the module. A clone shares the same.
#[derive(Debug)]
pub struct Shares<G: Key, M: Key>(Arc<Mutex<Lines<G, M>>>);

/// What names a group or a member.
pub trait Key: Copy + Eq + Hash + Debug {}

impl<K: Copy + Eq + Hash + Debug> Key for K {}

impl<G: Key, M: Key> Clone for Shares<G, M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What was taken; its drop gives it back.
#[derive(Debug)]
#[must_use]
pub struct Taken<G: Key, M: Key> {
    shares: Shares<G, M>,
    group: G,
    member: M,
    weight: usize,
}

impl<G: Key, M: Key> Shares<G, M> {
    /// There is so much of it, in whatever it is counted by.
    pub fn of(capacity: usize) -> Self {
        Self::on(capacity, Terms::default())
    }

    /// A member that has nothing may take one also when nothing is left: so many are there `beyond` for that.
    pub fn with_one_for_each(capacity: usize, beyond: usize) -> Self {
        Self::on(capacity, Terms { beyond, ..Terms::default() })
    }

    /// One group may end at two thirds of everything, where it is more usual that one needs much than that many do.
    pub fn generous(capacity: usize) -> Self {
        Self::on(capacity, Terms { generous: true, ..Terms::default() })
    }

    /// Both.
    pub fn generous_with_one_for_each(capacity: usize, beyond: usize) -> Self {
        Self::on(capacity, Terms { generous: true, beyond })
    }

    fn on(capacity: usize, terms: Terms) -> Self {
        Self(Arc::new(Mutex::new(Table::new(capacity.max(1), terms))))
    }

    /// How much is taken.
    pub fn used(&self) -> usize {
        self.lock().used()
    }

    /// Takes `weight` if that is within the member's share just now.
    pub fn try_take(&self, group: G, member: M, weight: usize) -> Option<Taken<G, M>> {
        let mut table = self.lock();
        let weight = table.counted(weight);
        table.offer(group, member, weight).then(|| self.taken(group, member, weight))
    }

    /// Takes `weight` as soon as it is within the member's share. Dropping the future gives the wish up.
    pub async fn take(&self, group: G, member: M, weight: usize) -> Taken<G, M> {
        let (enter, entered) = oneshot::channel();
        let ticket = {
            let mut table = self.lock();
            let weight = table.counted(weight);
            if table.offer(group, member, weight) {
                return self.taken(group, member, weight);
            }
            table.wait(group, member, weight, enter)
        };
        let _place = InLine { shares: self, group, member, ticket };
        entered.await.expect("who waits in the table is let in by it, or has left")
    }

    fn taken(&self, group: G, member: M, weight: usize) -> Taken<G, M> {
        Taken { shares: self.clone(), group, member, weight }
    }

    /// Changes the table, then lets in who can be.
    fn change(&self, change: impl FnOnce(&mut Lines<G, M>)) {
        let mut table = self.lock();
        change(&mut table);
        let mut let_in = Vec::new();
        while let Some(Entered { group, member, weight, item }) = table.next() {
            let_in.push((item, self.taken(group, member, weight)));
        }
        drop(table);
        for (enter, taken) in let_in {
            // Who has gone away meanwhile gives it back by this: without the lock, which that takes again.
            drop(enter.send(taken));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines<G, M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<G: Key, M: Key> Drop for Taken<G, M> {
    fn drop(&mut self) {
        self.shares.change(|table| table.release(self.group, self.member, self.weight));
    }
}

/// A place in the line, for as long as somebody waits there.
struct InLine<'a, G: Key, M: Key> {
    shares: &'a Shares<G, M>,
    group: G,
    member: M,
    ticket: Ticket,
}

impl<G: Key, M: Key> Drop for InLine<'_, G, M> {
    fn drop(&mut self) {
        self.shares.change(|table| table.leave(self.group, self.member, self.ticket));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_waits_is_let_in_by_what_is_given_back() {
        let shares = Shares::of(2);
        let one = shares.try_take("a", 1, 1).expect("free");
        let two = shares.try_take("b", 1, 1).expect("free");
        assert!(shares.try_take("c", 1, 1).is_none());
        let mut waiting = Box::pin(shares.take("c", 1, 1));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(one);
        let three = waiting.await;
        assert_eq!(shares.used(), 2);
        drop((two, three));
        assert_eq!(shares.used(), 0);
    }

    #[tokio::test]
    async fn who_goes_away_is_passed_over() {
        let shares = Shares::of(1);
        let one = shares.try_take("a", 1, 1).expect("free");
        let mut gone = Box::pin(shares.take("b", 1, 1));
        let mut late = Box::pin(shares.take("c", 1, 1));
        assert!(gone.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        // Let in, and gone before it noticed.
        drop(one);
        drop(gone);
        assert!(late.now_or_never().is_some());
        assert_eq!(shares.used(), 0);
    }

    #[test]
    fn no_wake_is_lost_between_threads() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let shares = Shares::of(3);
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let shares = shares.clone();
                    tokio::spawn(async move {
                        for round in 0..500 {
                            let taken = shares.take(n % 3, n, 1 + round % 3).await;
                            tokio::task::yield_now().await;
                            drop(taken);
                        }
                    })
                })
                .collect();
            for task in tasks {
                tokio::time::timeout(std::time::Duration::from_secs(30), task).await.expect("woken").unwrap();
            }
            assert_eq!(shares.used(), 0);
        });
    }
}
