//! Who holds how much of what is shared, and who waits for more.
//!
//! Pure: no clock, no lock, no waking. What must hold is said, and what wakes is done, one level up.
//!
//! How it works: what has to be free for a wish follows from what its group and its member hold ([`Terms::need`]). Those who
//! wait stand in order: in a group who has nothing first, as they came, then by what is needed; of the groups those that
//! have nothing first, as they came, then by what the first in each needs. So only the first of the first group is ever
//! looked at: where there is too little for that one, there is for all, or nobody goes before it
//! (`ten_thousand_in_line_are_not_looked_through`).

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use ahash::AHashMap;

use super::terms::{Terms, Wish, signed};

/// Of a group that has nothing: before all others.
const NEWCOMER: i64 = i64::MIN;

/// What someone who waits is called, so that they can go away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiting<T> {
    weight: usize,
    item: T,
}

#[derive(Debug)]
struct Member<T> {
    held: usize,
    line: BTreeMap<Ticket, Waiting<T>>,
    /// Where it stands in its group's line, if it waits.
    stands: Option<(usize, Ticket)>,
}

#[derive(Debug)]
struct Group<M> {
    used: usize,
    /// The members that wait, each with its first wish.
    line: BTreeMap<(usize, Ticket), (M, Wish)>,
    /// Smaller for those that have not been served for longer.
    turn: u64,
    /// Where it stands in the line of groups, if anybody waits.
    stands: Option<(i64, u64)>,
}

impl<T> Default for Member<T> {
    fn default() -> Self {
        Self { held: 0, line: BTreeMap::new(), stands: None }
    }
}

impl<M> Default for Group<M> {
    fn default() -> Self {
        Self { used: 0, line: BTreeMap::new(), turn: 0, stands: None }
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
    /// Who holds nothing and does not wait is in neither.
    groups: AHashMap<G, Group<M>>,
    members: AHashMap<(G, M), Member<T>>,
    /// Groups of which somebody waits.
    line: BTreeMap<(i64, u64), G>,
    next_ticket: u64,
    next_turn: u64,
}

impl<G: Copy + Eq + Hash, M: Copy + Eq + Hash, T> Table<G, M, T> {
    pub fn new(capacity: usize, terms: Terms) -> Self {
        let (groups, members, line) = (AHashMap::new(), AHashMap::new(), BTreeMap::new());
        Self { capacity, terms, used: 0, groups, members, line, next_ticket: 0, next_turn: 0 }
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
        let free = self.free();
        let (of_group, of_member) = (self.groups.entry(group), self.members.entry((group, member)));
        let (own, first) = match &of_group {
            Entry::Occupied(known) => {
                let known = known.get();
                (known.used, known.line.first_key_value().map(|((order, _), _)| *order))
            }
            Entry::Vacant(_) => (0, None),
        };
        let (held, waits) = match &of_member {
            Entry::Occupied(known) => (known.get().held, known.get().stands.is_some()),
            Entry::Vacant(_) => (0, false),
        };
        let wish = Wish { held, weight };
        let need = self.terms.need(own, wish);
        let before_in_group = waits || first.is_some_and(|first| first <= self.terms.order(wish));
        let before = self.line.first_key_value().is_some_and(|((first, _), _)| *first <= rank(own, need));
        if need > free || before_in_group || before {
            return false;
        }
        self.used += weight;
        of_group.or_default().used += weight;
        of_member.or_default().held += weight;
        if first.is_some() {
            self.stand(group, member);
        }
        true
    }

    /// Puts the member in line; [`Table::next`] lets it in when its share allows.
    pub fn wait(&mut self, group: G, member: M, weight: usize, item: T) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let turn = self.turn();
        let of_group = self.groups.entry(group).or_default();
        if of_group.line.is_empty() {
            of_group.turn = turn;
        }
        self.members.entry((group, member)).or_default().line.insert(ticket, Waiting { weight, item });
        self.stand(group, member);
        ticket
    }

    /// Takes one who waits out of the line; one that was let in already is not there any more.
    pub fn leave(&mut self, group: G, member: M, ticket: Ticket) {
        let Entry::Occupied(mut of_member) = self.members.entry((group, member)) else { return };
        if of_member.get_mut().line.remove(&ticket).is_some() {
            self.stand(group, member);
            self.forget_if_idle(group, member);
        }
    }

    /// Gives back what a member took.
    pub fn release(&mut self, group: G, member: M, weight: usize) {
        self.used = self.used.saturating_sub(weight);
        let mut somebody_waits = false;
        if let Entry::Occupied(mut of_group) = self.groups.entry(group) {
            let known = of_group.get_mut();
            known.used = known.used.saturating_sub(weight);
            somebody_waits = known.stands.is_some();
            if known.used == 0 && !somebody_waits {
                of_group.remove();
            }
        }
        if let Entry::Occupied(mut of_member) = self.members.entry((group, member)) {
            let known = of_member.get_mut();
            known.held = known.held.saturating_sub(weight);
            if known.held == 0 && known.stands.is_none() {
                of_member.remove();
            }
        }
        if somebody_waits {
            self.stand(group, member);
        }
    }

    /// Lets the next one in, if anybody's share allows.
    pub fn next(&mut self) -> Option<Entered<G, M, T>> {
        let (_, &group) = self.line.first_key_value()?;
        let (turn, free) = (self.turn(), self.free());
        let of_group = self.groups.get_mut(&group)?;
        let (_, &(member, wish)) = of_group.line.first_key_value()?;
        if self.terms.need(of_group.used, wish) > free {
            return None;
        }
        let of_member = self.members.get_mut(&(group, member))?;
        let (_, Waiting { weight, item }) = of_member.line.pop_first()?;
        self.used += weight;
        of_group.used += weight;
        of_group.turn = turn;
        of_member.held += weight;
        self.stand(group, member);
        Some(Entered { group, member, weight, item })
    }

    /// Puts a member that waits, and its group, where they belong in line, after anything has changed about them.
    fn stand(&mut self, group: G, member: M) {
        let Some(of_group) = self.groups.get_mut(&group) else { return };
        if let Some(of_member) = self.members.get_mut(&(group, member)) {
            if let Some(stood) = of_member.stands.take() {
                of_group.line.remove(&stood);
            }
            if let Some((ticket, first)) = of_member.line.first_key_value() {
                let wish = Wish { held: of_member.held, weight: first.weight };
                let stands = (self.terms.order(wish), *ticket);
                of_group.line.insert(stands, (member, wish));
                of_member.stands = Some(stands);
            }
        }
        let first = of_group.line.first_key_value().map(|(_, (_, wish))| *wish);
        let stands = first.map(|wish| {
            let need = self.terms.need(of_group.used, wish);
            (rank(of_group.used, need), of_group.turn)
        });
        let stood = std::mem::replace(&mut of_group.stands, stands);
        if stood != stands {
            stood.and_then(|stood| self.line.remove(&stood));
            stands.and_then(|stands| self.line.insert(stands, group));
        }
    }

    /// What is free; less than nothing, if the bound has been passed.
    fn free(&self) -> i64 {
        signed(self.capacity) - signed(self.used)
    }

    fn turn(&mut self) -> u64 {
        self.next_turn += 1;
        self.next_turn
    }

    fn forget_if_idle(&mut self, group: G, member: M) {
        if self.members.get(&(group, member)).is_some_and(|known| known.held == 0 && known.stands.is_none()) {
            self.members.remove(&(group, member));
        }
        if self.groups.get(&group).is_some_and(|known| known.used == 0 && known.stands.is_none()) {
            self.groups.remove(&group);
        }
    }
}

/// Where a group stands among the others.
fn rank(own: usize, need: i64) -> i64 {
    // Nobody else is let in before one that has nothing: see `a_large_wish_is_not_kept_out_by_small_ones`.
    if own == 0 { NEWCOMER } else { need }
}

#[cfg(test)]
mod tests;
