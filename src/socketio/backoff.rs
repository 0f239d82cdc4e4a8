//! When to try again. Pure: the moment and the randomness are arguments.

use std::time::{Duration, Instant};

use rand::{Rng, RngExt};

use super::reason::Reason;

/// The ceiling of the first pause, and the ceiling that no pause exceeds.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(1);
/// A session that lasted this long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_mins(1);
/// Pauses after the first, second and third refusal in a row; every later one takes the last.
const REFUSED: [Duration; 4] =
    [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(15), Duration::from_mins(30)];

/// What to do after an attempt failed or a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after `pause`; this is the `attempt`-th try since the last good session, from 1.
    Wait { pause: Duration, attempt: u32 },
    /// The server refuses us: a long, visible pause. A changed token or URL, or a person's wish, ends it at once.
    Parked { pause: Duration, refusals: u32 },
    /// We were asked to stop.
    Stop,
}

/// The pauses of one source between its connections: for ever, with full jitter between nothing and a ceiling that
/// doubles from 0.5 s to 60 s, so that a thousand clients dropped at once come back spread out.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    attempts: u32,
    refusals: u32,
    connected_at: Option<Instant>,
}

impl Backoff {
    /// A session has begun.
    pub fn connected(&mut self, now: Instant) {
        self.refusals = 0;
        self.connected_at = Some(now);
    }

    /// The token or the URL was changed, or a person asks for a connection now: earlier failures no longer count.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// An attempt failed or a session ended.
    pub fn ended(&mut self, reason: &Reason, now: Instant, rng: &mut impl Rng) -> Next {
        let lasted = self.connected_at.take().map(|since| now.saturating_duration_since(since));
        if lasted.is_some_and(|lasted| lasted >= GOOD) {
            self.attempts = 0;
        }
        match reason {
            Reason::Stopped => Next::Stop,
            Reason::Refused { .. } => {
                let pause = REFUSED[(self.refusals as usize).min(REFUSED.len() - 1)];
                self.refusals = self.refusals.saturating_add(1);
                Next::Parked { pause, refusals: self.refusals }
            }
            _ => {
                let ceiling = FIRST.saturating_mul(1 << self.attempts.min(16)).min(LONGEST);
                self.attempts = self.attempts.saturating_add(1);
                Next::Wait { pause: rng.random_range(Duration::ZERO..=ceiling), attempt: self.attempts }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const LOST: Reason = Reason::TransportClose { code: None };

    fn pause(next: Next) -> Duration {
        match next {
            Next::Wait { pause, .. } | Next::Parked { pause, .. } => pause,
            Next::Stop => panic!("a pause"),
        }
    }

    #[test]
    fn ceilings_double_up_to_a_minute_and_never_end() {
        let now = Instant::now();
        let mut longest = [Duration::ZERO; 12];
        for seed in 0..400 {
            let (mut backoff, mut rng) = (Backoff::default(), StdRng::seed_from_u64(seed));
            for slot in &mut longest {
                *slot = (*slot).max(pause(backoff.ended(&LOST, now, &mut rng)));
            }
        }
        for (attempt, longest) in longest.into_iter().enumerate() {
            let ceiling = Duration::from_millis(500 << attempt).min(LONGEST);
            assert!(longest <= ceiling && longest > ceiling.mul_f64(0.95), "{attempt}: {longest:?}");
        }
        let (mut backoff, mut rng) = (Backoff::default(), StdRng::seed_from_u64(0));
        // Fifteen minutes of outage and much more: row 1 of what was found elsewhere.
        let total: Duration = (0..100_000).map(|_| pause(backoff.ended(&LOST, now, &mut rng))).sum();
        assert!(total > Duration::from_secs(100_000 * 25));
    }

    #[test]
    fn a_thousand_clients_come_back_spread_out() {
        let now = Instant::now();
        let mut slots = [0; 10];
        for seed in 0..1_000 {
            let mut rng = StdRng::seed_from_u64(seed);
            let pause = pause(Backoff::default().ended(&LOST, now, &mut rng));
            slots[usize::try_from(pause.as_millis() / 50).unwrap().min(9)] += 1;
        }
        assert!(slots.iter().all(|count| (50..200).contains(count)), "{slots:?}");
    }

    #[test]
    fn a_good_minute_resets_it_and_a_short_session_does_not() {
        let start = Instant::now();
        let (mut backoff, mut rng) = (Backoff::default(), StdRng::seed_from_u64(1));
        for _ in 0..9 {
            backoff.ended(&LOST, start, &mut rng);
        }
        backoff.connected(start);
        let next = backoff.ended(&LOST, start + Duration::from_secs(59), &mut rng);
        assert!(matches!(next, Next::Wait { attempt: 10, .. }), "{next:?}");
        backoff.connected(start);
        let next = backoff.ended(&Reason::ServerDisconnect, start + Duration::from_mins(1), &mut rng);
        assert!(matches!(next, Next::Wait { attempt: 1, .. }), "{next:?}");
    }

    #[test]
    fn a_refusal_is_parked_ever_longer_until_something_changes() {
        let (now, mut rng) = (Instant::now(), StdRng::seed_from_u64(1));
        let mut backoff = Backoff::default();
        let refused = Reason::Refused { json: "{}".into() };
        let mut minutes = || pause(backoff.ended(&refused, now, &mut rng)).as_secs() / 60;
        assert_eq!([minutes(), minutes(), minutes(), minutes(), minutes()], [1, 5, 15, 30, 30]);
        backoff.forget();
        assert_eq!(pause(backoff.ended(&refused, now, &mut rng)).as_secs(), 60);
        backoff.connected(now);
        assert_eq!(pause(backoff.ended(&refused, now, &mut rng)).as_secs(), 60);
        assert_eq!(backoff.ended(&Reason::Stopped, now, &mut rng), Next::Stop);
    }
}
