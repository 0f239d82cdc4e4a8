//! What the recorder does when a batch was not written: wait and try again, take out whom it does not own, find the
//! culprit, make room.
//!
//! A batch is only ever given up for its content, and then down to the one event or settlement at fault. Whatever
//! passes by itself is waited for, with the batch kept.

use std::time::{Duration, Instant};

use super::WriteError;
use super::batch::{Failure, Work};
use super::health::Counters;
use super::leases::{Under, results_not_written};
use super::recorder::{Recorder, answered};
use crate::domain::CompanyId;
use crate::log::lines;
use crate::store::{Head, StoreError};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often heads are read again for one batch before somebody else is taken to write them.
const MOST_TRIES: u32 = 2;

/// A pause between two tries; longer each time.
#[derive(Debug, Default)]
pub(super) struct Pause {
    until: Option<Instant>,
    last: Option<Duration>,
}

impl Pause {
    pub(super) fn start(&mut self, now: Instant) {
        let length = self.last.map_or(FIRST_PAUSE, |last| (last * 2).min(LONGEST_PAUSE));
        *self = Pause { until: Some(now + length), last: Some(length) };
    }

    pub(super) fn ends_at(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }
}

impl Recorder {
    /// A batch is in: what hindered it has passed. `appends`: it held some, so there is room for them; and when nothing is kept
    /// back, none waits for room, and the next one finds out (`what_waited_for_room_and_went_another_way_shuts_no_door`).
    pub(super) fn wrote(&mut self, appends: bool) {
        self.memory.pause = Pause::default();
        if appends || self.memory.pending.is_empty() {
            self.memory.appends_pause = Pause::default();
        }
        if self.memory.appends_pause.last.is_none() && self.tenure.is_sure() {
            self.report.working();
        }
    }

    /// The database has answered; if nothing is kept back, nothing is wrong.
    pub(super) fn answers_again(&mut self) {
        if self.memory.pending.is_empty() {
            self.wrote(false);
        }
    }

    pub(super) async fn failed(&mut self, work: Work, failure: Failure) {
        match failure {
            Failure::Missing(companies) => {
                let mut work = work;
                self.tenure.forget(&companies);
                self.give_up(&mut work, |under| companies.contains(&under.company), &WriteError::NoCompany);
                self.go_on_with(work);
            }
            Failure::Outlived => self.outlived(work),
            Failure::Refused(companies) => self.refused(work, &companies).await,
            Failure::Store(StoreError::Taken { .. }) if work.tries < MOST_TRIES => {
                let companies = work.companies();
                self.refused(work, &companies).await;
            }
            Failure::Store(error @ StoreError::Full { .. }) => self.full(work, &error),
            // A place that is taken although the heads are as we know them: something is there that should not be.
            Failure::Store(error) if error.is_content() || matches!(error, StoreError::Taken { .. }) => {
                self.split(work, &error.to_string());
            }
            // Whatever else it is, the content has not caused it: a right that was taken away, a damaged page, a defect.
            Failure::Store(error) => self.wait(work, &error),
        }
    }

    /// Heads are not as we know them: reads them again. Those with our epoch are only further than we knew; the others
    /// are written by somebody else now.
    async fn refused(&mut self, mut work: Work, companies: &[CompanyId]) {
        work.tries += 1;
        let found = match self.read_heads(companies).await {
            Ok(found) => found,
            Err(error) => return self.wait(work, &error),
        };
        let (mut gone, mut foreign) = (Vec::new(), Vec::new());
        for company in companies {
            let known = self.memory.heads.get(company).map(|head| head.epoch);
            match found.iter().find(|head| head.company == *company) {
                None => {
                    self.memory.heads.remove(company);
                    gone.push(*company);
                }
                Some(head) if known.is_none_or(|epoch| epoch == head.epoch) && work.tries <= MOST_TRIES => {
                    self.memory.heads.insert(*company, *head);
                }
                Some(_) => foreign.push(*company),
            }
        }
        self.tenure.forget(&gone);
        self.give_up(&mut work, |under| gone.contains(&under.company), &WriteError::NoCompany);
        self.give_up(&mut work, |under| foreign.contains(&under.company), &WriteError::NotOurs);
        self.disown(&foreign);
        self.go_on_with(work);
    }

    /// Leases have been taken anew since some of it was handed over: it was known under them, and is given back as what was handed
    /// over a moment later would have been.
    fn outlived(&mut self, mut work: Work) {
        self.give_up(&mut work, |under| under.is_outlived(&self.memory.heads), &WriteError::NotOurs);
        self.go_on_with(work);
    }

    /// With what is left of a batch of which some was given up. The database has answered.
    fn go_on_with(&mut self, work: Work) {
        if work.is_empty() {
            self.answers_again();
        } else {
            self.memory.pending.push_front(work);
        }
    }

    pub(super) async fn read_heads(&mut self, companies: &[CompanyId]) -> Result<Vec<Head>, StoreError> {
        let giving_up = self.giving_up();
        let reading = async {
            let mut tx = self.writer.begin().await?;
            let found = tx.lock_heads(companies).await?;
            tx.rollback().await?;
            Ok(found)
        };
        answered(reading, giving_up).await
    }

    /// Splits in halves. One event alone is tried in plain letters; one thing that cannot be had otherwise is answered
    /// with the error (`one_bad_event_costs_itself_only`).
    pub(super) fn split(&mut self, work: Work, detail: &str) {
        match work.split() {
            Ok([first, second]) => {
                self.memory.pending.push_front(second);
                self.memory.pending.push_front(first);
            }
            Err(mut single) => {
                if single.spell_out() {
                    return self.memory.pending.push_front(*single);
                }
                let error = WriteError::Rejected { detail: detail.to_owned(), events: 1 };
                self.give_up(&mut single, |_| true, &error);
                self.go_on_with(*single);
            }
        }
    }

    /// Nothing here is given up in silence: it is answered, counted by event, and logged, each company's for itself. Only what
    /// comes for a company that was deleted is what its deletion asked for.
    pub(super) fn give_up(&self, work: &mut Work, these: impl Fn(Under) -> bool, error: &WriteError) {
        let counters = match error {
            WriteError::Rejected { .. } => Some((&self.counters.rejected, &self.counters.results_rejected)),
            WriteError::NoCompany => None,
            _ => Some((&self.counters.disowned, &self.counters.results_disowned)),
        };
        for (company, events) in work.events_of(&these) {
            let Some((counter, _)) = counters else {
                tracing::info!(%company, events, "events of a company that is no more were left out");
                continue;
            };
            Counters::add(counter, events);
            lines::not_written(company, events, error);
        }
        if let Some((_, counter)) = counters {
            for (company, webhook) in work.results_of(&these) {
                Counters::add(counter, 1);
                results_not_written(company, webhook, error);
            }
        }
        work.refuse(these, error);
    }

    /// The disk is full: results and retention get the reserved room, appends wait.
    fn full(&mut self, work: Work, error: &StoreError) {
        if let Some(reserve) = &mut self.reserve {
            match reserve.give_up() {
                Ok(true) => tracing::warn!(
                    bytes = reserve.bytes(),
                    "the disk is full: the reserved file was given up"
                ),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the reserved file cannot be given up"),
            }
        }
        if work.appends.is_empty() {
            return self.wait(work, error);
        }
        self.memory.appends_pause.start(Instant::now());
        self.report.waiting(error);
        if work.settlements.is_empty() {
            self.memory.pending.push_front(work);
        } else {
            self.split(work, "");
        }
    }

    /// Until when appends may not be tried; `None` when they may. On a full disk the reserved room comes first.
    pub(super) async fn appends_wait(&mut self, now: Instant) -> Option<Instant> {
        self.memory.appends_pause.last?;
        if let Some(until) = self.memory.appends_pause.ends_at(now) {
            return Some(until);
        }
        let Some(reserve) = &mut self.reserve else { return None };
        if reserve.is_held() || reserve.hold().is_ok() {
            return None;
        }
        // Retention may have made room inside the file, which the disk does not show.
        let free = self.store.free_bytes().await.ok().flatten().unwrap_or(0);
        if free >= reserve.bytes() / 2 {
            return None;
        }
        self.memory.appends_pause.start(now);
        self.memory.appends_pause.until
    }

    /// Keeps the batch for a later try.
    pub(super) fn wait(&mut self, work: Work, error: &StoreError) {
        Counters::add(&self.counters.failures, 1);
        self.memory.needs_reopen |= error.spoils_the_session();
        self.memory.pending.push_front(work);
        self.memory.pause.start(Instant::now());
        self.report.waiting(error);
    }

    /// A batch took too long, or the server answers nobody. Nothing of it is given up for that.
    pub(super) fn cut_off(&mut self, work: Work) {
        let detail = "a transaction was not answered in time".to_owned();
        let outcome_unknown = work.sent.is_some();
        self.wait(work, &StoreError::Gone { detail, outcome_unknown });
        // What may be in is looked up first, as it was.
        if !outcome_unknown && let Some(work) = self.memory.pending.pop_front() {
            work.cut().into_iter().rev().for_each(|part| self.memory.pending.push_front(part));
        }
    }

    pub(super) async fn reopen_if_needed(&mut self) -> Result<(), StoreError> {
        if self.memory.needs_reopen {
            self.writer.reopen().await?;
            self.memory.needs_reopen = false;
        }
        Ok(())
    }
}
