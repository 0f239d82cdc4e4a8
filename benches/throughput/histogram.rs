//! Latencies, kept in log-linear buckets: 64 to each doubling, so a quantile is right to 1.6 %, in 15 KB.

const LINEAR: u64 = 64;
const DOUBLINGS: usize = 30;
const BUCKETS: usize = 64 * (DOUBLINGS + 1);

pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max_us: u64,
}

impl Histogram {
    pub fn new() -> Self {
        Histogram { counts: vec![0; BUCKETS], total: 0, max_us: 0 }
    }

    pub fn record(&mut self, us: u64) {
        self.counts[bucket(us)] += 1;
        self.total += 1;
        self.max_us = self.max_us.max(us);
    }

    /// The least bound (µs) that at least `per_mille` thousandths of what was recorded do not exceed.
    pub fn quantile_us(&self, per_mille: u64) -> u64 {
        let wanted = (self.total * per_mille).div_ceil(1000);
        let mut passed = 0;
        for (index, count) in self.counts.iter().enumerate() {
            passed += count;
            if passed >= wanted {
                return upper(index).min(self.max_us);
            }
        }
        self.max_us
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn max_us(&self) -> u64 {
        self.max_us
    }
}

/// Below 64 µs one bucket per microsecond; above, the six bits after the highest one choose within its doubling.
fn bucket(us: u64) -> usize {
    if us < LINEAR {
        return usize::try_from(us).expect("less than 64");
    }
    let doubling = us.ilog2() - 6;
    let within = (us >> doubling) - LINEAR;
    let index = u64::from(doubling + 1) * LINEAR + within;
    usize::try_from(index).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

fn upper(index: usize) -> u64 {
    let index = index as u64;
    let (doubling, within) = (index / LINEAR, index % LINEAR);
    match doubling {
        0 => within,
        _ => ((LINEAR + within + 1) << (doubling - 1)) - 1,
    }
}
