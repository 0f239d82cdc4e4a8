//! What is counted for charts: how much happened in a minute or an hour, and how it stood at its end.
//!
//! What must hold here: points of one subject add up, in any order, to the point of the longer stretch; so a minute that
//! was written in two parts and an hour that is written minute by minute are right without being counted anew.

use std::fmt;
use std::time::Duration;

use super::{CompanyId, Timestamp, WebhookId};

/// How long a point lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    Minute,
    Hour,
}

impl Step {
    pub const ALL: [Step; 2] = [Step::Minute, Step::Hour];

    pub fn seconds(self) -> i32 {
        match self {
            Step::Minute => 60,
            Step::Hour => 3_600,
        }
    }

    pub fn micros(self) -> i64 {
        i64::from(self.seconds()) * 1_000_000
    }

    /// The beginning of the stretch that `at` lies in, counted from 1970 UTC.
    pub fn start(self, at: Timestamp) -> Timestamp {
        Timestamp(at.0.div_euclid(self.micros()) * self.micros())
    }

    /// How long points are kept.
    pub fn kept(self) -> Duration {
        match self {
            Step::Minute => Duration::from_hours(2 * 24),
            Step::Hour => Duration::from_hours(90 * 24),
        }
    }
}

/// What a series is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Everything together. It has a point for every minute in which the program ran; where it has none, nothing is known
    /// of anybody, and where it has one, a subject without a point stood still.
    Node,
    Company(CompanyId),
    Webhook(WebhookId),
}

impl Subject {
    /// The word in the store.
    pub fn kind(self) -> &'static str {
        match self {
            Subject::Node => "node",
            Subject::Company(_) => "company",
            Subject::Webhook(_) => "webhook",
        }
    }

    /// The number in the store.
    pub fn id(self) -> i64 {
        match self {
            Subject::Node => 0,
            Subject::Company(company) => company.0,
            Subject::Webhook(webhook) => webhook.0,
        }
    }
}

/// What happened to one subject in a stretch of time. Counts are sums; `backlog` and `waiting_ms` are the highest that was
/// seen when it was looked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Point {
    /// How often it was looked: once a minute, and once more when the program ended within it.
    pub looks: u32,
    /// Written to the journal.
    pub events: u64,
    /// Requests answered with 2xx, and all others.
    pub delivered: u64,
    pub failed: u64,
    /// Companies whose lines all stood, summed over the looks.
    pub connected: u64,
    /// Events between cursors and heads.
    pub backlog: u64,
    /// How long the oldest of them had waited.
    pub waiting_ms: u64,
    /// Of requests that were answered; webhooks only.
    pub latency: Latency,
}

impl Point {
    /// Nothing happened, and nothing waited.
    pub fn is_still(&self) -> bool {
        *self == Self { looks: self.looks, ..Self::default() }
    }

    pub fn add(&mut self, other: &Point) {
        self.looks += other.looks;
        self.events += other.events;
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.connected += other.connected;
        self.backlog = self.backlog.max(other.backlog);
        self.waiting_ms = self.waiting_ms.max(other.waiting_ms);
        self.latency.add(&other.latency);
    }

    /// Adds what happened at the same time to another subject.
    pub fn join(&mut self, beside: &Point) {
        let (looks, backlog) = (self.looks.max(beside.looks), self.backlog + beside.backlog);
        self.add(beside);
        (self.looks, self.backlog) = (looks, backlog);
    }

    /// Requests in all.
    pub fn attempts(&self) -> u64 {
        self.delivered + self.failed
    }

    /// The share of requests that succeeded, out of 1; `None` when there was none.
    #[expect(clippy::cast_precision_loss, reason = "requests of a quarter are far below 2^53")]
    pub fn success(&self) -> Option<f64> {
        (self.attempts() > 0).then(|| self.delivered as f64 / self.attempts() as f64)
    }

    /// Companies connected, on average.
    #[expect(clippy::cast_precision_loss, reason = "companies times looks are far below 2^53")]
    pub fn connected_mean(&self) -> f64 {
        self.connected as f64 / f64::from(self.looks.max(1))
    }
}

/// The first bucket holds what took less than 2^`FIRST` µs; each doubling from there on has two.
const FIRST: u32 = 8;
/// Beyond 2^`LAST` µs (67 s) no request goes on.
const LAST: u32 = 26;
const BUCKETS: usize = ((LAST - FIRST) * 2 + 1) as usize;

/// How long requests took: counts in buckets, two to each doubling of the time. A percentile is told to within a bucket: by
/// less than a half at worst, by a few hundredths where times are spread. Counting is a shift and an addition.
#[derive(Clone, PartialEq, Eq)]
pub struct Latency([u64; BUCKETS]);

impl Default for Latency {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl fmt::Debug for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.counts()).finish()
    }
}

impl Latency {
    pub fn note(&mut self, micros: u32) {
        self.0[bucket(micros)] += 1;
    }

    pub fn add(&mut self, other: &Latency) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// What was counted since `earlier`, which is this count at an earlier time.
    #[must_use]
    pub fn since(&self, earlier: &Latency) -> Latency {
        let mut passed = self.clone();
        for (count, before) in passed.0.iter_mut().zip(earlier.0) {
            *count = count.saturating_sub(before);
        }
        passed
    }

    /// The counts up to the last that is not zero.
    pub fn counts(&self) -> &[u64] {
        let used = self.0.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        &self.0[..used]
    }

    /// Reads what [`Latency::counts`] gave; `None` when that are more buckets than there are.
    pub fn of_counts(counts: &[u64]) -> Option<Self> {
        let mut latency = Self::default();
        latency.0.get_mut(..counts.len())?.copy_from_slice(counts);
        Some(latency)
    }

    /// The time that this share (out of 1) of requests did not exceed; `None` when there was no request.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^53, and no time is above 2^26 µs"
    )]
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        let total: u64 = self.0.iter().sum();
        let rank = share.clamp(0.0, 1.0) * total as f64;
        let mut passed = 0.0;
        for (at, count) in self.0.iter().enumerate().filter(|(_, count)| **count > 0) {
            let count = *count as f64;
            if passed + count >= rank {
                let (from, to) = bounds(at);
                let within = ((rank - passed) / count).clamp(0.0, 1.0);
                return Some(Duration::from_micros(from + (within * (to - from) as f64) as u64));
            }
            passed += count;
        }
        None
    }
}

fn bucket(micros: u32) -> usize {
    let octave = micros.checked_ilog2().unwrap_or(0);
    if octave < FIRST {
        return 0;
    }
    // The bit below the highest tells the half.
    let half = (micros >> (octave - 1)) & 1;
    (((octave - FIRST) * 2 + half + 1) as usize).min(BUCKETS - 1)
}

/// The microseconds at which a bucket begins and ends.
fn bounds(bucket: usize) -> (u64, u64) {
    let begins = |bucket: u64| match bucket.checked_sub(1) {
        None => 0,
        Some(n) => {
            let octave = 1_u64 << (u64::from(FIRST) + n / 2);
            octave + octave / 2 * (n % 2)
        }
    };
    (begins(bucket as u64), begins(bucket as u64 + 1))
}

/// What came of requests, counted since some beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered with 2xx, and all others.
    pub delivered: u64,
    pub failed: u64,
    /// Of those that were answered, whatever the answer.
    pub latency: Latency,
}

impl Tally {
    /// What was counted since `earlier`. A tally that has become smaller began anew: all of it came since.
    #[must_use]
    pub fn since(&self, earlier: &Tally) -> Tally {
        if self.delivered < earlier.delivered || self.failed < earlier.failed {
            return self.clone();
        }
        Tally {
            delivered: self.delivered - earlier.delivered,
            failed: self.failed - earlier.failed,
            latency: self.latency.since(&earlier.latency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(micros: &[u32]) -> Latency {
        let mut latency = Latency::default();
        for took in micros {
            latency.note(*took);
        }
        latency
    }

    #[test]
    fn stretches_begin_at_whole_minutes_and_hours() {
        let at = Timestamp(1_795_281_718_204_000);
        assert_eq!(Step::Minute.start(at).to_string(), "2026-11-21T17:21:00.000Z");
        assert_eq!(Step::Hour.start(at).to_string(), "2026-11-21T17:00:00.000Z");
        let minute = Step::Minute.start(at);
        assert_eq!(Step::Minute.start(Timestamp(minute.0 + 59_999_999)), minute);
        assert_eq!(Step::Minute.start(Timestamp(minute.0 + 60_000_000)).0, minute.0 + 60_000_000);
    }

    #[test]
    fn points_add_up_and_keep_the_peak() {
        let mut point = Point {
            looks: 1,
            events: 3,
            delivered: 2,
            backlog: 9,
            connected: 1,
            latency: latency(&[1_000]),
            ..Point::default()
        };
        point.add(&Point {
            looks: 1,
            events: 1,
            failed: 2,
            backlog: 4,
            waiting_ms: 70,
            latency: latency(&[9]),
            ..Point::default()
        });
        assert_eq!((point.looks, point.events, point.backlog, point.waiting_ms), (2, 4, 9, 70));
        assert_eq!(point.success(), Some(0.5));
        assert!((point.connected_mean() - 0.5).abs() < 1e-9);
        assert_eq!(point.latency, latency(&[9, 1_000]));
        point.join(&Point { looks: 1, backlog: 5, ..Point::default() });
        assert_eq!((point.looks, point.backlog), (2, 14));
        assert!(Point { looks: 1, ..Point::default() }.is_still() && !point.is_still());
    }

    #[test]
    fn buckets_follow_each_other_without_a_hole() {
        assert_eq!((bucket(0), bucket(255), bucket(256), bucket(383), bucket(384)), (0, 0, 1, 1, 2));
        for at in 0..BUCKETS - 1 {
            let (from, to) = bounds(at);
            assert_eq!(bounds(at + 1).0, to);
            assert_eq!(bucket(u32::try_from(from).expect("small")), at);
            assert_eq!(bucket(u32::try_from(to - 1).expect("small")), at);
        }
        assert_eq!(bucket(u32::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_near_the_truth() {
        let many: Vec<u32> = (1..=10_000).map(|n| n * 20).collect();
        let latency = latency(&many);
        for (share, exact) in [(0.5, 100_000.0), (0.95, 190_000.0), (0.99, 198_000.0)] {
            let told = latency.percentile(share).expect("requests").as_secs_f64() * 1e6;
            assert!((told / exact - 1.0).abs() < 0.15, "{share}: {told} for {exact}");
        }
        assert_eq!(Latency::default().percentile(0.5), None);
        let again = Latency::of_counts(latency.counts()).expect("as many buckets");
        assert_eq!(again, latency);
        assert_eq!(Latency::of_counts(&[0; BUCKETS + 1]), None);
        assert_eq!(latency.since(&again), Latency::default());
    }
}
