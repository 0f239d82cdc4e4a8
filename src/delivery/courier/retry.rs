//! What an answer says, and how long to wait after it.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::types::Fault;
use crate::domain::WebhookSettings;
use crate::domain::webhook::Pause;

/// What came of one request, as far as retries and the breaker care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 2xx.
    Delivered,
    /// Nothing reached the endpoint: a name, a connection, TLS. Never an event's fault.
    Unreached,
    /// Sent, and the endpoint could not cope: time-out, broken connection, 5xx, 429.
    Overwhelmed,
    /// 4xx other than 408, 425 and 429: about this event, as long as others succeed.
    Refused,
    /// Any other answer: proof of life, and still a failure (3xx, 408, 425, a panic on our side).
    Odd,
}

impl Kind {
    pub(super) fn of(result: Result<u16, Fault>) -> Kind {
        match result {
            Ok(200..=299) => Kind::Delivered,
            Ok(429 | 500..=599) => Kind::Overwhelmed,
            Ok(408 | 425) => Kind::Odd,
            Ok(400..=499) => Kind::Refused,
            Err(fault) if fault.before_sending() => Kind::Unreached,
            Ok(_) | Err(Fault::Internal) => Kind::Odd,
            Err(_) => Kind::Overwhelmed,
        }
    }

    /// Speaks against the endpoint rather than the event: counted by the breaker.
    pub(super) fn blames_endpoint(self) -> bool {
        matches!(self, Kind::Unreached | Kind::Overwhelmed)
    }
}

/// The pauses between tries. The first `fast` of them are the ones an event may block its lane for.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    pauses: Vec<Duration>,
    fast: usize,
}

impl Schedule {
    pub(super) fn new(pauses: &[Pause], fast: usize) -> Schedule {
        let pauses: Vec<_> = pauses.iter().map(|s| Duration::from_secs(u64::from(s.u32()))).collect();
        Schedule { fast: fast.min(pauses.len()), pauses }
    }

    /// The pause after this many charged tries (1 or more); `None` when the schedule is used up.
    pub(super) fn pause_after(&self, charged: u16) -> Option<Duration> {
        self.pauses.get(usize::from(charged).saturating_sub(1)).copied()
    }

    /// The longest pause that still counts as fast: how often an event is tried while nothing at all succeeds.
    pub(super) fn longest_fast(&self) -> Duration {
        self.pauses[..self.fast].last().copied().unwrap_or(Duration::from_mins(1))
    }

    /// Whether the first try and every fast retry are behind an event with this many charged tries.
    pub(super) fn fast_used_up(&self, charged: u16) -> bool {
        usize::from(charged) > self.fast
    }

    /// How long an event may keep its lane waiting, from its first failure.
    pub(super) fn patience(&self) -> Duration {
        self.pauses[..self.fast].iter().sum()
    }
}

/// When what failed is tried again.
pub(super) struct Retries {
    pub schedule: Schedule,
    pub rng: SmallRng,
}

impl Retries {
    pub(super) fn new(settings: &WebhookSettings, seed: u64) -> Retries {
        let schedule = Schedule::new(&settings.retry_seconds, WebhookSettings::FAST_RETRIES);
        Retries { schedule, rng: SmallRng::seed_from_u64(seed) }
    }

    pub(super) fn change_schedule(&mut self, settings: &WebhookSettings) {
        self.schedule = Schedule::new(&settings.retry_seconds, WebhookSettings::FAST_RETRIES);
    }

    pub(super) fn jittered(&mut self, pause: Duration) -> Duration {
        jittered(pause, &mut self.rng)
    }
}

/// ±20 %, so that what failed together does not come back together.
pub(super) fn jittered(pause: Duration, rng: &mut SmallRng) -> Duration {
    pause.mul_f64(rng.random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::ErrorKind;

    #[test]
    fn answers_are_told_apart() {
        for (result, kind) in [
            (Ok(200), Kind::Delivered),
            (Ok(204), Kind::Delivered),
            (Ok(302), Kind::Odd),
            (Ok(400), Kind::Refused),
            (Ok(408), Kind::Odd),
            (Ok(410), Kind::Refused),
            (Ok(425), Kind::Odd),
            (Ok(429), Kind::Overwhelmed),
            (Ok(503), Kind::Overwhelmed),
            (Err(Fault::Net(ErrorKind::Timeout)), Kind::Overwhelmed),
            (Err(Fault::Net(ErrorKind::Reset)), Kind::Overwhelmed),
            (Err(Fault::Net(ErrorKind::ConnectRefused)), Kind::Unreached),
            (Err(Fault::Net(ErrorKind::Dns)), Kind::Unreached),
            (Err(Fault::Internal), Kind::Odd),
        ] {
            assert_eq!(Kind::of(result), kind, "{result:?}");
        }
    }

    #[test]
    fn the_schedule_ends_and_its_first_four_are_fast() {
        let schedule = Schedule::new(&[5, 30, 120, 600, 1_800].map(|s| Pause::new(s).expect("a pause")), 4);
        assert_eq!(schedule.pause_after(1), Some(Duration::from_secs(5)));
        assert_eq!(schedule.pause_after(5), Some(Duration::from_mins(30)));
        assert_eq!(schedule.pause_after(6), None);
        assert!(!schedule.fast_used_up(4));
        assert!(schedule.fast_used_up(5));
        assert_eq!(schedule.patience(), Duration::from_secs(755));
        assert_eq!(Schedule::new(&[], 4).pause_after(1), None);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let mut rng = SmallRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let pause = jittered(Duration::from_secs(100), &mut rng).as_secs_f64();
            assert!((80.0..=120.0).contains(&pause), "{pause}");
        }
    }
}
