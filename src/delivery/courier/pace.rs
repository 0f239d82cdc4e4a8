//! How fast the endpoint lets itself be sent to, learned from what it refuses.
//!
//! What must hold: a refusal that means "slower" (429 or 503 with successes around it) slows the webhook and stops
//! nothing; what it is slowed to follows what is taken, and grows back by itself; refusals that slowing does not make
//! fewer are not about pace, and are left to the events they were given to.
//!
//! How it works: answers are counted in stretches of a second at least. A stretch in which a fifth or more was refused
//! sets the pace to what was taken in it, and below what it was. Each success lets it grow, the faster the longer
//! nothing was refused, until it is forgotten. Several cuts that leave as much refused as before end it for a while.

use std::time::{Duration, Instant};

/// A stretch is no shorter, and lasts for so many requests.
const STRETCH: Duration = Duration::from_secs(1);
const REQUESTS: f64 = 4.0;
/// A pace is learned from so many answers at least.
const SAMPLE: u32 = 4;
/// The share of refusals from which on the pace is too high.
const TOO_MANY: f64 = 0.2;
/// What a cut leaves at most, and the least there is, in requests a second.
const CUT: f64 = 0.7;
const LEAST: f64 = 0.2;
/// By how much of itself a pace grows in a second at first; doubled after each stretch without a refusal.
const GROWTH: f64 = 0.05;
/// So many stretches without a refusal, and the pace is forgotten.
const CLEAN: u32 = 8;
/// After so many cuts in a row that left this share of what was refused, refusals are not about pace for a while.
const CUTS: u32 = 2;
const NO_BETTER: f64 = 0.8;
const DEAF: Duration = Duration::from_mins(10);
/// The shortest pause before an event that was refused is tried again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);

/// What came of requests since a moment.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    since: Option<Instant>,
    taken: u32,
    refused: u32,
}

impl Counts {
    fn share_refused(self) -> f64 {
        f64::from(self.refused) / f64::from((self.taken + self.refused).max(1))
    }

    /// Taken a second; a stretch that has only begun counts as a whole one.
    fn taken_a_second(self, now: Instant) -> f64 {
        let lasted = self.since.map_or(STRETCH, |since| now.saturating_duration_since(since));
        f64::from(self.taken) / lasted.max(STRETCH).as_secs_f64()
    }
}

#[derive(Debug, Clone, Copy)]
struct Learned {
    per_second: f64,
    growth: f64,
    /// Stretches in a row without a refusal.
    clean: u32,
    /// Cuts in a row, and the share that was refused before the first of them.
    cuts: u32,
    refused_before: f64,
    /// When the next request would come if they came evenly.
    due: Option<Instant>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    counts: Counts,
    /// Of the stretch before, by which a pace is begun.
    before: Counts,
    learned: Option<Learned>,
    deaf_until: Option<Instant>,
    last_taken: Option<Instant>,
    /// The last refusal that came without a success before it.
    unexplained: Option<Instant>,
    /// The number that the next request has at least, and what it was when the pace last changed: answers to earlier
    /// ones say nothing about it.
    sent: u64,
    changed: u64,
}

impl Pace {
    /// A request has succeeded. True when that explains a refusal that came just before it.
    pub(super) fn taken(&mut self, number: u64, now: Instant) -> bool {
        self.turn_over(now);
        self.counts.taken = self.counts.taken.saturating_add(u32::from(number >= self.changed));
        self.last_taken = Some(now);
        if let Some(learned) = &mut self.learned {
            learned.per_second += learned.growth;
        }
        let explained = self.unexplained.take();
        explained.is_some_and(|at| now.saturating_duration_since(at) < STRETCH)
    }

    /// A request was answered with 429 or 503. True when that is about the pace. One that was refused several times
    /// before, `again`, is no more evidence: the event may be refused whenever it comes.
    pub(super) fn refused(&mut self, number: u64, again: bool, now: Instant) -> bool {
        if self.deaf_until.is_some_and(|until| now < until) {
            return false;
        }
        let around = STRETCH.max(self.interval() * 3);
        if self.last_taken.is_none_or(|taken| now.saturating_duration_since(taken) > around) {
            self.unexplained = Some(now);
            return false;
        }
        let counts = !again && number >= self.changed;
        self.counts.refused = self.counts.refused.saturating_add(u32::from(counts));
        self.turn_over(now);
        let lately = self.lately();
        let many = lately.taken > 0 && lately.taken + lately.refused >= SAMPLE;
        if self.learned.is_none() && many && lately.share_refused() >= TOO_MANY {
            self.learn(lately, now);
        }
        self.deaf_until.is_none_or(|until| now >= until)
    }

    /// This stretch and the one before.
    fn lately(&self) -> Counts {
        Counts {
            since: self.before.since.or(self.counts.since),
            taken: self.before.taken.saturating_add(self.counts.taken),
            refused: self.before.refused.saturating_add(self.counts.refused),
        }
    }

    fn learn(&mut self, lately: Counts, now: Instant) {
        self.learned = Some(Learned {
            per_second: lately.taken_a_second(now).max(LEAST),
            growth: GROWTH,
            clean: 0,
            cuts: 0,
            refused_before: lately.share_refused(),
            due: Some(now),
        });
        self.counts = Counts { since: Some(now), ..Counts::default() };
        self.changed = self.sent;
    }

    /// Draws the conclusions from a stretch that is over, and begins the next.
    fn turn_over(&mut self, now: Instant) {
        let since = *self.counts.since.get_or_insert(now);
        let length = STRETCH.max(self.interval().mul_f64(REQUESTS));
        if now.saturating_duration_since(since) < length {
            return;
        }
        let (share, taken) = (self.counts.share_refused(), self.counts.taken_a_second(now));
        let (refused, any) = (self.counts.refused > 0, self.counts.taken > 0);
        self.before = std::mem::replace(&mut self.counts, Counts { since: Some(now), ..Counts::default() });
        // A stretch of long ago says nothing of the present.
        if self.before.since.is_none_or(|since| now.saturating_duration_since(since) >= length * 2) {
            self.before = Counts::default();
        }
        let Some(learned) = &mut self.learned else { return };
        // Where nothing was taken the endpoint is out of order, and not slow.
        if share >= TOO_MANY && any {
            if learned.cuts >= CUTS && share >= learned.refused_before * NO_BETTER {
                self.learned = None;
                self.deaf_until = Some(now + DEAF);
                return;
            }
            learned.per_second = (learned.per_second * CUT).min(taken).max(LEAST);
            learned.cuts += 1;
            self.changed = self.sent;
        } else {
            learned.cuts = 0;
            learned.refused_before = 1.0;
        }
        if refused {
            (learned.growth, learned.clean) = (GROWTH, 0);
            return;
        }
        (learned.growth, learned.clean) = (learned.growth * 2.0, learned.clean + 1);
        if learned.clean >= CLEAN {
            self.learned = None;
        }
    }

    fn interval(&self) -> Duration {
        self.learned.map_or(Duration::ZERO, |learned| Duration::from_secs_f64(1.0 / learned.per_second))
    }

    /// The earliest moment a request may start; in the past or now when it may start at once.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        self.learned.and_then(|learned| learned.due).unwrap_or(now)
    }

    /// Request `number` starts.
    pub(super) fn spend(&mut self, number: u64, now: Instant) {
        self.sent = number + 1;
        let interval = self.interval();
        if let Some(learned) = &mut self.learned {
            learned.due = Some(learned.due.map_or(now, |due| due.max(now)) + interval);
        }
    }

    /// How long an event waits that was refused for the pace's sake so many times.
    pub(super) fn pause(&self, times: u8) -> Duration {
        self.interval().max(SHORTEST_PAUSE) * u32::from(times.max(1))
    }

    /// Requests a second, as far as they are learned.
    pub(super) fn per_second(&self) -> Option<f64> {
        self.learned.map(|learned| learned.per_second)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Sends to `takes` as fast as the pace allows, but no more than `most` a second, for so many seconds. Returns what
    /// was taken and what was refused in each second.
    fn send(
        pace: &mut Pace,
        most: u32,
        seconds: u32,
        mut takes: impl FnMut(Duration) -> bool,
    ) -> Vec<(u32, u32)> {
        let start = Instant::now();
        let (step, mut number) = (Duration::from_secs(1) / most, 0);
        let mut told = vec![(0, 0); usize::try_from(seconds).expect("few")];
        for n in 0..most * seconds {
            let elapsed = step * n;
            let now = start + elapsed;
            if pace.ready_at(now) > now {
                continue;
            }
            number += 1;
            pace.spend(number, now);
            let second = &mut told[usize::try_from(elapsed.as_secs()).expect("few")];
            if takes(elapsed) {
                pace.taken(number, now);
                second.0 += 1;
            } else {
                pace.refused(number, false, now);
                second.1 += 1;
            }
        }
        told
    }

    /// Takes so many in any second.
    fn limit(per_second: usize) -> impl FnMut(Duration) -> bool {
        let mut taken: VecDeque<Duration> = VecDeque::new();
        move |at| {
            while taken.front().is_some_and(|first| at.saturating_sub(*first) >= Duration::from_secs(1)) {
                taken.pop_front();
            }
            let accepts = taken.len() < per_second;
            if accepts {
                taken.push_back(at);
            }
            accepts
        }
    }

    fn sum(told: &[(u32, u32)]) -> (u32, u32) {
        told.iter().fold((0, 0), |sum, second| (sum.0 + second.0, sum.1 + second.1))
    }

    #[test]
    fn what_the_endpoint_takes_is_found_and_kept_to() {
        for per_second in [1, 2, 5, 20, 100] {
            let mut pace = Pace::default();
            let told = send(&mut pace, 500, 120, limit(per_second));
            let (taken, refused) = sum(&told[3..]);
            let could = 117 * u32::try_from(per_second).expect("few");
            assert!(taken * 100 >= could * 70, "{taken} of {could} at {per_second} a second");
            assert!(
                refused * 100 <= (taken + refused) * 30,
                "{refused} refused, {taken} taken at {per_second}"
            );
        }
    }

    #[test]
    fn a_refusal_among_many_successes_slows_nothing() {
        let mut pace = Pace::default();
        let mut n = 0;
        let told = send(&mut pace, 200, 60, |_| {
            n += 1;
            n % 20 != 7
        });
        assert!(told[1..].iter().all(|(taken, refused)| taken + refused >= 190), "{told:?}");
    }

    #[test]
    fn refusals_that_slowing_does_not_make_fewer_are_not_about_pace() {
        let mut pace = Pace::default();
        let mut n = 0;
        let told = send(&mut pace, 100, 120, |_| {
            n += 1;
            n % 2 == 0
        });
        assert!(pace.per_second().is_none(), "{:?}", pace.per_second());
        let (taken, refused) = sum(&told[60..]);
        assert!(taken + refused > 5_900, "{taken} and {refused} in the second minute");
        assert!(
            !pace.refused(9_999, false, Instant::now() + Duration::from_secs(121)),
            "it is the events' own"
        );
    }

    #[test]
    fn without_a_success_around_it_a_refusal_says_nothing_of_pace() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(!pace.refused(1, false, now));
        assert!(pace.taken(2, now + Duration::from_millis(20)), "the success that comes with it explains it");
        assert!(pace.refused(3, false, now + Duration::from_millis(40)));
        assert!(!pace.refused(4, false, now + Duration::from_mins(1)), "an outage, not a pace");
        assert!(!pace.taken(5, now + Duration::from_mins(2)));
    }

    #[test]
    fn an_outage_of_some_seconds_does_not_leave_a_slow_webhook_behind() {
        let mut pace = Pace::default();
        let told = send(&mut pace, 200, 60, |at| !(10..13).contains(&at.as_secs()));
        let (taken, _) = sum(&told[30..]);
        assert!(taken >= 190 * 30, "{told:?}");
    }

    #[test]
    fn a_pace_is_forgotten_when_nothing_is_refused_any_more() {
        let mut pace = Pace::default();
        let mut limited = limit(5);
        let told = send(&mut pace, 200, 120, |at| at.as_secs() >= 20 || limited(at));
        assert!(sum(&told[5..20]).0 <= 5 * 16, "{told:?}");
        assert!(told[60..].iter().all(|(taken, _)| *taken >= 190), "{told:?}");
        assert_eq!(pace.per_second(), None);
    }
}
