//! How busy an invented day is, and what came in it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::tz::TimeZone;
use ramal::admin::USUAL_ZONE;
use ramal::domain::{Draft, EventFlags, SessionInfo, SourceId, Timestamp};
use ramal::simulator::Told;
use ramal::sources::Definition;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub const MINUTE: i64 = 60_000_000;
/// In its last minutes nothing new begins, so that no call is under way for ever: this many events of a minute end what is.
const ENDINGS: usize = 8;
/// Minutes of the end.
const ENDS_WITHIN: i64 = 3;

/// When, and how much, a company's line told.
pub struct Day {
    /// Whole minutes.
    pub from: Timestamp,
    pub until: Timestamp,
    /// Events a minute when it is busiest.
    pub busiest: f64,
    /// Nothing was heard.
    pub gap: Option<Range<Timestamp>>,
}

/// Whose events they are.
pub struct Line<'a> {
    pub provider: &'static dyn Definition,
    pub source: SourceId,
    /// The session of a moment.
    pub session: &'a dyn Fn(Timestamp) -> Arc<SessionInfo>,
}

/// The part of the busiest hour that this moment of the day has: people come in the morning, eat at noon and go home.
pub fn busy(hours: f64) -> f64 {
    /// Between these it changes evenly.
    const DAY: [(f64, f64); 13] = [
        (0.0, 0.04),
        (6.5, 0.04),
        (8.0, 0.3),
        (9.5, 0.95),
        (11.5, 1.0),
        (12.25, 0.35),
        (13.25, 0.35),
        (14.25, 0.95),
        (16.5, 1.0),
        (18.0, 0.7),
        (19.5, 0.2),
        (22.0, 0.06),
        (24.0, 0.04),
    ];
    let at =
        DAY.windows(2).find(|pair| hours < pair[1].0).map_or([DAY[11], DAY[12]], |pair| [pair[0], pair[1]]);
    let [(from, low), (to, high)] = at;
    low + (high - low) * ((hours - from) / (to - from)).clamp(0.0, 1.0)
}

/// The hours since midnight where the panel's people are.
fn hours(zone: &TimeZone, at: Timestamp) -> f64 {
    let moment = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(zone.clone());
    f64::from(moment.hour()) + f64::from(moment.minute()) / 60.0
}

/// What the line told, in the order in which it came.
pub fn events(day: &Day, line: &Line<'_>, told: &mut dyn Told) -> Vec<Draft> {
    let zone = TimeZone::get(USUAL_ZONE).unwrap_or(TimeZone::UTC);
    // The same unrest at every start.
    let mut random = StdRng::seed_from_u64(line.source.0.unsigned_abs());
    let (mut drafts, mut owed) = (Vec::new(), 0.0_f64);
    let mut minute = day.from;
    while minute < day.until {
        let at = |share: f64| minute.plus(Duration::from_secs_f64(57.0 * share));
        let left = (day.until.0 - minute.0) / MINUTE;
        if left <= ENDS_WITHIN {
            let most = if left == 1 { usize::MAX } else { ENDINGS };
            // All of the last minute's have one moment after the other, however many they are.
            let ending = (0..most).map_while(|n| {
                let at = minute.plus(Duration::from_millis(400 * u64::try_from(n.min(140)).unwrap_or(0)));
                told.last(at).map(|told| (at, told))
            });
            drafts.extend(ending.map(|(at, told)| draft(line, at, told)));
        } else if day.gap.as_ref().is_none_or(|gap| !gap.contains(&minute)) {
            owed += day.busiest * busy(hours(&zone, minute)) * random.random_range(0.6..1.4);
            let mut moments = Vec::new();
            while owed >= 1.0 {
                owed -= 1.0;
                moments.push(at(random.random_range(0.0..1.0)));
            }
            moments.sort_unstable();
            drafts.extend(moments.into_iter().map(|at| draft(line, at, told.next(at))));
        }
        minute = Timestamp(minute.0 + MINUTE);
    }
    drafts
}

fn draft(of: &Line<'_>, at: Timestamp, (name, payload): (&'static str, String)) -> Draft {
    let (lane, keys) = of.provider.kept_beside(name, payload.as_bytes());
    Draft {
        source: of.source,
        provider: of.provider.identity().id,
        session: Some((of.session)(at)),
        name: name.into(),
        lane,
        received_at: at,
        payload: Bytes::from(payload),
        keys,
        flags: EventFlags::default(),
        extra: None,
        dedupe: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_eat_at_noon_and_sleep_at_night() {
        assert!(busy(12.5) < 0.5 * busy(11.0) && busy(12.5) < 0.5 * busy(15.0));
        assert!(busy(3.0) < 0.1 && busy(23.9) < 0.1);
        for quarter in 0..96 {
            let busy = busy(f64::from(quarter) / 4.0);
            assert!((0.0..=1.0).contains(&busy), "{busy} at {quarter}");
        }
    }
}
