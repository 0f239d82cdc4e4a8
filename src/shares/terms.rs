//! How much of what is free one may take.
//!
//! A group may hold so many times what it leaves, and a member twice what its group could still take (the *dynamic
//! threshold* of shared-memory switches: Choudhury and Hahne, 1998). Turned round, that is how much has to be free for a
//! wish, a number by which those who wait can be put in order: where there is too little for the first, there is too
//! little for all.

/// A member may hold this many times what its group could still take.
const TIMES_ROOM: usize = 2;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Twice what it leaves free, and not half of it: who hogs alone ends at two thirds of everything, and not at one.
    pub generous: bool,
    /// By so much the bound may be passed, by wishes for one of members that have nothing. A group that has much leaves as
    /// much of it as it has to the others.
    pub beyond: usize,
}

/// A wish, and what who has it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    pub held: usize,
    pub weight: usize,
}

impl Terms {
    /// What has to be free of everything for a wish in a group that holds `own`: less than nothing, if it may be granted
    /// beyond the bound.
    pub fn need(self, own: usize, wish: Wish) -> i64 {
        let Wish { held, weight } = wish;
        if self.beyond > 0 && held == 0 && weight == 1 {
            let left_to_others = if own == 0 { 0 } else { own.saturating_add(1) };
            return signed(left_to_others.saturating_add(1)) - signed(self.beyond);
        }
        signed(match own {
            0 => weight,
            _ if self.generous => own.saturating_add(self.load(wish)).div_ceil(2),
            _ => own.saturating_mul(2).saturating_add(self.load(wish)),
        })
    }

    /// Where a wish stands among those of its group: before everybody else who has nothing, and then by what is needed,
    /// which in one group depends on this.
    pub fn order(self, wish: Wish) -> usize {
        if wish.held == 0 { 0 } else { self.load(wish) }
    }

    fn load(self, Wish { held, weight }: Wish) -> usize {
        let of_member = if held == 0 { 0 } else { held.saturating_add(weight).div_ceil(TIMES_ROOM) };
        let times = if self.generous { 1 } else { 2 };
        weight.saturating_mul(3).saturating_add(of_member.saturating_mul(times))
    }
}

pub(super) fn signed(amount: usize) -> i64 {
    // Half of what there is of numbers is more than there is of anything; so sums of them are none too large.
    i64::try_from(amount).unwrap_or(i64::MAX).min(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule as it is said, to hold the number against.
    fn fits(terms: Terms, free: usize, own: usize, Wish { held, weight }: Wish) -> bool {
        let Some(left) = free.checked_sub(weight) else { return false };
        if own == 0 {
            return true;
        }
        let most = if terms.generous { 2 * left } else { left / 2 };
        let Some(room) = most.checked_sub(own + weight) else { return false };
        held == 0 || held + weight <= TIMES_ROOM * room
    }

    proptest::proptest! {
        #[test]
        fn what_is_needed_is_the_threshold_turned_round(
            (free, own, held, weight, generous) in (0usize..200, 0usize..60, 0usize..60, 1usize..60, proptest::bool::ANY)
        ) {
            let (terms, wish) = (Terms { generous, beyond: 0 }, Wish { held: held.min(own), weight });
            let needed = terms.need(own, wish) <= signed(free);
            proptest::prop_assert_eq!(needed, fits(terms, free, own, wish));
        }

        #[test]
        fn the_order_in_a_group_is_that_of_what_is_needed(
            (own, generous) in (1usize..60, proptest::bool::ANY),
            (one, other) in ((1usize..60, 1usize..60), (1usize..60, 1usize..60)),
        ) {
            let terms = Terms { generous, beyond: 0 };
            let [one, other] = [one, other].map(|(held, weight)| Wish { held, weight });
            if terms.order(one) <= terms.order(other) {
                proptest::prop_assert!(terms.need(own, one) <= terms.need(own, other));
            }
        }
    }
}
