//! Once a minute: what is counted for charts, written down (`watch::series` says what that is).
//!
//! What must hold here: it costs the couriers and the recorder's queue of events nothing but short transactions in
//! between. A graceful end writes the minute that is not over; after a kill that minute's counts are missing, and nothing
//! else. What cannot be written is tried again each second until the next minute's counts come, and then given up.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tracing::warn;

use super::Runtime;
use crate::delivery::Status;
use crate::domain::{CompanyId, Seq, SourceState, Step, Timestamp, WebhookId};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Journal;
use crate::store::{Counted, StoreError};
use crate::watch::series::{Ledger, Standing, WebhookStanding};

/// How soon after its end a minute is noticed to be over.
const LOOK_EVERY: Duration = Duration::from_secs(1);
pub(super) const SPEC: Spec = Spec::new("series", Rhythm::After(LOOK_EVERY)).finishing();
/// Subjects that are written in one transaction: a few milliseconds of the writer.
const AT_ONCE: usize = 128;
/// Webhooks whose oldest waiting event is looked up, those with the most before them first.
const LATE: usize = 20;
/// The end of the process does not wait longer for its last counts.
const LAST_WITHIN: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Counting(Mutex<State>);

struct State {
    ledger: Ledger,
    /// The minute that is being counted.
    minute: Timestamp,
    /// Counted, and not written yet.
    waiting: Vec<Counted>,
}

impl Counting {
    /// Counts from here on.
    pub fn since(journal: &Journal, now: Timestamp) -> Self {
        let ledger = Ledger::since(journal.heads());
        Self(Mutex::new(State { ledger, minute: Step::Minute.start(now), waiting: Vec::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime {
    /// Writes down the minute that is over, if one is; returns how many subjects were written.
    async fn count_minute(&self) -> Result<usize, StoreError> {
        let now = Timestamp::now();
        let minute = Step::Minute.start(now);
        let over = self.inner.counting.lock().minute != minute;
        let read = if over { self.stands_now(now).await.map(Some) } else { Ok(None) };
        let read = match read {
            // To the minute before this one: the look comes a moment after its end.
            Ok(Some(standing)) => {
                self.count(Timestamp(minute.0 - 1), minute, standing);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => {
                warn!(%error, "what is counted for charts could not be read; trying again");
                Err(error)
            }
        };
        // Whatever waits from before is written even so.
        let written = self.write_counted().await;
        read.and(written)
    }

    async fn stands_now(&self, now: Timestamp) -> Result<Standing, StoreError> {
        let connected = self.connected().await?;
        self.standing(self.inner.couriers.statuses(), connected, now).await
    }

    /// Writes down what was counted of the minute that is not over, with the companies that were connected until the end.
    pub(super) async fn count_last(
        &self,
        ended: Vec<(CompanyId, WebhookId, Status)>,
        connected: HashSet<CompanyId>,
    ) {
        let counting = async {
            let now = Timestamp::now();
            match self.standing(ended, connected, now).await {
                Ok(standing) => self.count(now, Step::Minute.start(now), standing),
                Err(error) => warn!(%error, "the last minute is missing in charts"),
            }
            // What is wrong has been said.
            let _ = self.write_counted().await;
        };
        if timeout(LAST_WITHIN, counting).await.is_err() {
            warn!("the last minute is missing in charts: it could not be written in time");
        }
    }

    fn count(&self, at: Timestamp, minute: Timestamp, standing: Standing) {
        let mut state = self.inner.counting.lock();
        if !state.waiting.is_empty() {
            warn!(subjects = state.waiting.len(), "a minute is missing in charts: it could not be written");
        }
        state.waiting = state.ledger.look(at, standing);
        state.minute = minute;
    }

    async fn write_counted(&self) -> Result<usize, StoreError> {
        let (mut written, mut unknown) = (0, None);
        loop {
            let some: Vec<Counted> = {
                let state = self.inner.counting.lock();
                let from = state.waiting.len().saturating_sub(AT_ONCE);
                state.waiting[from..].to_vec()
            };
            if some.is_empty() {
                return unknown.map_or(Ok(written), Err);
            }
            let count = some.len();
            let writing = self
                .inner
                .journal
                .control(move |tx| Box::pin(async move { tx.add_to_series(&some).await }))
                .await;
            match writing {
                Ok(()) => written += count,
                // It may be in: once too few is better than twice.
                Err(error) if error.outcome_unknown() => {
                    warn!(%error, "a part of a minute may be missing in charts");
                    unknown = Some(error);
                }
                Err(error) => {
                    warn!(%error, "what was counted for charts could not be written; trying again");
                    return Err(error);
                }
            }
            let mut state = self.inner.counting.lock();
            let left = state.waiting.len().saturating_sub(count);
            state.waiting.truncate(left);
        }
    }

    async fn standing(
        &self,
        statuses: Vec<(CompanyId, WebhookId, Status)>,
        connected: HashSet<CompanyId>,
        now: Timestamp,
    ) -> Result<Standing, StoreError> {
        let heads: HashMap<CompanyId, Seq> = self.inner.journal.heads().into_iter().collect();
        let running: HashSet<WebhookId> = statuses.iter().map(|(_, webhook, _)| *webhook).collect();
        self.inner.backlogs.retain(|webhook| running.contains(&webhook));
        let mut webhooks = Vec::with_capacity(statuses.len());
        for (company, webhook, status) in statuses {
            let head = heads.get(&company).copied().unwrap_or_default();
            let backlog = self.backlog(company, webhook, &status, head).await?.events;
            let waiting = Duration::ZERO;
            let one = WebhookStanding { company, webhook, tally: status.tally.clone(), backlog, waiting };
            webhooks.push((status, one));
        }
        webhooks.sort_by_key(|(_, one)| Reverse(one.backlog));
        for (status, one) in webhooks.iter_mut().take_while(|(_, one)| one.backlog > 0).take(LATE) {
            let head = heads.get(&one.company).copied().unwrap_or_default();
            let oldest = self.oldest_waiting(one.company, one.webhook, status, head).await?;
            one.waiting = oldest.map_or(Duration::ZERO, |at| now.since(at));
        }
        let webhooks = webhooks.into_iter().map(|(_, one)| one).collect();
        Ok(Standing { heads: heads.into_iter().collect(), webhooks, connected })
    }

    /// Companies whose lines all stand, and that have one.
    pub(super) async fn connected(&self) -> Result<HashSet<CompanyId>, StoreError> {
        let mut stand: HashMap<CompanyId, bool> = HashMap::new();
        for source in self.inner.store.all_sources().await? {
            let connected = self.source_status(source.id).state == SourceState::Connected;
            *stand.entry(source.company).or_insert(true) &= connected;
        }
        Ok(stand.into_iter().filter_map(|(company, all)| all.then_some(company)).collect())
    }
}

pub(super) struct Minutes(pub Runtime);

impl Duty for Minutes {
    async fn run(&mut self) -> Done {
        match self.0.count_minute().await {
            Ok(subjects) => Done::counted("rows", subjects),
            Err(error) => Done::failed(error),
        }
    }
}
