//! What is remembered of names: questions that are open, and what was answered last.
//!
//! What must hold: bounded ([`NAMES`], beside the open questions, of which there are no more than threads); a name that
//! its server has said does not exist has no addresses, whatever it had before.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::{Answer, Asked, ResolveError, SLOW_AFTER};

/// Names that are remembered.
const NAMES: usize = 4_096;
/// Addresses are used for so long after the answer that gave them, while the name server is silent.
const STALE: Duration = Duration::from_hours(1);
/// A name server that was silent is not waited for again by those who know its last answer, for so long.
const SILENT: Duration = Duration::from_secs(15);
/// A refusal is not asked about again for as long as it took, and for at least, and at most, this.
const REFUSED: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// What a name is known by.
#[derive(Debug)]
pub(super) enum Known {
    Nothing,
    /// It was refused just now.
    Refused(ResolveError),
    /// It had these addresses.
    Once {
        last: Vec<IpAddr>,
    },
    /// It had these, and its name server is silent.
    Silent {
        last: Vec<IpAddr>,
    },
}

#[derive(Debug, Default)]
struct Name {
    open: Option<Asked>,
    /// The last answer with addresses, and until when it may be used.
    last: Option<(Vec<IpAddr>, Instant)>,
    refused: Option<(ResolveError, Instant)>,
    silent_until: Option<Instant>,
    /// The last question took long.
    slow: bool,
    noted: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Memory(HashMap<String, Name>);

impl Memory {
    pub fn known(&mut self, host: &str, now: Instant) -> Known {
        let Some(name) = self.0.get_mut(host) else { return Known::Nothing };
        if let Some(last) = name.usable(now) {
            return match name.silent_until {
                Some(until) if now < until => Known::Silent { last },
                _ => Known::Once { last },
            };
        }
        match &name.refused {
            Some((error, until)) if now < *until => Known::Refused(error.clone()),
            _ => Known::Nothing,
        }
    }

    /// The addresses that it had last, if they may still be used.
    pub fn last(&self, host: &str, now: Instant) -> Option<Vec<IpAddr>> {
        self.0.get(host)?.usable(now)
    }

    /// The question that is open about the name.
    pub fn open(&self, host: &str) -> Option<Asked> {
        self.0.get(host)?.open.clone()
    }

    pub fn is_slow(&self, host: &str) -> bool {
        self.0.get(host).is_some_and(|name| name.slow)
    }

    /// Opens a question, unless one is open: that one is given back.
    pub fn begin(&mut self, host: &str, asked: &Asked) -> Option<Asked> {
        if !self.0.contains_key(host) {
            self.make_room();
        }
        let name = self.0.entry(host.to_owned()).or_default();
        if name.open.is_none() {
            name.open = Some(asked.clone());
            return None;
        }
        name.open.clone()
    }

    /// Whoever knows the last answer waited for a newer one in vain.
    pub fn silent(&mut self, host: &str, now: Instant) {
        if let Some(name) = self.0.get_mut(host) {
            name.silent_until = Some(now + SILENT);
        }
    }

    /// What was answered after `took`.
    pub fn note(&mut self, host: &str, answer: &Answer, took: Duration, now: Instant) {
        let Some(name) = self.0.get_mut(host) else { return };
        name.slow = took >= SLOW_AFTER;
        name.noted = Some(now);
        match answer {
            Ok(addresses) => {
                name.last = Some((addresses.clone(), now + STALE));
                (name.refused, name.silent_until) = (None, None);
            }
            Err(error) => {
                name.refused = Some((error.clone(), now + took.clamp(REFUSED.0, REFUSED.1)));
                if name.slow {
                    // Nobody has said that it does not exist.
                    name.silent_until = Some(now + SILENT);
                } else {
                    name.last = None;
                }
            }
        }
    }

    /// The question is no longer open.
    pub fn end(&mut self, host: &str) {
        if let Some(name) = self.0.get_mut(host) {
            name.open = None;
        }
    }

    /// Forgets the older half when there are too many.
    fn make_room(&mut self) {
        if self.0.len() < NAMES {
            return;
        }
        let mut times: Vec<_> = self.0.values().filter_map(|name| name.noted).collect();
        let middle = times.len() / 2;
        if let Some((_, middle, _)) = (middle < times.len()).then(|| times.select_nth_unstable(middle)) {
            let middle = *middle;
            self.0.retain(|_, name| name.open.is_some() || name.noted.is_some_and(|noted| noted > middle));
        }
    }

    #[cfg(test)]
    pub fn open_questions(&self) -> usize {
        self.0.values().filter(|name| name.open.is_some()).count()
    }
}

impl Name {
    fn usable(&self, now: Instant) -> Option<Vec<IpAddr>> {
        self.last.as_ref().filter(|(_, until)| now < *until).map(|(addresses, _)| addresses.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        use futures_util::FutureExt;
        tokio::sync::oneshot::channel().1.shared()
    }

    fn noted(memory: &mut Memory, host: &str, answer: &Answer, took: Duration, now: Instant) {
        assert!(memory.begin(host, &asked()).is_none());
        memory.note(host, answer, took, now);
        memory.end(host);
    }

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_quick_refusal_takes_the_addresses_away_and_silence_does_not() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        let (quick, slow) = (Duration::from_millis(2), Duration::from_secs(10));
        let refusal = Err(ResolveError("unknown".into()));
        noted(&mut memory, "a", &Ok(vec![IP]), quick, now);
        assert!(matches!(memory.known("a", now), Known::Once { .. }));
        noted(&mut memory, "a", &refusal, slow, now);
        assert!(matches!(memory.known("a", now), Known::Silent { .. }));
        assert!(memory.is_slow("a"));
        let later = now + SILENT;
        assert!(matches!(memory.known("a", later), Known::Once { .. }), "asked again from time to time");
        noted(&mut memory, "a", &refusal, quick, later);
        assert!(matches!(memory.known("a", later), Known::Refused(_)));
        assert!(matches!(memory.known("a", later + REFUSED.0), Known::Nothing));
        noted(&mut memory, "a", &Ok(vec![IP]), quick, now);
        assert!(matches!(memory.known("a", now + STALE), Known::Nothing), "not for ever");
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_keeps_the_newest() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        for n in 0..3 * NAMES {
            let at = now + Duration::from_millis(n as u64);
            noted(&mut memory, &n.to_string(), &Ok(vec![IP]), Duration::ZERO, at);
            assert!(memory.0.len() <= NAMES);
            assert!(memory.last(&n.saturating_sub(1).to_string(), at).is_some());
        }
    }
}
