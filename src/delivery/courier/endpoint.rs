//! What is known of the endpoint, and what that allows: the breaker, the pace, the webhook's own rate and what was asked for.

use std::time::{Duration, Instant};

use super::breaker::Breaker;
use super::health::{Health, SlowReason};
use super::pace::Pace;
use super::rate::Rate;
use super::{FailingReason, PauseReason};
use crate::domain::{Seq, WebhookSettings};

/// `Retry-After` is believed up to here.
const LONGEST_SLOWDOWN: Duration = Duration::from_hours(24);

/// See the module.
pub(super) struct Endpoint {
    pub breaker: Breaker,
    pub pace: Pace,
    rate: Option<Rate>,
    /// It asked for no request before this.
    slow_until: Option<Instant>,
    /// The first event that it answered 410 to, with no success since.
    gone: Option<Seq>,
    /// How often it has become another.
    changes: u32,
}

impl Endpoint {
    pub(super) fn new(settings: &WebhookSettings) -> Endpoint {
        Endpoint {
            breaker: Breaker::new(),
            pace: Pace::default(),
            rate: settings.rate_per_second.map(|rate| Rate::new(rate.u32())),
            slow_until: None,
            gone: None,
            changes: 0,
        }
    }

    /// It is another, or is spoken to in another's name.
    pub(super) fn changed(&mut self) {
        self.changes += 1;
        self.forget_answers();
    }

    pub(super) fn changes(&self) -> u32 {
        self.changes
    }

    /// What was answered so far, and how fast, was said to somebody else than who asks from now on.
    pub(super) fn forget_answers(&mut self) {
        self.breaker.reset();
        self.gone = None;
        self.slow_until = None;
        self.pace = Pace::default();
    }

    pub(super) fn change_rate(&mut self, settings: &WebhookSettings) {
        self.rate = settings.rate_per_second.map(|rate| Rate::new(rate.u32()));
    }

    pub(super) fn succeeded(&mut self) {
        self.gone = None;
    }

    /// It answered 410. A second event that it says so to pauses the webhook (true); one may be the event's own.
    pub(super) fn says_gone(&mut self, seq: Seq) -> bool {
        *self.gone.get_or_insert(seq) != seq
    }

    /// It asked to be left alone for a while.
    pub(super) fn slow_down(&mut self, wait: Duration, now: Instant) {
        let until = now + wait.min(LONGEST_SLOWDOWN);
        self.slow_until = Some(self.slow_until.map_or(until, |already| already.max(until)));
        self.breaker.ease();
    }

    /// Whether it may be sent a request now, so many being under way.
    pub(super) fn takes_another(&self, under_way: usize, settings: &WebhookSettings, now: Instant) -> bool {
        let probe_due = match self.breaker.probe_at() {
            Some(at) => at <= now,
            None => !self.breaker.is_open(),
        };
        probe_due
            && self.slow_until.is_none_or(|until| until <= now)
            && self.pace.ready_at(now) <= now
            && self.rate.as_ref().is_none_or(|rate| rate.ready_at(now) <= now)
            && under_way < self.limit(settings)
    }

    /// Requests at once.
    pub(super) fn limit(&self, settings: &WebhookSettings) -> usize {
        usize::from(self.breaker.limit(settings.concurrency.u16()))
    }

    /// A request of this number goes out.
    pub(super) fn spend(&mut self, number: u64, now: Instant) {
        if let Some(rate) = &mut self.rate {
            rate.spend(now);
        }
        self.pace.spend(number, now);
        if self.breaker.is_open() {
            self.breaker.probe_started();
        }
    }

    /// What keeps requests from going out until a moment.
    pub(super) fn gates(&self, now: Instant) -> [Option<Instant>; 4] {
        let rate = self.rate.as_ref().map(|rate| rate.ready_at(now));
        [self.slow_until, Some(self.pace.ready_at(now)), self.breaker.probe_at(), rate]
    }

    /// Not before it may be asked again.
    pub(super) fn not_before(&self, at: Instant) -> Instant {
        self.slow_until.map_or(at, |until| at.max(until))
    }

    /// `has_taken` is whether it is known to have taken an event.
    pub(super) fn health(&self, paused: Option<&PauseReason>, has_taken: bool, now: Instant) -> Health {
        if let Some(reason) = paused {
            return Health::Paused { reason: reason.clone() };
        }
        if self.breaker.is_open() {
            return Health::Failing { reason: FailingReason::NotAnswering };
        }
        if self.slow_until.is_some_and(|until| until > now) {
            return Health::Slow { reason: SlowReason::AskedToWait };
        }
        if self.breaker.is_general() {
            return Health::Failing { reason: FailingReason::RefusingAll };
        }
        if let Some(reason) = self.breaker.fails(has_taken) {
            return Health::Failing { reason };
        }
        if self.breaker.is_ramping() {
            return Health::Slow { reason: SlowReason::Recovering };
        }
        if self.pace.per_second().is_some() {
            return Health::Slow { reason: SlowReason::Paced };
        }
        Health::Healthy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MaskedUrl;
    use crate::domain::bounds::Name;
    use crate::domain::webhook::Rate as PerSecond;

    fn settings() -> WebhookSettings {
        WebhookSettings::new(Name::new("endpoint").expect("a name"), MaskedUrl::of("https://example.com/"))
    }

    #[test]
    fn two_events_must_be_answered_gone_with_no_success_between() {
        let mut endpoint = Endpoint::new(&settings());
        assert!(!endpoint.says_gone(Seq(1)));
        assert!(!endpoint.says_gone(Seq(1)), "the same one");
        endpoint.succeeded();
        assert!(!endpoint.says_gone(Seq(2)));
        assert!(endpoint.says_gone(Seq(1)));
        endpoint.changed();
        assert!(!endpoint.says_gone(Seq(3)), "another was asked");
        assert_eq!(endpoint.changes(), 1);
    }

    #[test]
    fn it_is_left_alone_for_as_long_as_it_asked_and_a_day_at_most() {
        let (now, settings) = (Instant::now(), settings());
        let mut endpoint = Endpoint::new(&settings);
        endpoint.slow_down(Duration::from_hours(48), now);
        endpoint.slow_down(Duration::from_secs(5), now);
        let health = endpoint.health(None, true, now);
        assert_eq!(health, Health::Slow { reason: SlowReason::AskedToWait });
        assert!(!endpoint.takes_another(0, &settings, now + Duration::from_hours(23)));
        assert!(endpoint.takes_another(0, &settings, now + LONGEST_SLOWDOWN));
        assert!(!endpoint.takes_another(1, &settings, now + LONGEST_SLOWDOWN), "slowly at first");
        assert_eq!(endpoint.not_before(now), now + LONGEST_SLOWDOWN);
    }

    #[test]
    fn the_rate_is_a_gate_of_its_own() {
        let now = Instant::now();
        let rate_per_second = Some(PerSecond::new(1_u32).expect("a rate"));
        let settings = WebhookSettings { rate_per_second, ..settings() };
        let mut endpoint = Endpoint::new(&settings);
        endpoint.spend(0, now);
        assert!(!endpoint.takes_another(0, &settings, now));
        assert!(endpoint.gates(now).contains(&Some(now + Duration::from_secs(1))));
        endpoint.change_rate(&WebhookSettings { rate_per_second: None, ..settings.clone() });
        assert!(endpoint.takes_another(0, &settings, now));
    }
}
