//! What the runtime writes down of what runs, a few times a minute in one transaction: signs of life of sessions, uses
//! of API keys, and where every source stands.
//!
//! What must hold here: nothing of it is on the path of an event; a source's row is written when its state changes, once
//! a second at most, and with the time of its last event every few seconds. The rows are what a restart remembers (when
//! the last event came), and what other nodes and tools on the same database see.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::Runtime;
use crate::domain::{ApiKeyId, CompanyId, SourceId, SourceState, SourceStatus, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::sources::ledger::Pulses;
use crate::store::{LiveSource, StoreError};

/// How often changed states are written.
const TICK: Duration = Duration::from_secs(1);
pub(super) const SPEC: Spec = Spec::new("source-status", Rhythm::After(TICK));

/// See the module.
#[derive(Default)]
pub(super) struct Books(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    /// API keys that were used, and when.
    key_uses: HashMap<ApiKeyId, Timestamp>,
    /// The rows of the sources as they stand in the store; `None` before they have been read.
    written: Option<HashMap<SourceId, LiveSource>>,
}

impl Books {
    pub fn note_key_use(&self, key: ApiKeyId, at: Timestamp) {
        self.lock().key_uses.insert(key, at);
    }

    /// What a source's status begins with when its line or door does.
    pub fn remembered(&self, source: SourceId) -> SourceStatus {
        let pages = self.lock();
        let row = pages.written.as_ref().and_then(|written| written.get(&source));
        // One that was stopped and stays so has been since then. Of any other this says nothing: what begins now has its own time.
        let stopped = row.filter(|row| row.state == SourceState::Stopped.as_str());
        SourceStatus {
            since: stopped.map(|row| row.since).unwrap_or_default(),
            last_event_at: row.and_then(|row| row.last_event_at),
            ..SourceStatus::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        // Every write is a single step: whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows that have to be written for what stands now; a new time of the last event alone counts only `in_full`.
    fn due(&self, now: Vec<(CompanyId, SourceId, SourceStatus)>, in_full: bool) -> Vec<LiveSource> {
        let pages = self.lock();
        let Some(written) = &pages.written else { return Vec::new() };
        let rows = now.into_iter().map(|(company, source, status)| {
            let mut row = row(company, source, &status);
            // Of a door by which nothing has come in this process only the row knows when something did.
            row.last_event_at = row.last_event_at.max(written.get(&source).and_then(|old| old.last_event_at));
            row
        });
        let is_due = |row: &LiveSource| match written.get(&row.source) {
            None => true,
            Some(old) if in_full => old != row,
            Some(old) => LiveSource { last_event_at: row.last_event_at, ..old.clone() } != *row,
        };
        rows.filter(is_due).collect()
    }

    fn wrote(&self, rows: Vec<LiveSource>) {
        if let Some(written) = &mut self.lock().written {
            written.extend(rows.into_iter().map(|row| (row.source, row)));
        }
    }
}

fn row(company: CompanyId, source: SourceId, status: &SourceStatus) -> LiveSource {
    LiveSource {
        source,
        company,
        state: Cow::Borrowed(status.state.as_str()),
        since: status.since,
        until: status.until,
        attempt: i32::try_from(status.attempt).unwrap_or(i32::MAX),
        reason: status.reason.clone(),
        session: status.session.as_ref().map(|session| session.id),
        last_event_at: status.last_event_at,
        foreign_company: status.foreign_company,
    }
}

impl Runtime {
    /// Reads how the sources stood when that was last written down; once, before anything is started.
    pub(super) async fn open_books(&self) -> Result<(), StoreError> {
        if self.inner.books.lock().written.is_some() {
            return Ok(());
        }
        let rows = self.inner.store.live_sources().await?;
        let rows = rows.into_iter().map(|row| (row.source, row)).collect();
        self.inner.books.lock().written.get_or_insert(rows);
        Ok(())
    }

    /// Everything that is due, in one transaction; returns how many rows that were.
    pub(super) async fn write_books(
        &self,
        stands: Vec<(CompanyId, SourceId, SourceStatus)>,
        in_full: bool,
    ) -> Result<usize, StoreError> {
        if self.inner.journal.standing().borrow().lost {
            return Ok(0);
        }
        let books = &self.inner.books;
        let rows = books.due(stands, in_full);
        let (signs, uses) = if in_full {
            let uses = std::mem::take(&mut books.lock().key_uses);
            (self.inner.shared.pulses.signs(), uses.into_iter().collect::<Vec<_>>())
        } else {
            Default::default()
        };
        // A database in trouble is tried again even when nothing is due: no provider's post may have to be the one that
        // finds out that it is well again.
        let probe = in_full && !self.inner.journal.health().borrow().is_working();
        let count = rows.len() + signs.len() + uses.len();
        if count == 0 && !probe {
            return Ok(0);
        }
        let (live, unwritten) = (rows.clone(), uses.clone());
        let written = self.inner.journal.control(move |tx| {
            Box::pin(async move {
                if probe {
                    // A statement that writes, on no row: a database that may only be read says so.
                    tx.lock_heads(&[CompanyId(0)]).await?;
                }
                tx.put_live_sources(&live).await?;
                tx.note_signs(&signs).await?;
                tx.note_api_key_uses(&uses).await
            })
        });
        match written.await {
            Ok(()) => books.wrote(rows),
            Err(error) => {
                warn!(%error, "signs of life and states could not be written down");
                // With the next books, unless a key was used again meanwhile.
                let mut state = books.lock();
                for (key, at) in unwritten {
                    state.key_uses.entry(key).or_insert(at);
                }
                return Err(error);
            }
        }
        Ok(count)
    }
}

/// Writes them once a second, and all of them every few.
pub(super) struct Keeping {
    runtime: Runtime,
    full_at: Instant,
}

impl Keeping {
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime, full_at: Instant::now() }
    }
}

impl Duty for Keeping {
    async fn run(&mut self) -> Done {
        let in_full = Instant::now() >= self.full_at;
        if in_full {
            self.full_at = Instant::now() + Pulses::EVERY;
        }
        let stands = self.runtime.source_statuses();
        match self.runtime.write_books(stands, in_full).await {
            Ok(rows) => Done::counted("rows", rows),
            Err(error) => Done::failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPANY: CompanyId = CompanyId(1);
    const SOURCE: SourceId = SourceId(2);

    fn standing(state: SourceState, last_event_at: i64) -> Vec<(CompanyId, SourceId, SourceStatus)> {
        let last_event_at = Some(Timestamp(last_event_at));
        vec![(COMPANY, SOURCE, SourceStatus { state, last_event_at, ..SourceStatus::default() })]
    }

    #[test]
    fn a_row_is_due_when_its_state_changed_or_its_time_has_come() {
        let books = Books::default();
        let connected = || standing(SourceState::Connected, 5);
        assert_eq!(books.due(connected(), true), [], "nothing is written over rows that were not read");
        books.lock().written = Some(HashMap::new());
        let rows = books.due(connected(), false);
        assert_eq!(rows.len(), 1);
        books.wrote(rows);
        assert_eq!(books.due(connected(), true), []);
        let later = || standing(SourceState::Connected, 6);
        assert_eq!(books.due(later(), false), []);
        assert_eq!(books.due(later(), true).len(), 1);
        assert_eq!(books.due(standing(SourceState::Waiting, 5), false).len(), 1);
        assert_eq!(books.remembered(SOURCE).last_event_at, Some(Timestamp(5)));
        assert_eq!(books.remembered(SOURCE).state, SourceState::Stopped);
        // A process in which nothing has come does not forget what came before it, nor when it ends.
        let unheard = |state| vec![(COMPANY, SOURCE, SourceStatus { state, ..SourceStatus::default() })];
        assert_eq!(books.due(unheard(SourceState::Connected), true), []);
        let rows = books.due(unheard(SourceState::Stopped), true);
        assert_eq!(rows[0].last_event_at, Some(Timestamp(5)));
        // One that was stopped is stopped since then, also after a restart.
        let since = Timestamp(9);
        let stopped = SourceStatus { state: SourceState::Stopped, since, ..SourceStatus::default() };
        books.wrote(books.due(vec![(COMPANY, SOURCE, stopped)], false));
        assert_eq!(books.remembered(SOURCE).since, since);
    }
}
