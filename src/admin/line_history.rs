//! What became of a source's line: its sessions and gaps as one history, newest first, and drawn over a day.
//!
//! What must hold here: every read is bounded, however often a line has come and gone.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::actions::called;
use super::{Actor, Admin, AdminError, Expected, Fault, Page};
use crate::domain::{CompanyId, Seq, SessionId, SourceId, Timestamp};
use crate::store::{AuditFilter, Gap, Session};

/// Sessions and gaps that are read for a day, of each. A line that came and went more often is drawn from then on.
const IN_A_DAY: u32 = 400;
/// A line that stands is heard of within this: when it was last heard may be as long before somebody switched it off.
const HEARD_WITHIN: Duration = Duration::from_mins(1);
/// Lines of the audit log that are read for a page.
const STOPS: u32 = 200;
/// Beginnings of days that are remembered.
const DAYS: usize = 4_096;

/// A session or a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StretchView {
    pub is_gap: bool,
    pub from: Timestamp,
    /// `None` while it lasts.
    pub to: Option<Timestamp>,
    /// Why a session ended or a gap began: a stable word, then its detail after a colon.
    pub reason: Option<String>,
    /// The provider's socket id, of a session.
    pub socket_id: Option<String>,
    /// Who switched it off, where that was written down.
    pub by: Option<String>,
}

impl StretchView {
    pub(super) fn session(session: &Session) -> Self {
        Self {
            is_gap: false,
            from: session.started_at,
            to: session.ended_at,
            reason: session.end_reason.clone(),
            socket_id: Some(session.socket_id.clone()),
            by: None,
        }
    }

    pub(super) fn gap(gap: &Gap) -> Self {
        let reason = match &gap.detail {
            Some(detail) => format!("{}: {detail}", gap.reason),
            None => gap.reason.clone(),
        };
        Self {
            is_gap: true,
            from: gap.started_at,
            to: gap.ended_at,
            reason: Some(reason),
            socket_id: None,
            by: None,
        }
    }

    /// Somebody wanted it so: nothing that should have been heard was missed.
    pub fn is_rest(&self) -> bool {
        self.is_gap && self.was_stopped()
    }

    /// The program ended and was started again.
    pub fn is_restart(&self) -> bool {
        self.is_gap && matches!(self.word(), "shutdown" | "process_ended")
    }

    /// The stable word of its reason.
    fn word(&self) -> &str {
        self.reason.as_deref().and_then(|reason| reason.split(':').next()).unwrap_or_default()
    }

    /// What came meanwhile was not heard, against anybody's wish. (What the database refused or lost had been heard.)
    pub fn misses(&self) -> bool {
        self.is_gap && !matches!(self.word(), "stopped" | "refused_by_database" | "lost_by_database")
    }

    /// A person switched it off: so a session ended, or a gap began.
    pub fn was_stopped(&self) -> bool {
        self.word() == "stopped"
    }

    /// When that was, as far as the line had last been heard before.
    fn stopped_at(&self) -> Option<Timestamp> {
        if !self.was_stopped() {
            return None;
        }
        if self.is_gap { Some(self.from) } else { self.to }
    }

    pub fn lasted(&self, now: Timestamp) -> Duration {
        self.to.unwrap_or(now).since(self.from)
    }
}

/// The first seq of days that were asked for: once a day has begun, it stays where it began.
#[derive(Default)]
pub struct Days(Mutex<HashMap<(CompanyId, Timestamp), Seq>>);

impl Days {
    fn of(&self, company: CompanyId, since: Timestamp) -> Option<Seq> {
        self.lock().get(&(company, since)).copied()
    }

    fn remember(&self, company: CompanyId, since: Timestamp, first: Seq) {
        let mut days = self.lock();
        if days.len() >= DAYS {
            days.clear();
        }
        days.insert((company, since), first);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(CompanyId, Timestamp), Seq>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admin {
    /// Sessions and gaps together, newest first.
    pub async fn line_history(
        &self,
        actor: &Actor,
        id: SourceId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StretchView>, AdminError> {
        let company = self.stored_source(actor, id).await?.company;
        let (session, gap) = parse(cursor)?;
        let sessions = self.store.sessions(id, SessionId(session), limit + 1).await?;
        let gaps = self.store.gaps(id, gap, limit + 1).await?;
        let mut rows: Vec<_> = sessions.iter().map(|row| (StretchView::session(row), row.id.0)).collect();
        rows.extend(gaps.iter().map(|row| (StretchView::gap(row), row.id)));
        rows.sort_by_key(|(stretch, _)| Reverse(stretch.from));
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let last = |is_gap, before| {
            let of_kind = rows.iter().filter(|(stretch, _)| stretch.is_gap == is_gap);
            of_kind.map(|(_, id)| *id).min().unwrap_or(before)
        };
        let next = more.then(|| format!("{}.{}", last(false, session), last(true, gap)));
        let mut items: Vec<_> = rows.into_iter().map(|(stretch, _)| stretch).collect();
        self.name_who_stopped(company, id, &mut items).await?;
        Ok(Page { items, next })
    }

    /// Of what a person switched off, who that was.
    async fn name_who_stopped(
        &self,
        company: CompanyId,
        id: SourceId,
        stretches: &mut [StretchView],
    ) -> Result<(), AdminError> {
        let stops = || stretches.iter().filter_map(StretchView::stopped_at);
        let (Some(first), Some(last)) = (stops().min(), stops().max()) else { return Ok(()) };
        let target = id.to_string();
        let filter = AuditFilter {
            company: Some(company),
            action: "source.disconnect",
            target: &target,
            from: first,
            to: last.plus(HEARD_WITHIN),
            ..AuditFilter::ALL
        };
        let log = self.store.audit_log(&filter, i64::MAX, STOPS).await?;
        for stretch in stretches {
            let Some(at) = stretch.stopped_at() else { continue };
            let its = log.iter().filter(|entry| entry.at >= at && entry.at < at.plus(HEARD_WITHIN));
            stretch.by = its.min_by_key(|entry| entry.at).map(|entry| called(&entry.actor));
        }
        Ok(())
    }

    /// The sessions and gaps that reach into the time from `since` on, in no order.
    pub async fn line_since(
        &self,
        actor: &Actor,
        id: SourceId,
        since: Timestamp,
    ) -> Result<Vec<StretchView>, AdminError> {
        self.stored_source(actor, id).await?;
        let sessions = self.store.sessions(id, SessionId(i64::MAX), IN_A_DAY).await?;
        let gaps = self.store.gaps(id, i64::MAX, IN_A_DAY).await?;
        let stretches = sessions.iter().map(StretchView::session).chain(gaps.iter().map(StretchView::gap));
        Ok(stretches.filter(|stretch| stretch.to.is_none_or(|to| to > since)).collect())
    }

    /// How many events of a company came at `since` or later.
    pub async fn events_since(
        &self,
        actor: &Actor,
        company: CompanyId,
        since: Timestamp,
    ) -> Result<i64, AdminError> {
        actor.require_company(company)?;
        let known = self.days.of(company, since);
        let first = match known {
            Some(first) => first,
            None => {
                let first = self.journal.time_to_seq(company, since).await?;
                self.days.remember(company, since, first);
                first
            }
        };
        Ok((self.journal.head(company).0 + 1 - first.0).max(0))
    }
}

/// The last session and the last gap of the page before.
fn parse(cursor: Option<&str>) -> Result<(i64, i64), AdminError> {
    let Some(text) = cursor else { return Ok((i64::MAX, i64::MAX)) };
    let parts =
        text.split_once('.').and_then(|(session, gap)| Some((session.parse().ok()?, gap.parse().ok()?)));
    parts.ok_or_else(|| AdminError::invalid("cursor", Fault::Malformed { expected: Expected::Cursor }))
}
