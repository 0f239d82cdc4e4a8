//! The task that keeps one courier: it starts it from the store, tells it of changes, and starts it again when it ends although
//! it should run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tracing::{error, warn};

use super::couriers::{ORDERS, Shared};
use super::setup::{self, Loaded};
use super::worker::Worker;
use crate::delivery::courier::{Command, Health, PauseReason};
use crate::delivery::driver::{Driver, Ended, Order, Stop};
use crate::delivery::{Answers, Outgoing, StatusCell};
use crate::domain::{CompanyId, Revision, Step, Subject, Timestamp, WebhookId, WebhookState};
use crate::duties::Restarts;
use crate::log::lines;
use crate::net::HttpClient;
use crate::ownership::Owned;
use crate::sources;
use crate::store::{Store, StoreError, Webhook};

/// Of so long, in microseconds: the hour that is judged, and one more for what it was before.
const ANSWERS_BEFORE: i64 = 2 * 3_600_000_000;

/// Keeps one courier running.
pub(super) struct Keeper {
    pub company: Owned<CompanyId>,
    pub shared: Shared,
    pub http: HttpClient,
    pub worker: Worker,
    pub rows: watch::Receiver<Webhook>,
    pub given: mpsc::Receiver<Order>,
    pub status: Arc<StatusCell>,
    pub stop: Stop,
}

/// What the courier was last told.
struct Told {
    row: Webhook,
    revision: i32,
    outgoing: Arc<Outgoing>,
}

impl Keeper {
    pub async fn keep(mut self) {
        let mut restarts = Restarts::default();
        while !self.is_stopping() {
            let began = Instant::now();
            match AssertUnwindSafe(self.live()).catch_unwind().await.unwrap_or_else(|_| Ok(self.panicked())) {
                Ok(Ended::Stopped) => return,
                Ok(Ended::Unwritten) => {}
                // What ran under the lease is ended by who looks after it; until then nothing of it starts again.
                Ok(Ended::Disowned) => return self.ends().await,
                Err(error) => {
                    self.status.not_started(Timestamp::now());
                    warn!(webhook = %self.rows.borrow().id, %error, "a courier could not be started; trying again");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(restarts.pause_after(began.elapsed())) => {}
                () = self.ends() => return,
            }
        }
    }

    /// Resolves when the courier is to end.
    async fn ends(&self) {
        tokio::select! {
            () = self.stop.graceful.cancelled() => {}
            () = self.stop.at_once.cancelled() => {}
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.graceful.is_cancelled() || self.stop.at_once.is_cancelled()
    }

    /// One life of the courier, from what the store says to its end. What takes a moment is boxed, so that a courier that
    /// runs for months has no room for it.
    async fn live(&mut self) -> Result<Ended, StoreError> {
        if !self.company.is_held() {
            return Ok(Ended::Disowned);
        }
        let row = self.rows.borrow_and_update().clone();
        let begun = tokio::select! {
            begun = self.begin(&row) => begun?,
            () = self.ends() => return Ok(Ended::Stopped),
        };
        let Some(Loaded { setup, outgoing, newest }) = begun else { return Ok(Ended::Disowned) };
        let (orders, inbox) = mpsc::channel(ORDERS);
        let driver = Driver {
            company: self.company.clone(),
            webhook: row.id,
            journal: self.shared.journal.clone(),
            http: self.http.clone(),
            flights: self.shared.flights.clone(),
            outgoing: outgoing.clone(),
            endpoints: self.shared.endpoints.clone(),
            memory: self.shared.memory.clone(),
            status: self.status.clone(),
            meta_source: sources::meta_source,
        };
        let (tell, mut ended) = oneshot::channel();
        let stop = self.stop.clone();
        let running = self.worker.run(move || async move {
            let _ = tell.send(driver.run(setup, inbox, stop).await);
        });
        drop(running.await);
        let mut told = Told { row, revision: newest, outgoing };
        loop {
            tokio::select! {
                ended = &mut ended => return Ok(ended.unwrap_or_else(|_| self.panicked())),
                changed = self.rows.changed() => match changed {
                    Ok(()) => Box::pin(self.tell(&mut told, &orders)).await?,
                    // The runtime is gone, and with it whoever could want something.
                    Err(_) => self.stop.graceful.cancel(),
                },
                Some(order) = self.given.recv() => {
                    // A courier that has ended takes no more orders; its end is seen above.
                    let _ = orders.send(order).await;
                }
            }
        }
    }

    /// What the store says of it, in turn.
    async fn begin(&self, row: &Webhook) -> Result<Option<Loaded>, StoreError> {
        let Shared { store, journal, guard, beginnings, .. } = &self.shared;
        let _turn = beginnings.acquire().await.expect("this semaphore is never closed");
        if !self.company.is_held() {
            return Ok(None);
        }
        if let Some(cursor) = Box::pin(store.cursor(row.id)).await? {
            // Whatever fails from here on, what waits is known.
            let last = Box::pin(store.newest_outcomes(row.id)).await?;
            let past = Box::pin(answers_before(store, row.id, Timestamp::now())).await?;
            self.status.begins(cursor, last, &past);
        }
        Box::pin(setup::load(store, journal, guard, row)).await.map(Some)
    }

    fn panicked(&self) -> Ended {
        self.shared.panics.note();
        error!(webhook = %self.rows.borrow().id, "a courier panicked; starting it again from the store");
        Ended::Unwritten
    }

    /// Tells the courier what has changed in its row.
    async fn tell(&mut self, told: &mut Told, orders: &mpsc::Sender<Order>) -> Result<(), StoreError> {
        let row = self.rows.borrow_and_update().clone();
        let mut news = Vec::new();
        let order = |command| Order::Command(Box::new(command));
        if row.version != told.row.version {
            let credentials = self.shared.store.credentials(row.id).await?;
            match setup::outgoing(&row, &credentials, &self.shared.guard) {
                Ok(outgoing) => {
                    // Behind an address that looks the same there may be another key.
                    let other = !outgoing.is_known_as(&told.outgoing);
                    told.outgoing = outgoing.clone();
                    news.push(Order::Outgoing(outgoing));
                    if other {
                        news.push(order(Command::OtherCredentials));
                    }
                }
                Err(error) => error!(webhook = %row.id, %error, "the stored settings cannot be used"),
            }
            news.push(order(Command::Settings(Arc::new(row.settings.clone()))));
            let revisions = self.shared.store.revisions(row.id).await?;
            let known = told.revision;
            for revision in revisions.into_iter().filter(|revision: &Revision| revision.number > known) {
                told.revision = revision.number;
                news.push(order(Command::Revision(revision)));
            }
        }
        // One that paused itself, and was resumed before its pause was seen here, has the same row as before.
        let status = self.status.read();
        let resumed = matches!(status.health, Health::Paused { .. })
            && setup::pause_reason(&row).is_none()
            && row.updated_at > status.since;
        if resumed || (row.state, &row.paused_reason) != (told.row.state, &told.row.paused_reason) {
            news.push(order(match setup::pause_reason(&row) {
                Some(reason) => {
                    // What the courier paused itself, it has said itself.
                    if let PauseReason::Operator(_) = reason {
                        lines::webhook_paused(row.company, row.id, &reason);
                    }
                    Command::Pause(reason)
                }
                None => {
                    lines::webhook_resumed(row.company, row.id);
                    Command::Resume
                }
            }));
        }
        debug_assert_ne!(row.state, WebhookState::Deleted, "deleted webhooks are not read");
        told.row = row;
        for order in news {
            let _ = orders.send(order).await;
        }
        Ok(())
    }
}

/// What was answered in the last minutes that were counted, oldest first: by it an endpoint is known to be unstable from the start.
async fn answers_before(
    store: &Store,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<Vec<Answers>, StoreError> {
    let from = Timestamp(now.0 - ANSWERS_BEFORE);
    let points = store.series(Subject::Webhook(webhook), Step::Minute, from, now).await?;
    let answers = |(at, point): (Timestamp, crate::domain::Point)| Answers {
        at,
        delivered: point.delivered,
        failed: point.failed,
    };
    Ok(points.into_iter().map(answers).collect())
}
