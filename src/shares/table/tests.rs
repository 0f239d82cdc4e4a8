use std::collections::VecDeque;

use proptest::prelude::{Just, prop_oneof};

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
fn who_has_nothing_takes_one_of_what_is_beyond_and_that_ends_too() {
    let mut table = Numbers::new(100, Terms { beyond: 60, ..Terms::default() });
    let mut inside = Vec::new();
    let mut taken = [0; 100];
    for (group, taken) in (0..).zip(&mut taken) {
        for member in 0..200 {
            let more = hog(&mut table, group, member);
            inside.extend(std::iter::repeat_n((group, member), more));
            *taken += more;
        }
    }
    assert_eq!(taken[..10], [80, 40, 20, 10, 5, 2, 1, 1, 1, 0], "each leaves as much as it has");
    assert_eq!((table.used(), inside.len()), (160, 160), "and no more than that, however many there are");
    // Who is served next has nothing: as a group, and then as a member.
    table.wait(0, 3, 1, 0);
    table.wait(0, 250, 1, 1);
    table.wait(120, 0, 1, 2);
    let mut served = Vec::new();
    for (group, member) in inside.into_iter().filter(|(group, member)| *group == 0 && *member != 3) {
        table.release(group, member, 1);
        while let Some(entered) = table.next() {
            served.push(entered.item);
        }
    }
    assert_eq!(served, [2, 1, 0]);
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
    table.leave(1, 0, ticket);
    table.release(0, 0, 1);
    assert_eq!(table.next().map(|entered| entered.item), Some(2));
    table.leave(1, 1, other);
    table.release(1, 1, 1);
    assert_eq!((table.used(), table.groups.len() + table.members.len(), table.line.len()), (0, 0, 0));
}

/// Everybody who waits stands where the present holdings put them: no change has been forgotten.
fn assert_in_order(table: &Numbers) {
    for ((group, member), known) in &table.members {
        let first = known.line.first_key_value();
        let wish = first.map(|(_, first)| Wish { held: known.held, weight: first.weight });
        let stands = wish.zip(first).map(|(wish, (ticket, _))| (table.terms.order(wish), *ticket));
        assert_eq!(known.stands, stands, "{group} {member}");
        let found = stands.and_then(|stands| table.groups[group].line.get(&stands));
        assert_eq!(found.copied(), wish.map(|wish| (*member, wish)), "{group} {member}");
    }
    for (group, known) in &table.groups {
        let first = known.line.first_key_value().map(|(_, (_, wish))| *wish);
        let stands = first.map(|wish| (rank(known.used, table.terms.need(known.used, wish)), known.turn));
        assert_eq!(known.stands, stands, "{group}");
        assert_eq!(stands.and_then(|stands| table.line.get(&stands)), first.map(|_| group), "{group}");
    }
}

thread_local! {
    static HASHED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A key that counts how often it is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted(u16);

impl Hash for Counted {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        HASHED.set(HASHED.get() + 1);
        self.0.hash(state);
    }
}

#[test]
fn ten_thousand_in_line_are_not_looked_through() {
    let mut table: Table<Counted, Counted, u16> = Table::new(300, Terms { beyond: 100, ..Terms::default() });
    let mut inside = VecDeque::new();
    for n in 0..20_000_u16 {
        let (group, member) = (Counted(n % 50), Counted(n % 700));
        if table.offer(group, member, 1) {
            inside.push_back((group, member));
        } else {
            table.wait(group, member, 1, n);
        }
    }
    // A table that grows looks its keys up again; from here on none does.
    let rounds = 10_000;
    HASHED.set(0);
    for _ in 0..rounds {
        let (group, member) = inside.pop_front().expect("somebody is inside");
        table.release(group, member, 1);
        while let Some(entered) = table.next() {
            inside.push_back((entered.group, entered.member));
        }
        assert!(!table.offer(Counted(1_000), Counted(1), 300), "there is no room for so much");
    }
    let each = HASHED.get() / rounds;
    assert!(each < 40, "{each} look-ups for one that ends and one that begins");
}

proptest::proptest! {
    /// Whatever is taken, waited for, given up and given back: the sums agree, the bound holds, and in the end everybody
    /// was let in.
    #[test]
    fn the_bound_holds_and_everybody_is_served(
        (generous, beyond) in (proptest::bool::ANY, prop_oneof![Just(0_usize), Just(9)]),
        steps in proptest::collection::vec(
            (0u8..4, 0u8..5, 0u8..3, prop_oneof![Just(1), 1usize..8, 1usize..65]), 1..300)
    ) {
        let mut table = Numbers::new(64, Terms { generous, beyond });
        let (mut inside, mut tickets) = (Vec::new(), Vec::new());
        for (n, (step, group, member, weight)) in steps.into_iter().enumerate() {
            match step {
                0 => if table.offer(group, member, weight) { inside.push((group, member, weight)); },
                1 => tickets.push((group, member, table.wait(group, member, weight, n))),
                2 => if let Some((group, member, ticket)) = tickets.pop() { table.leave(group, member, ticket); },
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
            proptest::prop_assert!(sum <= 64 + beyond);
            assert_in_order(&table);
        }
        while let Some((group, member, weight)) = inside.pop() {
            table.release(group, member, weight);
            while let Some(entered) = table.next() {
                inside.push((entered.group, entered.member, entered.weight));
            }
        }
        proptest::prop_assert_eq!((table.used(), table.groups.len() + table.members.len(), table.line.len()), (0, 0, 0));
    }
}
