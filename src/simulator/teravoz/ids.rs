//! Ids of calls: version 1 UUIDs for the envelope, the exchange's own numbers for flat events.

use std::sync::Arc;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::domain::Timestamp;

/// From the calendar's reform, where version 1 UUIDs count from, to 1970: steps of 100 ns.
const STEPS_BEFORE_1970: u64 = 0x01b2_1dd2_1381_4000;

pub(super) struct Ids {
    node: u64,
    clock: u16,
    last: u64,
    calls: u64,
}

impl Ids {
    pub(super) fn new(random: &mut StdRng) -> Self {
        // A node that is no network card's has the multicast bit.
        let node = random.random::<u64>() & 0xffff_ffff_ffff | 1 << 40;
        Self { node, clock: random.random::<u16>() & 0x3fff, last: 0, calls: 30_000 }
    }

    pub(super) fn next(&mut self, flat: bool, now: Timestamp) -> Arc<str> {
        self.calls += 1;
        if flat { format!("{}.{}", now.unix_seconds(), self.calls).into() } else { self.uuid(now).into() }
    }

    fn uuid(&mut self, now: Timestamp) -> String {
        let steps = u64::try_from(now.0).unwrap_or(0).saturating_mul(10).saturating_add(STEPS_BEFORE_1970);
        self.last = steps.max(self.last + 1);
        let (low, middle) = (self.last & 0xffff_ffff, self.last >> 32 & 0xffff);
        let high = self.last >> 48 & 0x0fff | 0x1000;
        let clock = self.clock | 0x8000;
        format!("{low:08x}-{middle:04x}-{high:04x}-{clock:04x}-{:012x}", self.node)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn uuids_are_of_version_1_and_never_the_same() {
        let mut ids = Ids::new(&mut StdRng::seed_from_u64(1));
        // 2018-02-15T20:07:32.562Z, the example's time.
        let at = Timestamp(1_518_725_252_562_000);
        let (one, two) = (ids.next(false, at), ids.next(false, at));
        assert_ne!(one, two);
        assert!(one.ends_with(&two[8..]) && one[8..19].starts_with("-128b-11e8-"), "{one}");
        assert_eq!(&*ids.next(true, at), "1518725252.30003");
    }
}
