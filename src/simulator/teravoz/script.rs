//! How calls go in the exchange's automatic mode.

use std::ops::Range;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

/// Agents beyond which calls rather wait: nobody's exchange has so many, and each logs in with two events.
const MOST_AGENTS: f64 = 500.0;

/// What happens by itself.
#[derive(Debug, Clone)]
pub struct Script {
    /// Calls that come in or go out by themselves; 0 for none.
    pub calls_per_second: f64,
    /// No more than so many of them; `None` goes on until stopped.
    pub calls: Option<u64>,
    /// A call in `call.standby` is routed to a queue after this time, unless a decision comes.
    pub decide_within: Duration,
    /// Every duration is divided by it.
    pub speed: f64,
    /// Who calls, again and again.
    pub callers: u32,
    /// `None` for as many as the calls need, within reason.
    pub agents: Option<u32>,
    /// The share of calls, 0 to 1, that are told in flat events instead of envelopes.
    pub flat: f64,
    /// Where recordings are, without a slash at the end.
    pub public_url: String,
    /// The same seed tells the same stories.
    pub seed: u64,
}

impl Default for Script {
    /// Nothing by itself: people and programs advance the calls.
    fn default() -> Self {
        Self {
            calls_per_second: 0.0,
            calls: None,
            decide_within: Duration::from_secs(10),
            speed: 1.0,
            callers: 50,
            agents: None,
            flat: 0.0,
            public_url: "http://127.0.0.1:3001".to_owned(),
            seed: 0,
        }
    }
}

impl Script {
    pub(super) fn is_automatic(&self) -> bool {
        self.calls_per_second > 0.0
    }

    /// Bounds that time can be divided by.
    pub(super) fn usable(self) -> Self {
        let finite = |value: f64, least: f64, most: f64| {
            if value.is_finite() { value.clamp(least, most) } else { least }
        };
        Self {
            calls_per_second: finite(self.calls_per_second, 0.0, 10_000.0),
            speed: finite(self.speed, 0.001, 100_000.0),
            flat: finite(self.flat, 0.0, 1.0),
            callers: self.callers.clamp(1, 1_000_000),
            ..self
        }
    }

    /// So long, at this speed.
    pub(super) fn scaled(&self, duration: Duration) -> Duration {
        Duration::from_secs_f64(duration.as_secs_f64() / self.speed)
    }

    /// So many seconds by chance, at this speed.
    pub(super) fn between(&self, seconds: Range<f64>, random: &mut StdRng) -> Duration {
        self.scaled(Duration::from_secs_f64(random.random_range(seconds)))
    }

    /// Until the next call, as calls come that know nothing of each other.
    pub(super) fn until_next_call(&self, random: &mut StdRng) -> Duration {
        let lot: f64 = random.random();
        Duration::from_secs_f64((-(1.0 - lot).ln()).min(10.0) / self.calls_per_second)
    }

    /// One for each call under way with some to spare; few calls still have a room of them.
    pub(super) fn agents_needed(&self) -> u32 {
        if let Some(agents) = self.agents {
            return agents.min(10_000);
        }
        let busy = self.calls_per_second * 30.0 / self.speed;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 6 and MOST_AGENTS"
        )]
        let agents = (busy * 1.1).clamp(6.0, MOST_AGENTS) as u32;
        agents
    }
}
