//! Room for a large message, counted in the budget before it is read.
//!
//! What must hold: room grows with what is known of the message, and whoever waits for more of it stands in nobody's way for
//! ever: the one that has the place beyond the bound never waits again, so that it ends, and the next one has it
//! (`messages_that_wait_for_each_others_room_end_one_after_another`).

use super::budget::{Beyond, Budget};

/// Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    budget: Budget,
    bytes: usize,
    /// It has passed the bound; then none of its bytes are counted.
    beyond: Option<Beyond>,
}

impl Reserved {
    pub fn nothing(budget: Budget) -> Self {
        Self { budget, bytes: 0, beyond: None }
    }

    /// Makes it room for `bytes`, if the session, which holds `held`, and its company leave room for others with them; else
    /// lets it pass the bound, if it is the only one.
    pub fn try_grow(&mut self, held: usize, bytes: usize) -> bool {
        if self.grow_within(held, bytes) {
            return true;
        }
        let beyond = self.budget.has_room(held).then(|| self.budget.try_beyond()).flatten();
        beyond.map(|beyond| self.pass(beyond)).is_some()
    }

    /// As [`Reserved::try_grow`], waiting.
    pub async fn grow(&mut self, held: impl Fn() -> usize, bytes: usize) {
        let budget = self.budget.clone();
        let within = budget.until(|| self.grow_within(held(), bytes).then_some(()));
        tokio::select! {
            biased;
            () = within => {}
            beyond = budget.beyond() => self.pass(beyond),
        }
    }

    pub fn give_back(&mut self) {
        self.budget.unreserve(std::mem::take(&mut self.bytes));
        self.beyond = None;
    }

    fn grow_within(&mut self, held: usize, bytes: usize) -> bool {
        if self.beyond.is_some() || bytes <= self.bytes {
            return true;
        }
        let more = bytes - self.bytes;
        let grown = self.budget.has_room(held) && self.budget.reserve(held.saturating_add(self.bytes), more);
        if grown {
            self.bytes = bytes;
        }
        grown
    }

    fn pass(&mut self, beyond: Beyond) {
        self.give_back();
        self.beyond = Some(beyond);
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn reserve(budget: &Budget, bytes: usize) -> Option<Reserved> {
        let mut reserved = Reserved::nothing(budget.clone());
        reserved.try_grow(0, bytes).then_some(reserved)
    }

    #[test]
    fn one_large_message_at_a_time_passes_the_bound() {
        let budget = Budget::new(1_000);
        let fits = reserve(&budget, 300).expect("there is room");
        let beyond = reserve(&budget, 300).expect("nobody else is beyond");
        assert!(reserve(&budget, 300).is_none());
        drop(reserve(&budget, 30).expect("a smaller one fits"));
        drop(beyond);
        assert!(reserve(&budget, 5_000).is_some(), "larger than everything, alone");
        drop(fits);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn what_one_company_does_not_end_leaves_room_for_others() {
        let budget = Budget::new(100_000);
        let [one, other, third] = [1, 2, 3].map(|company| budget.of_company(company));
        let sizes = [30_000, 9_000, 70_000, 500, 1_300, 20_000, 64];
        let unending: Vec<_> = (0..700).filter_map(|n| reserve(&one, sizes[n % sizes.len()])).collect();
        assert!(
            unending.len() > 3 && budget.used() <= 100_000 / 3 + 1,
            "{} of {}",
            budget.used(),
            unending.len()
        );
        assert!(reserve(&other, 20_000).is_some(), "another company has its share");
        let unending: Vec<_> = (0..700).filter_map(|n| reserve(&other, sizes[n % sizes.len()])).collect();
        assert!(unending.len() > 3 && budget.used() < 60_000, "{}", budget.used());
        assert!(reserve(&third, 13_000).is_some() && budget.has_room(60_000));
    }

    #[test]
    fn messages_that_wait_for_each_others_room_end_one_after_another() {
        let budget = Budget::new(1_000);
        // Each has half of what it needs, and none of them finds more.
        let halves: Vec<_> = (0..3).map(|n| reserve(&budget.of_company(n), 140).expect("room")).collect();
        let end = async |mut half: Reserved| half.grow(|| 0, 400).await;
        let mut waiting: Vec<_> = halves.into_iter().map(|half| Box::pin(end(half))).collect();
        let mut ended = 0;
        while !waiting.is_empty() {
            let at = waiting.iter_mut().position(|half| half.as_mut().now_or_never().is_some());
            drop(waiting.remove(at.expect("one of them goes on")));
            ended += 1;
        }
        assert_eq!(ended, 3);
        assert_eq!((budget.used(), budget.unread_sessions()), (0, 0));
    }

    #[test]
    fn room_grows_with_a_message_and_what_is_beyond_waits_no_more() {
        let budget = Budget::new(1_000);
        let mut grows = reserve(&budget, 100).expect("room");
        assert!(grows.try_grow(0, 250) && grows.try_grow(0, 200));
        assert_eq!(budget.used(), 250);
        assert!(grows.try_grow(0, 600) && grows.try_grow(0, 60_000), "beyond, alone, and as far as it likes");
        assert_eq!(budget.used(), 0, "the one beyond is not counted");
        drop(grows);
        assert!(reserve(&budget, 600).is_some());
    }
}
