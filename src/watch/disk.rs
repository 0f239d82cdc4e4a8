//! Whether the database's volume is running out of room.

use crate::domain::Timestamp;
use crate::store::Volume;

/// Below this no volume is well, however small.
const LEAST_FREE: u64 = 1 << 30;
/// Above this every volume is well, however large.
const ENOUGH_FREE: u64 = 10 << 30;
/// Between the two the share of the volume counts: one part in so many.
const SHARE: u64 = 20;

/// The volume at the last look, and since when it has been low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    pub volume: Volume,
    /// `None` while there is room.
    pub low_since: Option<Timestamp>,
}

impl Disk {
    /// What a look finds, after what the one before had found.
    pub fn after(before: Option<Disk>, volume: Volume, now: Timestamp) -> Disk {
        let since = before.and_then(|before| before.low_since).unwrap_or(now);
        Disk { volume, low_since: is_low(volume).then_some(since) }
    }
}

/// Less than a gibibyte, or less than a twentieth of the volume unless that leaves ten.
fn is_low(volume: Volume) -> bool {
    volume.free < LEAST_FREE.min(volume.size / 2)
        || (volume.free < volume.size / SHARE && volume.free < ENOUGH_FREE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn low_is_a_share_of_the_volume_between_two_bounds() {
        for (free, size, low) in [
            (GIB - 1, 100 * GIB, true),
            (4 * GIB, 100 * GIB, true),
            (6 * GIB, 100 * GIB, false),
            (11 * GIB, 1_000 * GIB, false),
            (9 * GIB, 1_000 * GIB, true),
            (GIB / 2, GIB, false),
            (GIB / 4, GIB, true),
        ] {
            assert_eq!(is_low(Volume { free, size }), low, "{free} of {size}");
        }
    }

    #[test]
    fn it_is_low_since_it_became_so() {
        let (scarce, ample) = (Volume { free: 1, size: 50 * GIB }, Volume { free: 40 * GIB, size: 50 * GIB });
        let first = Disk::after(None, scarce, Timestamp(5));
        let second = Disk::after(Some(first), scarce, Timestamp(9));
        assert_eq!((first.low_since, second.low_since), (Some(Timestamp(5)), Some(Timestamp(5))));
        let well = Disk::after(Some(second), ample, Timestamp(12));
        assert_eq!(well.low_since, None);
        assert_eq!(Disk::after(Some(well), scarce, Timestamp(15)).low_since, Some(Timestamp(15)));
    }
}
