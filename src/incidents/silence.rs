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
    /// There is none.
    None,
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
            // What was missed while a line was away is a gap, not silence.
            let stands_since = its().map(|source| if source.door { source.created_at } else { source.since });
            let Some(stands_since) = stands_since.max() else { continue };
            let mut is_known = true;
            let last = if alarm.types.is_empty() {
                its().filter_map(|source| source.last_event_at).max()
            } else {
                match self.newest_of(company, &alarm, stands_since, now).await? {
                    Looked::Found(at) => Some(at),
                    Looked::None => None,
                    Looked::NotAll => {
                        is_known = false;
                        None
                    }
                }
            };
            let quiet_since = last.unwrap_or(stands_since).max(stands_since);
            let lasted = if is_known { alarm.hours.worked(quiet_since, now, &zone) } else { Duration::ZERO };
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

    /// Of what has come since its lines stand.
    async fn newest_of(
        &self,
        company: CompanyId,
        alarm: &SilenceAlarm,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Looked, StoreError> {
        let known = self.newest.lock().get(&company).cloned().filter(|known| known.types == alarm.types);
        if let Some(known) = known.as_ref().filter(|known| now.since(known.looked) < LOOKED_FOR_EVERY) {
            return Ok(known.found);
        }
        // What was looked through whole is not looked through again, however rare these types are.
        let known = known.filter(|known| !matches!(known.found, Looked::NotAll));
        let looked = known.as_ref().map(|known| Timestamp(known.looked.0.saturating_sub(COMES_LATE)));
        let from = looked.map_or(since, |looked| looked.max(since));
        let filter = SearchFilter { names: alarm.types.clone(), from: Some(from), ..SearchFilter::default() };
        let found = self.journal.search(company, filter, None, 1).await?;
        let found = match (found.events.first(), found.next) {
            (Some(event), _) => Looked::Found(event.received_at),
            (None, None) => known.map_or(Looked::None, |known| known.found),
            (None, Some(_)) => Looked::NotAll,
        };
        let of = Of { types: alarm.types.clone(), found, looked: now };
        self.newest.lock().insert(company, of);
        Ok(found)
    }
}

impl Newest {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CompanyId, Of>> {
        // Every change is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
