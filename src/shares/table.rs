//! Who holds how much of what is shared, and who waits for more.
//!
//! Pure: no clock, no lock, no waking. What must hold is said, and what wakes is done, one level up.

use std::collections::VecDeque;
use std::hash::Hash;

use ahash::AHashMap;

/// A member may hold this many times what its group could still take.
const TIMES_ROOM: usize = 2;

/// How much of what is free one may take: a group so many times what it leaves, and a member twice what its group could
/// still take (the *dynamic threshold* of shared-memory switches: Choudhury and Hahne, 1998).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Twice what it leaves free, and not half of it: who hogs alone ends at two thirds of everything, and not at one.
    pub generous: bool,
    /// A member that has nothing may always take one, also when nothing is left: however many hog, and for however long.
    /// The bound is then passed by as many as there are members.
    pub one_for_each: bool,
}

/// What someone who waits is called, so that they can go away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiting<M, T> {
    ticket: Ticket,
    member: M,
    weight: usize,
    item: T,
}

#[derive(Debug)]
struct Group<M, T> {
    used: usize,
    /// What each member holds; who holds nothing is not here.
    members: AHashMap<M, usize>,
    waiting: VecDeque<Waiting<M, T>>,
}

impl<M, T> Default for Group<M, T> {
    fn default() -> Self {
        Self { used: 0, members: AHashMap::new(), waiting: VecDeque::new() }
    }
}

/// One who was let in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entered<G, M, T> {
    pub group: G,
    pub member: M,
    pub weight: usize,
    pub item: T,
}

#[derive(Debug)]
pub(super) struct Table<G, M, T> {
    capacity: usize,
    terms: Terms,
    used: usize,
    groups: AHashMap<G, Group<M, T>>,
    /// Groups of which somebody waits, the next to be served first.
    turns: VecDeque<G>,
    next_ticket: u64,
}

impl<G: Copy + Eq + Hash, M: Copy + Eq + Hash, T> Table<G, M, T> {
    pub fn new(capacity: usize, terms: Terms) -> Self {
        Self { capacity, terms, used: 0, groups: AHashMap::new(), turns: VecDeque::new(), next_ticket: 0 }
    }

    pub fn used(&self) -> usize {
        self.used
    }

    /// What a wish counts as: one larger than everything is everything.
    pub fn counted(&self, weight: usize) -> usize {
        weight.min(self.capacity)
    }

    /// Takes `weight` for the member if that is within its share, and nobody is to be served before.
    pub fn offer(&mut self, group: G, member: M, weight: usize) -> bool {
        let known = self.groups.get(&group);
        let own = known.map_or(0, |known| known.used);
        let held = known.and_then(|known| known.members.get(&member)).copied().unwrap_or(0);
        let in_line = known.is_some_and(|known| known.waits(member) || (held > 0 && known.newcomer_waits()));
        if in_line || !self.fits(own, held, weight) || (own > 0 && self.newcomer_waits()) {
            return false;
        }
        self.admit(group, member, weight);
        true
    }

    /// Puts the member in line; [`Table::next`] lets it in when its share allows.
    pub fn wait(&mut self, group: G, member: M, weight: usize, item: T) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let line = self.groups.entry(group).or_default();
        if line.waiting.is_empty() {
            self.turns.push_back(group);
        }
        line.waiting.push_back(Waiting { ticket, member, weight, item });
        ticket
    }

    /// Takes one who waits out of the line; one that was let in already is not there any more.
    pub fn leave(&mut self, group: G, ticket: Ticket) {
        let Some(line) = self.groups.get_mut(&group) else { return };
        let before = line.waiting.len();
        line.waiting.retain(|waiting| waiting.ticket != ticket);
        if line.waiting.len() < before && line.waiting.is_empty() {
            self.turns.retain(|turn| *turn != group);
        }
        self.forget_if_idle(group);
    }

    /// Gives back what a member took.
    pub fn release(&mut self, group: G, member: M, weight: usize) {
        self.used = self.used.saturating_sub(weight);
        if let Some(line) = self.groups.get_mut(&group) {
            line.used = line.used.saturating_sub(weight);
            if let Some(held) = line.members.get_mut(&member) {
                *held = held.saturating_sub(weight);
                if *held == 0 {
                    line.members.remove(&member);
                }
            }
        }
        self.forget_if_idle(group);
    }

    /// Lets the next one in, if anybody's share allows.
    pub fn next(&mut self) -> Option<Entered<G, M, T>> {
        let newcomers = self.turns.iter().position(|group| self.is_new(*group));
        let (turn, at) = match newcomers {
            // Nobody else is let in before it: see `a_large_wish_is_not_kept_out_by_small_ones`.
            Some(turn) => (turn, self.candidate(self.turns[turn])?),
            None => {
                let mut turns = self.turns.iter().enumerate();
                turns.find_map(|(turn, group)| Some((turn, self.candidate(*group)?)))?
            }
        };
        let group = self.turns.remove(turn)?;
        let line = self.groups.get_mut(&group)?;
        let Waiting { member, weight, item, .. } = line.waiting.remove(at)?;
        if !line.waiting.is_empty() {
            self.turns.push_back(group);
        }
        self.admit(group, member, weight);
        Some(Entered { group, member, weight, item })
    }

    /// Whose turn it is in a group, if the shares allow: who holds nothing before those who do.
    fn candidate(&self, group: G) -> Option<usize> {
        let line = self.groups.get(&group)?;
        let fits = |waiting: &Waiting<M, T>| self.fits(line.used, line.held(waiting.member), waiting.weight);
        match line.newcomer() {
            Some(at) => fits(&line.waiting[at]).then_some(at),
            None => line.waiting.iter().position(fits),
        }
    }

    fn is_new(&self, group: G) -> bool {
        self.groups.get(&group).is_some_and(|line| line.used == 0)
    }

    fn newcomer_waits(&self) -> bool {
        self.turns.iter().any(|group| self.is_new(*group))
    }

    /// Whether a member that holds `held` of the `own` that its group has may take `weight` more.
    fn fits(&self, own: usize, held: usize, weight: usize) -> bool {
        if held == 0 && weight == 1 && self.terms.one_for_each {
            return true;
        }
        let Some(free) = self.capacity.checked_sub(self.used + weight) else { return false };
        if own == 0 {
            return true;
        }
        let most = if self.terms.generous { 2 * free } else { free / 2 };
        let Some(room) = most.checked_sub(own + weight) else { return false };
        held == 0 || held + weight <= TIMES_ROOM * room
    }

    fn admit(&mut self, group: G, member: M, weight: usize) {
        let line = self.groups.entry(group).or_default();
        self.used += weight;
        line.used += weight;
        *line.members.entry(member).or_default() += weight;
    }

    fn forget_if_idle(&mut self, group: G) {
        if self.groups.get(&group).is_some_and(|line| line.used == 0 && line.waiting.is_empty()) {
            self.groups.remove(&group);
        }
    }
}

impl<M: Copy + Eq + Hash, T> Group<M, T> {
    fn held(&self, member: M) -> usize {
        self.members.get(&member).copied().unwrap_or(0)
    }

    fn waits(&self, member: M) -> bool {
        self.waiting.iter().any(|waiting| waiting.member == member)
    }

    /// The first in line who holds nothing.
    fn newcomer(&self) -> Option<usize> {
        self.waiting.iter().position(|waiting| self.held(waiting.member) == 0)
    }

    fn newcomer_waits(&self) -> bool {
        self.newcomer().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Numbers = Table<u8, u8, usize>;

    /// Takes one at a time until refused; answers how many.
    fn hog(table: &mut Numbers, group: u8, member: u8) -> usize {
        (0..10_000).take_while(|_| table.offer(group, member, 1)).count()
    }

    #[test]
    fn a_group_that_hogs_ends_at_a_third_and_so_does_each_next_one_of_the_rest() {
        let mut table = Numbers::new(2_048, Terms::default());
        let one: usize = (0..80).map(|member| hog(&mut table, 0, member)).sum();
        assert!((660..=683).contains(&one), "a group that hogs has {one}");
        let mut free = 2_048 - one;
        for group in 1..10 {
            let held: usize = (0..80).map(|member| hog(&mut table, group, member)).sum();
            assert!(held > 0 && held <= free / 3 + 1, "{group} has {held} of {free}");
            free -= held;
        }
    }

    #[test]
    fn a_member_that_hogs_leaves_something_for_the_others_of_its_group() {
        let mut table = Numbers::new(2_048, Terms::default());
        let first = hog(&mut table, 0, 0);
        assert!((500..=512).contains(&first), "{first}");
        for member in 1..4 {
            assert!(hog(&mut table, 0, member) > 0, "{member} gets nothing");
        }
        assert!(table.offer(1, 0, 1), "nor does another group suffer");
    }

    #[test]
    fn who_has_nothing_may_always_take_one_where_that_is_agreed() {
        let mut table = Numbers::new(100, Terms { one_for_each: true, ..Terms::default() });
        for group in 0..100 {
            for member in 0..3 {
                assert!(hog(&mut table, group, member) > 0, "{group} {member} gets nothing");
            }
        }
        assert!((300..=400).contains(&table.used()), "{}", table.used());
        assert!(!table.offer(5, 2, 1), "and no more than that");
    }

    #[test]
    fn generous_terms_leave_a_third() {
        let mut table = Numbers::new(300, Terms { generous: true, ..Terms::default() });
        let one: usize = (0..80).map(|member| hog(&mut table, 0, member)).sum();
        assert!((190..=200).contains(&one), "{one}");
    }

    #[test]
    fn one_that_is_larger_than_everything_is_let_in_alone() {
        let mut table = Numbers::new(100, Terms::default());
        let weight = table.counted(5_000);
        assert!(table.offer(0, 0, weight));
        assert!(!table.offer(1, 0, 1));
        table.wait(1, 0, 1, 7);
        assert_eq!(table.next(), None);
        table.release(0, 0, weight);
        assert_eq!(table.next().map(|entered| entered.item), Some(7));
    }

    #[test]
    fn who_has_nothing_is_served_first_and_then_groups_in_turn() {
        let mut table = Numbers::new(6, Terms { generous: true, ..Terms::default() });
        for (group, member) in [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (4, 0)] {
            assert!(table.offer(group, member, 1), "{group} {member}");
        }
        for (group, member, item) in [(0, 0, 10), (0, 9, 11), (1, 0, 12), (3, 0, 13)] {
            table.wait(group, member, 1, item);
        }
        assert_eq!(table.next(), None);
        let mut order = Vec::new();
        for (group, member) in [(4, 0), (0, 1), (0, 2), (2, 0), (1, 0), (0, 0)] {
            table.release(group, member, 1);
            while let Some(entered) = table.next() {
                order.push(entered.item);
            }
        }
        let at = |item| order.iter().position(|entered| *entered == item);
        assert_eq!((order.len(), order[0]), (4, 13), "group 3 has nothing: {order:?}");
        assert!(at(11) < at(10), "nor has member 9 of group 0: {order:?}");
    }

    #[test]
    fn a_large_wish_is_not_kept_out_by_small_ones() {
        let mut table = Numbers::new(64, Terms::default());
        let small = hog(&mut table, 0, 0);
        table.wait(1, 0, 60, 1);
        let mut entered = false;
        for _ in 0..small {
            table.release(0, 0, 1);
            entered |= table.next().is_some();
            assert!(entered || !table.offer(0, 0, 1), "a small one went before it");
        }
        assert!(entered);
    }

    #[test]
    fn who_goes_away_leaves_nothing_behind() {
        let mut table = Numbers::new(1, Terms::default());
        assert!(table.offer(0, 0, 1));
        let ticket = table.wait(1, 0, 1, 1);
        let other = table.wait(1, 1, 1, 2);
        table.leave(1, ticket);
        table.release(0, 0, 1);
        assert_eq!(table.next().map(|entered| entered.item), Some(2));
        table.leave(1, other);
        table.release(1, 1, 1);
        assert_eq!((table.used(), table.groups.len(), table.turns.len()), (0, 0, 0));
    }

    proptest::proptest! {
        /// Whatever is taken, waited for, given up and given back: the sums agree, the bound holds, and in the end everybody
        /// was let in.
        #[test]
        fn the_bound_holds_and_everybody_is_served(
            steps in proptest::collection::vec((0u8..4, 0u8..5, 0u8..3, 1usize..40), 1..300)
        ) {
            let mut table = Numbers::new(64, Terms { generous: true, ..Terms::default() });
            let (mut inside, mut tickets) = (Vec::new(), Vec::new());
            for (n, (step, group, member, weight)) in steps.into_iter().enumerate() {
                match step {
                    0 => if table.offer(group, member, weight) { inside.push((group, member, weight)); },
                    1 => tickets.push((group, table.wait(group, member, weight, n))),
                    2 => if let Some((group, ticket)) = tickets.pop() { table.leave(group, ticket); },
                    _ => if !inside.is_empty() {
                        let (group, member, weight) = inside.remove(n % inside.len());
                        table.release(group, member, weight);
                    }
                }
                while let Some(entered) = table.next() {
                    inside.push((entered.group, entered.member, entered.weight));
                }
                let sum: usize = inside.iter().map(|(_, _, weight)| weight).sum();
                proptest::prop_assert_eq!(table.used(), sum);
                proptest::prop_assert!(sum <= 64);
            }
            while let Some((group, member, weight)) = inside.pop() {
                table.release(group, member, weight);
                while let Some(entered) = table.next() {
                    inside.push((entered.group, entered.member, entered.weight));
                }
            }
            proptest::prop_assert_eq!((table.used(), table.groups.len(), table.turns.len()), (0, 0, 0));
        }
    }
}
