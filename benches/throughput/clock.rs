//! The clock that every process of the benchmark shares: `CLOCK_MONOTONIC`, which Node reads as `process.hrtime`.

use rustix::time::{ClockId, clock_gettime};

/// Microseconds since the machine started.
pub fn now_us() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.cast_unsigned() * 1_000_000 + now.tv_nsec.cast_unsigned() / 1_000
}
