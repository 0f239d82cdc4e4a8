//! How long companies that want to be told of it have said nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Incidents, Scope};
use crate::domain::silence::SilenceAlarm;
use crate::domain::{CompanyId, Pattern, Timestamp};
use crate::journal::SearchFilter;
use crate::store::StoreError;
use crate::watch::attention::{SilenceLook, SourceLook};

/// The zone of working hours.
pub const ZONE: &str = "America/Sao_Paulo";
/// The newest event of certain types is looked for again after so long; none is searched for further back than retention keeps.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(20);

/// An event is found within this after it came, in microseconds.
const COMES_LATE: i64 = 60_000_000;

/// It is looked for so far back, in microseconds: over a weekend.
const FURTHEST: i64 = 3 * 24 * 3_600_000_000;
/// Gaps of a line that are looked at.
const GAPS: u32 = 100;

/// When the newest event came of the types that count, and when that was looked for.
#[derive(Debug, Clone, Default)]
pub struct Newest(Arc<Mutex<HashMap<CompanyId, Of>>>);

#[derive(Debug, Clone)]
struct Of {
    types: Vec<Pattern>,
    found: Looked,
    looked: Timestamp,
}

/// What a search for the newest event has found.
#[derive(Debug, Clone, Copy)]
enum Looked {
    Found(Timestamp),
    /// There is none since then.
    None {
        since: Timestamp,
    },
    /// It took too long to look at all of them: nothing is known, and nothing is told.
    NotAll,
}

impl Incidents {
    /// Those within the scope that have an alarm.
    pub(super) async fn silence_looks(
        &self,
        scope: &Scope<'_>,
        sources: &[SourceLook],
        now: Timestamp,
    ) -> Result<Vec<SilenceLook>, StoreError> {
        let alarms = self.store.silence_alarms().await?;
        let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
        let mut looks = Vec::new();
        for (company, alarm) in alarms.into_iter().filter(|(company, _)| (scope.sees)(*company)) {
            let its = || sources.iter().filter(|source| source.company == company);
            let stands_since = its().map(|source| if source.door { source.created_at } else { source.since });
            let Some(stands_since) = stands_since.max() else { continue };
            let heard = its().filter_map(|source| source.last_event_at).max();
            let looked = match heard.filter(|_| alarm.types.is_empty()) {
                Some(at) => Looked::Found(at),
                None => self.newest_of(company, &alarm, its(), now).await?,
            };
            let (last, is_known) = match looked {
                Looked::Found(at) => (Some(at), true),
                Looked::None { .. } => (None, true),
                Looked::NotAll => (None, false),
            };
            let quiet_since = match looked {
                Looked::Found(at) => at,
                Looked::None { since } if heard.is_some() => since,
                // It has never said anything: it is not silent before it could.
                Looked::None { .. } | Looked::NotAll => stands_since,
            };
            let lasted = if is_known {
                let away = self.away(its(), quiet_since, now).await?;
                silent(&alarm, quiet_since, now, &away, &zone)
            } else {
                Duration::ZERO
            };
            looks.push(SilenceLook {
                company,
                last_event_at: last,
                lasted,
                is_open: alarm.hours.is_open(now, &zone),
                after: alarm.after,
            });
        }
        Ok(looks)
    }

    /// The times since then in which a line that is wanted was away: what was missed then is a gap, not silence.
    async fn away(
        &self,
        sources: impl Iterator<Item = &SourceLook>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
        let mut away = Vec::new();
        for source in sources.filter(|source| source.wanted && !source.door && source.since > since) {
            let gaps = self.store.gaps(source.source, i64::MAX, GAPS).await?;
            away.extend(gaps.iter().map(|gap| (gap.started_at, gap.ended_at.unwrap_or(now))));
        }
        Ok(away)
    }

    /// Of what has come lately.
    async fn newest_of(
        &self,
        company: CompanyId,
        alarm: &SilenceAlarm,
        sources: impl Iterator<Item = &SourceLook>,
        now: Timestamp,
    ) -> Result<Looked, StoreError> {
        let known = self.newest.lock().get(&company).cloned().filter(|known| known.types == alarm.types);
        if let Some(known) = known.as_ref().filter(|known| now.since(known.looked) < LOOKED_FOR_EVERY) {
            return Ok(known.found);
        }
        // What was looked through whole is not looked through again, however rare these types are.
        let known = known.filter(|known| !matches!(known.found, Looked::NotAll));
        let looked = known.as_ref().map(|known| Timestamp(known.looked.0.saturating_sub(COMES_LATE)));
        let created = sources.map(|source| source.created_at).min().unwrap_or(now);
        let furthest = created.max(Timestamp(now.0.saturating_sub(FURTHEST)));
        let from = looked.unwrap_or(furthest);
        let filter = SearchFilter { names: alarm.types.clone(), from: Some(from), ..SearchFilter::default() };
        let found = self.journal.search(company, filter, None, 1).await?;
        let found = match (found.events.first(), found.next) {
            (Some(event), _) => Looked::Found(event.received_at),
            (None, None) => known.map_or(Looked::None { since: furthest }, |known| known.found),
            (None, Some(_)) => Looked::NotAll,
        };
        let of = Of { types: alarm.types.clone(), found, looked: now };
        self.newest.lock().insert(company, of);
        Ok(found)
    }
}

/// How long people worked and heard nothing, although they could have.
fn silent(
    alarm: &SilenceAlarm,
    since: Timestamp,
    now: Timestamp,
    away: &[(Timestamp, Timestamp)],
    zone: &TimeZone,
) -> Duration {
    let mut away: Vec<_> = away.iter().map(|(from, to)| ((*from).max(since), (*to).min(now))).collect();
    away.sort_unstable();
    let (mut lasted, mut heard_from) = (Duration::ZERO, since);
    for (from, to) in away.into_iter().filter(|(from, to)| from < to) {
        if from > heard_from {
            lasted += alarm.hours.worked(heard_from, from, zone);
        }
        heard_from = heard_from.max(to);
    }
    lasted + if heard_from < now { alarm.hours.worked(heard_from, now, zone) } else { Duration::ZERO }
}

impl Newest {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CompanyId, Of>> {
        // Every change is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::working_hours::WorkingHours;

    #[test]
    fn silence_is_counted_from_the_last_event_on_and_stands_still_while_a_line_is_away() {
        const MINUTE: i64 = 60_000_000;
        let alarm = SilenceAlarm { hours: WorkingHours::default(), ..SilenceAlarm::default() };
        let at = |minute: i64| Timestamp(1_795_797_120_000_000 + minute * MINUTE);
        let said = |now, away: &[(i64, i64)]| {
            let away: Vec<_> = away.iter().map(|(from, to)| (at(*from), at(*to))).collect();
            silent(&alarm, at(0), at(now), &away, &TimeZone::UTC).as_secs() / 60
        };
        assert_eq!(said(26, &[]), 26);
        assert_eq!([said(20, &[(20, 20)]), said(25, &[(20, 25)]), said(26, &[(20, 25)])], [20, 20, 21]);
        // What was away before the last event, and two lines that were away together, count once.
        assert_eq!(said(30, &[(-9, -1), (5, 15), (10, 20)]), 15);
    }
}
