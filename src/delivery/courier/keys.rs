//! Which lane an event is of, as long as order is kept.

use crate::delivery::courier::lanes::LaneKey;
use crate::domain::Event;

/// See the module.
pub(super) struct Keys {
    hasher: ahash::RandomState,
    ordered: bool,
    /// Order was switched on or off: lanes are to be sorted anew once nothing is under way, and nothing starts before.
    resort: bool,
}

impl Keys {
    pub(super) fn new(seed: u64, ordered: bool) -> Keys {
        let s = seed;
        let hasher = ahash::RandomState::with_seeds(s, s.rotate_left(17), !s, s.rotate_left(43));
        Keys { hasher, ordered, resort: false }
    }

    pub(super) fn of_name(&self, lane: &str) -> Option<LaneKey> {
        self.ordered.then(|| self.hasher.hash_one(lane))
    }

    pub(super) fn of(&self, event: &Event) -> Option<LaneKey> {
        self.of_name(event.lane.as_deref()?)
    }

    /// Holds for what is read from now on; for what is here once it was sorted.
    pub(super) fn set_ordered(&mut self, ordered: bool) {
        self.resort |= ordered != self.ordered;
        self.ordered = ordered;
    }

    pub(super) fn is_to_sort(&self) -> bool {
        self.resort
    }

    pub(super) fn sorted(&mut self) {
        self.resort = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::subscription::tests::event;

    #[test]
    fn without_order_no_event_has_a_lane_and_a_change_asks_for_sorting_once() {
        let mut keys = Keys::new(1, true);
        let event = event(1, "call-a", Some("a"), "{}");
        assert_eq!(keys.of(&event), keys.of_name("a"));
        assert_ne!(keys.of_name("a"), keys.of_name("b"));
        keys.set_ordered(true);
        assert!(!keys.is_to_sort());
        keys.set_ordered(false);
        assert!(keys.is_to_sort() && keys.of(&event).is_none());
        keys.set_ordered(true);
        assert!(keys.is_to_sort(), "lanes may have been read without their keys meanwhile");
        keys.sorted();
        assert!(!keys.is_to_sort());
    }
}
